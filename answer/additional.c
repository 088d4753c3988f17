/*
 * The additional section: addresses of the names that NS, MX, SRV, NAPTR, SVCB … point
 * to (RFC 1034 §4.3.2 step 6, RFC 2782, RFC 9460 §4.1), and the glue of referrals.
 */
#include "answer/lookup.h"
#include "answer/query.h"
#include "answer/scratch.h"
#include "dns/rdata.h"

enum {
    MAX_ALIASES = 16,   /* CNAMEs that a service's target is followed through, as in BIND */
    MAX_DEPTH = 8,      /* AliasMode records that lead to each other */
    MAX_RRS = 13,       /* of an RRset with more, as in BIND, no target is looked up */
    MAX_GLUE = 200      /* name servers of a delegation that are looked up */
};

/* Plans the target's RRset of the type; false: there is none, or it is planned already. */
static bool add_type(struct query *q, const struct contents *c, const struct lookup *l,
                     const struct hashed_name *target, uint16_t type, bool glue, bool required)
{
    const struct zrrset *s = node_rrset(c, l->node, type);
    struct plan_rrset *p;

    if (s == NULL || plan_has(q, s))
        return false;
    if (!plan_add_as(q, SECTION_ADDITIONAL, l->kind == LOOKUP_WILD ? target : NULL, l->node, s))
        return false;
    p = &q->plan[q->nplan - 1];
    p->c = c;
    p->sigs = p->sigs && !glue;
    p->required = required;
    return true;
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
                        const struct hashed_name *target, size_t rel_len, const struct znode *cut)
{
    unsigned label = 0;

    while (target->at[label] != rel_len)
        label++;
    lookup_name(l, from->c, target, label);
    if (l->kind != LOOKUP_CUT && (l->kind != LOOKUP_DNAME || cut == NULL))
        return cut == NULL && (l->kind == LOOKUP_NODE || l->kind == LOOKUP_WILD);
    if (cut == NULL)
        return false;
    l->kind = LOOKUP_CUT;
    l->encloser = l->node;
    l->node = contents_find(from->c, target->hash[0], target->wire, rel_len);
    return l->node != NULL;
}

/* Looks up a target; false: it is not in the zone.  The name stays valid until the next
 * call, for good when a wildcard stands for it. */
static const struct hashed_name *find_named(struct query *q, const struct plan_rrset *from,
                                            const uint8_t *name, const struct znode *cut,
                                            struct lookup *l)
{
    struct hashed_name *target = scratch_target(q->ctx);
    size_t rel_len;

    if (target == NULL || !name_is_below(name, from->c->origin, &rel_len))
        return NULL;
    hashed_name_set(target, name);
    if (!find_target(l, from, target, rel_len, cut))
        return NULL;
    if (l->kind == LOOKUP_WILD)
        scratch_target_keep(q->ctx);
    return target;
}

/* False: the target is not in the zone, or not where `cut` lets it be. */
static bool add_target(struct query *q, const struct plan_rrset *from, const uint8_t *name,
                       const struct znode *cut)
{
    struct lookup l;
    const struct hashed_name *target = find_named(q, from, name, cut, &l);

    if (target == NULL)
        return false;
    add_addresses(q, from->c, &l, target, l.kind == LOOKUP_CUT,
                  l.kind == LOOKUP_CUT && l.encloser == cut);
    return true;
}

static unsigned rrs_to_follow(const struct zrrset *s)
{
    return s->count > MAX_RRS ? 0 : s->count;
}

static void add_services(struct query *q, const struct plan_rrset *from, unsigned depth);

/* The target of an AliasMode record: its own records, and what they lead to.  Records that
 * were planned before have been followed: many that lead to each other cost no more than
 * they are. */
static bool add_alias(struct query *q, const struct plan_rrset *from, const struct lookup *l,
                      const struct hashed_name *target, unsigned depth)
{
    const struct zrrset *s = node_rrset(from->c, l->node, from->rrset->type);
    struct plan_rrset next = {
        .c = from->c, .node = l->node, .rrset = s,
        .owner_name = l->kind == LOOKUP_WILD ? target : NULL};

    if (s == NULL)
        return false;
    if (add_type(q, from->c, l, target, s->type, false, false) && depth < MAX_DEPTH)
        add_services(q, &next, depth + 1);
    return true;
}

/* The addresses of the very name that has the records. */
static void add_owner(struct query *q, const struct plan_rrset *from)
{
    struct name owner;

    contents_node_name(from->c, from->node, &owner);
    add_target(q, from, from->owner_name != NULL ? from->owner_name->wire : owner.wire, NULL);
}

/* SVCB and HTTPS (RFC 9460 §4.1): aliases of the target are followed, an AliasMode record
 * brings the target's own records first. */
static void add_service(struct query *q, const struct plan_rrset *from, const uint8_t *rr,
                        unsigned depth)
{
    const uint8_t *name = rr + 4;
    const struct hashed_name *target;
    bool alias = get_u16(rr + 2) == 0;
    struct lookup l;

    if (*name == 0) {       /* "." is the owner itself, and nothing for an alias (§2.5) */
        if (!alias)
            add_owner(q, from);
        return;
    }
    target = find_named(q, from, name, NULL, &l);
    for (unsigned i = 0; target != NULL && (l.node->flags & ZN_CNAME) && i < MAX_ALIASES; i++) {
        add_type(q, from->c, &l, target, TYPE_CNAME, false, false);
        name = rrset_data(node_rrset(from->c, l.node, TYPE_CNAME)) + 2;
        target = find_named(q, from, name, NULL, &l);
    }
    if (target != NULL && (!alias || !add_alias(q, from, &l, target, depth)))
        add_addresses(q, from->c, &l, target, false, false);
}

static void add_services(struct query *q, const struct plan_rrset *from, unsigned depth)
{
    const uint8_t *rr = rrset_data(from->rrset);

    for (unsigned i = 0; i < rrs_to_follow(from->rrset); i++, rr = rr_next(rr))
        add_service(q, from, rr, depth);
}

/* NAPTR (RFC 3403 §4.1): the flags say what the replacement leads to, an SRV or an address. */
static void add_naptr(struct query *q, const struct plan_rrset *from, const uint8_t *rr)
{
    const uint8_t *flags = rr + 2 + 4, *replacement = rr + 2 + rdata_target(TYPE_NAPTR, rr + 2,
                                                                            rr_len(rr));
    const struct hashed_name *target;
    const struct zrrset *srv;
    struct lookup l;
    bool to_srv = false, to_address = false;

    for (unsigned i = 1; i <= *flags; i++) {
        to_srv = to_srv || (flags[i] | 0x20) == 's';
        to_address = to_address || (flags[i] | 0x20) == 'a';
    }
    if (to_address)
        add_target(q, from, replacement, NULL);
    if (!to_srv || (target = find_named(q, from, replacement, NULL, &l)) == NULL ||
        (srv = node_rrset(from->c, l.node, TYPE_SRV)) == NULL)
        return;
    add_type(q, from->c, &l, target, TYPE_SRV, false, false);
    rr = rrset_data(srv);
    for (unsigned i = 0; i < rrs_to_follow(srv); i++, rr = rr_next(rr))
        add_target(q, from, rr + 2 + rdata_target(TYPE_SRV, rr + 2, rr_len(rr)), NULL);
}

/* Glue in BIND's order, last to first, but what was asked for before all: where there is no
 * room for all of it the same servers are left. */
static void add_glue(struct query *q, const struct plan_rrset *from)
{
    const uint8_t *targets[MAX_GLUE], *rr = rrset_data(from->rrset);
    size_t rel_len, asked_len = q->name->at[q->zone_label];
    unsigned n = 0;

    for (unsigned i = 0; i < from->rrset->count && n < MAX_GLUE; i++, rr = rr_next(rr)) {
        if (!name_is_below(rr + 2, from->c->origin, &rel_len))
            continue;
        targets[n++] = rr + 2;
        if (rel_len == asked_len && labels_equal(rr + 2, q->name->wire, rel_len))
            add_target(q, from, rr + 2, from->node);
    }
    while (n-- > 0)
        add_target(q, from, targets[n], from->node);
}

static void add_for_rrset(struct query *q, const struct plan_rrset *from)
{
    const struct zrrset *s = from->rrset;
    const uint8_t *rr = rrset_data(s);

    if (s->type == TYPE_SVCB || s->type == TYPE_HTTPS) {
        add_services(q, from, 0);
        return;
    }
    for (unsigned i = 0; i < rrs_to_follow(s); i++, rr = rr_next(rr)) {
        int at = rdata_target(s->type, rr + 2, rr_len(rr));

        if (s->type == TYPE_NAPTR)
            add_naptr(q, from, rr);
        else if (at >= 0 && !add_target(q, from, rr + 2 + at, NULL) && query_is_priming(q))
            add_target(q, from, rr + 2 + at, from->node);
    }
}

static bool is_referral(const struct plan_rrset *p)
{
    return p->section == SECTION_AUTHORITY && (p->node->flags & ZN_CUT);
}

void query_additional(struct query *q)
{
    unsigned n = q->nplan;

    scratch_targets_reset(q->ctx);
    for (unsigned i = 0; i < n; i++) {
        const struct plan_rrset *p = &q->plan[i];

        if (p->rrset == NULL || !p->rrs || !(rdata_flags(p->rrset->type) & RRT_ADDITIONAL))
            continue;
        if (is_referral(p))
            add_glue(q, p);
        else if (!q->no_additional && q->req.qtype != TYPE_ANY)
            add_for_rrset(q, p);
    }
}
