/*
 * NOTIFY coming in (RFC 1996): a worker judges who sends it and answers; what it says waits in
 * a list for the maintenance thread.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/rcu.h"
#include "dns/message.h"
#include "dns/rrtype.h"
#include "dns/serial.h"
#include "server/secondaries.h"
#include "server/secondary.h"
#include "zone/client_log.h"

/* A flood of them must not fill the memory: what is heard is the same for each zone. */
enum { NOTICES_MAX = 100000 };

struct notice {
    struct notice *next;
    struct zone *zone;          /* held */
    union net_addr from;
    bool has_serial;
    uint32_t serial;
};

/* --- the worker's side --- */

static bool same_host(const union net_addr *a, const union net_addr *b)
{
    union net_addr x = *a, y = *b;

    net_addr_set_port(&x, 0);
    net_addr_set_port(&y, 0);
    return net_addr_equal(&x, &y);
}

/* A primary of the zone may, and who allow-notify lists. */
static bool may_notify(const struct handover_offer *o, const struct conf_zone *conf)
{
    struct acl_who who = {.peer = o->client->peer,
                          .key = o->key != NULL ? o->key->name : NULL,
                          .env = rcu_read(*o->server->acl_env),
                          .local_port = net_addr_port(o->client->local),
                          .transport = o->client->tcp ? ACL_TCP : ACL_UDP,
                          .match_mapped = o->server->conf->match_mapped_addresses};

    for (unsigned i = 0; i < conf->nprimaries; i++)
        if (same_host(&conf->primaries[i].addr, o->client->peer))
            return true;
    return conf->options->allow_notify != NULL && acl_allows(conf->options->allow_notify, &who);
}

/* The SOA that NOTIFY may carry in its answer section (RFC 1996 §3.7). */
static void read_serial(struct notice *n, const struct handover_offer *o)
{
    size_t at = o->req->section_at[SECTION_ANSWER];
    uint8_t rdata[RDATA_MAX_LEN];
    struct message_record rr;
    size_t len;

    if (o->req->count[SECTION_ANSWER] == 0 ||
        message_read_record(&rr, o->req->msg, o->req->len, &at) != RES_OK ||
        rr.type != TYPE_SOA || !name_equal(rr.owner.wire, o->zone->name) ||
        rdata_from_message(TYPE_SOA, rr.rrclass, o->req->msg, o->req->len, rr.rdata_at,
                           rr.rdata_len, rdata, &len) != RES_OK)
        return;
    n->has_serial = true;
    n->serial = get_u32(rdata + len - 20);
}

static bool post(struct secondaries *all, struct notice *n)
{
    bool fits;

    pthread_mutex_lock(&all->lock);
    fits = all->nnotices < NOTICES_MAX;
    if (fits) {
        n->next = NULL;
        *all->last_notice = n;
        all->last_notice = &n->next;
        all->nnotices++;
    }
    pthread_mutex_unlock(&all->lock);
    if (fits)
        net_loop_wake(all->loop);
    return fits;
}

/* False without memory, or when far too many wait: polling goes on beneath (RFC 1996 §4.1). */
static bool hear(struct secondaries *all, const struct handover_offer *o)
{
    struct notice *n = calloc(1, sizeof *n);

    if (n == NULL)
        return false;
    n->from = *o->client->peer;
    read_serial(n, o);
    zone_hold(o->zone);
    n->zone = o->zone;
    if (post(all, n))
        return true;
    zone_release(n->zone);
    free(n);
    return false;
}

static void log_received(const struct handover_offer *o)
{
    const struct client_id id = {.request = o,
                                 .peer = o->client->peer,
                                 .key = o->key != NULL ? o->key->name : NULL,
                                 .view = o->view->conf->name};
    char zone[NAME_TEXT_MAX];

    if (!log_wants(LOGC_NOTIFY, LVL_INFO))
        return;
    name_to_text(o->zone->name, zone, NAME_OMIT_FINAL_DOT);
    client_log(&id, LOGC_NOTIFY, LVL_INFO, "received notify for zone '%s'%s%s%s", zone,
               o->key != NULL ? ": TSIG '" : "", o->key != NULL ? o->key->name_text : "",
               o->key != NULL ? "'" : "");
}

enum handover secondaries_take_notify(void *all, const struct handover_offer *o, unsigned *rcode)
{
    const struct conf_zone *conf = rcu_read(o->zone->conf);
    char addr[NET_ADDR_TEXT];

    log_received(o);
    *rcode = RCODE_NOERROR;
    if (conf->type == ZONE_PRIMARY)
        return HANDOVER_ANSWER;     /* of a zone that is ours nobody can tell us news */
    if (!may_notify(o, conf)) {
        zone_log(o->zone, LOGC_NOTIFY, LVL_INFO, "refused notify from non-primary: %s",
                 net_addr_format(o->client->peer, addr));
        *rcode = RCODE_REFUSED;
        return HANDOVER_ANSWER;
    }
    if (!hear(all, o))
        *rcode = RCODE_SERVFAIL;
    return HANDOVER_ANSWER;
}

/* --- the maintenance thread's side --- */

static void take_notice(struct secondary *s, const struct notice *n)
{
    const struct contents *c = rcu_read(s->zone->contents);
    char addr[NET_ADDR_TEXT], serial[32] = "";

    net_addr_format(&n->from, addr);
    if (n->has_serial)
        snprintf(serial, sizeof serial, "serial %u", n->serial);
    if (n->has_serial && c != NULL && !serial_gt(n->serial, c->serial)) {
        zone_log(s->zone, LOGC_NOTIFY, LVL_INFO, "notify from %s: zone is up to date", addr);
        return;
    }
    if (s->machine.is_asking)
        zone_log(s->zone, LOGC_NOTIFY, LVL_INFO,
                 "notify from %s: %s%srefresh in progress, refresh check queued", addr, serial,
                 n->has_serial ? ": " : "");
    else
        zone_log(s->zone, LOGC_NOTIFY, LVL_INFO, "notify from %s: %s", addr,
                 n->has_serial ? serial : "no serial");
    secondary_set_rank(s, RANK_NOTIFIED);
    secondary_event(s, REFRESH_NOTIFIED);
}

static struct notice *take_list(struct secondaries *all)
{
    struct notice *list;

    pthread_mutex_lock(&all->lock);
    list = all->notices;
    all->notices = NULL;
    all->last_notice = &all->notices;
    all->nnotices = 0;
    pthread_mutex_unlock(&all->lock);
    return list;
}

static void each_notice(struct secondaries *all, bool take)
{
    for (struct notice *n = take_list(all), *next; n != NULL; n = next) {
        struct secondary *s = n->zone->secondary;

        next = n->next;
        if (take && s != NULL && s->started && !s->dropped)
            take_notice(s, n);
        zone_release(n->zone);
        free(n);
    }
}

void notices_take(struct secondaries *all)
{
    each_notice(all, true);
}

void notices_free(struct secondaries *all)
{
    each_notice(all, false);
}
