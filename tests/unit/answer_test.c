/*
 * Questions and their answers, section by section, from zones written here.  A record is
 * shown as "OWNER TTL TYPE RDATA"; each section's records are sorted.
 */
#include <stdlib.h>

#include "answer/answer.h"
#include "answer/server_data.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "parser/master.h"
#include "tests/unit/make_zone.h"
#include "zone/build.h"

static const char parent_text[] = "$TTL 300\n"
                                  "@ SOA ns hostmaster 7 3600 600 86400 60\n"
                                  "@ NS ns\n"
                                  "@ NS ns.child\n"
                                  "ns A 192.0.2.1\n"
                                  "ns AAAA 2001:db8::1\n"
                                  "WWW A 192.0.2.2\n"
                                  "alias CNAME www\n"
                                  "chain CNAME alias\n"
                                  "loop1 CNAME loop2\n"
                                  "loop2 CNAME loop1\n"
                                  "out CNAME www.elsewhere.\n"
                                  "over CNAME x.child\n"
                                  "gone CNAME nothing\n"
                                  "deep.er.ent TXT \"x\"\n"
                                  "*.wild A 192.0.2.3\n"
                                  "*.wild MX 10 ns\n"
                                  "there.wild TXT \"t\"\n"
                                  "sub NS ns.sub\n"
                                  "sub NS ns.elsewhere.\n"
                                  "ns.sub A 192.0.2.4\n"
                                  "mail MX 10 www\n"
                                  "mail MX 20 ns.sub\n"
                                  "d DNAME target\n"
                                  "a.target A 192.0.2.5\n"
                                  "long DNAME " /* makes most names below it too long */
                                  "l23456789012345678901234567890123456789012345678901234567890123."
                                  "l23456789012345678901234567890123456789012345678901234567890123."
                                  "l23456789012345678901234567890123456789012345678901234567890123."
                                  "example.\n"
                                  "child NS ns.child\n"
                                  "ns.child A 192.0.2.99\n"
                                  "child DS 1 13 99 00\n";

static const char child_text[] = "$TTL 300\n"
                                 "@ SOA ns hostmaster 9 3600 600 86400 900\n"
                                 "@ NS ns\n"
                                 "ns A 192.0.2.9\n"
                                 "x A 192.0.2.10\n";

/* --- a server made by hand --- */

enum { ZONES = 3 };

static struct {
    struct name names[ZONES];
    struct zone_options options;
    struct conf_zone confs[ZONES];
    struct conf_view view;
    struct conf_snapshot snapshot;
    struct zone *zones[ZONES];
    struct answer_server *server;
    struct answer_ctx *ctx;
    bool querylog;
} s;

static void set_up(void)
{
    static const char *const names[ZONES] = {"example.", "child.example.", "broken."};
    static const char *const texts[ZONES] = {parent_text, child_text, NULL};
    static struct acl_env *env;
    struct zone **list = s.zones;

    memset(&s, 0, sizeof s);
    s.options.allow_query = s.options.allow_query_on = acl_any();
    for (unsigned i = 0; i < ZONES; i++) {
        name_from_text(&s.names[i], names[i], strlen(names[i]), NULL);
        s.confs[i] = (struct conf_zone){.name = s.names[i].wire, .options = &s.options,
                                        .rrclass = CLASS_IN, .type = ZONE_PRIMARY};
        s.zones[i] = zone_new(&s.confs[i], "_default");
        s.zones[i]->contents = texts[i] ? contents_of(s.names[i].wire, texts[i]) : NULL;
    }
    s.view = (struct conf_view){.name = "_default", .rrclass = CLASS_IN, .zones = s.confs,
                                .nzones = ZONES, .match_clients = acl_any(),
                                .match_destinations = acl_any(), .message_compression = true,
                                .edns_udp_size = 1232, .max_udp_size = 1232,
                                .nocookie_udp_size = 4096, .max_query_restarts = 11};
    s.snapshot = (struct conf_snapshot){.views = &s.view, .nviews = 1};
    s.server = answer_server_new(&s.snapshot, &list, &env, &s.querylog);
    s.ctx = answer_ctx_new(&s.server);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.server);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.ctx);
}

static void tear_down(void)
{
    answer_ctx_free(s.ctx);
    answer_server_free(s.server);
    for (unsigned i = 0; i < ZONES; i++)
        zone_free(s.zones[i]);
}

/* --- asking --- */

enum ask { RD = 1, EDNS = 2, TCP = 4 };

static size_t make_query(uint8_t *out, const char *name, const char *type, int how)
{
    struct name n;
    uint16_t t;

    CU_ASSERT_EQUAL_FATAL(name_from_text(&n, name, strlen(name), s.names[0].wire), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rrtype_from_text(&t, type, strlen(type)), RES_OK);
    memcpy(out, "\x12\x34\0\0\0\1\0\0\0\0\0\0", 12);
    out[2] = how & RD ? 1 : 0;
    memcpy(out + 12, n.wire, n.len);
    put_u16(out + 12 + n.len, t);
    put_u16(out + 14 + n.len, CLASS_IN);
    if (how & EDNS) {
        out[11] = 1;
        memcpy(out + 16 + n.len, "\0\0\x29\x10\0\0\0\0\0\0\0", 11);
    }
    return 16u + n.len + (how & EDNS ? 11 : 0);
}

static size_t ask_udp(const uint8_t *req, size_t len, uint8_t *resp)
{
    static union net_addr peer;
    struct answer_item item = {.req = req, .req_len = len, .client = {&peer, &peer, false},
                               .resp = resp, .room = ANSWER_UDP_ROOM};

    net_addr_parse(&peer, "192.0.2.77");
    answer_batch(s.ctx, &item, 1);
    return item.resp_len;
}

static size_t ask(const char *name, const char *type, int how, uint8_t *resp)
{
    static uint8_t req[600];
    static union net_addr peer;
    struct answer_client client = {.peer = &peer, .local = &peer, .tcp = (how & TCP) != 0};
    struct answer_stream_hint hint;
    size_t len = make_query(req, name, type, how);

    net_addr_parse(&peer, "192.0.2.77");
    return how & TCP ? answer_tcp(s.ctx, &client, req, len, resp, &hint)
                     : ask_udp(req, len, resp);
}

/* --- showing --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_record(const uint8_t *msg, const struct message_record *rr, size_t len, char *out)
{
    static uint8_t rdata[RDATA_MAX_LEN];
    static char text[RDATA_MAX_LEN];
    struct rdata_style style = {NULL};
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];
    size_t rdlen, text_len;

    CU_ASSERT_EQUAL_FATAL(rdata_from_message(rr->type, rr->rrclass, msg, len, rr->rdata_at,
                                             rr->rdata_len, rdata, &rdlen), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rdata_to_text(rr->type, rr->rrclass, rdata, rdlen, &style, text,
                                        sizeof text, &text_len), RES_OK);
    name_to_text(rr->owner.wire, owner, NAME_FINAL_DOT);
    snprintf(out, 2500, "%.1023s %u %s %.1200s", owner, rr->ttl, rrtype_text(rr->type, type), text);
}

static void show_section(const uint8_t *msg, size_t len, size_t *at, unsigned count, char *out)
{
    static char lines[100][2500];
    char *sorted[100];
    unsigned n = 0;

    for (unsigned i = 0; i < count; i++) {
        struct message_record rr;

        CU_ASSERT_EQUAL_FATAL(message_read_record(&rr, msg, len, at), RES_OK);
        if (rr.type == TYPE_OPT)
            continue;
        show_record(msg, &rr, len, lines[n]);
        sorted[n] = lines[n];
        n++;
    }
    qsort(sorted, n, sizeof *sorted, by_text);
    for (unsigned i = 0; i < n; i++) {
        strcat(out, sorted[i]);
        strcat(out, "\n");
    }
}

/* "RCODE FLAGS\n" and the three sections, each begun by a line "-". */
static const char *show(const uint8_t *msg, size_t len)
{
    static char out[20000];
    char rcode[RRTYPE_TEXT];
    struct name qname;
    size_t at = 12;

    CU_ASSERT_FATAL(len >= 12);
    sprintf(out, "%s%s%s\n", rcode_text(msg[3] & 15, rcode), msg[2] & 4 ? " aa" : "",
            msg[2] & 2 ? " tc" : "");
    if (get_u16(msg + 4) == 1) {
        CU_ASSERT_EQUAL_FATAL(name_from_message(&qname, msg, len, &at), RES_OK);
        at += 4;
    }
    for (unsigned i = 0; i < 3; i++) {
        strcat(out, "-\n");
        show_section(msg, len, &at, get_u16(msg + 6 + 2 * i), out);
    }
    CU_ASSERT_EQUAL(at, len);
    return out;
}

#define SOA "example. 60 SOA ns.example. hostmaster.example. 7 3600 600 86400 60\n"
#define NS "example. 300 NS ns.child.example.\nexample. 300 NS ns.example.\n"
#define NS_GLUE "ns.example. 300 A 192.0.2.1\nns.example. 300 AAAA 2001:db8::1\n"
#define REFERRAL                                                                                   \
    "-\n-\nsub.example. 300 NS ns.elsewhere.\nsub.example. 300 NS "                                \
    "ns.sub.example.\n-\nns.sub.example. 300 A 192.0.2.4\n"

static const struct {
    const char *name, *type;
    int how;
    const char *want;
} rows[] = {
    {"ns", "A", RD, "NOERROR aa\n-\nns.example. 300 A 192.0.2.1\n-\n-\n"},
    {"ns", "A", 0,
     "NOERROR aa\n-\nns.example. 300 A 192.0.2.1\n-\n" NS "-\nns.example. 300 AAAA 2001:db8::1\n"},
    {"www", "A", RD, "NOERROR aa\n-\nWWW.example. 300 A 192.0.2.2\n-\n-\n"},
    {"www", "TXT", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"nothing", "A", RD, "NXDOMAIN aa\n-\n-\n" SOA "-\n"},
    {"@", "NS", RD, "NOERROR aa\n-\n" NS "-\n-\n" NS_GLUE},
    {"@", "SOA", RD,
     "NOERROR aa\n-\nexample. 300 SOA ns.example. hostmaster.example. 7 3600 600 86400 60\n-\n-\n"},
    {"ent", "A", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"er.ent", "A", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"alias", "A", RD,
     "NOERROR aa\n-\nWWW.example. 300 A 192.0.2.2\nalias.example. 300 CNAME www.example.\n-\n-\n"},
    {"alias", "CNAME", RD, "NOERROR aa\n-\nalias.example. 300 CNAME www.example.\n-\n-\n"},
    {"chain", "MX", RD,
     "NOERROR aa\n-\nalias.example. 300 CNAME www.example.\nchain.example. 300 CNAME "
     "alias.example.\n-\n" SOA "-\n"},
    {"loop1", "A", RD,
     "SERVFAIL aa\n-\nloop1.example. 300 CNAME loop2.example.\nloop2.example. 300 CNAME "
     "loop1.example.\n-\n-\n"},
    {"out", "A", RD, "NOERROR aa\n-\nout.example. 300 CNAME www.elsewhere.\n-\n-\n"},
    {"over", "A", RD,
     "NOERROR aa\n-\nover.example. 300 CNAME x.child.example.\nx.child.example. 300 A "
     "192.0.2.10\n-\n-\n"},
    {"gone", "A", RD, "NXDOMAIN aa\n-\ngone.example. 300 CNAME nothing.example.\n-\n" SOA "-\n"},
    {"a.wild", "A", RD, "NOERROR aa\n-\na.wild.example. 300 A 192.0.2.3\n-\n-\n"},
    {"b.A.wild", "MX", RD,
     "NOERROR aa\n-\nb.A.wild.example. 300 MX 10 ns.example.\n-\n-\nns.example. 300 A "
     "192.0.2.1\nns.example. 300 AAAA 2001:db8::1\n"},
    {"*.wild", "A", RD, "NOERROR aa\n-\n*.wild.example. 300 A 192.0.2.3\n-\n-\n"},
    {"a.wild", "TXT", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"there.wild", "A", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"x.there.wild", "A", RD, "NXDOMAIN aa\n-\n-\n" SOA "-\n"},
    {"x.*.wild", "A", RD, "NXDOMAIN aa\n-\n-\n" SOA "-\n"},
    {"sub", "NS", RD, "NOERROR\n" REFERRAL},
    {"a.b.sub", "A", RD, "NOERROR\n" REFERRAL},
    {"ns.sub", "A", RD, "NOERROR\n" REFERRAL},
    {"sub", "DS", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"child", "DS", RD, "NOERROR aa\n-\nchild.example. 300 DS 1 13 99 00\n-\n-\n"},
    {"child", "NS", RD,
     "NOERROR aa\n-\nchild.example. 300 NS ns.child.example.\n-\n-\nns.child.example. 300 A "
     "192.0.2.9\n"},
    {"mail", "MX", RD,
     "NOERROR aa\n-\nmail.example. 300 MX 10 www.example.\nmail.example. 300 MX 20 "
     "ns.sub.example.\n-\n-\nWWW.example. 300 A 192.0.2.2\n"},
    {"a.d", "A", RD,
     "NOERROR aa\n-\na.d.example. 300 CNAME a.target.example.\na.target.example. 300 A "
     "192.0.2.5\nd.example. 300 DNAME target.example.\n-\n-\n"},
    {"d", "A", RD, "NOERROR aa\n-\n-\n" SOA "-\n"},
    {"d", "DNAME", RD, "NOERROR aa\n-\nd.example. 300 DNAME target.example.\n-\n-\n"},
    {"www.elsewhere.", "A", RD, "REFUSED\n-\n-\n-\n"},
    {".", "NS", RD, "REFUSED\n-\n-\n-\n"},
    {"broken.", "SOA", RD, "SERVFAIL\n-\n-\n-\n"},
    {"ns", "ANY", RD,
     "NOERROR aa\n-\nns.example. 300 A 192.0.2.1\nns.example. 300 AAAA 2001:db8::1\n-\n-\n"},
    {"ns", "MAILB", RD, "NOTIMP\n-\n-\n-\n"},
};

static void check_rows(int more)
{
    static uint8_t resp[65535];

    set_up();
    s.view.minimal_responses = MINIMAL_NO_AUTH_RECURSIVE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = show(resp, ask(rows[i].name, rows[i].type, rows[i].how | more, resp));

        if (strcmp(got, rows[i].want) != 0) {
            printf("# %s %s:\n%s# wanted:\n%s", rows[i].name, rows[i].type, got, rows[i].want);
            CU_FAIL("answer");
        }
    }
    tear_down();
}

static void test_udp(void)
{
    check_rows(0);
}

static void test_edns(void)
{
    check_rows(EDNS);
}

static void test_tcp(void)
{
    check_rows(TCP | EDNS);
}

static void test_dname_too_long(void)
{
    static uint8_t resp[65535];
    size_t len;

    set_up();
    len = ask("l23456789012345678901234567890123456789012345678901234567890123.long", "A", RD,
              resp);
    CU_ASSERT_EQUAL(resp[3] & 15, RCODE_YXDOMAIN);
    CU_ASSERT_EQUAL(get_u16(resp + 6), 1);      /* the DNAME alone */
    CU_ASSERT(len > 12);
    tear_down();
}

static void test_minimal(void)
{
    static const struct {
        enum minimal_responses m;
        int how;
        unsigned authority, additional;
    } cases[] = {{MINIMAL_NO, RD, 2, 1},  {MINIMAL_NO, 0, 2, 1},      {MINIMAL_YES, 0, 0, 0},
                 {MINIMAL_NO_AUTH, 0, 0, 0}, {MINIMAL_NO_AUTH_RECURSIVE, RD, 0, 0},
                 {MINIMAL_NO_AUTH_RECURSIVE, 0, 2, 1}};
    uint8_t resp[ANSWER_UDP_ROOM];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up();
        s.view.minimal_responses = cases[i].m;
        ask("ns", "A", cases[i].how, resp);
        CU_ASSERT_EQUAL(get_u16(resp + 8), cases[i].authority);
        CU_ASSERT_EQUAL(get_u16(resp + 10), cases[i].additional);
        ask("a.sub", "A", cases[i].how, resp);      /* glue comes in any case */
        CU_ASSERT_EQUAL(get_u16(resp + 10), 1);
        tear_down();
    }
}

/* A name of 255 bytes, all of one letter. */
static uint8_t *put_long_name(uint8_t *p, char letter)
{
    for (unsigned left = 254; left > 0;) {
        unsigned n = left > 64 ? 63 : left - 1;

        *p++ = (uint8_t)n;
        memset(p, letter, n);
        p += n;
        left -= n + 1;
    }
    *p++ = 0;
    return p;
}

/* The records of a response, whole up to its very end, of which the last is a TSIG. */
static bool ends_in_tsig(const uint8_t *resp, size_t len)
{
    struct message_record rr = {.type = TYPE_NONE};
    size_t at = MESSAGE_HEADER_LEN;
    struct name n;

    if (name_from_message(&n, resp, len, &at) != RES_OK)
        return false;
    at += 4;
    for (int left = get_u16(resp + 6) + get_u16(resp + 8) + get_u16(resp + 10); left > 0; left--)
        if (message_read_record(&rr, resp, len, &at) != RES_OK)
            return false;
    return at == len && rr.type == TYPE_TSIG;
}

/* Key and algorithm with the longest names: their TSIG alone takes more than 512 bytes. */
static void test_long_tsig(void)
{
    uint8_t req[1200], resp[ANSWER_UDP_ROOM], *p, *rdlen;
    size_t len;

    for (int how = 0; how <= EDNS; how += EDNS) {
        set_up();
        p = req + make_query(req, "www", "A", how);
        p = put_long_name(p, 'k');
        memcpy(p, "\0\372\0\377\0\0\0\0", 8);
        rdlen = p + 8;
        p = put_long_name(p + 10, 'a');
        memset(p, 0, 16);
        p += 16;
        put_u16(rdlen, (uint16_t)(p - rdlen - 2));
        req[11]++;
        len = ask_udp(req, (size_t)(p - req), resp);
        CU_ASSERT_EQUAL(resp[3] & 15, RCODE_NOTAUTH);
        CU_ASSERT(ends_in_tsig(resp, len));
        tear_down();
    }
}

/* What does not fit of many questions is left out, not cut. */
static void test_many_questions(void)
{
    uint8_t req[1200], resp[ANSWER_UDP_ROOM];
    size_t at = MESSAGE_HEADER_LEN, len = make_query(req, "www", "A", 0);
    unsigned n = 1;
    struct name name;

    set_up();
    for (; n < 100; n++, len += 6) {
        put_u16(req + len, 0xc00c);
        put_u16(req + len + 2, (uint16_t)(n + 1));
        put_u16(req + len + 4, CLASS_IN);
    }
    put_u16(req + 4, (uint16_t)n);
    len = ask_udp(req, len, resp);
    CU_ASSERT_EQUAL(resp[3] & 15, RCODE_FORMERR);
    CU_ASSERT(resp[2] & FLAG_TC >> 8);
    for (n = get_u16(resp + 4); n > 0; n--, at += 4)
        CU_ASSERT_EQUAL(name_from_message(&name, resp, len, &at), RES_OK);
    CU_ASSERT_EQUAL(at, len);
    tear_down();
}

static const struct unit_test tests[] = {
    {"answers over UDP", test_udp},
    {"answers with EDNS", test_edns},
    {"answers over TCP", test_tcp},
    {"a DNAME that makes a name too long is YXDOMAIN", test_dname_too_long},
    {"minimal-responses in its four values", test_minimal},
    {"a TSIG longer than 512 bytes", test_long_tsig},
    {"more questions than an answer holds", test_many_questions},
};

UNIT_MAIN(tests)
