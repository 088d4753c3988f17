/*
 * Loads zones in the pool, as many at a time as it has threads; each serves as soon as it
 * is ready.
 *
 * The maintenance thread starts a run and is woken when it has ended; meanwhile no zone of
 * the run may be freed and no zone's settings changed.  Beside a run, and one beside the
 * other, single zones may be loaded, for which the same holds.  A run that takes longer than a
 * second says how far it is: in the log every few seconds, and in one line of the terminal
 * when standard error is one.
 */
#ifndef KZ_SERVER_LOADER_H
#define KZ_SERVER_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "net/loop.h"
#include "zone/zone.h"

struct loader_item {
    struct zone *zone;
    bool forced;            /* also when its files are what they were at the last attempt */
};

struct loader;

/* One zone, asked for by itself; the memory is the asker's until `done`. */
struct loader_job {
    struct zone *zone;
    bool forced;
    /* Instead of a load: other work on the zone's files, in a pool thread; NULL: load. */
    enum result (*work)(struct loader_job *job);
    void (*done)(struct loader_job *job);   /* from loader_check() */
    void *arg;
    enum result result;     /* RES_UNCHANGED: its files are as they were, or not to be read */
    struct loader *loader;  /* these are the loader's */
    struct loader_job *next;
    struct pool_job job;
};

/* NULL without memory.  `terminal`: show progress on standard error if it is a terminal. */
struct loader *loader_new(struct pool *pool, struct net_loop *loop, bool terminal);
void loader_free(struct loader *l);     /* not while it is busy */

/* `loaded` is called of each zone that a run has loaded, by the thread that did it.  Before the
 * first run. */
void loader_watch(struct loader *l, void (*loaded)(void *arg, struct zone *z), void *arg);

/* Starts a run; the items stay the caller's and must stay until it has ended.
 * `done` is called from the maintenance thread's loader_check(). */
void loader_start(struct loader *l, const struct loader_item *items, uint32_t n,
                  void (*done)(void *arg), void *arg);

/* Loads one zone; job->done is called from loader_check(). */
void loader_load(struct loader *l, struct loader_job *job);

/* While a thread reads or writes a zone's files it has claimed the zone; waits for that.  Pool
 * threads only. */
void loader_claim(struct loader *l, struct zone *z);
void loader_give_back(struct loader *l, struct zone *z);
/* The same without waiting, any thread: false when somebody else has it. */
bool loader_try_claim(struct loader *l, struct zone *z);

/* A run or a single zone. */
bool loader_is_busy(const struct loader *l);

/* Call after each step of the loop: ends a run whose last zone is done. */
void loader_check(struct loader *l);

/* Zones that are not begun yet are left out; those being read go on to their end. */
void loader_cancel(struct loader *l);

#endif
