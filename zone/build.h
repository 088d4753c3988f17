/*
 * Builds a zone's contents from records in any order.
 *
 * A builder belongs to one thread.  Its memory is kept between zones (reset by
 * zone_builder_start), so that a loader of many small zones allocates once.
 */
#ifndef KZ_ZONE_BUILD_H
#define KZ_ZONE_BUILD_H

#include <stdint.h>

#include "zone/build_options.h"
#include "zone/contents.h"

struct zone_builder;

/* A record added or taken away; the members are those of zone_builder_add(). */
struct build_change {
    const uint8_t *owner, *rdata;
    const char *file;
    uint32_t ttl;
    uint16_t type, rdlen;
    uint8_t owner_len;
    bool add;
};

struct zone_builder *zone_builder_new(void);    /* NULL without memory */
void zone_builder_free(struct zone_builder *b);

/* Begins a zone; what a former one left is forgotten. */
enum result zone_builder_start(struct zone_builder *b, const struct zone_build_options *opt);

/*
 * Adds a record; `owner` is a name of owner_len bytes at or below the origin
 * (RES_NOTSUBDOMAIN otherwise), `rdata` plain wire.  Of duplicates the last stays, and
 * the last TTL of an RRset is the TTL of all.  `file` must live until the finish.  RES_NOMEM;
 * RES_RANGE for more than 16 GB.
 */
enum result zone_builder_add(struct zone_builder *b, const uint8_t *owner, size_t owner_len,
                             uint16_t type, uint32_t ttl, const uint8_t *rdata, uint16_t rdlen,
                             uint32_t line, const char *file);

/*
 * Changes to what was added so far, as a journal has them; all of them before the finish.  The
 * records must be there, or not be there, exactly: RES_NOTEXACT for a deletion of what is not
 * there with this RDATA and TTL, and for an addition to an RRset of another TTL.  An addition of
 * what is there already is RES_UNCHANGED.  A name that loses its last record goes, and with it
 * what stood above it without any.
 */
enum result zone_builder_change(struct zone_builder *b, const struct build_change *change);

/* The serial of the last SOA that was added at the origin; false without one. */
bool zone_builder_serial(struct zone_builder *b, uint32_t *serial);

/* Makes the contents (the caller's, contents_free()).  Problems are reported, each; with
 * any of them the first's result is returned and *out is NULL. */
enum result zone_builder_finish(struct zone_builder *b, struct contents **out);

#endif
