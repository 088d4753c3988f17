/*
 * RDATA of every type against what BIND's tools make of the same lines
 * (tests/vectors/rdata_*.txt and .out, made by make_rdata.py), and what must hold for any
 * RDATA: a second trip through text changes nothing, no truncation passes, messages with
 * compressed names give the same bytes.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/codec.h"
#include "dns/rdata.h"
#include "tests/unit/unit.h"

enum { TEXT_ROOM = 400000 };

static const uint8_t origin[] = "\7example";

struct rdata {
    uint16_t type;
    size_t len;
    uint8_t wire[RDATA_MAX_LEN];
};

static FILE *open_vectors(const char *name)
{
    const char *dir = getenv("SRC") ? getenv("SRC") : getenv("srcdir");
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/tests/vectors/%s", dir ? dir : ".", name);
    f = fopen(path, "r");
    if (f == NULL)
        printf("# cannot open %s\n", path);
    return f;
}

/* The next line without its end; lines that begin with "# " are skipped. */
static bool next_line(FILE *f, char **line, size_t *room)
{
    while (f != NULL && getline(line, room, f) > 0) {
        (*line)[strcspn(*line, "\n")] = '\0';
        if (**line != '\0' && strncmp(*line, "# ", 2) != 0)
            return true;
    }
    return false;
}

/* "TYPE RDATA" to plain wire. */
static enum result parse_line(const char *line, struct rdata *rd)
{
    size_t n = strcspn(line, " ");
    enum result r = rrtype_from_text(&rd->type, line, n);

    if (r != RES_OK)
        return r;
    return rdata_from_text(rd->type, CLASS_IN, line + n, origin, rd->wire, &rd->len);
}

/* Undoes "\n" and "\t" of a field of the vectors, in place. */
static void unescape_breaks(char *s)
{
    char *to = s;

    for (; *s != '\0'; s++) {
        bool behind_break = to[-1] == '\n' || to[-1] == '\t';

        if (*s == '\\' && (s[1] == 'n' || (s[1] == 't' && behind_break)))
            *to++ = *++s == 'n' ? '\n' : '\t';
        else
            *to++ = *s;
    }
    *to = '\0';
}

static void hex_of(const struct rdata *rd, char *out)
{
    for (size_t i = 0; i < rd->len; i++)
        sprintf(out + 2 * i, "%02x", rd->wire[i]);
    if (rd->len == 0)
        strcpy(out, "-");
}

static void expect_text(const char *line, const char *what, const char *want, const char *got)
{
    if (strcmp(want, got) != 0)
        printf("# %s: %s\n#   want %s\n#   got  %s\n", line, what, want, got);
    CU_ASSERT_STRING_EQUAL(want, got);
}

/* One line of the good vectors: fields are type, text, hex, text in the relative style. */
static void check_good(const char *line, char *fields)
{
    static char got[TEXT_ROOM];
    const struct rdata_style full = {0};
    const struct rdata_style relative = {origin, true, true, false, 4};
    char *type = strtok(fields, "\t"), *text = type + strlen(type) + 1;
    char *hex = text + strcspn(text, "\t"), *multi, type_text[RRTYPE_TEXT];
    struct rdata rd = {0};
    size_t len;

    *hex++ = '\0';
    multi = hex + strcspn(hex, "\t");
    *multi++ = '\0';
    unescape_breaks(multi);
    expect_text(line, "result", "success", result_text(parse_line(line, &rd)));
    expect_text(line, "type", type, rrtype_text(rd.type, type_text));
    hex_of(&rd, got);
    expect_text(line, "wire", hex, got);
    CU_ASSERT_EQUAL(rdata_check(rd.type, CLASS_IN, rd.wire, rd.len), RES_OK);
    CU_ASSERT_EQUAL(rdata_to_text(rd.type, CLASS_IN, rd.wire, rd.len, &full, got, sizeof got,
                                  &len), RES_OK);
    expect_text(line, "text", text, got);
    CU_ASSERT_EQUAL(rdata_to_text(rd.type, CLASS_IN, rd.wire, rd.len, &relative, got, sizeof got,
                                  &len), RES_OK);
    expect_text(line, "multi-line text", multi, got);
}

static void test_good(void)
{
    FILE *in = open_vectors("rdata_good.txt"), *out = open_vectors("rdata_good.out");
    char *line = NULL, *fields = NULL;
    size_t room = 0, froom = 0;
    unsigned count = 0;

    for (; next_line(in, &line, &room) && next_line(out, &fields, &froom); count++)
        check_good(line, fields);
    CU_ASSERT(count > 250);
    CU_ASSERT(out != NULL && feof(in));
    free(line);
    free(fields);
}

/* --- bad lines --- */

enum { MAX_TOKENS = 64 };

/* Splits a line of the bad vectors; they hold no parentheses that matter. */
static unsigned split_line(char *line, struct rdata_token tok[MAX_TOKENS])
{
    unsigned n = 0;

    for (char *s = line + strspn(line, " "); *s != '\0' && n < MAX_TOKENS; s += strspn(s, " ")) {
        bool quoted = *s == '"';
        size_t len = 0;

        s += quoted;
        while (s[len] != '\0' && s[len] != '"' && (quoted || s[len] != ' '))
            len += s[len] == '\\' && s[len + 1] != '\0' ? 2 : 1;
        tok[n++] = (struct rdata_token){s, (uint32_t)len, quoted};
        s += len + quoted;
    }
    return n;
}

/* What named-checkzone would say: "TOKEN\tERROR" or "ok". */
static void verdict_on(char *line, char *out, size_t room)
{
    static uint8_t wire[RDATA_MAX_LEN];
    struct rdata_token tok[MAX_TOKENS], *blamed;
    size_t type_len = strcspn(line, " "), len;
    unsigned ntok = split_line(line + type_len, tok), bad = 0;
    uint16_t type;
    enum result r;

    CU_ASSERT_EQUAL(rrtype_from_text(&type, line, type_len), RES_OK);
    r = rdata_from_tokens(type, CLASS_IN, tok, ntok, origin, wire, &len, &bad);
    blamed = &tok[bad];
    if (r == RES_OK)
        snprintf(out, room, "ok");
    else if (bad < ntok && !blamed->quoted)
        snprintf(out, room, "%.*s\t%s", (int)blamed->len, blamed->text, result_text(r));
    else
        snprintf(out, room, "%s\t%s", bad < ntok ? "\"" : "-", result_text(r));
}

static void test_bad(void)
{
    FILE *in = open_vectors("rdata_bad.txt"), *out = open_vectors("rdata_bad.out");
    char *line = NULL, *want = NULL, got[1024];
    size_t room = 0, wroom = 0;
    unsigned count = 0;

    for (; next_line(in, &line, &room) && next_line(out, &want, &wroom); count++) {
        verdict_on(line, got, sizeof got);
        expect_text(line, "verdict", want, got);
    }
    CU_ASSERT(count > 600);
    free(line);
    free(want);
}

/* --- what holds for all --- */

/* Calls `check` with each of the good lines' RDATA. */
static void for_all_good(void (*check)(const char *line, const struct rdata *rd))
{
    FILE *in = open_vectors("rdata_good.txt");
    char *line = NULL;
    size_t room = 0;

    while (next_line(in, &line, &room)) {
        static struct rdata rd;
        CU_ASSERT_EQUAL(parse_line(line, &rd), RES_OK);
        check(line, &rd);
    }
    free(line);
}

static void same_wire(const char *line, const struct rdata *rd, const char *text)
{
    static uint8_t again[RDATA_MAX_LEN];
    size_t len = 0;
    enum result r = rdata_from_text(rd->type, CLASS_IN, text, origin, again, &len);
    bool same = r == RES_OK && len == rd->len && memcmp(again, rd->wire, len) == 0;

    if (!same)
        printf("# %s: '%s' read again: %s\n", line, text, result_text(r));
    CU_ASSERT(same);
}

/* Text in every style reads back as the same wire. */
static void check_round_trip(const char *line, const struct rdata *rd)
{
    static const struct rdata_style styles[] = {
        {0}, {.unknown = true}, {origin, true, true, false, 4}, {origin, true, false, false, 1},
    };
    static char text[TEXT_ROOM];
    size_t len;

    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        CU_ASSERT_EQUAL(rdata_to_text(rd->type, CLASS_IN, rd->wire, rd->len, &styles[i], text,
                                      sizeof text, &len), RES_OK);
        CU_ASSERT_EQUAL(len, strlen(text));
        same_wire(line, rd, text);
    }
}

static void test_round_trip(void)
{
    for_all_good(check_round_trip);
}

/* Too little room is found out at every size, without a byte too far. */
static void check_room(const char *line, const struct rdata *rd)
{
    const struct rdata_style style = {0};
    static char text[TEXT_ROOM];
    size_t len, got;

    (void)line;
    rdata_to_text(rd->type, CLASS_IN, rd->wire, rd->len, &style, text, sizeof text, &len);
    for (size_t room = 0; room <= len; room++) {
        char *tight = malloc(room + 1);
        tight[room] = 'x';
        CU_ASSERT_EQUAL(rdata_to_text(rd->type, CLASS_IN, rd->wire, rd->len, &style, tight, room,
                                      &got), RES_NOSPACE);
        CU_ASSERT_EQUAL(tight[room], 'x');
        free(tight);
    }
}

static void test_room(void)
{
    for_all_good(check_room);
}

/* An empty bitmap of NXT and an empty digest of SSHFP are good but have no text. */
static bool has_text(const struct rdata *rd)
{
    return rd->type != TYPE_NXT && !(rd->type == TYPE_SSHFP && rd->len == 2);
}

/* RDATA cut short is refused at every length, or is itself good and reads back. */
static void check_truncation(const char *line, const struct rdata *rd)
{
    static const struct rdata_style style = {0};
    static char text[TEXT_ROOM];
    struct rdata cut = {.type = rd->type};
    size_t len;

    for (cut.len = 0; cut.len < rd->len; cut.len++) {
        uint8_t *exact = malloc(cut.len + 1);   /* so that a sanitizer sees one byte too far */
        memcpy(exact, rd->wire, cut.len);
        exact = realloc(exact, cut.len ? cut.len : 1);
        if (rdata_check(rd->type, CLASS_IN, exact, cut.len) == RES_OK) {
            memcpy(cut.wire, exact, cut.len);
            CU_ASSERT_EQUAL(rdata_to_text(rd->type, CLASS_IN, exact, cut.len, &style, text,
                                          sizeof text, &len), RES_OK);
            if (has_text(&cut))
                same_wire(line, &cut, text);
        } else {
            CU_ASSERT_NOT_EQUAL(rdata_to_text(rd->type, CLASS_IN, exact, cut.len, &style, text,
                                              sizeof text, &len), RES_OK);
        }
        free(exact);
    }
}

static void test_truncation(void)
{
    for_all_good(check_truncation);
}

/* These have a fixed form, so that no cut of theirs may pass. */
static void test_truncation_refused(void)
{
    static const char *const lines[] = {
        "A 1.2.3.4", "AAAA 2001:db8::1", "NS a.b.c.", "MX 10 a.b.", "SOA a. b. 1 2 3 4 5",
        "SRV 1 2 3 a.b.", "NSEC3PARAM 1 0 1 aabb", "PX 1 a.b. c.d.", "EUI48 00-00-5e-00-53-2a",
        "NAPTR 1 2 \"a\" \"b\" \"\" c.", "TALINK a. b.", "NID 1 1:2:3:4",
        "DS 1 8 1 0123456789abcdef0123456789abcdef01234567",
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        static struct rdata rd;
        CU_ASSERT_EQUAL(parse_line(lines[i], &rd), RES_OK);
        for (size_t n = 0; n < rd.len; n++)
            CU_ASSERT_NOT_EQUAL(rdata_check(rd.type, CLASS_IN, rd.wire, n), RES_OK);
        rd.wire[rd.len] = 0;
        CU_ASSERT_NOT_EQUAL(rdata_check(rd.type, CLASS_IN, rd.wire, rd.len + 1), RES_OK);
    }
}

/* --- messages --- */

static void check_in_message(const char *line, const struct rdata *rd)
{
    static uint8_t msg[RDATA_MAX_LEN + 64], out[RDATA_MAX_LEN];
    size_t len = 0;
    enum result r;

    memset(msg, 0xff, 20);
    memcpy(msg + 20, rd->wire, rd->len);
    r = rdata_from_message(rd->type, CLASS_IN, msg, 20 + rd->len + 3, 20, rd->len, out, &len);
    if (r != RES_OK)
        printf("# %s in a message: %s\n", line, result_text(r));
    CU_ASSERT(r == RES_OK && len == rd->len && memcmp(out, rd->wire, len) == 0);
    CU_ASSERT_NOT_EQUAL(rdata_from_message(rd->type, CLASS_IN, msg, 20 + rd->len - 1, 20, rd->len,
                                           out, &len), RES_OK);
}

static void test_message(void)
{
    for_all_good(check_in_message);
}

/* A name at 12 of a message, "\7example\0", is pointed to by what follows at 21. */
static void test_compressed(void)
{
    static const struct {
        uint16_t type;
        const char *rdata;  /* hex; c00c points to the name */
        const char *want;   /* text, or NULL: refused */
    } rows[] = {
        {TYPE_NS, "c00c", "example."},
        {TYPE_NS, "0161c00c", "a.example."},
        {TYPE_MX, "000a0162c00c", "10 b.example."},
        {TYPE_SOA, "c00c0161c00c0000000100000002000000030000000400000005",
         "example. a.example. 1 2 3 4 5"},
        {TYPE_SRV, "000100020003c00c", "1 2 3 example."},
        {TYPE_NAPTR, "00010002000000c00c", "1 2 \"\" \"\" \"\" example."},
        {TYPE_PX, "0001c00c0162c00c", "1 example. b.example."},
        {TYPE_DNAME, "c00c", NULL},
        {TYPE_NSEC, "c00c000140", NULL},
        {TYPE_KX, "0001c00c", NULL},
        {TYPE_HTTPS, "0001c00c", NULL},
        {TYPE_NS, "c015", NULL},        /* to itself */
        {TYPE_NS, "c0ff", NULL},        /* forwards */
        {TYPE_NS, "0161c016", NULL},
        {TYPE_NS, "c00c00", NULL},      /* something behind it */
        {TYPE_NS, "4161c00c", NULL},    /* label type 01 */
        {TYPE_NS, "c0", NULL},
        {TYPE_MX, "00", NULL},
    };
    const struct rdata_style style = {0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t msg[128] = {0}, out[RDATA_MAX_LEN];
        char text[256];
        size_t n, len, text_len;
        enum result r;

        memcpy(msg + 12, origin, sizeof origin);
        CU_ASSERT_EQUAL(hex_decode(rows[i].rdata, strlen(rows[i].rdata), msg + 21, 100, &n),
                        RES_OK);
        r = rdata_from_message(rows[i].type, CLASS_IN, msg, 21 + n, 21, n, out, &len);
        CU_ASSERT_EQUAL(r == RES_OK, rows[i].want != NULL);
        if (r != RES_OK || rows[i].want == NULL)
            continue;
        rdata_to_text(rows[i].type, CLASS_IN, out, len, &style, text, sizeof text, &text_len);
        expect_text(rows[i].rdata, "text", rows[i].want, text);
    }
}

/* --- order, canonical form, names --- */

static void test_compare(void)
{
    static const struct {
        const char *a, *b;
        int want;
    } rows[] = {
        {"A 1.2.3.4", "A 1.2.3.4", 0},
        {"A 1.2.3.4", "A 1.2.3.5", -1},
        {"A 200.0.0.1", "A 100.0.0.1", 1},
        {"NS a.example.", "NS A.EXAMPLE.", 0},
        {"NS a.example.", "NS B.example.", -1},
        {"NS z.example.", "NS aa.example.", -1},     /* the length byte decides */
        {"MX 1 Z.", "MX 2 a.", -1},
        {"MX 1 Z.", "MX 1 a.", 1},
        {"SOA A. b. 1 2 3 4 5", "SOA a. B. 1 2 3 4 5", 0},
        {"SOA A. b. 1 2 3 4 5", "SOA a. B. 1 2 3 4 6", -1},
        {"TXT a", "TXT A", 1},
        {"TXT a", "TXT a b", -1},
        {"NSEC a. A", "NSEC A. A", 1},              /* not folded (RFC 6840 5.1) */
        {"SRV 1 2 3 Ab.", "SRV 1 2 3 aB.", 0},
        {"A6 64 ::1 A.b.", "A6 64 ::1 a.B.", 0},
        {"SVCB 1 A. port=1", "SVCB 1 a. port=1", -1},
    };
    static struct rdata a, b;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int d;
        CU_ASSERT_EQUAL(parse_line(rows[i].a, &a), RES_OK);
        CU_ASSERT_EQUAL(parse_line(rows[i].b, &b), RES_OK);
        d = rdata_compare(a.type, a.wire, a.len, b.wire, b.len);
        CU_ASSERT_EQUAL((d > 0) - (d < 0), rows[i].want);
        d = rdata_compare(a.type, b.wire, b.len, a.wire, a.len);
        CU_ASSERT_EQUAL((d > 0) - (d < 0), -rows[i].want);
    }
}

/* Comparing is comparing the canonical forms byte by byte. */
static void check_canonical(const char *line, const struct rdata *rd)
{
    static struct rdata canonical;

    (void)line;
    canonical = *rd;
    rdata_canonicalize(rd->type, canonical.wire, canonical.len);
    CU_ASSERT_EQUAL(rdata_compare(rd->type, rd->wire, rd->len, canonical.wire, canonical.len), 0);
    CU_ASSERT_EQUAL(rdata_check(rd->type, CLASS_IN, canonical.wire, canonical.len), RES_OK);
}

static void test_canonical(void)
{
    static struct rdata rd;

    for_all_good(check_canonical);
    CU_ASSERT_EQUAL(parse_line("SOA Ab. Cd. 1 2 3 4 5", &rd), RES_OK);
    rdata_canonicalize(rd.type, rd.wire, rd.len);
    CU_ASSERT_EQUAL(memcmp(rd.wire, "\2ab\0\2cd", 8), 0);
    CU_ASSERT_EQUAL(parse_line("TXT Ab", &rd), RES_OK);
    rdata_canonicalize(rd.type, rd.wire, rd.len);
    CU_ASSERT_EQUAL(memcmp(rd.wire, "\2Ab", 3), 0);
}

static void count_name(void *arg, size_t offset)
{
    unsigned *mask = arg;

    *mask |= 1u << offset;
}

static void test_names(void)
{
    static const struct {
        const char *line;
        unsigned offsets;   /* a bit per offset of a name */
        int target;
    } rows[] = {
        {"A 1.2.3.4", 0, -1},          {"NS a.", 1 << 0, 0},
        {"CNAME a.", 1 << 0, -1},      {"MX 1 a.", 1 << 2, 2},
        {"SOA a. b. 1 2 3 4 5", 1 << 0 | 1 << 3, -1},
        {"SRV 1 2 3 a.", 1 << 6, 6},   {"NAPTR 1 2 s \"\" \"\" a.", 1 << 8, 8},
        {"SVCB 1 a. port=1", 1 << 2, 2}, {"HTTPS 0 a.", 1 << 2, 2},
        {"AFSDB 1 a.", 1 << 2, 2},     {"KX 1 a.", 1 << 2, 2},
        {"TXT a", 0, -1},              {"A6 0 ::", 0, -1},
        {"A6 128 a.", 1 << 1, -1},     {"RRSIG A 8 1 1 1 1 1 a. AAAA", 1 << 18, -1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct rdata rd;
        unsigned mask = 0;

        CU_ASSERT_EQUAL(parse_line(rows[i].line, &rd), RES_OK);
        rdata_names(rd.type, rd.wire, rd.len, count_name, &mask);
        CU_ASSERT_EQUAL(mask, rows[i].offsets);
        CU_ASSERT_EQUAL(rdata_target(rd.type, rd.wire, rd.len), rows[i].target);
    }
}

/* --- classes, numbers --- */

static void test_classes(void)
{
    static const struct {
        uint16_t type, rrclass;
        const char *text;
        enum result want;
        size_t len;
    } rows[] = {
        {TYPE_A, CLASS_CH, "a. 0177777", RES_OK, 5},
        {TYPE_A, CLASS_CH, "a. 0200000", RES_RANGE, 0},
        {TYPE_A, CLASS_CH, "a. 8", RES_BADNUMBER, 0},
        {TYPE_A, CLASS_CH, "1.2.3.4", RES_MUSTBEABSOLUTE, 0},
        {TYPE_A, CLASS_HS, "1.2.3.4", RES_OK, 4},
        {TYPE_A, 7, "1.2.3.4", RES_UNKNOWNTYPE, 0},
        {TYPE_A, 7, "\\# 1 00", RES_OK, 1},
        {TYPE_AAAA, CLASS_CH, "::1", RES_UNKNOWNTYPE, 0},
        {TYPE_TXT, CLASS_CH, "a", RES_OK, 2},
        {TYPE_MX, CLASS_CH, "1 a.", RES_OK, 5},
    };
    static uint8_t out[RDATA_MAX_LEN];
    size_t len;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum result r = rdata_from_text(rows[i].type, rows[i].rrclass, rows[i].text, NULL, out,
                                        &len);
        CU_ASSERT_EQUAL(r, rows[i].want);
        if (r == RES_OK)
            CU_ASSERT_EQUAL(len, rows[i].len);
    }
}

static void test_text_of(void)
{
    static const struct {
        uint16_t type, rrclass;
        const char *rdata;
        struct rdata_style style;
        const char *want;
    } rows[] = {
        {TYPE_A, CLASS_CH, "a. 0177", {0}, "a. 177"},
        {TYPE_A, 7, "\\# 1 0f", {0}, "\\# 1 0F"},
        {TYPE_SOA, CLASS_IN, "ns.x. root 1 3600 300 604800 5m", {0},
         "ns.x. root.example. 1 3600 300 604800 300"},
        {TYPE_SOA, CLASS_IN, "ns.x. root 1 3600 300 604800 5m", {origin, true, true, false, 4},
         "ns.x. root (\n"
         "\t\t\t\t1          ; serial\n"
         "\t\t\t\t3600       ; refresh (1 hour)\n"
         "\t\t\t\t300        ; retry (5 minutes)\n"
         "\t\t\t\t604800     ; expire (1 week)\n"
         "\t\t\t\t300        ; minimum (5 minutes)\n"
         "\t\t\t\t)"},
    };
    static uint8_t wire[RDATA_MAX_LEN];
    char got[512];
    size_t len, n;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(rdata_from_text(rows[i].type, rows[i].rrclass, rows[i].rdata, origin, wire,
                                        &len), RES_OK);
        CU_ASSERT_EQUAL(rdata_to_text(rows[i].type, rows[i].rrclass, wire, len, &rows[i].style,
                                      got, sizeof got, &n), RES_OK);
        expect_text(rows[i].rdata, "text", rows[i].want, got);
    }
}

/* Address texts, whole and with a character changed, are taken as inet_pton() takes them. */
static void test_addresses(void)
{
    static const char alphabet[] = "0123456789abcdefAF:.:.:.g-";
    static const char *const seeds[] = {"1.2.3.4", "192.168.100.255", "2001:db8::1", "::", "1::",
                                        "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4"};
    static uint8_t wire[RDATA_MAX_LEN];
    struct rdata_token tok = {NULL, 0, false};
    uint8_t want[16];
    unsigned bad;
    size_t len;

    srand(815);
    for (unsigned i = 0; i < 200000; i++) {
        char text[64];
        uint16_t type = i % 8 < 2 ? TYPE_A : TYPE_AAAA;
        int family = type == TYPE_A ? AF_INET : AF_INET6, good;

        strcpy(text, seeds[i % 8]);
        for (unsigned k = (unsigned)rand() % 3; k > 0; k--)
            text[(size_t)rand() % strlen(text)] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        if (rand() % 4 == 0)
            text[(size_t)rand() % strlen(text)] = '\0';
        tok.text = text;
        tok.len = (uint32_t)strlen(text);
        good = inet_pton(family, text, want) == 1;
        CU_ASSERT_EQUAL(good, rdata_from_tokens(type, CLASS_IN, &tok, 1, NULL, wire, &len,
                                                &bad) == RES_OK);
        if (good)
            CU_ASSERT_EQUAL(memcmp(wire, want, len), 0);
    }
}

static void test_numbers(void)
{
    char text[RRTYPE_TEXT];
    uint16_t v, back;

    for (unsigned type = 0; type < 65536; type++) {
        const char *name = rrtype_text((uint16_t)type, text);
        CU_ASSERT(rrtype_from_text(&back, name, strlen(name)) == RES_OK && back == type);
        name = rrclass_text((uint16_t)type, text);
        CU_ASSERT(rrclass_from_text(&back, name, strlen(name)) == RES_OK && back == type);
    }
    CU_ASSERT(rrtype_from_text(&v, "nsec3Param", 10) == RES_OK && v == TYPE_NSEC3PARAM);
    CU_ASSERT(rrtype_from_text(&v, "AAAAx", 4) == RES_OK && v == TYPE_AAAA);
    CU_ASSERT_EQUAL(rrtype_from_text(&v, "AAAAA", 5), RES_UNKNOWNTYPE);
    CU_ASSERT_EQUAL(rrtype_from_text(&v, "", 0), RES_UNKNOWNTYPE);
    CU_ASSERT_EQUAL(rrtype_from_text(&v, "TYPE", 4), RES_UNKNOWNTYPE);
    CU_ASSERT_EQUAL(rrtype_from_text(&v, "TYPE65536", 9), RES_RANGE);
    CU_ASSERT(rrclass_from_text(&v, "chaos", 5) == RES_OK && v == CLASS_CH);
    CU_ASSERT_STRING_EQUAL(rcode_text(3, text), "NXDOMAIN");
    CU_ASSERT_STRING_EQUAL(rcode_text(11, text), "RCODE11");
    CU_ASSERT_STRING_EQUAL(rcode_text(16, text), "BADVERS");
    CU_ASSERT_STRING_EQUAL(tsig_error_text(16, text), "BADSIG");
    CU_ASSERT_STRING_EQUAL(opcode_text(5, text), "UPDATE");
}

static void test_flags(void)
{
    CU_ASSERT_EQUAL(rdata_flags(TYPE_A), 0);
    CU_ASSERT_EQUAL(rdata_flags(TYPE_CNAME), RRT_SINGLETON | RRT_COMPRESS);
    CU_ASSERT_EQUAL(rdata_flags(TYPE_MX), RRT_ADDITIONAL | RRT_COMPRESS);
    CU_ASSERT_EQUAL(rdata_flags(TYPE_DNAME), RRT_SINGLETON);
    CU_ASSERT_EQUAL(rdata_flags(TYPE_RRSIG), RRT_DNSSEC);
    CU_ASSERT_EQUAL(rdata_flags(TYPE_ANY), RRT_META);
    CU_ASSERT_EQUAL(rdata_flags(65280), 0);
}

static const struct unit_test tests[] = {
    {"records as BIND reads and writes them", test_good},
    {"errors as BIND words and places them", test_bad},
    {"text reads back as the same wire", test_round_trip},
    {"too little room for text", test_room},
    {"cut RDATA is refused or good in itself", test_truncation},
    {"cut RDATA of fixed form is refused", test_truncation_refused},
    {"RDATA in a message", test_message},
    {"compressed names in a message", test_compressed},
    {"order", test_compare},
    {"canonical form", test_canonical},
    {"embedded names and additional data", test_names},
    {"classes", test_classes},
    {"text of SOA and of other classes", test_text_of},
    {"addresses as inet_pton() takes them", test_addresses},
    {"types, classes, rcodes by name and number", test_numbers},
    {"flags of types", test_flags},
};
UNIT_MAIN(tests)
