#include "net/timer.h"

#include <stdlib.h>

enum { MS_PER_DAY = 24 * 3600 * 1000 };

static void heap_put(struct net_timers *ts, size_t place, struct net_timer *t)
{
    ts->heap[place - 1] = t;
    t->place = place;
}

static void heap_rise(struct net_timers *ts, struct net_timer *t)
{
    size_t at = t->place;

    while (at > 1 && ts->heap[at / 2 - 1]->key_ms > t->key_ms) {
        heap_put(ts, at, ts->heap[at / 2 - 1]);
        at /= 2;
    }
    heap_put(ts, at, t);
}

/* The place of the smaller child of `at`, 0 when it has none. */
static size_t heap_child(const struct net_timers *ts, size_t at)
{
    size_t child = 2 * at;

    if (child > ts->count)
        return 0;
    if (child < ts->count && ts->heap[child]->key_ms < ts->heap[child - 1]->key_ms)
        child++;
    return child;
}

static void heap_sink(struct net_timers *ts, struct net_timer *t)
{
    size_t at = t->place, child;

    while ((child = heap_child(ts, at)) != 0 && ts->heap[child - 1]->key_ms < t->key_ms) {
        heap_put(ts, at, ts->heap[child - 1]);
        at = child;
    }
    heap_put(ts, at, t);
}

static enum result heap_grow(struct net_timers *ts)
{
    size_t room = ts->room ? 2 * ts->room : 16;
    struct net_timer **heap;

    if (ts->count < ts->room)
        return RES_OK;
    heap = reallocarray(ts->heap, room, sizeof *heap);
    if (heap == NULL)
        return RES_NOMEM;
    ts->heap = heap;
    ts->room = room;
    return RES_OK;
}

enum result net_timer_set(struct net_timers *ts, struct net_timer *t, int64_t due_ms)
{
    if (ts->running && due_ms < ts->earliest_ms)
        due_ms = ts->earliest_ms;
    if (t->place == 0) {
        if (heap_grow(ts) != RES_OK)
            return RES_NOMEM;
        t->due_ms = t->key_ms = due_ms;
        heap_put(ts, ++ts->count, t);
        heap_rise(ts, t);
        return RES_OK;
    }
    t->due_ms = due_ms;
    if (due_ms < t->key_ms) {
        t->key_ms = due_ms;
        heap_rise(ts, t);
    }
    return RES_OK;
}

void net_timer_stop(struct net_timers *ts, struct net_timer *t)
{
    size_t place = t->place;
    struct net_timer *last;

    if (place == 0)
        return;
    t->place = 0;
    last = ts->heap[--ts->count];
    if (last == t)
        return;
    heap_put(ts, place, last);
    heap_rise(ts, last);
    heap_sink(ts, last);
}

void net_timers_run(struct net_timers *ts, int64_t now_ms)
{
    ts->running = true;
    ts->earliest_ms = now_ms + 1;
    while (ts->count > 0 && ts->heap[0]->key_ms <= now_ms) {
        struct net_timer *t = ts->heap[0];
        if (t->due_ms > now_ms) {
            t->key_ms = t->due_ms;
            heap_sink(ts, t);
            continue;
        }
        net_timer_stop(ts, t);
        t->fire(t, now_ms);
    }
    ts->running = false;
}

int net_timers_wait_ms(const struct net_timers *ts, int64_t now_ms)
{
    int64_t wait;

    if (ts->count == 0)
        return -1;
    wait = ts->heap[0]->key_ms - now_ms;
    if (wait <= 0)
        return 0;
    return wait > MS_PER_DAY ? MS_PER_DAY : (int)wait;
}

void net_timers_free(struct net_timers *ts)
{
    free(ts->heap);
    *ts = (struct net_timers){0};
}
