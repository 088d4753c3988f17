/*
 * NOTIFY out (RFC 1996): telling a zone's secondaries that it has changed.
 *
 *   a change or a load -> not before notify-delay has passed since the last time
 *     -> in the queue, of its kind: startup-notify-rate or notify-rate
 *     -> the zone's targets (xfr/notify_targets.h), and the addresses of name servers that
 *        are in none of our zones from the system (xfr/resolve.h)
 *     -> a message each (xfr/exchange.h): three times by UDP, five seconds apart, then by TCP
 *
 * A zone waits as a link in a queue; only what is being sent takes memory.  A newer message to
 * the same server takes the place of one that still waits for an answer.  The log lines
 * are BIND's, category notify.
 *
 * All functions are for the loop's thread, an RCU reader between two steps.
 */
#ifndef KZ_XFR_NOTIFY_OUT_H
#define KZ_XFR_NOTIFY_OUT_H

#include "net/loop.h"
#include "xfr/notify_targets.h"

struct notifier;

/* What the notifier asks of the server that it is part of. */
struct notifier_server {
    void *arg;
    /* Where a zone stands; false: nowhere any more. */
    bool (*place)(void *arg, const struct zone *z, struct notify_place *out);
    /* Is it an address and port of our own?  Nobody is told of what he serves himself. */
    bool (*is_self)(void *arg, const union net_addr *a);
};

/* NULL without memory. */
struct notifier *notifier_new(struct net_loop *loop, const struct notifier_server *server);
/* Forgets all that waits or is under way.  NULL is fine. */
void notifier_free(struct notifier *n);

/* The rates, per second. */
void notifier_configure(struct notifier *n, unsigned rate, unsigned startup_rate);

/* The zone has a new version, or the operator wants its secondaries told.  Nothing when its
 * settings say that nobody is.  The first time of a zone counts as part of the start. */
void notifier_tell(struct notifier *n, struct zone *z);

/* Call after each step of the loop. */
void notifier_check(struct notifier *n);

#endif
