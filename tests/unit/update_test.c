/*
 * Dynamic update: tables of prerequisites, changes, limits and policies, each a message made
 * from text; what comes of it is compared as rcode and as differences, both as BIND has them.
 */
#include "update/update.h"

#include <stdlib.h>

#include "base/rcu.h"
#include "dns/rdata.h"
#include "tests/unit/unit.h"
#include "update/serial.h"
#include "zone/build.h"

static const char zone_lines[] =
    "@ 300 SOA ns hm 10 3600 600 86400 300|@ 300 NS ns|@ 300 NS ns2|@ 300 TXT apex|"
    "ns 300 A 192.0.2.1|ns2 300 A 192.0.2.2|www 300 A 192.0.2.3|www 300 A 192.0.2.4|"
    "www 300 TXT one|alias 300 CNAME www|del 300 NS ns.del|ns.del 300 A 192.0.2.5|"
    "leaf.ent 300 TXT leaf|*.wild 300 TXT wild|dn 300 DNAME www|mx 300 MX 10 www|"
    "wks 300 WKS 192.0.2.1 6 25";

static const char key_lines[] = "key host.dyn.test { algorithm hmac-sha256; secret \"QUJD\"; };"
                                "key admin { algorithm hmac-sha256; secret \"QUJD\"; };";

/* A zone, its configuration, and one request. */
static struct {
    struct conf_snapshot *conf;
    struct zone *zone;
    struct zone_edit *edit;
    uint8_t msg[MESSAGE_MAX_LEN];
    struct message_request req;
    struct name key;
    union net_addr peer;
    struct acl_env env;
    struct net_prefix localhost;
    char diff[4096];
    uint32_t serial;        /* added by the last message, 0: none */
} s;

static void complain(void *arg, int level, const char *text)
{
    (void)arg;
    (void)level;
    printf("# %s\n", text);
}

/* One record "OWNER [CLASS] TTL TYPE [RDATA]", as far as it has one. */
struct line {
    struct name owner;
    uint16_t type, rrclass;
    uint32_t ttl;
    uint8_t rdata[4096];
    size_t rdlen;
};

static char *word(char **rest)
{
    return strsep(rest, " ");
}

static void read_line(struct line *out, char *text)
{
    char *owner = word(&text), *w = word(&text);

    memset(out, 0, sizeof *out);
    CU_ASSERT_FATAL(name_from_text(&out->owner, owner, strlen(owner), s.zone->name) == RES_OK);
    out->rrclass = CLASS_IN;
    if (strspn(w, "0123456789") != strlen(w)) {
        CU_ASSERT_FATAL(rrclass_from_text(&out->rrclass, w, strlen(w)) == RES_OK);
        w = word(&text);
    }
    out->ttl = (uint32_t)strtoul(w, NULL, 10);
    w = word(&text);
    CU_ASSERT_FATAL(rrtype_from_text(&out->type, w, strlen(w)) == RES_OK);
    if (text != NULL)
        CU_ASSERT_FATAL(rdata_from_text(out->type, CLASS_IN, text, s.zone->name, out->rdata,
                                        &out->rdlen) == RES_OK);
}

/* Calls `fn` for each of the lines between bars. */
static unsigned for_each_line(const char *lines, void (*fn)(const struct line *, void *), void *arg)
{
    char *copy = strdup(lines), *rest = copy, *one;
    struct line line;
    unsigned n = 0;

    while (*lines != '\0' && (one = strsep(&rest, "|")) != NULL) {
        read_line(&line, one);
        fn(&line, arg);
        n++;
    }
    free(copy);
    return n;
}

static void build_line(const struct line *l, void *arg)
{
    CU_ASSERT(zone_builder_add(arg, l->owner.wire, l->owner.len, l->type, l->ttl, l->rdata,
                               (uint16_t)l->rdlen, 1, "t") == RES_OK);
}

static void start(const char *statements, const char *more_lines)
{
    static const struct conf_report report = {complain, NULL};
    const struct conf_load_options opt = {.port = 53};
    struct zone_builder *b = zone_builder_new();
    char text[4096];

    snprintf(text, sizeof text,
             "%s zone \"dyn.test\" { type primary; file \"t\"; check-svcb yes; %s };", key_lines,
             statements);
    CU_ASSERT_FATAL(conf_load_text("t", text, strlen(text), &opt, &report, &s.conf) == RES_OK);
    s.zone = zone_new(&s.conf->views[0].zones[0], "_default");
    CU_ASSERT_FATAL(b != NULL && s.zone != NULL);
    struct zone_build_options build = {.origin = s.zone->name, .rrclass = CLASS_IN};
    CU_ASSERT_FATAL(zone_builder_start(b, &build) == RES_OK);
    for_each_line(zone_lines, build_line, b);
    for_each_line(more_lines, build_line, b);
    CU_ASSERT_FATAL(zone_builder_finish(b, &s.zone->contents) == RES_OK);
    zone_builder_free(b);
    CU_ASSERT_FATAL(zone_edit_begin(s.zone, &s.edit) == RES_OK);
}

static void finish(void)
{
    zone_edit_abandon(s.edit);
    rcu_quiescent();
    zone_free(s.zone);
    conf_free(s.conf);
}

static void put_line(const struct line *l, void *arg)
{
    struct writer *w = arg;

    writer_bytes(w, l->owner.wire, l->owner.len);
    writer_u16(w, l->type);
    writer_u16(w, l->rrclass);
    writer_u32(w, l->ttl);
    writer_u16(w, (uint16_t)l->rdlen);
    writer_bytes(w, l->rdata, l->rdlen);
}

static enum message_verdict make_message(const char *prerequisites, const char *updates)
{
    struct writer w = writer_of(s.msg, sizeof s.msg);
    unsigned counts[2];

    writer_u16(&w, 1);
    writer_u16(&w, OPCODE_UPDATE << 11);
    writer_u16(&w, 1);
    writer_u32(&w, 0);
    writer_u16(&w, 0);
    writer_bytes(&w, s.zone->name, s.zone->name_len);
    writer_u16(&w, TYPE_SOA);
    writer_u16(&w, CLASS_IN);
    counts[0] = for_each_line(prerequisites, put_line, &w);
    counts[1] = for_each_line(updates, put_line, &w);
    put_u16(s.msg + 6, (uint16_t)counts[0]);
    put_u16(s.msg + 8, (uint16_t)counts[1]);
    return message_parse_request(&s.req, s.msg, writer_len(&w));
}

static void note_record(const struct diff_record *r)
{
    const struct rdata_style style = {.origin = s.zone->name};
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], rdata[2048];
    size_t used = strlen(s.diff), rel, len;

    if (r->type == TYPE_SOA) {
        s.serial = r->add ? get_u32(r->rdata + r->rdlen - 20) : s.serial;
        return;
    }
    name_is_below(r->owner, s.zone->name, &rel);
    name_labels_to_text(r->owner, rel, owner);
    rdata_to_text(r->type, CLASS_IN, r->rdata, r->rdlen, &style, rdata, sizeof rdata, &len);
    snprintf(s.diff + used, sizeof s.diff - used, "%s%c%s %u %s %s", used > 0 ? "|" : "",
             r->add ? '+' : '-', owner, r->ttl, rrtype_text(r->type, type), rdata);
}

static void note_diff(void)
{
    unsigned kept = zone_edit_kept(s.edit);

    s.diff[0] = '\0';
    s.serial = 0;
    if (kept == 0)
        return;
    const struct diff *d = zone_edit_kept_diff(s.edit, kept - 1);
    for (size_t i = 0; i < d->count; i++)
        note_record(&d->records[i]);
}

/* Sends it as `key` (NULL: unsigned) from `peer`; the rcode. */
static unsigned update_zone_as(const char *peer, bool tcp, const char *key,
                               const char *prerequisites, const char *updates)
{
    struct update_request u = {.req = &s.req, .zone = s.zone, .conf = s.zone->conf,
                               .now_s = 1700000000};
    enum message_verdict verdict = make_message(prerequisites, updates);

    if (verdict != MESSAGE_OK)
        return s.req.reject_rcode;
    net_addr_parse(&s.peer, peer);
    net_prefix_parse(&s.localhost, "127.0.0.1");
    s.env = (struct acl_env){.nlocalhost = 1, .localhost = &s.localhost};
    if (key != NULL)
        name_from_text(&s.key, key, strlen(key), (const uint8_t *)"");
    u.who = (struct acl_who){.peer = &s.peer, .key = key != NULL ? s.key.wire : NULL,
                             .env = &s.env, .transport = tcp ? ACL_TCP : ACL_UDP};
    u.client = (struct client_id){.request = &u, .peer = &s.peer, .key = u.who.key};
    u.session_key = (const uint8_t *)"\12local-ddns";
    return update_process(&u, s.edit);
}

static unsigned update_zone(const char *prerequisites, const char *updates)
{
    return update_zone_as("127.0.0.1", false, NULL, prerequisites, updates);
}

static void expect(const char *title, unsigned rcode, unsigned wanted, const char *diff)
{
    char a[RRTYPE_TEXT], b[RRTYPE_TEXT];

    note_diff();
    if (rcode == wanted && strcmp(s.diff, diff) == 0)
        return;
    printf("# %s: %s, not %s; differences: %s\n#   not %s\n", title, rcode_text(rcode, a),
           rcode_text(wanted, b), s.diff, diff);
    CU_FAIL("outcome");
}

/* ---- Prerequisites ---- */

static const struct {
    const char *prerequisites;
    unsigned rcode;
} prerequisite_rows[] = {
    {"www ANY 0 ANY", RCODE_NOERROR},
    {"WWW ANY 0 ANY", RCODE_NOERROR},
    {"nope ANY 0 ANY", RCODE_NXDOMAIN},
    {"ent ANY 0 ANY", RCODE_NXDOMAIN},
    {"x.wild ANY 0 ANY", RCODE_NXDOMAIN},
    {"*.wild ANY 0 ANY", RCODE_NOERROR},
    {"ns.del ANY 0 ANY", RCODE_NOERROR},
    {"nope NONE 0 ANY", RCODE_NOERROR},
    {"ent NONE 0 ANY", RCODE_NOERROR},
    {"www NONE 0 ANY", RCODE_YXDOMAIN},
    {"www ANY 0 A", RCODE_NOERROR},
    {"www ANY 0 MX", RCODE_NXRRSET},
    {"nope ANY 0 A", RCODE_NXRRSET},
    {"www NONE 0 MX", RCODE_NOERROR},
    {"www NONE 0 TXT", RCODE_YXRRSET},
    {"www 0 A 192.0.2.4|WWW 0 A 192.0.2.3", RCODE_NOERROR},
    {"www 0 A 192.0.2.4", RCODE_NXRRSET},
    {"www 0 A 192.0.2.4|www 0 A 192.0.2.3|www 0 A 192.0.2.9", RCODE_NXRRSET},
    {"www 0 A 192.0.2.4|www 0 A 192.0.2.3|www 0 A 192.0.2.3", RCODE_NXRRSET},
    {"alias 0 CNAME WWW.Dyn.Test.", RCODE_NOERROR},
    {"www 0 TXT One", RCODE_NXRRSET},
    {"nope 0 A 192.0.2.4", RCODE_NXRRSET},
    {"@ 0 SOA ns hm 10 3600 600 86400 300", RCODE_NOERROR},
    {"@ 0 SOA ns hm 11 3600 600 86400 300", RCODE_NXRRSET},
    {"www ANY 1 ANY", RCODE_FORMERR},
    {"www ANY 0 A 192.0.2.3", RCODE_FORMERR},
    {"www CH 0 TXT one", RCODE_FORMERR},
    {"www.test. ANY 0 ANY", RCODE_NOTZONE},
    {"www.test. ANY 1 ANY", RCODE_FORMERR},
    {"nope ANY 0 ANY|www.test. ANY 0 ANY", RCODE_NXDOMAIN},
    {"nope 0 A 192.0.2.4|www NONE 0 ANY", RCODE_YXDOMAIN},
};

static void test_prerequisites(void)
{
    for (size_t i = 0; i < sizeof prerequisite_rows / sizeof *prerequisite_rows; i++) {
        const char *p = prerequisite_rows[i].prerequisites;
        bool good = prerequisite_rows[i].rcode == RCODE_NOERROR;

        start("allow-update { any; };", "");
        expect(p, update_zone(p, "new 60 A 192.0.2.9"), prerequisite_rows[i].rcode,
               good ? "+new 60 A 192.0.2.9" : "");
        CU_ASSERT_EQUAL(s.serial, good ? 11 : 0);
        finish();
    }
}

/* ---- Changes ---- */

struct change_row {
    const char *updates;
    unsigned rcode;
    const char *diff;
};

static void run_changes(const char *statements, const char *lines, const struct change_row *rows,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        start(statements, lines);
        expect(rows[i].updates, update_zone("", rows[i].updates), rows[i].rcode, rows[i].diff);
        finish();
    }
}

#define RUN_CHANGES(statements, lines, rows)                                                       \
    run_changes(statements, lines, rows, sizeof(rows) / sizeof *(rows))

static const struct change_row change_rows[] = {
    {"", RCODE_NOERROR, ""},
    {"new 60 A 192.0.2.9", RCODE_NOERROR, "+new 60 A 192.0.2.9"},
    {"www 300 A 192.0.2.3", RCODE_NOERROR, ""},
    {"www 300 TXT two", RCODE_NOERROR, "+www 300 TXT \"two\""},
    {"www 60 TXT two", RCODE_NOERROR,
     "-www 300 TXT \"one\"|+www 60 TXT \"one\"|+www 60 TXT \"two\""},
    {"www 60 TXT one", RCODE_NOERROR, "-www 300 TXT \"one\"|+www 60 TXT \"one\""},
    {"mx 300 MX 10 WWW", RCODE_NOERROR, ""},
    {"new 60 A 192.0.2.9|new ANY 0 A", RCODE_NOERROR, ""},
    {"www ANY 0 TXT|www 300 TXT one", RCODE_NOERROR, ""},
    /* deleting */
    {"www NONE 0 A 192.0.2.3", RCODE_NOERROR, "-www 300 A 192.0.2.3"},
    {"WWW NONE 0 A 192.0.2.9", RCODE_NOERROR, ""},
    {"www ANY 0 A", RCODE_NOERROR, "-www 300 A 192.0.2.3|-www 300 A 192.0.2.4"},
    {"www ANY 0 ANY", RCODE_NOERROR,
     "-www 300 A 192.0.2.3|-www 300 A 192.0.2.4|-www 300 TXT \"one\""},
    {"nope ANY 0 ANY|nope ANY 0 A|nope NONE 0 A 192.0.2.3", RCODE_NOERROR, ""},
    {"*.wild ANY 0 ANY", RCODE_NOERROR, "-*.wild 300 TXT \"wild\""},
    {"x.wild ANY 0 ANY", RCODE_NOERROR, ""},
    /* what the apex keeps */
    {"@ ANY 0 ANY", RCODE_NOERROR, "-@ 300 TXT \"apex\""},
    {"@ ANY 0 SOA|@ ANY 0 NS", RCODE_NOERROR, ""},
    {"@ NONE 0 SOA ns hm 10 3600 600 86400 300", RCODE_NOERROR, ""},
    {"@ NONE 0 NS ns", RCODE_NOERROR, "-@ 300 NS ns"},
    {"@ NONE 0 NS ns|@ NONE 0 NS ns2", RCODE_NOERROR, "-@ 300 NS ns"},
    {"ns ANY 0 A", RCODE_REFUSED, ""},
    {"@ 300 NS nowhere", RCODE_REFUSED, ""},
    {"@ 300 NS alias", RCODE_REFUSED, ""},
    {"@ 300 NS ns.elsewhere.test.", RCODE_NOERROR, "+@ 300 NS ns.elsewhere.test."},
    {"ns ANY 0 A|@ NONE 0 NS ns", RCODE_NOERROR, "-ns 300 A 192.0.2.1|-@ 300 NS ns"},
    /* CNAME and other data */
    {"www 60 CNAME ns", RCODE_NOERROR, ""},
    {"alias 60 A 192.0.2.9", RCODE_NOERROR, ""},
    {"alias 60 CNAME ns", RCODE_NOERROR, "-alias 300 CNAME www|+alias 60 CNAME ns"},
    {"alias 60 KEY 256 3 8 AQID", RCODE_NOERROR, "+alias 60 KEY 256 3 8 AQID"},
    {"alias ANY 0 CNAME|alias 60 A 192.0.2.9", RCODE_NOERROR,
     "-alias 300 CNAME www|+alias 60 A 192.0.2.9"},
    {"dn 300 DNAME ns", RCODE_NOERROR, "-dn 300 DNAME www|+dn 300 DNAME ns"},
    {"wks 300 WKS 192.0.2.1 6 80", RCODE_NOERROR,
     "-wks 300 WKS 192.0.2.1 6 25|+wks 300 WKS 192.0.2.1 6 80"},
    /* what is ignored */
    {"* 60 NS ns|* 60 DNAME ns|new 60 MD ns|new 60 MF ns", RCODE_NOERROR, ""},
    {"@ 60 DS 1 8 1 0000000000000000000000000000000000000000", RCODE_NOERROR, ""},
    {"@ 60 NSEC3PARAM 1 0 0 -|@ 60 TYPE65534 \\# 1 00", RCODE_NOERROR, ""},
    /* DS only beside NS */
    {"del 60 DS 1 8 1 0000000000000000000000000000000000000000", RCODE_NOERROR,
     "+del 60 DS 1 8 1 0000000000000000000000000000000000000000"},
    {"www 60 DS 1 8 1 0000000000000000000000000000000000000000", RCODE_NOERROR, ""},
    {"del ANY 0 NS", RCODE_NOERROR, "-del 300 NS ns.del"},
    /* MX must lead to an address */
    {"new 60 MX 10 nowhere", RCODE_REFUSED, ""},
    {"new 60 MX 10 alias", RCODE_REFUSED, ""},
    {"new 60 MX 10 mx.elsewhere.test.", RCODE_NOERROR, "+new 60 MX 10 mx.elsewhere.test."},
    {"new 60 MX 10 192.0.2.1.", RCODE_NOERROR, "+new 60 MX 10 192.0.2.1."},
    {"new 60 MX 10 nowhere|new ANY 0 MX|new 60 A 192.0.2.9", RCODE_NOERROR,
     "+new 60 A 192.0.2.9"},
    /* form */
    {"www.test. 60 A 192.0.2.9", RCODE_NOTZONE, ""},
    {"new 60 A 192.0.2.9|www.test. 60 A 192.0.2.9", RCODE_NOTZONE, ""},
    {"new 60 AXFR", RCODE_FORMERR, ""},
    {"new ANY 0 MAILB", RCODE_FORMERR, ""},
    {"new NONE 0 ANY", RCODE_FORMERR, ""},
    {"new ANY 1 A", RCODE_FORMERR, ""},
    {"new NONE 1 A 192.0.2.9", RCODE_FORMERR, ""},
    {"new CH 1 TXT text", RCODE_FORMERR, ""},
    /* a signer's work, and names that are unfit */
    {"new 60 NSEC ns A", RCODE_REFUSED, ""},
    {"new ANY 0 RRSIG", RCODE_REFUSED, ""},
    {"a_b 60 A 192.0.2.9", RCODE_REFUSED, ""},
    {"new 60 NS a_b", RCODE_REFUSED, ""},
    {"a_b NONE 0 A 192.0.2.9", RCODE_NOERROR, ""},
    {"_dns 60 SVCB 1 .", RCODE_REFUSED, ""},
    {"@ 60 DNSKEY 256 3 8 AQID", RCODE_SERVFAIL, ""},
};

static void test_changes(void)
{
    RUN_CHANGES("allow-update { any; };", "", change_rows);
}

static void test_options(void)
{
    static const struct change_row lax[] = {
        {"a_b 60 A 192.0.2.9", RCODE_NOERROR, "+a_b 60 A 192.0.2.9"},
        {"new 900 A 192.0.2.9", RCODE_NOERROR, "+new 500 A 192.0.2.9"},
        {"new 60 MX 10 nowhere", RCODE_NOERROR, "+new 60 MX 10 nowhere"},
        {"new 60 MX 10 192.0.2.1.", RCODE_REFUSED, ""},
        {"www 300 A 192.0.2.9|www 300 A 192.0.2.10", RCODE_SERVFAIL, ""},
        {"www 300 A 192.0.2.9", RCODE_NOERROR, "+www 300 A 192.0.2.9"},
        {"www 300 HINFO a b", RCODE_NOERROR, "+www 300 HINFO \"a\" \"b\""},
        {"www 300 HINFO a b|www 300 AAAA ::1", RCODE_SERVFAIL, ""},
        {"new 60 A 192.0.2.1|new 60 A 192.0.2.2|new 60 TXT x|new 60 HINFO a b", RCODE_SERVFAIL, ""},
    };

    RUN_CHANGES("allow-update { any; }; check-names warn; check-integrity no; check-mx fail;"
                "max-zone-ttl 500; max-records-per-type 3; max-types-per-name 3; max-records 20;",
                "", lax);
}

static void test_signed_elsewhere(void)
{
    static const struct change_row with_chain[] = {
        {"new 60 A 192.0.2.9", RCODE_SERVFAIL, ""},
        {"www 300 A 192.0.2.3", RCODE_NOERROR, ""},
        {"@ ANY 0 DNSKEY", RCODE_REFUSED, ""},
    };
    static const struct change_row keys_only[] = {
        {"new 60 A 192.0.2.9", RCODE_NOERROR, "+new 60 A 192.0.2.9"},
        {"@ ANY 0 DNSKEY", RCODE_REFUSED, ""},
    };

    RUN_CHANGES("allow-update { any; };",
                "@ 300 DNSKEY 256 3 8 AQID|@ 300 NSEC www NS SOA RRSIG NSEC DNSKEY", with_chain);
    RUN_CHANGES("allow-update { any; };", "@ 300 DNSKEY 256 3 8 AQID", keys_only);
}

/* ---- SOA ---- */

static void test_soa(void)
{
    static const struct {
        const char *updates;
        uint32_t serial;    /* that the message leads to; 0: no change */
    } rows[] = {
        {"@ 300 SOA ns hm 5 1 1 1 1", 0},
        {"@ 300 SOA ns hm 10 1 1 1 1", 0},
        {"@ 300 SOA ns hm 0 1 1 1 1", 0},
        {"@ 300 SOA ns hm 2147483658 1 1 1 1", 0},  /* 2^31 away: neither above nor below */
        {"www 300 SOA ns hm 20 1 1 1 1", 0},
        {"@ 300 SOA ns hm 20 1 1 1 1", 20},
        {"@ 300 SOA ns hm 20 1 1 1 1|new 60 A 192.0.2.1", 20},
        {"@ 300 SOA ns hm 5 1 1 1 1|new 60 A 192.0.2.1", 11},
        {"@ 300 SOA ns hm 20 1 1 1 1|@ 300 SOA ns hm 30 1 1 1 1", 30},
        {"@ 300 SOA ns hm 20 1 1 1 1|@ 300 SOA ns hm 15 1 1 1 1", 20},
        {"@ 300 SOA ns hm 2147483657 1 1 1 1", 2147483657},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start("allow-update { any; };", "");
        CU_ASSERT_EQUAL(update_zone("", rows[i].updates), RCODE_NOERROR);
        note_diff();
        if (s.serial != rows[i].serial)
            printf("# %s: serial %u\n", rows[i].updates, s.serial);
        CU_ASSERT_EQUAL(s.serial, rows[i].serial);
        finish();
    }
}

static void test_serial(void)
{
    enum { INCREMENT, UNIXTIME, DATE };

    setenv("TZ", "UTC0", 1);
    CU_ASSERT_EQUAL(serial_after(7, INCREMENT, 1700000000), 8);
    CU_ASSERT_EQUAL(serial_after(UINT32_MAX, INCREMENT, 1700000000), 1);
    CU_ASSERT_EQUAL(serial_after(7, UNIXTIME, 1700000000), 1700000000);
    CU_ASSERT_EQUAL(serial_after(1700000000, UNIXTIME, 1700000000), 1700000001);
    CU_ASSERT_EQUAL(serial_after(1800000000, UNIXTIME, 1700000000), 1800000001);
    CU_ASSERT_EQUAL(serial_after(7, DATE, 1700000000), 2023111400);
    CU_ASSERT_EQUAL(serial_after(2023111400, DATE, 1700000000), 2023111401);
    CU_ASSERT_EQUAL(serial_after(2023111499, DATE, 1700000000), 2023111500);
}

/* ---- Permission ---- */

struct client_row {
    const char *peer, *key, *updates;
    unsigned rcode;
    bool tcp;
};

static void run_clients(const char *statements, const struct client_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct client_row *r = &rows[i];
        unsigned rcode;

        start(statements, "host 300 A 192.0.2.1|ptr 300 PTR www");
        rcode = update_zone_as(r->peer, r->tcp, r->key, "", r->updates);
        if (rcode != r->rcode)
            printf("# %s, key %s, %s: rcode %u, not %u\n", r->peer,
                   r->key != NULL ? r->key : "none", r->updates, rcode, r->rcode);
        CU_ASSERT_EQUAL(rcode, r->rcode);
        finish();
    }
}

#define RUN_CLIENTS(statements, rows) run_clients(statements, rows, sizeof(rows) / sizeof *(rows))

static void test_allow_update(void)
{
    static const struct client_row by_list[] = {
        {"192.0.2.1", NULL, "a 1 A 1.1.1.1", RCODE_NOERROR, false},
        {"192.0.2.2", NULL, "a 1 A 1.1.1.1", RCODE_REFUSED, false},
        {"192.0.2.2", "admin", "a 1 A 1.1.1.1", RCODE_NOERROR, false},
        {"192.0.2.2", "host.dyn.test", "a 1 A 1.1.1.1", RCODE_REFUSED, false},
        {"192.0.2.2", "host.dyn.test", "a.example. 1 A 1.1.1.1", RCODE_REFUSED, false},
    };
    static const struct client_row by_nothing[] = {
        {"127.0.0.1", "admin", "a 1 A 1.1.1.1", RCODE_REFUSED, true},
    };
    static const struct client_row local[] = {
        {"127.0.0.1", "local-ddns", "a 1 NS www", RCODE_NOERROR, false},
        {"127.0.0.2", "local-ddns", "a 1 NS www", RCODE_REFUSED, false},
        {"127.0.0.1", "admin", "a 1 NS www", RCODE_REFUSED, false},
        {"127.0.0.1", NULL, "a 1 NS www", RCODE_REFUSED, false},
    };

    RUN_CLIENTS("allow-update { 192.0.2.1; key admin; };", by_list);
    RUN_CLIENTS("", by_nothing);
    RUN_CLIENTS("allow-update { any; }; allow-query { none; };", by_nothing);
    RUN_CLIENTS("update-policy local;", local);
}

static void test_policy(void)
{
    static const char me[] = "127.0.0.1", host[] = "host.dyn.test";
    static const struct client_row rows[] = {
        {me, NULL, "host 1 A 1.1.1.1", RCODE_REFUSED, false},
        {me, NULL, "host 1 A 1.1.1.1", RCODE_REFUSED, true},
        {me, host, "host 1 A 1.1.1.1", RCODE_NOERROR, false},
        {me, host, "HOST 1 TXT one|host 1 TXT two|host 1 TXT three", RCODE_NOERROR, false},
        {me, host, "www 1 A 1.1.1.1", RCODE_REFUSED, false},
        {me, host, "host 1 HINFO a b", RCODE_REFUSED, false},
        {me, host, "host ANY 0 ANY", RCODE_NOERROR, false},
        {me, host, "www ANY 0 ANY", RCODE_REFUSED, false},
        {me, host, "empty ANY 0 ANY", RCODE_NOERROR, false},
        {me, host, "a.sub 1 A 1.1.1.1", RCODE_NOERROR, false},
        {me, "admin", "a.sub 1 A 1.1.1.1", RCODE_REFUSED, false},
        {me, "admin", "a.w 1 HINFO a b|b.a.w 1 HINFO a b|*.w 1 HINFO a b", RCODE_NOERROR, false},
        {me, "admin", "w 1 HINFO a b", RCODE_REFUSED, false},
        {me, "admin", "a.w 1 NS www", RCODE_REFUSED, false},
        {me, "admin", "no.w 1 HINFO a b", RCODE_REFUSED, false},
        {me, "admin", "www 1 MX 1 www", RCODE_NOERROR, false},
        {me, "admin", "self.dyn.test. 1 SRV 1 1 1 www", RCODE_REFUSED, false},
        {me, "admin", "www ANY 0 SRV|ptr NONE 0 PTR ns", RCODE_NOERROR, false},
        {me, "admin", "ptr NONE 0 PTR www", RCODE_REFUSED, false},
        {me, "admin", "ptr ANY 0 PTR", RCODE_REFUSED, false},
        {me, "other.dyn.test", "other 1 SRV 1 1 1 www|x.other 1 SRV 1 1 1 www", RCODE_NOERROR,
         false},
        {me, "other.dyn.test", "xother 1 SRV 1 1 1 www", RCODE_REFUSED, false},
        {me, "wild.other.dyn.test", "x.wild.other 1 A 1.1.1.1", RCODE_NOERROR, false},
        {me, "wild.other.dyn.test", "wild.other 1 A 1.1.1.1", RCODE_REFUSED, false},
    };

    RUN_CLIENTS("update-policy { deny admin name no.w.dyn.test ANY;"
                " grant host.dyn.test self host.dyn.test A TXT(2);"
                " grant other.dyn.test selfsub other.dyn.test;"
                " grant wild.other.dyn.test selfwild wild.other.dyn.test A;"
                " grant *.dyn.test subdomain sub.dyn.test A;"
                " grant admin wildcard *.w.dyn.test; grant admin zonesub MX; };",
                rows);
}

static void test_policy_count(void)
{
    start("update-policy { grant host.dyn.test self host.dyn.test A TXT(2); };", "");
    expect("TXT(2)",
           update_zone_as("127.0.0.1", false, "host.dyn.test", "",
                     "host 1 TXT one|host 1 TXT two|host 1 TXT three|host 1 A 1.1.1.1"),
           RCODE_NOERROR, "+host 1 A 1.1.1.1|+host 1 TXT \"one\"|+host 1 TXT \"two\"");
    finish();
}

/* tcp-self and 6to4-self: a zone of addresses would hold these names, so here the root of
 * the matter alone, in a zone that is named so. */
static void test_policy_address(void)
{
    static const char policy[] =
        "update-policy { grant * tcp-self . PTR(1); grant * 6to4-self . NS; };";
    static const struct client_row refused[] = {
        {"192.0.2.1", NULL, "ptr 1 PTR www", RCODE_REFUSED, true},
        {"192.0.2.1", NULL, "1.2.0.192.in-addr.arpa. 1 PTR www", RCODE_NOTZONE, true},
        {"192.0.2.1", NULL, "ptr 1 PTR www", RCODE_REFUSED, false},
    };

    RUN_CLIENTS(policy, refused);
}

static void test_frozen(void)
{
    start("allow-update { any; };", "");
    __atomic_store_n(&s.zone->frozen, true, __ATOMIC_RELAXED);
    expect("frozen", update_zone("", "new 60 A 192.0.2.9"), RCODE_REFUSED, "");
    __atomic_store_n(&s.zone->frozen, false, __ATOMIC_RELAXED);
    expect("thawed", update_zone("", "new 60 A 192.0.2.9"), RCODE_NOERROR, "+new 60 A 192.0.2.9");
    finish();
}

/* Messages of one edit see each other. */
static void test_sequence(void)
{
    start("allow-update { any; };", "");
    expect("first", update_zone("new NONE 0 ANY", "new 60 A 192.0.2.9"), RCODE_NOERROR,
           "+new 60 A 192.0.2.9");
    CU_ASSERT_EQUAL(s.serial, 11);
    CU_ASSERT_EQUAL(update_zone("new NONE 0 ANY", "new 60 A 192.0.2.10"), RCODE_YXDOMAIN);
    expect("second", update_zone("new 0 A 192.0.2.9", "new ANY 0 A|new 60 A 192.0.2.10"),
           RCODE_NOERROR, "-new 60 A 192.0.2.9|+new 60 A 192.0.2.10");
    CU_ASSERT_EQUAL(s.serial, 12);
    finish();
}

/* As many records as a message holds; it must not take as long as their square. */
static void test_many(void)
{
    enum { MANY = 2000 };
    char *text = malloc(MANY * 40), *p = text;

    for (unsigned i = 0; i < MANY; i++)
        p += sprintf(p, "%sn%u 60 A 192.0.2.%u", i > 0 ? "|" : "", i / 4, i % 250);
    start("allow-update { any; }; check-names ignore;", "");
    CU_ASSERT_EQUAL_FATAL(update_zone("", text), RCODE_NOERROR);
    CU_ASSERT_EQUAL(zone_edit_kept_diff(s.edit, 0)->count, MANY + 2);
    finish();
    free(text);
}

static const struct unit_test tests[] = {
    {"prerequisites, met and not met", test_prerequisites},
    {"changes, and what is ignored or refused", test_changes},
    {"options that updates obey", test_options},
    {"zones that were signed elsewhere", test_signed_elsewhere},
    {"an update of the SOA", test_soa},
    {"the next serial, by method", test_serial},
    {"allow-update, and update-policy local", test_allow_update},
    {"update-policy, rule by rule", test_policy},
    {"a policy's number of records", test_policy_count},
    {"policies that believe addresses", test_policy_address},
    {"a frozen zone takes no updates", test_frozen},
    {"messages of one edit see each other", test_sequence},
    {"thousands of records in one message", test_many},
};

int main(int argc, char **argv)
{
    int status;

    rcu_register_thread();
    status = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    rcu_unregister_thread();
    return status;
}
