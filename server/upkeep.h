/*
 * Zone files are kept up with what changes: each changed zone is written within a quarter of
 * an hour, at random times so that many do not come at once, a few at a time, in the pool; and
 * at once when somebody asks.  What fails is tried again.  See zone/flush.h for the writing.
 *
 * Belongs to the maintenance thread.  While a zone is written its settings must stay: the
 * configuration is only swapped while upkeep_is_busy() is false.
 */
#ifndef KZ_SERVER_UPKEEP_H
#define KZ_SERVER_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "net/loop.h"
#include "server/loader.h"
#include "server/zone_set.h"

struct upkeep;

/* NULL without memory. */
struct upkeep *upkeep_new(struct pool *pool, struct net_loop *loop, struct loader *loader);
void upkeep_free(struct upkeep *u);     /* not while it is busy; NULL is fine */

/* The zone `z` has changed: writes it in a while.  For changes_watch(). */
void upkeep_changed(void *upkeep, struct zone *z);

/* Those zones of the set that were loaded with changes that their files lack. */
void upkeep_loaded(struct upkeep *u, const struct zone_set *zones);

/* Somebody who waits until a zone is written; the memory is the asker's until `done`, which is
 * called from upkeep_check(), with RES_CANCELED when the zone goes before. */
struct upkeep_wait {
    void (*done)(struct upkeep_wait *w, enum result r);
    void *arg;
    bool clean;                 /* remove the journal, too */
    struct upkeep_wait *next;   /* the upkeep's */
};

/* Writes the zone as soon as it can, if its file lacks anything then. */
void upkeep_write(struct upkeep *u, struct zone *z, struct upkeep_wait *w);

/* Something is being written. */
bool upkeep_is_busy(const struct upkeep *u);

/* While held, nothing more is begun: what is begun comes to its end. */
void upkeep_hold(struct upkeep *u, bool hold);

/* Call after each step of the loop: tells who waits, begins what can be begun. */
void upkeep_check(struct upkeep *u);

/* Zones that were dropped are forgotten. */
void upkeep_forget_dropped(struct upkeep *u);

/* At the end, when nothing changes any more: writes all that its file lacks, by threads of its
 * own, and says in the log how far it is.  Waits. */
void upkeep_flush_all(struct upkeep *u, const struct zone_set *zones);

/* When to write what changed now, and when to try again what failed `failures` times: in
 * milliseconds.  `random`: any 32 bits. */
uint32_t upkeep_delay_ms(uint32_t random);
uint32_t upkeep_retry_ms(unsigned failures);

#endif
