/*
 * The one door for change: journal first, durable, then seen.
 */
#ifndef KZ_ZONE_COMMIT_H
#define KZ_ZONE_COMMIT_H

#include "zone/edit.h"

/*
 * Commits `n` edits of different zones together: each edit's kept messages are appended to
 * its zone's journal, all journals are brought to disk (one sync each), then each edit is
 * published, or abandoned when its journal failed: result[i] says which.  The edits are
 * gone afterwards.  Blocks for the disk: the calling thread goes RCU-offline meanwhile.
 * Messages: BIND's, category general/update ("journal open failed: …").
 */
void zone_commit(struct zone_edit **edits, unsigned n, enum result *results);

#endif
