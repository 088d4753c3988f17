/*
 * A worker's side of answering: the context that it owns (scratch memory, random state,
 * counters), and what it hands over and takes back: requests with their clients, room for
 * the responses.  One thread.
 */
#ifndef KZ_ANSWER_WORKER_H
#define KZ_ANSWER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

struct answer_ctx;
struct answer_server;   /* what all workers share: views, zones, settings (answer/server_data.h) */

/* One per worker thread.  `slot` points to the server's published data (RCU). */
struct answer_ctx *answer_ctx_new(struct answer_server *const *slot);
void answer_ctx_free(struct answer_ctx *ctx);

/* Names a TCP connection for an answer that another thread will give later: its worker,
 * and what tells that worker which one it was. */
struct answer_stream {
    void *worker, *connection;
    uint64_t id;
};

struct answer_client {
    const union net_addr *peer;
    const union net_addr *local;    /* the address that was asked, with the port */
    bool tcp;
    const struct answer_stream *stream; /* NULL: no answer can come later; not used with UDP */
};

enum { ANSWER_BATCH = 64, ANSWER_UDP_ROOM = 4096, ANSWER_PAD = 16 };

/* One request of a batch.  `req` has ANSWER_PAD readable bytes after req_len. */
struct answer_item {
    const uint8_t *req;
    size_t req_len;
    struct answer_client client;
    uint8_t *resp;          /* room for `room` bytes */
    size_t room;
    size_t resp_len;        /* out; 0: drop the request, unless it was handed over */
    bool handed;            /* out: another thread answers it (answer/handover.h) */
};

#endif
