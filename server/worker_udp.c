#include "server/worker_udp.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/log.h"
#include "base/rcu.h"
#include "dns/message.h"
#include "net/socket.h"
#include "net/udp.h"
#include "server/gate.h"
#include "server/inbox.h"

_Static_assert((int)ANSWER_BATCH == (int)NET_UDP_BATCH, "a batch is answered as it came");
_Static_assert((int)ANSWER_UDP_ROOM <= (int)NET_UDP_RESPONSE_ROOM, "a response has its room");

enum {
    EVENTS = 16,
    /* Batches taken from one socket before the others are looked at. */
    ROUNDS_PER_SOCKET = 16,
    /* From this many on, a batch makes another one likely. */
    BUSY_BATCH = 16
};

struct socket {
    struct socket *next;
    int fd;
    union net_addr local;
};

struct worker_udp {
    struct net_udp_batch *batch;
    struct answer_ctx *answers;
    struct answer_server *const *slot;
    struct socket *sockets;
    int epoll_fd, wake_fd;
    bool leaving;
    unsigned index;
    struct inbox inbox;
    pthread_t thread;
    unsigned nitems;
    struct answer_item items[ANSWER_BATCH];
    uint8_t slot_of[ANSWER_BATCH];      /* the batch's slot of item i */
};

/* Ports of services that answer anything (echo, daytime, chargen, time) and none at all:
 * an answer would start a loop.  BIND drops requests from the same ports. */
static bool is_bad_port(uint16_t port)
{
    static const uint64_t bad =
        1ULL << 0 | 1ULL << 7 | 1ULL << 13 | 1ULL << 19 | 1ULL << 37;
    return port < 64 && (bad >> port & 1) != 0;
}

/* Why a datagram is not answered, a counter; COUNTERS: it is. */
static enum counter request_refused_as(const struct worker_udp *w, unsigned i,
                                       const struct answer_server *server,
                                       const struct acl *blackhole)
{
    const union net_addr *peer = net_udp_peer(w->batch, i);

    if (net_udp_request_len(w->batch, i) < MESSAGE_HEADER_LEN)
        return COUNTER_UDP_TOO_SHORT;
    if (is_bad_port(net_addr_port(peer)))
        return COUNTER_UDP_BAD_PORT;
    if (blackhole != NULL && gate_is_blackholed(server, blackhole, peer))
        return COUNTER_BLACKHOLED;
    return COUNTERS;
}

/* Makes the items of the received slots that deserve an answer. */
static void collect_items(struct worker_udp *w, const struct socket *s, unsigned received)
{
    const struct answer_server *server = rcu_read(*w->slot);
    const struct acl *blackhole = gate_blackhole(server);

    w->nitems = 0;
    for (unsigned i = 0; i < received; i++) {
        enum counter why = request_refused_as(w, i, server, blackhole);
        struct answer_item *item = &w->items[w->nitems];
        if (why != COUNTERS) {
            counter_add(why, 1);
            continue;
        }
        w->slot_of[w->nitems++] = (uint8_t)i;
        item->req = net_udp_request(w->batch, i);
        item->req_len = net_udp_request_len(w->batch, i);
        item->client.peer = net_udp_peer(w->batch, i);
        item->client.local = &s->local;
        item->client.stream = NULL;
        item->resp = net_udp_response(w->batch, i);
        item->room = ANSWER_UDP_ROOM;
        item->resp_len = 0;
    }
}

static void send_items(struct worker_udp *w, const struct socket *s)
{
    unsigned n = 0, handed = 0, failed;

    for (unsigned i = 0; i < w->nitems; i++) {
        handed += w->items[i].handed;
        if (w->items[i].resp_len > 0) {
            net_udp_queue(w->batch, w->slot_of[i], w->items[i].resp_len);
            n++;
        }
    }
    failed = n > 0 ? net_udp_flush(w->batch, s->fd) : 0;
    counter_add(COUNTER_RESPONSE, n - failed);
    counter_add(COUNTER_REQUEST_DROPPED, w->nitems - n - handed);
    if (failed > 0)
        counter_add(COUNTER_UDP_SEND_ERROR, failed);
}

static void answer_received(struct worker_udp *w, const struct socket *s, unsigned n)
{
    collect_items(w, s, n);
    counter_add(s->local.sa.sa_family == AF_INET ? COUNTER_REQUEST_V4 : COUNTER_REQUEST_V6,
                w->nitems);
    if (w->nitems == 0)
        return;
    answer_batch(w->answers, w->items, w->nitems);
    send_items(w, s);
}

/* A receive error that does not pass must not make us spin. */
static void note_receive_error(const struct socket *s)
{
    char text[NET_ADDR_TEXT];
    int err = errno;

    counter_add(COUNTER_UDP_RECEIVE_ERROR, 1);
    log_write(LOGC_NETWORK, LVL_ERROR, "receiving on UDP socket %s failed: %s",
              net_addr_format(&s->local, text), strerror(err));
    usleep(NET_UDP_WAKE_MS * 1000);
}

/* What a receive gave: a batch of datagrams, nothing, or an error. */
static void serve_received(struct worker_udp *w, const struct socket *s, int n)
{
    if (n > 0)
        answer_received(w, s, (unsigned)n);
    else if (n < 0)
        note_receive_error(s);
}

static void drain_wake(struct worker_udp *w)
{
    uint64_t n;

    while (read(w->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
        continue;
}

/* Takes batches from a socket while it looks busy, but leaves the others their turn. */
static void serve_ready(struct worker_udp *w, const struct socket *s)
{
    for (int round = 0; round < ROUNDS_PER_SOCKET; round++) {
        int n = net_udp_receive(w->batch, s->fd, MSG_DONTWAIT);

        serve_received(w, s, n);
        if (n < BUSY_BATCH)
            return;
        rcu_quiescent();
    }
}

/* Waits until a socket has something or there is an order, and serves what is there. */
static void serve_with_epoll(struct worker_udp *w)
{
    struct epoll_event ready[EVENTS];
    int n;

    rcu_offline();
    n = epoll_wait(w->epoll_fd, ready, EVENTS, -1);
    rcu_online();
    for (int i = 0; i < n; i++) {
        if (ready[i].data.ptr == NULL)
            drain_wake(w);
        else
            serve_ready(w, ready[i].data.ptr);
        rcu_quiescent();
    }
}

/* The only socket: blocks in the receive itself until nothing came for a while. */
static void serve_blocking(struct worker_udp *w, const struct socket *s)
{
    int n = 1;

    while (n != 0 && !inbox_is_full(&w->inbox)) {
        rcu_offline();
        n = net_udp_receive(w->batch, s->fd, MSG_WAITFORONE);
        rcu_online();
        serve_received(w, s, n);
    }
}

static void close_socket(struct worker_udp *w, struct socket **at)
{
    struct socket *s = *at;

    *at = s->next;
    epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
    close(s->fd);
    free(s);
}

static void add_socket(struct worker_udp *w, const struct inbox_order *o)
{
    struct socket *s = calloc(1, sizeof *s);
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = s};

    if (s == NULL || epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, o->fd, &ev) < 0) {
        log_write(LOGC_NETWORK, LVL_ERROR, "UDP worker %u cannot listen: %s", w->index,
                  result_text(s == NULL ? RES_NOMEM : result_from_errno(errno)));
        close(o->fd);
        free(s);
        return;
    }
    s->fd = o->fd;
    s->local = o->local;
    s->next = w->sockets;
    w->sockets = s;
}

static void handle_order(void *arg, const struct inbox_order *o)
{
    struct worker_udp *w = arg;

    if (o->kind == INBOX_LISTEN)
        add_socket(w, o);
    else if (o->kind == INBOX_EXIT)
        w->leaving = true;
    for (struct socket **at = &w->sockets; o->kind == INBOX_STOP_LISTENING && *at != NULL;) {
        if (net_addr_equal(&(*at)->local, &o->local))
            close_socket(w, at);
        else
            at = &(*at)->next;
    }
}

/* One round: orders first, then requests. */
static void run_round(struct worker_udp *w)
{
    if (inbox_is_full(&w->inbox))
        inbox_handle(&w->inbox, handle_order, w);
    if (w->leaving)
        return;
    serve_with_epoll(w);
    if (w->sockets != NULL && w->sockets->next == NULL)
        serve_blocking(w, w->sockets);
}

static void *run(void *arg)
{
    struct worker_udp *w = arg;
    char name[16];

    snprintf(name, sizeof name, "udp-%u", w->index);
    pthread_setname_np(pthread_self(), name);
    rcu_register_thread();
    if (counters_attach() != RES_OK)
        log_write(LOGC_GENERAL, LVL_WARNING, "%s counts slowly: out of memory", name);
    while (!w->leaving)
        run_round(w);
    while (w->sockets != NULL)
        close_socket(w, &w->sockets);
    counters_detach();
    rcu_unregister_thread();
    return NULL;
}

static void free_worker(struct worker_udp *w)
{
    if (w->epoll_fd >= 0)
        close(w->epoll_fd);
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    inbox_free(&w->inbox);
    answer_ctx_free(w->answers);
    net_udp_batch_free(w->batch);
    free(w);
}

static bool prepare_worker(struct worker_udp *w)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};

    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    inbox_init(&w->inbox, w->wake_fd);
    w->batch = net_udp_batch_new();
    w->answers = answer_ctx_new(w->slot);
    return w->epoll_fd >= 0 && w->wake_fd >= 0 && w->batch != NULL && w->answers != NULL &&
           epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev) == 0;
}

struct worker_udp *worker_udp_start(struct answer_server *const *slot, unsigned index)
{
    struct worker_udp *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->slot = slot;
    w->index = index;
    if (!prepare_worker(w) || pthread_create(&w->thread, NULL, run, w) != 0) {
        free_worker(w);
        return NULL;
    }
    return w;
}

enum result worker_udp_listen(struct worker_udp *w, int fd, const union net_addr *local)
{
    return inbox_post(&w->inbox, INBOX_LISTEN, fd, local);
}

void worker_udp_stop_listening(struct worker_udp *w, const union net_addr *local)
{
    if (inbox_post(&w->inbox, INBOX_STOP_LISTENING, -1, local) == RES_OK)
        inbox_wait(&w->inbox);
}

void worker_udp_end(struct worker_udp *w)
{
    while (inbox_post(&w->inbox, INBOX_EXIT, -1, NULL) != RES_OK)
        usleep(1000);
    pthread_join(w->thread, NULL);
    free_worker(w);
}
