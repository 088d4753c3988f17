/*
 * Updates for secondary zones, passed on to a primary (RFC 2136 §6, allow-update-forwarding): the
 * message goes as the client signed it, with another id, and the primary's answer comes back
 * the same way.
 *
 * Workers hand requests over; everything else is the maintenance thread's.
 */
#ifndef KZ_SERVER_UPDATE_FORWARD_H
#define KZ_SERVER_UPDATE_FORWARD_H

#include "answer/handover.h"

struct server;
struct update_forwards;

/* NULL without memory. */
struct update_forwards *update_forwards_new(struct server *s);

/* Ends what is under way; workers may have ended or not.  NULL is fine. */
void update_forwards_free(struct update_forwards *f);

/* A worker: takes a copy, or SERVFAIL. */
enum handover update_forwards_take(struct update_forwards *f, const struct handover_offer *o,
                                   unsigned *rcode);

/* Call after each step of the loop: begins what workers have handed over. */
void update_forwards_check(struct update_forwards *f);

#endif
