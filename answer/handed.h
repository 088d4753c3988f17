/*
 * A request that its worker has handed over (answer/handover.h): a copy of all that carrying
 * it out and answering it needs.
 *
 * It belongs to who took it: to carry out in its own time, to have the answer written with
 * handed_request_answer(), to send that by the way the request came, and to free.  One
 * thread at a time.
 */
#ifndef KZ_ANSWER_HANDED_H
#define KZ_ANSWER_HANDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/handover.h"

/* One block, from malloc.  It refers to nothing outside of itself. */
struct handed_request {
    struct handed_request *next;    /* the taker's */
    union net_addr peer, local;
    bool tcp, cookie_valid;
    struct answer_stream stream;    /* of a TCP request */
    const char *view;
    const struct tsig_key *key;     /* that signed the request: `own_key`; NULL: unsigned */
    struct tsig_key own_key;
    struct tsig_session tsig;
    size_t tsig_room;
    uint8_t cookie_len;
    uint8_t cookie[EDNS_COOKIE_MAX];
    struct message_request req;     /* of the message's copy; the zone's name is req.qname */
};

/* Copies the offered request; NULL without memory. */
struct handed_request *handed_request_new(const struct handover_offer *o);
void handed_request_free(struct handed_request *h);

/*
 * Writes the answer: header, question, OPT and signature as the request asks for them;
 * returns its length, at most `room`.  `ctx` is the calling thread's own, which is an RCU
 * reader now.  Once per request.
 */
size_t handed_request_answer(struct answer_ctx *ctx, struct handed_request *h, unsigned rcode,
                             uint8_t *resp, size_t room);

#endif
