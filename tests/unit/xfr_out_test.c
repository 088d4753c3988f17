/*
 * Transfers out: the messages of a whole zone and of a difference, how full they are, and what
 * is left of transactions that undo each other.
 */
#include <stdlib.h>
#include <unistd.h>

#include "dns/rdata.h"
#include "tests/unit/make_zone.h"
#include "xfr/condense.h"
#include "xfr/out_difference.h"
#include "xfr/out_message.h"
#include "zone/build.h"

enum { RECORDS_MAX = 4000, LINE = 160 };

static struct name origin;
static char folder[] = "/dev/shm/kz-xfrout-XXXXXX", path[64];
static char (*lines)[LINE];         /* of the records that came, in order */
static unsigned nlines;
static uint8_t room[MESSAGE_MAX_LEN];

static struct zone_builder *start_zone(void)
{
    struct zone_builder *b = zone_builder_new();
    struct zone_build_options opt = {.origin = origin.wire, .rrclass = CLASS_IN};

    name_from_text(&origin, "example.", 8, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    CU_ASSERT_EQUAL_FATAL(zone_builder_start(b, &opt), RES_OK);
    return b;
}

static void add(struct zone_builder *b, const char *owner, const char *type, const char *text)
{
    make_record(b, origin.wire, owner, type, 300, text);
}

static struct contents *finish_zone(struct zone_builder *b, const char *serial)
{
    struct contents *c = NULL;
    char soa[80];

    snprintf(soa, sizeof soa, "ns hostmaster %s 2 3 4 5", serial);
    add(b, "@", "SOA", soa);
    add(b, "@", "NS", "ns");
    add(b, "ns", "A", "192.0.2.1");
    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(b, &c), RES_OK);
    zone_builder_free(b);
    return c;
}

static void note_record(const uint8_t *owner, uint16_t type, uint32_t ttl, const uint8_t *rdata,
                        size_t len)
{
    static char name[NAME_TEXT_MAX], text[4 * RDATA_MAX_LEN], type_text[RRTYPE_TEXT];
    struct rdata_style style = {0};
    size_t text_len;

    name_to_text(owner, name, NAME_FINAL_DOT);
    rdata_to_text(type, CLASS_IN, rdata, len, &style, text, sizeof text, &text_len);
    CU_ASSERT_TRUE_FATAL(nlines < RECORDS_MAX);
    snprintf(lines[nlines++], LINE, "%.40s %u %s %.80s", name, ttl, rrtype_text(type, type_text),
             text);
}

/* Takes a message apart; returns how many answers it has. */
static unsigned read_message(const uint8_t *msg, size_t len)
{
    static uint8_t rdata[RDATA_MAX_LEN];
    unsigned questions = get_u16(msg + 4), answers = get_u16(msg + 6);
    size_t at = MESSAGE_HEADER_LEN, rdlen;
    struct message_record rr;
    struct name name;

    for (unsigned i = 0; i < questions; i++, at += 4)
        CU_ASSERT_EQUAL(name_from_message(&name, msg, len, &at), RES_OK);
    for (unsigned i = 0; i < answers; i++) {
        CU_ASSERT_EQUAL_FATAL(message_read_record(&rr, msg, len, &at), RES_OK);
        CU_ASSERT_EQUAL(rdata_from_message(rr.type, CLASS_IN, msg, len, rr.rdata_at, rr.rdata_len,
                                           rdata, &rdlen), RES_OK);
        note_record(rr.owner.wire, rr.type, rr.ttl, rdata, rdlen);
    }
    CU_ASSERT_EQUAL(at, len);
    return answers;
}

/* Sends it all; `lines` gets the records. */
static struct xfrout_messages send(struct xfrout_source *s, uint32_t size, bool one_answer)
{
    struct xfrout_messages m = {.source = s, .id = 7, .flags = FLAG_QR, .qtype = TYPE_AXFR,
                                .rrclass = CLASS_IN, .qname = origin, .size = size,
                                .one_answer = one_answer, .compress = true};
    enum result why;
    ssize_t n;

    nlines = 0;
    while ((n = xfrout_message(&m, room, &why)) > 0) {
        CU_ASSERT_EQUAL(get_u16(room + 4), m.messages == 1);
        CU_ASSERT_TRUE(read_message(room, (size_t)n) == 1 || !one_answer);
    }
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(m.records, nlines);
    s->end(s);
    return m;
}

static struct contents *large_zone(void)
{
    struct zone_builder *b = start_zone();
    char owner[40], address[40];

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(owner, sizeof owner, i % 3 > 0 ? "host%u" : "a%u.b.c", i);
        snprintf(address, sizeof address, "10.0.%u.%u", i / 256, i % 256);
        add(b, owner, "A", address);
        add(b, owner, "MX", i % 2 > 0 ? "10 mail.c" : "10 mail.elsewhere.");
    }
    return finish_zone(b, "7");
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_whole_zone(void)
{
    static const struct {
        uint32_t size;
        bool one_answer;
        unsigned least, most;       /* messages */
    } rows[] = {{20480, false, 3, 4}, {512, false, 100, 170}, {65535, false, 1, 2},
                {20480, true, 2004, 2004}};
    struct contents *c = large_zone();
    char (*first)[LINE] = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xfrout_messages m = send(xfrout_zone_source(c), rows[i].size, rows[i].one_answer);

        CU_ASSERT_TRUE(m.messages >= rows[i].least && m.messages <= rows[i].most);
        CU_ASSERT_EQUAL(nlines, c->nrecords + 1);
        CU_ASSERT_STRING_EQUAL(lines[0],
                               "example. 300 SOA ns.example. hostmaster.example. 7 2 3 4 5");
        CU_ASSERT_STRING_EQUAL(lines[0], lines[nlines - 1]);
        if (first == NULL) {
            first = malloc(nlines * sizeof *first);
            memcpy(first, lines, nlines * sizeof *first);
        }
        CU_ASSERT_EQUAL(memcmp(first, lines, nlines * sizeof *first), 0);
    }
    qsort(lines, nlines, sizeof *lines, compare_lines);
    for (unsigned i = 1, same = 0; i < nlines; i++) {
        same += strcmp(lines[i], lines[i - 1]) == 0;
        CU_ASSERT_TRUE(same <= 1);      /* the SOA */
    }
    free(first);
    contents_free(c);
}

static void test_compression(void)
{
    struct zone_builder *b = start_zone();
    struct contents *c;
    struct xfrout_messages m;

    add(b, "a.long-label-that-costs", "MX", "1 x.long-label-that-costs");
    add(b, "b.long-label-that-costs", "MX", "1 x.long-label-that-costs");
    c = finish_zone(b, "7");
    m = send(xfrout_zone_source(c), 20480, false);
    /* header, question; SOA, NS, A, MX, MX, SOA with no name's suffix twice */
    CU_ASSERT_EQUAL(m.bytes, 12 + 13 + (2 + 10 + 5 + 13 + 20) + (2 + 10 + 2) +
                                 (2 + 22 + 2 + 10 + 2 + 4) + (4 + 10 + 2 + 2) + (2 + 10 + 4) +
                                 (2 + 10 + 2 + 2 + 20));
    contents_free(c);
}

static void test_too_large(void)
{
    static uint8_t rdata[RDATA_MAX_LEN];
    struct zone_builder *b = start_zone();
    struct contents *c;
    struct name name;
    struct xfrout_messages m;
    enum result why = RES_OK;
    ssize_t n;

    for (size_t i = 0; i < sizeof rdata; i += 256)
        rdata[i] = sizeof rdata - i > 255 ? 255 : (uint8_t)(sizeof rdata - i - 1);
    name_from_text(&name, "t", 1, origin.wire);
    CU_ASSERT_EQUAL(zone_builder_add(b, name.wire, name.len, TYPE_TXT, 1, rdata, RDATA_MAX_LEN, 1,
                                     "f"), RES_OK);
    c = finish_zone(b, "7");
    m = (struct xfrout_messages){.source = xfrout_zone_source(c), .rrclass = CLASS_IN,
                                 .qname = origin, .size = 20480, .compress = true};
    while ((n = xfrout_message(&m, room, &why)) > 0)
        continue;
    CU_ASSERT_EQUAL(n, -1);
    CU_ASSERT_EQUAL(why, RES_NOSPACE);
    m.source->end(m.source);
    contents_free(c);
}

/* A transaction from `serial` to the next: "+ owner" or "- owner" with a TXT each, a letter. */
static void append(struct journal *j, uint32_t serial, const char *what)
{
    uint8_t soa[30], text[2] = {1, 0};
    struct diff_record r = {.owner = origin.wire, .rdata = soa, .ttl = 300, .type = TYPE_SOA,
                            .owner_len = origin.len};
    struct diff d;
    struct name name;

    diff_init(&d);
    memset(soa, 0, sizeof soa);
    r.rdlen = 22;
    put_u32(soa + 2, serial);
    CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    r.add = true;
    put_u32(soa + 2, serial + 1);
    CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    for (; *what != '\0'; what += 3) {      /* sign, owner, text */
        name_from_text(&name, what + 1, 1, origin.wire);
        text[1] = (uint8_t)what[2];
        r = (struct diff_record){.owner = name.wire, .rdata = text, .ttl = 60, .type = TYPE_TXT,
                                 .rdlen = 2, .owner_len = name.len, .add = *what == '+'};
        CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    }
    CU_ASSERT_EQUAL(diff_sort(&d), RES_OK);
    CU_ASSERT_EQUAL(journal_append(j, &d), RES_OK);
    diff_free(&d);
}

static struct journal *write_journal(const char *const *transactions)
{
    struct journal *j = NULL;

    unlink(path);
    CU_ASSERT_EQUAL_FATAL(journal_open(path, JOURNAL_CREATE, NULL, &j), RES_OK);
    for (uint32_t i = 0; transactions[i] != NULL; i++)
        append(j, i + 1, transactions[i]);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    journal_close(j);
    CU_ASSERT_EQUAL_FATAL(journal_open(path, JOURNAL_READ, NULL, &j), RES_OK);
    return j;
}

static uint64_t size_of_net(const struct diff *net)
{
    uint64_t size = 0;

    for (size_t i = 0; i < net->count; i++)
        size += net->records[i].owner_len + 10u + net->records[i].rdlen;
    return size;
}

static void test_condense(void)
{
    static const struct {
        const char *transactions[5];
        uint32_t to;
        const char *net;        /* NULL: RES_UNCHANGED */
    } rows[] = {
        {{"+aA", "-aA"}, 3, ""},
        {{"+aA", "+aB"}, 3, "+aA+aB"},
        {{"-aA", "+aA"}, 3, ""},
        {{"+aA", "-aA+aB", "-aB+aC"}, 4, "+aC"},
        {{"-aA+aB", "-aB+aA"}, 3, ""},
        {{"-aA", "+aA", "-aA"}, 4, "-aA"},
        {{"+aA+bA+cA", "-bA"}, 3, "+aA+cA"},
        {{"+aA-bB"}, 2, NULL},
        {{"+aA", "+bA", "-aA"}, 3, "+aA+bA"},   /* what is newer than the version is not seen */
        {{"-aA", "+AA"}, 3, "-aA+AA"},          /* the owner's case has changed */
    };

    name_from_text(&origin, "example.", 8, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct journal *j = write_journal(rows[i].transactions);
        struct diff net;
        char text[64] = "";
        uint64_t size;
        enum result r;

        diff_init(&net);
        CU_ASSERT_EQUAL(journal_seek(j, 1), RES_OK);
        r = condense(j, rows[i].to, &net, &size);
        CU_ASSERT_EQUAL(r, rows[i].net != NULL ? RES_OK : RES_UNCHANGED);
        for (size_t k = 0; k < net.count && r == RES_OK; k++)
            if (net.records[k].type == TYPE_TXT)
                snprintf(text + strlen(text), 4, "%c%c%c", net.records[k].add ? '+' : '-',
                         net.records[k].owner[1], net.records[k].rdata[1]);
        if (r == RES_OK) {
            CU_ASSERT_STRING_EQUAL(text, rows[i].net);
            CU_ASSERT_EQUAL(get_u32(net.records[0].rdata + 2), 1);
            CU_ASSERT_FALSE(net.records[0].add);
            CU_ASSERT_EQUAL(size, size_of_net(&net));
        }
        diff_free(&net);
        journal_close(j);
    }
}

static void test_difference(void)
{
    static const char *const transactions[] = {"+aA", "-zZ+bB", "+cC", NULL};
    static const char *const expected[] = {
        "example. 300 SOA ns.example. hostmaster.example. 3 2 3 4 5",
        "example. 300 SOA . . 1 0 0 0 0", "z.example. 60 TXT \"Z\"",
        "example. 300 SOA . . 3 0 0 0 0", "a.example. 60 TXT \"A\"", "b.example. 60 TXT \"B\"",
        "example. 300 SOA ns.example. hostmaster.example. 3 2 3 4 5"};
    struct contents *c = finish_zone(start_zone(), "3");
    struct xfrout_source *s = NULL;
    uint64_t size = 0;

    journal_close(write_journal(transactions));
    CU_ASSERT_EQUAL_FATAL(xfrout_difference_source(path, NULL, 1, c, &size, &s), RES_OK);
    CU_ASSERT_EQUAL(size, 2 * (9 + 10 + 22) + 3 * (11 + 10 + 2));
    for (unsigned i = 0; i < 2; i++) {
        send(s, i == 0 ? 20480 : 1, false);
        CU_ASSERT_EQUAL_FATAL(nlines, sizeof expected / sizeof *expected);
        for (unsigned k = 0; k < nlines; k++)
            CU_ASSERT_STRING_EQUAL(lines[k], expected[k]);
        CU_ASSERT_EQUAL(xfrout_difference_source(path, NULL, 1, c, &size, &s), RES_OK);
    }
    s->end(s);
    CU_ASSERT_EQUAL(xfrout_difference_source(path, NULL, 9, c, &size, &s), RES_RANGE);
    unlink(path);
    CU_ASSERT_EQUAL(xfrout_difference_source(path, NULL, 1, c, &size, &s), RES_FILENOTFOUND);
    contents_free(c);
}

/* A transaction of `n` TXT records of 60,000 bytes each. */
static void append_large(struct journal *j, uint32_t serial, unsigned n)
{
    static uint8_t text[60000];
    uint8_t soa[22] = {0};
    struct diff_record r = {.owner = origin.wire, .rdata = soa, .ttl = 300, .type = TYPE_SOA,
                            .rdlen = 22, .owner_len = origin.len};
    struct diff d;

    diff_init(&d);
    put_u32(soa + 2, serial);
    CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    r.add = true;
    put_u32(soa + 2, serial + 1);
    CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    r.type = TYPE_TXT;
    r.rdata = text;
    r.rdlen = sizeof text;
    for (; n > 0; n--) {
        for (size_t at = 0; at < sizeof text; at += 250) {
            text[at] = 249;
            memset(text + at + 1, 'a' + (int)n % 26, 249);
        }
        put_u32(text + 1, n);
        CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    }
    CU_ASSERT_EQUAL(journal_append(j, &d), RES_OK);
    diff_free(&d);
}

/* Too much to be condensed in memory: as it stands in the journal. */
static void test_large_difference(void)
{
    static const char *const none[] = {NULL};
    struct contents *c = finish_zone(start_zone(), "3");
    struct xfrout_source *s = NULL;
    struct xfrout_messages m;
    struct journal *j = NULL;
    uint64_t size = 0;

    journal_close(write_journal(none));
    CU_ASSERT_EQUAL_FATAL(journal_open(path, JOURNAL_WRITE, NULL, &j), RES_OK);
    for (uint32_t serial = 1; serial < 4; serial++)
        append_large(j, serial, 40);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    journal_close(j);
    CU_ASSERT_EQUAL_FATAL(xfrout_difference_source(path, NULL, 1, c, &size, &s), RES_OK);
    CU_ASSERT_EQUAL(size, 4 * (9 + 10 + 22) + 80 * (9 + 10 + 60000));
    m = send(s, 65535, false);
    CU_ASSERT_EQUAL(m.records, 1 + 2 * 42 + 1);
    CU_ASSERT_TRUE(strstr(lines[1], " SOA . . 1 ") != NULL);
    CU_ASSERT_TRUE(strstr(lines[43], " SOA . . 2 ") != NULL);
    contents_free(c);
}

/* The version that is served is not in the journal: a file was loaded since. */
static void test_difference_elsewhere(void)
{
    static const char *const transactions[] = {"+aA", "+bB", NULL};
    struct contents *c = finish_zone(start_zone(), "9");
    struct xfrout_source *s = NULL;
    uint64_t size = 0;

    journal_close(write_journal(transactions));
    CU_ASSERT_EQUAL(xfrout_difference_source(path, NULL, 1, c, &size, &s), RES_RANGE);
    contents_free(c);
}

static const struct unit_test tests[] = {
    {"a whole zone, in messages of any size", test_whole_zone},
    {"every name's suffix stands once", test_compression},
    {"a record that fits no message", test_too_large},
    {"net differences", test_condense},
    {"a difference up to the version that is sent", test_difference},
    {"a difference that is too large to be condensed", test_large_difference},
    {"a version that the journal does not know", test_difference_elsewhere},
};

int main(int argc, char **argv)
{
    int failed = 1;

    lines = malloc(RECORDS_MAX * sizeof *lines);
    if (lines != NULL && mkdtemp(folder) != NULL) {
        snprintf(path, sizeof path, "%s/zone.jnl", folder);
        failed = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
        unlink(path);
        rmdir(folder);
    }
    free(lines);
    return failed;
}
