/*
 * Internet addresses with a port, and prefixes.  Values, no ownership; any thread.
 */
#ifndef KZ_NET_ADDR_H
#define KZ_NET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/result.h"

union net_addr {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Room for the longest text of net_addr_format(), NUL included. */
enum { NET_ADDR_TEXT = 80 };

struct net_prefix {
    sa_family_t family;     /* AF_INET, AF_INET6; AF_UNSPEC matches both */
    uint8_t bits;           /* 0…32 or 0…128 */
    uint8_t addr[16];       /* host bits zero */
};

static inline socklen_t net_addr_len(const union net_addr *a)
{
    return a->sa.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}

static inline uint16_t net_addr_port(const union net_addr *a)
{
    return ntohs(a->sa.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port);
}

static inline void net_addr_set_port(union net_addr *a, uint16_t port)
{
    if (a->sa.sa_family == AF_INET6)
        a->v6.sin6_port = htons(port);
    else
        a->v4.sin_port = htons(port);
}

/* The address bytes: 4 or 16 (*len). */
const uint8_t *net_addr_bytes(const union net_addr *a, size_t *len);

/* "192.0.2.1", "2001:db8::1", "fe80::1%eth0" into an address with port 0. */
enum result net_addr_parse(union net_addr *out, const char *text);

/* ADDR#PORT, as BIND's logs have it; returns out. */
const char *net_addr_format(const union net_addr *a, char out[NET_ADDR_TEXT]);

/* ADDR alone; returns out. */
const char *net_addr_format_host(const union net_addr *a, char out[NET_ADDR_TEXT]);

/* The same address and port; a scope that one of them does not name is no difference. */
bool net_addr_equal(const union net_addr *a, const union net_addr *b);

/* "10/8", "192.0.2.0/24", "2001:db8::/32", a bare address (all bits).  Host bits
 * that are set beyond the length: RES_RANGE, as BIND refuses them. */
enum result net_prefix_parse(struct net_prefix *out, const char *text);
bool net_prefix_match(const struct net_prefix *p, const union net_addr *a);

#endif
