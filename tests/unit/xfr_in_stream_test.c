/*
 * A transfer coming in: what each sequence of records is taken for.  Records are written in
 * short: S7 an SOA with serial 7, a…z an A record of that name, "|" begins the next message;
 * and mistakes: ! a record outside the zone, s an SOA below the apex, c one of class CH,
 * m a meta type, r RDATA that is cut short.
 */
#include "xfr/in_stream.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "tests/unit/unit.h"

enum { ID = 4711, OURS = 5 };

static const uint8_t zone[] = "\7example";
static char seen[512];

static void note(const char *text)
{
    strncat(seen, text, sizeof seen - strlen(seen) - 1);
}

static enum result on_whole(void *arg, uint32_t serial)
{
    (void)arg;
    (void)serial;
    note("W ");
    return RES_OK;
}

static enum result on_difference(void *arg, uint32_t from, uint32_t to)
{
    (void)arg;
    (void)from;
    (void)to;
    note("D ");
    return RES_OK;
}

static enum result on_record(void *arg, const struct diff_record *r)
{
    char text[16];

    (void)arg;
    if (r->type == TYPE_SOA)
        snprintf(text, sizeof text, "%cS%u ", r->add ? '+' : '-',
                 get_u32(r->rdata + r->rdlen - 20));
    else
        snprintf(text, sizeof text, "%c%c ", r->add ? '+' : '-', r->owner[1]);
    note(text);
    return RES_OK;
}

static enum result on_end(void *arg, uint32_t to)
{
    char text[16];

    (void)arg;
    snprintf(text, sizeof text, "E%u ", to);
    note(text);
    return RES_OK;
}

static void put_name(struct writer *w, char label)
{
    if (label == '!') {
        writer_bytes(w, "\1x\5other", 9);
        return;
    }
    if (label != '@') {
        writer_u8(w, 1);
        writer_u8(w, (uint8_t)label);
    }
    writer_bytes(w, zone, sizeof zone);
}

static void put_soa_rdata(struct writer *w, uint32_t serial)
{
    writer_u16(w, 2 + 20);
    writer_u16(w, 0);       /* two root names */
    writer_u32(w, serial);
    for (int i = 0; i < 4; i++)
        writer_u32(w, 100);
}

static void put_record(struct writer *w, const char *token)
{
    char kind = token[0];
    bool soa = kind == 'S' || kind == 's';

    put_name(w, kind == 'S' ? '@' : kind);
    writer_u16(w, soa ? TYPE_SOA : kind == 'm' ? TYPE_ANY : TYPE_A);
    writer_u16(w, kind == 'c' ? CLASS_CH : CLASS_IN);
    writer_u32(w, 300);
    if (soa) {
        put_soa_rdata(w, (uint32_t)strtoul(token + 1, NULL, 10));
        return;
    }
    writer_u16(w, kind == 'r' ? 3 : 4);
    writer_bytes(w, "\300\0\2\1", kind == 'r' ? 3 : 4);
}

static void begin_message(struct writer *w, uint8_t *msg, size_t room, uint16_t type, bool question)
{
    *w = writer_of(msg, room);
    writer_u16(w, ID);
    writer_u16(w, FLAG_QR | FLAG_AA);
    writer_u16(w, question);
    writer_u16(w, 0);
    writer_u32(w, 0);
    if (question) {
        writer_bytes(w, zone, sizeof zone);
        writer_u16(w, type);
        writer_u16(w, CLASS_IN);
    }
}

static struct xfrin x;

static void begin(uint16_t type, bool udp)
{
    static const struct xfrin_sink sink = {on_whole, on_difference, on_record, on_end, NULL};
    struct xfrin_request ask = {.zone = zone, .rrclass = CLASS_IN, .type = type, .id = ID,
                                .serial = OURS, .max_records = 9, .udp = udp};

    seen[0] = '\0';
    xfrin_begin(&x, &ask, &sink);
}

/* Sends a script; returns the result of the last message that was taken. */
static enum result play(uint16_t type, bool udp, const char *script)
{
    enum result r = RES_OK;
    uint8_t msg[2048];
    char text[256], *save = NULL;
    struct writer w;
    uint16_t count = 0;

    begin(type, udp);
    snprintf(text, sizeof text, "%s", script);
    begin_message(&w, msg, sizeof msg, type, true);
    for (char *t = strtok_r(text, " ", &save); r == RES_OK; t = strtok_r(NULL, " ", &save)) {
        if (t == NULL || *t == '|') {
            put_u16(msg + 6, count);
            r = xfrin_message(&x, msg, writer_len(&w));
            if (t == NULL)
                break;
            begin_message(&w, msg, sizeof msg, type, false);
            count = 0;
        } else {
            put_record(&w, t);
            count++;
        }
    }
    return r;
}

static const struct row {
    const char *type, *script, *seen;
    enum result result;
    enum xfrin_kind kind;
} rows[] = {
    {"AXFR", "S7 a b S7", "W +S7 +a +b ", RES_NOMORE, XFRIN_AXFR},
    {"AXFR", "S7 | a | b | S7", "W +S7 +a +b ", RES_NOMORE, XFRIN_AXFR},
    {"AXFR", "S7 S7", "W +S7 ", RES_NOMORE, XFRIN_AXFR},
    {"AXFR", "S5 a S5", "W +S5 +a ", RES_NOMORE, XFRIN_AXFR},       /* the same is fine */
    {"AXFR", "S7 a", "W +S7 +a ", RES_OK, XFRIN_AXFR},
    {"AXFR", "S7 a S8", "W +S7 +a ", RES_FORMERR, XFRIN_AXFR},
    {"AXFR", "a S7", "", RES_FORMERR, XFRIN_UNKNOWN},
    {"AXFR", "S7 a S7 b", "W +S7 +a ", RES_FORMERR, XFRIN_AXFR},
    {"AXFR", "S7 ! S7", "", RES_FORMERR, XFRIN_UNKNOWN},
    {"AXFR", "S7 a s1 S7", "W +S7 +a ", RES_FORMERR, XFRIN_AXFR},
    {"AXFR", "S7 a c S7", "W +S7 +a ", RES_FORMERR, XFRIN_AXFR},
    {"AXFR", "S7 a m S7", "W +S7 +a ", RES_FORMERR, XFRIN_AXFR},
    {"AXFR", "S7 a r S7", "W +S7 +a ", RES_UNEXPECTEDEND, XFRIN_AXFR},
    {"AXFR", "S7 a b d e f g h i j S7", "W +S7 +a +b +d +e +f +g +h +i ", RES_TOOMANYRECORDS,
     XFRIN_AXFR},
    {"AXFR", "S7 | | S7", "", RES_FORMERR, XFRIN_UNKNOWN},
    {"IXFR", "S5", "", RES_NOMORE, XFRIN_UP_TO_DATE},
    {"IXFR", "S4", "", RES_NOMORE, XFRIN_UP_TO_DATE},
    {"IXFR", "S5 a S5", "", RES_NOMORE, XFRIN_UP_TO_DATE},
    {"IXFR", "S7 a b S7", "W +S7 +a +b ", RES_NOMORE, XFRIN_AXFR},
    {"IXFR", "S7 S5 a S7 b S7", "D -S5 -a +S7 +b E7 ", RES_NOMORE, XFRIN_IXFR},
    {"IXFR", "S7 | S5 a | S7 | b | S7", "D -S5 -a +S7 +b E7 ", RES_NOMORE, XFRIN_IXFR},
    {"IXFR", "S7 S5 S6 a S6 a S7 S7", "D -S5 +S6 +a E6 D -S6 -a +S7 E7 ", RES_NOMORE, XFRIN_IXFR},
    {"IXFR", "S7 S5 S6 a S7 S7", "D -S5 +S6 +a E6 ", RES_FORMERR, XFRIN_IXFR},     /* S6 missing */
    {"IXFR", "S7 S5 S8", "D -S5 ", RES_FORMERR, XFRIN_IXFR},               /* past the end */
    {"IXFR", "S7 S5 S4", "D -S5 ", RES_FORMERR, XFRIN_IXFR},               /* backwards */
    {"IXFR", "S7 S5 S5", "D -S5 ", RES_FORMERR, XFRIN_IXFR},
    {"IXFR", "S7 S5 S7 S7 a", "D -S5 +S7 E7 ", RES_FORMERR, XFRIN_IXFR},
    {"IXFR", "S7 S5 S7 S6", "D -S5 +S7 E7 ", RES_FORMERR, XFRIN_IXFR},
    {"IXFR", "S7 S6 S7 a S7", "W +S7 ", RES_FORMERR, XFRIN_AXFR},          /* not our serial */
    {"UDP", "S7", "", RES_TRUNCATED, XFRIN_UNKNOWN},
    {"UDP", "S5", "", RES_NOMORE, XFRIN_UP_TO_DATE},
    {"UDP", "S7 S5 S7 b S7", "D -S5 +S7 +b E7 ", RES_NOMORE, XFRIN_IXFR},
    {"UDP", "S7 S5 S7 b", "D -S5 +S7 +b ", RES_FORMERR, XFRIN_IXFR},
};

static void test_sequences(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        bool axfr = strcmp(row->type, "AXFR") == 0;
        enum result r = play(axfr ? TYPE_AXFR : TYPE_IXFR, strcmp(row->type, "UDP") == 0,
                             row->script);

        if (r != row->result || strcmp(seen, row->seen) != 0)
            printf("%s %s: %s, '%s' (%s)\n", row->type, row->script, result_text(r), seen,
                   x.problem);
        CU_ASSERT_EQUAL(r, row->result);
        CU_ASSERT_EQUAL(x.kind, row->kind);
        CU_ASSERT_STRING_EQUAL(seen, row->seen);
    }
}

/* One field of a good message at a time made bad. */
static void test_headers(void)
{
    static const struct {
        unsigned at;
        uint16_t value;
        enum result result;
    } bad[] = {
        {0, ID + 1, RES_FORMERR},               /* another id */
        {2, FLAG_AA, RES_FORMERR},              /* a query */
        {2, FLAG_QR | 5 << 11, RES_FORMERR},    /* an update's answer */
        {2, FLAG_QR | FLAG_TC, RES_FORMERR},
        {2, FLAG_QR | RCODE_REFUSED, RES_FAILURE},
        {4, 2, RES_FORMERR},                    /* two questions */
        {6, 3, RES_UNEXPECTEDEND},              /* a record too many */
        {6, 1, RES_FORMERR},                    /* bytes behind the last */
        {12, 0x0741, RES_FORMERR},              /* a question for another name */
        {21, TYPE_A, RES_FORMERR},
        {23, CLASS_CH, RES_FORMERR},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t msg[512];
        struct writer w;

        begin(TYPE_AXFR, false);
        begin_message(&w, msg, sizeof msg, TYPE_AXFR, true);
        put_record(&w, "S7");
        put_record(&w, "a");
        put_u16(msg + 6, 2);
        put_u16(msg + bad[i].at, bad[i].value);
        CU_ASSERT_EQUAL(xfrin_message(&x, msg, writer_len(&w)), bad[i].result);
    }
}

/* A message that is cut anywhere is never taken for a whole one. */
static void test_prefixes(void)
{
    uint8_t msg[512];
    struct writer w;
    size_t len;

    begin_message(&w, msg, sizeof msg, TYPE_AXFR, true);
    put_record(&w, "S7");
    put_record(&w, "a");
    put_record(&w, "S7");
    put_u16(msg + 6, 3);
    len = writer_len(&w);
    for (size_t cut = 0; cut < len; cut++) {
        begin(TYPE_AXFR, false);
        CU_ASSERT_NOT_EQUAL(xfrin_message(&x, msg, cut), RES_NOMORE);
    }
    begin(TYPE_AXFR, false);
    CU_ASSERT_EQUAL(xfrin_message(&x, msg, len), RES_NOMORE);
}

static void test_expire_option(void)
{
    static const uint8_t opt[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 8, 0, 9, 0, 4, 0, 0, 1, 2};
    uint8_t msg[512];
    struct writer w;

    begin(TYPE_IXFR, false);
    begin_message(&w, msg, sizeof msg, TYPE_IXFR, true);
    put_record(&w, "S5");
    writer_bytes(&w, opt, sizeof opt);
    put_u16(msg + 6, 1);
    put_u16(msg + 10, 1);
    CU_ASSERT_EQUAL(xfrin_message(&x, msg, writer_len(&w)), RES_NOMORE);
    CU_ASSERT_TRUE(x.has_expire);
    CU_ASSERT_EQUAL(x.expire_s, 258);
}

static const struct unit_test tests[] = {
    {"sequences of records", test_sequences},
    {"headers that are wrong", test_headers},
    {"messages that are cut", test_prefixes},
    {"the EXPIRE option", test_expire_option},
};
UNIT_MAIN(tests)
