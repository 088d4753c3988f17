/*
 * A transfer out of a zone, as the worker that understood the request asks for it, and who
 * makes it (RFC 5936, RFC 1995).
 *
 * The request is in order, the client is allowed, and the zone is loaded.  All that the ask
 * refers to is valid during the call only, which is made within an RCU read side and must
 * not block.
 */
#ifndef KZ_ZONE_TRANSFER_H
#define KZ_ZONE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/settings.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "zone/client_log.h"
#include "zone/zone.h"

struct net_producer;

struct transfer_ask {
    const struct zone *zone;
    const struct contents *contents;    /* the version that is sent */
    const struct conf_snapshot *conf;
    const struct conf_view *view;
    const struct message_request *req;  /* an AXFR, or an IXFR of an older serial, over TCP */
    const struct tsig_session *tsig;    /* NULL: unsigned */
    const uint8_t *opt;                 /* the OPT record that each message has */
    size_t opt_len;                     /* 0: none */
    uint32_t serial;                    /* IXFR: the version that the client has */
    const struct client_id *client;
};

/* What makes the stream: NULL with the rcode to answer. */
struct transfer_maker {
    struct net_producer *(*begin)(void *arg, const struct transfer_ask *ask, unsigned *rcode);
    void *arg;
};

#endif
