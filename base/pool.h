/*
 * A pool of threads for long work: loading, dumping, signing.
 *
 * Jobs run in the order they were given, as many at a time as there are threads.  Any
 * thread may give jobs, a job too.  The threads are registered with RCU and offline: a job
 * that reads shared versions goes online for that and offline again (it would hold up
 * every writer otherwise).
 */
#ifndef KZ_BASE_POOL_H
#define KZ_BASE_POOL_H

#include <stdbool.h>

struct pool;

/* Owned by who gives it; may be freed or given again from within run(). */
struct pool_job {
    void (*run)(struct pool_job *job);
    struct pool_job *next;      /* the pool's */
};

/* Threads are called `name`.  NULL when not even one could be started. */
struct pool *pool_new(unsigned nthreads, const char *name);

void pool_give(struct pool *p, struct pool_job *job);

unsigned pool_threads(const struct pool *p);

/* Waits until no job waits or runs. */
void pool_wait(struct pool *p);

/* Runs what waits to its end, then ends the threads.  NULL is fine. */
void pool_free(struct pool *p);

#endif
