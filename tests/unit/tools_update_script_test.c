/* Scripts of nsupdate to messages: the bytes that BIND 9.18's nsupdate sent for the same lines, and
 * what each mistake is told as. */
#include "tools/update_script.h"

#include <stdlib.h>
#include <string.h>

#include "dns/rrtype.h"
#include "tests/unit/hex.h"
#include "tests/unit/unit.h"

enum { ROOM = 1024 };

/* Runs the lines; returns the first step that is no SCRIPT_MORE. */
static enum script_step run(struct update_script *s, const char *script)
{
    char *text = strdup(script), *rest = text, *line;
    enum script_step step = SCRIPT_MORE;

    while (step == SCRIPT_MORE && (line = strsep(&rest, "\n")) != NULL)
        step = update_script_line(s, line);
    free(text);
    return step;
}

/* The messages without their id. */
static const struct {
    const char *script, *message;
} messages[] = {
    {"zone example.test\nupdate add a.example.test 300 A 1.2.3.4\nsend",
     "28000001000000010000076578616d706c65047465737400000600010161c00c000100010000012c0004010203"
     "04"},
    {"zone refused.test\nupdate add a.example.test 300 MX 10 b.EXAMPLE.test\n"
     "update delete a.example.test\nupdate del a.example.test MX\n"
     "update delete a.example.test 5 MX 10 b.example.test\nprereq nxdomain q.test\n"
     "prereq yxdomain q.test\nprereq nxrrset q.test A\nprereq yxrrset q.test IN A\n"
     "prereq yxrrset q.test A 1.2.3.4\n",
     "280000010005000400000772656675736564047465737400000600010171c01400ff00fe000000000000c01e00"
     "ff00ff000000000000c01e000100fe000000000000c01e000100ff000000000000c01e00010001000000000004"
     "010203040161076578616d706c65047465737400000f00010000012c0012000a0162074558414d504c45047465"
     "737400c06000ff00ff000000000000c060000f00ff000000000000c060000f00fe000000000006000a0162c062"},
    {"zone .\nadd . 5 NS a.\nsend", "28000001000000010000000006000100000200010000000500030161"
     "00"},
    {"zone e.test\nclass CH\nadd a.e.test 5 A x 1\n",
     "280000010000000100000165047465737400000600030161c00c000100030000000500050178000001"},
    {"zone e.test\nadd q 4 APL \\# 0\nadd q 3600 TXT \"\"\ndel q apl \\# 0\n"
     "yxrrset q APL \\# 0\nsend",
     "28000001000100030000016504746573740000060001017100002a0001000000000000c018002a000100000004"
     "0000c0180010000100000e10000100c018002a00fe000000000000"},
};

static bool check_message(const char *script, const char *hex)
{
    uint8_t want[ROOM], got[ROOM];
    struct writer w = writer_of(got, sizeof got);
    size_t len = from_hex(want, sizeof want, hex);
    struct update_script s;
    bool right;

    update_script_init(&s);
    right = run(&s, script) == SCRIPT_SEND &&
            update_message_write(&s.message, s.zone.wire, update_script_class(&s), 1, &w) ==
                RES_OK &&
            writer_len(&w) == len + 2 && memcmp(got + 2, want, len) == 0;
    update_script_free(&s);
    return right;
}

static void test_messages(void)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        bool right = check_message(messages[i].script, messages[i].message);

        if (!right)
            printf("# %s\n", messages[i].script);
        CU_ASSERT(right);
    }
}

static const struct {
    const char *line, *error;
} mistakes[] = {
    {"nonsense", "incorrect section name: nonsense"},
    {"add x 5 A 1.2", "invalid rdata format: bad dotted quad, near '1.2'"},
    {"add x 5 A 192.0.2.1 192.0.2.2", "invalid rdata format: extra input text, near '192.0.2.2'"},
    {"add a_b 5 A 192.0.2.1", "check-names failed: bad owner 'a_b'"},
    {"add x 2147483648 A 192.0.2.1", "ttl '2147483648' is out of range (0 to 2147483647)"},
    {"nxrrset x ANY", "class mismatch: ANY"},
    {"add x 5 ANY", "could not read rdata"},
    {"server somewhere", "couldn't get address for 'somewhere': not found"},
    {"zone a..b", "could not parse zone name 'a..b': empty label"},
    {"ttl x", "ttl 'x': not a valid number"},
    {"key k !", "could not create key from k: bad base64 encoding"},
};

/* A mistake is told, changes nothing, and the next line is done. */
static void test_mistakes(void)
{
    struct update_script s;

    update_script_init(&s);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        CU_ASSERT_EQUAL(run(&s, mistakes[i].line), SCRIPT_ERROR);
        CU_ASSERT_STRING_EQUAL(s.error, mistakes[i].error);
        CU_ASSERT_PTR_NOT_NULL(s.form);
        CU_ASSERT(s.message.updates.count == 0 && s.zone_class == 0);
    }
    CU_ASSERT_EQUAL(run(&s, "add x 5 A 192.0.2.1"), SCRIPT_MORE);
    CU_ASSERT_EQUAL(s.message.updates.count, 1);
    update_script_free(&s);
}

/* What stays from message to message, and what does not. */
static void test_next(void)
{
    struct update_script s;

    update_script_init(&s);
    CU_ASSERT_EQUAL(run(&s, "server 192.0.2.1 5300\nzone a.test\nttl 7\nclass CH\nadd a A x 1\n"),
                    SCRIPT_SEND);
    update_script_next(&s);
    CU_ASSERT(s.message.updates.count == 0 && s.nservers == 1 && s.zone.len == 8);
    CU_ASSERT_EQUAL(run(&s, "class IN\nadd a A 192.0.2.1\n"), SCRIPT_SEND);
    CU_ASSERT_EQUAL(update_script_class(&s), CLASS_IN);
    update_script_free(&s);
}

/* Names beyond the reach of pointers, and more of them than a page of any table. */
static void test_large(void)
{
    static uint8_t wire[MESSAGE_MAX_LEN];
    struct writer w = writer_of(wire, sizeof wire);
    struct update_script s;
    size_t at = MESSAGE_HEADER_LEN + 8 + 4;
    unsigned n = 0;
    char line[200];

    update_script_init(&s);
    CU_ASSERT_EQUAL(run(&s, "zone a.test"), SCRIPT_MORE);
    for (; n < 1500; n++) {
        snprintf(line, sizeof line, "add h%u.s%u.a.test 5 MX 1 m%u.s%u.a.test", n, n % 300, n, n);
        CU_ASSERT_EQUAL(update_script_line(&s, line), SCRIPT_MORE);
    }
    CU_ASSERT_EQUAL(update_message_write(&s.message, s.zone.wire, CLASS_IN, 1, &w), RES_OK);
    for (struct message_record rr; n > 0; n--)
        CU_ASSERT_EQUAL(message_read_record(&rr, wire, writer_len(&w), &at), RES_OK);
    CU_ASSERT_EQUAL(at, writer_len(&w));
    w = writer_of(wire, 20000);
    CU_ASSERT_EQUAL(update_message_write(&s.message, s.zone.wire, CLASS_IN, 1, &w), RES_NOSPACE);
    update_script_free(&s);
}

static const struct unit_test tests[] = {
    {"messages, byte by byte BIND's", test_messages},
    {"mistakes", test_mistakes},
    {"from message to message", test_next},
    {"a large message", test_large},
};

UNIT_MAIN(tests)
