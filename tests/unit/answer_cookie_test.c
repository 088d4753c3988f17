/* Cookies against RFC 9018's examples and cookies that BIND 9.18.49 made. */
#include "answer/cookie.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/siphash.h"
#include "tests/unit/hex.h"

struct sample {
    const char *secret, *peer;  /* the secret in hexadecimal */
    bool aes;
    uint32_t time_s;
    const char *cookie;         /* whole, in hexadecimal */
};

static const struct sample samples[] = {
    /* RFC 9018 appendix A */
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "198.51.100.100", false, 1559731985,
     "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
    {"e5e973e5a6b2a43f48e7dc849e37bfcf", "203.0.113.203", false, 1559734700,
     "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
    {"dd3bdf9344b678b185a6f5cb60fca715", "2001:db8:220:1:59de:d0f4:8769:82b8", false, 1559741817,
     "22681ab97d52c298010000005cf7c57926556bd0934c72f8"},
    /* BIND */
    {"00112233445566778899aabbccddeeff", "127.0.0.1", false, 0x6b00ce0d,
     "3132333435363738010000006b00ce0d2a04b45f15b9c823"},
    {"00112233445566778899aabbccddeeff", "127.0.0.1", false, 0x6b00c823,
     "6162636465666768010000006b00c82381ec7263ae7e8403"},
    {"ffeeddccbbaa99887766554433221100", "127.0.0.1", true, 0x6b00ce0f,
     "313233343536373802e15359" "6b00ce0f9c86d77b400d5a9b"},
    {"ffeeddccbbaa99887766554433221100", "::1", true, 0x6b00ce0f,
     "313233343536373828d76235" "6b00ce0f2142f013a2f490bd"},
};

static union net_addr address(const char *text)
{
    union net_addr a;

    CU_ASSERT_EQUAL(net_addr_parse(&a, text), RES_OK);
    return a;
}

static struct cookie_maker maker(const uint8_t (*secrets)[COOKIE_SECRET_LEN], unsigned n, bool aes)
{
    return (struct cookie_maker){secrets, n, aes ? cookie_cipher_new() : NULL};
}

static void test_samples(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *s = &samples[i];
        uint8_t secret[1][COOKIE_SECRET_LEN], want[COOKIE_LEN], got[COOKIE_LEN];
        union net_addr peer = address(s->peer), other = address("192.0.2.99");
        struct cookie_maker m;

        from_hex(secret[0], sizeof secret[0], s->secret);
        from_hex(want, sizeof want, s->cookie);
        m = maker((const uint8_t(*)[16])secret, 1, s->aes);
        cookie_make(&m, &peer, want, s->time_s,
                    (uint32_t)want[8] << 24 | (uint32_t)want[9] << 16 | (uint32_t)want[10] << 8 |
                        want[11], got);
        CU_ASSERT_EQUAL(memcmp(got, want, COOKIE_LEN), 0);
        CU_ASSERT_EQUAL(cookie_check(&m, &peer, want, COOKIE_LEN, s->time_s), COOKIE_GOOD);
        CU_ASSERT_EQUAL(cookie_check(&m, &other, want, COOKIE_LEN, s->time_s), COOKIE_NO_MATCH);
        for (unsigned bit = 0; bit < COOKIE_LEN * 8; bit++) {
            want[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CU_ASSERT_NOT_EQUAL(cookie_check(&m, &peer, want, COOKIE_LEN, s->time_s), COOKIE_GOOD);
            want[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        cookie_cipher_free(m.aes);
    }
}

static void test_times(void)
{
    static const struct {
        int32_t age_s;
        enum cookie_verdict verdict;
    } rows[] = {
        {0, COOKIE_GOOD}, {1800, COOKIE_GOOD}, {3600, COOKIE_GOOD}, {3601, COOKIE_BAD_TIME},
        {-300, COOKIE_GOOD}, {-301, COOKIE_BAD_TIME}, {INT32_MAX, COOKIE_BAD_TIME},
    };
    static const uint8_t secret[1][COOKIE_SECRET_LEN] = {"0123456789abcde"};
    union net_addr peer = address("192.0.2.1");
    struct cookie_maker m;
    uint8_t cookie[COOKIE_LEN];

    m = maker(secret, 1, false);
    for (uint32_t made_s = 100; made_s < UINT32_MAX - 100; made_s += UINT32_MAX / 2 - 150) {
        cookie_make(&m, &peer, (const uint8_t *)"clientco", made_s, 0, cookie);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            CU_ASSERT_EQUAL(cookie_check(&m, &peer, cookie, COOKIE_LEN,
                                         made_s + (uint32_t)rows[i].age_s), rows[i].verdict);
    }
}

static void test_sizes(void)
{
    static const uint8_t secret[1][COOKIE_SECRET_LEN] = {"0123456789abcde"};
    union net_addr peer = address("192.0.2.1");
    struct cookie_maker m;
    uint8_t cookie[40] = {0};

    m = maker(secret, 1, false);
    CU_ASSERT_EQUAL(cookie_check(&m, &peer, cookie, 8, 1), COOKIE_NEW);
    for (size_t len = 16; len <= 40; len++)
        if (len != COOKIE_LEN)
            CU_ASSERT_EQUAL(cookie_check(&m, &peer, cookie, len, 1), COOKIE_BAD_SIZE);
}

/* A secret rolls over: the first makes, those behind it still verify. */
static void test_rollover(void)
{
    static const uint8_t old_then_new[3][COOKIE_SECRET_LEN] = {"new secret 1234", "old secret 1234",
                                                               "older secret 12"};
    union net_addr peer = address("2001:db8::1");
    uint8_t cookie[COOKIE_LEN];

    for (int aes = 0; aes < 2; aes++) {
        struct cookie_maker old, rolled;

        old = maker(old_then_new + 2, 1, aes);
        rolled = maker(old_then_new, 3, aes);
        cookie_make(&old, &peer, (const uint8_t *)"clientco", 1000, 77, cookie);
        CU_ASSERT_EQUAL(cookie_check(&rolled, &peer, cookie, COOKIE_LEN, 1000), COOKIE_GOOD);
        cookie_make(&rolled, &peer, (const uint8_t *)"clientco", 1000, 77, cookie);
        CU_ASSERT_EQUAL(cookie_check(&rolled, &peer, cookie, COOKIE_LEN, 1000), COOKIE_GOOD);
        CU_ASSERT_EQUAL(cookie_check(&old, &peer, cookie, COOKIE_LEN, 1000), COOKIE_NO_MATCH);
        cookie_cipher_free(old.aes);
        cookie_cipher_free(rolled.aes);
    }
}

static void test_random_secret(void)
{
    uint8_t a[COOKIE_SECRET_LEN], b[COOKIE_SECRET_LEN];

    CU_ASSERT_EQUAL(cookie_random_secret(a), RES_OK);
    CU_ASSERT_EQUAL(cookie_random_secret(b), RES_OK);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
}

/* The authors' vectors: key 00…0f, input 00, 00 01, … */
static void test_siphash(void)
{
    static const struct {
        size_t len;
        const char *hash;
    } rows[] = {
        {0, "310e0edd47db6f72"}, {1, "fd67dc93c539f874"}, {7, "37d1018bf50002ab"},
        {8, "6224939a79f5f593"}, {15, "e545be4961ca29a1"}, {63, "724506eb4c328a95"},
    };
    uint8_t key[SIPHASH_KEY_LEN], data[64], want[8], got[8];

    for (uint8_t i = 0; i < sizeof data; i++)
        data[i] = i;
    memcpy(key, data, sizeof key);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        from_hex(want, sizeof want, rows[i].hash);
        siphash24(key, data, rows[i].len, got);
        CU_ASSERT_EQUAL(memcmp(got, want, 8), 0);
    }
}

static const struct unit_test tests[] = {
    {"RFC 9018's and BIND's cookies", test_samples},
    {"times", test_times},
    {"sizes", test_sizes},
    {"rollover of secrets", test_rollover},
    {"random secrets", test_random_secret},
    {"SipHash", test_siphash},
};

UNIT_MAIN(tests)
