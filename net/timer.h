/*
 * Timers of one thread: a heap ordered by deadline.  Times are milliseconds of a
 * monotonic clock.  A timer is embedded in what it belongs to; the heap only points
 * to it, so a timer must be stopped before its memory goes.
 *
 * Deadlines that move on with every request would cost a heap operation each: a later
 * deadline is only noted, and the heap looks again when the old one comes.
 */
#ifndef KZ_NET_TIMER_H
#define KZ_NET_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct net_timer {
    void (*fire)(struct net_timer *t, int64_t now_ms);
    int64_t due_ms;         /* when to fire */
    int64_t key_ms;         /* what the heap sorts by: never after due_ms */
    size_t place;           /* in the heap, counted from 1; 0: not set */
};

struct net_timers {
    struct net_timer **heap;
    size_t count, room;
    bool running;
    int64_t earliest_ms;    /* while running: a timer set now is due then, or later */
};

/* Sets or moves a timer.  RES_NOMEM: the timer is as before. */
enum result net_timer_set(struct net_timers *ts, struct net_timer *t, int64_t due_ms);
void net_timer_stop(struct net_timers *ts, struct net_timer *t);

/* Fires what is due; a timer is stopped before its function runs, which may set it
 * again; if to a time that has passed, it fires in a later call, after the others. */
void net_timers_run(struct net_timers *ts, int64_t now_ms);

/* Milliseconds until net_timers_run() has something to do, -1: never.  At most a day. */
int net_timers_wait_ms(const struct net_timers *ts, int64_t now_ms);

void net_timers_free(struct net_timers *ts);

#endif
