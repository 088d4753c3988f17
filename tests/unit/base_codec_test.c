/*
 * Base64, base32hex, hex; DNSSEC times and durations; serial arithmetic.
 */
#include <stdlib.h>
#include <time.h>

#include "base/codec.h"
#include "base/timefmt.h"
#include "dns/serial.h"
#include "tests/unit/unit.h"

/* RFC 4648 section 10; base32hex without its padding. */
static void test_rfc4648(void)
{
    static const struct {
        const char *plain, *base64, *base32hex, *hex;
    } rows[] = {
        {"", "", "", ""},
        {"f", "Zg==", "CO", "66"},
        {"fo", "Zm8=", "CPNG", "666F"},
        {"foo", "Zm9v", "CPNMU", "666F6F"},
        {"foob", "Zm9vYg==", "CPNMUOG", "666F6F62"},
        {"fooba", "Zm9vYmE=", "CPNMUOJ1", "666F6F6261"},
        {"foobar", "Zm9vYmFy", "CPNMUOJ1E8", "666F6F626172"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint8_t *p = (const uint8_t *)rows[i].plain;
        size_t len = strlen(rows[i].plain);
        char text[32];

        CU_ASSERT_EQUAL(base64_encode(p, len, text), base64_text_len(len));
        CU_ASSERT_STRING_EQUAL(text, rows[i].base64);
        CU_ASSERT_EQUAL(base32hex_encode(p, len, text), base32hex_text_len(len));
        CU_ASSERT_STRING_EQUAL(text, rows[i].base32hex);
        CU_ASSERT_EQUAL(hex_encode(p, len, text), 2 * len);
        CU_ASSERT_STRING_EQUAL(text, rows[i].hex);
    }
}

typedef enum result (*decode_fn)(const char *, size_t, uint8_t *, size_t, size_t *);

static void test_refused(void)
{
    static const struct {
        decode_fn decode;
        const char *text;
        enum result want;
    } rows[] = {
        {base64_decode, "Z", RES_BADBASE64},     {base64_decode, "Zg=", RES_BADBASE64},
        {base64_decode, "Zg", RES_BADBASE64},    {base64_decode, "Zh==", RES_BADBASE64},
        {base64_decode, "Zm9=", RES_BADBASE64},  {base64_decode, "Zg==Zg==", RES_BADBASE64},
        {base64_decode, "Z===", RES_BADBASE64},  {base64_decode, "====", RES_BADBASE64},
        {base64_decode, "Zm=v", RES_BADBASE64},  {base64_decode, "Zm9 ", RES_BADBASE64},
        {base64_decode, "Zm9-", RES_BADBASE64},  {hex_decode, "0", RES_BADHEX},
        {hex_decode, "0g", RES_BADHEX},          {hex_decode, "00 00", RES_BADHEX},
        {base32hex_decode, "C", RES_BADBASE32},  {base32hex_decode, "CP", RES_BADBASE32},
        {base32hex_decode, "CPN", RES_BADBASE32}, {base32hex_decode, "CW", RES_BADBASE32},
        {base32hex_decode, "CO======", RES_BADBASE32},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[64];
        size_t len;

        CU_ASSERT_EQUAL(rows[i].decode(rows[i].text, strlen(rows[i].text), out, sizeof out, &len),
                        rows[i].want);
    }
}

/* Random bytes of every length through each codec, small letters too, and too little room. */
static void test_round_trip(void)
{
    static const struct {
        size_t (*encode)(const uint8_t *, size_t, char *);
        decode_fn decode;
    } codecs[] = {{base64_encode, base64_decode},
                  {hex_encode, hex_decode},
                  {base32hex_encode, base32hex_decode}};

    srand(42);
    for (size_t c = 0; c < 3; c++)
        for (size_t len = 1; len < 200; len++) {
            uint8_t plain[200], out[200];
            char text[512];
            size_t n, got;

            for (size_t i = 0; i < len; i++)
                plain[i] = (uint8_t)rand();
            n = codecs[c].encode(plain, len, text);
            CU_ASSERT_EQUAL(codecs[c].decode(text, n, out, sizeof out, &got), RES_OK);
            CU_ASSERT(got == len && memcmp(out, plain, len) == 0);
            CU_ASSERT_EQUAL(codecs[c].decode(text, n, out, len - 1, &got), RES_NOSPACE);
            for (size_t i = 0; c > 0 && i < n; i++)
                text[i] = (char)(text[i] >= 'A' ? text[i] | 0x20 : text[i]);
            CU_ASSERT_EQUAL(codecs[c].decode(text, n, out, sizeof out, &got), RES_OK);
        }
}

/* Text in pieces is text at once. */
static void test_streams(void)
{
    struct codec_stream b = {{0}, 0, false}, h = {{0}, 0, false};
    uint8_t out[16];
    struct writer w = writer_of(out, sizeof out);

    for (const char *s = "Zm9vYmE="; *s; s++)
        CU_ASSERT_EQUAL(base64_feed(&b, s, 1, &w), RES_OK);
    CU_ASSERT_EQUAL(base64_finish(&b), RES_OK);
    CU_ASSERT(writer_len(&w) == 5 && memcmp(out, "fooba", 5) == 0);
    for (const char *s = "666f6"; *s; s++)
        CU_ASSERT_EQUAL(hex_feed(&h, s, 1, &w), RES_OK);
    CU_ASSERT_EQUAL(hex_finish(&h), RES_UNEXPECTEDEND);
    CU_ASSERT(writer_len(&w) == 7 && memcmp(out + 5, "fo", 2) == 0);
}

/* --- times --- */

static void test_dnssec_time(void)
{
    static const struct {
        const char *text;
        enum result want;
        uint32_t seconds;
    } rows[] = {
        {"19700101000000", RES_OK, 0},          {"20380119031407", RES_OK, 0x7fffffff},
        {"20380119031408", RES_OK, 0x80000000}, {"21060207062815", RES_OK, 0xffffffff},
        {"21060207062816", RES_OK, 0},          {"20000229120000", RES_OK, 951825600},
        {"20261120221905", RES_OK, 1795213145}, {"19691231235959", RES_OK, 0xffffffff},
        {"20230229000000", RES_RANGE, 0},       {"21000229000000", RES_RANGE, 0},
        {"20231301000000", RES_RANGE, 0},       {"20230001000000", RES_RANGE, 0},
        {"20230100000000", RES_RANGE, 0},       {"20230132000000", RES_RANGE, 0},
        {"20230101240000", RES_RANGE, 0},       {"20230101006000", RES_RANGE, 0},
        {"20230101000061", RES_RANGE, 0},       {"2023010100000", RES_SYNTAX, 0},
        {"202301010000000", RES_SYNTAX, 0},     {"2023010100000x", RES_SYNTAX, 0},
        {"", RES_SYNTAX, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t v = 1;
        CU_ASSERT_EQUAL(dnssec_time_from_text(&v, rows[i].text, strlen(rows[i].text)),
                        rows[i].want);
        if (rows[i].want == RES_OK)
            CU_ASSERT_EQUAL(v, rows[i].seconds);
    }
}

/* Written as gmtime() has it, for moments around now, and nearest to now. */
static void test_dnssec_time_text(void)
{
    static const int64_t nows[] = {0, 1795213145, 0x7fffffff, 0xffffffff, 5000000000};

    for (size_t i = 0; i < sizeof nows / sizeof *nows; i++)
        for (int64_t off = -0x7fffffff; off <= 0x7fffffff; off += 12345677) {
            time_t t = (time_t)(nows[i] + off);
            char want[64], got[TIMEFMT_DNSSEC_TEXT];
            struct tm tm;

            gmtime_r(&t, &tm);
            snprintf(want, sizeof want, "%04d%02d%02d%02d%02d%02d", tm.tm_year + 1900,
                     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
            CU_ASSERT_EQUAL(dnssec_time_to_text((uint32_t)t, nows[i], got), 14);
            CU_ASSERT_STRING_EQUAL(got, want);
        }
}

static void test_duration(void)
{
    static const struct {
        const char *text;
        enum result want;
        uint32_t seconds;
    } rows[] = {
        {"0", RES_OK, 0},              {"3600", RES_OK, 3600},
        {"4294967295", RES_OK, 4294967295},
        {"4294967296", RES_SYNTAX, 0}, {"1h", RES_OK, 3600},         {"1H30M", RES_OK, 5400},
        {"1w2d3h4m5s", RES_OK, 788645}, {"1w1w", RES_OK, 1209600},   {"0s", RES_OK, 0},
        {"", RES_SYNTAX, 0},           {"h", RES_SYNTAX, 0},         {"1x", RES_SYNTAX, 0},
        {"1h2", RES_SYNTAX, 0},        {"-1", RES_SYNTAX, 0},        {"1 h", RES_SYNTAX, 0},
        {"8000w", RES_RANGE, 0},       {"7101w", RES_OK, 4294684800}, {"7102w", RES_RANGE, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t v = 1;
        CU_ASSERT_EQUAL(duration_from_text(&v, rows[i].text, strlen(rows[i].text)), rows[i].want);
        if (rows[i].want == RES_OK)
            CU_ASSERT_EQUAL(v, rows[i].seconds);
    }
}

static void test_duration_text(void)
{
    static const struct {
        uint32_t seconds;
        const char *words;
    } rows[] = {
        {0, "0 seconds"},
        {1, "1 second"},
        {59, "59 seconds"},
        {60, "1 minute"},
        {300, "5 minutes"},
        {3600, "1 hour"},
        {86400, "1 day"},
        {604800, "1 week"},
        {694861, "1 week 1 day 1 hour 1 minute 1 second"},
        {4294967295, "7101 weeks 3 days 6 hours 28 minutes 15 seconds"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[TIMEFMT_DURATION_TEXT];
        CU_ASSERT_EQUAL(duration_to_text(rows[i].seconds, text), strlen(rows[i].words));
        CU_ASSERT_STRING_EQUAL(text, rows[i].words);
    }
}

/* RFC 1982 section 5.2, with 32 bits. */
static void test_serial(void)
{
    CU_ASSERT(serial_lt(0, 1) && serial_lt(0, 0x7fffffff) && !serial_lt(1, 1));
    CU_ASSERT(serial_lt(0xffffffff, 0) && serial_gt(100, 0xffffff00));
    CU_ASSERT(!serial_lt(0, 0x80000000) && !serial_gt(0, 0x80000000) && !serial_lt(0x80000000, 0));
    CU_ASSERT(serial_gt(0x7fffffff, 0) && serial_lt(0x80000001, 0));
    CU_ASSERT(serial_ge(5, 5) && serial_ge(6, 5) && !serial_ge(4, 5));
    CU_ASSERT(serial_next(1) == 2 && serial_next(0xffffffff) == 1);
}

static const struct unit_test tests[] = {
    {"the examples of RFC 4648", test_rfc4648},
    {"text that is refused", test_refused},
    {"bytes to text and back", test_round_trip},
    {"text in pieces", test_streams},
    {"DNSSEC times from text", test_dnssec_time},
    {"DNSSEC times to text", test_dnssec_time_text},
    {"durations from text", test_duration},
    {"durations to text", test_duration_text},
    {"serial arithmetic", test_serial},
};
UNIT_MAIN(tests)
