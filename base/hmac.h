/*
 * HMAC (RFC 2104) that neither allocates nor needs an object per thread: OpenSSL's EVP
 * allocates for every message, so this stands on its digests directly.  A struct hmac
 * is a value: copy it to go on twice from one place.  Any thread.
 */
#ifndef KZ_BASE_HMAC_H
#define KZ_BASE_HMAC_H

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

enum hmac_digest { HMAC_MD5, HMAC_SHA1, HMAC_SHA224, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 };

enum { HMAC_MAX_LEN = 64 };

union hmac_state {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha224, sha256;
    SHA512_CTX sha384, sha512;
};

struct hmac {
    enum hmac_digest digest;
    union hmac_state inner, outer;
};

/* Bytes of the digest. */
unsigned hmac_len(enum hmac_digest digest);

void hmac_begin(struct hmac *h, enum hmac_digest digest, const void *key, size_t key_len);
void hmac_add(struct hmac *h, const void *data, size_t len);
/* The MAC: hmac_len() bytes.  The struct must be begun anew after it. */
void hmac_end(struct hmac *h, uint8_t out[HMAC_MAX_LEN]);

#endif
