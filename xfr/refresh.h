/*
 * When a secondary asks its primaries, and when it must stop answering: the machine of
 * RFC 1034 §4.3.5 (REFRESH, RETRY, EXPIRE), RFC 1996 (NOTIFY) and RFC 7314 (EXPIRE option).
 *
 * Pure: an event and the time go in, what to do comes out; no clock, no socket, no chance
 * but the number it is given.  Times are milliseconds of a clock that never steps back;
 * what survives a restart (the file's time) is the caller's to translate.  One thread.
 *
 * The delays are BIND's: REFRESH less up to a quarter, RETRY less up to a quarter, the first
 * question after a restart within RETRY, an unloaded zone's retries doubled up to six hours;
 * but a zone that has expired is never asked for less often than its RETRY says.
 */
#ifndef KZ_XFR_REFRESH_H
#define KZ_XFR_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REFRESH_EXPIRE_MAX_S = 14515200,    /* 24 weeks: no zone is kept longer unseen */
    REFRESH_FIRST_RETRY_S = 60,         /* of a zone that was never had; doubled each time … */
    REFRESH_LAST_RETRY_S = 6 * 3600     /* … up to this */
};

/* min- and max-refresh-time, min- and max-retry-time. */
struct refresh_bounds {
    uint32_t min_refresh_s, max_refresh_s, min_retry_s, max_retry_s;
};

/* What the zone's SOA wants. */
struct refresh_timers {
    uint32_t refresh_s, retry_s, expire_s;
};

enum refresh_event {
    REFRESH_START,          /* the zone came without a version of its own */
    REFRESH_LOADED,         /* … with one: `age_ms` since it was last known to be good */
    REFRESH_DUE,            /* the time that was asked for has come */
    REFRESH_NOTIFIED,       /* a primary says there is something new */
    REFRESH_ORDERED,        /* rndc refresh */
    REFRESH_UP_TO_DATE,     /* a primary has what we have */
    REFRESH_NEWER,          /* a primary has more: a transfer is on its way */
    REFRESH_TRANSFERRED,    /* a new version is served */
    REFRESH_FAILED          /* no primary helped: the round has ended */
};

/* What to do, a set. */
enum refresh_action {
    REFRESH_ASK = 1 << 0,       /* begin a round over the primaries */
    REFRESH_EXPIRE = 1 << 1,    /* stop answering */
    REFRESH_WARN = 1 << 2,      /* say that `warn_pct` of EXPIRE have passed */
    REFRESH_QUEUED = 1 << 3     /* a round is under way; another will follow */
};

struct refresh {
    struct refresh_bounds bounds;
    struct refresh_timers timers;   /* within the bounds */
    int64_t ask_at_ms;              /* the next round */
    int64_t good_at_ms;             /* when the version was last known to be good */
    int64_t expire_at_ms;           /* meaningful while has_version */
    uint32_t unloaded_retry_s;
    uint8_t warned_pct;             /* 0, 50, 75, 90 */
    bool has_version, expired;
    bool is_asking;                 /* a round is under way */
    bool ask_again;                 /* … and something was heard meanwhile */
};

struct refresh_input {
    enum refresh_event event;
    int64_t now_ms;
    uint32_t random;                /* uniform: where jitter comes from */
    struct refresh_timers timers;   /* of the SOA: LOADED, TRANSFERRED */
    int64_t age_ms;                 /* LOADED */
    bool has_expire_option;         /* UP_TO_DATE, TRANSFERRED: the primary's own remaining */
    uint32_t expire_option_s;       /* time, which ours may not exceed (RFC 7314 §4) */
};

void refresh_init(struct refresh *r, const struct refresh_bounds *bounds);

/* Takes one event; returns a set of enum refresh_action. */
unsigned refresh_step(struct refresh *r, const struct refresh_input *in);

/* When to call with REFRESH_DUE at the latest. */
int64_t refresh_wake_ms(const struct refresh *r);

/* Does the zone's version expire within a tenth of its EXPIRE?  Such zones ask before others. */
bool refresh_is_urgent(const struct refresh *r, int64_t now_ms);

#endif
