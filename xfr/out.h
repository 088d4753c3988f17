/*
 * Transfers out of zones: AXFR and IXFR over TCP (RFC 5936, RFC 1995).
 *
 * A transfer sends one pinned version of its zone, however long the client takes and
 * whatever becomes of the zone meanwhile.  It is a net_producer: it makes a message when the
 * client's socket has room for one, so a slow client holds its buffer and the version, and
 * no thread.  It refers to nothing of the configuration once it has begun.
 *
 * struct xfrout is shared by all transfers of a server; any thread.  The log lines are
 * BIND's (category xfer-out).
 */
#ifndef KZ_XFR_OUT_H
#define KZ_XFR_OUT_H

#include "net/stream.h"
#include "zone/transfer.h"

struct xfrout {
    unsigned running;           /* transfers, at most transfers-out at a time */
};

/* A transfer_maker's begin(); `arg` is the struct xfrout, which must outlive the transfers. */
struct net_producer *xfrout_begin(void *arg, const struct transfer_ask *ask, unsigned *rcode);

/* How many run now; for rndc status. */
unsigned xfrout_running(const struct xfrout *x);

#endif
