#include "net/ifaces.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_wanted(const struct ifaddrs *i)
{
    return (i->ifa_flags & IFF_UP) != 0 && i->ifa_addr != NULL &&
           (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6);
}

/* The number of leading one bits of a mask; what follows a zero does not count. */
static uint8_t mask_bits(const union net_addr *mask)
{
    size_t len;
    const uint8_t *m = net_addr_bytes(mask, &len);
    unsigned bits = 0;

    while (bits < len * 8 && (m[bits / 8] & 0x80 >> bits % 8) != 0)
        bits++;
    return (uint8_t)bits;
}

static void set_network(struct net_iface *i, const struct sockaddr *mask)
{
    size_t len;
    const uint8_t *a = net_addr_bytes(&i->addr, &len);
    union net_addr m = {0};
    unsigned bits = (unsigned)len * 8;

    if (mask != NULL) {
        memcpy(&m, mask, net_addr_len(&i->addr));
        m.sa.sa_family = i->addr.sa.sa_family;  /* some masks come without */
        bits = mask_bits(&m);
    }
    i->network = (struct net_prefix){.family = i->addr.sa.sa_family, .bits = (uint8_t)bits};
    for (unsigned b = 0; b < bits; b++)
        i->network.addr[b / 8] = (uint8_t)(i->network.addr[b / 8] | (a[b / 8] & 0x80 >> b % 8));
}

static void set_iface(struct net_iface *out, const struct ifaddrs *i)
{
    memset(out, 0, sizeof *out);
    strncpy(out->name, i->ifa_name, sizeof out->name - 1);
    out->addr.sa.sa_family = i->ifa_addr->sa_family;
    memcpy(&out->addr, i->ifa_addr, net_addr_len(&out->addr));
    net_addr_set_port(&out->addr, 0);
    set_network(out, i->ifa_netmask);
}

enum result net_ifaces_get(struct net_ifaces **out)
{
    struct ifaddrs *all;
    struct net_ifaces *r;
    unsigned count = 0;

    *out = NULL;
    if (getifaddrs(&all) < 0)
        return result_from_errno(errno);
    for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
        count += is_wanted(i);
    r = malloc(sizeof *r + count * sizeof *r->list);
    if (r != NULL) {
        r->count = 0;
        for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next)
            if (is_wanted(i))
                set_iface(&r->list[r->count++], i);
    }
    freeifaddrs(all);
    *out = r;
    return r != NULL ? RES_OK : RES_NOMEM;
}

int net_ifaces_watch(void)
{
    struct sockaddr_nl a = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) < 0) {
        int err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

bool net_ifaces_changed(int watch_fd)
{
    char buf[8192];
    bool changed = false;

    for (;;) {
        ssize_t n = recv(watch_fd, buf, sizeof buf, MSG_DONTWAIT | MSG_TRUNC);
        /* ENOBUFS: there was more than the socket could hold. */
        if (n > 0 || (n < 0 && errno == ENOBUFS))
            changed = true;
        else if (n == 0 || errno != EINTR)
            return changed;
    }
}
