/*
 * A conversation with a server, for a thread that may wait: a transfer in, a tool.
 *
 * Every wait ends at a deadline (net_now_ms(), INT64_MAX: none) or when `cancel_fd` becomes
 * readable (-1: none).  Descriptors are non-blocking and the caller's.  Errors: RES_TIMEDOUT,
 * RES_CANCELED, RES_EOF (the peer has closed), or what the system said (result_from_errno).
 * Any thread; an RCU reader goes offline first.
 */
#ifndef KZ_NET_DIAL_H
#define KZ_NET_DIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "net/addr.h"

struct net_wait {
    int64_t deadline_ms;
    int cancel_fd;
};

/* A socket of `type` (SOCK_STREAM, SOCK_DGRAM) connected to `to`, from `from` unless that is
 * NULL or of family AF_UNSPEC.  A failed connection says why (connection refused, …). */
enum result net_dial(int *fd, int type, const union net_addr *to, const union net_addr *from,
                     const struct net_wait *wait);

enum result net_dial_write(int fd, const void *data, size_t len, const struct net_wait *wait);

/* What has come, at least a byte (or a datagram; an empty one is RES_EOF), at most `room`. */
enum result net_dial_read(int fd, void *data, size_t room, size_t *len,
                          const struct net_wait *wait);

/* A DNS message behind its two bytes of length (RFC 1035 §4.2.2). */
enum result net_dial_write_message(int fd, const uint8_t *msg, size_t len,
                                   const struct net_wait *wait);

/* Reads messages of a stream with few system calls. */
struct net_dial_reader {
    int fd;
    size_t at, end;         /* of what is in `data` */
    uint64_t bytes;         /* taken from the socket so far */
    int64_t last_ms;        /* when the last of them came; at first, when it began */
    uint8_t data[2 * (2 + 65535)];
};

void net_dial_reader_init(struct net_dial_reader *r, int fd);

/* The next message, which stays where it is until the next call.  RES_EOF between messages,
 * RES_UNEXPECTEDEND within one. */
enum result net_dial_read_message(struct net_dial_reader *r, const uint8_t **msg, size_t *len,
                                  const struct net_wait *wait);

#endif
