#include "answer/proof_nsec.h"

static void add_nsec(struct query *q, const struct znode *n, const struct zrrset *nsec)
{
    if (!plan_has_as(q, NULL, nsec))
        plan_add(q, SECTION_AUTHORITY, n, nsec);
}

/* The node before `n`, the walk's last, that may have an NSEC: from what a cut hides, be it a
 * hundred thousand names of glue, one step leads to the cut. */
static const struct znode *step_back(const struct znode *n, struct contents_walk *w)
{
    if (n->flags & ZN_OCCLUDED) {
        n = contents_cut_above(w->c, n);
        return contents_predecessor(w->c, n->name, n->name_len, w);
    }
    return contents_walk_prev(w);
}

/* The NSEC of the last name before `labels` that has one: names below cuts and empty
 * non-terminals have none (RFC 4035 §2.3). */
static void add_covering(struct query *q, const uint8_t *labels, size_t rel_len)
{
    const struct zrrset *nsec;
    struct contents_walk w;
    const struct znode *n = contents_predecessor(q->c, labels, rel_len, &w);

    while ((n->flags & ZN_OCCLUDED) || (nsec = node_rrset(q->c, n, TYPE_NSEC)) == NULL)
        if ((n = step_back(n, &w)) == NULL)
            return;
    add_nsec(q, n, nsec);
}

static void cover_name(struct query *q)
{
    add_covering(q, q->name->wire, q->name->at[q->zone_label]);
}

void nsec_nxdomain(struct query *q, const struct lookup *l)
{
    uint8_t wild[NAME_MAX_LEN + 2];
    size_t at = q->name->at[l->encloser_label], len = (size_t)(q->name->at[q->zone_label] - at);

    cover_name(q);
    name_put_wildcard(wild, q->name->wire + at, len);
    add_covering(q, wild, len + 2);
}

void nsec_nodata(struct query *q, const struct lookup *l)
{
    const struct zrrset *nsec = node_rrset(q->c, l->node, TYPE_NSEC);

    if (nsec != NULL)
        add_nsec(q, l->node, nsec);
    if (nsec == NULL || l->kind == LOOKUP_WILD)
        cover_name(q);
}

void nsec_wildcard(struct query *q, const struct lookup *l)
{
    (void)l;
    cover_name(q);
}

void nsec_no_ds(struct query *q, const struct lookup *l)
{
    const struct zrrset *nsec = node_rrset(q->c, l->node, TYPE_NSEC);

    if (nsec != NULL)
        add_nsec(q, l->node, nsec);
}
