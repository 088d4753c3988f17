/*
 * A request's way: parse, view, signature, cookie, zone, permission, resolve, respond.
 *
 * A batch goes through in three stages so that the cache misses of its requests
 * overlap: first every question is parsed, hashed and given its zone, and the zone's
 * index slot is asked from memory; then the node the slot names is; then they are
 * answered one by one.
 */
#include "answer/answer.h"

#include <string.h>

#include "answer/context.h"
#include "answer/handover.h"
#include "answer/query_cookie.h"
#include "answer/account.h"
#include "answer/query_log.h"
#include "answer/respond.h"
#include "answer/transfer.h"
#include "answer/view.h"
#include "base/log.h"
#include "base/rcu.h"

/* How far a request came: dropped, given to another thread, answered with an error, to be
 * resolved, to be answered with the SOA (of a transfer), or answered by its producer. */
enum stage { STAGE_DROP, STAGE_HANDED, STAGE_ERROR, STAGE_RESOLVE, STAGE_SOA, STAGE_STREAM };

static void hash_question(struct query *q)
{
    q->qname.wire = q->req.qname;
    q->qname.len = q->req.qname_len;
    q->qname.nlabels = q->req.nlabels;
    memcpy(q->qname.at, q->req.label_at, q->req.nlabels + 1u);
    hashed_name_finish(&q->qname);
    q->name = &q->qname;
}

static enum stage start_transfer(struct query *q)
{
    switch (query_transfer(q)) {
    case TRANSFER_SOA:
        return STAGE_SOA;
    case TRANSFER_STREAM:
        return STAGE_STREAM;
    case TRANSFER_ERROR:
        break;
    }
    return STAGE_ERROR;
}

/* Types that are no data: what BIND says to each (ns_query_start's rules, seen live). */
static enum stage check_type(struct query *q)
{
    uint16_t t = q->req.qtype;

    if (t == TYPE_AXFR || t == TYPE_IXFR)
        return start_transfer(q);
    if (t == TYPE_MAILA || t == TYPE_MAILB)
        q->rcode = RCODE_NOTIMP;
    else if (t != TYPE_ANY && (t == TYPE_OPT || (t >= 128 && t < 255)))
        q->rcode = RCODE_FORMERR;
    else
        return STAGE_RESOLVE;
    return STAGE_ERROR;
}

bool query_allowed(struct query *q)
{
    const struct zone_options *o = rcu_read(q->zone->conf)->options;

    if ((acl_is_any(o->allow_query) || view_acl_allows(q, o->allow_query, q->client->peer)) &&
        (acl_is_any(o->allow_query_on) || view_acl_allows(q, o->allow_query_on, q->client->local)))
        return true;
    query_log_denied(q);
    query_fail(q, RCODE_REFUSED, EDE_PROHIBITED, "allow-query does not list this client");
    return false;
}

/* The zone for the question, and whether it may be asked. */
static enum stage enter_zone(struct query *q)
{
    if (!query_find_zone(q)) {
        query_fail(q, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE, "no zone here holds this name");
        return STAGE_ERROR;
    }
    q->rrclass = q->view->conf->rrclass;
    if (!query_allowed(q))
        return STAGE_ERROR;
    if (q->c == NULL) {
        bool expired = __atomic_load_n(&q->zone->expired, __ATOMIC_RELAXED);

        query_fail(q, RCODE_SERVFAIL, expired ? EDE_INVALID_DATA : EDE_NOT_READY,
                   expired ? "the zone has expired" : "the zone is not loaded");
        return STAGE_ERROR;
    }
    q->has_version = true;
    q->version_labels = (uint8_t)(q->qname.nlabels - q->zone_label);
    q->version_serial = q->c->serial;
    return STAGE_RESOLVE;
}

/* Types whose answers are always bare: the keys, and what parents say of them. */
static bool is_key_material(uint16_t type)
{
    return type == TYPE_DNSKEY || type == TYPE_CDNSKEY || type == TYPE_CDS || type == TYPE_DS;
}

/* What goes with the answer (minimal-responses, minimal-any, and BIND's rules by type). */
static void set_minimal(struct query *q)
{
    enum minimal_responses m = q->view->conf->minimal_responses;
    uint16_t type = q->req.qtype;
    bool tight = !q->client->tcp && q->req.edns.present && q->req.edns.udp_size <= 512;

    q->no_additional = m == MINIMAL_YES;
    q->no_authority = m == MINIMAL_YES || m == MINIMAL_NO_AUTH ||
                      (m == MINIMAL_NO_AUTH_RECURSIVE && (q->req.flags & FLAG_RD));
    if (type == TYPE_NS)
        q->no_additional = q->no_authority = false;
    if (is_key_material(type) || tight || (type == TYPE_ANY && query_gives_one(q)))
        q->no_additional = q->no_authority = true;
    if (query_is_priming(q))
        q->no_additional = false;
    q->fold_case = q->view->conf->no_case_compress != NULL &&
                   view_acl_allows(q, q->view->conf->no_case_compress, q->client->peer);
}

static enum stage prepare_question(struct query *q)
{
    enum stage s;

    if (q->req.count[SECTION_QUESTION] != 1 || !q->req.has_question) {
        q->rcode = q->req.count[SECTION_QUESTION] == 0 ? RCODE_SERVFAIL : RCODE_FORMERR;
        return STAGE_ERROR;
    }
    hash_question(q);
    set_minimal(q);
    if (server_logs_queries(q->server) && log_wants(LOGC_QUERIES, LVL_INFO))
        query_log(q);
    if ((s = check_type(q)) != STAGE_RESOLVE)
        return s;
    if (query_lacks_cookie(q)) {
        q->rcode = RCODE_BADCOOKIE;
        return STAGE_ERROR;
    }
    return enter_zone(q);
}

/* Offers the request to who takes its opcode; without a taker nobody is permitted it. */
static enum stage hand_over(struct query *q, const struct handover_taker *taker)
{
    const struct handover_offer o = {.query = q,
                                     .server = q->server,
                                     .client = q->client,
                                     .view = q->view,
                                     .req = &q->req,
                                     .key = q->key != NULL ? q->tsig.key : NULL,
                                     .zone = q->zone};
    unsigned rcode = RCODE_REFUSED;

    if (taker->offer == NULL) {
        query_log_change_denied(q);
    } else {
        switch (taker->offer(taker->arg, &o, &rcode)) {
        case HANDOVER_TAKEN:
            return STAGE_HANDED;
        case HANDOVER_DROP:
            return STAGE_DROP;
        case HANDOVER_ANSWER:
            break;
        }
    }
    q->rcode = (uint16_t)rcode;
    return STAGE_ERROR;
}

/* UPDATE and NOTIFY name a zone of ours or are NOTAUTH (RFC 2136 §3.1.1, RFC 1996 §3.10). */
static enum stage prepare_other(struct query *q)
{
    if (q->req.opcode != OPCODE_UPDATE && q->req.opcode != OPCODE_NOTIFY) {
        q->rcode = RCODE_NOTIMP;
        return STAGE_ERROR;
    }
    if (q->req.count[SECTION_ZONE] != 1 || !q->req.has_question || q->req.qtype != TYPE_SOA) {
        q->rcode = RCODE_FORMERR;
        query_log_update_failed(q);
        return STAGE_ERROR;
    }
    hash_question(q);
    if (!query_find_zone(q) || q->zone_label != 0) {
        q->rcode = RCODE_NOTAUTH;
        query_log_update_failed(q);
        return STAGE_ERROR;
    }
    return hand_over(q, q->req.opcode == OPCODE_UPDATE ? &q->server->takers.update
                                                       : &q->server->takers.notify);
}

static void query_start(struct query *q, struct answer_ctx *ctx, struct answer_item *item)
{
    memset(q, 0, offsetof(struct query, req));
    q->ctx = ctx;
    q->plan = ctx->plan;
    q->server = rcu_read(*ctx->slot);
    q->client = &item->client;
}

static enum stage prepare(struct query *q, struct answer_item *item)
{
    enum message_verdict verdict = message_parse_request(&q->req, item->req, item->req_len);

    if (verdict == MESSAGE_DROP)
        return STAGE_DROP;
    query_take_cookie(q);
    account_request(q);
    if (verdict == MESSAGE_REJECT) {
        q->rcode = q->req.reject_rcode;
        q->no_opt = !q->req.reject_opt;
        return STAGE_ERROR;
    }
    if (verdict == MESSAGE_COOKIE)
        return STAGE_ERROR;     /* NOERROR: the cookie is the answer */
    if (!view_choose(q)) {
        query_fail(q, RCODE_REFUSED, EDE_PROHIBITED, "no view is for this client");
        return STAGE_ERROR;
    }
    if (q->tsig_result != RES_OK) {
        q->rcode = q->tsig.rcode;
        query_log_bad_signature(q);
        return STAGE_ERROR;
    }
    return q->req.opcode == OPCODE_QUERY ? prepare_question(q) : prepare_other(q);
}

size_t query_sign(struct query *q, uint8_t *resp, size_t len, size_t room)
{
    struct writer w = {resp, resp + len, resp + room, true};

    if (q->tsig_room > 0)
        tsig_sign_response(&q->tsig, &w, (uint64_t)q->ctx->now_s);
    return writer_len(&w);
}

static void finish(struct query *q, enum stage s, struct answer_item *item)
{
    item->handed = s == STAGE_HANDED;
    if (s == STAGE_DROP || s == STAGE_HANDED || s == STAGE_STREAM) {
        item->resp_len = 0;
        return;
    }
    if (s == STAGE_RESOLVE)
        query_resolve(q);
    if (q->rcode != RCODE_NOERROR && q->rcode != RCODE_NXDOMAIN)
        query_log_error(q);
    if (s == STAGE_SOA)
        query_transfer_soa(q);
    item->resp_len = (s == STAGE_RESOLVE || s == STAGE_SOA) && q->c != NULL
                         ? respond_plan(q, item->resp, item->room)
                         : respond_error(q, item->resp, item->room);
    account_response(q, item->resp, item->resp_len);
}

/* Labels of the question below its zone's origin that are worth a prefetch: the name
 * itself, and its parent, where a referral or a denial ends. */
static unsigned labels_to_prefetch(const struct query *q)
{
    return q->zone_label < 1 ? 1 : 2;
}

static void prefetch_slots(const struct query *q)
{
    for (unsigned i = 0; i < labels_to_prefetch(q); i++)
        contents_prefetch(q->c, q->qname.hash[i]);
}

/* The slots have come: the node that the question most likely ends at is asked for. */
static void prefetch_node(const struct query *q)
{
    for (unsigned i = 0; i < labels_to_prefetch(q); i++) {
        const uint8_t *node = contents_peek(q->c, q->qname.hash[i]);

        if (node == NULL)
            continue;
        __builtin_prefetch(node);
        __builtin_prefetch(node + 64);
        return;
    }
}

void answer_batch(struct answer_ctx *ctx, struct answer_item *items, unsigned n)
{
    enum stage stage[ANSWER_BATCH];

    ctx->now_s = time(NULL);
    for (unsigned i = 0; i < n; i++) {
        query_start(&ctx->queries[i], ctx, &items[i]);
        stage[i] = prepare(&ctx->queries[i], &items[i]);
        if (stage[i] == STAGE_RESOLVE)
            prefetch_slots(&ctx->queries[i]);
    }
    for (unsigned i = 0; n > 1 && i < n; i++)
        if (stage[i] == STAGE_RESOLVE)
            prefetch_node(&ctx->queries[i]);
    for (unsigned i = 0; i < n; i++)
        finish(&ctx->queries[i], stage[i], &items[i]);
}

size_t answer_tcp(struct answer_ctx *ctx, const struct answer_client *client, const uint8_t *req,
                  size_t req_len, uint8_t *resp, struct answer_stream_hint *hint)
{
    struct answer_item item = {.req = req, .req_len = req_len, .client = *client, .resp = resp,
                               .room = MESSAGE_MAX_LEN};

    answer_batch(ctx, &item, 1);
    hint->handed = item.handed;
    hint->producer = ctx->queries[0].producer;
    hint->keepalive = item.resp_len > 0 && ctx->queries[0].req.opcode == OPCODE_QUERY &&
                      edns_has(&ctx->queries[0].req.edns, EDNS_TCP_KEEPALIVE);
    return item.resp_len;
}
