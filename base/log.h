/*
 * Logging as BIND's operators know it: categories, channels, severities.
 *
 * Any thread may log.  Until log_configure() has been called, messages go to
 * standard error.  A call is cheap when no channel wants the message:
 * log_wants() is one load and one compare, so guard costly arguments with it.
 */
#ifndef KZ_BASE_LOG_H
#define KZ_BASE_LOG_H

#include <stdbool.h>

#include "base/log_category.h"

/* The most talkative level any channel of the category takes. */
extern int log_threshold[LOGC_COUNT];

static inline bool log_wants(enum log_category cat, int level)
{
    return level <= __atomic_load_n(&log_threshold[cat], __ATOMIC_RELAXED);
}

/* One line.  Control characters in it are shown as '?', so that no client can forge a
 * line; what is longer than LOG_MESSAGE bytes is cut. */
enum { LOG_MESSAGE = 8192 };
void log_write(enum log_category cat, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The server's debug level, 0 at the start: what channels with "severity dynamic" take
 * beside info, and whether debug-only channels write at all. */
void log_set_debug_level(int level);
int log_debug_level(void);

#endif
