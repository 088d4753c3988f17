/*
 * Names: text both ways, messages, comparison, order, hash.  What is expected of long and
 * odd names stands in tables; what must hold for all is tried on random names.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "dns/name.h"
#include "tests/unit/unit.h"

static const uint8_t example[] = "\7example\3com";

static struct name name_of(const char *text)
{
    struct name n = {0};

    CU_ASSERT_EQUAL(name_from_text(&n, text, strlen(text), NULL), RES_OK);
    return n;
}

static void repeat(char *out, const char *piece, unsigned times)
{
    *out = '\0';
    while (times-- > 0)
        strcat(out, piece);
}

static void test_from_text(void)
{
    static const struct {
        const char *text;
        enum result want;
        const char *back;   /* as name_to_text() writes it, when not the same */
    } rows[] = {
        {".", RES_OK, NULL},
        {"a.", RES_OK, NULL},
        {"A.b.C.", RES_OK, NULL},
        {"a", RES_OK, "a.example.com."},
        {"a.b", RES_OK, "a.b.example.com."},
        {"@", RES_OK, "example.com."},
        {"\\@", RES_OK, "\\@.example.com."},
        {"@.", RES_OK, "\\@."},
        {"a\\.b.", RES_OK, NULL},
        {"a\\046b.", RES_OK, "a\\.b."},
        {"\\097.", RES_OK, "a."},
        {"\\000\\255\\032.", RES_OK, NULL},
        {"a b.", RES_OK, "a\\032b."},
        {"\\\\.", RES_OK, NULL},
        {"*.a.", RES_OK, NULL},
        {"_a-b/c.", RES_OK, NULL},
        {"\\\"\\$\\(\\)\\;.", RES_OK, NULL},
        {"", RES_UNEXPECTEDEND, NULL},
        {"..", RES_EMPTYLABEL, NULL},
        {"a..", RES_EMPTYLABEL, NULL},
        {"a..b.", RES_EMPTYLABEL, NULL},
        {".a.", RES_EMPTYLABEL, NULL},
        {"a\\", RES_UNEXPECTEDEND, NULL},
        {"a\\1", RES_UNEXPECTEDEND, NULL},
        {"a\\12", RES_UNEXPECTEDEND, NULL},
        {"a\\1x.", RES_BADESCAPE, NULL},
        {"a\\12x.", RES_BADESCAPE, NULL},
        {"a\\256.", RES_BADESCAPE, NULL},
        {"a\\999.", RES_BADESCAPE, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char back[NAME_TEXT_MAX];
        struct name n;
        enum result r = name_from_text(&n, rows[i].text, strlen(rows[i].text), example);

        CU_ASSERT_EQUAL(r, rows[i].want);
        if (r != RES_OK)
            continue;
        CU_ASSERT_EQUAL(name_to_text(n.wire, back, NAME_FINAL_DOT), strlen(back));
        CU_ASSERT_STRING_EQUAL(back, rows[i].back ? rows[i].back : rows[i].text);
        CU_ASSERT_EQUAL(n.len, name_length(n.wire));
        CU_ASSERT_EQUAL(n.len, name_check(n.wire, n.len));
    }
}

static void test_no_origin(void)
{
    struct name n;

    CU_ASSERT_EQUAL(name_from_text(&n, "a", 1, NULL), RES_MUSTBEABSOLUTE);
    CU_ASSERT_NOT_EQUAL(name_from_text(&n, "@", 1, NULL), RES_OK);
    CU_ASSERT_EQUAL(name_from_text(&n, "a.", 2, NULL), RES_OK);
}

/* 63 and 64 bytes a label, 255 and 256 a name, both with and without an origin. */
static void test_limits(void)
{
    static const struct {
        const char *piece;
        unsigned times;
        const char *tail;
        enum result want;
        unsigned len;
    } rows[] = {
        {"a", 63, ".", RES_OK, 65},
        {"a", 64, ".", RES_LABELTOOLONG, 0},
        {"a", 63, "", RES_OK, 77},
        {"a", 64, "", RES_LABELTOOLONG, 0},
        {"\\255", 63, ".", RES_OK, 65},
        {"\\255", 64, ".", RES_LABELTOOLONG, 0},
        {"a.", 127, "", RES_OK, 255},
        {"a.", 128, "", RES_NAMETOOLONG, 0},
        {"a.", 126, "aa.", RES_NAMETOOLONG, 0},
        {"a.", 120, "a", RES_OK, 255},
        {"a.", 121, "a", RES_NAMETOOLONG, 0},
        {"a.", 120, "aa", RES_NAMETOOLONG, 0},
        {"a.", 500, "", RES_NAMETOOLONG, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[4096];
        struct name n;
        enum result r;

        repeat(text, rows[i].piece, rows[i].times);
        strcat(text, rows[i].tail);
        r = name_from_text(&n, text, strlen(text), example);
        CU_ASSERT_EQUAL(r, rows[i].want);
        if (r == RES_OK)
            CU_ASSERT_EQUAL(n.len, rows[i].len);
    }
}

/* Every byte in a label writes as text that reads back, and the longest text fits. */
static void test_bytes(void)
{
    char text[NAME_TEXT_MAX];
    struct name n, back;

    for (unsigned c = 0; c < 256; c++) {
        n = (struct name){4, {2, (uint8_t)c, 'x', 0}};
        name_to_text(n.wire, text, NAME_FINAL_DOT);
        CU_ASSERT_EQUAL(name_from_text(&back, text, strlen(text), NULL), RES_OK);
        CU_ASSERT(back.len == n.len && memcmp(back.wire, n.wire, n.len) == 0);
    }
    memset(&n, 0, sizeof n);
    for (unsigned at = 0; at < 254; at += 64)
        n.wire[at] = at < 192 ? 63 : 61;
    n.len = (uint8_t)name_length(n.wire);
    CU_ASSERT_EQUAL(n.len, 255);
    CU_ASSERT_EQUAL(name_to_text(n.wire, text, NAME_FINAL_DOT), 250 * 4 + 4);
    CU_ASSERT_EQUAL(name_from_text(&back, text, strlen(text), NULL), RES_OK);
    CU_ASSERT(memcmp(back.wire, n.wire, 255) == 0);
}

static void test_to_text(void)
{
    char text[NAME_TEXT_MAX];
    struct name n = name_of("a.b.");

    CU_ASSERT_EQUAL(name_to_text(n.wire, text, NAME_OMIT_FINAL_DOT), 3);
    CU_ASSERT_STRING_EQUAL(text, "a.b");
    CU_ASSERT_EQUAL(name_to_text((const uint8_t *)"", text, NAME_OMIT_FINAL_DOT), 1);
    CU_ASSERT_STRING_EQUAL(text, ".");
    CU_ASSERT_EQUAL(name_labels_to_text(n.wire, 4, text), 3);
    CU_ASSERT_STRING_EQUAL(text, "a.b");
    CU_ASSERT_EQUAL(name_labels_to_text(n.wire, 2, text), 1);
    CU_ASSERT_STRING_EQUAL(text, "a");
    CU_ASSERT_EQUAL(name_labels_to_text(n.wire, 0, text), 1);
    CU_ASSERT_STRING_EQUAL(text, "@");
}

static void test_message(void)
{
    static const struct {
        const char *bytes;
        size_t len, at;
        enum result want;
        size_t next;
        const char *text;
    } rows[] = {
        {"\1a\0", 3, 0, RES_OK, 3, "a."},
        {"\0", 1, 0, RES_OK, 1, "."},
        {"\1a\0\1b\300\0", 7, 3, RES_OK, 7, "b.a."},
        {"\1a\0\300\0\300\3", 7, 5, RES_OK, 7, "a."},
        {"\1a\0\300\1", 5, 3, RES_BADLABELTYPE, 0, NULL},  /* into a label: 'a' is no length */
        {"\300\0", 2, 0, RES_BADPOINTER, 0, NULL},
        {"\1a\300\0", 4, 0, RES_BADPOINTER, 0, NULL},
        {"\1a\300\2", 4, 0, RES_BADPOINTER, 0, NULL},
        {"\300\4\0\0\0", 5, 0, RES_BADPOINTER, 0, NULL},
        {"\1a", 2, 0, RES_UNEXPECTEDEND, 0, NULL},
        {"\2a", 2, 0, RES_UNEXPECTEDEND, 0, NULL},
        {"\300", 1, 0, RES_UNEXPECTEDEND, 0, NULL},
        {"", 0, 0, RES_UNEXPECTEDEND, 0, NULL},
        {"\1a\0", 3, 3, RES_UNEXPECTEDEND, 0, NULL},
        {"\100a\0", 3, 0, RES_BADLABELTYPE, 0, NULL},
        {"\200a\0", 3, 0, RES_BADLABELTYPE, 0, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint8_t *msg = (const uint8_t *)rows[i].bytes;
        size_t at = rows[i].at;
        char text[NAME_TEXT_MAX];
        struct name n;
        enum result r = name_from_message(&n, msg, rows[i].len, &at);

        CU_ASSERT_EQUAL(r, rows[i].want);
        if (r != RES_OK)
            continue;
        CU_ASSERT_EQUAL(at, rows[i].next);
        name_to_text(n.wire, text, NAME_FINAL_DOT);
        CU_ASSERT_STRING_EQUAL(text, rows[i].text);
    }
}

/* A chain of pointers that adds up to 255 bytes passes, one of 257 does not. */
static void test_message_long(void)
{
    uint8_t msg[1024] = {0};
    size_t at = 1, end, step;
    struct name n;

    for (unsigned i = 0; i < 128; i++, at += 4) {
        size_t to = i == 0 ? 0 : at - 4;
        msg[at] = 1;
        msg[at + 1] = 'a';
        msg[at + 2] = (uint8_t)(0xc0 | to >> 8);
        msg[at + 3] = (uint8_t)to;
        end = at + 4;
        step = at;
        CU_ASSERT_EQUAL(name_from_message(&n, msg, end, &step), i < 127 ? RES_OK : RES_NAMETOOLONG);
        if (i < 127)
            CU_ASSERT_EQUAL(n.len, 2 * (i + 1) + 1);
    }
}

static void test_check(void)
{
    uint8_t long_name[300];

    CU_ASSERT_EQUAL(name_check((const uint8_t *)"\1a\0x", 4), 3);
    CU_ASSERT_EQUAL(name_check((const uint8_t *)"\1a", 2), 0);
    CU_ASSERT_EQUAL(name_check((const uint8_t *)"\1a\0", 0), 0);
    CU_ASSERT_EQUAL(name_check((const uint8_t *)"\300\0", 2), 0);
    CU_ASSERT_EQUAL(name_check((const uint8_t *)"\5a", 3), 0);
    memset(long_name, 1, sizeof long_name);
    long_name[254] = 0;
    CU_ASSERT_EQUAL(name_check(long_name, sizeof long_name), 255);
    long_name[254] = 1;
    long_name[256] = 0;
    CU_ASSERT_EQUAL(name_check(long_name, sizeof long_name), 0);
}

/* In the order of RFC 4034 6.1, its own example first. */
static void test_order(void)
{
    static const char *const sorted[] = {
        ".",          "\\000.",          "A.",         "a.a.",       "example.",
        "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.",
        "\\001.z.example.", "*.z.example.", "\\200.z.example.", "example0.", "exampleb.",
    };
    enum { N = sizeof sorted / sizeof *sorted };

    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            struct name a = name_of(sorted[i]), b = name_of(sorted[j]);
            int d = name_compare(a.wire, b.wire);
            CU_ASSERT_EQUAL((d > 0) - (d < 0), (i > j) - (i < j));
        }
}

static void test_below(void)
{
    static const struct {
        const char *name, *ancestor;
        int rel_len;    /* -1: not below */
    } rows[] = {
        {"a.b.", "b.", 2},      {"b.", "b.", 0},         {"b.", "a.b.", -1},
        {"x.a.B.", "A.b.", 2},  {"a.b.", ".", 4},        {".", ".", 0},
        {".", "a.", -1},        {"ab.c.", "b.c.", -1},   {"a\\.b.", "b.", -1},
        {"\\001b.", "b.", -1},  {"a.c.", "b.", -1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct name n = name_of(rows[i].name), ancestor = name_of(rows[i].ancestor);
        size_t rel_len = 99;

        CU_ASSERT_EQUAL(name_is_below(n.wire, ancestor.wire, &rel_len), rows[i].rel_len >= 0);
        if (rows[i].rel_len >= 0)
            CU_ASSERT_EQUAL(rel_len, (size_t)rows[i].rel_len);
    }
}

static void test_labels(void)
{
    struct name n = name_of("aaa.b.cc."), joined, root = name_of(".");
    uint8_t offsets[NAME_MAX_LABELS];
    char text[NAME_TEXT_MAX];

    CU_ASSERT_EQUAL(name_count_labels(n.wire), 3);
    CU_ASSERT_EQUAL(name_count_labels(root.wire), 0);
    CU_ASSERT_EQUAL(name_label_offsets(n.wire, offsets), 4);
    CU_ASSERT(offsets[0] == 0 && offsets[1] == 4 && offsets[2] == 6 && offsets[3] == 9);
    CU_ASSERT_PTR_EQUAL(name_parent(n.wire), n.wire + 4);
    CU_ASSERT_PTR_EQUAL(name_parent(root.wire), root.wire);
    CU_ASSERT_TRUE(name_is_wildcard(name_of("*.a.").wire));
    CU_ASSERT_FALSE(name_is_wildcard(name_of("**.a.").wire));
    CU_ASSERT_FALSE(name_is_wildcard(name_of(".").wire));
    CU_ASSERT_EQUAL(name_join(&joined, n.wire, 4, example), RES_OK);
    name_to_text(joined.wire, text, NAME_FINAL_DOT);
    CU_ASSERT_STRING_EQUAL(text, "aaa.example.com.");
    CU_ASSERT_EQUAL(name_join(&joined, joined.wire, 243, example), RES_NAMETOOLONG);
    name_copy(&joined, n.wire);
    CU_ASSERT(joined.len == n.len && memcmp(joined.wire, n.wire, n.len) == 0);
}

/* A random name of at most `most` bytes; letters often, other bytes sometimes. */
static void random_name(struct name *n, unsigned most)
{
    size_t at = 0;
    unsigned label = 1u + (unsigned)rand() % 12;

    while (at + 1 + label < most && rand() % 6 != 0) {
        n->wire[at++] = (uint8_t)label;
        while (label-- > 0)
            n->wire[at++] = (uint8_t)(rand() % 8 ? "aAbBzZ09"[rand() % 8] : rand());
        label = 1u + (unsigned)rand() % (rand() % 4 ? 12 : 63);
    }
    n->wire[at] = 0;
    n->len = (uint8_t)(at + 1);
}

static uint8_t other_case(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && rand() % 2 ? c ^ 0x20 : c;
}

static struct name recased(const struct name *n)
{
    struct name out = *n;

    for (size_t at = 0; n->wire[at] != 0; at += 1u + n->wire[at])
        for (size_t i = 1; i <= n->wire[at]; i++)
            out.wire[at + i] = other_case(n->wire[at + i]);
    return out;
}

static void test_random(void)
{
    srand(4711);
    for (unsigned i = 0; i < 20000; i++) {
        struct name a, b, c, back, folded;
        char text[NAME_TEXT_MAX];
        int d;

        random_name(&a, 255);
        random_name(&b, i % 2 ? 8 : 255);
        c = recased(&a);
        CU_ASSERT(name_equal(a.wire, c.wire) && name_compare(a.wire, c.wire) == 0);
        CU_ASSERT_EQUAL(name_hash(a.wire), name_hash(c.wire));
        CU_ASSERT_EQUAL(name_hash_relative(name_hash(name_parent(a.wire)), a.wire,
                                           (size_t)(name_parent(a.wire) - a.wire)),
                        name_hash(a.wire));
        d = name_compare(a.wire, b.wire);
        CU_ASSERT_EQUAL(d == 0, name_equal(a.wire, b.wire));
        CU_ASSERT_EQUAL(d < 0, name_compare(b.wire, a.wire) > 0);
        name_to_text(a.wire, text, NAME_FINAL_DOT);
        CU_ASSERT_EQUAL(name_from_text(&back, text, strlen(text), NULL), RES_OK);
        CU_ASSERT(back.len == a.len && memcmp(back.wire, a.wire, a.len) == 0);
        name_fold(folded.wire, a.wire, a.len);
        for (unsigned k = 0; k < a.len; k++)
            CU_ASSERT_EQUAL(folded.wire[k], fold_u8(a.wire[k]));
    }
}

/* Folding and comparing eight bytes at a time is what it is one at a time. */
static void test_fold(void)
{
    for (unsigned c = 0; c < 256; c++) {
        uint8_t buf[9], want = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : (uint8_t)c;
        uint64_t v;

        memset(buf, (int)c, sizeof buf);
        memcpy(&v, buf, 8);
        v = fold_u64(v);
        memcpy(buf, &v, 8);
        for (unsigned i = 0; i < 8; i++)
            CU_ASSERT_EQUAL(buf[i], want);
        CU_ASSERT_EQUAL(fold_u8((uint8_t)c), want);
    }
}

/* One byte that differs is seen at every place of every length. */
static void test_labels_equal(void)
{
    uint8_t a[40], b[40];

    for (size_t len = 1; len <= sizeof a; len++)
        for (size_t at = 0; at < len; at++) {
            memset(a, 'a', sizeof a);
            memset(b, 'A', sizeof b);
            CU_ASSERT_TRUE(labels_equal(a, b, len));
            b[at] = 'b';
            CU_ASSERT_FALSE(labels_equal(a, b, len));
            b[at] = 'a' ^ 0x80;
            CU_ASSERT_FALSE(labels_equal(a, b, len));
        }
    CU_ASSERT_TRUE(labels_equal(a, b, 0));
}

/* Pointers that lead to pointers end too, before they cost much. */
static void test_message_pointers(void)
{
    uint8_t msg[2 * 300] = {0};
    struct name n;

    for (size_t at = 2; at + 1 < sizeof msg; at += 2)
        put_u16(msg + at, (uint16_t)(0xc000 | (at - 2)));
    for (size_t jumps = 1; jumps < 299; jumps++) {
        size_t at = 2 * jumps;

        CU_ASSERT_EQUAL(name_from_message(&n, msg, sizeof msg, &at),
                        jumps <= NAME_MAX_LABELS ? RES_OK : RES_BADPOINTER);
    }
}

static const struct unit_test tests[] = {
    {"text to name", test_from_text},
    {"text without an origin", test_no_origin},
    {"the limits of labels and names", test_limits},
    {"every byte as text", test_bytes},
    {"name to text", test_to_text},
    {"names in a message", test_message},
    {"chains of pointers", test_message_long},
    {"pointers to pointers", test_message_pointers},
    {"check of wire form", test_check},
    {"canonical order", test_order},
    {"below an ancestor", test_below},
    {"labels, parents, joins", test_labels},
    {"random names", test_random},
    {"folding", test_fold},
    {"equality of labels", test_labels_equal},
};
UNIT_MAIN(tests)
