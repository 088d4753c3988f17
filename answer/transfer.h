/*
 * AXFR and IXFR as far as the worker goes that read the request: which zone, who may have it,
 * what is wrong, and whether one SOA says it all.  What must be streamed is made by the
 * server's takers.transfer.  The log lines are BIND's.  Private to answer/.
 */
#ifndef KZ_ANSWER_TRANSFER_H
#define KZ_ANSWER_TRANSFER_H

#include "answer/query.h"

enum transfer_step {
    TRANSFER_ERROR,     /* q->rcode says why */
    TRANSFER_SOA,       /* to be answered by query_transfer_soa() */
    TRANSFER_STREAM     /* q->producer makes the response */
};

/* For a question of type AXFR or IXFR. */
enum transfer_step query_transfer(struct query *q);

/* Plans the zone's SOA alone (RFC 1995 §2, §4): the client has all there is, or shall come by
 * TCP. */
void query_transfer_soa(struct query *q);

#endif
