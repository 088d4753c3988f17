#include "xfr/delegation_read.h"

#include <string.h>

#include "base/buf.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

bool delegation_is_reply(const struct delegation_question *q, const uint8_t *msg, size_t len)
{
    size_t at = MESSAGE_HEADER_LEN;
    struct name name;

    if (len < MESSAGE_HEADER_LEN || get_u16(msg) != q->id || !(msg[2] & 0x80) ||
        (msg[2] >> 3 & 15) != OPCODE_QUERY)
        return false;
    if (get_u16(msg + 4) == 0) /* an error may come without */
        return (msg[3] & 15) != RCODE_NOERROR;
    return get_u16(msg + 4) == 1 && name_from_message(&name, msg, len, &at) == RES_OK &&
           len - at >= 4 && name_equal(name.wire, q->name.wire) && get_u16(msg + at) == q->type;
}

/* Each record but OPT, in the order of the message.  What cannot be read ends the walk. */
static enum result walk(struct delegation_question *q, const uint8_t *msg, size_t len,
                        void (*each)(struct delegation_question *q, unsigned section,
                                     const struct message_record *rr, const uint8_t *msg,
                                     size_t len))
{
    size_t at = MESSAGE_HEADER_LEN;
    struct message_record rr;
    struct name name;

    for (unsigned n = get_u16(msg + 4); n > 0; n--) {
        enum result r = name_from_message(&name, msg, len, &at);

        if (r != RES_OK || len - at < 4)
            return RES_UNEXPECTEDEND;
        at += 4;
    }
    for (unsigned section = SECTION_ANSWER; section < SECTION_COUNT; section++)
        for (unsigned n = get_u16(msg + 4 + 2 * section); n > 0; n--) {
            enum result r = message_read_record(&rr, msg, len, &at);

            if (r != RES_OK)
                return r;
            if (rr.type != TYPE_OPT)
                each(q, section, &rr, msg, len);
        }
    return RES_OK;
}

/* The RDATA in q->rdata; 0: it is malformed. */
static size_t plain_rdata(struct delegation_question *q, const struct message_record *rr,
                          const uint8_t *msg, size_t len)
{
    size_t n;

    if (rdata_from_message(rr->type, rr->rrclass, msg, len, rr->rdata_at, rr->rdata_len, q->rdata,
                           &n) != RES_OK)
        return 0;
    return n;
}

static void add_parent_name(struct delegation_question *q, unsigned section,
                            const struct message_record *rr, const uint8_t *msg, size_t len)
{
    struct delegation_targets *to = q->parents;
    struct delegation_target *t = &to->at[to->n];

    if (section != SECTION_ANSWER || rr->type != TYPE_NS ||
        !name_equal(rr->owner.wire, q->name.wire) || to->n == DELEGATION_TARGETS_MAX ||
        plain_rdata(q, rr, msg, len) == 0)
        return;
    name_copy(&t->name, q->rdata);
    t->addr = (union net_addr){.v4.sin_family = AF_INET};
    net_addr_set_port(&t->addr, q->d->options.port);
    to->n++;
}

void delegation_take_parent_name(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    (void)walk(q, msg, len, add_parent_name);
}

static bool is_address(const struct delegation_question *q, const struct message_record *rr)
{
    return rr->type == q->type && rr->rrclass == CLASS_IN &&
           rr->rdata_len == (rr->type == TYPE_A ? 4 : 16);
}

static union net_addr address_of(uint16_t type, const uint8_t *bytes)
{
    union net_addr a;

    memset(&a, 0, sizeof a);
    if (type == TYPE_A) {
        a.v4.sin_family = AF_INET;
        memcpy(&a.v4.sin_addr, bytes, 4);
    } else {
        a.v6.sin6_family = AF_INET6;
        memcpy(&a.v6.sin6_addr, bytes, 16);
    }
    return a;
}

static void add_parent_address(struct delegation_question *q, unsigned section,
                               const struct message_record *rr, const uint8_t *msg, size_t len)
{
    const struct delegation_target *t = &q->parents->at[q->subject];
    union net_addr a;

    (void)len;
    if (section != SECTION_ANSWER || !is_address(q, rr))
        return;
    a = address_of(rr->type, msg + rr->rdata_at);
    net_addr_set_port(&a, net_addr_port(&t->addr));
    delegation_server(q->d, &a, t->name.wire, true, NULL);
}

void delegation_take_parent_address(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    (void)walk(q, msg, len, add_parent_address);
}

/* NS records of the zone, wherever they stand: a referral's, or an answer's. */
static void add_ns(struct delegation_question *q, unsigned section, const struct message_record *rr,
                   const uint8_t *msg, size_t len)
{
    struct delegation *d = q->d;
    struct delegation_server *s = &d->servers[q->subject];
    int host;

    if (section == SECTION_ADDITIONAL || rr->type != TYPE_NS || rr->rrclass != CLASS_IN ||
        !name_equal(rr->owner.wire, d->zone.wire) || plain_rdata(q, rr, msg, len) == 0)
        return;
    if ((host = delegation_host(d, q->rdata)) >= 0)
        s->ns |= UINT64_C(1) << host;
}

static void add_glue(struct delegation_question *q, unsigned section,
                     const struct message_record *rr, const uint8_t *msg, size_t len)
{
    struct delegation *d = q->d;

    (void)len;
    if (section != SECTION_ADDITIONAL || rr->rrclass != CLASS_IN ||
        !((rr->type == TYPE_A && rr->rdata_len == 4) ||
          (rr->type == TYPE_AAAA && rr->rdata_len == 16)))
        return;
    for (unsigned i = 0; i < d->nhosts; i++)
        if (name_equal(d->hosts[i].name.wire, rr->owner.wire)) {
            union net_addr a = address_of(rr->type, msg + rr->rdata_at);

            delegation_add_addr(&d->hosts[i].glue, &a);
        }
}

void delegation_take_delegation(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    struct delegation_server *s = &q->d->servers[q->subject];
    unsigned rcode = msg[3] & 15;
    bool aa = get_u16(msg + 2) & FLAG_AA;

    if (rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN)
        return;
    if (walk(q, msg, len, add_ns) != RES_OK) {
        s->udp.result = RES_FORMERR;
        return;
    }
    s->serves_zone = aa && s->ns != 0 && get_u16(msg + 6) > 0;
    /* Without NS records: no delegation only if the server knows (AA), not if it is lame itself. */
    s->has_ns = !s->serves_zone && (s->ns != 0 || aa);
    if (s->has_ns && s->ns != 0)
        (void)walk(q, msg, len, add_glue);
}

static void add_ds(struct delegation_question *q, unsigned section, const struct message_record *rr,
                   const uint8_t *msg, size_t len)
{
    struct delegation *d = q->d;
    struct delegation_ds ds;
    size_t n;

    if (section != SECTION_ANSWER || rr->type != TYPE_DS || d->nds == DELEGATION_DS_MAX ||
        (n = plain_rdata(q, rr, msg, len)) < 5 || n - 4 > DELEGATION_DIGEST_MAX)
        return;
    memset(&ds, 0, sizeof ds);
    ds.tag = get_u16(q->rdata);
    ds.algorithm = q->rdata[2];
    ds.digest_type = q->rdata[3];
    ds.len = n - 4;
    memcpy(ds.digest, q->rdata + 4, ds.len);
    for (unsigned i = 0; i < d->nds; i++)
        if (memcmp(&d->ds[i], &ds, sizeof ds) == 0)
            return;
    d->ds[d->nds++] = ds;
}

void delegation_take_ds(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    (void)walk(q, msg, len, add_ds);
}

static void add_own_address(struct delegation_question *q, unsigned section,
                            const struct message_record *rr, const uint8_t *msg, size_t len)
{
    struct delegation_host *h = &q->d->hosts[q->subject];

    (void)len;
    if (section != SECTION_ANSWER)
        return;
    if (rr->type == TYPE_CNAME && name_equal(rr->owner.wire, h->name.wire))
        h->is_alias = true;
    if (is_address(q, rr)) {
        union net_addr a = address_of(rr->type, msg + rr->rdata_at);

        delegation_add_addr(&h->own, &a);
    }
}

void delegation_take_resolved(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    (void)walk(q, msg, len, add_own_address);
    q->d->hosts[q->subject].answered++;
}

/* The same from a server of the zone: if it refers us further down, the resolver is to know. */
void delegation_take_own(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    struct delegation_host *h = &q->d->hosts[q->subject];

    if (!(get_u16(msg + 2) & FLAG_AA))
        h->elsewhere = true;
    else
        delegation_take_resolved(q, msg, len);
}

static void add_soa(struct delegation_question *q, unsigned section,
                    const struct message_record *rr, const uint8_t *msg, size_t len)
{
    size_t n;

    if (section != SECTION_ANSWER || rr->type != TYPE_SOA ||
        !name_equal(rr->owner.wire, q->name.wire) || (n = plain_rdata(q, rr, msg, len)) < 20)
        return;
    q->probe->has_soa = true;
    q->probe->serial = get_u32(q->rdata + n - 20);
}

void delegation_take_soa(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    if (walk(q, msg, len, add_soa) != RES_OK)
        q->probe->result = RES_FORMERR;
}

void delegation_take_ns(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    struct delegation_server *s = &q->d->servers[q->subject];

    if ((msg[3] & 15) != RCODE_NOERROR || !(get_u16(msg + 2) & FLAG_AA) || get_u16(msg + 6) == 0)
        return;
    (void)walk(q, msg, len, add_ns);
    s->has_ns = s->ns != 0;
}

static void add_key(struct delegation_question *q, unsigned section,
                    const struct message_record *rr, const uint8_t *msg, size_t len)
{
    size_t n;

    if (section == SECTION_ANSWER && rr->type == TYPE_DNSKEY &&
        (n = plain_rdata(q, rr, msg, len)) > 0)
        delegation_match_key(q->d, q->rdata, n);
}

/* No keys at all is an answer, too: then no DS can have one. */
void delegation_take_keys(struct delegation_question *q, const uint8_t *msg, size_t len)
{
    if ((msg[3] & 15) != RCODE_NOERROR || !(get_u16(msg + 2) & FLAG_AA))
        return;
    q->d->has_keys = true;
    (void)walk(q, msg, len, add_key);
}
