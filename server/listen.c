#include "server/listen.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/listen_plan.h"

enum {
    RETRY_MS = 1000,            /* while a wanted address does not serve */
    RETRIES_QUICK = 10,         /* then as seldom as RETRY_SLOW_MS */
    RETRY_SLOW_MS = 60 * 1000,
    /* A change rarely comes alone: wait a moment for the others. */
    SETTLE_MS = 20
};

struct listen {
    struct net_loop *loop;
    struct workers *workers;
    const struct conf_snapshot *conf;
    struct acl_env *env;                /* published */
    struct listen_places open;          /* UDP serves here */
    struct listen_places failed;        /* tried and told of in the log */
    struct net_event watch;             /* netlink; fd -1: none */
    struct net_timer rescan, retry;
    unsigned retries;
    bool no_v4, no_v6;
};

static const char *family_name(const union net_addr *a)
{
    return a->sa.sa_family == AF_INET ? "IPv4" : "IPv6";
}

static struct net_socket_options udp_options(const struct conf_snapshot *c)
{
    return (struct net_socket_options){
        .share_port = c->reuseport,
        .receive_buffer = c->udp_receive_buffer,
        .send_buffer = c->udp_send_buffer,
    };
}

static struct net_socket_options tcp_options(const struct conf_snapshot *c)
{
    return (struct net_socket_options){
        .share_port = c->reuseport,
        .receive_buffer = c->tcp_receive_buffer,
        .send_buffer = c->tcp_send_buffer,
        .backlog = c->tcp_listen_queue > 0 ? c->tcp_listen_queue : SOMAXCONN,
    };
}

/* True the first time that a place fails, until it serves or is no longer wanted. */
static bool is_news(struct listen *l, const struct listen_place *p)
{
    return !listen_places_have(&l->failed, &p->addr) &&
           listen_places_add(&l->failed, p) == RES_OK;
}

static void forget_failure(struct listen *l, const union net_addr *addr)
{
    for (unsigned i = l->failed.count; i-- > 0;)
        if (net_addr_equal(&l->failed.list[i].addr, addr))
            listen_places_remove(&l->failed, i);
}

static void note_udp_failure(struct listen *l, const struct listen_place *p, enum result r)
{
    /* An IPv6 address that is still checked for duplicates (RFC 4862) comes by itself. */
    if ((r == RES_ADDRNOTAVAIL && l->retries < RETRIES_QUICK) || !is_news(l, p))
        return;
    log_write(LOGC_NETWORK, LVL_ERROR, "could not listen on UDP socket: %s", result_text(r));
    log_write(LOGC_NETWORK, LVL_ERROR, "creating %s interface %s failed; interface ignored",
              family_name(&p->addr), p->iface);
}

/* Opens the TCP sockets of a place that serves UDP; true when it now has both. */
static bool open_tcp(struct listen *l, struct listen_place *p)
{
    struct net_socket_options o = tcp_options(l->conf);
    enum result r = workers_listen_tcp(l->workers, &p->addr, &o);
    char text[NET_ADDR_TEXT];

    p->no_tcp = r != RES_OK;
    if (r == RES_OK)
        forget_failure(l, &p->addr);
    else if (is_news(l, p))
        log_write(LOGC_NETWORK, LVL_ERROR, "creating TCP socket: %s (%s serves UDP only)",
                  result_text(r), net_addr_format(&p->addr, text));
    return r == RES_OK;
}

/* Opens the sockets of a place; true when both serve. */
static bool open_place(struct listen *l, const struct listen_place *p)
{
    struct net_socket_options o = udp_options(l->conf);
    enum result r = workers_listen_udp(l->workers, &p->addr, &o);
    char text[NET_ADDR_TEXT];

    if (r == RES_OK) {
        r = listen_places_add(&l->open, p);
        if (r != RES_OK)
            workers_stop_listening(l->workers, &p->addr);
    }
    if (r != RES_OK) {
        note_udp_failure(l, p, r);
        return false;
    }
    log_write(LOGC_NETWORK, LVL_INFO, "listening on %s interface %s, %s", family_name(&p->addr),
              p->iface, net_addr_format(&p->addr, text));
    return open_tcp(l, &l->open.list[l->open.count - 1]);
}

static void close_place(struct listen *l, unsigned i)
{
    union net_addr addr = l->open.list[i].addr;
    char text[NET_ADDR_TEXT];

    listen_places_remove(&l->open, i);
    workers_stop_listening(l->workers, &addr);
    log_write(LOGC_NETWORK, LVL_INFO, "no longer listening on %s", net_addr_format(&addr, text));
}

static void close_unwanted(struct listen *l, const struct listen_places *wanted)
{
    for (unsigned i = l->open.count; i-- > 0;)
        if (!listen_places_have(wanted, &l->open.list[i].addr))
            close_place(l, i);
    for (unsigned i = l->failed.count; i-- > 0;)
        if (!listen_places_have(wanted, &l->failed.list[i].addr))
            listen_places_remove(&l->failed, i);
}

/* Closes what is not wanted any more, opens what is missing; true when all wanted serve. */
static bool apply_wanted(struct listen *l, const struct listen_places *wanted)
{
    bool complete = true;

    close_unwanted(l, wanted);
    for (unsigned i = 0; i < l->open.count; i++)
        if (l->open.list[i].no_tcp)
            complete &= open_tcp(l, &l->open.list[i]);
    for (unsigned i = 0; i < wanted->count; i++)
        if (!listen_places_have(&l->open, &wanted->list[i].addr))
            complete &= open_place(l, &wanted->list[i]);
    return complete;
}

/* Publishes the host's addresses when they changed. */
static void publish_env(struct listen *l, const struct net_ifaces *ifaces)
{
    struct acl_env *fresh = listen_plan_env(ifaces), *old = l->env;

    if (fresh == NULL) {
        log_write(LOGC_NETWORK, LVL_ERROR, "interface scan: %s", result_text(RES_NOMEM));
        return;
    }
    if (old != NULL && listen_env_equal(old, fresh)) {
        free(fresh);
        return;
    }
    rcu_publish(l->env, fresh);
    if (old != NULL) {
        rcu_wait();
        free(old);
    }
}

static enum result plan_all(const struct listen *l, const struct net_ifaces *ifaces,
                            struct listen_places *wanted)
{
    const struct conf_snapshot *c = l->conf;
    struct listen_wishes v4 = {c->listeners, c->nlisteners, c->match_mapped_addresses};
    struct listen_wishes v6 = {c->listeners_v6, c->nlisteners_v6, c->match_mapped_addresses};
    enum result r = RES_OK;

    if (!l->no_v4)
        r = listen_plan_wanted(wanted, ifaces, AF_INET, &v4, l->env);
    if (r == RES_OK && !l->no_v6)
        r = listen_plan_wanted(wanted, ifaces, AF_INET6, &v6, l->env);
    return r;
}

/* Comes back soon when a wanted address does not serve, but not for ever so soon. */
static void plan_retry(struct listen *l, bool complete)
{
    int64_t wait_ms = l->retries < RETRIES_QUICK ? RETRY_MS : RETRY_SLOW_MS;

    if (complete) {
        l->retries = 0;
        net_timer_stop(&l->loop->timers, &l->retry);
        return;
    }
    l->retries++;
    net_timer_set(&l->loop->timers, &l->retry, net_now_ms() + wait_ms);
}

void listen_scan(struct listen *l)
{
    struct listen_places wanted = {0};
    struct net_ifaces *ifaces;
    enum result r = net_ifaces_get(&ifaces);
    bool complete = false;

    if (r == RES_OK) {
        publish_env(l, ifaces);
        if (l->conf != NULL)
            r = plan_all(l, ifaces, &wanted);
    }
    if (r == RES_OK)
        complete = apply_wanted(l, &wanted);
    else
        log_write(LOGC_NETWORK, LVL_ERROR, "interface scan failed: %s", result_text(r));
    plan_retry(l, complete);
    listen_places_free(&wanted);
    free(ifaces);
}

static void retry_fired(struct net_timer *t, int64_t now_ms)
{
    (void)now_ms;
    listen_scan(CONTAINER_OF(t, struct listen, retry));
}

static void plan_rescan(struct listen *l)
{
    uint32_t interval_s = l->conf->interface_interval_s;

    if (interval_s > 0)
        net_timer_set(&l->loop->timers, &l->rescan, net_now_ms() + (int64_t)interval_s * 1000);
    else
        net_timer_stop(&l->loop->timers, &l->rescan);
}

static void rescan_fired(struct net_timer *t, int64_t now_ms)
{
    struct listen *l = CONTAINER_OF(t, struct listen, rescan);

    (void)now_ms;
    listen_scan(l);
    plan_rescan(l);
}

static void watch_ready(struct net_event *e, uint32_t events)
{
    struct listen *l = CONTAINER_OF(e, struct listen, watch);

    (void)events;
    if (!net_ifaces_changed(e->fd))
        return;
    l->retries = 0;
    net_timer_set(&l->loop->timers, &l->retry, net_now_ms() + SETTLE_MS);
}

/* Begins or ends following the kernel's news of addresses. */
static void follow_kernel(struct listen *l, bool follow)
{
    if (!follow && l->watch.fd >= 0) {
        net_loop_unwatch(l->loop, &l->watch);
        close(l->watch.fd);
        l->watch.fd = -1;
    }
    if (!follow || l->watch.fd >= 0)
        return;
    l->watch.fd = net_ifaces_watch();
    if (l->watch.fd < 0 || net_loop_watch(l->loop, &l->watch, EPOLLIN) != RES_OK)
        log_write(LOGC_NETWORK, LVL_WARNING,
                  "no netlink socket: address changes are found by interface-interval only");
}

struct listen *listen_new(struct net_loop *loop, struct workers *ws, bool no_v4, bool no_v6)
{
    struct listen *l = calloc(1, sizeof *l);
    struct net_ifaces none = {0};

    if (l == NULL)
        return NULL;
    l->env = listen_plan_env(&none);
    if (l->env == NULL) {
        free(l);
        return NULL;
    }
    l->loop = loop;
    l->workers = ws;
    l->no_v4 = no_v4;
    l->no_v6 = no_v6;
    l->watch = (struct net_event){.ready = watch_ready, .fd = -1};
    l->rescan.fire = rescan_fired;
    l->retry.fire = retry_fired;
    return l;
}

void listen_stop(struct listen *l)
{
    follow_kernel(l, false);
    net_timer_stop(&l->loop->timers, &l->rescan);
    net_timer_stop(&l->loop->timers, &l->retry);
    while (l->open.count > 0)
        close_place(l, l->open.count - 1);
}

void listen_free(struct listen *l)
{
    if (l == NULL)
        return;
    listen_stop(l);
    listen_places_free(&l->open);
    listen_places_free(&l->failed);
    free(l->env);
    free(l);
}

static void complain_of_tls(const struct conf_listener *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i].tls != NULL || list[i].http != NULL)
            log_write(LOGC_NETWORK, LVL_ERROR,
                      "listen-on%s port %u: TLS and HTTP listeners are not supported; ignored",
                      list[i].family == AF_INET6 ? "-v6" : "", list[i].port);
}

void listen_configure(struct listen *l, const struct conf_snapshot *conf)
{
    l->conf = conf;
    complain_of_tls(conf->listeners, conf->nlisteners);
    complain_of_tls(conf->listeners_v6, conf->nlisteners_v6);
    tcp_clients_configure(workers_tcp_clients(l->workers), conf->tcp_clients,
                          conf->tcp_initial_timeout_ms, conf->tcp_idle_timeout_ms,
                          conf->tcp_keepalive_timeout_ms);
    follow_kernel(l, conf->automatic_interface_scan);
    l->retries = 0;
    listen_scan(l);
    plan_rescan(l);
    if (l->open.count == 0)
        log_write(LOGC_NETWORK, LVL_WARNING, "not listening on any interfaces");
}

bool listen_has(const struct listen *l, const union net_addr *a)
{
    return listen_places_have(&l->open, a);
}

unsigned listen_count(const struct listen *l)
{
    return l->open.count;
}

struct acl_env *const *listen_acl_env(const struct listen *l)
{
    return &l->env;
}
