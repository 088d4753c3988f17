#include "server/listen_plan.h"

#include <stdlib.h>
#include <string.h>

bool listen_places_have(const struct listen_places *set, const union net_addr *addr)
{
    for (unsigned i = 0; i < set->count; i++)
        if (net_addr_equal(&set->list[i].addr, addr))
            return true;
    return false;
}

enum result listen_places_add(struct listen_places *set, const struct listen_place *place)
{
    if (set->count == set->room) {
        unsigned room = set->room ? 2 * set->room : 8;
        struct listen_place *list = reallocarray(set->list, room, sizeof *list);
        if (list == NULL)
            return RES_NOMEM;
        set->list = list;
        set->room = room;
    }
    set->list[set->count++] = *place;
    return RES_OK;
}

void listen_places_remove(struct listen_places *set, unsigned i)
{
    memmove(&set->list[i], &set->list[i + 1], (set->count - i - 1) * sizeof *set->list);
    set->count--;
}

void listen_places_free(struct listen_places *set)
{
    free(set->list);
    *set = (struct listen_places){0};
}

/* Adds the address with the list's port when the list names it. */
static enum result want_one(struct listen_places *out, const struct net_iface *iface,
                            const struct conf_listener *listener, const struct acl_who *who)
{
    struct listen_place place = {.addr = iface->addr};

    if (listener->tls != NULL || listener->http != NULL || !acl_allows(listener->acl, who))
        return RES_OK;
    net_addr_set_port(&place.addr, listener->port);
    memcpy(place.iface, iface->name, sizeof place.iface);
    return listen_places_have(out, &place.addr) ? RES_OK : listen_places_add(out, &place);
}

enum result listen_plan_wanted(struct listen_places *out, const struct net_ifaces *ifaces,
                               sa_family_t family, const struct listen_wishes *wishes,
                               const struct acl_env *env)
{
    for (unsigned i = 0; i < ifaces->count; i++) {
        const struct net_iface *iface = &ifaces->list[i];
        struct acl_who who = {.peer = &iface->addr, .env = env,
                              .match_mapped = wishes->match_mapped};
        if (iface->addr.sa.sa_family != family)
            continue;
        for (unsigned w = 0; w < wishes->count; w++)
            if (want_one(out, iface, &wishes->listeners[w], &who) != RES_OK)
                return RES_NOMEM;
    }
    return RES_OK;
}

static struct net_prefix host_prefix(const union net_addr *a)
{
    struct net_prefix p = {.family = a->sa.sa_family};
    size_t len;
    const uint8_t *bytes = net_addr_bytes(a, &len);

    p.bits = (uint8_t)(len * 8);
    memcpy(p.addr, bytes, len);
    return p;
}

struct acl_env *listen_plan_env(const struct net_ifaces *ifaces)
{
    struct {
        struct acl_env env;
        struct net_prefix prefixes[];
    } *block = malloc(sizeof *block + 2 * ifaces->count * sizeof *block->prefixes);

    if (block == NULL)
        return NULL;
    for (unsigned i = 0; i < ifaces->count; i++) {
        block->prefixes[i] = host_prefix(&ifaces->list[i].addr);
        block->prefixes[ifaces->count + i] = ifaces->list[i].network;
    }
    block->env = (struct acl_env){
        .nlocalhost = ifaces->count,
        .nlocalnets = ifaces->count,
        .localhost = block->prefixes,
        .localnets = block->prefixes + ifaces->count,
    };
    return &block->env;
}

static bool prefixes_equal(const struct net_prefix *a, const struct net_prefix *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (a[i].family != b[i].family || a[i].bits != b[i].bits ||
            memcmp(a[i].addr, b[i].addr, sizeof a[i].addr) != 0)
            return false;
    return true;
}

bool listen_env_equal(const struct acl_env *a, const struct acl_env *b)
{
    return a->nlocalhost == b->nlocalhost && a->nlocalnets == b->nlocalnets &&
           prefixes_equal(a->localhost, b->localhost, a->nlocalhost) &&
           prefixes_equal(a->localnets, b->localnets, a->nlocalnets);
}
