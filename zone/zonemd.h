/*
 * ZONEMD (RFC 8976): is a zone that came over the network the one that was published?
 * Any thread that holds the version; needs memory for the RDATA of one record only.
 */
#ifndef KZ_ZONE_ZONEMD_H
#define KZ_ZONE_ZONEMD_H

#include "zone/contents.h"

enum zonemd_verdict {
    ZONEMD_NONE,            /* the zone has none */
    ZONEMD_MATCHES,
    ZONEMD_UNSUPPORTED,     /* none with a scheme and hash that we know: proves nothing */
    ZONEMD_WRONG_SERIAL,    /* all that we know are of another version */
    ZONEMD_MISMATCH
};

/* RFC 8976 §4, without its step 1: whether the zone is signed by who should is a validator's
 * question. */
enum zonemd_verdict zonemd_verify(const struct contents *c, uint16_t rrclass);

#endif
