/*
 * Addresses of hosts that are in none of our zones, asked of the system (getaddrinfo).
 *
 * We are no resolver; but a name server of a zone may be named elsewhere, and its NOTIFY needs
 * an address.  One thread of its own does the asking, which may take long; answers are kept
 * for a while, so that the servers of ten thousand zones are asked for once.
 *
 * All functions are for the thread that made it.
 */
#ifndef KZ_XFR_RESOLVE_H
#define KZ_XFR_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/loop.h"

enum {
    RESOLVE_ADDRESSES_MAX = 16,
    RESOLVE_KEEP_MS = 300 * 1000,
    RESOLVE_FAILED_KEEP_MS = 60 * 1000
};

struct resolve_answer {
    unsigned count;             /* 0: there are none, `problem` says why */
    union net_addr addrs[RESOLVE_ADDRESSES_MAX];    /* port 0 */
    const char *problem;        /* static text */
};

struct resolver;

/* NULL without memory.  The thread starts with the first question. */
struct resolver *resolver_new(struct net_loop *loop);
/* Waits for the question under way.  NULL is fine. */
void resolver_free(struct resolver *r);

/* `told` gets what is known of the name: from here when that is known already, else later, from
 * resolver_check(); without memory, or at the end, with an answer that says so. */
void resolver_ask(struct resolver *r, const uint8_t *name,
                  void (*told)(void *what, const uint8_t *name, const struct resolve_answer *a),
                  void *what);

/* Call after each step of the loop. */
void resolver_check(struct resolver *r);

#endif
