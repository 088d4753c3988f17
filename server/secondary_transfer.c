/*
 * Transfers in: a thread each, as many at a time as transfers-in and transfers-per-ns allow.
 * The thread fetches, checks, makes durable and publishes (xfr/fetch, zone/install); the
 * maintenance thread starts it and takes what it has done.
 */
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rcu.h"
#include "server/secondary.h"
#include "zone/install.h"

struct transfer {
    struct transfer *next;          /* of those that have finished */
    struct secondary *secondary;
    struct transfer_source *source;
    struct secondary_target target; /* the thread's own copy */
    struct fetch fetch;
    struct refresh_timers timers;   /* of the version that is served now */
    bool ask_ixfr, whole;
    enum result result;
};

/* --- the thread --- */

static enum result install_fetched(struct transfer *t, const struct install *in)
{
    struct loader *loader = t->secondary->all->loader;
    enum result r;

    loader_claim(loader, in->zone);
    if (t->fetch.kind == XFRIN_AXFR)
        r = install_whole(in, &t->fetch.contents);
    else
        r = install_differences(in, t->fetch.diffs, t->fetch.ndiffs);
    loader_give_back(loader, in->zone);
    return r;
}

/* Fetches and installs; with RES_OK the zone serves the new version, or had it already. */
static enum result attempt(struct transfer *t, bool ixfr)
{
    const struct contents *have = zone_pin(t->secondary->zone);
    struct install in = {.zone = t->secondary->zone, .any_serial = t->whole,
                         .reason = t->fetch.reason, .reason_room = sizeof t->fetch.reason};
    enum result r;
    bool came;

    fetch_free(&t->fetch);
    t->fetch.reason[0] = '\0';
    t->fetch.try_axfr = false;
    t->fetch.have = ixfr ? have : NULL;
    r = fetch_run(&t->fetch);
    came = r == RES_OK;
    if (came && t->fetch.kind != XFRIN_UP_TO_DATE)
        r = install_fetched(t, &in);
    /* A difference that does not apply, or that the journal did not take: take it whole. */
    if (t->fetch.kind == XFRIN_IXFR &&
        (r == RES_BADZONE || (came && r != RES_OK && r != RES_NOMEM)))
        t->fetch.try_axfr = true;
    if (have != NULL)
        contents_unpin(have);
    return r;
}

static void read_timers(struct transfer *t)
{
    const struct contents *c;

    rcu_online();
    if ((c = rcu_read(t->secondary->zone->contents)) != NULL)
        contents_timers(c, &t->timers.refresh_s, &t->timers.retry_s, &t->timers.expire_s);
    rcu_offline();
}

static void log_transferred(const struct transfer *t)
{
    const struct tsig_key *key = t->fetch.key;

    zone_log(t->secondary->zone, LOGC_XFER_IN, LVL_INFO, "transferred serial %u%s%s%s",
             t->fetch.serial, key != NULL ? ": TSIG '" : "", key != NULL ? key->name_text : "",
             key != NULL ? "'" : "");
}

static void *thread_main(void *arg)
{
    struct transfer *t = arg;
    struct secondaries *all = t->secondary->all;

    rcu_register_thread();
    rcu_offline();
    zone_log(t->secondary->zone, LOGC_XFER_IN, LVL_INFO, "Transfer started.");
    t->result = attempt(t, t->ask_ixfr);
    if (t->result != RES_OK && t->fetch.try_axfr) {
        zone_log(t->secondary->zone, LOGC_XFER_IN, LVL_INFO, "IXFR failed (%s), trying AXFR",
                 t->fetch.reason);
        t->result = attempt(t, false);
    }
    if (t->result == RES_OK && t->fetch.kind != XFRIN_UP_TO_DATE)
        log_transferred(t);
    fetch_log_end(&t->fetch, t->result);
    read_timers(t);
    fetch_free(&t->fetch);
    rcu_unregister_thread();
    pthread_mutex_lock(&all->lock);
    t->next = all->finished;
    all->finished = t;
    net_loop_wake(all->loop);
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

/* --- the maintenance thread's side --- */

static struct transfer_source *find_source(struct secondaries *all, const union net_addr *addr)
{
    struct transfer_source *src;

    for (src = all->sources; src != NULL; src = src->next)
        if (net_addr_equal(&src->addr, addr))
            return src;
    if ((src = calloc(1, sizeof *src)) == NULL)
        return NULL;
    src->addr = *addr;
    secondary_queues_init(src->queues);
    src->next = all->sources;
    all->sources = src;
    return src;
}

static void fill_limits(struct fetch_limits *l, const struct conf_snapshot *conf,
                        const struct zone_options *o)
{
    *l = (struct fetch_limits){.connect_ms = conf->tcp_primaries_timeout_ms,
                               .total_s = o->max_transfer_time_in_s,
                               .idle_s = o->max_transfer_idle_in_s,
                               .min_bytes = o->min_transfer_bytes,
                               .min_span_s = o->min_transfer_span_s,
                               .max_records = o->max_records,
                               .max_records_per_type = o->max_records_per_type,
                               .max_types_per_name = o->max_types_per_name};
}

static struct transfer *transfer_new(struct secondary *s, struct transfer_source *src)
{
    struct transfer *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->secondary = s;
    t->source = src;
    t->target = s->target;          /* the key with it: a transfer outlives reloads */
    s->target.secret = NULL;
    s->target.key.name = NULL;
    if (t->target.key.name != NULL) {
        t->target.key.name = t->target.key_name.wire;
        t->target.key.name_text = t->target.key_text;
    }
    t->whole = s->whole;
    t->ask_ixfr = t->target.request_ixfr && !s->whole;
    t->fetch = (struct fetch){.zone = s->zone,
                              .primary = t->target.addr,
                              .source = t->target.source,
                              .key = t->target.key.name != NULL ? &t->target.key : NULL,
                              .cancel_fd = s->all->cancel_fd};
    fill_limits(&t->fetch.limits, s->all->conf, secondary_conf(s)->options);
    return t;
}

static void transfer_free(struct transfer *t)
{
    target_free(&t->target);
    free(t);
}

static bool start_thread(struct transfer *t)
{
    pthread_attr_t attr;
    pthread_t thread;
    bool ok;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    ok = pthread_create(&thread, &attr, thread_main, t) == 0;
    pthread_attr_destroy(&attr);
    return ok;
}

static void start(struct secondary *s, struct transfer_source *src)
{
    struct secondaries *all = s->all;
    struct transfer *t = transfer_new(s, src);

    s->phase = SECONDARY_TRANSFERS;
    s->since_ms = net_now_ms();
    s->transfer = t;
    src->running++;
    all->transfers++;
    if (t != NULL && start_thread(t))
        return;
    src->running--;
    all->transfers--;
    s->transfer = NULL;
    if (t != NULL)
        transfer_free(t);
    zone_log(s->zone, LOGC_XFER_IN, LVL_ERROR, "starting a transfer: %s",
             result_text(RES_NORESOURCES));
    secondary_note_error(s, "starting a transfer: %s", result_text(RES_NORESOURCES));
    round_next(s);
}

static bool has_room(const struct secondaries *all, const struct transfer_source *src,
                     unsigned per_source)
{
    return all->transfers < all->conf->transfers_in && src->running < per_source;
}

void transfer_want(struct secondary *s)
{
    struct transfer_source *src = find_source(s->all, &s->target.addr);

    if (src == NULL) {
        secondary_note_error(s, "%s", result_text(RES_NOMEM));
        round_next(s);
        return;
    }
    src->limit = s->target.transfers;
    if (has_room(s->all, src, src->limit)) {
        start(s, src);
        return;
    }
    zone_log(s->zone, LOGC_XFER_IN, LVL_INFO, "zone transfer deferred due to quota");
    s->phase = SECONDARY_WAITS_TO_TRANSFER;
    s->waits_at = src;
    src->waiting++;
    s->all->deferred++;
    secondary_enqueue(src->queues, s);
}

static void stop_waiting(struct secondary *s)
{
    s->waits_at->waiting--;
    s->waits_at = NULL;
    s->all->deferred--;
}

void transfer_stop(struct secondary *s)
{
    if (s->phase != SECONDARY_WAITS_TO_TRANSFER)
        return;
    secondary_take_out(s);
    stop_waiting(s);
}

/* The best rank that waits at a source with room: NOTIFY before near expiry before routine. */
static struct transfer_source *next_source(struct secondaries *all)
{
    for (unsigned rank = 0; rank < RANKS; rank++)
        for (struct transfer_source *src = all->sources; src != NULL; src = src->next)
            if (src->queues[rank].first != NULL && has_room(all, src, src->limit))
                return src;
    return NULL;
}

static void start_waiting(struct secondaries *all)
{
    struct transfer_source *src;

    while (all->deferred > 0 && (src = next_source(all)) != NULL) {
        struct secondary *s = secondary_dequeue(src->queues);

        stop_waiting(s);
        start(s, src);
    }
}

static void free_idle_sources(struct secondaries *all)
{
    struct transfer_source **at = &all->sources;

    while (*at != NULL) {
        struct transfer_source *src = *at;

        if (src->running == 0 && src->waiting == 0) {
            *at = src->next;
            free(src);
        } else {
            at = &src->next;
        }
    }
}

static void take_outcome(struct secondary *s, const struct transfer *t)
{
    char addr[NET_ADDR_TEXT];

    s->transfer = NULL;
    s->phase = SECONDARY_IDLE;
    s->has_expire = t->fetch.has_expire || s->has_expire;
    if (t->fetch.has_expire)
        s->expire_s = t->fetch.expire_s;
    if (t->result != RES_OK) {
        secondary_note_error(s, "%s: %s", net_addr_format(&t->target.addr, addr),
                             t->fetch.reason[0] != '\0' ? t->fetch.reason
                                                        : result_text(t->result));
        round_next(s);
        return;
    }
    s->whole = false;
    s->new_timers = t->timers;
    secondary_event(s, t->fetch.kind == XFRIN_UP_TO_DATE ? REFRESH_UP_TO_DATE
                                                         : REFRESH_TRANSFERRED);
    if (t->fetch.kind != XFRIN_UP_TO_DATE)
        changes_post(s->all->changes, s->zone);
}

bool transfer_is_connected(const struct secondary *s)
{
    return s->transfer != NULL &&
           __atomic_load_n(&s->transfer->fetch.connected, __ATOMIC_RELAXED);
}

void transfers_take_finished(struct secondaries *all)
{
    struct transfer *list, *next;

    pthread_mutex_lock(&all->lock);
    list = all->finished;
    all->finished = NULL;
    pthread_mutex_unlock(&all->lock);
    for (struct transfer *t = list; t != NULL; t = next) {
        next = t->next;
        t->source->running--;
        all->transfers--;
        if (t->secondary->dropped)
            secondary_free(t->secondary);
        else
            take_outcome(t->secondary, t);
        transfer_free(t);
    }
    if (list != NULL) {
        start_waiting(all);
        free_idle_sources(all);
    }
}

void transfers_wait(struct secondaries *all)
{
    uint64_t one = 1;
    ssize_t n = write(all->cancel_fd, &one, sizeof one);

    (void)n;
    while (all->transfers > 0) {
        usleep(10000);
        transfers_take_finished(all);
    }
}
