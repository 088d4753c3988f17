#include "server/upkeep.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "zone/flush.h"

enum {
    DELAY_MS = 900 * 1000,              /* BIND's, less up to a quarter */
    FIRST_RETRY_MS = 60 * 1000,
    FLUSH_THREADS = 4,
    FLUSH_POLL_NS = 5 * 1000 * 1000,
    FLUSH_REPORT_MS = 5000
};

/* What is known of a zone that has ever changed or been written. */
struct zone_upkeep {
    struct upkeep *owner;
    struct zone *zone;
    struct zone_upkeep *prev, *next;        /* all of them */
    struct zone_upkeep *next_queued, *next_ended;
    struct net_timer timer;
    struct pool_job job;
    struct upkeep_wait *waits, *served;     /* for the next writing; for the one at work */
    bool queued, running, clean;
    unsigned failures;
    enum result result;
};

struct upkeep {
    struct pool *pool;
    struct net_loop *loop;
    struct loader *loader;
    struct zone_upkeep *all, *queue, **queue_tail;
    unsigned running, limit;
    bool held;
    pthread_mutex_t lock;                   /* of `ended`, which pool threads add to */
    struct zone_upkeep *ended;
};

uint32_t upkeep_delay_ms(uint32_t random)
{
    return DELAY_MS - random % (DELAY_MS / 4);
}

uint32_t upkeep_retry_ms(unsigned failures)
{
    uint32_t ms = FIRST_RETRY_MS;

    while (failures-- > 1 && ms < DELAY_MS)
        ms *= 2;
    return ms < DELAY_MS ? ms : DELAY_MS;
}

static uint32_t draw(void)
{
    uint32_t n = 0;

    if (getrandom(&n, sizeof n, GRND_NONBLOCK) != (ssize_t)sizeof n)
        n = (uint32_t)net_now_ms();     /* it only spreads; nobody must not guess it */
    return n;
}

struct upkeep *upkeep_new(struct pool *pool, struct net_loop *loop, struct loader *loader)
{
    struct upkeep *u = calloc(1, sizeof *u);

    if (u == NULL)
        return NULL;
    u->pool = pool;
    u->loop = loop;
    u->loader = loader;
    u->limit = pool_threads(pool) > 1 ? pool_threads(pool) / 2 : 1; /* loads want threads, too */
    u->queue_tail = &u->queue;
    pthread_mutex_init(&u->lock, NULL);
    return u;
}

static void tell(struct upkeep_wait *w, enum result r)
{
    struct upkeep_wait *next;

    for (; w != NULL; w = next) {
        next = w->next;
        w->done(w, r);
    }
}

static void unqueue(struct upkeep *u, const struct zone_upkeep *k)
{
    struct zone_upkeep **at = &u->queue;

    while (*at != NULL && *at != k)
        at = &(*at)->next_queued;
    if (*at != NULL)
        *at = k->next_queued;
    u->queue_tail = &u->queue;
    while (*u->queue_tail != NULL)
        u->queue_tail = &(*u->queue_tail)->next_queued;
}

static void forget(struct upkeep *u, struct zone_upkeep *k)
{
    net_timer_stop(&u->loop->timers, &k->timer);
    if (k->queued)
        unqueue(u, k);
    if (k->next != NULL)
        k->next->prev = k->prev;
    if (k->prev != NULL)
        k->prev->next = k->next;
    else
        u->all = k->next;
    tell(k->waits, RES_CANCELED);
    k->zone->upkeep = NULL;
    zone_release(k->zone);
    free(k);
}

void upkeep_forget_dropped(struct upkeep *u)
{
    struct zone_upkeep *next;

    for (struct zone_upkeep *k = u->all; k != NULL; k = next) {
        next = k->next;
        if (zone_is_dropped(k->zone))
            forget(u, k);
    }
}

void upkeep_free(struct upkeep *u)
{
    if (u == NULL)
        return;
    while (u->all != NULL) {
        u->all->waits = NULL;       /* who waits is going, too */
        forget(u, u->all);
    }
    pthread_mutex_destroy(&u->lock);
    free(u);
}

/* ---- Writing ---- */

static void write_one(struct pool_job *job)
{
    struct zone_upkeep *k = CONTAINER_OF(job, struct zone_upkeep, job);
    struct upkeep *u = k->owner;

    loader_claim(u->loader, k->zone);
    k->result = zone_flush(k->zone, k->clean);
    loader_give_back(u->loader, k->zone);
    pthread_mutex_lock(&u->lock);
    k->next_ended = u->ended;
    u->ended = k;
    pthread_mutex_unlock(&u->lock);
    net_loop_wake(u->loop);
}

static void begin(struct upkeep *u, struct zone_upkeep *k)
{
    net_timer_stop(&u->loop->timers, &k->timer);
    k->running = true;
    k->served = k->waits;
    k->waits = NULL;
    k->clean = false;
    for (const struct upkeep_wait *w = k->served; w != NULL; w = w->next)
        k->clean = k->clean || w->clean;
    k->job.run = write_one;
    u->running++;
    pool_give(u->pool, &k->job);
}

static void begin_queued(struct upkeep *u)
{
    while (u->queue != NULL && u->running < u->limit && !u->held) {
        struct zone_upkeep *k = u->queue;

        u->queue = k->next_queued;
        if (u->queue == NULL)
            u->queue_tail = &u->queue;
        k->queued = false;
        begin(u, k);
    }
}

static void enqueue(struct upkeep *u, struct zone_upkeep *k)
{
    if (k->queued || k->running)
        return;
    k->queued = true;
    k->next_queued = NULL;
    *u->queue_tail = k;
    u->queue_tail = &k->next_queued;
}

static void try_again(struct upkeep *u, struct zone_upkeep *k)
{
    uint32_t ms = upkeep_retry_ms(++k->failures);

    net_timer_set(&u->loop->timers, &k->timer, net_now_ms() + ms);
    zone_log(k->zone, LOGC_GENERAL, LVL_ERROR,
             "dump failed: %s: %strying again in %u seconds", result_text(k->result),
             k->zone->secondary == NULL ? "the changes are safe in the journal; " : "", ms / 1000);
}

static void end(struct upkeep *u, struct zone_upkeep *k)
{
    struct upkeep_wait *served = k->served;
    enum result r = k->result;

    k->running = false;
    k->served = NULL;
    u->running--;
    if (r != RES_OK)
        try_again(u, k);
    else
        k->failures = 0;
    if (k->waits != NULL)
        enqueue(u, k);
    if (r == RES_OK)
        upkeep_changed(u, k->zone);     /* what came meanwhile may have been too early */
    tell(served, r);
}

void upkeep_check(struct upkeep *u)
{
    struct zone_upkeep *k, *next;

    pthread_mutex_lock(&u->lock);
    k = u->ended;
    u->ended = NULL;
    pthread_mutex_unlock(&u->lock);
    for (; k != NULL; k = next) {
        next = k->next_ended;
        end(u, k);
    }
    begin_queued(u);
}

bool upkeep_is_busy(const struct upkeep *u)
{
    return u->running > 0;
}

void upkeep_hold(struct upkeep *u, bool hold)
{
    u->held = hold;
    begin_queued(u);
}

/* ---- What is to be written, and when ---- */

static void fire(struct net_timer *t, int64_t now_ms)
{
    struct zone_upkeep *k = CONTAINER_OF(t, struct zone_upkeep, timer);

    (void)now_ms;
    enqueue(k->owner, k);
}

/* The zone's record, made when there is none; NULL without memory. */
static struct zone_upkeep *find(struct upkeep *u, struct zone *z)
{
    struct zone_upkeep *k = z->upkeep;

    if (k != NULL || (k = calloc(1, sizeof *k)) == NULL)
        return k;
    k->owner = u;
    k->zone = z;
    zone_hold(z);
    k->timer.fire = fire;
    k->next = u->all;
    if (u->all != NULL)
        u->all->prev = k;
    u->all = k;
    z->upkeep = k;
    return k;
}

void upkeep_changed(void *upkeep, struct zone *z)
{
    struct upkeep *u = upkeep;
    struct zone_upkeep *k;

    if (!zone_needs_flush(z, rcu_read(z->contents)))
        return;
    k = find(u, z);
    if (k == NULL)
        zone_log(z, LOGC_GENERAL, LVL_ERROR, "%s: its file is written with the next change",
                 result_text(RES_NOMEM));
    else if (k->failures == 0 && (access(z->conf->file, F_OK) != 0 || zone_has_gap(z)))
        enqueue(u, k);          /* a secondary's first version, too, is kept at once */
    else if (k->timer.place == 0)
        net_timer_set(&u->loop->timers, &k->timer, net_now_ms() + upkeep_delay_ms(draw()));
}

void upkeep_write(struct upkeep *u, struct zone *z, struct upkeep_wait *w)
{
    struct zone_upkeep *k = find(u, z);

    if (k == NULL) {
        w->done(w, RES_NOMEM);
        return;
    }
    w->next = k->waits;
    k->waits = w;
    enqueue(u, k);
    begin_queued(u);
}

static void each_zone(const struct zone_set *s, void (*act)(void *arg, struct zone *z), void *arg)
{
    for (unsigned i = 0; s != NULL && i < s->nloads; i++)
        act(arg, s->loads[i].zone);
}

static void note_loaded(void *arg, struct zone *z)
{
    upkeep_changed(arg, z);
}

void upkeep_loaded(struct upkeep *u, const struct zone_set *zones)
{
    each_zone(zones, note_loaded, u);
}

/* ---- The end ---- */

struct last_flush {
    struct upkeep *upkeep;
    struct zone **zones;
    unsigned n;
    atomic_uint next, done;
};

struct flush_job {
    struct pool_job job;
    struct last_flush *flush;
};

static void gather(void *arg, struct zone *z)
{
    struct last_flush *f = arg;

    if (zone_needs_flush(z, rcu_read(z->contents)))
        f->zones[f->n++] = z;
}

static void flush_zones(struct pool_job *job)
{
    struct last_flush *f = CONTAINER_OF(job, struct flush_job, job)->flush;
    unsigned i;

    while ((i = atomic_fetch_add(&f->next, 1)) < f->n) {
        loader_claim(f->upkeep->loader, f->zones[i]);
        zone_flush(f->zones[i], false);
        loader_give_back(f->upkeep->loader, f->zones[i]);
        atomic_fetch_add(&f->done, 1);
    }
}

static void wait_for_flush(const struct last_flush *f)
{
    const struct timespec pause = {.tv_nsec = FLUSH_POLL_NS};
    int64_t report_ms = net_now_ms() + FLUSH_REPORT_MS;

    rcu_offline();              /* nobody's grace period waits for us */
    while (atomic_load(&f->done) < f->n) {
        nanosleep(&pause, NULL);
        if (net_now_ms() < report_ms)
            continue;
        report_ms += FLUSH_REPORT_MS;
        log_write(LOGC_GENERAL, LVL_INFO, "flushing changes: %u of %u zones written",
                  atomic_load(&f->done), f->n);
    }
    rcu_online();
}

/* By several threads, or, when none can be had, by this one. */
static void flush_all(struct last_flush *f)
{
    struct flush_job jobs[FLUSH_THREADS];
    struct pool *pool = f->n > 0 ? pool_new(FLUSH_THREADS, "named-flush") : NULL;

    for (unsigned i = 0; i < FLUSH_THREADS; i++) {
        jobs[i] = (struct flush_job){.job.run = flush_zones, .flush = f};
        if (pool != NULL)
            pool_give(pool, &jobs[i].job);
    }
    if (pool != NULL) {
        wait_for_flush(f);
        pool_free(pool);
        return;
    }
    rcu_offline();
    flush_zones(&jobs[0].job);
    rcu_online();
}

/* What is being written comes to its end. */
static void end_begun(struct upkeep *u)
{
    const struct timespec pause = {.tv_nsec = FLUSH_POLL_NS};

    u->held = true;
    while (upkeep_is_busy(u)) {
        rcu_offline();
        nanosleep(&pause, NULL);
        rcu_online();
        upkeep_check(u);
    }
}

void upkeep_flush_all(struct upkeep *u, const struct zone_set *zones)
{
    struct last_flush f = {.upkeep = u};

    if (zones == NULL)
        return;
    end_begun(u);
    f.zones = calloc(zones->nloads + 1u, sizeof *f.zones);
    if (f.zones == NULL) {
        log_write(LOGC_GENERAL, LVL_ERROR, "flushing changes: %s: they stay in the journals",
                  result_text(RES_NOMEM));
        return;
    }
    each_zone(zones, gather, &f);
    flush_all(&f);
    free(f.zones);
}
