/*
 * Requests that the answering worker hands to another thread: UPDATE and NOTIFY, which wait
 * for locks and disks.
 *
 * A worker has checked form, view, signature and zone when it offers a request to the taker
 * of its opcode.  The taker says at once what becomes of it; one that it takes is copied
 * (answer/handed.h) and is the taker's from then on.  The worker goes on as soon as the
 * offer returns.
 *
 * An offer is made on the worker's thread, within its RCU read side: nothing may block.
 */
#ifndef KZ_ANSWER_HANDOVER_H
#define KZ_ANSWER_HANDOVER_H

#include "answer/worker.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "zone/zone.h"

struct query;
struct answer_server;
struct answer_view;

/* What is offered; all of it is valid during the call only. */
struct handover_offer {
    const struct query *query;              /* for handed_request_new() */
    const struct answer_server *server;
    const struct answer_client *client;
    const struct answer_view *view;
    const struct message_request *req;
    const struct tsig_key *key;             /* NULL: unsigned */
    struct zone *zone;
};

enum handover {
    HANDOVER_TAKEN,
    HANDOVER_ANSWER,        /* not taken: answer with *rcode */
    HANDOVER_DROP           /* not taken: say nothing */
};

struct handover_taker {
    enum handover (*offer)(void *arg, const struct handover_offer *o, unsigned *rcode);
    void *arg;
};

#endif
