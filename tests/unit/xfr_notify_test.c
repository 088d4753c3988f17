/*
 * NOTIFY: the bytes that BIND sends, which answers count, who is told, and how fast.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "dns/rdata.h"
#include "tests/unit/hex.h"
#include "tests/unit/make_zone.h"
#include "xfr/notify_message.h"
#include "xfr/notify_targets.h"
#include "xfr/rate.h"
#include "zone/build.h"

static struct name origin;

static struct contents *make_zone(const char *name, const char *const (*records)[3])
{
    struct zone_builder *b = zone_builder_new();
    struct zone_build_options opt = {.origin = origin.wire, .rrclass = CLASS_IN};
    struct contents *c = NULL;

    CU_ASSERT_EQUAL_FATAL(name_from_text(&origin, name, strlen(name), NULL), RES_OK);
    CU_ASSERT_EQUAL_FATAL(zone_builder_start(b, &opt), RES_OK);
    for (; (*records)[0] != NULL; records++)
        make_record(b, origin.wire, (*records)[0], (*records)[1], 300, (*records)[2]);
    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(b, &c), RES_OK);
    zone_builder_free(b);
    return c;
}

static void test_message(void)
{
    /* As BIND 9.18 sent it, but for the id. */
    static const char expected[] =
        "68a32400000100010000000002657804746573740000060001c00c00060001000000000026026e73c00c0a686f"
        "73746d6173746572c00c0000000a00000e1000000258000151800000012c";
    static const char *const records[][3] = {
        {"@", "SOA", "ns hostmaster 10 3600 600 86400 300"}, {"@", "NS", "ns"},
        {"ns", "A", "192.0.2.1"}, {NULL, NULL, NULL}};
    struct contents *c = make_zone("ex.test.", records);
    struct notify_message m = {.zone = origin.wire, .contents = c, .rrclass = CLASS_IN,
                               .id = 0x68a3};
    uint8_t out[NOTIFY_ROOM], wanted[NOTIFY_ROOM];
    size_t len = notify_message_write(out, &m, NULL, 0);

    CU_ASSERT_EQUAL(len, from_hex(wanted, sizeof wanted, expected));
    CU_ASSERT_EQUAL(memcmp(out, wanted, len), 0);
    contents_free(c);
}

static void test_signed(void)
{
    static const char *const records[][3] = {{"@", "SOA", "ns host 1 2 3 4 5"}, {"@", "NS", "ns"},
                                             {NULL, NULL, NULL}};
    static const uint8_t secret[] = "0123456789abcdef";
    const struct tsig_key key = {.name = (const uint8_t *)"\1k", .name_text = "k",
                                 .algorithm = TSIG_HMAC_SHA256, .secret = secret, .secret_len = 16};
    struct contents *c = make_zone("ex.test.", records);
    struct notify_message m = {.zone = origin.wire, .contents = c, .rrclass = CLASS_IN, .id = 7,
                               .key = &key};
    struct tsig_session client, server;
    struct message_request q;
    uint8_t out[NOTIFY_ROOM];
    size_t len = notify_message_write(out, &m, &client, 1000);

    CU_ASSERT_EQUAL(message_parse_request(&q, out, len), MESSAGE_OK);
    CU_ASSERT_EQUAL(q.opcode, OPCODE_NOTIFY);
    CU_ASSERT_NOT_EQUAL_FATAL(q.tsig_at, 0);
    CU_ASSERT_EQUAL(tsig_verify_request(&server, &q, &key, 1, 1001), RES_OK);
    contents_free(c);
}

static void test_answers(void)
{
    static const struct {
        const char *hex;
        bool counts;
        unsigned rcode;
    } rows[] = {
        {"0007a400000100000000000002657804746573740000060001", true, 0},
        {"0007a4000000000000000000", true, 0},
        {"0007a0090000000000000000", true, 9},
        {"0007a401000100000000000002455804544553540000060001", true, 1},
        {"0008a400000100000000000002657804746573740000060001", false, 0},  /* id */
        {"00072400000100000000000002657804746573740000060001", false, 0},  /* no answer */
        {"00078400000100000000000002657804746573740000060001", false, 0},  /* a query's */
        {"0007a400000100000000000002657904746573740000060001", false, 0},  /* another zone's */
        {"0007a400000100000000000002657804746573740000010001", false, 0},
        {"0007a4000001000000000000026578047465737400", false, 0},
        {"0007a40000", false, 0},
    };
    const struct notify_message m = {.zone = (const uint8_t *)"\2ex\4test", .rrclass = CLASS_IN,
                                     .id = 7};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t msg[100];
        unsigned rcode = 0;
        size_t len = from_hex(msg, sizeof msg, rows[i].hex);

        CU_ASSERT_EQUAL(notify_answer_read(&m, msg, len, &rcode), rows[i].counts);
        if (rows[i].counts)
            CU_ASSERT_EQUAL(rcode, rows[i].rcode);
    }
}

static union net_addr address(const char *text, uint16_t port)
{
    union net_addr a;

    CU_ASSERT_EQUAL(net_addr_parse(&a, text), RES_OK);
    net_addr_set_port(&a, port);
    return a;
}

/* "ADDR#PORT/KEY …", in order. */
static const char *targets_text(const struct notify_targets *t)
{
    static char out[1024];
    char text[NET_ADDR_TEXT];

    out[0] = '\0';
    for (unsigned i = 0; i < t->count; i++) {
        strcat(out, i > 0 ? " " : "");
        strcat(out, net_addr_format(&t->list[i].addr, text));
        if (t->list[i].key != NULL)
            strcat(strcat(out, "/"), t->list[i].key->name_text);
        if (t->list[i].tcp)
            strcat(out, "/tcp");
    }
    return out;
}

static void test_targets(void)
{
    static const char *const records[][3] = {
        {"@", "SOA", "ns1 h 1 2 3 4 5"}, {"@", "NS", "ns1"}, {"@", "NS", "ns2"},
        {"@", "NS", "ns.sub"}, {"@", "NS", "away.other."}, {"@", "NS", "none"},
        {"ns1", "A", "192.0.2.1"}, {"ns2", "A", "192.0.2.2"}, {"ns2", "AAAA", "2001:db8::2"},
        {"sub", "NS", "ns.sub"}, {"ns.sub", "A", "192.0.2.3"}, {"none", "TXT", "x"},
        {NULL, NULL, NULL}};
    static const struct {
        enum notify_mode mode;
        bool to_soa;
        const char *targets;
        unsigned noutside;
    } rows[] = {
        {NOTIFY_YES, false,
         "192.0.2.9#5353/k 192.0.2.3#53 192.0.2.2#53/s/tcp 2001:db8::2#53", 1},
        {NOTIFY_YES, true,
         "192.0.2.9#5353/k 192.0.2.3#53 192.0.2.1#53 192.0.2.2#53/s/tcp 2001:db8::2#53", 1},
        {NOTIFY_EXPLICIT, false, "192.0.2.9#5353/k", 0},
    };
    const struct tsig_key k = {.name_text = "k"}, s = {.name_text = "s"};
    const struct conf_server servers[] = {
        {.prefix = {AF_INET, 32, {192, 0, 2, 2}}, .key = &s, .tcp_only = true},
        {.prefix = {AF_INET, 32, {192, 0, 2, 8}}, .bogus = true}};
    const struct conf_view view = {.name = "_default", .servers = servers, .nservers = 2};
    const struct conf_remote also[] = {{.addr = address("192.0.2.9", 5353), .key = &k},
                                       {.addr = address("192.0.2.9", 5353)},
                                       {.addr = address("192.0.2.8", 53)}};
    struct zone_options o = {.also_notify = also, .nalso_notify = 3};
    struct contents *c = make_zone("ex.test.", records);
    struct conf_zone conf = {.name = origin.wire, .name_text = "ex.test", .options = &o,
                             .type = ZONE_PRIMARY, .rrclass = CLASS_IN};
    struct zone *z = zone_new(&conf, "_default");
    struct zone_table *table = zone_table_new(&z, 1);
    const struct notify_place place = {.view = &view, .zones = table};
    struct notify_targets *t = malloc(sizeof *t);
    union net_addr more = address("192.0.2.7", 0);

    zone_publish(z, c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        o.notify = rows[i].mode;
        o.notify_to_soa = rows[i].to_soa;
        notify_targets_find(t, z, c, &place);
        CU_ASSERT_STRING_EQUAL(targets_text(t), rows[i].targets);
        CU_ASSERT_EQUAL(t->noutside, rows[i].noutside);
    }
    notify_targets_add(t, z, &place, &more);
    notify_targets_add(t, z, &place, &more);
    CU_ASSERT_STRING_EQUAL(targets_text(t), "192.0.2.9#5353/k 192.0.2.7#53");
    free(t);
    zone_table_free(table);
    zone_free(z);
}

static void test_wanted(void)
{
    static const struct {
        enum zone_type type;
        enum notify_mode mode;
        bool wanted;
    } rows[] = {
        {ZONE_PRIMARY, NOTIFY_YES, true}, {ZONE_PRIMARY, NOTIFY_NO, false},
        {ZONE_PRIMARY, NOTIFY_EXPLICIT, true}, {ZONE_PRIMARY, NOTIFY_PRIMARY_ONLY, true},
        {ZONE_SECONDARY, NOTIFY_YES, true}, {ZONE_SECONDARY, NOTIFY_PRIMARY_ONLY, false},
        {ZONE_SECONDARY, NOTIFY_EXPLICIT, true}, {ZONE_HINT, NOTIFY_YES, false}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct zone_options o = {.notify = rows[i].mode};
        const struct conf_zone conf = {.type = (uint8_t)rows[i].type, .options = &o};

        CU_ASSERT_EQUAL(notify_is_wanted(&conf), rows[i].wanted);
    }
}

static void test_rate(void)
{
    struct rate r = {0};
    unsigned taken = 0;

    rate_set(&r, 20);
    for (int64_t now_ms = 5000000; now_ms < 5010000; now_ms += 10)
        taken += rate_take(&r, now_ms);
    CU_ASSERT_TRUE(taken >= 200 && taken <= 221);   /* a second's worth at once, then 20 a second */
    CU_ASSERT_TRUE(rate_next_ms(&r) > 5010000 - 60 && rate_next_ms(&r) <= 5010000 + 50);
    rate_set(&r, 0);
    taken = 0;
    for (int64_t now_ms = 6000000; now_ms < 6010000; now_ms += 10)
        taken += rate_take(&r, now_ms);
    CU_ASSERT_TRUE(taken >= 10 && taken <= 11);
}

static const struct unit_test tests[] = {
    {"a NOTIFY as BIND sends it", test_message},
    {"a signed NOTIFY", test_signed},
    {"answers that count", test_answers},
    {"who is told", test_targets},
    {"whether anybody is told", test_wanted},
    {"so many per second", test_rate},
};

UNIT_MAIN(tests)
