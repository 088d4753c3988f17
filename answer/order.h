/* rrset-order: in which order the RRs of an RRset are written.  Private to answer/. */
#ifndef KZ_ANSWER_ORDER_H
#define KZ_ANSWER_ORDER_H

#include "answer/query.h"

enum { ORDER_MAX = 255 };   /* larger RRsets are rotated, not shuffled */

/* Chooses by the view's rules: sets s->first or s->order (to `order`). */
void order_choose(struct query *q, struct render_rrset *s, uint8_t order[ORDER_MAX]);

#endif
