#include "server/worker_tcp.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/rcu.h"
#include "net/loop.h"
#include "net/stream.h"
#include "server/gate.h"
#include "server/inbox.h"

enum {
    ACCEPTS_PER_EVENT = 32,
    /* After an error of accept() that repeats itself (no descriptors, no memory). */
    ACCEPT_PAUSE_MS = 250,
    PROGRESS_BYTES = 16 * 1024
};

struct listener {
    struct net_event event;
    struct worker_tcp *worker;
    struct listener *next;
    union net_addr local;
};

struct conn {
    struct net_event event;
    struct net_timer timer;
    struct net_stream stream;
    struct worker_tcp *worker;
    struct conn *next, *prev;       /* of the worker, or next unused */
    union net_addr peer, local;
    uint64_t id;                    /* among all that the worker has had */
    bool keepalive;
    bool sending;                   /* waits for room */
    uint64_t answered, sent;        /* of the stream when the deadline was set */
    int64_t producer_end_ms;        /* when its producer must have ended; 0: never */
};

struct worker_tcp {
    struct net_loop loop;
    struct inbox inbox;
    struct answer_server *const *slot;
    struct answer_ctx *answers;
    struct tcp_clients *clients;
    struct tcp_waiter waiter;
    struct net_timer accept_timer;  /* ends a pause */
    struct listener *listeners;
    struct conn *conns;
    struct conn *unused;            /* closed ones, kept for the next clients */
    struct net_scratch *scratch;
    bool paused;                    /* listeners are not watched */
    bool leaving;
    unsigned index;
    uint64_t last_id;
    pthread_t thread;
};

/* An answer on its way to a connection. */
struct reply_order {
    struct inbox_order order;
    struct answer_stream stream;
    size_t len;
    uint8_t msg[];
};

static void close_conn(struct conn *c)
{
    struct worker_tcp *w = c->worker;

    net_loop_forget(&c->event);
    net_timer_stop(&w->loop.timers, &c->timer);
    net_stream_free(&c->stream);
    c->id = 0;
    close(c->event.fd);
    *(c->prev ? &c->prev->next : &w->conns) = c->next;
    if (c->next)
        c->next->prev = c->prev;
    /* Not freed: this step's events may still point here. */
    c->next = w->unused;
    w->unused = c;
    tcp_clients_give(w->clients);
}

static void conn_timed_out(struct net_timer *t, int64_t now_ms)
{
    struct conn *c = CONTAINER_OF(t, struct conn, timer);

    (void)now_ms;
    c->stream.why = RES_TIMEDOUT;
    counter_add(COUNTER_TCP_TIMEOUT, 1);
    if (log_wants(LOGC_CLIENT, 3)) {
        char text[NET_ADDR_TEXT];
        log_write(LOGC_CLIENT, 3, "client %s: TCP connection timed out",
                  net_addr_format(&c->peer, text));
    }
    close_conn(c);
}

/* Answers one message of a connection; a net_stream_answer. */
static size_t answer_message(void *arg, const uint8_t *msg, size_t len, uint8_t *resp,
                             struct net_producer **producer)
{
    struct conn *c = arg;
    struct answer_stream stream = {.worker = c->worker, .connection = c, .id = c->id};
    struct answer_client client = {
        .peer = &c->peer, .local = &c->local, .stream = &stream, .tcp = true};
    struct answer_stream_hint hint = {0};
    size_t n = answer_tcp(c->worker->answers, &client, msg, len, resp, &hint);

    counter_add(COUNTER_REQUEST_TCP, 1);
    counter_add(c->local.sa.sa_family == AF_INET ? COUNTER_REQUEST_V4 : COUNTER_REQUEST_V6, 1);
    if (hint.handed)
        return NET_STREAM_PENDING;
    counter_add(n > 0 || hint.producer != NULL ? COUNTER_RESPONSE : COUNTER_REQUEST_DROPPED, 1);
    c->keepalive |= hint.keepalive;
    *producer = hint.producer;
    if (hint.producer != NULL)
        c->producer_end_ms = hint.producer->total_s > 0
                                 ? c->worker->loop.now_ms + (int64_t)hint.producer->total_s * 1000
                                 : 0;
    return n;
}

static uint32_t load_ms(const uint32_t *ms)
{
    return __atomic_load_n(ms, __ATOMIC_RELAXED);
}

/* True when the connection did what earns it more time, or was waiting for us. */
static bool made_progress(const struct conn *c, bool sending)
{
    if (sending != c->sending || c->timer.place == 0)
        return true;
    if (sending)
        return c->stream.sent - c->sent >= PROGRESS_BYTES;
    return c->stream.answered != c->answered;
}

/* How long a connection may be silent. */
static int64_t patience_ms(const struct conn *c, bool sending)
{
    const struct tcp_clients *tc = c->worker->clients;
    const struct net_producer *p = c->stream.producer;

    if (p != NULL && p->idle_s > 0)
        return (int64_t)p->idle_s * 1000;
    return load_ms(c->keepalive && !sending ? &tc->keepalive_timeout_ms : &tc->idle_timeout_ms);
}

/* Moves the deadline of a connection that goes on; false without memory. */
static bool extend_deadline(struct conn *c, bool sending)
{
    struct worker_tcp *w = c->worker;
    int64_t due_ms;

    if (!made_progress(c, sending))
        return true;
    due_ms = w->loop.now_ms + patience_ms(c, sending);
    if (c->stream.producer != NULL && c->producer_end_ms > 0 && due_ms > c->producer_end_ms)
        due_ms = c->producer_end_ms;
    c->sending = sending;
    c->answered = c->stream.answered;
    c->sent = c->stream.sent;
    return net_timer_set(&w->loop.timers, &c->timer, due_ms) == RES_OK;
}

/* The connection waits for an answer of another thread's: the time is not its own, and what
 * happens to it meanwhile shows when the answer is sent. */
static void wait_for_reply(struct conn *c)
{
    struct worker_tcp *w = c->worker;

    net_timer_stop(&w->loop.timers, &c->timer);
    net_loop_unwatch(&w->loop, &c->event);
}

static void pump_conn(struct conn *c)
{
    struct worker_tcp *w = c->worker;
    enum net_stream_want want = net_stream_pump(&c->stream, w->scratch, answer_message, c);
    bool sending = want == NET_STREAM_ROOM;

    if (want == NET_STREAM_REPLY) {
        wait_for_reply(c);
        return;
    }
    if (want == NET_STREAM_LOST)
        counter_add(COUNTER_TCP_RESET, 1);
    if (want == NET_STREAM_LOST || want == NET_STREAM_END || !extend_deadline(c, sending) ||
        net_loop_watch(&w->loop, &c->event, sending ? EPOLLOUT : EPOLLIN) != RES_OK)
        close_conn(c);
}

static void conn_ready(struct net_event *e, uint32_t events)
{
    (void)events;
    pump_conn(CONTAINER_OF(e, struct conn, event));
}

/* An answer has come; its connection may be gone, and its memory another's. */
static void take_reply(const struct reply_order *r)
{
    struct conn *c = r->stream.connection;

    if (c->id != r->stream.id)
        return;
    counter_add(r->len > 0 ? COUNTER_RESPONSE : COUNTER_REQUEST_DROPPED, 1);
    if (net_stream_reply(&c->stream, r->msg, r->len) == RES_OK)
        pump_conn(c);
    else
        close_conn(c);
}

static void pause_accepting(struct worker_tcp *w)
{
    w->paused = true;
    for (struct listener *l = w->listeners; l != NULL; l = l->next)
        net_loop_unwatch(&w->loop, &l->event);
}

static void resume_accepting(struct worker_tcp *w)
{
    w->paused = false;
    for (struct listener *l = w->listeners; l != NULL; l = l->next)
        if (net_loop_watch(&w->loop, &l->event, EPOLLIN) != RES_OK)
            log_write(LOGC_NETWORK, LVL_ERROR, "TCP worker %u cannot listen", w->index);
}

static void accept_pause_over(struct net_timer *t, int64_t now_ms)
{
    (void)now_ms;
    resume_accepting(CONTAINER_OF(t, struct worker_tcp, accept_timer));
}

static void log_accept_failure(struct worker_tcp *w, enum result r)
{
    if (tcp_clients_may_log(w->clients, w->loop.now_ms))
        log_write(LOGC_GENERAL, r == RES_QUOTA ? LVL_INFO : LVL_ERROR,
                  "Accepting TCP connection failed: %s", result_text(r));
}

/* What to do after accept() failed: true to try the next connection. */
static bool survive_accept_error(struct worker_tcp *w, int err)
{
    if (err == EAGAIN || err == EWOULDBLOCK)
        return false;
    counter_add(COUNTER_TCP_ACCEPT_FAIL, 1);
    /* Errors of the one connection that is gone already (accept(2), "Error handling"). */
    if (err == EINTR || err == ECONNABORTED || err == ENETDOWN || err == EPROTO ||
        err == ENOPROTOOPT || err == EHOSTDOWN || err == ENONET || err == EHOSTUNREACH ||
        err == EOPNOTSUPP || err == ENETUNREACH || err == EPERM || err == ETIMEDOUT)
        return true;
    log_accept_failure(w, result_from_errno(err));
    pause_accepting(w);
    net_timer_set(&w->loop.timers, &w->accept_timer, w->loop.now_ms + ACCEPT_PAUSE_MS);
    return false;
}

static bool is_welcome(struct worker_tcp *w, const union net_addr *peer)
{
    const struct answer_server *server = rcu_read(*w->slot);
    const struct acl *blackhole = gate_blackhole(server);

    if (blackhole == NULL || !gate_is_blackholed(server, blackhole, peer))
        return true;
    counter_add(COUNTER_BLACKHOLED, 1);
    return false;
}

static struct conn *new_conn(struct worker_tcp *w)
{
    struct conn *c = w->unused;

    if (c == NULL)
        return calloc(1, sizeof *c);
    w->unused = c->next;
    *c = (struct conn){0};
    return c;
}

static void link_conn(struct worker_tcp *w, struct conn *c)
{
    c->next = w->conns;
    if (c->next)
        c->next->prev = c;
    w->conns = c;
}

/* Takes over an accepted socket and a place among the clients; false: it takes neither. */
static bool start_conn(struct worker_tcp *w, int fd, const union net_addr *peer,
                       const union net_addr *local)
{
    struct conn *c = new_conn(w);

    if (c == NULL)
        return false;
    net_stream_init(&c->stream, fd);
    c->event = (struct net_event){.ready = conn_ready, .fd = fd};
    c->timer.fire = conn_timed_out;
    c->worker = w;
    c->id = ++w->last_id;
    c->peer = *peer;
    c->local = *local;
    if (net_timer_set(&w->loop.timers, &c->timer,
                      w->loop.now_ms + load_ms(&w->clients->initial_timeout_ms)) != RES_OK ||
        net_loop_watch(&w->loop, &c->event, EPOLLIN) != RES_OK) {
        net_timer_stop(&w->loop.timers, &c->timer);
        c->next = w->unused;
        w->unused = c;
        return false;
    }
    link_conn(w, c);
    return true;
}

/* Accepts one connection, for which a place is taken; true to try the next. */
static bool accept_one(struct worker_tcp *w, struct listener *l)
{
    union net_addr peer = {0};
    socklen_t len = sizeof peer;
    int fd = accept4(l->event.fd, &peer.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        int err = errno;
        tcp_clients_give(w->clients);
        return survive_accept_error(w, err);
    }
    if (!is_welcome(w, &peer) || !start_conn(w, fd, &peer, &l->local)) {
        close(fd);
        tcp_clients_give(w->clients);
        return true;
    }
    tcp_clients_note_high_water(w->clients);
    counter_add(l->local.sa.sa_family == AF_INET ? COUNTER_TCP4_ACCEPT : COUNTER_TCP6_ACCEPT, 1);
    return true;
}

static void listener_ready(struct net_event *e, uint32_t events)
{
    struct listener *l = CONTAINER_OF(e, struct listener, event);
    struct worker_tcp *w = l->worker;

    (void)events;
    if (!tcp_clients_take(w->clients, &w->waiter)) {
        counter_add(COUNTER_TCP_QUOTA, 1);
        log_accept_failure(w, RES_QUOTA);
        pause_accepting(w);
        return;
    }
    /* Without a place for one more we return: only if one more really waits, the next
     * step calls again. */
    for (int n = 1; accept_one(w, l) && n < ACCEPTS_PER_EVENT; n++)
        if (!tcp_clients_try(w->clients))
            return;
}

static void add_listener(struct worker_tcp *w, const struct inbox_order *o)
{
    struct listener *l = calloc(1, sizeof *l);

    if (l == NULL) {
        log_write(LOGC_NETWORK, LVL_ERROR, "TCP worker %u cannot listen: %s", w->index,
                  result_text(RES_NOMEM));
        close(o->fd);
        return;
    }
    l->event = (struct net_event){.ready = listener_ready, .fd = o->fd};
    l->worker = w;
    l->local = o->local;
    l->next = w->listeners;
    w->listeners = l;
    if (!w->paused)
        resume_accepting(w);
}

static void close_listener(struct worker_tcp *w, struct listener **at)
{
    struct listener *l = *at;

    *at = l->next;
    net_loop_unwatch(&w->loop, &l->event);
    close(l->event.fd);
    free(l);
}

static void handle_order(void *arg, const struct inbox_order *o)
{
    struct worker_tcp *w = arg;

    if (o->kind == INBOX_LISTEN)
        add_listener(w, o);
    else if (o->kind == INBOX_REPLY)
        take_reply(CONTAINER_OF(o, struct reply_order, order));
    else if (o->kind == INBOX_EXIT)
        w->leaving = true;
    for (struct listener **at = &w->listeners; o->kind == INBOX_STOP_LISTENING && *at != NULL;) {
        if (net_addr_equal(&(*at)->local, &o->local))
            close_listener(w, at);
        else
            at = &(*at)->next;
    }
}

/* Between two steps no event of a step is at work: orders may free listeners. */
static void run_step(struct worker_tcp *w)
{
    net_loop_step(&w->loop);
    if (inbox_is_full(&w->inbox))
        inbox_handle(&w->inbox, handle_order, w);
    if (w->paused && w->accept_timer.place == 0 && !tcp_clients_is_waiting(&w->waiter))
        resume_accepting(w);
}

static void *run(void *arg)
{
    struct worker_tcp *w = arg;
    char name[16];

    snprintf(name, sizeof name, "tcp-%u", w->index);
    pthread_setname_np(pthread_self(), name);
    rcu_register_thread();
    if (counters_attach() != RES_OK)
        log_write(LOGC_GENERAL, LVL_WARNING, "%s counts slowly: out of memory", name);
    while (!w->leaving)
        run_step(w);
    while (w->conns != NULL)
        close_conn(w->conns);
    while (w->listeners != NULL)
        close_listener(w, &w->listeners);
    counters_detach();
    rcu_unregister_thread();
    return NULL;
}

static void free_worker(struct worker_tcp *w)
{
    for (struct conn *c = w->unused, *next; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
    tcp_clients_leave(w->clients, &w->waiter);
    inbox_free(&w->inbox);
    net_loop_free(&w->loop);
    answer_ctx_free(w->answers);
    free(w->scratch);
    free(w);
}

struct worker_tcp *worker_tcp_start(struct answer_server *const *slot,
                                    struct tcp_clients *clients, unsigned index)
{
    struct worker_tcp *w = calloc(1, sizeof *w);

    if (w == NULL || net_loop_init(&w->loop) != RES_OK) {
        free(w);
        return NULL;
    }
    w->slot = slot;
    w->clients = clients;
    w->index = index;
    w->accept_timer.fire = accept_pause_over;
    w->waiter.loop = &w->loop;
    inbox_init(&w->inbox, w->loop.wake_fd);
    tcp_clients_join(clients, &w->waiter);
    w->scratch = calloc(1, sizeof *w->scratch);
    w->answers = answer_ctx_new(slot);
    if (w->scratch == NULL || w->answers == NULL ||
        pthread_create(&w->thread, NULL, run, w) != 0) {
        free_worker(w);
        return NULL;
    }
    return w;
}

enum result worker_tcp_listen(struct worker_tcp *w, int fd, const union net_addr *local)
{
    return inbox_post(&w->inbox, INBOX_LISTEN, fd, local);
}

void worker_tcp_stop_listening(struct worker_tcp *w, const union net_addr *local)
{
    if (inbox_post(&w->inbox, INBOX_STOP_LISTENING, -1, local) == RES_OK)
        inbox_wait(&w->inbox);
}

enum result worker_tcp_reply(const struct answer_stream *stream, const uint8_t *msg, size_t len)
{
    struct worker_tcp *w = stream->worker;
    struct reply_order *r = malloc(sizeof *r + len);

    if (r == NULL)
        return RES_NOMEM;
    *r = (struct reply_order){.order = {.kind = INBOX_REPLY, .fd = -1}, .stream = *stream,
                              .len = len};
    if (len > 0)
        memcpy(r->msg, msg, len);
    inbox_post_order(&w->inbox, &r->order);
    return RES_OK;
}

void worker_tcp_end(struct worker_tcp *w)
{
    while (inbox_post(&w->inbox, INBOX_EXIT, -1, NULL) != RES_OK)
        usleep(1000);
    pthread_join(w->thread, NULL);
    free_worker(w);
}
