/*
 * The answers to the questions of a check of a delegation: what each says goes into the struct
 * delegation.  They come from anywhere: whatever they hold, nothing is written beyond its room, and
 * what cannot be read counts for nothing.  One thread; nothing allocates.
 */
#ifndef KZ_XFR_DELEGATION_READ_H
#define KZ_XFR_DELEGATION_READ_H

#include "xfr/delegation.h"

struct delegation_question {
    struct delegation *d;
    struct name name;
    uint16_t type, id;
    unsigned subject;               /* a server, a host, a target: what the answer is about */
    struct delegation_probe *probe; /* filled in; NULL: nobody wants it */
    struct delegation_targets *parents;     /* servers of the parent that were found */
    uint8_t *rdata;                 /* RDATA_MAX_LEN bytes to work in */
};

/* Is it the answer to this question at all? */
bool delegation_is_reply(const struct delegation_question *q, const uint8_t *msg, size_t len);

/* What takes an answer, which delegation_is_reply() has seen. */
typedef void delegation_take(struct delegation_question *q, const uint8_t *msg, size_t len);

delegation_take
    delegation_take_parent_name,    /* NS of the parent; subject: none */
    delegation_take_parent_address, /* A, AAAA of its servers; subject: the target */
    delegation_take_delegation,     /* NS of the zone from the parent; subject: the server */
    delegation_take_ds,             /* DS */
    delegation_take_resolved,       /* A, AAAA of a name server by a resolver; subject: the host */
    delegation_take_own,            /* the same by the zone; a referral: a resolver is to say */
    delegation_take_soa,            /* SOA from the zone, into the probe */
    delegation_take_ns,             /* NS from the zone; subject: the server */
    delegation_take_keys;           /* DNSKEY */

#endif
