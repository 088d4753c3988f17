/*
 * Changing a zone: one writer at a time, any number of readers who see nothing of it until
 * it is published.
 *
 * An edit holds the zone's writer lock.  It is a row of messages (an UPDATE, one IXFR
 * difference …), each kept whole or undone whole, each of which sees what the ones kept
 * before it did; all kept ones are published together as one step for the readers, or
 * abandoned together.  So the updates that wait at the same time share one journal sync:
 *
 *   zone_edit_begin(z, &e);
 *   for each message:
 *       zone_edit_add(e, …); zone_edit_delete(e, …);    look with zone_edit_contents(e)
 *       zone_edit_keep(e) or zone_edit_undo(e);
 *   zone_commit() (zone/commit.h): journal, sync, then zone_edit_publish()
 *
 * Cost of a change grows with the RRsets of the names it touches and the logarithm of the
 * zone, not with the zone.  Writing thread: registered with RCU, any; online while it adds.
 */
#ifndef KZ_ZONE_EDIT_H
#define KZ_ZONE_EDIT_H

#include "dns/diff.h"
#include "zone/contents.h"
#include "zone/zone.h"

struct zone_edit;

/* Waits for the zone's lock.  RES_NOTLOADED when it has no contents, RES_NOMEM: then nothing
 * is held. */
enum result zone_edit_begin(struct zone *z, struct zone_edit **out);

/* The same without waiting: RES_LOCKBUSY while somebody else has the lock. */
enum result zone_edit_try(struct zone *z, struct zone_edit **out);

struct zone *zone_edit_zone(const struct zone_edit *e);

/* The version in the making: every lookup of contents.h works on it and sees all that was
 * done so far.  Valid until the next add, delete, keep, undo (ask again after each). */
const struct contents *zone_edit_contents(const struct zone_edit *e);

/*
 * Adds a record (owner at or below the origin, plain RDATA).  What is there already with
 * the same RDATA (rdata_compare) and TTL and the same bytes: RES_UNCHANGED.  A TTL that
 * differs becomes the TTL of the whole RRset (the diff gets deletions and additions for the
 * other records); RDATA equal but in another case replaces.  For a singleton type nothing
 * is replaced by itself: the caller deletes first.  RES_NOTSUBDOMAIN, RES_NOMEM,
 * RES_TOOMANYRECORDS (no more fit an RRset or a name).  After RES_NOMEM undo the message.
 */
enum result zone_edit_add(struct zone_edit *e, const uint8_t *owner, uint16_t type, uint32_t ttl,
                          const uint8_t *rdata, uint16_t rdlen);

/* Deletes the record with this RDATA, whatever its TTL.  RES_UNCHANGED when it is not there. */
enum result zone_edit_delete(struct zone_edit *e, const uint8_t *owner, uint16_t type,
                             const uint8_t *rdata, uint16_t rdlen);

/* Deletes an RRset (not the RRSIGs over it; TYPE_RRSIG deletes all signatures at the name). */
enum result zone_edit_delete_rrset(struct zone_edit *e, const uint8_t *owner, uint16_t type);

/* What the message at hand has changed so far, minimal. */
const struct diff *zone_edit_diff(const struct zone_edit *e);

/* The message stands: its diff (which must have old and new SOA, unless it is empty) is
 * sorted and waits for the journal.  RES_NOMEM (then it is undone). */
enum result zone_edit_keep(struct zone_edit *e);
/* The message is as if it had never been. */
void zone_edit_undo(struct zone_edit *e);

/* The diffs of the kept messages, oldest first. */
unsigned zone_edit_kept(const struct zone_edit *e);
const struct diff *zone_edit_kept_diff(const struct zone_edit *e, unsigned i);

/* Ends the edit: all kept messages are what readers see from now on (cannot fail) … */
void zone_edit_publish(struct zone_edit *e);
/* … or none is.  Both give the lock back and free the edit. */
void zone_edit_abandon(struct zone_edit *e);

#endif
