#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hmac.h"

#include <string.h>

enum { MAX_BLOCK = 128 };

struct digest_row {
    uint8_t len, block;
    void (*init)(union hmac_state *s);
    void (*add)(union hmac_state *s, const void *data, size_t len);
    void (*end)(union hmac_state *s, uint8_t *out);
};

/* OpenSSL's functions of a digest under one type. */
#define DIGEST(name, NAME)                                                      \
    static void name##_init(union hmac_state *s)                                \
    {                                                                           \
        NAME##_Init(&s->name);                                                  \
    }                                                                           \
    static void name##_add(union hmac_state *s, const void *data, size_t len)   \
    {                                                                           \
        NAME##_Update(&s->name, data, len);                                     \
    }                                                                           \
    static void name##_end(union hmac_state *s, uint8_t *out)                   \
    {                                                                           \
        NAME##_Final(out, &s->name);                                            \
    }

DIGEST(md5, MD5)
DIGEST(sha1, SHA1)
DIGEST(sha224, SHA224)
DIGEST(sha256, SHA256)
DIGEST(sha384, SHA384)
DIGEST(sha512, SHA512)

static const struct digest_row digests[] = {
    [HMAC_MD5] = {16, 64, md5_init, md5_add, md5_end},
    [HMAC_SHA1] = {20, 64, sha1_init, sha1_add, sha1_end},
    [HMAC_SHA224] = {28, 64, sha224_init, sha224_add, sha224_end},
    [HMAC_SHA256] = {32, 64, sha256_init, sha256_add, sha256_end},
    [HMAC_SHA384] = {48, 128, sha384_init, sha384_add, sha384_end},
    [HMAC_SHA512] = {64, 128, sha512_init, sha512_add, sha512_end},
};

unsigned hmac_len(enum hmac_digest digest)
{
    return digests[digest].len;
}

/* A digest that has taken the key, every byte of it changed by `pad`. */
static void begin_half(const struct digest_row *d, union hmac_state *s,
                       const uint8_t key[MAX_BLOCK], uint8_t pad)
{
    uint8_t block[MAX_BLOCK];

    for (unsigned i = 0; i < d->block; i++)
        block[i] = key[i] ^ pad;
    d->init(s);
    d->add(s, block, d->block);
}

void hmac_begin(struct hmac *h, enum hmac_digest digest, const void *key, size_t key_len)
{
    const struct digest_row *d = &digests[digest];
    uint8_t block[MAX_BLOCK] = {0};

    h->digest = digest;
    if (key_len > d->block) {   /* a long key stands by its hash */
        d->init(&h->inner);
        d->add(&h->inner, key, key_len);
        d->end(&h->inner, block);
    } else if (key_len > 0) {
        memcpy(block, key, key_len);
    }
    begin_half(d, &h->inner, block, 0x36);
    begin_half(d, &h->outer, block, 0x5c);
}

void hmac_add(struct hmac *h, const void *data, size_t len)
{
    if (len > 0)
        digests[h->digest].add(&h->inner, data, len);
}

void hmac_end(struct hmac *h, uint8_t out[HMAC_MAX_LEN])
{
    const struct digest_row *d = &digests[h->digest];

    d->end(&h->inner, out);
    d->add(&h->outer, out, d->len);
    d->end(&h->outer, out);
}
