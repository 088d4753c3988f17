/*
 * Integrity checks on a loaded zone: do its NS, MX and SRV records point to something,
 * is the glue there, are there records that differ in nothing.  BIND's messages in
 * BIND's order (the zone's name before them is the caller's).
 *
 * Any thread that holds the version; nothing is kept.
 */
#ifndef KZ_ZONE_CHECK_H
#define KZ_ZONE_CHECK_H

#include <stdbool.h>

#include "base/result.h"
#include "conf/settings.h"
#include "zone/contents.h"
#include "zone/remarks.h"

/* More iterations of an NSEC3 hash than this get a warning (RFC 9276 §3.2). */
enum { ZONE_CHECK_MAX_ITERATIONS = 150 };

/* A target whose addresses are not this zone's to know. */
struct zone_check_outside {
    const char *kind;                   /* "NS", "MX", "SRV" */
    const uint8_t *owner, *target;
    bool has_glue;                      /* an NS whose addresses this zone holds as glue: */
    const struct zrrset *a, *aaaa;      /* those; either may be NULL */
    void (*say)(void *say_arg, int level, const char *text);    /* for what is found */
    void *say_arg;
};

struct zone_check {
    const struct zone_options *opt;
    uint16_t rrclass;
    /* level: LVL_…; place: the record meant, during the call, or NULL */
    void (*message)(void *arg, int level, const char *text, const struct zone_place *place);
    /* Asks the network; false refuses the zone.  NULL: out of zone is out of mind. */
    bool (*outside)(void *arg, const struct zone_check_outside *o);
    void *arg;
};

/* RES_OK, or RES_BADZONE when the zone must not be loaded.  Reads of `opt`: check_integrity,
 * check_sibling, check_mx, check_mx_cname, check_srv_cname, check_spf, check_svcb,
 * check_dup_records. */
enum result zone_check(const struct contents *c, const struct zone_check *k);

/* What an update must not break: addresses for the NS records at the apex that are in the zone. */
enum result zone_check_apex_ns(const struct contents *c, const struct zone_check *k);

/* That an MX at `owner` leads to an address, as far as the zone knows. */
enum result zone_check_mx(const struct contents *c, const struct zone_check *k,
                          const uint8_t *owner, const uint8_t *target);

#endif
