/*
 * Times and durations as DNS and BIND write them.  Pure; any thread.
 */
#ifndef KZ_BASE_TIMEFMT_H
#define KZ_BASE_TIMEFMT_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

enum {
    TIMEFMT_DNSSEC_TEXT = 16,   /* room for YYYYMMDDHHMMSS (years up to 9999) and a NUL */
    TIMEFMT_HTTP_TEXT = 40,     /* room for the text of http_time_to_text() */
    TIMEFMT_DURATION_TEXT = 80  /* room for the longest text of a duration */
};

/* "YYYYMMDDHHMMSS" in UTC to seconds since 1970 modulo 2^32 (RFC 4034 §3.1.5).
 * RES_SYNTAX (not 14 digits), RES_RANGE (no such date). */
enum result dnssec_time_from_text(uint32_t *out, const char *text, size_t len);

/* The reverse.  The 32 bits stand for the moment nearest to `now_s` (seconds since
 * 1970), as RFC 1982 has it.  Returns the length. */
size_t dnssec_time_to_text(uint32_t when, int64_t now_s, char out[TIMEFMT_DNSSEC_TEXT]);

/* "Sat, 21 Nov 2026 13:50:32 GMT" (RFC 9110 §5.6.7); returns out. */
const char *http_time_to_text(int64_t when_s, char out[TIMEFMT_HTTP_TEXT]);

/* "3600", "1h30m", "1W2d": units W D H M S in any case, seconds.  A number without a
 * unit must stand alone.  RES_SYNTAX, also for a single number above 2^32 - 1 (as BIND
 * has it); RES_RANGE for a sum above it. */
enum result duration_from_text(uint32_t *out, const char *text, size_t len);

/* "1 hour", "5 minutes", "1 day 2 hours 1 second"; "0 seconds".  Returns the length. */
size_t duration_to_text(uint32_t seconds, char out[TIMEFMT_DURATION_TEXT]);

#endif
