/* What a secondary asks, byte for byte as BIND 9.18 sends it, and what it makes of answers. */
#include "xfr/request.h"

#include "tests/unit/hex.h"
#include "tests/unit/make_zone.h"

static const uint8_t zone[] = "\7example";

static void test_requests(void)
{
    struct contents *have = contents_of(zone, "@ 300 SOA . . 5 20 10 1000 100\n");
    static const struct {
        uint16_t type, id, udp_size;
        const char *hex;
    } rows[] = {
        {TYPE_SOA, 0xabd4, 2048,
         "abd400000001000000000001076578616d706c650000060001000029080000000000000400090000"},
        {TYPE_AXFR, 0xb8c0, 0, "b8c000000001000000000000076578616d706c650000fc0001"},
        {TYPE_IXFR, 0xa1c0, 0,
         "a1c000000001000000010000076578616d706c650000fb0001c00c000600010000012c00160000000000"
         "05000000140000000a000003e800000064"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xfr_request q = {.zone = zone, .rrclass = CLASS_IN, .type = rows[i].type,
                                .id = rows[i].id, .have = have, .udp_size = rows[i].udp_size,
                                .want_expire = true};
        uint8_t expected[256], got[XFR_REQUEST_ROOM];
        size_t want = from_hex(expected, sizeof expected, rows[i].hex);
        size_t len = xfr_request_write(got, &q, NULL, 0);

        CU_ASSERT_TRUE(len == want && memcmp(got, expected, len) == 0);
    }
    contents_free(have);
}

/* A signed request leaves a session that waits for the response. */
static void test_signed(void)
{
    static const struct tsig_key key = {(const uint8_t *)"\1k", "k", TSIG_HMAC_SHA256, 0,
                                        (const uint8_t *)"secret", 6};
    struct xfr_request q = {.zone = zone, .rrclass = CLASS_IN, .type = TYPE_AXFR, .id = 1,
                            .key = &key};
    uint8_t out[XFR_REQUEST_ROOM];
    struct message_request parsed;
    struct tsig_session s, server;
    size_t len = xfr_request_write(out, &q, &s, 1000);

    CU_ASSERT_EQUAL(message_parse_request(&parsed, out, len), MESSAGE_OK);
    CU_ASSERT_EQUAL(tsig_verify_request(&server, &parsed, &key, 1, 1000), RES_OK);
    CU_ASSERT_EQUAL(s.key, &key);
}

static void test_answers(void)
{
    static const struct {
        const char *hex;
        enum result result;
        unsigned rcode;
        bool aa, truncated, has_soa, referral;
        uint32_t serial;
    } rows[] = {
        /* of another name; the one that was asked for */
        {"000184000001000100000000076578626d706c650000060001c00c00060001000000640016000000000007"
         "00000014000000140000001400000014",
         RES_FORMERR, 0, true, false, false, false, 0},
        {"000184000001000100000000076578616d706c650000060001c00c00060001000000640016000000000007"
         "00000014000000140000001400000014",
         RES_OK, 0, true, false, true, false, 7},
        /* another id, no response, another type asked */
        {"000284000001000000000000076578616d706c650000060001", RES_FORMERR, 0, false, false, false,
         false, 0},
        {"000100000001000000000000076578616d706c650000060001", RES_FORMERR, 0, false, false, false,
         false, 0},
        {"000184000001000000000000076578616d706c650000010001", RES_FORMERR, 0, true, false, false,
         false, 0},
        /* truncated, refused with and without the question, no data, a referral */
        {"000186000001000000000000076578616d706c650000060001", RES_OK, 0, true, true, false, false,
         0},
        {"000180050001000000000000076578616d706c650000060001", RES_OK, RCODE_REFUSED, false, false,
         false, false, 0},
        {"000180050000000000000000", RES_OK, RCODE_REFUSED, false, false, false, false, 0},
        {"000180000000000000000000", RES_FORMERR, 0, false, false, false, false, 0},
        {"000180000001000000010000076578616d706c650000060001c00c000200010000006400020161",
         RES_OK, 0, false, false, false, true, 0},
        /* cut within the record */
        {"000184000001000100000000076578616d706c650000060001c00c0006000100000064001600000000",
         RES_UNEXPECTEDEND, 0, true, false, false, false, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xfr_request q = {.zone = zone, .rrclass = CLASS_IN, .type = TYPE_SOA, .id = 1};
        struct xfr_soa_answer a;
        uint8_t msg[256];
        size_t len = from_hex(msg, sizeof msg, rows[i].hex);

        CU_ASSERT_EQUAL(xfr_soa_answer_read(&a, &q, msg, len), rows[i].result);
        CU_ASSERT_EQUAL(a.rcode, rows[i].rcode);
        CU_ASSERT_EQUAL(a.truncated, rows[i].truncated);
        CU_ASSERT_EQUAL(a.has_soa, rows[i].has_soa);
        CU_ASSERT_EQUAL(a.referral, rows[i].referral);
        CU_ASSERT_EQUAL(a.serial, rows[i].serial);
    }
}

static const struct unit_test tests[] = {
    {"requests are BIND's", test_requests},
    {"a signed request", test_signed},
    {"answers to the SOA question", test_answers},
};
UNIT_MAIN(tests)
