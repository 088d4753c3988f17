#include "answer/transfer.h"

#include <string.h>

#include "answer/query_log.h"
#include "answer/respond.h"
#include "answer/view.h"
#include "base/log.h"
#include "base/rcu.h"
#include "dns/rdata.h"
#include "dns/serial.h"

enum { OPT_ROOM = 1024 };

static enum transfer_step refuse(struct query *q, unsigned rcode)
{
    q->rcode = (uint16_t)rcode;
    return TRANSFER_ERROR;
}

/* "NAME/CLASS" of the question as messages about what is no zone here have it. */
static enum transfer_step not_authoritative(struct query *q)
{
    struct client_id client = query_client_id(q);
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT];

    if (log_wants(LOGC_XFER_OUT, LVL_INFO)) {
        name_to_text(q->qname.wire, name, NAME_OMIT_FINAL_DOT);
        client_log(&client, LOGC_XFER_OUT, LVL_INFO,
                   "bad zone transfer request: '%s/%s': non-authoritative zone (NOTAUTH)", name,
                   rrclass_text(q->req.qclass, rrclass));
    }
    return refuse(q, RCODE_NOTAUTH);
}

static bool client_may_transfer(struct query *q)
{
    const struct acl *acl = rcu_read(q->zone->conf)->options->allow_transfer;
    bool may = view_acl_allows(q, acl, q->client->peer);
    int level = may ? 3 : LVL_ERROR;
    struct client_id client = query_client_id(q);
    char zone[ZONE_TEXT];

    if (log_wants(LOGC_SECURITY, level))
        client_log(&client, LOGC_SECURITY, level, "zone transfer '%s' %s",
                   zone_text(q->zone, zone), may ? "approved" : "denied");
    return may;
}

/* The serial of the zone's SOA in the authority section; false without one, or with two. */
static bool read_client_serial(const struct query *q, uint32_t *serial)
{
    const struct message_request *m = &q->req;
    size_t at = m->section_at[SECTION_AUTHORITY];
    bool found = false;

    for (unsigned i = 0; i < m->count[SECTION_AUTHORITY]; i++) {
        uint8_t soa[2 * NAME_MAX_LEN + 20];
        struct message_record rr;
        size_t len;

        if (message_read_record(&rr, m->msg, m->len, &at) != RES_OK)
            return false;
        if (rr.type != TYPE_SOA || rr.rrclass != q->rrclass ||
            !name_equal(rr.owner.wire, q->qname.wire))
            continue;
        if (rr.rdata_len > sizeof soa ||
            rdata_from_message(TYPE_SOA, rr.rrclass, m->msg, m->len, rr.rdata_at, rr.rdata_len, soa,
                               &len) != RES_OK)
            return false;
        if (found && get_u32(soa + len - 20) != *serial)
            return false;
        *serial = get_u32(soa + len - 20);
        found = true;
    }
    return found;
}

static enum transfer_step bad_request(struct query *q, const char *why)
{
    struct client_id client = query_client_id(q);

    client_log(&client, LOGC_XFER_OUT, LVL_INFO, "bad zone transfer request: %s (FORMERR)", why);
    return refuse(q, RCODE_FORMERR);
}

void query_transfer_soa(struct query *q)
{
    const struct znode *apex = contents_apex(q->c);
    struct client_id client = query_client_id(q);
    char zone[ZONE_TEXT];

    if (log_wants(LOGC_XFER_OUT, 1))
        client_log(&client, LOGC_XFER_OUT, 1, "transfer of '%s': IXFR poll up to date",
                   zone_text(q->zone, zone));
    if (q->client->tcp) {       /* as the messages of a stream have it */
        q->aa = true;
        q->req.flags &= (uint16_t)~(FLAG_RD | FLAG_CD);
    }
    q->dnssec = false;
    plan_add(q, SECTION_ANSWER, apex, node_rrset(q->c, apex, TYPE_SOA));
}

static enum transfer_step begin_stream(struct query *q, uint32_t serial)
{
    const struct transfer_maker *maker = &q->server->takers.transfer;
    struct client_id client = query_client_id(q);
    uint8_t opt[OPT_ROOM];
    struct transfer_ask ask = {.zone = q->zone,
                               .contents = q->c,
                               .conf = q->server->conf,
                               .view = q->view->conf,
                               .req = &q->req,
                               .tsig = q->tsig_room > 0 ? &q->tsig : NULL,
                               .opt = opt,
                               .opt_len = respond_opt(q, opt, sizeof opt),
                               .serial = serial,
                               .client = &client};
    unsigned rcode = RCODE_REFUSED;

    if (maker->begin != NULL)
        q->producer = maker->begin(maker->arg, &ask, &rcode);
    return q->producer != NULL ? TRANSFER_STREAM : refuse(q, rcode);
}

enum transfer_step query_transfer(struct query *q)
{
    bool incremental = q->req.qtype == TYPE_IXFR;
    uint32_t serial = 0;

    q->rrclass = q->view->conf->rrclass;
    if (!query_find_zone(q) || q->zone_label != 0)
        return not_authoritative(q);
    if (q->c == NULL)
        return refuse(q, RCODE_SERVFAIL);
    if (!client_may_transfer(q)) {
        query_fail(q, RCODE_REFUSED, EDE_PROHIBITED, NULL);
        return TRANSFER_ERROR;
    }
    if (!incremental && !q->client->tcp)
        return bad_request(q, "attempted AXFR over UDP");
    if (incremental && !read_client_serial(q, &serial))
        return bad_request(q, "IXFR request missing SOA");
    if (incremental && (!q->client->tcp || serial_ge(serial, q->c->serial)))
        return TRANSFER_SOA;
    return begin_stream(q, serial);
}
