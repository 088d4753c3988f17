/* The cookie of a query (RFC 7873, RFC 9018).  Private to answer/. */
#ifndef KZ_ANSWER_QUERY_COOKIE_H
#define KZ_ANSWER_QUERY_COOKIE_H

#include "answer/query.h"

/* Judges the request's cookie, if it has one, and makes the one to send back: before a
 * view is known, as errors carry it too. */
void query_take_cookie(struct query *q);

/* With require-server-cookie, who sends a cookie over UDP must send a good one: BADCOOKIE
 * brings ours (RFC 7873 §5.2.3).  Who sends none is answered, as BIND does, and TCP
 * shows its address by itself. */
bool query_lacks_cookie(const struct query *q);

#endif
