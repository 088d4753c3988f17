#include "server/loader.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/readiness.h"
#include "zone/build.h"
#include "zone/files.h"
#include "zone/load.h"

enum { FIRST_REPORT_MS = 1000, TERMINAL_EVERY_MS = 500, LOG_EVERY_MS = 5000 };

/* A fixed bound: malloc() would raise its own with each large block that is freed, and then
 * keep the next ones in arenas whose top malloc_trim() does not give back. */
enum { MMAP_FROM_BYTES = 1 << 20 };

/* One job of the pool: takes zone after zone until none is left. */
struct runner {
    struct pool_job job;
    struct loader *loader;
    struct zone *_Atomic zone;              /* being loaded */
    _Atomic uint64_t bytes, total;          /* of its file */
};

struct loader {
    struct pool *pool;
    struct net_loop *loop;
    struct net_timer timer;
    bool terminal, shown, busy;
    int64_t logged_ms;                      /* 0: not yet */
    const struct loader_item *items;
    uint32_t nitems;
    atomic_uint next, done;                 /* items taken, items finished */
    atomic_uint running;                    /* runners at work */
    pthread_mutex_t lock;                   /* for the claims of all zones, and `ended` */
    pthread_cond_t given_back;
    struct loader_job *ended, **ended_tail;
    unsigned njobs;                         /* begun and not told of yet: maintenance thread */
    void (*loaded)(void *arg, struct zone *z);
    void *loaded_arg;
    void (*on_done)(void *arg);
    void *arg;
    unsigned nrunners;
    struct runner runners[];
};

/* Zone messages are of category zoneload, the parser's of general, as in BIND. */
static void log_message(void *arg, int level, const char *text)
{
    (void)arg;
    log_write(strncmp(text, "zone ", 5) == 0 ? LOGC_ZONELOAD : LOGC_GENERAL, level, "%s", text);
}

static void note_progress(void *arg, uint64_t bytes, uint64_t total)
{
    struct runner *r = arg;

    atomic_store_explicit(&r->total, total, memory_order_relaxed);
    atomic_store_explicit(&r->bytes, bytes, memory_order_relaxed);
}

/* A secondary's file is a copy that may not be there yet; that is no mistake. */
static bool has_file(const struct zone *z)
{
    if (z->conf->type != ZONE_SECONDARY)
        return true;
    return z->conf->file != NULL && access(z->conf->file, F_OK) == 0;
}

/* What is changed here is not read again, unless it never came so far.  What has expired is in the
 * file still, and must come from a primary (RFC 1034 §4.3.5). */
static bool wants_load(const struct zone *z, bool forced)
{
    if (!has_file(z) || __atomic_load_n(&z->expired, __ATOMIC_RELAXED) ||
        (rcu_read(z->contents) != NULL && zone_owns_data(z)))
        return false;
    return forced || z->last_result != RES_OK || zone_files_changed(z);
}

void loader_claim(struct loader *l, struct zone *z)
{
    pthread_mutex_lock(&l->lock);
    while (z->claimed)
        pthread_cond_wait(&l->given_back, &l->lock);
    z->claimed = true;
    pthread_mutex_unlock(&l->lock);
}

bool loader_try_claim(struct loader *l, struct zone *z)
{
    bool free;

    pthread_mutex_lock(&l->lock);
    free = !z->claimed;
    z->claimed = true;
    pthread_mutex_unlock(&l->lock);
    return free;
}

void loader_give_back(struct loader *l, struct zone *z)
{
    pthread_mutex_lock(&l->lock);
    z->claimed = false;
    pthread_cond_broadcast(&l->given_back);
    pthread_mutex_unlock(&l->lock);
}

static void load_item(struct runner *r, struct zone_builder *b, const struct loader_item *item)
{
    const struct zone_load_sink sink = {
        .message = log_message, .progress = note_progress, .arg = r};

    note_progress(r, 0, 0);
    atomic_store(&r->zone, item->zone);
    if (zone_load(item->zone, b, &sink) == RES_OK && r->loader->loaded != NULL)
        r->loader->loaded(r->loader->loaded_arg, item->zone);
    atomic_store(&r->zone, NULL);
}

static void load_one(struct runner *r, struct zone_builder *b, const struct loader_item *item)
{
    loader_claim(r->loader, item->zone);
    if (wants_load(item->zone, item->forced))
        load_item(r, b, item);
    loader_give_back(r->loader, item->zone);
}

static void run(struct pool_job *job)
{
    struct runner *r = CONTAINER_OF(job, struct runner, job);
    struct loader *l = r->loader;
    struct zone_builder *b = zone_builder_new();
    unsigned i;

    while (b != NULL && (i = atomic_fetch_add(&l->next, 1)) < l->nitems) {
        load_one(r, b, &l->items[i]);
        atomic_fetch_add_explicit(&l->done, 1, memory_order_relaxed);
    }
    zone_builder_free(b);
    if (b == NULL)
        log_write(LOGC_ZONELOAD, LVL_CRITICAL, "loading zones: out of memory");
    if (atomic_fetch_sub(&l->running, 1) == 1)
        net_loop_wake(l->loop);
}

static void load_single(struct loader_job *job)
{
    const struct zone_load_sink sink = {.message = log_message};
    struct zone_builder *b = NULL;

    if (job->work != NULL)
        job->result = job->work(job);
    else if (!wants_load(job->zone, job->forced))
        job->result = RES_UNCHANGED;
    else if ((b = zone_builder_new()) == NULL)
        job->result = RES_NOMEM;
    else
        job->result = zone_load(job->zone, b, &sink);
    zone_builder_free(b);
}

static void run_single(struct pool_job *p)
{
    struct loader_job *job = CONTAINER_OF(p, struct loader_job, job);
    struct loader *l = job->loader;

    loader_claim(l, job->zone);
    load_single(job);
    loader_give_back(l, job->zone);
    pthread_mutex_lock(&l->lock);
    *l->ended_tail = job;
    l->ended_tail = &job->next;
    pthread_mutex_unlock(&l->lock);
    net_loop_wake(l->loop);
}

void loader_watch(struct loader *l, void (*loaded)(void *arg, struct zone *z), void *arg)
{
    l->loaded = loaded;
    l->loaded_arg = arg;
}

void loader_load(struct loader *l, struct loader_job *job)
{
    job->loader = l;
    job->next = NULL;
    job->job.run = run_single;
    l->njobs++;
    pool_give(l->pool, &job->job);
}

/* Tells who asked for single zones. */
static void tell_singles(struct loader *l)
{
    struct loader_job *job, *next;

    pthread_mutex_lock(&l->lock);
    job = l->ended;
    l->ended = NULL;
    l->ended_tail = &l->ended;
    pthread_mutex_unlock(&l->lock);
    for (; job != NULL; job = next) {
        next = job->next;
        l->njobs--;
        job->done(job);
    }
}

/* The runner whose zone has most left to read; NULL when none is at work. */
static const struct runner *find_slowest(const struct loader *l)
{
    const struct runner *slowest = NULL;
    uint64_t most = 0;

    for (unsigned i = 0; i < l->nrunners; i++) {
        const struct runner *r = &l->runners[i];
        uint64_t total = atomic_load(&r->total), bytes = atomic_load(&r->bytes);
        uint64_t left = total > bytes ? total - bytes : 0;
        if (atomic_load(&r->zone) == NULL || (slowest != NULL && left <= most))
            continue;
        slowest = r;
        most = left;
    }
    return slowest;
}

/* "loading zones: 17 of 40, big.example/IN 45% read" */
static void progress_text(const struct loader *l, char *out, size_t room)
{
    const struct runner *r = find_slowest(l);
    const struct zone *z = r != NULL ? atomic_load(&r->zone) : NULL;
    char name[ZONE_TEXT] = "", percent[24] = "";
    uint64_t total = z != NULL ? atomic_load(&r->total) : 0;

    if (total > 0)
        snprintf(percent, sizeof percent, " %u%% read",
                 (unsigned)(atomic_load(&r->bytes) / (total / 100 + 1)));
    snprintf(out, room, "loading zones: %u of %u%s%.200s%s", atomic_load(&l->done), l->nitems,
             z != NULL ? ", " : "", z != NULL ? zone_text(z, name) : "", percent);
}

/* The cursor goes back to the first column: the next log line writes over it. */
static void show_on_terminal(struct loader *l, const char *text)
{
    char line[80];
    int n = snprintf(line, sizeof line, "\033[K%.70s\r", text);

    l->shown = write(STDERR_FILENO, line, (size_t)n) > 0;
}

static void clear_terminal(struct loader *l)
{
    if (l->shown)
        l->shown = write(STDERR_FILENO, "\033[K", 3) < 0;
}

static void report(struct net_timer *t, int64_t now_ms)
{
    struct loader *l = CONTAINER_OF(t, struct loader, timer);
    char text[512];

    progress_text(l, text, sizeof text);
    if (now_ms - l->logged_ms >= LOG_EVERY_MS || l->logged_ms == 0) {
        l->logged_ms = now_ms;
        log_write(LOGC_ZONELOAD, LVL_INFO, "%s", text);
        readiness_starting(text);
    }
    if (l->terminal)
        show_on_terminal(l, text);
    net_timer_set(&l->loop->timers, t, now_ms + TERMINAL_EVERY_MS);
}

struct loader *loader_new(struct pool *pool, struct net_loop *loop, bool terminal)
{
    unsigned n = pool_threads(pool);
    struct loader *l = calloc(1, sizeof *l + n * sizeof *l->runners);

    if (l == NULL)
        return NULL;
    mallopt(M_MMAP_THRESHOLD, MMAP_FROM_BYTES);
    l->pool = pool;
    l->loop = loop;
    l->terminal = terminal && isatty(STDERR_FILENO);
    l->timer.fire = report;
    l->ended_tail = &l->ended;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->given_back, NULL);
    l->nrunners = n;
    for (unsigned i = 0; i < n; i++) {
        l->runners[i].job.run = run;
        l->runners[i].loader = l;
    }
    return l;
}

void loader_free(struct loader *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->given_back);
    free(l);
}

void loader_start(struct loader *l, const struct loader_item *items, uint32_t n,
                  void (*done)(void *arg), void *arg)
{
    l->items = items;
    l->nitems = n;
    l->on_done = done;
    l->arg = arg;
    l->busy = true;
    l->logged_ms = 0;
    atomic_store(&l->next, 0);
    atomic_store(&l->done, 0);
    atomic_store(&l->running, l->nrunners);
    net_timer_set(&l->loop->timers, &l->timer, net_now_ms() + FIRST_REPORT_MS);
    for (unsigned i = 0; i < l->nrunners; i++)
        pool_give(l->pool, &l->runners[i].job);
}

bool loader_is_busy(const struct loader *l)
{
    return l->busy || l->njobs > 0;
}

void loader_check(struct loader *l)
{
    tell_singles(l);
    if (!l->busy || atomic_load(&l->running) > 0)
        return;
    l->busy = false;
    net_timer_stop(&l->loop->timers, &l->timer);
    clear_terminal(l);
    malloc_trim(0);     /* what the builders needed goes back to the system */
    l->on_done(l->arg);
}

void loader_cancel(struct loader *l)
{
    atomic_store(&l->next, l->nitems);
}
