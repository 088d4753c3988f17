/*
 * A round: the primaries in their order, each asked for its SOA, until one of them has
 * something newer; if none has, the round was good when one of them has what we have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "dns/rrtype.h"
#include "dns/serial.h"
#include "server/secondary.h"

enum {
    ASK_TRIES = 3, ASK_WAIT_MS = 5000,  /* UDP: as BIND does */
    ASK_TCP_MS = 15000,
    EDNS_SIZE = 2048                    /* BIND's for these questions */
};

/* --- the primary at hand --- */

void target_free(struct secondary_target *t)
{
    free(t->secret);
    t->secret = NULL;
    t->key.name = NULL;
}

static const struct conf_server *server_statement(const struct secondary *s,
                                                  const union net_addr *addr)
{
    const struct conf_snapshot *conf = s->all->conf;
    const struct conf_server *best = NULL;

    for (unsigned i = 0; i < conf->nviews; i++) {
        const struct conf_view *v = &conf->views[i];

        if (strcmp(v->name, s->zone->view) != 0 || v->rrclass != s->zone->rrclass)
            continue;
        for (unsigned j = 0; j < v->nservers; j++)
            if (net_prefix_match(&v->servers[j].prefix, addr) &&
                (best == NULL || v->servers[j].prefix.bits > best->prefix.bits))
                best = &v->servers[j];
    }
    return best;
}

static bool copy_key(struct secondary_target *t, const struct tsig_key *key)
{
    if (key == NULL)
        return true;
    if ((t->secret = malloc(key->secret_len + 1u)) == NULL)
        return false;
    memcpy(t->secret, key->secret, key->secret_len);
    name_copy(&t->key_name, key->name);
    snprintf(t->key_text, sizeof t->key_text, "%s", key->name_text);
    t->key = *key;
    t->key.name = t->key_name.wire;
    t->key.name_text = t->key_text;
    t->key.secret = t->secret;
    return true;
}

/* transfer-source, or what the server statement or the list itself says. */
static union net_addr source_for(const struct zone_options *o, const struct conf_server *server,
                                 const struct conf_remote *r)
{
    bool v6 = r->addr.sa.sa_family == AF_INET6;
    const union net_addr *of_server =
        server == NULL ? NULL : v6 ? &server->transfer_source_v6 : &server->transfer_source;

    if (r->source.sa.sa_family != AF_UNSPEC)
        return r->source;
    if (of_server != NULL && of_server->sa.sa_family != AF_UNSPEC)
        return *of_server;
    return v6 ? o->transfer_source_v6 : o->transfer_source;
}

/* NULL, or why this primary is not asked. */
static const char *set_target(struct secondary *s)
{
    const struct conf_zone *conf = secondary_conf(s);
    const struct conf_remote *r = &conf->primaries[s->primary];
    const struct conf_server *server = server_statement(s, &r->addr);
    struct secondary_target *t = &s->target;

    target_free(t);
    *t = (struct secondary_target){.addr = r->addr,
                                   .source = source_for(conf->options, server, r),
                                   .request_ixfr = conf->options->request_ixfr,
                                   .request_expire = conf->options->request_expire,
                                   .edns = true,
                                   .transfers = s->all->conf->transfers_per_ns};
    if (server != NULL) {
        t->edns = server->edns;
        if (server->request_ixfr >= 0)
            t->request_ixfr = server->request_ixfr != 0;
        if (server->request_expire >= 0)
            t->request_expire = server->request_expire != 0;
        if (server->transfers > 0)
            t->transfers = server->transfers;
    }
    if (server != NULL && server->bogus)
        return "it is bogus";
    if (r->tls != NULL)
        return "transfers over TLS are not supported";
    if (!copy_key(t, r->key != NULL ? r->key : server != NULL ? server->key : NULL))
        return result_text(RES_NOMEM);
    return NULL;
}

/* --- the question --- */

static void say_primary(struct secondary *s, int level, const char *before, const char *after)
{
    char addr[NET_ADDR_TEXT], source[NET_ADDR_TEXT];
    union net_addr from = s->target.source;

    if (from.sa.sa_family == AF_UNSPEC) {
        memset(&from, 0, sizeof from);
        from.sa.sa_family = s->target.addr.sa.sa_family;
    }
    zone_log(s->zone, LOGC_GENERAL, level, "refresh: %s primary %s (source %s)%s%s", before,
             net_addr_format(&s->target.addr, addr), net_addr_format(&from, source),
             after != NULL ? ": " : "", after != NULL ? after : "");
    secondary_note_error(s, "%s: %s%s%s", net_addr_format(&s->target.addr, addr), before,
                         after != NULL ? " it: " : " it", after != NULL ? after : "");
}

static void end_question(struct secondary *s)
{
    if (s->asking == NULL)
        return;
    exchange_stop(&s->asking->exchange);
    s->asking->next = s->all->asked;
    s->all->asked = s->asking;
    s->asking = NULL;
    s->all->asking--;
}

void round_free_asked(struct secondaries *all)
{
    while (all->asked != NULL) {
        struct secondary_asking *a = all->asked;

        all->asked = a->next;
        free(a);
    }
}

static bool on_accept(struct exchange *x, const uint8_t *msg, size_t len)
{
    struct secondary_asking *a = CONTAINER_OF(x, struct secondary_asking, exchange);

    if (xfr_soa_answer_read(&a->answer, &a->question, msg, len) != RES_OK)
        return false;
    a->verdict = a->question.key == NULL
                     ? RES_OK
                     : tsig_verify_response(&a->session, msg, len, (uint64_t)time(NULL));
    return true;
}

static void ask(struct secondary *s, bool tcp);

static void want_transfer(struct secondary *s)
{
    end_question(s);
    transfer_want(s);
}

/* Silence by UDP may be a firewall's: the transfer by TCP finds out (try-tcp-refresh). */
static void on_silence(struct secondary *s, enum result r)
{
    if (r == RES_TIMEDOUT)
        say_primary(s, LVL_INFO, "retry limit for", "exceeded");
    else
        say_primary(s, LVL_INFO, "failure trying", result_text(r));
    if (r == RES_TIMEDOUT && !s->asking->exchange.tcp &&
        secondary_conf(s)->options->try_tcp_refresh)
        want_transfer(s);
    else
        round_next(s);
}

/* Servers from before EDNS answer it with an error: once more without. */
static bool may_be_edns(const struct secondary_asking *a)
{
    unsigned rcode = a->answer.rcode;

    return a->question.udp_size > 0 &&
           (rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP || rcode == RCODE_BADVERS ||
            rcode == RCODE_SERVFAIL);
}

static void take_serial(struct secondary *s, uint32_t serial)
{
    const struct contents *c = rcu_read(s->zone->contents);
    char addr[NET_ADDR_TEXT];

    if (c == NULL || s->whole || serial_gt(serial, c->serial)) {
        want_transfer(s);
        return;
    }
    if (serial == c->serial) {
        s->good = true;
        s->has_expire = s->asking->answer.has_expire;
        s->expire_s = s->asking->answer.expire_s;
    } else if (!secondary_conf(s)->options->multi_master) {
        zone_log(s->zone, LOGC_GENERAL, LVL_INFO,
                 "serial number (%u) received from primary %s < ours (%u)", serial,
                 net_addr_format(&s->target.addr, addr), c->serial);
    }
    round_next(s);
}

static void take_answer(struct secondary *s)
{
    const struct secondary_asking *a = s->asking;
    char rcode[RRTYPE_TEXT], text[64];

    if (a->verdict != RES_OK) {
        say_primary(s, LVL_INFO, "failure trying", result_text(a->verdict));
    } else if (a->answer.truncated && !a->exchange.tcp) {
        ask(s, true);
        return;
    } else if (may_be_edns(a)) {
        s->without_edns = true;
        ask(s, a->exchange.tcp);
        return;
    } else if (a->answer.rcode != RCODE_NOERROR) {
        snprintf(text, sizeof text, "unexpected rcode (%s) from",
                 rcode_text(a->answer.rcode, rcode));
        say_primary(s, LVL_INFO, text, NULL);
    } else if (!a->answer.aa) {
        say_primary(s, LVL_INFO, "non-authoritative answer from", NULL);
    } else if (!a->answer.has_soa) {
        say_primary(s, LVL_INFO,
                    a->answer.referral ? "referral response from" : "answer without an SOA from",
                    NULL);
    } else {
        take_serial(s, a->answer.serial);
        return;
    }
    round_next(s);
}

static void on_done(struct exchange *x, enum result r)
{
    struct secondary_asking *a = CONTAINER_OF(x, struct secondary_asking, exchange);

    if (r == RES_OK)
        take_answer(a->secondary);
    else
        on_silence(a->secondary, r);
}

static enum result start_question(struct secondary *s, bool tcp)
{
    const struct secondary_target *t = &s->target;
    struct secondary_asking *a = calloc(1, sizeof *a);
    struct exchange *x;

    if (a == NULL)
        return RES_NOMEM;
    s->asking = a;
    s->all->asking++;
    a->secondary = s;
    x = &a->exchange;
    exchange_init(x, s->all->loop);
    a->question = (struct xfr_request){.zone = s->zone->name,
                                       .rrclass = s->zone->rrclass,
                                       .type = TYPE_SOA,
                                       .udp_size = t->edns && !s->without_edns ? EDNS_SIZE : 0,
                                       .want_expire = t->request_expire,
                                       .key = t->key.name != NULL ? &t->key : NULL};
    if (getrandom(&a->question.id, sizeof a->question.id, 0) != sizeof a->question.id)
        return RES_NORESOURCES;
    x->to = t->addr;
    x->from = t->source;
    x->msg = a->msg;
    x->len = xfr_request_write(a->msg, &a->question, &a->session, (uint64_t)time(NULL));
    x->tcp = tcp;
    x->tries = ASK_TRIES;
    x->wait_ms = tcp ? ASK_TCP_MS : ASK_WAIT_MS;
    x->accept = on_accept;
    x->done = on_done;
    return exchange_start(x);
}

static void ask(struct secondary *s, bool tcp)
{
    enum result r;

    end_question(s);
    s->phase = SECONDARY_ASKS;
    s->since_ms = net_now_ms();
    r = start_question(s, tcp);
    if (r == RES_OK)
        return;
    say_primary(s, LVL_INFO, "failure trying", result_text(r));
    round_next(s);
}

/* --- whose turn it is (serial-query-rate) --- */

static void wait_for_turn(struct secondary *s)
{
    struct secondaries *all = s->all;

    end_question(s);
    s->phase = SECONDARY_WAITS_TO_ASK;
    secondary_enqueue(all->asks, s);
    if (all->ask_timer.place == 0)
        net_timer_set(&all->loop->timers, &all->ask_timer, all->loop->now_ms);
}

/* Unless it must not be asked, or we cannot. */
static void ask_primary(struct secondary *s)
{
    const char *refused = set_target(s);

    if (refused == NULL) {
        ask(s, false);
        return;
    }
    say_primary(s, LVL_WARNING, "not asking", refused);
    round_next(s);
}

static int64_t ask_gap_us(const struct secondaries *all)
{
    unsigned rate = all->conf->serial_query_rate;

    return 1000000 / (rate > 0 ? rate : 1);
}

/* What was not used of the rate is lost but for a tenth of a second's. */
static void on_ask_timer(struct net_timer *t, int64_t now_ms)
{
    struct secondaries *all = CONTAINER_OF(t, struct secondaries, ask_timer);
    int64_t now_us = now_ms * 1000;
    struct secondary *s;

    if (all->next_ask_us < now_us - 100000)
        all->next_ask_us = now_us - 100000;
    while (all->next_ask_us <= now_us) {
        if ((s = secondary_dequeue(all->asks)) == NULL)
            return;
        all->next_ask_us += ask_gap_us(all);
        ask_primary(s);
    }
    net_timer_set(&all->loop->timers, t, all->next_ask_us / 1000 + 1);
}

void round_timer_init(struct secondaries *all)
{
    all->ask_timer.fire = on_ask_timer;
    secondary_queues_init(all->asks);
}

/* --- the round --- */

static void end_round(struct secondary *s)
{
    end_question(s);
    s->phase = SECONDARY_IDLE;
    s->whole = s->whole && !s->good;
    secondary_event(s, s->good ? REFRESH_UP_TO_DATE : REFRESH_FAILED);
}

void round_begin(struct secondary *s)
{
    const struct conf_zone *conf = secondary_conf(s);

    s->primary = 0;
    s->nprimaries = conf->nprimaries;
    s->good = s->has_expire = s->without_edns = false;
    if (s->nprimaries == 0) {
        zone_log(s->zone, LOGC_GENERAL, LVL_ERROR, "cannot refresh: no primaries");
        secondary_note_error(s, "no primaries");
        end_round(s);
        return;
    }
    wait_for_turn(s);
}

void round_next(struct secondary *s)
{
    s->without_edns = false;
    if (++s->primary < s->nprimaries)
        wait_for_turn(s);
    else
        end_round(s);
}

void round_stop(struct secondary *s)
{
    if (s->phase == SECONDARY_WAITS_TO_ASK)
        secondary_take_out(s);
    end_question(s);
    transfer_stop(s);
    if (s->phase != SECONDARY_TRANSFERS)
        s->phase = SECONDARY_IDLE;
}
