/* BIND's log lines about queries.  Private to answer/; cheap when nobody listens. */
#ifndef KZ_ANSWER_QUERY_LOG_H
#define KZ_ANSWER_QUERY_LOG_H

#include "answer/query.h"
#include "zone/client_log.h"

/* "client @0x… ADDR#PORT (NAME): query: NAME CLASS TYPE FLAGS (LOCAL)", category queries;
 * after the cookie and the signature have been looked at. */
void query_log(const struct query *q);

/* "… response: NAME CLASS TYPE RCODE ANSWERS AUTHORITIES ADDITIONALS FLAGS (LOCAL)", category
 * responses, of the message at `resp`. */
void query_log_response(const struct query *q, const uint8_t *resp);

/* "query 'N/T/C' denied", category security. */
void query_log_denied(const struct query *q);

/* "query failed (RCODE) for N/C/T", category query-errors, debug unless queries are logged. */
void query_log_error(const struct query *q);

/* "request has invalid signature: TSIG KEY: tsig verify failure (BADSIG)", category security. */
void query_log_bad_signature(const struct query *q);

/* "update 'Z/C' denied", category update-security; "refused notify from non-primary: …". */
void query_log_change_denied(const struct query *q);

/* Who asked, and with queries what; for any other line about it.  It refers to the query. */
struct client_id query_client_id(const struct query *q);

/* Of an UPDATE, the zone section's fault that q->rcode tells: "update failed: …", category
 * update. */
void query_log_update_failed(const struct query *q);

#endif
