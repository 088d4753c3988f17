/*
 * Which sockets there should be: the host's addresses, matched with the `listen-on`
 * lists, compared with the sockets there are.  Pure functions over values; any thread.
 */
#ifndef KZ_SERVER_LISTEN_PLAN_H
#define KZ_SERVER_LISTEN_PLAN_H

#include "conf/settings.h"
#include "net/ifaces.h"

/* A place to listen: an address with its port, on an interface. */
struct listen_place {
    union net_addr addr;
    bool no_tcp;                /* serves UDP only, until TCP can be opened too */
    char iface[IF_NAMESIZE];
};

struct listen_places {
    unsigned count, room;
    struct listen_place *list;
};

struct listen_wishes {
    const struct conf_listener *listeners;
    unsigned count;
    bool match_mapped;
};

/* The addresses of `ifaces` (of one family) that the wishes name, each once per port, in the
 * interfaces' order; appended to *out.  Lists with `tls` or `http` are left out. */
enum result listen_plan_wanted(struct listen_places *out, const struct net_ifaces *ifaces,
                               sa_family_t family, const struct listen_wishes *wishes,
                               const struct acl_env *env);

/* Is the place in the set (by address, scope and port)? */
bool listen_places_have(const struct listen_places *set, const union net_addr *addr);
enum result listen_places_add(struct listen_places *set, const struct listen_place *place);
void listen_places_remove(struct listen_places *set, unsigned i);
void listen_places_free(struct listen_places *set);

/* What `localhost` and `localnets` mean on this host: one block, freed with free(); NULL
 * without memory. */
struct acl_env *listen_plan_env(const struct net_ifaces *ifaces);
bool listen_env_equal(const struct acl_env *a, const struct acl_env *b);

#endif
