/*
 * Renaming of a log file's old versions.  No state; the caller holds the file's lock.
 */
#ifndef KZ_BASE_LOG_ROLL_H
#define KZ_BASE_LOG_ROLL_H

#include "base/result.h"

/* FILE becomes FILE.0, FILE.0 becomes FILE.1 …; the one past `versions` is removed
 * (versions -1: none is). */
enum result log_roll_increment(const char *path, int versions);

/* FILE becomes FILE.YYYYMMDDHHMMSSmmm; all but the newest `versions` of these are removed. */
enum result log_roll_timestamp(const char *path, int versions);

#endif
