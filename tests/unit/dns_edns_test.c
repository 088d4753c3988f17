/* EDNS options as BIND 9.18.49 takes and refuses them, and OPT records as it writes them. */
#include "dns/edns.h"

#include <string.h>

#include "dns/rrtype.h"
#include "tests/unit/unit.h"

static const char filler[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

/* Which lengths of each option's data are taken; the data is plain letters. */
static void test_option_lengths(void)
{
    static const struct {
        uint16_t code;
        uint8_t ok[8], bad[8];      /* lengths, ended by 255 */
    } rows[] = {
        {EDNS_LLQ, {18, 255}, {0, 17, 19, 255}},
        {EDNS_UPDATE_LEASE, {0, 3, 4, 8, 9, 255}, {255}},
        {EDNS_NSID, {0, 5, 255}, {255}},
        {5, {0, 1, 255}, {255}},
        {EDNS_CLIENT_SUBNET, {255}, {0, 3, 255}},
        {EDNS_EXPIRE, {0, 4, 255}, {1, 3, 5, 255}},
        {EDNS_COOKIE, {8, 16, 24, 40, 255}, {0, 7, 9, 15, 41, 255}},
        {EDNS_TCP_KEEPALIVE, {0, 1, 2, 3, 255}, {255}},
        {EDNS_PADDING, {0, 4, 255}, {255}},
        {EDNS_CHAIN, {0, 1, 2, 255}, {255}},
        {EDNS_KEY_TAG, {2, 4, 255}, {0, 1, 3, 255}},
        {EDNS_EDE, {2, 3, 255}, {0, 1, 255}},
        {EDNS_CLIENT_TAG, {2, 255}, {0, 1, 3, 255}},
        {EDNS_SERVER_TAG, {2, 255}, {0, 3, 255}},
        {EDNS_REPORT_CHANNEL, {0, 1, 5, 255}, {255}},
        {EDNS_ZONEVERSION, {0, 255}, {1, 2, 6, 255}},   /* BIND 9.18 does not know it */
        {20, {0, 1, 255}, {255}},
        {65001, {0, 5, 255}, {255}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned bad = 0; bad < 2; bad++) {
            for (const uint8_t *len = bad ? rows[i].bad : rows[i].ok; *len != 255; len++) {
                uint8_t rdata[64];
                struct edns e;

                put_u16(rdata, rows[i].code);
                put_u16(rdata + 2, *len);
                memcpy(rdata + 4, filler, *len);
                CU_ASSERT_EQUAL(edns_read(&e, 512, 0, rdata, (uint16_t)(4 + *len)),
                                bad ? RES_OPTERR : RES_OK);
            }
        }
    }
}

struct data_row {
    uint16_t code;
    const char *data;
    uint16_t len;
    enum result result;
};

static void test_option_data(void)
{
    static const struct data_row rows[] = {
        {EDNS_CLIENT_SUBNET, "\0\1\0\0", 4, RES_OK},
        {EDNS_CLIENT_SUBNET, "\0\1\30\0\300\0\2", 7, RES_OK},
        {EDNS_CLIENT_SUBNET, "\0\1\30\1\300\0\2", 7, RES_OK},       /* a scope: refused later */
        {EDNS_CLIENT_SUBNET, "\0\1\30\41\300\0\2", 7, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\1\30\0\300\0", 6, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\1\30\0\300\0\2\0", 8, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\1\41\0\300\0\2\1\0", 9, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\1\27\0\300\0\3", 7, RES_OPTERR},   /* a bit beyond /23 */
        {EDNS_CLIENT_SUBNET, "\0\1\27\0\300\0\2", 7, RES_OK},
        {EDNS_CLIENT_SUBNET, "\0\2\70\0\40\1\15\270\0\0\0", 11, RES_OK},
        {EDNS_CLIENT_SUBNET, "\0\2\201\0xxxxxxxxxxxxxxxxx", 21, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\0\0\0", 4, RES_OK},
        {EDNS_CLIENT_SUBNET, "\0\0\0\1", 4, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\0\10\0a", 5, RES_OPTERR},
        {EDNS_CLIENT_SUBNET, "\0\3\0\0", 4, RES_OPTERR},
        {EDNS_EDE, "\0\1\377\376", 4, RES_OPTERR},
        {EDNS_EDE, "\0\1a\0", 4, RES_OK},
        {EDNS_EDE, "\0\1\303\251", 4, RES_OK},
        {EDNS_EDE, "\0\1\303", 3, RES_OPTERR},
        {EDNS_EDE, "\0\1\300\200", 4, RES_OPTERR},          /* overlong */
        {EDNS_EDE, "\0\1\340\200\200", 5, RES_OPTERR},      /* overlong */
        {EDNS_EDE, "\0\1\355\240\200", 5, RES_OK},          /* a surrogate */
        {EDNS_EDE, "\0\1\357\273\277a", 6, RES_OPTERR},     /* a byte order mark first */
        {EDNS_EDE, "\0\1a\357\273\277", 6, RES_OK},
        {EDNS_EDE, "\0\1\360\237\221\215", 6, RES_OK},
        {EDNS_EDE, "\0\1\364\220\200\200", 6, RES_OPTERR},  /* beyond U+10FFFF */
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t rdata[64];
        struct edns e;

        put_u16(rdata, rows[i].code);
        put_u16(rdata + 2, rows[i].len);
        memcpy(rdata + 4, rows[i].data, rows[i].len);
        CU_ASSERT_EQUAL(edns_read(&e, 512, 0, rdata, (uint16_t)(4 + rows[i].len)), rows[i].result);
    }
}

static void test_first_cookie_counts(void)
{
    static const uint8_t rdata[] = "\0\12\0\10""12345678\0\3\0\0\0\12\0\10""22345678\377\1\0\1x";
    struct edns e;
    struct edns_option o;
    size_t at = 0;
    unsigned n = 0;

    CU_ASSERT_EQUAL(edns_read(&e, 1232, 0x8000, rdata, sizeof rdata - 1), RES_OK);
    CU_ASSERT_EQUAL(e.cookie_len, 8);
    CU_ASSERT_EQUAL(memcmp(e.cookie, "12345678", 8), 0);
    CU_ASSERT_TRUE(edns_has(&e, EDNS_NSID) && edns_has(&e, EDNS_COOKIE) && e.dnssec_ok);
    CU_ASSERT_FALSE(edns_has(&e, EDNS_EXPIRE));
    while (edns_next(&e, &at, &o))
        n++;
    CU_ASSERT_EQUAL(n, 4);
    CU_ASSERT_EQUAL(o.code, 0xff01);
}

static void test_options_cut(void)
{
    static const uint8_t rdata[] = "\0\3\0\4ab";
    struct edns e;

    for (uint16_t len = 1; len < sizeof rdata; len++)
        CU_ASSERT_EQUAL(edns_read(&e, 512, 0, rdata, len), RES_UNEXPECTEDEND);
}

static bool writes(const struct edns_reply *r, const void *want, size_t want_len)
{
    uint8_t out[512];
    struct writer w = writer_of(out, sizeof out);

    edns_write(&w, r, 0);
    return w.ok && writer_len(&w) == want_len && edns_reply_len(r) == want_len &&
           memcmp(out, want, want_len) == 0;
}

#define IS_WRITTEN(reply, literal) CU_ASSERT_TRUE(writes(reply, literal, sizeof(literal) - 1))

static void test_write(void)
{
    struct edns_reply r = {.udp_size = 1232};

    IS_WRITTEN(&r, "\0\0\51\4\320\0\0\0\0\0\0");
    r.rcode = RCODE_BADVERS;
    r.dnssec_ok = true;
    IS_WRITTEN(&r, "\0\0\51\4\320\1\0\200\0\0\0");
    r.rcode = RCODE_NXDOMAIN;
    r.nsid = "ns1";
    memcpy(r.cookie, "12345678abcdefgh", 16);
    r.cookie_len = 16;
    r.has_expire = r.has_keepalive = r.has_ede = r.has_zoneversion = true;
    r.expire_s = 0x01020304;
    r.subnet = (const uint8_t *)"\0\1\30\41\300\0\2";
    r.subnet_len = 7;
    r.keepalive_ds = 300;
    r.ede_code = EDE_PROHIBITED;
    r.ede_extra = "no";
    r.zoneversion_labels = 2;
    r.zoneversion_serial = 7;
    IS_WRITTEN(&r, "\0\0\51\4\320\0\0\200\0\0\106"
                   "\0\3\0\3ns1" "\0\12\0\20""12345678abcdefgh" "\0\11\0\4\1\2\3\4"
                   "\0\10\0\7\0\1\30\0\300\0\2" "\0\13\0\2\1\54" "\0\17\0\4\0\22no"
                   "\0\23\0\6\2\0\0\0\0\7");
}

static void test_padding(void)
{
    uint8_t out[1024];
    struct edns_reply r = {.udp_size = 1232, .pad_to = 128};

    for (size_t before = 12; before < 300; before++) {
        struct writer w = writer_of(out, sizeof out);

        writer_take(&w, before);
        edns_write(&w, &r, 40);
        CU_ASSERT_EQUAL((writer_len(&w) + 40) % 128, 0);
        CU_ASSERT_EQUAL(get_u16(out + before + 9), writer_len(&w) - before - EDNS_OPT_FIXED);
    }
}

static void test_no_room(void)
{
    uint8_t out[40];
    struct edns_reply r = {.udp_size = 1232, .nsid = "a server", .pad_to = 468};

    for (size_t room = 0; room < edns_reply_len(&r); room++) {
        struct writer w = writer_of(out, room);

        edns_write(&w, &r, 0);
        CU_ASSERT_FALSE(w.ok);
    }
    struct writer w = writer_of(out, edns_reply_len(&r));   /* padding gives way */
    edns_write(&w, &r, 0);
    CU_ASSERT_TRUE(w.ok);
}

static void test_texts(void)
{
    CU_ASSERT_STRING_EQUAL(ede_text(EDE_NOT_AUTHORITATIVE), "Not Authoritative");
    CU_ASSERT_STRING_EQUAL(ede_text(30), "Invalid Query Type");
    CU_ASSERT_PTR_NULL(ede_text(31));
    CU_ASSERT_STRING_EQUAL(edns_option_text(10), "COOKIE");
    CU_ASSERT_PTR_NULL(edns_option_text(0));
    CU_ASSERT_PTR_NULL(edns_option_text(65001));
}

static const struct unit_test tests[] = {
    {"lengths of options", test_option_lengths},
    {"data of options", test_option_data},
    {"the first cookie counts", test_first_cookie_counts},
    {"options cut short", test_options_cut},
    {"OPT as written", test_write},
    {"padding", test_padding},
    {"no room", test_no_room},
    {"texts", test_texts},
};

UNIT_MAIN(tests)
