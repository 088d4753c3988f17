#include <stdlib.h>
#include <string.h>

#include "xfr/out_source.h"

enum phase { PHASE_FIRST_SOA, PHASE_TREE, PHASE_NSEC3, PHASE_LAST_SOA, PHASE_END };

struct zone_source {
    struct xfrout_source source;
    const struct contents *c;
    struct contents_walk walk;
    enum phase phase;
    unsigned rrsets_left;
    const struct zrrset *rrset;     /* the next one, while there are any */
    const struct zsigs *sigs;       /* that follow the records at hand */
    const uint8_t *rr;              /* the next of `rrs_left` records */
    uint32_t rrs_left, ttl;
    uint16_t type;
    bool owner_again;
    unsigned which;                 /* of the names: the current one */
    struct name names[2];
    struct hashed_name owner;
};

static void begin_records(struct zone_source *s, uint16_t type, uint32_t ttl, uint32_t count,
                          const uint8_t *data)
{
    s->type = type;
    s->ttl = ttl;
    s->rrs_left = count;
    s->rr = data;
}

/* A name with the parent of the one before: only its first label is new. */
static void set_sibling(struct hashed_name *h, const struct name *name)
{
    int longer = name->wire[0] - h->wire[0];

    if (longer != 0)
        for (unsigned i = 1; i <= h->nlabels; i++)
            h->at[i] = (uint8_t)(h->at[i] + longer);
    h->wire = name->wire;
    h->len = name->len;
    h->hash[0] = name_hash_label(h->hash[1], name->wire);
}

static bool have_same_parent(const struct name *a, const struct name *b)
{
    size_t a_len = a->len, b_len = b->len, a_label = 1u + a->wire[0], b_label = 1u + b->wire[0];

    return a->wire[0] != 0 && b->wire[0] != 0 && a_len - a_label == b_len - b_label &&
           memcmp(a->wire + a_label, b->wire + b_label, a_len - a_label) == 0;
}

static void set_owner(struct zone_source *s, const struct znode *n)
{
    const struct name *before = &s->names[s->which];
    struct name *name = &s->names[s->which ^= 1];

    contents_node_name(s->c, n, name);
    if (s->owner.wire != NULL && have_same_parent(before, name))
        set_sibling(&s->owner, name);
    else
        hashed_name_set(&s->owner, name->wire);
    s->owner_again = false;
}

static void begin_node(struct zone_source *s, const struct znode *n)
{
    s->rrsets_left = n->nrrsets;
    if (n->nrrsets == 0)
        return;
    s->rrset = node_first(s->c, n);
    set_owner(s, n);
}

static void begin_rrset(struct zone_source *s)
{
    const struct zrrset *set = s->rrset;
    bool sent_already = set->type == TYPE_SOA;     /* no zone has it but at the apex */

    begin_records(s, set->type, set->ttl, sent_already ? 0 : set->count, rrset_data(set));
    s->sigs = rrset_sigs(set);
    if (--s->rrsets_left > 0)
        s->rrset = rrset_next(set);
}

static void begin_sigs(struct zone_source *s)
{
    begin_records(s, TYPE_RRSIG, s->sigs->ttl, s->sigs->count, sigs_data(s->sigs));
    s->sigs = NULL;
}

static void begin_soa(struct zone_source *s)
{
    const struct znode *apex = contents_apex(s->c);
    const struct zrrset *soa = node_rrset(s->c, apex, TYPE_SOA);

    set_owner(s, apex);
    begin_records(s, TYPE_SOA, soa->ttl, soa->count, rrset_data(soa));
}

/* The next node of the walk, or what comes behind it. */
static void next_node(struct zone_source *s)
{
    const struct znode *n = contents_walk_next(&s->walk);

    if (n != NULL) {
        begin_node(s, n);
    } else if (s->phase == PHASE_TREE) {
        s->phase = PHASE_NSEC3;
        contents_walk_begin_nsec3(&s->walk, s->c);
    } else {
        s->phase = PHASE_LAST_SOA;
        begin_soa(s);
    }
}

/* More records, once those at hand are given; false at the end. */
static bool find_more(struct zone_source *s)
{
    if (s->sigs != NULL)
        begin_sigs(s);
    else if (s->rrsets_left > 0)
        begin_rrset(s);
    else if (s->phase == PHASE_FIRST_SOA)
        s->phase = PHASE_TREE;
    else if (s->phase == PHASE_LAST_SOA)
        return false;
    else
        next_node(s);
    return true;
}

static enum result zone_next(struct xfrout_source *source, struct xfrout_record *out)
{
    struct zone_source *s = (struct zone_source *)source;
    const uint8_t *rr;

    while (s->rrs_left == 0)
        if (!find_more(s))
            return RES_NOMORE;
    rr = s->rr;
    *out = (struct xfrout_record){.owner = &s->owner,
                                  .rdata = rr + 2,
                                  .ttl = s->ttl,
                                  .type = s->type,
                                  .rdlen = rr_len(rr),
                                  .owner_again = s->owner_again};
    s->owner_again = true;
    s->rrs_left--;
    s->rr = rr_next(rr);
    return RES_OK;
}

static void zone_end(struct xfrout_source *source)
{
    struct zone_source *s = (struct zone_source *)source;

    contents_unpin(s->c);
    free(s);
}

struct xfrout_source *xfrout_zone_source(const struct contents *c)
{
    struct zone_source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->source = (struct xfrout_source){.next = zone_next, .end = zone_end};
    contents_pin(c);
    s->c = c;
    contents_walk_begin(&s->walk, c);
    begin_soa(s);
    return &s->source;
}
