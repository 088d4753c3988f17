#include "answer/query_log.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dns/rrtype.h"

enum { SUBNET_TEXT = 80 };

struct client_id query_client_id(const struct query *q)
{
    bool named = q->req.opcode == OPCODE_QUERY && q->name != NULL;

    return (struct client_id){.request = q,
                              .peer = q->client->peer,
                              .key = q->key,
                              .qname = named ? q->qname.wire : NULL,
                              .view = q->view != NULL ? q->view->conf->name : NULL};
}

/* + or - for RD, then S signed, E(version), T TCP, D DO, C CD, K or V for a cookie. */
static const char *flags_text(const struct query *q, char out[24])
{
    const struct edns *e = &q->req.edns;
    char *p = out;

    *p++ = q->req.flags & FLAG_RD ? '+' : '-';
    if (q->key != NULL)
        *p++ = 'S';
    if (e->present)
        p += sprintf(p, "E(%u)", e->version);
    if (q->client->tcp)
        *p++ = 'T';
    if (e->present && e->dnssec_ok)
        *p++ = 'D';
    if (q->req.flags & FLAG_CD)
        *p++ = 'C';
    if (q->cookie_valid)
        *p++ = 'V';
    else if (e->present && e->cookie != NULL)
        *p++ = 'K';
    *p = '\0';
    return out;
}

/* " [ECS ADDRESS/SOURCE/SCOPE]" when the request has one (RFC 7871), else nothing. */
static const char *subnet_text(const struct edns *e, char out[SUBNET_TEXT])
{
    static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
    char addr[INET6_ADDRSTRLEN] = "<unknown address, family 0>";
    uint8_t bytes[sizeof(struct in6_addr)] = {0};

    if (e->subnet == NULL)
        return "";
    memcpy(bytes, e->subnet + 4, e->subnet_len - 4u);
    if (e->subnet[1] != 0)
        inet_ntop(families[e->subnet[1]], bytes, addr, sizeof addr);
    snprintf(out, SUBNET_TEXT, " [ECS %s/%u/%u]", addr, e->subnet[2], e->subnet[3]);
    return out;
}

void query_log(const struct query *q)
{
    const struct client_id client = query_client_id(q);
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT], type[RRTYPE_TEXT], flags[24];
    char local[NET_ADDR_TEXT], subnet[SUBNET_TEXT];

    name_to_text(q->qname.wire, name, NAME_OMIT_FINAL_DOT);
    client_log(&client, LOGC_QUERIES, LVL_INFO, "query: %s %s %s %s (%s)%s", name,
               rrclass_text(q->req.qclass, rrclass), rrtype_text(q->req.qtype, type),
               flags_text(q, flags), net_addr_format_host(q->client->local, local),
               subnet_text(&q->req.edns, subnet));
}

void query_log_response(const struct query *q, const uint8_t *resp)
{
    const struct client_id client = query_client_id(q);
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT], type[RRTYPE_TEXT], rcode[RRTYPE_TEXT];
    char flags[24], local[NET_ADDR_TEXT];

    name_to_text(q->qname.wire, name, NAME_OMIT_FINAL_DOT);
    client_log(&client, LOGC_RESPONSES, LVL_INFO, "response: %s %s %s %s %u %u %u %s (%s)", name,
               rrclass_text(q->req.qclass, rrclass), rrtype_text(q->req.qtype, type),
               rcode_text(q->rcode, rcode), get_u16(resp + 6), get_u16(resp + 8),
               get_u16(resp + 10), flags_text(q, flags),
               net_addr_format_host(q->client->local, local));
}

void query_log_denied(const struct query *q)
{
    const struct client_id client = query_client_id(q);
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT], type[RRTYPE_TEXT];

    if (!log_wants(LOGC_SECURITY, LVL_INFO))
        return;
    name_to_text(q->name->wire, name, NAME_OMIT_FINAL_DOT);
    client_log(&client, LOGC_SECURITY, LVL_INFO, "query '%s/%s/%s' denied", name,
               rrtype_text(q->req.qtype, type), rrclass_text(q->req.qclass, rrclass));
}

/* What failed: BIND names the reason where it is its own, else the rcode. */
static const char *failure_text(const struct query *q, char rcode[RRTYPE_TEXT])
{
    return q->zone != NULL && q->c == NULL && q->rcode == RCODE_SERVFAIL ? "zone not loaded"
                                                     : rcode_text(q->rcode, rcode);
}

void query_log_error(const struct query *q)
{
    const struct client_id client = query_client_id(q);
    int level = server_logs_queries(q->server) ? LVL_INFO : q->rcode == RCODE_SERVFAIL ? 1 : 3;
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT], type[RRTYPE_TEXT], rcode[RRTYPE_TEXT];

    if (q->name == NULL || q->req.opcode != OPCODE_QUERY || !log_wants(LOGC_QUERY_ERRORS, level))
        return;
    name_to_text(q->name->wire, name, NAME_OMIT_FINAL_DOT);
    client_log(&client, LOGC_QUERY_ERRORS, level, "query failed (%s) for %s/%s/%s%s%s",
               failure_text(q, rcode), name, rrclass_text(q->req.qclass, rrclass),
               rrtype_text(q->req.qtype, type), q->ede_text != NULL ? ": " : "",
               q->ede_text != NULL ? q->ede_text : "");
}

void query_log_bad_signature(const struct query *q)
{
    const struct client_id client = query_client_id(q);
    char key[NAME_TEXT_MAX], error[RRTYPE_TEXT];

    if (!log_wants(LOGC_SECURITY, LVL_ERROR))
        return;
    name_to_text(q->tsig.key_name.wire, key, NAME_OMIT_FINAL_DOT);
    client_log(&client, LOGC_SECURITY, LVL_ERROR, "request has invalid signature: TSIG %s: %s (%s)",
               key, result_text(q->tsig_result), tsig_error_text(q->tsig.error, error));
}

void query_log_change_denied(const struct query *q)
{
    const struct client_id client = query_client_id(q);
    char zone[ZONE_TEXT], peer[NET_ADDR_TEXT];
    bool update = q->req.opcode == OPCODE_UPDATE;

    if (!log_wants(update ? LOGC_UPDATE_SECURITY : LOGC_NOTIFY, LVL_INFO))
        return;
    if (update)
        client_log(&client, LOGC_UPDATE_SECURITY, LVL_INFO, "update '%s' denied",
                   zone_text(q->zone, zone));
    else
        zone_log(q->zone, LOGC_NOTIFY, LVL_INFO, "refused notify from non-primary: %s",
                 net_addr_format(q->client->peer, peer));
}

void query_log_update_failed(const struct query *q)
{
    const struct client_id client = query_client_id(q);
    char name[NAME_TEXT_MAX];

    if (q->req.opcode != OPCODE_UPDATE || !log_wants(LOGC_UPDATE, LVL_INFO))
        return;
    if (q->rcode == RCODE_FORMERR) {
        client_log(&client, LOGC_UPDATE, LVL_INFO,
                   "update failed: update zone section %s (FORMERR)",
                   q->req.count[SECTION_ZONE] == 0  ? "empty"
                   : q->req.count[SECTION_ZONE] > 1 ? "contains multiple RRs" : "contains non-SOA");
        return;
    }
    name_to_text(q->req.qname, name, NAME_OMIT_FINAL_DOT);
    client_log(&client, LOGC_UPDATE, LVL_INFO,
               "update failed: %s: not authoritative for update zone (NOTAUTH)", name);
}
