/* From a plan to the bytes of a response.  Private to answer/. */
#ifndef KZ_ANSWER_RESPOND_H
#define KZ_ANSWER_RESPOND_H

#include "answer/query.h"

/* Writes the response of a planned query: sections, OPT, TSIG, header.  Returns its length. */
size_t respond_plan(struct query *q, uint8_t *resp, size_t room);

/* An answer without records: rcode, the question when it was understood, OPT, TSIG. */
size_t respond_error(struct query *q, uint8_t *resp, size_t room);

/* The OPT record of its response alone, 0 bytes when it has none. */
size_t respond_opt(struct query *q, uint8_t *out, size_t room);

#endif
