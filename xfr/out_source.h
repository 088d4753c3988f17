/*
 * The records of a transfer out, one after the other, the SOAs that frame it among them
 * (RFC 5936 §2.2, RFC 1995 §4).
 *
 * A source belongs to one transfer; it keeps what it reads from for as long as it lives.
 */
#ifndef KZ_XFR_OUT_SOURCE_H
#define KZ_XFR_OUT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/render.h"
#include "zone/contents.h"

/* Valid until the next call. */
struct xfrout_record {
    const struct hashed_name *owner;
    const uint8_t *rdata;
    uint32_t ttl;
    uint16_t type, rdlen;
    bool owner_again;       /* the owner is that of the record before */
};

struct xfrout_source {
    /* RES_NOMORE at the end; else why the transfer cannot go on. */
    enum result (*next)(struct xfrout_source *s, struct xfrout_record *out);
    void (*end)(struct xfrout_source *s);       /* frees it */
};

/* The whole zone: SOA, all other records in canonical order, SOA.  Pins the version: within an
 * RCU read side.  NULL without memory. */
struct xfrout_source *xfrout_zone_source(const struct contents *c);

#endif
