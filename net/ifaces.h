/*
 * The host's addresses: what they are now, and word when they change.
 *
 * A list belongs to the caller.  A watch is a netlink socket that becomes readable when
 * an address or a link may have changed; what it then says is not read closely, a fresh
 * list is cheap and cannot be wrong.  One thread.
 */
#ifndef KZ_NET_IFACES_H
#define KZ_NET_IFACES_H

#include <net/if.h>

#include "base/result.h"
#include "net/addr.h"

struct net_iface {
    char name[IF_NAMESIZE];
    union net_addr addr;        /* port 0; link-local IPv6 has its scope */
    struct net_prefix network;  /* the network that the address is in */
};

struct net_ifaces {
    unsigned count;
    struct net_iface list[];
};

/* The addresses of all interfaces that are up, IPv4 and IPv6, in the system's order.
 * Freed with free(). */
enum result net_ifaces_get(struct net_ifaces **out);

/* A non-blocking descriptor, -1 with errno. */
int net_ifaces_watch(void);

/* Reads what a watch has; true when addresses or links may have changed. */
bool net_ifaces_changed(int watch_fd);

#endif
