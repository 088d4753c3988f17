/*
 * Server cookies (RFC 7873, RFC 9018), the same bytes as BIND's, so that servers of
 * both kinds can share an address and a `cookie-secret`.
 *
 * Pure: the clock and the nonce are arguments, secrets are borrowed.  Nothing allocates
 * but cookie_cipher_new(); a cipher belongs to one thread.
 */
#ifndef KZ_ANSWER_COOKIE_H
#define KZ_ANSWER_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "net/addr.h"

enum {
    COOKIE_SECRET_LEN = 16,
    COOKIE_CLIENT_LEN = 8,
    COOKIE_LEN = 24     /* ours whole: client's 8, then 4 of head, 4 of time, 8 of hash */
};

struct cookie_maker {
    const uint8_t (*secrets)[COOKIE_SECRET_LEN];    /* the first makes, all verify */
    unsigned nsecrets;                              /* at least 1 */
    struct evp_cipher_ctx_st *aes;                  /* cookie-algorithm aes; NULL: SipHash-2-4 */
};

/* AES-128 for cookie_maker.aes; NULL when OpenSSL refuses. */
struct evp_cipher_ctx_st *cookie_cipher_new(void);
void cookie_cipher_free(struct evp_cipher_ctx_st *cipher);

/* A secret for a server that has none configured. */
enum result cookie_random_secret(uint8_t out[COOKIE_SECRET_LEN]);

/* What a request's COOKIE option was worth; each has its counter in the statistics. */
enum cookie_verdict {
    COOKIE_NEW,         /* a client cookie alone */
    COOKIE_BAD_SIZE,    /* no cookie of ours has this length */
    COOKIE_BAD_TIME,    /* older than an hour, or more than five minutes ahead */
    COOKIE_NO_MATCH,
    COOKIE_GOOD
};

/* Judges the option's `len` bytes (8, or 16 to 40) from `peer`. */
enum cookie_verdict cookie_check(const struct cookie_maker *m, const union net_addr *peer,
                                 const uint8_t *cookie, size_t len, uint32_t now_s);

/* Makes the option's data for `peer` after the client's 8 bytes.  As BIND's it is always
 * new, so a client that keeps asking never gets an old one.  `nonce` is any random
 * number (only AES uses it). */
void cookie_make(const struct cookie_maker *m, const union net_addr *peer,
                 const uint8_t client[COOKIE_CLIENT_LEN], uint32_t now_s, uint32_t nonce,
                 uint8_t out[COOKIE_LEN]);

#endif
