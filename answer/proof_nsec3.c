#include "answer/proof_nsec.h"
#include "dns/nsec3.h"

/* The NSEC3 owner for a name: the one that matches it, or else that covers it. */
static const struct znode *find(const struct query *q, const uint8_t *name, bool *exact)
{
    struct nsec3_params p = {q->c->nsec3_hash_alg, q->c->nsec3_salt_len, q->c->nsec3_iterations,
                             q->c->nsec3_salt};
    uint8_t hash[NSEC3_HASH_LEN];

    *exact = false;
    if (nsec3_hash(&p, name, hash) != RES_OK)
        return NULL;
    return contents_nsec3(q->c, hash, exact);
}

static void add(struct query *q, const struct znode *n)
{
    const struct zrrset *s = node_rrset(q->c, n, TYPE_NSEC3);

    if (s != NULL && !plan_has(q, s))
        plan_add(q, SECTION_AUTHORITY, n, s);
}

static bool add_match(struct query *q, const uint8_t *name)
{
    bool exact;
    const struct znode *n = find(q, name, &exact);

    if (exact)
        add(q, n);
    return exact;
}

/* Whichever it is.  With opt-out an empty non-terminal may be missing from the chain, and
 * then the wildcard at its closest provable encloser may well exist. */
static void add_match_or_cover(struct query *q, const uint8_t *name)
{
    bool exact;
    const struct znode *n = find(q, name, &exact);

    if (n != NULL)
        add(q, n);
}

static void add_cover(struct query *q, const uint8_t *name)
{
    bool exact;
    const struct znode *n = find(q, name, &exact);

    if (n != NULL && !exact)
        add(q, n);
}

static const uint8_t *suffix(const struct query *q, unsigned label)
{
    return q->name->wire + q->name->at[label];
}

/* The closest provable encloser at or above `label`: with opt-out, not every name has
 * an NSEC3 (RFC 5155 §7.2.1).  Adds its NSEC3 and the one that covers the next closer name. */
static unsigned add_closest_encloser(struct query *q, unsigned label)
{
    while (label < q->zone_label && !add_match(q, suffix(q, label)))
        label++;
    if (label == q->zone_label)
        add_match(q, suffix(q, label));
    if (label > 0)
        add_cover(q, suffix(q, label - 1));
    return label;
}

static void wildcard_name(const struct query *q, unsigned label, uint8_t out[NAME_MAX_LEN + 2])
{
    name_put_wildcard(out, suffix(q, label), (size_t)(q->name->len - q->name->at[label]));
}

void nsec3_nxdomain(struct query *q, const struct lookup *l)
{
    uint8_t wild[NAME_MAX_LEN + 2];

    wildcard_name(q, add_closest_encloser(q, l->encloser_label), wild);
    if (name_length(wild) <= NAME_MAX_LEN)
        add_match_or_cover(q, wild);
}

void nsec3_nodata(struct query *q, const struct lookup *l)
{
    uint8_t wild[NAME_MAX_LEN + 2];

    if (l->kind == LOOKUP_WILD) {
        wildcard_name(q, add_closest_encloser(q, l->encloser_label), wild);
        add_match(q, wild);
    } else if (!add_match(q, suffix(q, 0))) {
        add_closest_encloser(q, 1);
    }
}

void nsec3_wildcard(struct query *q, const struct lookup *l)
{
    add_cover(q, suffix(q, l->encloser_label - 1));
}

void nsec3_no_ds(struct query *q, const struct lookup *l)
{
    unsigned label = 0;

    while (q->name->len - q->name->at[label] > l->node->name_len + q->c->origin_len)
        label++;
    if (!add_match(q, suffix(q, label)))
        add_closest_encloser(q, label + 1);
}
