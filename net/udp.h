/*
 * UDP in batches: one system call receives up to NET_UDP_BATCH datagrams, one sends
 * their answers.
 *
 * A batch is memory made once and reused: a request slot that takes the largest
 * datagram there is (so that nothing is ever cut), a response slot, and the peer's
 * address for each.  Request slots are address space; a page of one becomes memory
 * when a datagram first needs it.  A batch belongs to one thread.
 */
#ifndef KZ_NET_UDP_H
#define KZ_NET_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

enum {
    NET_UDP_BATCH = 64,
    NET_UDP_REQUEST_MAX = 65535,
    /* The strides are odd numbers of cache lines, so that the first bytes of the slots
     * spread over the cache's sets.  What is beyond the data is readable. */
    NET_UDP_REQUEST_STRIDE = 65536 + 3 * 64,
    NET_UDP_RESPONSE_ROOM = 4096,
    NET_UDP_RESPONSE_STRIDE = 4096 + 3 * 64
};

struct net_udp_batch;
struct mmsghdr;

/* NULL without memory. */
struct net_udp_batch *net_udp_batch_new(void);
void net_udp_batch_free(struct net_udp_batch *b);

/* Receives into slots 0…; returns how many, 0 when there is nothing (or a signal or the
 * socket's receive timeout came first), -1 with errno for a real error.  `flags`:
 * MSG_WAITFORONE blocks for the first one, MSG_DONTWAIT never blocks. */
int net_udp_receive(struct net_udp_batch *b, int fd, int flags);

/* Slot i < the number received: valid until the next receive. */
const uint8_t *net_udp_request(const struct net_udp_batch *b, unsigned i);
size_t net_udp_request_len(const struct net_udp_batch *b, unsigned i);
const union net_addr *net_udp_peer(const struct net_udp_batch *b, unsigned i);
/* NET_UDP_RESPONSE_ROOM bytes. */
uint8_t *net_udp_response(struct net_udp_batch *b, unsigned i);

/* Marks the response in slot i, `len` bytes, for sending to the peer of slot i. */
void net_udp_queue(struct net_udp_batch *b, unsigned i, size_t len);

/* Sends what was queued and forgets it.  Returns how many the system did not take: a
 * datagram that cannot go is left behind, never retried for long. */
unsigned net_udp_flush(struct net_udp_batch *b, int fd);

/* The same for messages of the caller's own; any thread. */
unsigned net_udp_send(int fd, struct mmsghdr *messages, unsigned count);

#endif
