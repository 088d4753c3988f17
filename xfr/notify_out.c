#include "xfr/notify_out.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "xfr/exchange.h"
#include "xfr/notify_message.h"
#include "xfr/rate.h"
#include "xfr/resolve.h"

enum {
    UDP_TRIES = 3,
    UDP_WAIT_MS = 5000,
    TCP_WAIT_MS = 15000,
    UNDER_WAY_MAX = 4000        /* messages, each with a socket; more wait in their queue */
};

/* What is kept of a zone; it holds the zone while it is in a queue or its timer runs. */
struct zone_notify {
    struct zone *zone;
    struct notifier *notifier;
    struct zone_notify *next;       /* in a lane's queue, or among the delayed … */
    struct zone_notify **at;        /* … where this points to it */
    struct net_timer timer;         /* notify-delay */
    int64_t last_ms;
    bool told, waits;
    unsigned under_way;             /* messages */
};

/* A message to one server. */
struct sending {
    struct sending *next, **at;     /* in a list; of those under way: where this is pointed to */
    struct notifier *notifier;
    struct zone *zone;              /* held */
    struct exchange exchange;
    struct notify_message message;
    union net_addr to, from;
    struct tsig_key key;
    struct tsig_session session;
    bool tcp;
    unsigned rcode;
    enum result verdict;            /* on the answer's signature */
    size_t len;
    uint8_t bytes[NOTIFY_ROOM];
    uint8_t key_memory[];
};

/* What goes at one rate. */
struct lane {
    struct rate rate;
    struct zone_notify *first, **tail;
    struct sending *ready, **ready_tail;    /* of zones taken from the queue */
};

struct notifier {
    struct net_loop *loop;
    struct notifier_server server;
    struct resolver *resolver;
    struct lane normal, startup;
    struct zone_notify *delayed;
    struct net_timer timer;         /* when a lane may go on */
    struct sending *under_way, *ended;
    unsigned nunder_way;
    struct notify_targets targets, later;   /* scratch */
};

static void on_rate_timer(struct net_timer *t, int64_t now_ms)
{
    (void)t;
    (void)now_ms;       /* notifier_check() comes behind the step */
}

static void init_lane(struct lane *l)
{
    l->tail = &l->first;
    l->ready_tail = &l->ready;
}

struct notifier *notifier_new(struct net_loop *loop, const struct notifier_server *server)
{
    struct notifier *n = calloc(1, sizeof *n);

    if (n == NULL || (n->resolver = resolver_new(loop)) == NULL) {
        free(n);
        return NULL;
    }
    n->loop = loop;
    n->server = *server;
    n->timer.fire = on_rate_timer;
    init_lane(&n->normal);
    init_lane(&n->startup);
    notifier_configure(n, 20, 20);
    return n;
}

void notifier_configure(struct notifier *n, unsigned rate, unsigned startup_rate)
{
    rate_set(&n->normal.rate, rate);
    rate_set(&n->startup.rate, startup_rate);
}

/* --- one message --- */

static void free_sending(struct sending *s)
{
    zone_release(s->zone);
    free(s);
}

static void unlink_sending(struct sending *s)
{
    *s->at = s->next;
    if (s->next != NULL)
        s->next->at = s->at;
    s->notifier->nunder_way--;
    s->zone->notify->under_way--;
}

/* Its memory stays until the step of the loop is over. */
static void end_sending(struct sending *s)
{
    unlink_sending(s);
    s->next = s->notifier->ended;
    s->notifier->ended = s;
}

static void log_sending(const struct sending *s)
{
    char to[NET_ADDR_TEXT];

    zone_log(s->zone, LOGC_NOTIFY, LVL_INFO, "sending notify to %s%s%s%s",
             net_addr_format(&s->to, to), s->message.key != NULL ? " : TSIG (" : "",
             s->message.key != NULL ? s->message.key->name_text : "",
             s->message.key != NULL ? ")" : "");
}

static void log_failure(const struct sending *s, int level, enum result r, const char *then)
{
    char to[NET_ADDR_TEXT];

    zone_log(s->zone, LOGC_NOTIFY, level, "notify to %s failed: %s%s",
             net_addr_format(&s->to, to), result_text(r), then);
}

static bool accept_answer(struct exchange *x, const uint8_t *msg, size_t len)
{
    struct sending *s = CONTAINER_OF(x, struct sending, exchange);

    if (!notify_answer_read(&s->message, msg, len, &s->rcode))
        return false;
    if (s->message.key != NULL)
        s->verdict = tsig_verify_response(&s->session, msg, len, (uint64_t)time(NULL));
    return true;
}

/* Writes the message as the zone is now and begins to send it. */
static enum result start_sending(struct sending *s)
{
    struct notify_message *m = &s->message;

    if (getrandom(&m->id, sizeof m->id, GRND_NONBLOCK) < 0)
        m->id = (uint16_t)(s->notifier->loop->now_ms * 40503);
    m->contents = rcu_read(s->zone->contents);
    s->len = notify_message_write(s->bytes, m, &s->session, (uint64_t)time(NULL));
    if (s->len == 0)
        return RES_NOSPACE;
    s->verdict = RES_OK;
    s->exchange.to = s->to;
    s->exchange.from = s->from;
    s->exchange.msg = s->bytes;
    s->exchange.len = s->len;
    s->exchange.tcp = s->tcp;
    s->exchange.tries = UDP_TRIES;
    s->exchange.wait_ms = s->tcp ? TCP_WAIT_MS : UDP_WAIT_MS;
    return exchange_start(&s->exchange);
}

static void go_on(struct sending *s)
{
    enum result r = zone_is_dropped(s->zone) ? RES_CANCELED : start_sending(s);

    if (r == RES_OK)
        return;
    log_failure(s, LVL_NOTICE, r, "");
    end_sending(s);
}

/* No answer: by TCP, which firewalls and lost packets treat otherwise, then no more. */
static void take_failure(struct sending *s, enum result r)
{
    if (s->tcp) {
        log_failure(s, LVL_WARNING, r, r == RES_TIMEDOUT ? ": retries exceeded" : "");
        end_sending(s);
        return;
    }
    log_failure(s, LVL_NOTICE, r, ": retrying over TCP");
    s->tcp = true;
    go_on(s);
}

static void take_answer(struct sending *s)
{
    char to[NET_ADDR_TEXT], rcode[RRTYPE_TEXT];

    if (s->verdict != RES_OK) {
        log_failure(s, LVL_WARNING, s->verdict, "");
        end_sending(s);
        return;
    }
    zone_log(s->zone, LOGC_NOTIFY, 3, "notify response from %s: %s", net_addr_format(&s->to, to),
             rcode_text(s->rcode, rcode));
    zone_log(s->zone, LOGC_NOTIFY, 1, "notify to %s successful", to);
    end_sending(s);
}

static void exchange_done(struct exchange *x, enum result r)
{
    struct sending *s = CONTAINER_OF(x, struct sending, exchange);

    if (r == RES_OK)
        take_answer(s);
    else
        take_failure(s, r);
}

/* The zone's older message to the same server says nothing that the new one does not. */
static void replace_older(struct notifier *n, const struct sending *s)
{
    if (s->zone->notify->under_way == 0)
        return;
    for (struct sending *o = n->under_way; o != NULL; o = o->next)
        if (o->zone == s->zone && net_addr_equal(&o->to, &s->to)) {
            exchange_stop(&o->exchange);
            end_sending(o);
            return;
        }
}

static void send_now(struct notifier *n, struct sending *s)
{
    if (zone_is_dropped(s->zone) || rcu_read(s->zone->contents) == NULL) {
        free_sending(s);
        return;
    }
    replace_older(n, s);
    s->next = n->under_way;
    s->at = &n->under_way;
    if (s->next != NULL)
        s->next->at = &s->next;
    n->under_way = s;
    n->nunder_way++;
    s->zone->notify->under_way++;
    log_sending(s);
    go_on(s);
}

static struct sending *new_sending(struct notifier *n, struct zone *z,
                                   const struct notify_target *t)
{
    size_t key_size = t->key != NULL ? tsig_key_size(t->key) : 0;
    struct sending *s = calloc(1, sizeof *s + key_size);

    if (s == NULL)
        return NULL;
    s->notifier = n;
    s->zone = z;
    zone_hold(z);
    s->to = t->addr;
    s->from = t->from;
    s->tcp = t->tcp;
    s->message = (struct notify_message){.zone = z->name, .rrclass = z->rrclass};
    if (t->key != NULL) {
        tsig_key_copy(&s->key, t->key, s->key_memory);
        s->message.key = &s->key;
    }
    exchange_init(&s->exchange, n->loop);
    s->exchange.accept = accept_answer;
    s->exchange.done = exchange_done;
    return s;
}

/* --- a zone's targets --- */

static void make_ready(struct notifier *n, struct lane *l, struct zone *z,
                       const struct notify_targets *targets, unsigned first)
{
    for (unsigned i = first; i < targets->count; i++) {
        const struct notify_target *t = &targets->list[i];
        struct sending *s;

        if (n->server.is_self(n->server.arg, &t->addr))
            continue;
        if ((s = new_sending(n, z, t)) == NULL) {
            zone_log(z, LOGC_NOTIFY, LVL_ERROR, "sending notifies: %s", result_text(RES_NOMEM));
            return;
        }
        s->next = NULL;
        *l->ready_tail = s;
        l->ready_tail = &s->next;
    }
}

static void log_no_address(const struct zone *z, const uint8_t *name, const char *why)
{
    char text[NAME_TEXT_MAX];

    name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    zone_log(z, LOGC_NOTIFY, LVL_NOTICE,
             "no notify to name server '%s': it is in no zone served here, and the system finds no "
             "address: %s", text, why != NULL ? why : "none");
}

/* The system's addresses, but for those that were among the targets anyway. */
static void add_addresses(struct notifier *n, struct zone *z, const struct resolve_answer *a)
{
    const struct contents *c = rcu_read(z->contents);
    struct notify_place place;
    unsigned known;

    if (c == NULL || !notify_is_wanted(z->conf) || !n->server.place(n->server.arg, z, &place))
        return;
    notify_targets_find(&n->later, z, c, &place);
    known = n->later.count;
    for (unsigned i = 0; i < a->count; i++)
        notify_targets_add(&n->later, z, &place, &a->addrs[i]);
    make_ready(n, &n->normal, z, &n->later, known);
}

/* The system has said where a name server is: the zone is held since it was asked. */
static void told_addresses(void *what, const uint8_t *name, const struct resolve_answer *a)
{
    struct zone *z = what;

    if (!zone_is_dropped(z)) {
        if (a->count == 0)
            log_no_address(z, name, a->problem);
        else
            add_addresses(z->notify->notifier, z, a);
    }
    zone_release(z);
}

static void ask_outside(struct notifier *n, struct zone *z)
{
    for (unsigned i = 0; i < n->targets.noutside; i++) {
        zone_hold(z);
        resolver_ask(n->resolver, n->targets.outside[i], told_addresses, z);
    }
}

static void find_targets(struct notifier *n, struct lane *l, struct zone *z)
{
    const struct contents *c = rcu_read(z->contents);
    struct notify_place place;

    if (zone_is_dropped(z) || c == NULL || !notify_is_wanted(z->conf) ||
        !n->server.place(n->server.arg, z, &place))
        return;
    zone_log(z, LOGC_NOTIFY, LVL_INFO, "sending notifies (serial %u)", c->serial);
    notify_targets_find(&n->targets, z, c, &place);
    if (n->targets.too_many)
        zone_log(z, LOGC_NOTIFY, LVL_WARNING, "only the first %d servers are notified",
                 NOTIFY_TARGETS_MAX);
    make_ready(n, l, z, &n->targets, 0);
    ask_outside(n, z);
}

/* --- the queues --- */

static void enqueue(struct notifier *n, struct zone_notify *k)
{
    struct lane *l = k->told ? &n->normal : &n->startup;

    k->next = NULL;
    *l->tail = k;
    l->tail = &k->next;
}

static void on_delay_over(struct net_timer *t, int64_t now_ms)
{
    struct zone_notify *k = CONTAINER_OF(t, struct zone_notify, timer);

    (void)now_ms;
    *k->at = k->next;
    if (k->next != NULL)
        k->next->at = k->at;
    enqueue(k->notifier, k);
}

/* Until its delay is over; false without memory. */
static bool delay(struct notifier *n, struct zone_notify *k, int64_t due_ms)
{
    if (net_timer_set(&n->loop->timers, &k->timer, due_ms) != RES_OK)
        return false;
    k->next = n->delayed;
    k->at = &n->delayed;
    if (k->next != NULL)
        k->next->at = &k->next;
    n->delayed = k;
    return true;
}

static struct zone_notify *notify_of(struct notifier *n, struct zone *z)
{
    struct zone_notify *k = z->notify;

    if (k == NULL && (k = calloc(1, sizeof *k)) != NULL) {
        k->zone = z;
        k->notifier = n;
        k->timer.fire = on_delay_over;
        z->notify = k;
    }
    return k;
}

void notifier_tell(struct notifier *n, struct zone *z)
{
    struct zone_notify *k;
    int64_t due_ms;

    if (zone_is_dropped(z) || !notify_is_wanted(z->conf))
        return;
    k = notify_of(n, z);
    if (k == NULL || k->waits)
        return;
    due_ms = k->last_ms + (int64_t)z->conf->options->notify_delay_s * 1000;
    if (!k->told || due_ms <= n->loop->now_ms)
        enqueue(n, k);
    else if (!delay(n, k, due_ms))
        return;
    k->waits = true;
    zone_hold(z);
}

/* Takes the next zone from the queue; false when there is none. */
static bool take_zone(struct notifier *n, struct lane *l)
{
    struct zone_notify *k = l->first;

    if (k == NULL)
        return false;
    if ((l->first = k->next) == NULL)
        l->tail = &l->first;
    k->waits = false;
    k->told = true;
    k->last_ms = n->loop->now_ms;
    find_targets(n, l, k->zone);
    zone_release(k->zone);
    return true;
}

static bool has_ready(struct notifier *n, struct lane *l)
{
    while (l->ready == NULL)
        if (!take_zone(n, l))
            return false;
    return true;
}

static void run_lane(struct notifier *n, struct lane *l)
{
    struct sending *s;

    while (n->nunder_way < UNDER_WAY_MAX && has_ready(n, l)) {
        if (!rate_take(&l->rate, n->loop->now_ms)) {
            int64_t next_ms = rate_next_ms(&l->rate);

            if (n->timer.place == 0 || next_ms < n->timer.due_ms)
                net_timer_set(&n->loop->timers, &n->timer, next_ms);
            return;
        }
        s = l->ready;
        if ((l->ready = s->next) == NULL)
            l->ready_tail = &l->ready;
        send_now(n, s);
    }
}

static void drop_lane(struct lane *l)
{
    struct zone_notify *k;
    struct sending *s;

    while ((k = l->first) != NULL) {
        l->first = k->next;
        zone_release(k->zone);
    }
    while ((s = l->ready) != NULL) {
        l->ready = s->next;
        free_sending(s);
    }
}

static void drop_delayed(struct notifier *n)
{
    struct zone_notify *k;

    while ((k = n->delayed) != NULL) {
        n->delayed = k->next;
        net_timer_stop(&n->loop->timers, &k->timer);
        zone_release(k->zone);
    }
}

static void free_ended(struct notifier *n)
{
    struct sending *s;

    while ((s = n->ended) != NULL) {
        n->ended = s->next;
        free_sending(s);
    }
}

void notifier_check(struct notifier *n)
{
    resolver_check(n->resolver);
    run_lane(n, &n->normal);
    run_lane(n, &n->startup);
    free_ended(n);
}

void notifier_free(struct notifier *n)
{
    if (n == NULL)
        return;
    resolver_free(n->resolver);
    drop_lane(&n->normal);
    drop_lane(&n->startup);
    drop_delayed(n);
    while (n->under_way != NULL) {
        exchange_stop(&n->under_way->exchange);
        end_sending(n->under_way);
    }
    free_ended(n);
    net_timer_stop(&n->loop->timers, &n->timer);
    free(n);
}
