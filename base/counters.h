/*
 * Counters: many threads count, any thread may add them up.
 *
 * A thread that counts often attaches a block of its own (a few cache lines that no
 * other thread writes); counting is then one load, add and store.  A thread without a
 * block counts in a shared one with atomic adds.  What a thread counted stays in the
 * sums after it detached.  Sums are not a snapshot: they may miss what is being
 * counted just now, and never go back.
 */
#ifndef KZ_BASE_COUNTERS_H
#define KZ_BASE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

enum { COUNTED_OPCODES = 16, COUNTED_RCODES = 24, COUNTED_TYPES = 264 };

enum counter {
#define COUNTER(id, name, text) COUNTER_##id,
#include "base/counter.def"
#undef COUNTER
    COUNTERS_NAMED,         /* those above have a name and a text */
    COUNTER_OPCODE = COUNTERS_NAMED,                    /* requests by opcode */
    COUNTER_RCODE = COUNTER_OPCODE + COUNTED_OPCODES,   /* responses by rcode */
    COUNTER_QTYPE = COUNTER_RCODE + COUNTED_RCODES,     /* queries by type; the last: others */
    COUNTERS = COUNTER_QTYPE + COUNTED_TYPES
};

/* The calling thread's values; NULL: not attached.  For counter_add() only. */
extern __thread uint64_t *counters_mine;

/* Gives the calling thread a block; RES_NOMEM leaves it counting in the shared one. */
enum result counters_attach(void);
/* Adds the thread's block to the shared one and frees it; nothing without a block. */
void counters_detach(void);

void counter_add_shared(enum counter c, uint64_t n);

static inline void counter_add(enum counter c, uint64_t n)
{
    uint64_t *v = counters_mine;

    if (v != NULL)
        __atomic_store_n(&v[c], v[c] + n, __ATOMIC_RELAXED);
    else
        counter_add_shared(c, n);
}

/* The sums over all threads, past and present. */
void counters_sum(uint64_t out[COUNTERS]);

/* Below COUNTERS_NAMED only: BIND's name ("Requestv4") and text ("IPv4 requests received");
 * static storage. */
const char *counter_name(enum counter c);
const char *counter_text(enum counter c);

#endif
