/*
 * A version that was fetched becomes the zone's: checked, made durable, then served.
 *
 * Durable first, so that whatever happens at any moment the files hold the old version or the
 * new one.  Where the disk takes neither file nor journal a whole version serves from memory: old
 * data would be served, or none, for the sake of a copy.
 *
 * The thread is registered with RCU, is offline, and has claimed the zone's files
 * (server/loader.h).
 */
#ifndef KZ_ZONE_INSTALL_H
#define KZ_ZONE_INSTALL_H

#include "dns/diff.h"
#include "zone/zone.h"

struct install {
    struct zone *zone;
    bool any_serial;            /* ordered by hand: also one that is not newer */
    char *reason;               /* gets why it failed, for people */
    size_t reason_room;
};

/* A whole version: into the zone's file (if it has one and it can be written), its journal goes.
 * With ixfr-from-differences what changed goes into the journal instead.  *c is taken when it is
 * served.  RES_BADZONE: no zone, or not newer; RES_NOMEM. */
enum result install_whole(const struct install *in, struct contents **c);

/* Differences, each from one serial to the next, into the journal and the version in force.
 * RES_BADZONE when one does not apply: nothing is changed then. */
enum result install_differences(const struct install *in, const struct diff *diffs, unsigned n);

/*
 * The same for a primary's file that was read again, with ixfr-from-differences: what is new in
 * it becomes a transaction of the journal.  RES_OK, *c taken or not; RES_UNCHANGED when the
 * file holds what is served; RES_RANGE when something is new but the serial is not.
 */
enum result install_reloaded(struct zone *z, struct contents **c);

/* The SOA's timers, in seconds. */
void contents_timers(const struct contents *c, uint32_t *refresh_s, uint32_t *retry_s,
                     uint32_t *expire_s);

/* Nothing is served any more, and `expired` says why. */
void zone_expire(struct zone *z);

#endif
