/*
 * A zone from memory to its file: the version in force is written beside it, brought to
 * disk and renamed over it, with the mode and owner of the old one, as masterfile-format and
 * masterfile-style say; files that were read by $INCLUDE are part of it from then on.  After
 * that the journal may lose what the file now holds.
 *
 * Queries and updates go on meanwhile; the lock of the zone's edits is held at the beginning
 * for a moment, and while the journal is shortened.  Any thread that is registered with RCU,
 * is offline, and has claimed the zone (server/loader.h).
 */
#ifndef KZ_ZONE_FLUSH_H
#define KZ_ZONE_FLUSH_H

#include <stdbool.h>

#include "zone/zone.h"

/*
 * Nothing is written when the file holds all that is served: RES_OK, as for a zone without
 * contents or file.  A failure is logged with its cause; the old file is still there then.
 * `clean`: the journal is removed if the file now holds all of it, and a file that is not the one
 * we know is written first; else the journal is shortened to max-journal-size.
 */
enum result zone_flush(struct zone *z, bool clean);

/* The same for a version that is not served yet, whatever the file holds; the journal is left
 * alone.  The configuration may change meanwhile.  RES_OK for a zone without a file. */
enum result zone_write_version(struct zone *z, const struct contents *c);

/* How long a journal may become: max-journal-size, or twice what the zone takes, as BIND has it. */
uint64_t zone_journal_limit(const struct zone_options *o, uint64_t zone_bytes);

#endif
