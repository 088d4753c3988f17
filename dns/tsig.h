/*
 * TSIG (RFC 8945): messages authenticated with a shared secret.
 *
 * A server verifies a request, then signs each message of the response; a client
 * signs its request, then verifies each message of the response.  A tsig_session holds
 * what ties these together.  The clock is an argument.
 *
 * A tsig_signer holds OpenSSL's contexts and belongs to one thread.  A session
 * belongs to one exchange and may move between threads, used by one at a time;
 * it borrows its key.  After tsig_signer_new() nothing allocates here, but for
 * OpenSSL's own short-lived state and the session of an incoming stream.
 */
#ifndef KZ_DNS_TSIG_H
#define KZ_DNS_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"
#include "dns/message.h"
#include "dns/name.h"

enum tsig_algorithm {
    TSIG_NONE, TSIG_HMAC_MD5, TSIG_HMAC_SHA1, TSIG_HMAC_SHA224, TSIG_HMAC_SHA256, TSIG_HMAC_SHA384,
    TSIG_HMAC_SHA512,
    TSIG_ALGORITHMS
};

enum { TSIG_MAC_MAX = 64, TSIG_FUDGE_S = 300 };

/* A key: `key "NAME" { algorithm …; secret "…"; }`.  The owner keeps what it points to. */
struct tsig_key {
    const uint8_t *name;        /* wire, small letters */
    const char *name_text;      /* without the final dot */
    uint8_t algorithm;          /* enum tsig_algorithm */
    uint16_t trunc_bits;        /* "hmac-sha256-128": 128; 0: whole */
    const uint8_t *secret;
    uint16_t secret_len;
};

/* "hmac-sha256", "hmac-sha256-128" (any case, "hmac-md5.sig-alg.reg.int" too) to algorithm
 * and truncation: RES_NOTFOUND for an unknown one, RES_RANGE for bits that are no whole
 * bytes, below 80, below half of the digest or above it (RFC 8945 §5.2.2.1). */
enum result tsig_algorithm_from_text(enum tsig_algorithm *out, uint16_t *trunc_bits,
                                     const char *text);
/* "hmac-sha256"; NULL for TSIG_NONE. */
const char *tsig_algorithm_text(enum tsig_algorithm algorithm);
unsigned tsig_digest_len(enum tsig_algorithm algorithm);

#endif
