/*
 * Who is told that a zone has changed (RFC 1996 §2.1, §3.3; BIND's notify, also-notify,
 * notify-to-soa): the zone's name servers but for the primary that its SOA names, and those of
 * also-notify.
 *
 * Pure but for the zones it looks names up in, whose contents it reads: within an RCU read
 * side, with the zone's settings in force.
 */
#ifndef KZ_XFR_NOTIFY_TARGETS_H
#define KZ_XFR_NOTIFY_TARGETS_H

#include "conf/settings.h"
#include "zone/table.h"

enum {
    NOTIFY_TARGETS_MAX = 256,   /* of one zone; more are not told, which is logged */
    NOTIFY_OUTSIDE_MAX = 64,
    NOTIFY_PORT = 53
};

struct notify_target {
    union net_addr addr;        /* with the port */
    union net_addr from;        /* source; family AF_UNSPEC: any */
    const struct tsig_key *key; /* the snapshot's; NULL: unsigned */
    bool tcp;                   /* server { tcp-only } */
};

struct notify_targets {
    unsigned count, noutside;
    bool too_many;
    struct notify_target list[NOTIFY_TARGETS_MAX];
    /* Name servers that are in none of our zones; in the contents' memory. */
    const uint8_t *outside[NOTIFY_OUTSIDE_MAX];
};

/* Where the zone stands. */
struct notify_place {
    const struct conf_view *view;
    const struct zone_table *zones;     /* of the view */
};

/* Does the zone's configuration want anybody told? */
bool notify_is_wanted(const struct conf_zone *conf);

/* Fills `t`. */
void notify_targets_find(struct notify_targets *t, const struct zone *z,
                         const struct contents *c, const struct notify_place *place);

/* Adds an address of a name server; for those that were outside. */
void notify_targets_add(struct notify_targets *t, const struct zone *z,
                        const struct notify_place *place, const union net_addr *addr);

#endif
