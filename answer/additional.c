/*
 * The additional section: addresses of the names that NS, MX, SRV, NAPTR, SVCB … point
 * to (RFC 1034 §4.3.2 step 6, RFC 2782, RFC 9460 §4.1), and the glue of referrals.
 */
#include "answer/lookup.h"
#include "answer/query.h"
#include "answer/scratch.h"
#include "base/rcu.h"
#include "dns/rdata.h"

/* The version of the zone that holds a target; *label is where its origin begins. */
static const struct contents *target_zone(const struct query *q, const struct hashed_name *t,
                                          unsigned *label)
{
    for (unsigned i = 0; i <= t->nlabels; i++) {
        const struct zone *z = zone_table_find(q->view->zones, t->wire + t->at[i],
                                               (size_t)(t->len - t->at[i]), t->hash[i],
                                               (unsigned)(t->nlabels - i));
        if (z == NULL)
            continue;
        *label = i;
        /* one query reads one version of its own zone */
        return z == q->zone ? q->c : rcu_read(z->contents);
    }
    return NULL;
}

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

/* Types in the order that preferred-glue asks for. */
static void add_addresses(struct query *q, const struct contents *c, const struct lookup *l,
                          const struct hashed_name *target, bool glue, bool required)
{
    bool v6_first = q->view->conf->preferred_glue == TYPE_AAAA;

    add_type(q, c, l, target, v6_first ? TYPE_AAAA : TYPE_A, glue, required);
    add_type(q, c, l, target, v6_first ? TYPE_A : TYPE_AAAA, glue, required);
}

/* Glue is data below a cut of the very zone that refers; nothing else below a cut is ours. */
static bool find_glue(const struct query *q, const struct contents *c, struct lookup *l,
                      const struct hashed_name *target, unsigned label, bool referral)
{
    if (!referral || c != q->c)
        return false;
    l->node = contents_find(c, target->hash[0], target->wire, target->at[label]);
    l->kind = LOOKUP_NODE;
    return l->node != NULL;
}

static void add_target(struct query *q, const uint8_t *name, const struct znode *cut)
{
    struct hashed_name *target = scratch_target(q->ctx);
    const struct contents *c;
    struct lookup l;
    unsigned label = 0;
    bool glue = false, below_cut = false;

    if (target == NULL)
        return;
    hashed_name_set(target, name);
    if ((c = target_zone(q, target, &label)) == NULL)
        return;
    lookup_name(&l, c, target, label);
    if (l.kind == LOOKUP_CUT) {
        below_cut = l.node == cut;
        glue = true;
        if (!find_glue(q, c, &l, target, label, cut != NULL))
            return;
    } else if (l.kind != LOOKUP_NODE && l.kind != LOOKUP_WILD) {
        return;
    }
    if (l.kind == LOOKUP_WILD)
        scratch_target_keep(q->ctx);
    add_addresses(q, c, &l, target, glue, below_cut);
}

static void add_for_rrset(struct query *q, const struct zrrset *s, const struct znode *cut)
{
    const uint8_t *rr = rrset_data(s);

    for (unsigned i = 0; i < s->count; i++, rr = rr_next(rr)) {
        int at = rdata_target(s->type, rr + 2, rr_len(rr));
        if (at >= 0)
            add_target(q, rr + 2 + at, cut);
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
        add_for_rrset(q, s, referral ? node : NULL);
    }
}
