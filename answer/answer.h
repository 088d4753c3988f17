/*
 * A request in, a response out: the query pipeline's door.
 *
 * A worker thread calls with its answer_ctx (answer/worker.h) from within an RCU read
 * side.  No call allocates or locks for a UDP query.
 * Clients of `blackhole` never come this far (server/gate.h).
 */
#ifndef KZ_ANSWER_ANSWER_H
#define KZ_ANSWER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/worker.h"

struct net_producer;

/* Answers up to ANSWER_BATCH requests in stages, so that their cache misses overlap. */
void answer_batch(struct answer_ctx *ctx, struct answer_item *items, unsigned n);

/* What a stream's reader needs to know after a TCP answer. */
struct answer_stream_hint {
    bool keepalive;         /* the client sent edns-tcp-keepalive (RFC 7828) */
    bool handed;            /* another thread will answer (answer/handover.h) */
    struct net_producer *producer;  /* set: it makes the response (net/stream.h) */
};

/* A request over TCP: at most 65535 bytes of response; returns its length.
 * 0: close, unless hint->producer or hint->handed is set. */
size_t answer_tcp(struct answer_ctx *ctx, const struct answer_client *client, const uint8_t *req,
                  size_t req_len, uint8_t *resp, struct answer_stream_hint *hint);

#endif
