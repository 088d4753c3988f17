#include "xfr/notify_targets.h"

#include <string.h>

#include "base/log.h"
#include "base/rcu.h"

bool notify_is_wanted(const struct conf_zone *conf)
{
    const struct zone_options *o = conf->options;

    if (conf->type != ZONE_PRIMARY && conf->type != ZONE_SECONDARY)
        return false;
    if (o->notify == NOTIFY_PRIMARY_ONLY)
        return conf->type == ZONE_PRIMARY;
    return o->notify != NOTIFY_NO;
}

static bool is_there(const struct notify_targets *t, const union net_addr *addr)
{
    for (unsigned i = 0; i < t->count; i++)
        if (net_addr_equal(&t->list[i].addr, addr))
            return true;
    return false;
}

/* The source that the target's family has: its own, of server { }, of the zone. */
static void set_source(struct notify_target *n, const struct conf_server *server,
                       const struct zone_options *o)
{
    bool v6 = n->addr.sa.sa_family == AF_INET6;

    if (n->from.sa.sa_family == AF_UNSPEC && server != NULL)
        n->from = v6 ? server->notify_source_v6 : server->notify_source;
    if (n->from.sa.sa_family == AF_UNSPEC)
        n->from = v6 ? o->notify_source_v6 : o->notify_source;
    if (n->from.sa.sa_family != n->addr.sa.sa_family)
        n->from.sa.sa_family = AF_UNSPEC;
}

static void add(struct notify_targets *t, const struct zone *z, const struct notify_place *place,
                const struct notify_target *target)
{
    const struct conf_server *server = conf_server_find(place->view, &target->addr);
    struct notify_target *n = &t->list[t->count];

    if (is_there(t, &target->addr) || (server != NULL && server->bogus))
        return;
    if (t->count == NOTIFY_TARGETS_MAX) {
        t->too_many = true;
        return;
    }
    *n = *target;
    if (n->key == NULL && server != NULL)
        n->key = server->key;
    n->tcp = server != NULL && server->tcp_only;
    set_source(n, server, rcu_read(z->conf)->options);
    t->count++;
}

void notify_targets_add(struct notify_targets *t, const struct zone *z,
                        const struct notify_place *place, const union net_addr *addr)
{
    struct notify_target n = {.addr = *addr};

    net_addr_set_port(&n.addr, NOTIFY_PORT);
    add(t, z, place, &n);
}

/* The zone of ours that a name is in: the one with the longest name. */
static const struct zone *zone_of(const struct zone_table *zones, const uint8_t *name)
{
    const struct zone *z;

    while ((z = zone_table_get(zones, name)) == NULL && *name != 0)
        name = name_parent(name);
    return z;
}

static void add_addresses(struct notify_targets *t, const struct zone *z,
                          const struct notify_place *place, const struct zrrset *set)
{
    const uint8_t *rr = rrset_data(set);

    for (uint32_t i = 0; i < set->count; i++, rr = rr_next(rr)) {
        union net_addr a = {0};

        if (set->type == TYPE_A) {
            a.v4.sin_family = AF_INET;
            memcpy(&a.v4.sin_addr, rr + 2, 4);
        } else {
            a.v6.sin6_family = AF_INET6;
            memcpy(&a.v6.sin6_addr, rr + 2, 16);
        }
        notify_targets_add(t, z, place, &a);
    }
}

/* Adds what our zones say of the name's addresses; false when they leave that to others. */
static bool add_from_zones(struct notify_targets *t, const struct zone *z,
                           const struct notify_place *place, const uint8_t *name)
{
    static const uint16_t types[] = {TYPE_A, TYPE_AAAA};
    const struct zone *in = zone_of(place->zones, name);
    const struct contents *c = in != NULL ? rcu_read(in->contents) : NULL;
    const struct znode *n = c != NULL ? contents_find_name(c, name) : NULL;
    unsigned before = t->count;

    for (unsigned i = 0; n != NULL && i < 2; i++) {
        const struct zrrset *set = node_rrset(c, n, types[i]);

        if (set != NULL && set->count > 0)
            add_addresses(t, z, place, set);
    }
    return t->count > before || (n != NULL && contents_cut_above(c, n) == NULL);
}

static void add_name_servers(struct notify_targets *t, const struct zone *z,
                             const struct contents *c, const struct notify_place *place)
{
    const struct znode *apex = contents_apex(c);
    const struct zrrset *soa = node_rrset(c, apex, TYPE_SOA), *ns = node_rrset(c, apex, TYPE_NS);
    const uint8_t *primary = rrset_data(soa) + 2, *rr = ns != NULL ? rrset_data(ns) : NULL;
    bool to_soa = rcu_read(z->conf)->options->notify_to_soa;

    for (uint32_t i = 0; ns != NULL && i < ns->count; i++, rr = rr_next(rr)) {
        if (!to_soa && name_equal(rr + 2, primary))
            continue;
        if (!add_from_zones(t, z, place, rr + 2) && t->noutside < NOTIFY_OUTSIDE_MAX)
            t->outside[t->noutside++] = rr + 2;
    }
}

/* What was meant to be hidden is not sent in the clear. */
static void say_no_tls(const struct zone *z, const union net_addr *addr)
{
    char text[NET_ADDR_TEXT];

    zone_log(z, LOGC_NOTIFY, LVL_WARNING, "not notifying %s: NOTIFY over TLS is not supported",
             net_addr_format(addr, text));
}

void notify_targets_find(struct notify_targets *t, const struct zone *z,
                         const struct contents *c, const struct notify_place *place)
{
    const struct zone_options *o = rcu_read(z->conf)->options;

    t->count = t->noutside = 0;
    t->too_many = false;
    for (unsigned i = 0; i < o->nalso_notify; i++) {
        const struct conf_remote *r = &o->also_notify[i];
        struct notify_target n = {.addr = r->addr, .from = r->source, .key = r->key};

        if (r->tls == NULL)
            add(t, z, place, &n);
        else
            say_no_tls(z, &r->addr);
    }
    if (o->notify != NOTIFY_EXPLICIT)
        add_name_servers(t, z, c, place);
}
