/*
 * The one door for change: journal first, durable, then seen.
 */
#ifndef KZ_ZONE_COMMIT_H
#define KZ_ZONE_COMMIT_H

#include "zone/edit.h"

/* An edit to commit, and what became of it. */
struct zone_commit {
    struct zone_edit *edit;     /* gone afterwards */
    enum result result;
    const char *failed;         /* unless RES_OK: BIND's words, "journal open failed" … */
    bool published;             /* readers see a new version */
    struct journal *journal;    /* during the call */
    bool begins;                /* nothing was in it yet: during the call */
};

/*
 * Commits `n` edits of different zones together: each edit's kept messages are appended to
 * its zone's journal, all journals are brought to disk (one sync each), then each edit is
 * published, or abandoned when its journal failed.  An edit that changes nothing is RES_OK
 * and touches no file.  Zones without a file have no journal.
 *
 * Blocks for the disk: the calling thread is registered with RCU and online, holds nothing
 * that it read, and is offline while it opens, writes and syncs.  What the journal has to say
 * is logged; the failure of an edit is for the caller to tell.
 */
void zone_commit(struct zone_commit *commits, unsigned n);

#endif
