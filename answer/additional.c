/*
 * The additional section: addresses of the names that NS, MX, SRV, NAPTR, SVCB … point
 * to (RFC 1034 §4.3.2 step 6, RFC 2782, RFC 9460 §4.1), and the glue of referrals.
 */
#include "answer/lookup.h"
#include "answer/query.h"
#include "answer/scratch.h"
#include "dns/rdata.h"

static void add_type(struct query *q, const struct contents *c, const struct lookup *l,
                     const struct hashed_name *target, uint16_t type, bool glue, bool required)
{
    const struct zrrset *s = node_rrset(c, l->node, type);
    struct plan_rrset *p;

    if (s == NULL || plan_has(q, s))
        return;
    if (!plan_add_as(q, SECTION_ADDITIONAL, l->kind == LOOKUP_WILD ? target : NULL, l->node, s))
        return;
    p = &q->plan[q->nplan - 1];
    p->c = c;
    p->sigs = p->sigs && !glue;
    p->required = required;
}

static void add_addresses(struct query *q, const struct contents *c, const struct lookup *l,
                          const struct hashed_name *target, bool glue, bool required)
{
    add_type(q, c, l, target, TYPE_A, glue, required);
    add_type(q, c, l, target, TYPE_AAAA, glue, required);
}

/* Where a target stands in the zone that mentions it; false: nowhere.  As in BIND no other
 * zone is looked at, and a referral (`cut`) gives glue alone, what stands below some cut. */
static bool find_target(struct lookup *l, const struct plan_rrset *from,
                        const struct hashed_name *target, const struct znode *cut)
{
    size_t rel_len;
    unsigned label = 0;

    if (!name_is_below(target->wire, from->c->origin, &rel_len))
        return false;
    while (target->at[label] != rel_len)
        label++;
    lookup_name(l, from->c, target, label);
    if (l->kind != LOOKUP_CUT)
        return cut == NULL && (l->kind == LOOKUP_NODE || l->kind == LOOKUP_WILD);
    if (cut == NULL)
        return false;
    l->encloser = l->node;
    l->node = contents_find(from->c, target->hash[0], target->wire, rel_len);
    return l->node != NULL;
}

static void add_target(struct query *q, const struct plan_rrset *from, const uint8_t *name,
                       const struct znode *cut)
{
    struct hashed_name *target = scratch_target(q->ctx);
    struct lookup l;

    if (target == NULL)
        return;
    hashed_name_set(target, name);
    if (!find_target(&l, from, target, cut))
        return;
    if (l.kind == LOOKUP_WILD)
        scratch_target_keep(q->ctx);
    add_addresses(q, from->c, &l, target, l.kind == LOOKUP_CUT,
                  l.kind == LOOKUP_CUT && l.encloser == cut);
}

static void add_for_rrset(struct query *q, const struct plan_rrset *from, const struct znode *cut)
{
    const struct zrrset *s = from->rrset;
    const uint8_t *rr = rrset_data(s);

    for (unsigned i = 0; i < s->count; i++, rr = rr_next(rr)) {
        int at = rdata_target(s->type, rr + 2, rr_len(rr));
        if (at >= 0)
            add_target(q, from, rr + 2 + at, cut);
    }
}

void query_additional(struct query *q)
{
    unsigned n = q->nplan;

    scratch_targets_reset(q->ctx);
    for (unsigned i = 0; i < n; i++) {
        const struct zrrset *s = q->plan[i].rrset;
        const struct znode *node = q->plan[i].node;
        bool referral;

        if (s == NULL || !q->plan[i].rrs || !(rdata_flags(s->type) & RRT_ADDITIONAL))
            continue;
        referral = q->plan[i].section == SECTION_AUTHORITY && (node->flags & ZN_CUT);
        if (q->no_additional && !referral)
            continue;
        add_for_rrset(q, &q->plan[i], referral ? node : NULL);
    }
}
