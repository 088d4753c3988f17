/*
 * UDP answers that another thread than the request's worker makes: they leave from the
 * address that was asked.
 *
 * For each address there is one more descriptor of a worker's socket (not another socket:
 * the kernel would give it requests).  The maintenance thread adds and removes addresses,
 * any thread sends.
 */
#ifndef KZ_SERVER_UDP_REPLIES_H
#define KZ_SERVER_UDP_REPLIES_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "net/addr.h"

struct udp_replies {
    pthread_mutex_t lock;
    struct udp_replies_socket {
        struct udp_replies_socket *next;
        union net_addr local;
        int fd;
    } *sockets;
};

struct udp_reply {
    const union net_addr *peer, *local;
    const uint8_t *msg;
    size_t len;                 /* 0: nothing to send */
};

void udp_replies_init(struct udp_replies *r);
void udp_replies_free(struct udp_replies *r);

/* `fd` is a socket of that address and stays the caller's.  RES_NOMEM, RES_TOOMANYOPENFILES. */
enum result udp_replies_add(struct udp_replies *r, int fd, const union net_addr *local);
void udp_replies_remove(struct udp_replies *r, const union net_addr *local);

/* Sends them, few system calls for many.  What does not go (its address is no longer ours, the
 * system does not take it) is dropped and counted: the client will ask again.  Sets each `len`
 * to 0. */
void udp_replies_send(struct udp_replies *r, struct udp_reply *replies, unsigned n);

#endif
