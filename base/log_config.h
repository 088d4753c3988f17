/*
 * What logging is set to: channels and which categories write to them.
 *
 * log_configure() may be called at any time by one thread (main before threads start,
 * the maintenance thread after); lines that other threads write at that moment go to the
 * old or to the new channels, none is lost or torn.  The spec is copied.
 *
 * A line is one write(2) to a file opened for appending, without a lock of ours: the
 * kernel keeps lines whole.  A `buffered` channel copies lines to memory instead, and a
 * thread of its own writes them: a slow disk holds up callers only when 256 KB wait.
 *
 * Only files of channels that a category names are opened, those that are for debugging
 * only when the debug level is set.  A file that cannot be opened or written is reported
 * once to the system log and standard error, and tried again at the next log_reopen() or
 * log_configure().
 */
#ifndef KZ_BASE_LOG_CONFIG_H
#define KZ_BASE_LOG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log_category.h"
#include "base/result.h"

enum log_sink { LOG_SINK_NULL, LOG_SINK_STDERR, LOG_SINK_SYSLOG, LOG_SINK_FILE };
enum log_stamp { LOG_STAMP_NONE, LOG_STAMP_LOCAL, LOG_STAMP_ISO8601, LOG_STAMP_ISO8601_UTC };

struct log_channel_spec {
    enum log_sink sink;
    const char *path;           /* LOG_SINK_FILE */
    int versions;               /* old files kept: 0 none (never rolled), -1 all */
    uint64_t size_max;          /* bytes; 0: no limit.  Without versions, writing stops there */
    bool suffix_timestamp;      /* FILE.YYYYMMDDHHMMSSmmm, else FILE.0 FILE.1 … (0 newest) */
    bool buffered;
    int facility;               /* LOG_SINK_SYSLOG: LOG_DAEMON … */
    int level;                  /* the most talkative level taken; LVL_DYNAMIC: debug level */
    bool debug_only;            /* takes nothing while the debug level is 0 */
    enum log_stamp stamp;
    bool print_category, print_level;
};

struct log_route_spec {
    int category;               /* enum log_category */
    const uint16_t *channels;   /* indexes */
    unsigned nchannels;
};

struct log_spec {
    const struct log_channel_spec *channels;
    unsigned nchannels;
    const struct log_route_spec *routes;    /* LOGC_DEFAULT covers those not listed */
    unsigned nroutes;
};

/* RES_NOMEM leaves the old configuration.  With "versions" and no size, files are rolled
 * when they are opened the first time, as BIND does at its start. */
enum result log_configure(const struct log_spec *spec);

/* Files that were moved or removed are opened anew under their names (logrotate). */
void log_reopen(void);

/* Rolls every file channel that keeps versions. */
void log_roll(void);

/* Writes what is buffered and closes all; messages after it go to standard error. */
void log_close(void);

/* BIND's word for a category; static storage. */
const char *log_category_text(enum log_category cat);

/* The time as a channel shows it, with the final space; returns the length.  At most
 * LOG_STAMP_TEXT bytes. */
enum { LOG_STAMP_TEXT = 40 };
struct timespec;
size_t log_format_stamp(enum log_stamp stamp, const struct timespec *now,
                        char out[LOG_STAMP_TEXT]);

#endif
