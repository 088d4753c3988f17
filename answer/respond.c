#include "answer/respond.h"

#include <string.h>

#include "answer/context.h"
#include "answer/order.h"
#include "dns/edns.h"
#include "net/loop.h"

enum {
    BODY_MIN = MESSAGE_HEADER_LEN + NAME_MAX_LEN + 4    /* header and one question */
};

bool plan_add_as(struct query *q, unsigned section, const struct hashed_name *owner,
                 const struct znode *node, const struct zrrset *rrset)
{
    if (q->nplan == PLAN_MAX)
        return false;
    q->plan[q->nplan++] = (struct plan_rrset){.c = q->c,
                                              .rrset = rrset,
                                              .node = node,
                                              .owner_name = owner,
                                              .ttl_max = UINT32_MAX,
                                              .section = (uint8_t)section,
                                              .rrs = true,
                                              .sigs = q->dnssec};
    return true;
}

bool plan_add(struct query *q, unsigned section, const struct znode *node,
              const struct zrrset *rrset)
{
    return plan_add_as(q, section, NULL, node, rrset);
}

bool plan_has(const struct query *q, const struct zrrset *rrset)
{
    for (unsigned i = 0; i < q->nplan; i++)
        if (q->plan[i].rrset == rrset && q->plan[i].rrs)
            return true;
    return false;
}

bool plan_has_as(const struct query *q, const struct hashed_name *owner,
                 const struct zrrset *rrset)
{
    for (unsigned i = 0; i < q->nplan; i++) {
        const struct plan_rrset *p = &q->plan[i];

        if (p->rrset == rrset && (p->owner_name == owner ||
                                  (p->owner_name != NULL && owner != NULL &&
                                   name_equal(p->owner_name->wire, owner->wire))))
            return true;
    }
    return false;
}

void query_fail(struct query *q, unsigned rcode, unsigned ede, const char *text)
{
    q->rcode = (uint16_t)rcode;
    q->ede = (uint16_t)(ede + 1);
    q->ede_text = text;
    q->aa = false;
}

/* Where in the question a node's name stands with the very same bytes; 0: nowhere.
 * Most owners are the question's name or one of its ancestors. */
static uint16_t place_in_question(const struct query *q, const struct contents *c,
                                  const struct znode *n)
{
    size_t len = (size_t)n->name_len + c->origin_len, at;

    if (len > q->qname.len || len == 1)
        return 0;
    at = q->qname.len - len;
    if (!bytes_equal(q->qname.wire + at, n->name, n->name_len) ||
        !bytes_equal(q->qname.wire + at + n->name_len, c->origin, c->origin_len))
        return 0;
    return (uint16_t)(MESSAGE_HEADER_LEN + at);
}

/* Fills owner and owner_at; `room` and `name` hold a name that has to be put together. */
static void set_owner(const struct query *q, const struct plan_rrset *p, struct render_rrset *s,
                      struct hashed_name *name, struct name *room)
{
    if (p->owner_name != NULL) {
        s->owner = p->owner_name;
        s->owner_at = p->owner_name == &q->qname && q->qname.nlabels > 0 ? MESSAGE_HEADER_LEN : 0;
        return;
    }
    if ((s->owner_at = place_in_question(q, p->c, p->node)) != 0 && q->ctx->render.compress)
        return;
    contents_node_name(p->c, p->node, room);
    hashed_name_set(name, room->wire);
    s->owner = name;
}

/* Without EDNS a truncated answer shows as much as there is room for, as BIND's does. */
static bool partial_is_welcome(const struct query *q, const struct plan_rrset *p)
{
    return !q->req.edns.present && p->section != SECTION_ADDITIONAL;
}

static bool write_rrs(struct query *q, const struct plan_rrset *p, struct render_rrset *s)
{
    uint8_t order[ORDER_MAX];

    s->partial = partial_is_welcome(q, p);
    if (p->rrset == NULL) {
        s->type = TYPE_CNAME;
        s->ttl = p->made->ttl;
        s->count = 1;
        s->data = p->made->rr;
        return render_rrset(&q->ctx->render, p->section, s);
    }
    s->type = p->rrset->type;
    s->ttl = p->rrset->ttl < p->ttl_max ? p->rrset->ttl : p->ttl_max;
    s->count = p->rrset->count;
    s->data = rrset_data(p->rrset);
    if (s->count > 1)
        order_choose(q, s, order);
    return render_rrset(&q->ctx->render, p->section, s);
}

static bool write_sigs(struct query *q, const struct plan_rrset *p, struct render_rrset *s)
{
    const struct zsigs *g = p->rrset != NULL && p->sigs ? rrset_sigs(p->rrset) : NULL;

    if (g == NULL)
        return true;
    s->type = TYPE_RRSIG;
    s->ttl = g->ttl < p->ttl_max ? g->ttl : p->ttl_max;
    s->count = g->count;
    s->data = sigs_data(g);
    s->first = 0;
    s->order = NULL;
    s->partial = false;
    return render_rrset(&q->ctx->render, p->section, s);
}

static bool write_one(struct query *q, const struct plan_rrset *p, bool rrs, bool sigs)
{
    struct render_rrset s = {.rrclass = q->rrclass};
    struct hashed_name name;
    struct name room;

    set_owner(q, p, &s, &name, &room);
    return (!rrs || !p->rrs || write_rrs(q, p, &s)) && (!sigs || write_sigs(q, p, &s));
}

/* False: the section did not fit. */
static bool write_section(struct query *q, unsigned section)
{
    for (unsigned i = 0; i < q->nplan; i++)
        if (q->plan[i].section == section && !write_one(q, &q->plan[i], true, true)) {
            q->tc = true;
            return false;
        }
    return true;
}

/* In which round a planned RRset is written: addresses of the kind the client uses (or
 * preferred-glue names) first, then the other kind, then what is not an address. */
static unsigned round_of(const struct query *q, const struct plan_rrset *p)
{
    uint16_t type = p->rrset->type, preferred = q->view->conf->preferred_glue;

    if (preferred == TYPE_NONE)
        preferred = q->client->peer->sa.sa_family == AF_INET6 ? TYPE_AAAA : TYPE_A;
    return type == preferred ? 0 : type == TYPE_A || type == TYPE_AAAA ? 1 : 2;
}

enum { ROUNDS = 3 };

static bool write_round(struct query *q, unsigned from, unsigned round)
{
    for (unsigned i = from; i < q->nplan; i++) {
        const struct plan_rrset *p = &q->plan[i];

        if (round_of(q, p) == round && !write_one(q, p, true, false))
            return false;
    }
    return true;
}

/* The additional section, as far as there is room (RFC 2181 §9): more would be welcome but
 * is not needed, except glue without which the referral leads nowhere (RFC 9471 §3.1). */
static void write_additional(struct query *q)
{
    struct render *r = &q->ctx->render;
    unsigned from = 0;
    bool fits = true;

    while (from < q->nplan && q->plan[from].section != SECTION_ADDITIONAL)
        from++;
    for (unsigned round = 0; round < ROUNDS && fits; round++)
        fits = write_round(q, from, round);
    for (unsigned i = from; i < q->nplan && fits; i++)
        fits = write_one(q, &q->plan[i], false, true);
    for (unsigned i = from; i < q->nplan && r->count[SECTION_ADDITIONAL] == 0; i++)
        q->tc = q->tc || q->plan[i].required;
}

/* The EXPIRE of the SOA that is the answer; false when none is. */
static bool answered_expire(const struct query *q, uint32_t *expire_s)
{
    const struct zrrset *soa;

    if (q->req.qtype != TYPE_SOA || q->nplan == 0 || q->plan[0].section != SECTION_ANSWER)
        return false;
    soa = q->plan[0].rrset;
    if (soa == NULL || soa->type != TYPE_SOA)
        return false;
    *expire_s = get_u32(rrset_data(soa) + 2 + rr_len(rrset_data(soa)) - 8);
    return true;
}

/* EXPIRE (RFC 7314): a primary says the SOA's value beside the SOA; a secondary says how long its
 * own version is good for, with transfers, too. */
static void fill_expire(const struct query *q, struct edns_reply *o)
{
    int64_t expires_ms, left_ms;
    bool transfer = q->req.qtype == TYPE_AXFR || q->req.qtype == TYPE_IXFR;

    o->has_expire = answered_expire(q, &o->expire_s);
    if (q->zone == NULL || q->rcode != RCODE_NOERROR || (!transfer && !o->has_expire))
        return;
    expires_ms = __atomic_load_n(&q->zone->expires_ms, __ATOMIC_RELAXED);
    if (expires_ms == 0)
        return;
    left_ms = expires_ms - net_now_ms();
    o->has_expire = true;
    o->expire_s = left_ms > 0 ? (uint32_t)(left_ms / 1000) : 0;
}

static void fill_opt(struct query *q, struct edns_reply *o)
{
    const struct conf_view *v = q->view != NULL ? q->view->conf : NULL;
    const char *id = q->server->conf->server_id;

    *o = (struct edns_reply){.udp_size = v != NULL ? v->edns_udp_size : 1232,
                             .rcode = q->rcode,
                             .dnssec_ok = q->req.edns.dnssec_ok};
    if (edns_has(&q->req.edns, EDNS_NSID) && id != NULL)
        o->nsid = id[0] != '\0' ? id : q->ctx->hostname;
    if (q->cookie_len > 0) {
        o->cookie_len = q->cookie_len;
        memcpy(o->cookie, q->cookie, q->cookie_len);
    }
    if (q->client->tcp && edns_has(&q->req.edns, EDNS_TCP_KEEPALIVE)) {
        o->has_keepalive = true;
        o->keepalive_ds = (uint16_t)(server_advertised_ms(q->server) / 100);
    }
    if (edns_has(&q->req.edns, EDNS_CLIENT_SUBNET)) {
        o->subnet = q->req.edns.subnet;
        o->subnet_len = q->req.edns.subnet_len;
    }
    if (q->ede > 0) {
        o->has_ede = true;
        o->ede_code = (uint16_t)(q->ede - 1);
        o->ede_extra = q->ede_text;
    }
    if (edns_has(&q->req.edns, EDNS_EXPIRE))
        fill_expire(q, o);
    if (edns_has(&q->req.edns, EDNS_ZONEVERSION) && q->has_version && v->provide_zoneversion) {
        o->has_zoneversion = true;
        o->zoneversion_labels = q->version_labels;
        o->zoneversion_serial = q->version_serial;
    }
}

size_t respond_opt(struct query *q, uint8_t *out, size_t room)
{
    struct writer w = {out, out, out + room, true};
    struct edns_reply opt;

    if (!q->req.edns.present)
        return 0;
    fill_opt(q, &opt);
    edns_write(&w, &opt, 0);
    return w.ok ? writer_len(&w) : 0;
}

static void put_header(const struct query *q, uint8_t *msg, const uint16_t count[4])
{
    uint16_t flags = message_reply_flags(&q->req);

    if (q->aa)
        flags |= FLAG_AA;
    if (q->tc)
        flags |= FLAG_TC;
    put_u16(msg, q->req.id);
    put_u16(msg + 2, (uint16_t)(flags | (q->rcode & 15)));
    for (unsigned i = 0; i < 4; i++)
        put_u16(msg + 4 + 2 * i, count[i]);
}

/* How large a response may be (RFC 6891 §6.2.5, nocookie-udp-size). */
static size_t response_limit(const struct query *q, size_t room)
{
    const struct conf_view *v = q->view != NULL ? q->view->conf : NULL;
    size_t limit = 512;

    if (q->client->tcp)
        return room;
    if (q->req.edns.present) {
        size_t most = v != NULL ? v->max_udp_size : 1232;

        if (!q->cookie_valid && v != NULL && v->nocookie_udp_size < most)
            most = v->nocookie_udp_size;
        limit = q->req.edns.udp_size > 512 ? q->req.edns.udp_size : 512;
        limit = limit < most ? limit : most;
    }
    return limit < room ? limit : room;
}

/* What is left of it for all but the signature.  A TSIG with the longest names takes more
 * than 512 bytes; header and question have their place all the same, as an answer that
 * loses its signature is worth nothing. */
static size_t body_limit(const struct query *q, size_t room)
{
    size_t limit = response_limit(q, room);

    return limit > q->tsig_room + BODY_MIN ? limit - q->tsig_room : BODY_MIN;
}

/* OPT, header and signature after the sections. */
static size_t finish(struct query *q, const struct edns_reply *opt, uint8_t *resp, size_t limit)
{
    struct render *r = &q->ctx->render;

    if (q->req.edns.present && opt != NULL) {
        struct writer w = {resp, resp + r->len, resp + limit, true};

        edns_write(&w, opt, q->tsig_room);
        if (w.ok) {
            r->len = writer_len(&w);
            r->count[SECTION_ADDITIONAL]++;
        }
    }
    put_header(q, resp, r->count);
    return query_sign(q, resp, r->len, limit + q->tsig_room);
}

/* BIND's truncated answers to a client with EDNS or TSIG are bare: it will ask by TCP. */
static void drop_sections(struct render *r, struct render_mark question)
{
    render_rollback(r, SECTION_ANSWER, question);
    r->count[SECTION_AUTHORITY] = r->count[SECTION_ADDITIONAL] = 0;
}

/* Keeps `len` bytes free at the end, if the question has its place then. */
static void reserve(struct render *r, size_t len)
{
    r->limit = r->limit > BODY_MIN + len ? r->limit - len : BODY_MIN;
}

size_t respond_plan(struct query *q, uint8_t *resp, size_t room)
{
    struct render *r = &q->ctx->render;
    struct render_mark question;
    struct edns_reply opt;
    size_t limit = body_limit(q, room);

    render_begin(r, resp, limit);
    r->compress = q->view->conf->message_compression;
    r->fold = q->fold_case;
    if (q->req.edns.present) {
        fill_opt(q, &opt);
        reserve(r, edns_reply_len(&opt));
    }
    render_question(r, &q->qname, q->req.qtype, q->req.qclass);
    question = render_mark_set(r, SECTION_ANSWER);
    if (write_section(q, SECTION_ANSWER) && write_section(q, SECTION_AUTHORITY))
        write_additional(q);
    if (q->tc && (q->req.edns.present || q->tsig_room > 0))
        drop_sections(r, question);
    return finish(q, &opt, resp, limit);
}

size_t respond_error(struct query *q, uint8_t *resp, size_t room)
{
    struct render *r = &q->ctx->render;
    struct edns_reply opt;
    size_t limit = body_limit(q, room);

    q->aa = q->tc = false;
    render_begin(r, resp, limit);
    if (message_echoes_question(&q->req)) {
        struct writer w = {resp, resp + r->len, resp + limit, true};

        r->count[SECTION_QUESTION] = message_write_question(&w, &q->req);
        r->len = writer_len(&w);
        q->tc = r->count[SECTION_QUESTION] < q->req.count[SECTION_QUESTION];
    }
    if (q->req.edns.present)
        fill_opt(q, &opt);
    return finish(q, q->no_opt ? NULL : &opt, resp, limit);
}
