/*
 * A zone whose file and journal do not go together (edited by hand while updates were only in
 * the journal): what can be made of the two, and doing it.  doc/recovery.md is for operators.
 *
 *   file      the file as it is; the journal is moved aside
 *   journal   what the journal ends with, for every record it ever mentions; the rest is the
 *             file's
 *   merge     the file with what the journal changed; an RRset that both changed differently
 *             is a conflict, and with any nothing is done until told which side wins
 *
 * A plan reads the two files and touches nothing.  Both functions block; one thread at a time
 * for a zone, and nobody may load or change it meanwhile.
 */
#ifndef KZ_ZONE_RECOVER_H
#define KZ_ZONE_RECOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "zone/zone.h"

enum recover_way { RECOVER_FILE, RECOVER_JOURNAL, RECOVER_MERGE };
enum recover_side { RECOVER_ASK, RECOVER_PREFER_FILE, RECOVER_PREFER_JOURNAL };

struct recover_options {
    enum recover_way way;
    enum recover_side prefer;       /* where both changed the same; for a merge */
};

struct recovery {
    bool possible;                  /* else the lines say why not */
    unsigned conflicts;             /* RRsets that both sides changed */
    unsigned changes;               /* records of the file that become others */
    uint32_t file_serial, journal_first, journal_last;
    uint32_t serial;                /* of the outcome */
    char **lines;                   /* what to tell people, in order */
    unsigned nlines;
    struct recovery_state *state;   /* recover.c's */
};

/* RES_NOMEM; all else is in the outcome. */
enum result zone_recover_plan(const struct zone *z, const struct recover_options *opt,
                              struct recovery **out);

/*
 * Carries out a possible plan, durably: the new file beside the old, loaded as a check, the old
 * one kept under a name of its own, then the new one in its place, then the journal aside.  A
 * crash on the way leaves a zone that can be recovered again.  RES_UNCHANGED: the files are not
 * those that were planned with.  More lines say what was done, or failed.
 */
enum result zone_recover_carry_out(struct recovery *r);

void zone_recovery_free(struct recovery *r);

#endif
