/*
 * The journals that zones keep open to append to.
 *
 * A zone that changes often does not open its journal each time; of all the others' the one
 * that was used longest ago is closed when there are too many.  A zone has a slot
 * (zone->journal) in which its journal stands.  It is taken for the time of a commit and given
 * back; who takes it holds the zone's edit, so a slot has one user at a time.  The book of
 * them all has a lock of its own, which is not held for long.
 *
 * Somebody may remove or replace the file while it is open: that is looked for each time,
 * and the new file is taken, as who opens it for each change would.
 */
#ifndef KZ_ZONE_JOURNALS_H
#define KZ_ZONE_JOURNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "journal/journal.h"

enum { ZONE_JOURNALS_OPEN = 256 };      /* files at most, those in use not counted */

struct zone_journal;

/* To the log, category general. */
extern const struct journal_report zone_journal_report;

/* Opens the journal at `path` unless it is, makes it if there is none.  What journal_open()
 * gives, RES_NOMEM: then there is nothing to give back. */
enum result zone_journal_take(struct zone_journal **slot, const char *path, uint16_t rrclass,
                              struct journal **out);

/* Gives it back after journal_sync() or journal_revert(); `keep` false closes it. */
void zone_journal_give(struct zone_journal **slot, bool keep);

/* Has the zone its journal open?  Somebody who does keeps others out of it. */
bool zone_journal_is_open(struct zone_journal **slot);

/* Closes it: before its file is compacted, renamed or removed, and when the zone is dropped;
 * if somebody uses it, when it is given back. */
void zone_journal_close(struct zone_journal **slot);

#endif
