/* What a worker thread owns for answering.  Private to answer/. */
#ifndef KZ_ANSWER_CONTEXT_H
#define KZ_ANSWER_CONTEXT_H

#include <time.h>

#include "answer/query.h"
#include "answer/scratch.h"
#include "dns/tsig.h"

enum {
    CYCLES = 256,       /* a power of two; RRsets that share a place turn by chance */
    NAME_SLOTS = 256    /* of the names that a response may point to */
};

struct answer_ctx {
    struct answer_server *const *slot;  /* the published data */
    struct evp_cipher_ctx_st *aes;      /* cookie-algorithm aes; NULL: OpenSSL has none */
    uint64_t random;                    /* xorshift state */
    uint32_t cycle[CYCLES];             /* rrset-order cyclic: how often an RRset was given */
    time_t now_s;                       /* of the batch */
    unsigned ntargets;
    char hostname[256];
    struct render render;
    struct render_slot name_slots[NAME_SLOTS];
    struct plan_rrset plan[PLAN_MAX];
    struct hashed_name names[MAX_RESTARTS + 1], targets[TARGETS_MAX];
    struct made_cname cnames[MAX_RESTARTS + 1];
    struct query queries[ANSWER_BATCH];
};

/* For orders and choices; not for secrets. */
static inline uint32_t context_random(struct answer_ctx *ctx)
{
    uint64_t x = ctx->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    ctx->random = x;
    return (uint32_t)(x >> 32);
}

#endif
