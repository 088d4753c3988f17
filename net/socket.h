/*
 * Sockets that a name server listens on.  Any thread; a socket belongs to the caller.
 * Every function returns a file descriptor, or -1 with errno.
 */
#ifndef KZ_NET_SOCKET_H
#define KZ_NET_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

struct net_socket_options {
    bool share_port;            /* SO_REUSEPORT: the kernel spreads clients over sockets */
    uint32_t receive_buffer;    /* bytes; 0: a default (UDP 4 MB, TCP the system's) */
    uint32_t send_buffer;
    unsigned backlog;           /* TCP: connections that wait to be accepted */
};

/* A UDP socket for blocking and non-blocking use.  Its answers are never larger than
 * the path takes without the router's help: IPv4 ignores path MTU (IP_PMTUDISC_OMIT),
 * IPv6 sends fragments of the minimum MTU.  Blocking receives end after
 * NET_UDP_WAKE_MS, so that their thread can look around. */
enum { NET_UDP_WAKE_MS = 100 };
int net_socket_udp(const union net_addr *a, const struct net_socket_options *o);

/* A non-blocking listener; accepted sockets inherit TCP_NODELAY and the buffers. */
int net_socket_tcp(const union net_addr *a, const struct net_socket_options *o);

/* True when nobody has the address (UDP or TCP by `type`, SOCK_DGRAM or SOCK_STREAM);
 * false with errno otherwise.  Sockets with SO_REUSEPORT would silently share a port
 * with an older process of the same user: asking first finds it. */
bool net_socket_is_free(const union net_addr *a, int type);

#endif
