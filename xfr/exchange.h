/*
 * A message to a server and its answer, on the event loop: by UDP, sent again when nothing
 * comes, or by TCP.  For the SOA questions of a secondary and the NOTIFYs of a primary.
 *
 * The exchange is embedded in what it belongs to and stays in memory until the step of the
 * loop in which it ended is over (net/loop.h).  Each has a socket of its own, so that port and
 * id are unknown to who would like to answer in the server's place.  The loop's thread.
 */
#ifndef KZ_XFR_EXCHANGE_H
#define KZ_XFR_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "net/addr.h"
#include "net/loop.h"

enum { EXCHANGE_UDP_ROOM = 4096 };

struct exchange {
    /* Given: */
    struct net_loop *loop;
    union net_addr to, from;    /* from of family AF_UNSPEC: any; port 0: any */
    const uint8_t *msg;         /* must stay until the end */
    size_t len;
    bool tcp;
    unsigned tries;             /* UDP: how often it is sent */
    uint32_t wait_ms;           /* for an answer, after each sending; TCP: for everything */
    /* Is this the answer?  What is not is ignored (UDP) or ends the exchange (TCP). */
    bool (*accept)(struct exchange *x, const uint8_t *msg, size_t len);
    /* The end: RES_OK when an answer was accepted; RES_TIMEDOUT, RES_CONNREFUSED …  May start
     * the exchange again. */
    void (*done)(struct exchange *x, enum result r);
    /* Own: */
    struct net_event event;     /* fd -1 while nothing is under way */
    struct net_timer timer;
    unsigned sent;
    uint8_t *stream;            /* TCP: what goes out, then what comes in */
    size_t at, room;
    bool is_running, reading;
};

/* Once, before anything else. */
void exchange_init(struct exchange *x, struct net_loop *loop);

/* Begins; done() is called from the loop, never from here.  An error means that it will not be. */
enum result exchange_start(struct exchange *x);

/* Ends without done().  Fine when nothing is under way. */
void exchange_stop(struct exchange *x);

#endif
