/*
 * The zones of a view by name: immutable, published under RCU, made anew when a zone
 * comes or goes.  It refers to zones, it does not own them.
 */
#ifndef KZ_ZONE_TABLE_H
#define KZ_ZONE_TABLE_H

#include <stdint.h>

#include "zone/zone.h"

struct zone_table {
    uint64_t depths[2];     /* bit n: some zone has n labels: no other suffix needs a probe */
    uint32_t nslots, nzones;
    struct zone_table_slot {
        uint32_t tag;
        uint32_t index;     /* into zones, plus 1; 0: free */
    } *slots;
    struct zone **zones;    /* in the order given */
};

/* A table of `n` zones; of two with a name the first stays.  NULL without memory. */
struct zone_table *zone_table_new(struct zone *const *zones, uint32_t n);
void zone_table_free(struct zone_table *t);     /* the zones stay */

/* The zone of exactly this name. */
struct zone *zone_table_get(const struct zone_table *t, const uint8_t *name);

/* The same with the name's hash and number of labels known. */
struct zone *zone_table_find(const struct zone_table *t, const uint8_t *name, size_t len,
                             uint64_t hash, unsigned nlabels);

#endif
