/*
 * TSIG (RFC 8945): messages authenticated with a shared secret.
 *
 * A server verifies a request, then signs each message of the response; a client
 * signs its request, then verifies each message of the response.  A tsig_session holds
 * what ties these together.  The clock is an argument.
 *
 * A session belongs to one exchange and may move between threads, used by one at a
 * time; it borrows its key.  Nothing allocates.
 */
#ifndef KZ_DNS_TSIG_H
#define KZ_DNS_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hmac.h"
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
/* Bytes of the digest; 0 for TSIG_NONE. */
unsigned tsig_digest_len(enum tsig_algorithm algorithm);

/* A copy for who outlives the key's owner: `memory` has tsig_key_size() bytes and is all that
 * the copy refers to. */
size_t tsig_key_size(const struct tsig_key *key);
void tsig_key_copy(struct tsig_key *out, const struct tsig_key *key, uint8_t *memory);

/* One exchange.  Set up by tsig_verify_request() or tsig_sign_request(). */
struct tsig_session {
    const struct tsig_key *key;     /* NULL: none that fits */
    struct name key_name;           /* as the request has it */
    struct name algorithm;
    uint16_t error;                 /* for the response's TSIG, enum rcode */
    uint16_t rcode;                 /* for its header, when verifying failed */
    uint16_t original_id;
    uint16_t unsigned_run;          /* messages since the last signed one */
    uint8_t mac_len;                /* 0: nothing to chain to */
    uint8_t reply_mac_len;
    uint8_t mac[TSIG_MAC_MAX];      /* of the request, then of the last signed message */
    bool timers_only;               /* past the first response message (§5.3.1) */
    uint64_t request_time_s;
    bool is_running;
    struct hmac running;            /* digest over unsigned messages of a stream */
};

/*
 * Verifies a parsed request that has a TSIG (q->tsig_at), against the keys of its view.
 * RES_OK; RES_TSIGVERIFYFAILURE with s->error and s->rcode for the response, which
 * tsig_sign_response() then signs or not as §5.2 says; RES_TSIGERRORSET: valid, but
 * the request itself carries an error (BIND answers s->rcode, NOERROR, and no data).
 */
enum result tsig_verify_request(struct tsig_session *s, const struct message_request *q,
                                const struct tsig_key *keys, unsigned nkeys, uint64_t now_s);

/* Bytes that tsig_sign_response() will append at most. */
size_t tsig_response_len(const struct tsig_session *s);

/* Appends the TSIG record to the message of `w` (it starts at w->start) and counts it in the
 * header.  Later messages of the same response are chained (§5.3.1).  RES_NOSPACE. */
enum result tsig_sign_response(struct tsig_session *s, struct writer *w, uint64_t now_s);

/* The client's side: signs the request in `w`, fills `s`.  RES_NOSPACE. */
enum result tsig_sign_request(struct tsig_session *s, const struct tsig_key *key,
                              struct writer *w, uint64_t now_s);

/*
 * Verifies the next message of the response.  The first must be signed; of a stream
 * up to 99 in a row may be unsigned (§5.3.1), the last must not: then s->unsigned_run
 * is 0.  RES_EXPECTEDTSIG, RES_TSIGVERIFYFAILURE, RES_CLOCKSKEW, RES_TSIGERRORSET with
 * s->error (the server's complaint), RES_FORMERR.
 */
enum result tsig_verify_response(struct tsig_session *s, const uint8_t *msg, size_t len,
                                 uint64_t now_s);

#endif
