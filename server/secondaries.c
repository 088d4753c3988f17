/* The life of secondary zones: they come, load, ask, expire and go. */
#include "server/secondaries.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/secondary.h"
#include "zone/files.h"
#include "zone/install.h"

enum { WAIT_TEXT = 160 };

/* --- queues --- */

void secondary_queues_init(struct secondary_queue queues[RANKS])
{
    for (unsigned i = 0; i < RANKS; i++) {
        queues[i].first = NULL;
        queues[i].last = &queues[i].first;
    }
}

void secondary_enqueue(struct secondary_queue queues[RANKS], struct secondary *s)
{
    struct secondary_queue *q = &queues[s->rank];

    s->waits_in = queues;
    s->next = NULL;
    *q->last = s;
    q->last = &s->next;
}

struct secondary *secondary_dequeue(struct secondary_queue queues[RANKS])
{
    for (unsigned i = 0; i < RANKS; i++) {
        struct secondary *s = queues[i].first;

        if (s == NULL)
            continue;
        queues[i].first = s->next;
        if (s->next == NULL)
            queues[i].last = &queues[i].first;
        s->waits_in = NULL;
        return s;
    }
    return NULL;
}

void secondary_take_out(struct secondary *s)
{
    struct secondary_queue *q = s->waits_in != NULL ? &s->waits_in[s->rank] : NULL;
    struct secondary **at = q != NULL ? &q->first : NULL;

    if (q == NULL)
        return;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    if (s->next == NULL)
        q->last = at;
    s->waits_in = NULL;
}

void secondary_set_rank(struct secondary *s, enum secondary_rank rank)
{
    struct secondary_queue *queues = s->waits_in;

    secondary_take_out(s);
    s->rank = rank;
    if (queues != NULL)
        secondary_enqueue(queues, s);
}

/* --- one zone --- */

const struct conf_zone *secondary_conf(const struct secondary *s)
{
    return s->zone->conf;
}

void secondary_note_error(struct secondary *s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(s->last_error, sizeof s->last_error, fmt, ap);
    va_end(ap);
    s->last_error_s = time(NULL);
}

static void set_timer(struct secondary *s)
{
    int64_t at = refresh_wake_ms(&s->machine);

    if (at == INT64_MAX)
        net_timer_stop(&s->all->loop->timers, &s->timer);
    else
        net_timer_set(&s->all->loop->timers, &s->timer, at);
}

/* What the round waits for at this moment, or an empty text. */
static void describe_wait(const struct secondary *s, char *text, size_t room)
{
    char addr[NET_ADDR_TEXT];
    int for_s = (int)((net_now_ms() - s->since_ms) / 1000);

    net_addr_format(&s->target.addr, addr);
    text[0] = '\0';
    if (s->phase == SECONDARY_WAITS_TO_ASK)
        snprintf(text, room, "waiting for a turn to ask (serial-query-rate)");
    else if (s->phase == SECONDARY_ASKS)
        snprintf(text, room, "asking %s by %s for %d s", addr,
                 s->asking != NULL && s->asking->exchange.tcp ? "TCP" : "UDP", for_s);
    else if (s->phase == SECONDARY_WAITS_TO_TRANSFER)
        snprintf(text, room, "waiting for a transfer from %s to begin (transfers-in, "
                 "transfers-per-ns)", addr);
    else if (s->phase == SECONDARY_TRANSFERS)
        snprintf(text, room, "%s %s by TCP for %d s",
                 transfer_is_connected(s) ? "transferring from" : "connecting to", addr, for_s);
}

/* The zone is unloaded: what it had may be wrong by now (RFC 1034 §4.3.5). */
static void expire(struct secondary *s)
{
    char wait[WAIT_TEXT];

    zone_log(s->zone, LOGC_GENERAL, LVL_WARNING, "expired");
    describe_wait(s, wait, sizeof wait);
    if (s->last_error[0] != '\0')
        zone_log(s->zone, LOGC_GENERAL, LVL_WARNING, "last failure: %s", s->last_error);
    if (wait[0] != '\0')
        zone_log(s->zone, LOGC_GENERAL, LVL_WARNING, "under way: %s", wait);
    zone_expire(s->zone);
}

static void warn(const struct secondary *s)
{
    int64_t left_s = (s->machine.expire_at_ms - s->all->loop->now_ms) / 1000;
    char wait[WAIT_TEXT];

    describe_wait(s, wait, sizeof wait);
    zone_log(s->zone, LOGC_GENERAL, LVL_WARNING,
             "%u%% of EXPIRE have passed since a primary was last seen: "
             "expires in %lld seconds%s%s%s%s",
             s->machine.warned_pct, (long long)left_s, s->last_error[0] != '\0' ? "; " : "",
             s->last_error, wait[0] != '\0' ? "; " : "", wait);
}

/* What the version's SOA and the primaries have said, for the event at hand. */
static void fill_input(const struct secondary *s, struct refresh_input *in,
                       enum refresh_event event)
{
    *in = (struct refresh_input){.event = event,
                                 .now_ms = s->all->loop->now_ms,
                                 .timers = s->new_timers,
                                 .has_expire_option = s->has_expire,
                                 .expire_option_s = s->expire_s};
    if (getrandom(&in->random, sizeof in->random, GRND_NONBLOCK) != sizeof in->random)
        in->random = UINT32_MAX / 2;
}

/* By how much the primary's own remaining time cuts EXPIRE: as if we had seen it so much
 * earlier. */
static time_t shortened_s(const struct secondary *s)
{
    const struct refresh *m = &s->machine;

    return (time_t)m->timers.expire_s - (time_t)((m->expire_at_ms - m->good_at_ms) / 1000);
}

static void mark_good(struct secondary *s)
{
    s->last_error[0] = '\0';
    s->last_error_s = 0;
    /* the files' time says at the next start when the zone was last known to be good */
    zone_files_touch(secondary_conf(s), time(NULL) - shortened_s(s));
}

static void act(struct secondary *s, unsigned actions)
{
    if (actions & REFRESH_EXPIRE)
        expire(s);
    if (actions & REFRESH_WARN)
        warn(s);
    if (actions & REFRESH_ASK) {
        if (s->rank != RANK_NOTIFIED)
            s->rank = refresh_is_urgent(&s->machine, s->all->loop->now_ms) ? RANK_URGENT
                                                                            : RANK_ROUTINE;
        round_begin(s);
    }
}

static void step(struct secondary *s, const struct refresh_input *in)
{
    unsigned actions = refresh_step(&s->machine, in);

    if (in->event == REFRESH_UP_TO_DATE || in->event == REFRESH_TRANSFERRED)
        mark_good(s);
    if (in->event == REFRESH_UP_TO_DATE || in->event == REFRESH_TRANSFERRED ||
        in->event == REFRESH_FAILED)
        s->rank = RANK_ROUTINE;
    act(s, actions);
    set_timer(s);
    __atomic_store_n(&s->zone->expires_ms,
                     s->machine.has_version && !s->machine.expired ? s->machine.expire_at_ms : 0,
                     __ATOMIC_RELAXED);
}

void secondary_event(struct secondary *s, enum refresh_event event)
{
    struct refresh_input in;

    fill_input(s, &in, event);
    step(s, &in);
}

static void on_timer(struct net_timer *t, int64_t now_ms)
{
    struct secondary *s = CONTAINER_OF(t, struct secondary, timer);

    (void)now_ms;
    secondary_event(s, REFRESH_DUE);
}

/* --- they come and go --- */

static struct refresh_bounds bounds_of(const struct zone_options *o)
{
    return (struct refresh_bounds){o->min_refresh_s, o->max_refresh_s, o->min_retry_s,
                                   o->max_retry_s};
}

static void add(struct secondaries *all, struct zone *z, const struct conf_zone *conf)
{
    struct refresh_bounds bounds = bounds_of(conf->options);
    struct secondary *s = ARRAY_ROOM(all->list, all->count, all->room) ? calloc(1, sizeof *s)
                                                                       : NULL;

    if (s == NULL) {
        zone_log(z, LOGC_GENERAL, LVL_ERROR, "will not be refreshed: out of memory");
        return;
    }
    if (conf->file == NULL)
        zone_log(z, LOGC_GENERAL, LVL_INFO,
                 "has no file: after each start it serves nothing until it was transferred anew");
    s->all = all;
    s->zone = z;
    zone_hold(z);
    z->secondary = s;
    s->timer.fire = on_timer;
    s->rank = RANK_ROUTINE;
    refresh_init(&s->machine, &bounds);
    all->list[all->count++] = s;
}

void secondary_free(struct secondary *s)
{
    target_free(&s->target);
    zone_release(s->zone);
    free(s);
}

/* A transfer that runs has the zone until its end. */
static void drop(struct secondary *s)
{
    round_stop(s);
    net_timer_stop(&s->all->loop->timers, &s->timer);
    s->zone->secondary = NULL;
    s->dropped = true;
    if (s->transfer == NULL)
        secondary_free(s);
}

/* The settings may be others: a round that waits or asks begins anew with them. */
static void adapt(struct secondary *s)
{
    s->machine.bounds = bounds_of(secondary_conf(s)->options);
    if (s->phase == SECONDARY_IDLE || s->phase == SECONDARY_TRANSFERS)
        return;
    round_stop(s);
    round_begin(s);
}

static void drop_old(struct secondaries *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++) {
        struct secondary *s = all->list[i];

        if (zone_is_dropped(s->zone)) {
            drop(s);
        } else {
            adapt(s);
            all->list[kept++] = s;
        }
    }
    all->count = kept;
}

void secondaries_configure(struct secondaries *all, const struct conf_snapshot *conf,
                           const struct zone_set *zones)
{
    all->conf = conf;
    drop_old(all);
    for (unsigned i = 0; i < conf->nviews; i++)
        for (unsigned j = 0; j < conf->views[i].nzones; j++) {
            struct zone *z = zones->zones[i][j];
            const struct conf_zone *c = &conf->views[i].zones[j];

            if (z != NULL && c->type == ZONE_SECONDARY && z->secondary == NULL)
                add(all, z, c);
        }
}

/* The version from the files was good when they were last written or touched. */
static void start_with_version(struct secondary *s, const struct contents *c)
{
    struct refresh_input in;
    time_t good = zone_files_time(secondary_conf(s)), now = time(NULL);

    contents_timers(c, &s->new_timers.refresh_s, &s->new_timers.retry_s,
                    &s->new_timers.expire_s);
    fill_input(s, &in, REFRESH_LOADED);
    in.has_expire_option = false;
    in.age_ms = good > 0 && good < now ? (int64_t)(now - good) * 1000 : 0;
    step(s, &in);
}

void secondaries_loaded(struct secondaries *all, struct zone *z)
{
    struct secondary *s = z->secondary;

    (void)all;
    if (s == NULL || s->started)
        return;
    s->started = true;
    if (rcu_read(z->contents) != NULL)
        start_with_version(s, rcu_read(z->contents));
    else
        secondary_event(s, REFRESH_START);
    if (s->ordered)
        secondary_event(s, REFRESH_ORDERED);
    s->ordered = false;
}

void secondaries_all_loaded(struct secondaries *all)
{
    for (size_t i = 0; i < all->count; i++)
        secondaries_loaded(all, all->list[i]->zone);
}

void secondaries_check(struct secondaries *all)
{
    round_free_asked(all);
    transfers_take_finished(all);
    notices_take(all);
}

struct secondaries *secondaries_new(struct net_loop *loop, struct changes *changes,
                                    struct loader *loader)
{
    struct secondaries *all = calloc(1, sizeof *all);

    if (all == NULL)
        return NULL;
    all->loop = loop;
    all->changes = changes;
    all->loader = loader;
    all->last_notice = &all->notices;
    all->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&all->lock, NULL);
    round_timer_init(all);
    if (all->cancel_fd >= 0)
        return all;
    secondaries_free(all);
    return NULL;
}

void secondaries_free(struct secondaries *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < all->count; i++)
        drop(all->list[i]);
    all->count = 0;
    transfers_wait(all);
    round_free_asked(all);
    notices_free(all);
    net_timer_stop(&all->loop->timers, &all->ask_timer);
    pthread_mutex_destroy(&all->lock);
    if (all->cancel_fd >= 0)
        close(all->cancel_fd);
    free(all->list);
    free(all);
}

/* --- rndc --- */

enum result secondaries_refresh(struct secondaries *all, struct zone *z)
{
    struct secondary *s = z->secondary;

    (void)all;
    if (s == NULL)
        return RES_NOTFOUND;
    secondary_set_rank(s, RANK_NOTIFIED);       /* somebody waits for it */
    s->ordered = !s->started;
    if (s->started)
        secondary_event(s, REFRESH_ORDERED);
    return RES_OK;
}

enum result secondaries_retransfer(struct secondaries *all, struct zone *z)
{
    if (z->secondary == NULL)
        return RES_NOTFOUND;
    z->secondary->whole = true;
    return secondaries_refresh(all, z);
}

static time_t wall_time(int64_t at_ms)
{
    return time(NULL) + (time_t)((at_ms - net_now_ms()) / 1000);
}

bool secondaries_status(const struct secondaries *all, const struct zone *z,
                        struct secondary_status *out)
{
    const struct secondary *s = z->secondary;

    (void)all;
    if (s == NULL)
        return false;
    *out = (struct secondary_status){.next_refresh_s = wall_time(s->machine.ask_at_ms),
                                     .last_error_s = s->last_error_s};
    if (s->machine.has_version)
        out->expires_s = wall_time(s->machine.expire_at_ms);
    snprintf(out->last_error, sizeof out->last_error, "%s", s->last_error);
    describe_wait(s, out->under_way, sizeof out->under_way);
    return true;
}

void secondaries_count(const struct secondaries *all, struct secondaries_totals *out)
{
    *out = (struct secondaries_totals){all->transfers, all->deferred, all->asking, 0};
    for (size_t i = 0; i < all->count; i++)
        out->first += rcu_read(all->list[i]->zone->contents) == NULL && all->list[i]->started;
}
