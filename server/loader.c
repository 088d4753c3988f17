#include "server/loader.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "server/readiness.h"
#include "zone/build.h"
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

static void load_one(struct runner *r, struct zone_builder *b, const struct loader_item *item)
{
    const struct zone_load_sink sink = {
        .message = log_message, .progress = note_progress, .arg = r};

    if (!has_file(item->zone) || (!item->forced && !zone_files_changed(item->zone)))
        return;
    note_progress(r, 0, 0);
    atomic_store(&r->zone, item->zone);
    zone_load(item->zone, b, &sink);
    atomic_store(&r->zone, NULL);
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
    l->nrunners = n;
    for (unsigned i = 0; i < n; i++) {
        l->runners[i].job.run = run;
        l->runners[i].loader = l;
    }
    return l;
}

void loader_free(struct loader *l)
{
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
    return l->busy;
}

void loader_check(struct loader *l)
{
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
