/*
 * News of zones that have changed, from the threads that change them to the maintenance
 * thread, which has things to do then: a file to write in a while, secondaries to tell.
 *
 * Posting is for any thread; it allocates nothing, and a zone that has changed many times
 * before the maintenance thread looks is told of once.  Until then it is held.  Everything
 * else is the maintenance thread's.
 */
#ifndef KZ_SERVER_CHANGES_H
#define KZ_SERVER_CHANGES_H

#include <pthread.h>
#include <stdbool.h>

#include "net/loop.h"
#include "zone/zone.h"

enum { CHANGES_WATCHERS = 4 };

struct changes {
    struct net_loop *loop;
    pthread_mutex_t lock;           /* of the list and of the zones' links in it */
    struct zone *first;
    struct {
        void (*changed)(void *arg, struct zone *z);
        void *arg;
    } watchers[CHANGES_WATCHERS];
    unsigned nwatchers;
};

void changes_init(struct changes *c, struct net_loop *loop);
void changes_free(struct changes *c);

/* Each change is told to `changed`, in the order of registration.  At the start, before any
 * zone can change. */
void changes_watch(struct changes *c, void (*changed)(void *arg, struct zone *z), void *arg);

/* The zone has a new version.  Wakes the maintenance thread. */
void changes_post(struct changes *c, struct zone *z);

/* Tells the watchers what has been posted, but of zones that were dropped meanwhile; after
 * each step of the loop. */
void changes_deliver(struct changes *c);

#endif
