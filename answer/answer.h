/*
 * A request in, a response out: the query pipeline's door.
 *
 * A worker thread owns an answer_ctx (scratch memory, random state, counters) and
 * calls from within an RCU read side.  No call allocates or locks for a UDP query.
 * Clients of `blackhole` never come this far (server/gate.h).
 */
#ifndef KZ_ANSWER_ANSWER_H
#define KZ_ANSWER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

struct answer_ctx;
struct net_producer;
struct answer_server;   /* what all workers share: views, zones, settings (answer/server_data.h) */

struct answer_client {
    const union net_addr *peer;
    const union net_addr *local;    /* the address that was asked, with the port */
    bool tcp;
};

/* One per worker thread.  `slot` points to the server's published data (RCU). */
struct answer_ctx *answer_ctx_new(struct answer_server *const *slot);
void answer_ctx_free(struct answer_ctx *ctx);

enum { ANSWER_BATCH = 64, ANSWER_UDP_ROOM = 4096, ANSWER_PAD = 16 };

/* One request of a batch.  `req` has ANSWER_PAD readable bytes after req_len. */
struct answer_item {
    const uint8_t *req;
    size_t req_len;
    struct answer_client client;
    uint8_t *resp;          /* room for `room` bytes */
    size_t room;
    size_t resp_len;        /* out; 0: drop the request */
};

/* Answers up to ANSWER_BATCH requests in stages, so that their cache misses overlap. */
void answer_batch(struct answer_ctx *ctx, struct answer_item *items, unsigned n);

/* What a stream's reader needs to know after a TCP answer. */
struct answer_stream_hint {
    bool keepalive;         /* the client sent edns-tcp-keepalive (RFC 7828) */
    struct net_producer *producer;  /* set: it makes the response (net/stream.h) */
};

/* A request over TCP: at most 65535 bytes of response; returns its length.
 * 0: close, unless hint->producer is set. */
size_t answer_tcp(struct answer_ctx *ctx, const struct answer_client *client, const uint8_t *req,
                  size_t req_len, uint8_t *resp, struct answer_stream_hint *hint);

#endif
