/*
 * So many per second (notify-rate and its kin): what was not used is lost but for a second's.
 * Pure; the clock is an argument.
 */
#ifndef KZ_XFR_RATE_H
#define KZ_XFR_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
    int64_t gap_us;         /* between two, when they come evenly */
    int64_t next_us;        /* when the next one is due, if they did */
};

/* At least one a second, as BIND has it. */
static inline void rate_set(struct rate *r, unsigned per_s)
{
    r->gap_us = 1000000 / (per_s > 0 ? per_s : 1);
    if (r->gap_us == 0)
        r->gap_us = 1;
}

/* Takes one when there is one. */
static inline bool rate_take(struct rate *r, int64_t now_ms)
{
    int64_t earliest_us = now_ms * 1000 - 1000000;

    if (r->next_us < earliest_us)
        r->next_us = earliest_us;
    if (r->next_us > now_ms * 1000)
        return false;
    r->next_us += r->gap_us;
    return true;
}

/* When there will be one again. */
static inline int64_t rate_next_ms(const struct rate *r)
{
    return (r->next_us + 999) / 1000;
}

#endif
