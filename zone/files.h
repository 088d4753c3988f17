/*
 * What the file system knows of a zone's files: whether they are what was read, and when the
 * version in them was last known to be good.  Who asks has claimed the zone's files
 * (server/loader.h), or is the maintenance thread while no load runs.
 */
#ifndef KZ_ZONE_FILES_H
#define KZ_ZONE_FILES_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "zone/zone.h"

/* Notes what the zone's files look like now, the included ones among them. */
void zone_files_note(struct zone *z);

/* True when a file of the zone differs from what the last attempt read. */
bool zone_files_changed(const struct zone *z);

/* We have written the zone's file ourselves, with this outcome: it need not be read. */
void zone_files_written(struct zone *z, const struct stat *st);

/* When the version in the zone's files was last known to be good: the journal's time, else the
 * file's (0: there is neither), as BIND has it; and to say so now. */
time_t zone_files_time(const struct conf_zone *conf);
void zone_files_touch(const struct conf_zone *conf, time_t good_s);

#endif
