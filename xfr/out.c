#include "xfr/out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/rcu.h"
#include "xfr/out_difference.h"
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

static void journal_message(void *arg, int level, const char *text)
{
    (void)arg;
    log_write(LOGC_XFER_OUT, level, "%s", text);
}

/* The difference's source, NULL with the reason in *r. */
static struct xfrout_source *open_difference(const struct transfer_ask *ask, uint64_t *size,
                                             enum result *r)
{
    const struct journal_report report = {.message = journal_message};
    const struct conf_zone *conf = rcu_read(ask->zone->conf);
    char *path = conf != NULL ? zone_journal_path(conf) : NULL;
    struct xfrout_source *s = NULL;

    *r = RES_FILENOTFOUND;
    if (path != NULL)
        *r = xfrout_difference_source(path, &report, ask->serial, ask->contents, size, &s);
    free(path);
    return s;
}

/* max-ixfr-ratio: BIND's measure, of the difference and of the zone. */
static bool is_worth_it(const struct xfrout_log *l, const struct transfer_ask *ask,
                        uint32_t percent, uint64_t size)
{
    uint64_t zone_size = contents_size_bytes(ask->contents);

    if (percent == 0 || size * 100 <= zone_size * percent)
        return true;
    xfrout_log_line(l, LVL_INFO,
                    "IXFR delta size (%" PRIu64 " bytes) exceeds the maximum ratio to database "
                    "size (%" PRIu64 " bytes), falling back to AXFR", size, zone_size);
    return false;
}

static void log_no_difference(const struct xfrout_log *l, enum result r)
{
    if (r == RES_FILENOTFOUND || r == RES_RANGE || r == RES_NOTFOUND)
        xfrout_log_line(l, LVL_INFO, "IXFR version not in journal, falling back to AXFR "
                        "(serial %" PRIu32 ")", l->from);
    else
        xfrout_log_line(l, LVL_ERROR, "reading the journal failed: %s, falling back to AXFR",
                        result_text(r));
}

/* The difference that the client wants, NULL when the whole zone is to be sent instead. */
static struct xfrout_source *difference(const struct xfrout_log *l, const struct transfer_ask *ask)
{
    const struct conf_server *server = conf_server_find(ask->view, ask->client->peer);
    const struct zone_options *o = rcu_read(ask->zone->conf)->options;
    struct xfrout_source *s;
    uint64_t size;
    enum result r;

    if (server != NULL && server->provide_ixfr >= 0 ? !server->provide_ixfr : !o->provide_ixfr) {
        xfrout_log_line(l, 4, "IXFR delta response disabled due to 'provide-ixfr no;' being set");
        return NULL;
    }
    s = open_difference(ask, &size, &r);
    if (s == NULL) {
        log_no_difference(l, r);
        return NULL;
    }
    if (is_worth_it(l, ask, o->max_ixfr_ratio_pct, size))
        return s;
    s->end(s);
    return NULL;
}

/* The difference or the whole zone, asked for or for want of a difference. */
static void choose_source(struct transfer *t, const struct transfer_ask *ask)
{
    bool incremental = ask->req->qtype == TYPE_IXFR;

    if (incremental && (t->messages.source = difference(&t->log, ask)) != NULL) {
        t->log.kind = "IXFR";
        return;
    }
    t->log.kind = incremental ? "AXFR-style IXFR" : "AXFR";
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
