/*
 * Requests that another thread answers: what is offered, what the copy holds once the worker's
 * buffers are gone, and the answer, byte for byte as BIND 9.18 gives it.
 */
#include <stdlib.h>

#include "answer/answer.h"
#include "answer/handed.h"
#include "answer/server_data.h"
#include "dns/message.h"
#include "tests/unit/unit.h"

static const uint8_t key_name[] = "\3key", secret[] = "a secret of thirty two bytes ...";
static const struct tsig_key key = {.name = key_name, .name_text = "key",
                                    .algorithm = TSIG_HMAC_SHA256, .secret = secret,
                                    .secret_len = 32};
static const uint8_t origin[] = "\7example";

static struct {
    struct zone_options options;
    struct conf_zone conf;
    struct conf_view view;
    struct conf_snapshot snapshot;
    struct zone *zone;
    struct answer_server *server;
    struct answer_ctx *ctx;
    union net_addr peer, local;
    bool querylog;
} s;

/* What the taker is told to say, and what it took. */
static enum handover verdict;
static unsigned verdict_rcode, offers;
static struct handed_request *taken;

static enum handover take(void *arg, const struct handover_offer *o, unsigned *rcode)
{
    CU_ASSERT_PTR_EQUAL(arg, &s);
    CU_ASSERT_PTR_EQUAL(o->zone, s.zone);
    CU_ASSERT_STRING_EQUAL(o->view->conf->name, "inside");
    offers++;
    *rcode = verdict_rcode;
    if (verdict == HANDOVER_TAKEN)
        taken = handed_request_new(o);
    return verdict;
}

static void set_up(void)
{
    static struct acl_env *env;
    struct zone **list = &s.zone;

    memset(&s, 0, sizeof s);
    s.conf = (struct conf_zone){.name = origin, .options = &s.options, .rrclass = CLASS_IN,
                                .type = ZONE_PRIMARY};
    s.zone = zone_new(&s.conf, "inside");
    s.view = (struct conf_view){.name = "inside", .rrclass = CLASS_IN, .zones = &s.conf,
                                .nzones = 1, .match_clients = acl_any(),
                                .match_destinations = acl_any(), .keys = &key, .nkeys = 1,
                                .edns_udp_size = 1232, .max_udp_size = 1232,
                                .nocookie_udp_size = 4096, .answer_cookie = true};
    s.snapshot = (struct conf_snapshot){.views = &s.view, .nviews = 1};
    s.server = answer_server_new(&s.snapshot, &list, &env, &s.querylog);
    s.ctx = answer_ctx_new(&s.server);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.server);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.ctx);
    s.server->takers.update = (struct handover_taker){take, &s};
    net_addr_parse(&s.peer, "192.0.2.77");
    net_addr_parse(&s.local, "192.0.2.1");
    verdict = HANDOVER_TAKEN;
    offers = 0;
    taken = NULL;
}

static void tear_down(void)
{
    handed_request_free(taken);
    answer_ctx_free(s.ctx);
    answer_server_free(s.server);
    zone_free(s.zone);
}

enum how { EDNS = 1, COOKIE = 2, TSIG = 4, NOTIFY = 8 };

/* An UPDATE (or NOTIFY) for the zone, with an OPT of 1232 bytes and DO, signed. */
static size_t make(uint8_t *out, int how, struct tsig_session *session)
{
    static const uint8_t opt[] = "\0\0\x29\x04\xd0\0\0\x80\0\0\0";
    static const uint8_t cookie[] = "\0\x0a\0\x08""01234567";
    struct writer w = {out, out, out + 600, true};

    writer_bytes(&w, "\x12\x34\x28\0\0\1\0\0\0\0\0\0\7eXaMple\0\0\6\0\1", 25);
    out[2] = how & NOTIFY ? 0x20 : 0x28;
    if (how & (EDNS | COOKIE)) {
        out[11] = 1;
        writer_bytes(&w, opt, 11);
    }
    if (how & COOKIE) {
        put_u16(w.at - 2, 12);
        writer_bytes(&w, cookie, 12);
    }
    if (how & TSIG)
        CU_ASSERT_EQUAL_FATAL(tsig_sign_request(session, &key, &w, (uint64_t)time(NULL)), RES_OK);
    return writer_len(&w);
}

/* Gives a request to the worker's side; its buffers are overwritten afterwards. */
static struct answer_item ask(int how, bool tcp, uint8_t *resp, struct tsig_session *session)
{
    static uint8_t req[700];
    struct answer_item item = {.req = req, .resp = resp, .room = ANSWER_UDP_ROOM};

    item.client = (struct answer_client){.peer = &s.peer, .local = &s.local, .tcp = tcp};
    item.req_len = make(req, how, session);
    answer_batch(s.ctx, &item, 1);
    memset(req, 0xee, sizeof req);
    return item;
}

static void check_bytes(const uint8_t *got, size_t len, const char *want, size_t want_len)
{
    CU_ASSERT_EQUAL(len, want_len);
    CU_ASSERT_EQUAL(memcmp(got, want, len < want_len ? len : want_len), 0);
}

static const char bare[] = "\x12\x34\xa8\0\0\1\0\0\0\0\0\0\7eXaMple\0\0\6\0\1";

static void test_copy(void)
{
    uint8_t resp[ANSWER_UDP_ROOM];
    struct answer_item item;
    size_t len;

    set_up();
    item = ask(0, false, resp, NULL);
    CU_ASSERT_TRUE(item.handed);
    CU_ASSERT_EQUAL(item.resp_len, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    CU_ASSERT_STRING_EQUAL(taken->view, "inside");
    CU_ASSERT_TRUE(net_addr_equal(&taken->peer, &s.peer));
    CU_ASSERT_TRUE(net_addr_equal(&taken->local, &s.local));
    CU_ASSERT_PTR_NULL(taken->key);
    CU_ASSERT_TRUE(name_equal(taken->req.qname, origin));
    len = handed_request_answer(s.ctx, taken, RCODE_NOERROR, resp, sizeof resp);
    check_bytes(resp, len, bare, sizeof bare - 1);
    len = handed_request_answer(s.ctx, taken, RCODE_YXRRSET, resp, sizeof resp);
    CU_ASSERT_EQUAL(resp[3], RCODE_YXRRSET);
    tear_down();
}

static void test_edns(void)
{
    uint8_t resp[ANSWER_UDP_ROOM];
    size_t len;

    set_up();
    ask(EDNS, true, resp, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    CU_ASSERT_TRUE(taken->tcp);
    len = handed_request_answer(s.ctx, taken, RCODE_NOERROR, resp, sizeof resp);
    CU_ASSERT_EQUAL(len, 25 + 11);
    CU_ASSERT_EQUAL(resp[11], 1);
    check_bytes(resp + 25, len - 25, "\0\0\x29\x04\xd0\0\0\x80\0\0\0", 11);
    handed_request_free(taken);
    ask(COOKIE, false, resp, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    len = handed_request_answer(s.ctx, taken, RCODE_NOERROR, resp, sizeof resp);
    CU_ASSERT_EQUAL(len, 25 + 11 + 4 + 24);
    check_bytes(resp + 25 + 11, 12, "\0\x0a\0\x18""01234567", 12);
    tear_down();
}

static void test_signed(void)
{
    uint8_t resp[ANSWER_UDP_ROOM];
    struct tsig_session session;
    size_t len;

    set_up();
    ask(TSIG, false, resp, &session);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    CU_ASSERT_PTR_EQUAL(taken->key, &taken->own_key);
    CU_ASSERT_PTR_NOT_EQUAL(taken->key->secret, secret);
    CU_ASSERT_STRING_EQUAL(taken->key->name_text, "key");
    len = handed_request_answer(s.ctx, taken, RCODE_REFUSED, resp, sizeof resp);
    CU_ASSERT_EQUAL(resp[3] & 15, RCODE_REFUSED);
    CU_ASSERT_EQUAL(tsig_verify_response(&session, resp, len, (uint64_t)time(NULL)), RES_OK);
    tear_down();
}

/* A reload has taken the view away: the answer has the defaults' OPT. */
static void test_view_gone(void)
{
    uint8_t resp[ANSWER_UDP_ROOM];
    size_t len;

    set_up();
    ask(EDNS, false, resp, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    s.view.name = "outside";
    len = handed_request_answer(s.ctx, taken, RCODE_NOTAUTH, resp, sizeof resp);
    CU_ASSERT_EQUAL(len, 25 + 11);
    CU_ASSERT_EQUAL(resp[3], RCODE_NOTAUTH);
    tear_down();
}

static void test_not_taken(void)
{
    uint8_t resp[ANSWER_UDP_ROOM];
    struct answer_item item;

    set_up();
    verdict = HANDOVER_ANSWER;
    verdict_rcode = RCODE_SERVFAIL;
    item = ask(0, false, resp, NULL);
    CU_ASSERT_FALSE(item.handed);
    CU_ASSERT_EQUAL(resp[3], RCODE_SERVFAIL);
    verdict = HANDOVER_DROP;
    item = ask(0, false, resp, NULL);
    CU_ASSERT_FALSE(item.handed);
    CU_ASSERT_EQUAL(item.resp_len, 0);
    CU_ASSERT_EQUAL(offers, 2);
    ask(NOTIFY, false, resp, NULL);     /* nobody takes it */
    CU_ASSERT_EQUAL(resp[3], RCODE_REFUSED);
    CU_ASSERT_EQUAL(offers, 2);
    tear_down();
}

static const struct unit_test tests[] = {
    {"a copy outlives the worker's buffers; the bare answer", test_copy},
    {"EDNS and a cookie in the answer", test_edns},
    {"a signed request gets a signed answer", test_signed},
    {"the view has gone meanwhile", test_view_gone},
    {"an offer that is refused, dropped, or has no taker", test_not_taken},
};
UNIT_MAIN(tests)
