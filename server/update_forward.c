#include "server/update_forward.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "answer/handed.h"
#include "base/buf.h"
#include "base/container.h"
#include "base/log.h"
#include "dns/rrtype.h"
#include "server/server.h"
#include "server/udp_replies.h"
#include "server/worker_tcp.h"
#include "xfr/exchange.h"

enum { UDP_TRIES = 3, UDP_WAIT_MS = 5000, TCP_WAIT_MS = 15000, FORWARDS_MAX = 1000 };

/* One update on its way. */
struct forward {
    struct forward *next;
    struct update_forwards *all;
    struct zone *zone;              /* held */
    struct handed_request *request;
    struct exchange exchange;
    unsigned primary;
    uint16_t id;                    /* towards the primary */
    uint8_t *msg;                   /* the request with that id */
    union net_addr to;
};

struct update_forwards {
    struct server *server;
    pthread_mutex_t lock;           /* of the next two */
    struct forward *posted;
    unsigned count;                 /* of all that are not answered yet */
    struct forward *running, *ended;    /* ended: in this step of the loop; freed after it */
    struct answer_ctx *ctx;
};

struct update_forwards *update_forwards_new(struct server *s)
{
    struct update_forwards *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    f->server = s;
    pthread_mutex_init(&f->lock, NULL);
    if ((f->ctx = answer_ctx_new(&s->data)) != NULL)
        return f;
    update_forwards_free(f);
    return NULL;
}

static void forward_free(struct forward *w)
{
    exchange_stop(&w->exchange);
    handed_request_free(w->request);
    zone_release(w->zone);
    free(w->msg);
    free(w);
}

static void free_list(struct forward **list)
{
    struct forward *w;

    while ((w = *list) != NULL) {
        *list = w->next;
        forward_free(w);
    }
}

void update_forwards_free(struct update_forwards *f)
{
    if (f == NULL)
        return;
    free_list(&f->posted);
    free_list(&f->running);
    free_list(&f->ended);
    answer_ctx_free(f->ctx);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* --- the worker's side --- */

static bool post(struct update_forwards *f, struct forward *w)
{
    bool fits;

    pthread_mutex_lock(&f->lock);
    if ((fits = f->count < FORWARDS_MAX)) {
        f->count++;
        w->next = f->posted;
        f->posted = w;
    }
    pthread_mutex_unlock(&f->lock);
    if (fits)
        net_loop_wake(&f->server->loop);
    return fits;
}

enum handover update_forwards_take(struct update_forwards *f, const struct handover_offer *o,
                                   unsigned *rcode)
{
    struct forward *w = calloc(1, sizeof *w);

    *rcode = RCODE_SERVFAIL;
    if (w == NULL)
        return HANDOVER_ANSWER;
    w->all = f;
    exchange_init(&w->exchange, &f->server->loop);
    w->zone = o->zone;
    zone_hold(w->zone);
    if ((w->msg = malloc(o->req->len)) != NULL && (w->request = handed_request_new(o)) != NULL) {
        memcpy(w->msg, o->req->msg, o->req->len);
        if (post(f, w))
            return HANDOVER_TAKEN;
    }
    forward_free(w);
    return HANDOVER_ANSWER;
}

/* --- the maintenance thread's --- */

static void send_reply(struct forward *w, const uint8_t *msg, size_t len)
{
    const struct handed_request *h = w->request;
    struct udp_reply reply = {.peer = &h->peer, .local = &h->local, .msg = msg, .len = len};

    if (!h->tcp)
        udp_replies_send(workers_udp_replies(w->all->server->workers), &reply, 1);
    else
        while (worker_tcp_reply(&h->stream, msg, len) == RES_NOMEM)
            usleep(1000);
}

static void finish(struct forward *w)
{
    struct update_forwards *f = w->all;
    struct forward **at = &f->running;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->next = f->ended;
    f->ended = w;
    pthread_mutex_lock(&f->lock);
    f->count--;
    pthread_mutex_unlock(&f->lock);
}

/* An answer of our own: no primary could be asked. */
static void fail(struct forward *w)
{
    uint8_t msg[MESSAGE_MAX_LEN];

    send_reply(w, msg, handed_request_answer(w->all->ctx, w->request, RCODE_SERVFAIL, msg,
                                             sizeof msg));
    finish(w);
}

static bool on_accept(struct exchange *x, const uint8_t *msg, size_t len)
{
    struct forward *w = CONTAINER_OF(x, struct forward, exchange);
    char addr[NET_ADDR_TEXT], rcode[RRTYPE_TEXT];
    uint8_t reply[MESSAGE_MAX_LEN];
    uint16_t flags;

    if (len < MESSAGE_HEADER_LEN || len > sizeof reply || get_u16(msg) != w->id)
        return false;
    flags = get_u16(msg + 2);
    if (!(flags & FLAG_QR) || (flags >> 11 & 15) != OPCODE_UPDATE)
        return false;
    zone_log(w->zone, LOGC_UPDATE, LVL_INFO,
             "forwarded dynamic update: primary %s returned: %s", net_addr_format(&w->to, addr),
             rcode_text(flags & 15, rcode));
    memcpy(reply, msg, len);
    put_u16(reply, w->request->req.id);
    send_reply(w, reply, len);
    return true;
}

static void try_primary(struct forward *w);

static void on_done(struct exchange *x, enum result r)
{
    struct forward *w = CONTAINER_OF(x, struct forward, exchange);
    char addr[NET_ADDR_TEXT];

    if (r == RES_OK) {
        finish(w);
        return;
    }
    zone_log(w->zone, LOGC_UPDATE, LVL_INFO, "could not forward dynamic update to %s: %s",
             net_addr_format(&w->to, addr), result_text(r));
    w->primary++;
    try_primary(w);
}

/* The client's own way of asking is kept: by TCP what came by TCP. */
static enum result start(struct forward *w, const struct conf_zone *conf)
{
    const struct conf_remote *r = &conf->primaries[w->primary];
    struct exchange *x = &w->exchange;

    w->to = r->addr;
    if (getrandom(&w->id, sizeof w->id, 0) != sizeof w->id)
        return RES_NORESOURCES;
    put_u16(w->msg, w->id);
    x->to = r->addr;
    x->from = r->source;
    if (x->from.sa.sa_family == AF_UNSPEC)
        x->from = r->addr.sa.sa_family == AF_INET6 ? conf->options->transfer_source_v6
                                                   : conf->options->transfer_source;
    x->msg = w->msg;
    x->len = w->request->req.len;
    x->tcp = w->request->tcp;
    x->tries = UDP_TRIES;
    x->wait_ms = x->tcp ? TCP_WAIT_MS : UDP_WAIT_MS;
    x->accept = on_accept;
    x->done = on_done;
    return exchange_start(x);
}

static void try_primary(struct forward *w)
{
    const struct conf_zone *conf = w->zone->conf;
    char addr[NET_ADDR_TEXT];

    for (; conf != NULL && w->primary < conf->nprimaries; w->primary++) {
        enum result r = start(w, conf);

        if (r == RES_OK)
            return;
        zone_log(w->zone, LOGC_UPDATE, LVL_INFO, "could not forward dynamic update to %s: %s",
                 net_addr_format(&w->to, addr), result_text(r));
    }
    fail(w);
}

void update_forwards_check(struct update_forwards *f)
{
    struct forward *list, *next;

    free_list(&f->ended);
    pthread_mutex_lock(&f->lock);
    list = f->posted;
    f->posted = NULL;
    pthread_mutex_unlock(&f->lock);
    for (struct forward *w = list; w != NULL; w = next) {
        next = w->next;
        w->next = f->running;
        f->running = w;
        try_primary(w);
    }
}
