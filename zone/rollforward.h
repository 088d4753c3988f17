/*
 * What a zone's journal means for its load: the changes since the file was written are
 * applied to the records that were read out of it, before they become contents.
 *
 * Messages are BIND's, complete but for time and category.  One thread per builder.
 */
#ifndef KZ_ZONE_ROLLFORWARD_H
#define KZ_ZONE_ROLLFORWARD_H

#include "journal/journal.h"
#include "zone/build.h"
#include "zone/zone.h"

struct rollforward {
    struct zone *zone;
    struct zone_builder *builder;
    const char *path;               /* of the journal; stays until the builder's finish */
    struct journal_report report;
    bool read_only;                 /* the file is left as it is, torn or old */
};

/*
 * Brings the builder's records from the file's serial to the journal's last.  *applied: there
 * was something to do.  No journal, an empty one, one that ends where the file is: RES_OK.
 * Anything else that keeps the zone from loading: said, with what to do, and the result.
 */
enum result zone_rollforward(const struct rollforward *f, bool *applied);

/* A journal that does not end at `serial` is of no use to a dynamic zone that has just been
 * read again: it is removed, as BIND does, for further updates would not fit behind it. */
void zone_remove_outdated_journal(const struct zone *z, const char *path, uint32_t serial,
                                  const struct journal_report *report);

/* Warns of a dynamic zone whose journal or folder cannot be written: its updates will fail. */
void zone_warn_unwritable(const struct zone *z, const char *path,
                          const struct journal_report *report);

/* A secondary fetches again what it cannot use: its journal or its file is moved aside under a
 * name of its own (`jn-…`, `db-…`), for who wants to look into it. */
void zone_set_journal_aside(const struct zone *z, const char *path,
                            const struct journal_report *report);
void zone_set_file_aside(const struct zone *z, const struct journal_report *report);

#endif
