#include "xfr/out.h"

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/rcu.h"
#include "xfr/out_log.h"
#include "xfr/out_message.h"

struct transfer {
    struct net_producer producer;
    struct xfrout *shared;
    struct xfrout_messages messages;
    struct xfrout_log log;
    struct tsig_session tsig;
    struct tsig_key key;
    enum result why;            /* it gave up */
    uint8_t memory[];           /* of the key and the OPT record */
};

unsigned xfrout_running(const struct xfrout *x)
{
    return __atomic_load_n(&x->running, __ATOMIC_RELAXED);
}

static bool take_place(struct xfrout *x, unsigned limit)
{
    unsigned n = xfrout_running(x);

    do {
        if (n >= limit)
            return false;
    } while (!__atomic_compare_exchange_n(&x->running, &n, n + 1, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return true;
}

static void give_place(struct xfrout *x)
{
    __atomic_fetch_sub(&x->running, 1, __ATOMIC_RELAXED);
}

static void free_transfer(struct transfer *t)
{
    if (t->messages.source != NULL)
        t->messages.source->end(t->messages.source);
    xfrout_log_free(&t->log);
    free(t);
}

static ssize_t more(struct net_producer *p, uint8_t *room)
{
    struct transfer *t = CONTAINER_OF(p, struct transfer, producer);
    ssize_t n = xfrout_message(&t->messages, room + 2, &t->why);

    if (n <= 0)
        return n;
    t->why = RES_OK;
    put_u16(room, (uint16_t)n);
    return 2 + n;
}

static void end(struct net_producer *p, enum result why)
{
    struct transfer *t = CONTAINER_OF(p, struct transfer, producer);

    if (why == RES_OK)
        xfrout_log_ended(&t->log, &t->messages);
    else
        xfrout_log_line(&t->log, LVL_ERROR, "aborted: %s",
                        result_text(t->why != RES_OK ? t->why : why));
    give_place(t->shared);
    free_transfer(t);
}

/* What the client's server { … } says goes before what is said for all. */
static void set_format(struct xfrout_messages *m, const struct transfer_ask *ask)
{
    const struct conf_server *s = conf_server_find(ask->view, ask->client->peer);

    m->id = ask->req->id;
    m->flags = FLAG_QR | FLAG_AA;
    m->qtype = ask->req->qtype;
    m->rrclass = ask->zone->rrclass;
    name_copy(&m->qname, ask->req->qname);
    m->size = ask->conf->transfer_message_size;
    m->one_answer = s != NULL && s->one_answer >= 0 ? s->one_answer : ask->view->one_answer;
    m->compress = ask->view->message_compression;
}

static void set_bounds(struct net_producer *p, const struct zone_options *o)
{
    p->more = more;
    p->end = end;
    p->idle_s = o->max_transfer_idle_out_s;
    p->total_s = o->max_transfer_time_out_s;
}

/* The signature's session, its key and the OPT record are copied: the request goes. */
static void copy_tail(struct transfer *t, const struct transfer_ask *ask)
{
    uint8_t *p = t->memory;

    if (ask->tsig != NULL) {
        t->tsig = *ask->tsig;
        tsig_key_copy(&t->key, ask->tsig->key, p);
        t->tsig.key = &t->key;
        t->messages.tsig = &t->tsig;
        p += tsig_key_size(ask->tsig->key);
    }
    t->messages.opt = memcpy(p, ask->opt, ask->opt_len);
    t->messages.opt_len = ask->opt_len;
}

/* The whole zone, asked for or for want of a difference. */
static void choose_source(struct transfer *t, const struct transfer_ask *ask)
{
    t->log.kind = ask->req->qtype == TYPE_IXFR ? "AXFR-style IXFR" : "AXFR";
    t->messages.source = xfrout_zone_source(ask->contents);
}

static struct transfer *new_transfer(const struct transfer_ask *ask)
{
    size_t key_size = ask->tsig != NULL ? tsig_key_size(ask->tsig->key) : 0;
    struct transfer *t = calloc(1, sizeof *t + key_size + ask->opt_len + 1);

    if (t == NULL)
        return NULL;
    set_bounds(&t->producer, rcu_read(ask->zone->conf)->options);
    set_format(&t->messages, ask);
    copy_tail(t, ask);
    if (xfrout_log_init(&t->log, ask))
        choose_source(t, ask);
    if (t->messages.source != NULL)
        return t;
    free_transfer(t);
    return NULL;
}

struct net_producer *xfrout_begin(void *arg, const struct transfer_ask *ask, unsigned *rcode)
{
    struct xfrout *x = arg;
    const char *type = ask->req->qtype == TYPE_IXFR ? "IXFR" : "AXFR";
    struct transfer *t;

    *rcode = RCODE_SERVFAIL;
    if (!take_place(x, ask->conf->transfers_out)) {
        client_log(ask->client, LOGC_XFER_OUT, LVL_WARNING, "%s request denied: %s", type,
                   result_text(RES_QUOTA));
        return NULL;
    }
    t = new_transfer(ask);
    if (t == NULL) {
        client_log(ask->client, LOGC_XFER_OUT, LVL_ERROR, "%s request denied: %s", type,
                   result_text(RES_NOMEM));
        give_place(x);
        return NULL;
    }
    t->shared = x;
    xfrout_log_started(&t->log);
    return &t->producer;
}
