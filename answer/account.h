/*
 * What is counted of requests and their answers (base/counter.def), and the log of answers.
 * Private to answer/; a few additions to memory of the thread's own per request.
 */
#ifndef KZ_ANSWER_ACCOUNT_H
#define KZ_ANSWER_ACCOUNT_H

#include "answer/query.h"

/* A request that was parsed; its answer of `len` bytes, 0 when there is none (yet). */
void account_request(const struct query *q);
void account_response(const struct query *q, const uint8_t *resp, size_t len);

#endif
