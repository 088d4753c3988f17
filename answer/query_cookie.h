/* The cookie of a query (RFC 7873, RFC 9018).  Private to answer/. */
#ifndef KZ_ANSWER_QUERY_COOKIE_H
#define KZ_ANSWER_QUERY_COOKIE_H

#include "answer/query.h"

/* Looks at the request's cookie, makes the one to send back.  False: the answer is an
 * error (BADCOOKIE with require-server-cookie), q->rcode says which. */
bool query_check_cookie(struct query *q);

#endif
