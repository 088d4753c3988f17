/* HMAC against RFC 2202 and RFC 4231: short keys, and keys longer than a block. */
#include "base/hmac.h"

#include <string.h>

#include "tests/unit/hex.h"

static void test_vectors(void)
{
    static const struct {
        enum hmac_digest digest;
        uint8_t key;            /* this byte … */
        uint8_t key_len;        /* … so many times */
        const char *data, *mac;
    } rows[] = {
        {HMAC_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
        {HMAC_MD5, 0xaa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
         "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
        {HMAC_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
        {HMAC_SHA1, 0xaa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
        {HMAC_SHA224, 0x0b, 20, "Hi There",
         "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"},
        {HMAC_SHA224, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
         "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e"},
        {HMAC_SHA256, 0x0b, 20, "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {HMAC_SHA256, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {HMAC_SHA384, 0x0b, 20, "Hi There",
         "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
         "faea9ea9076ede7f4af152e8b2fa9cb6"},
        {HMAC_SHA512, 0x0b, 20, "Hi There",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
         "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
        {HMAC_SHA512, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
         "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t key[255], want[HMAC_MAX_LEN], got[HMAC_MAX_LEN];
        size_t want_len = from_hex(want, sizeof want, rows[i].mac), half = strlen(rows[i].data) / 2;
        struct hmac h;

        memset(key, rows[i].key, rows[i].key_len);
        CU_ASSERT_EQUAL(hmac_len(rows[i].digest), want_len);
        hmac_begin(&h, rows[i].digest, key, rows[i].key_len);
        hmac_add(&h, rows[i].data, half);
        hmac_add(&h, rows[i].data + half, strlen(rows[i].data) - half);
        hmac_end(&h, got);
        CU_ASSERT_EQUAL(memcmp(got, want, want_len), 0);
    }
}

static const struct unit_test tests[] = {
    {"RFC 2202 and RFC 4231", test_vectors},
};

UNIT_MAIN(tests)
