/*
 * The questions of a check: to the resolver where the parent is, to the parent's servers what they
 * know of the zone, to the zone's servers what they have.  All that can be asked at a time goes out
 * together, on an event loop of the check's own.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/buf.h"
#include "base/container.h"
#include "base/rcu.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "xfr/delegation_read.h"
#include "xfr/exchange.h"
#include "xfr/request.h"

enum {
    UDP_SIZE = 1232,            /* EDNS: no fragments anywhere */
    UDP_TRIES = 3,
    LOOK_MS = 100,              /* how often `cancel` is looked at */
    PASSES_MAX = 8,             /* names lead to servers, servers to names */
    RESOLV_LINE = 512
};

struct run {
    struct delegation *d;
    struct net_loop loop;
    struct net_timer look;
    struct question *questions;         /* of this round; those that have ended go after it */
    unsigned pending;
    enum result failure;                /* ends the check: no memory, no sockets */
    struct delegation_targets resolvers;
    enum result resolver_failure;       /* of the last question that no resolver answered */
    unsigned resolver_rcode;
    struct delegation_targets parents;  /* given, or what the walk up found */
    unsigned known_hosts, known_servers, known_own; /* what has been asked about */
    bool keys_asked;
    uint8_t rdata[RDATA_MAX_LEN];
};

struct question {
    struct exchange x;
    struct question *next;
    struct run *run;
    struct delegation_question what;
    unsigned resolver;              /* the one that is asked */
    unsigned rcode;                 /* of the resolver that would not */
    bool to_resolver, truncated;
    delegation_take *take;
    void (*failed)(struct question *q, enum result why);
    int64_t sent_ms;
    uint8_t msg[XFR_REQUEST_ROOM];
};

/* ---- One question ---- */

static bool on_message(struct exchange *x, const uint8_t *msg, size_t len)
{
    struct question *q = CONTAINER_OF(x, struct question, x);

    if (!delegation_is_reply(&q->what, msg, len))
        return false;
    q->truncated = !x->tcp && get_u16(msg + 2) & FLAG_TC;
    if (q->truncated)
        return true;
    if (q->what.probe != NULL) {
        q->what.probe->result = RES_OK;
        q->what.probe->rcode = msg[3] & 15;
        q->what.probe->aa = get_u16(msg + 2) & FLAG_AA;
        q->what.probe->ms = net_now_ms() - q->sent_ms;
    }
    if (q->to_resolver && (msg[3] & 15) != RCODE_NOERROR && (msg[3] & 15) != RCODE_NXDOMAIN) {
        q->rcode = q->run->resolver_rcode = msg[3] & 15;
        return true; /* on_done() asks the next one */
    }
    q->run->resolver_rcode = q->to_resolver ? 0 : q->run->resolver_rcode;
    q->take(&q->what, msg, len);
    q->resolver = DELEGATION_TARGETS_MAX; /* it is answered */
    return true;
}

static enum result start(struct question *q, bool tcp)
{
    struct run *r = q->run;

    q->x.tcp = tcp;
    q->x.wait_ms = tcp ? r->d->options.wait_ms : r->d->options.wait_ms / UDP_TRIES;
    q->sent_ms = r->loop.now_ms = net_now_ms();
    return exchange_start(&q->x);
}

static void fail(struct question *q, enum result why)
{
    if (why == RES_NOMEM || why == RES_TOOMANYOPENFILES)
        q->run->failure = why;
    if (q->what.probe != NULL)
        q->what.probe->result = why;
    if (q->to_resolver)
        q->run->resolver_failure = why;
    if (q->failed != NULL)
        q->failed(q, why);
}

static void on_done(struct exchange *x, enum result result)
{
    struct question *q = CONTAINER_OF(x, struct question, x);
    struct run *r = q->run;

    if (result == RES_OK && q->truncated) {
        q->truncated = false;
        result = start(q, true);
        if (result == RES_OK)
            return;
    }
    if (q->to_resolver && q->resolver < DELEGATION_TARGETS_MAX) {
        while (++q->resolver < r->resolvers.n) {
            q->x.to = r->resolvers.at[q->resolver].addr;
            if (start(q, false) == RES_OK)
                return;
        }
        result = result == RES_OK ? RES_FAILURE : result;
    }
    if (result != RES_OK)
        fail(q, result);
    r->pending--;
}

/* A question that is ready to go but for its kind; NULL without memory. */
static struct question *question_new(struct run *r, const union net_addr *to, const uint8_t *name,
                                     uint16_t type, unsigned subject)
{
    struct question *q = calloc(1, sizeof *q);

    if (q == NULL) {
        r->failure = RES_NOMEM;
        return NULL;
    }
    exchange_init(&q->x, &r->loop);
    q->run = r;
    q->what.d = r->d;
    q->what.parents = &r->parents;
    q->what.rdata = r->rdata;
    q->x.to = *to;
    q->x.accept = on_message;
    q->x.done = on_done;
    q->x.tries = UDP_TRIES;
    name_copy(&q->what.name, name);
    q->what.type = type;
    q->what.subject = subject;
    q->next = r->questions;
    r->questions = q;
    return q;
}

static void send_question(struct question *q, bool tcp)
{
    struct xfr_request request = {.zone = q->what.name.wire,
                                  .rrclass = CLASS_IN,
                                  .type = q->what.type,
                                  .udp_size = UDP_SIZE,
                                  .recurse = q->to_resolver};
    enum result r;

    if (getrandom(&q->what.id, sizeof q->what.id, GRND_NONBLOCK) != sizeof q->what.id)
        q->what.id = (uint16_t)time(NULL);
    request.id = q->what.id;
    q->x.msg = q->msg;
    q->x.len = xfr_request_write(q->msg, &request, NULL, 0);
    if (q->what.probe != NULL)
        *q->what.probe = (struct delegation_probe){.asked = true, .result = RES_TIMEDOUT};
    r = start(q, tcp);
    if (r == RES_OK)
        q->run->pending++;
    else
        fail(q, r);
}

static struct question *ask_server(struct run *r, unsigned server, const uint8_t *name,
                                   uint16_t type, bool tcp, struct delegation_probe *probe,
                                   delegation_take *take)
{
    struct question *q = question_new(r, &r->d->servers[server].addr, name, type, server);

    if (q == NULL)
        return NULL;
    q->what.probe = probe;
    q->take = take;
    send_question(q, tcp);
    return q;
}

static void ask_resolver(struct run *r, const uint8_t *name, uint16_t type, unsigned subject,
                         delegation_take *take, void (*failed)(struct question *, enum result))
{
    struct question *q;

    if (r->resolvers.n == 0)
        return;
    if ((q = question_new(r, &r->resolvers.at[0].addr, name, type, subject)) == NULL)
        return;
    q->to_resolver = true;
    q->take = take;
    q->failed = failed;
    send_question(q, false);
}

/* ---- A round ---- */

static bool is_cancelled(const struct run *r)
{
    const bool *cancel = r->d->options.cancel;

    return cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED);
}

static void look_around(struct net_timer *t, int64_t now_ms)
{
    struct run *r = CONTAINER_OF(t, struct run, look);

    if (net_timer_set(&r->loop.timers, t, now_ms + LOOK_MS) != RES_OK)
        r->failure = RES_NOMEM;
}

/* Waits for all answers; false: the check is over. */
static bool round_end(struct run *r)
{
    while (r->pending > 0 && r->failure == RES_OK) {
        net_loop_step(&r->loop);
        if (is_cancelled(r))
            r->failure = RES_CANCELED;
    }
    for (struct question *q = r->questions, *next; q != NULL; q = next) {
        next = q->next;
        exchange_stop(&q->x);
        free(q);
    }
    r->questions = NULL;
    r->pending = 0;
    return r->failure == RES_OK;
}

static void trouble(struct run *r, const char *fmt, const uint8_t *name, const char *why)
    __attribute__((format(printf, 2, 0)));

/* `fmt` takes a name and a reason. */
static void trouble(struct run *r, const char *fmt, const uint8_t *name, const char *why)
{
    char text[NAME_TEXT_MAX];

    name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    snprintf(r->d->trouble, sizeof r->d->trouble, fmt, text, why);
}

static const char *resolver_problem(const struct run *r, char text[RRTYPE_TEXT])
{
    if (r->resolvers.n == 0)
        return "no resolver is known (-r names one)";
    if (r->resolver_rcode != 0)
        return rcode_text(r->resolver_rcode, text);
    return result_text(r->resolver_failure);
}

/* ---- The parent ---- */

static void read_resolv_conf(struct run *r)
{
    FILE *f = fopen(r->d->options.resolv_conf, "re");
    char line[RESOLV_LINE], text[RESOLV_LINE];

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        struct delegation_target *t = &r->resolvers.at[r->resolvers.n];

        if (sscanf(line, " nameserver %511s", text) != 1 ||
            r->resolvers.n == DELEGATION_TARGETS_MAX || net_addr_parse(&t->addr, text) != RES_OK)
            continue;
        net_addr_set_port(&t->addr, 53);
        r->resolvers.n++;
    }
    if (f != NULL)
        fclose(f);
}

/* Up from the zone to the first name that has NS records. */
static bool find_parent(struct run *r)
{
    const uint8_t *name = r->d->zone.wire;
    char text[RRTYPE_TEXT];

    while (r->parents.n == 0 && *name != 0) {
        name = name_parent(name);
        r->resolver_failure = RES_OK;
        ask_resolver(r, name, TYPE_NS, 0, delegation_take_parent_name, NULL);
        if (!round_end(r))
            return false;
        if (r->resolvers.n == 0 || r->resolver_failure != RES_OK) {
            trouble(r, "the resolver cannot be asked for the servers of '%s': %s", name,
                    resolver_problem(r, text));
            return true;
        }
    }
    if (r->parents.n > 0)
        name_copy(&r->d->parent, name);
    else
        trouble(r, "nothing above %s has name servers%s", r->d->zone.wire, "");
    return true;
}

static bool find_parent_servers(struct run *r)
{
    const struct delegation_options *o = &r->d->options;
    char text[RRTYPE_TEXT];

    for (unsigned i = 0; i < r->parents.n; i++) {
        const struct delegation_target *t = &r->parents.at[i];

        if (t->name.len == 0) {
            delegation_server(r->d, &t->addr, NULL, true, NULL);
            continue;
        }
        if (!o->without_v4)
            ask_resolver(r, t->name.wire, TYPE_A, i, delegation_take_parent_address, NULL);
        if (!o->without_v6)
            ask_resolver(r, t->name.wire, TYPE_AAAA, i, delegation_take_parent_address, NULL);
    }
    if (!round_end(r))
        return false;
    if (r->d->nservers == 0 && r->d->trouble[0] == '\0')
        trouble(r, "no server of the parent of %s has an address: %s", r->d->zone.wire,
                resolver_problem(r, text));
    return true;
}

/* ---- What the parent has ---- */

static bool ask_parents(struct run *r)
{
    struct delegation *d = r->d;
    enum result why = RES_OK;
    bool told = false;

    for (unsigned i = 0; i < d->nservers; i++) {
        ask_server(r, i, d->zone.wire, TYPE_NS, false, &d->servers[i].udp,
                   delegation_take_delegation);
        ask_server(r, i, d->zone.wire, TYPE_DS, false, NULL, delegation_take_ds);
    }
    if (!round_end(r))
        return false;
    for (unsigned i = 0; i < d->nservers; i++) {
        told = told || d->servers[i].has_ns || d->servers[i].serves_zone;
        why = d->servers[i].udp.result;
    }
    if (!told && d->trouble[0] == '\0')
        trouble(r, "no server of the parent says to whom %s is delegated%s", d->zone.wire,
                why == RES_TIMEDOUT ? " (timed out)" : "");
    return true;
}

/* ---- The name servers' addresses ---- */

static void note_failure(struct question *q, enum result why)
{
    struct delegation_host *h = &q->run->d->hosts[q->what.subject];

    h->failure = why;
    h->failure_rcode = q->rcode;
}

static void look_up(struct run *r, unsigned host)
{
    struct delegation_host *h = &r->d->hosts[host];

    h->asked = 2;
    h->answered = 0;
    h->failure = r->resolvers.n == 0 ? RES_NOTFOUND : RES_TIMEDOUT;
    ask_resolver(r, h->name.wire, TYPE_A, host, delegation_take_resolved, note_failure);
    ask_resolver(r, h->name.wire, TYPE_AAAA, host, delegation_take_resolved, note_failure);
}

/* Names in other zones, as soon as they are known. */
static bool look_up_hosts(struct run *r)
{
    struct delegation *d = r->d;

    for (; r->known_hosts < d->nhosts; r->known_hosts++)
        if (!d->hosts[r->known_hosts].in_zone)
            look_up(r, r->known_hosts);
    for (unsigned i = 0; i < d->nhosts; i++)
        if (d->hosts[i].elsewhere) {
            d->hosts[i].elsewhere = false;
            look_up(r, i);
        }
    return round_end(r);
}

/* ---- What the zone's servers have ---- */

static void add_servers_of(struct run *r, const struct delegation_host *h,
                           const struct delegation_addrs *list)
{
    for (unsigned i = 0; i < list->n; i++) {
        union net_addr a = list->at[i];

        net_addr_set_port(&a, r->d->options.port);
        delegation_server(r->d, &a, h->name.wire, false, NULL);
    }
}

static void add_servers(struct run *r)
{
    struct delegation *d = r->d;

    for (unsigned i = 0; i < d->nhosts; i++) {
        add_servers_of(r, &d->hosts[i], &d->hosts[i].glue);
        add_servers_of(r, &d->hosts[i], &d->hosts[i].own);
    }
    for (unsigned i = 0; i < d->options.children.n; i++)
        delegation_server(d, &d->options.children.at[i].addr, NULL, false, NULL);
}

static bool ask_children(struct run *r)
{
    struct delegation *d = r->d;

    for (; r->known_servers < d->nservers; r->known_servers++) {
        struct delegation_server *s = &d->servers[r->known_servers];

        if (s->is_parent)
            continue;
        ask_server(r, r->known_servers, d->zone.wire, TYPE_SOA, false, &s->udp,
                   delegation_take_soa);
        ask_server(r, r->known_servers, d->zone.wire, TYPE_SOA, true, &s->tcp, delegation_take_soa);
        ask_server(r, r->known_servers, d->zone.wire, TYPE_NS, false, NULL, delegation_take_ns);
    }
    return round_end(r);
}

/* A server of the newest version; -1: none. */
static int best_server(const struct delegation *d)
{
    int best = -1;

    for (unsigned i = 0; i < d->nservers; i++) {
        const struct delegation_probe *p = &d->servers[i].udp;

        if (!d->servers[i].is_parent && p->result == RES_OK && p->aa && p->has_soa &&
            (best < 0 || (int32_t)(p->serial - d->servers[best].udp.serial) > 0))
            best = (int)i;
    }
    return best;
}

static void ask_own(struct run *r, unsigned server, unsigned host, uint16_t type)
{
    struct question *q =
        question_new(r, &r->d->servers[server].addr, r->d->hosts[host].name.wire, type, host);

    if (q == NULL)
        return;
    q->take = delegation_take_own;
    q->failed = note_failure;
    send_question(q, false);
}

/* What the zone itself says of its name servers' addresses and its keys: its newest version. */
static bool ask_zone(struct run *r)
{
    struct delegation *d = r->d;
    int server = best_server(d);

    if (server < 0)
        return true;
    for (; r->known_own < d->nhosts; r->known_own++) {
        struct delegation_host *h = &d->hosts[r->known_own];

        if (!h->in_zone)
            continue;
        h->asked = 2;
        ask_own(r, (unsigned)server, r->known_own, TYPE_A);
        ask_own(r, (unsigned)server, r->known_own, TYPE_AAAA);
    }
    if (d->nds > 0 && !r->keys_asked) {
        r->keys_asked = true;
        ask_server(r, (unsigned)server, d->zone.wire, TYPE_DNSKEY, false, NULL,
                   delegation_take_keys);
    }
    return round_end(r);
}

/* ---- All of it ---- */

static bool has_news(const struct run *r)
{
    for (unsigned i = 0; i < r->d->nhosts; i++)
        if (r->d->hosts[i].elsewhere)
            return true;
    return r->known_hosts < r->d->nhosts || r->known_servers < r->d->nservers;
}

static bool ask_all(struct run *r)
{
    r->parents = r->d->options.parents;
    r->resolvers = r->d->options.resolvers;
    if (r->resolvers.n == 0)
        read_resolv_conf(r);
    if (r->parents.n == 0 && !find_parent(r))
        return false;
    if (!find_parent_servers(r) || !ask_parents(r))
        return false;
    for (unsigned i = 0; i < PASSES_MAX; i++) {
        if (!look_up_hosts(r))
            return false;
        add_servers(r);
        if (!ask_children(r) || !ask_zone(r))
            return false;
        add_servers(r);
        if (!has_news(r))
            break;
    }
    return true;
}

enum result delegation_check(struct delegation *d)
{
    struct run *r = calloc(1, sizeof *r);
    enum result result;

    if (r == NULL)
        return RES_NOMEM;
    r->d = d;
    result = net_loop_init(&r->loop);
    if (result == RES_OK) {
        r->look.fire = look_around;
        look_around(&r->look, r->loop.now_ms);
        ask_all(r);
        net_timer_stop(&r->loop.timers, &r->look);
        net_loop_free(&r->loop);
        rcu_offline();
        result = r->failure;
    }
    free(r);
    return result == RES_OK ? delegation_judge(d) : result;
}
