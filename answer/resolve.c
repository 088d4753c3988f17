/*
 * The answer to a question (RFC 1034 §4.3.2): the zone, the name in it, and what that
 * means for the sections.  Reads like the algorithm; nothing is written here.
 */
#include <string.h>

#include "answer/lookup.h"
#include "answer/proof.h"
#include "answer/query.h"
#include "answer/scratch.h"
#include "base/rcu.h"
#include "dns/rdata.h"

static bool find_zone_from(struct query *q, unsigned label)
{
    const struct hashed_name *n = q->name;

    for (; label <= n->nlabels; label++) {
        struct zone *z = zone_table_find(q->view->zones, n->wire + n->at[label],
                                         (size_t)(n->len - n->at[label]), n->hash[label],
                                         (unsigned)(n->nlabels - label));
        if (z != NULL) {
            q->zone = z;
            q->zone_label = label;
            q->c = rcu_read(z->contents);
            q->dnssec = q->req.edns.present && q->req.edns.dnssec_ok && q->c != NULL &&
                        q->c->is_signed;
            return true;
        }
    }
    return false;
}

bool query_find_zone(struct query *q)
{
    /* DS lies on the parent's side of the cut (RFC 4035 §3.1.4.1) */
    if (q->req.qtype == TYPE_DS && q->name->nlabels > 0 && find_zone_from(q, 1))
        return true;
    return find_zone_from(q, 0);
}

/* The SOA of a negative answer: TTL no more than its MINIMUM (RFC 2308 §3), and zero where
 * the SOA itself was asked of a name that does not exist (zero-no-soa-ttl). */
static void add_soa(struct query *q, bool exists)
{
    const struct znode *apex = contents_apex(q->c);
    const struct zrrset *soa = node_rrset(q->c, apex, TYPE_SOA);
    uint32_t minimum;

    if (soa == NULL || !plan_add(q, SECTION_AUTHORITY, apex, soa))
        return;
    minimum = get_u32(rrset_data(soa) + 2 + rr_len(rrset_data(soa)) - 4);
    if (!exists && q->req.qtype == TYPE_SOA &&
        rcu_read(q->zone->conf)->options->zero_no_soa_ttl)
        minimum = 0;
    q->plan[q->nplan - 1].ttl_max = minimum;
}

/* The zone's own NS set, unless minimal-responses or the answer has it. */
static void add_apex_ns(struct query *q)
{
    const struct znode *apex = contents_apex(q->c);
    const struct zrrset *ns;

    if (q->no_authority || q->answer_has_ns)
        return;
    ns = node_rrset(q->c, apex, TYPE_NS);
    if (ns != NULL && !plan_has(q, ns))
        plan_add(q, SECTION_AUTHORITY, apex, ns);
}

static void answer_nxdomain(struct query *q, const struct lookup *l)
{
    q->rcode = RCODE_NXDOMAIN;
    add_soa(q, false);
    proof_nxdomain(q, l);
}

static void answer_nodata(struct query *q, const struct lookup *l)
{
    add_soa(q, true);
    proof_nodata(q, l);
}

/* A delegation: its NS, and DS or the proof that there is none (RFC 4035 §3.1.4). */
static void answer_referral(struct query *q, const struct lookup *l)
{
    const struct zrrset *ns = node_rrset(q->c, l->node, TYPE_NS);
    const struct zrrset *ds = node_rrset(q->c, l->node, TYPE_DS);

    if (q->restarts == 0)
        q->aa = false;
    plan_add(q, SECTION_AUTHORITY, l->node, ns);
    q->plan[q->nplan - 1].sigs = false;
    if (!q->dnssec)
        return;
    if (ds != NULL && rrset_sigs(ds) != NULL)
        plan_add(q, SECTION_AUTHORITY, l->node, ds);
    else
        proof_no_ds(q, l);
}

static const struct hashed_name *owner_of(const struct query *q, const struct lookup *l)
{
    return l->kind == LOOKUP_WILD ? q->name : NULL;
}

/* A wildcard answered: what shows that the name itself does not exist. */
static void finish_positive(struct query *q, const struct lookup *l)
{
    if (l->kind == LOOKUP_WILD)
        proof_wildcard(q, l);
    add_apex_ns(q);
}

/* While a zone is on its way to be signed, or back, ANY hides DNSSEC's records, as in BIND. */
static bool is_hidden(const struct query *q, const struct zrrset *s)
{
    return !q->c->is_signed && (s->count == 0 || (rdata_flags(s->type) & RRT_DNSSEC) != 0);
}

static bool want_in_any(const struct query *q, const struct zrrset *s)
{
    if (q->req.qtype == TYPE_ANY)
        return !is_hidden(q, s) && (s->count > 0 || rrset_sigs(s) != NULL);
    return rrset_sigs(s) != NULL;
}

/* Every RRset of the name for ANY, every signature for RRSIG. */
static bool add_all(struct query *q, const struct lookup *l)
{
    bool first_only = query_gives_one(q), any = false;

    NODE_FOR_EACH_RRSET(q->c, l->node, s)
    {
        if (!want_in_any(q, s) || (first_only && any))
            continue;
        any = true;
        if (q->dnssec && plan_has_as(q, owner_of(q, l), s))
            continue;       /* a DNAME on the way brought it, signatures and all */
        if (!plan_add_as(q, SECTION_ANSWER, owner_of(q, l), l->node, s))
            break;
        q->plan[q->nplan - 1].rrs = q->req.qtype == TYPE_ANY && s->count > 0;
        q->plan[q->nplan - 1].sigs = q->req.qtype == TYPE_RRSIG ||
                                     (q->c->is_signed && (q->dnssec || !first_only));
        if (s->type == TYPE_NS && (l->node->flags & ZN_APEX) && q->req.qtype == TYPE_ANY)
            q->answer_has_ns = true;
    }
    return any;
}

/* Goes on with a CNAME's target: another turn of the whole algorithm (step 3a). */
static bool restart_at(struct query *q, const uint8_t *target)
{
    struct hashed_name *next;

    if (q->restarts >= q->view->conf->max_query_restarts || q->restarts >= MAX_RESTARTS) {
        q->rcode = RCODE_SERVFAIL;      /* with what was found so far, as BIND does */
        q->ede = EDE_OTHER + 1;
        q->ede_text = "max. restarts reached";
        return false;
    }
    next = scratch_name(q->ctx, q->restarts++);
    hashed_name_set(next, target);
    q->name = next;
    return true;
}

static bool answer_cname(struct query *q, const struct lookup *l)
{
    const struct zrrset *s = node_rrset(q->c, l->node, TYPE_CNAME);

    if (!plan_has_as(q, owner_of(q, l), s))     /* in a loop it stands there already */
        plan_add_as(q, SECTION_ANSWER, owner_of(q, l), l->node, s);
    if (l->kind == LOOKUP_WILD)
        proof_wildcard(q, l);
    return restart_at(q, rrset_data(s) + 2);
}

/* RFC 6672 §2.2: the DNAME, and a CNAME made from it. */
static bool answer_dname(struct query *q, const struct lookup *l)
{
    const struct zrrset *s = node_rrset(q->c, l->node, TYPE_DNAME);
    size_t prefix = q->name->len - (size_t)(l->node->name_len + q->c->origin_len);
    struct made_cname *made = scratch_cname(q->ctx, q->restarts);
    struct name target;

    if (!plan_has(q, s))
        plan_add(q, SECTION_ANSWER, l->node, s);
    if (name_join(&target, q->name->wire, prefix, rrset_data(s) + 2) != RES_OK) {
        q->rcode = RCODE_YXDOMAIN;
        return false;
    }
    made->ttl = s->ttl;
    put_u16(made->rr, target.len);
    memcpy(made->rr + 2, target.wire, target.len);
    if (!plan_has_as(q, q->name, NULL)) {
        if (!plan_add_as(q, SECTION_ANSWER, q->name, l->node, NULL))
            return false;
        q->plan[q->nplan - 1].made = made;
    }
    if (q->req.qtype == TYPE_CNAME || q->req.qtype == TYPE_ANY) {
        add_apex_ns(q);
        return false;
    }
    return restart_at(q, made->rr + 2);
}

static bool cname_applies(const struct query *q, const struct znode *n)
{
    uint16_t t = q->req.qtype;

    return (n->flags & ZN_CNAME) && t != TYPE_CNAME && t != TYPE_ANY && t != TYPE_RRSIG &&
           t != TYPE_SIG && t != TYPE_NSEC && t != TYPE_KEY;
}

/* The name, or a wildcard for it, exists.  True: go on with a CNAME's target. */
static bool answer_node(struct query *q, const struct lookup *l)
{
    uint16_t t = q->req.qtype;
    const struct zrrset *s;

    if (cname_applies(q, l->node))
        return answer_cname(q, l);
    if (t == TYPE_ANY || t == TYPE_RRSIG) {
        if (l->node->nrrsets > 0 && add_all(q, l))
            finish_positive(q, l);
        else
            answer_nodata(q, l);
        return false;
    }
    if ((s = node_rrset(q->c, l->node, t)) == NULL) {
        answer_nodata(q, l);
        return false;
    }
    plan_add_as(q, SECTION_ANSWER, owner_of(q, l), l->node, s);
    if (t == TYPE_NS && (l->node->flags & ZN_APEX))
        q->answer_has_ns = true;
    finish_positive(q, l);
    return false;
}

/* Is it a question for what lies on the parent's side of the very cut: DS, or an NSEC or KEY
 * that stands there (RFC 4035 §2.6, RFC 3007 §4.3)? */
static bool asks_parent_side(const struct query *q, const struct lookup *l)
{
    uint16_t t = q->req.qtype;

    if (l->encloser_label != 0 || l->encloser != l->node)
        return false;
    return t == TYPE_DS ||
           ((t == TYPE_NSEC || t == TYPE_KEY) && node_rrset(q->c, l->node, t) != NULL);
}

/* One turn; true: another one for a new q->name. */
static bool resolve_once(struct query *q)
{
    struct lookup l;

    lookup_name(&l, q->c, q->name, q->zone_label);
    switch (l.kind) {
    case LOOKUP_CUT:
        if (!asks_parent_side(q, &l)) {
            answer_referral(q, &l);
            return false;
        }
        l.kind = LOOKUP_NODE;
        return answer_node(q, &l);
    case LOOKUP_DNAME:
        return answer_dname(q, &l);
    case LOOKUP_NODE:
    case LOOKUP_WILD:
        return answer_node(q, &l);
    case LOOKUP_NXDOMAIN:
    default:
        answer_nxdomain(q, &l);
        return false;
    }
}

/* Into the zone of a CNAME's target.  False: the answer ends with what is there. */
static bool enter_next_zone(struct query *q)
{
    bool aa = q->aa;

    if (!query_find_zone(q))
        return false;       /* the chain leaves our zones */
    if (q->c == NULL) {
        query_fail(q, RCODE_SERVFAIL, EDE_NOT_READY, "the zone of a CNAME's target is not loaded");
        return false;
    }
    if (!query_allowed(q)) {
        q->rcode = RCODE_NOERROR;
        q->ede = 0;
        q->aa = aa;
        return false;
    }
    return true;
}

void query_resolve(struct query *q)
{
    q->aa = true;
    while (resolve_once(q) && enter_next_zone(q))
        ;
    query_additional(q);
}
