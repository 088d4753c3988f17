#include "answer/account.h"

#include "answer/query_log.h"
#include "base/buf.h"
#include "base/counters.h"
#include "base/log.h"

/* Types that have a counter of their own; all others share the last. */
static unsigned type_counter(uint16_t type)
{
    return COUNTER_QTYPE + (type < COUNTED_TYPES - 1 ? type : COUNTED_TYPES - 1);
}

void account_request(const struct query *q)
{
    const struct message_request *r = &q->req;

    counter_add((enum counter)(COUNTER_OPCODE + r->opcode), 1);
    counter_add(COUNTER_REQUEST_EDNS, r->edns.present);
    counter_add(COUNTER_REQUEST_TSIG, r->tsig_at != 0);
    counter_add(COUNTER_COOKIE_IN, r->edns.present && r->edns.cookie != NULL);
    if (r->opcode != OPCODE_QUERY)
        return;
    counter_add(q->client->tcp ? COUNTER_QUERY_TCP : COUNTER_QUERY_UDP, 1);
    if (r->has_question)
        counter_add((enum counter)type_counter(r->qtype), 1);
}

/* How a query ended, as BIND sorts them. */
static enum counter outcome(const struct query *q, unsigned nanswer)
{
    switch (q->rcode) {
    case RCODE_NOERROR:
        return nanswer > 0 ? COUNTER_QUERY_SUCCESS
               : q->aa     ? COUNTER_QUERY_NXRRSET
                           : COUNTER_QUERY_REFERRAL;
    case RCODE_NXDOMAIN:
        return COUNTER_QUERY_NXDOMAIN;
    case RCODE_SERVFAIL:
        return COUNTER_QUERY_SERVFAIL;
    case RCODE_FORMERR:
        return COUNTER_QUERY_FORMERR;
    default:
        return COUNTER_QUERY_FAILURE;
    }
}

static bool logs_responses(const struct query *q)
{
    return server_logs_responses(q->server) && log_wants(LOGC_RESPONSES, LVL_INFO);
}

void account_response(const struct query *q, const uint8_t *resp, size_t len)
{
    unsigned rcode = q->rcode < COUNTED_RCODES ? q->rcode : COUNTED_RCODES - 1;

    if (len < MESSAGE_HEADER_LEN)
        return;
    counter_add((enum counter)(COUNTER_RCODE + rcode), 1);
    counter_add(COUNTER_RESPONSE_TRUNCATED, q->tc);
    counter_add(COUNTER_RESPONSE_EDNS, q->req.edns.present && !q->no_opt);
    counter_add(COUNTER_RESPONSE_TSIG, q->tsig_room > 0);
    if (q->req.opcode != OPCODE_QUERY)
        return;
    counter_add(outcome(q, get_u16(resp + 6)), 1);
    if (q->rcode == RCODE_NOERROR || q->rcode == RCODE_NXDOMAIN)
        counter_add(q->aa ? COUNTER_QUERY_AUTHORITATIVE : COUNTER_QUERY_NOT_AUTHORITATIVE, 1);
    if (logs_responses(q) && q->name != NULL)
        query_log_response(q, resp);
}
