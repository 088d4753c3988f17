/*
 * What a secondary asks a primary: SOA, AXFR, IXFR (RFC 1034 §4.3.5, RFC 5936, RFC 1995), the
 * bytes as BIND sends them.  Any thread; nothing allocates.
 */
#ifndef KZ_XFR_REQUEST_H
#define KZ_XFR_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"
#include "dns/tsig.h"
#include "zone/contents.h"

enum { XFR_REQUEST_ROOM = 2048 };

struct xfr_request {
    const uint8_t *zone;            /* name */
    uint16_t rrclass, type;         /* TYPE_SOA, TYPE_AXFR, TYPE_IXFR; or of any other query */
    uint16_t id;
    const struct contents *have;    /* IXFR: the version whose SOA stands in the authority */
    uint16_t udp_size;              /* of EDNS; 0: without */
    bool want_expire;               /* the EXPIRE option (RFC 7314), with EDNS */
    bool recurse;                   /* RD: a question to a resolver */
    const struct tsig_key *key;     /* NULL: unsigned */
};

/* Writes the message to `out` (XFR_REQUEST_ROOM bytes); returns its length.  `session` verifies
 * the response when there is a key.  0: no room, which no valid key can bring about. */
size_t xfr_request_write(uint8_t *out, const struct xfr_request *q, struct tsig_session *session,
                         uint64_t now_s);

/* What a response to the SOA question says. */
struct xfr_soa_answer {
    unsigned rcode;
    bool truncated;             /* ask by TCP */
    bool aa;
    bool has_soa;               /* exactly one, at the zone's name */
    bool referral;              /* no SOA but NS: the server does not have the zone */
    uint32_t serial;
    bool has_expire;
    uint32_t expire_s;
};

/* Reads one: RES_OK; RES_FORMERR and kin for what answers nothing (id, question or form differ).
 * The signature is the caller's to verify. */
enum result xfr_soa_answer_read(struct xfr_soa_answer *a, const struct xfr_request *q,
                                const uint8_t *msg, size_t len);

/* What an OPT record says of the time until the sender's own version expires (RFC 7314): false
 * when it does not. */
bool xfr_expire_option(const struct message_record *opt, const uint8_t *msg, uint32_t *expire_s);

#endif
