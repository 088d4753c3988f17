#include "xfr/request.h"

#include <string.h>

#include "base/buf.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

static void put_question(struct writer *w, const struct xfr_request *q)
{
    writer_bytes(w, q->zone, name_length(q->zone));
    writer_u16(w, q->type);
    writer_u16(w, q->rrclass);
}

/* The version that the secondary has (RFC 1995 §3); the owner points at the question. */
static void put_soa(struct writer *w, const struct xfr_request *q)
{
    const struct zrrset *soa = node_rrset(q->have, contents_apex(q->have), TYPE_SOA);
    const uint8_t *rr = rrset_data(soa);

    writer_u16(w, 0xc000 | MESSAGE_HEADER_LEN);
    writer_u16(w, TYPE_SOA);
    writer_u16(w, q->rrclass);
    writer_u32(w, soa->ttl);
    writer_bytes(w, rr, 2u + rr_len(rr));
}

/* The options of a request have no data; a reply's writer has other ones. */
static void put_opt(struct writer *w, const struct xfr_request *q)
{
    writer_u8(w, 0);
    writer_u16(w, TYPE_OPT);
    writer_u16(w, q->udp_size);
    writer_u32(w, 0);
    writer_u16(w, q->want_expire ? 4 : 0);
    if (q->want_expire) {
        writer_u16(w, EDNS_EXPIRE);
        writer_u16(w, 0);
    }
}

size_t xfr_request_write(uint8_t *out, const struct xfr_request *q, struct tsig_session *session,
                         uint64_t now_s)
{
    struct writer w = writer_of(out, XFR_REQUEST_ROOM);
    bool has_soa = q->type == TYPE_IXFR && q->have != NULL;
    uint8_t header[MESSAGE_HEADER_LEN] = {0};

    put_u16(header, q->id);
    put_u16(header + 2, q->recurse ? FLAG_RD : 0);
    put_u16(header + 4, 1);
    put_u16(header + 8, has_soa);
    put_u16(header + 10, q->udp_size > 0);
    writer_bytes(&w, header, sizeof header);
    put_question(&w, q);
    if (has_soa)
        put_soa(&w, q);
    if (q->udp_size > 0)
        put_opt(&w, q);
    if (w.ok && q->key != NULL && tsig_sign_request(session, q->key, &w, now_s) != RES_OK)
        return 0;
    return w.ok ? writer_len(&w) : 0;
}

static enum result check_question(const struct xfr_request *q, const uint8_t *msg, size_t len,
                                  size_t *at)
{
    struct name name;
    enum result r;

    if (get_u16(msg + 4) == 0)      /* an error may come without */
        return (msg[3] & 15) != RCODE_NOERROR ? RES_OK : RES_FORMERR;
    if (get_u16(msg + 4) != 1)
        return RES_FORMERR;
    if ((r = name_from_message(&name, msg, len, at)) != RES_OK)
        return r;
    if (len - *at < 4)
        return RES_UNEXPECTEDEND;
    if (!name_equal(name.wire, q->zone) || get_u16(msg + *at) != q->type ||
        get_u16(msg + *at + 2) != q->rrclass)
        return RES_FORMERR;
    *at += 4;
    return RES_OK;
}

static enum result take_soa(struct xfr_soa_answer *a, const struct xfr_request *q,
                            const struct message_record *rr, const uint8_t *msg, size_t len)
{
    uint8_t plain[RDATA_MAX_LEN];
    size_t rdlen;
    enum result r;

    if (rr->rrclass != q->rrclass || !name_equal(rr->owner.wire, q->zone))
        return RES_OK;
    r = rdata_from_message(TYPE_SOA, rr->rrclass, msg, len, rr->rdata_at, rr->rdata_len, plain,
                           &rdlen);
    if (r != RES_OK)
        return r;
    if (a->has_soa)
        return RES_FORMERR;
    a->has_soa = true;
    a->serial = get_u32(plain + rdlen - 20);
    return RES_OK;
}

bool xfr_expire_option(const struct message_record *opt, const uint8_t *msg, uint32_t *expire_s)
{
    struct edns edns = {0};
    struct edns_option o;
    size_t at = 0;
    bool found = false;

    if (edns_read(&edns, opt->rrclass, opt->ttl, msg + opt->rdata_at, opt->rdata_len) != RES_OK)
        return false;
    while (edns_next(&edns, &at, &o))
        if (o.code == EDNS_EXPIRE && o.len == 4) {
            found = true;
            *expire_s = get_u32(o.data);
        }
    return found;
}

static enum result read_records(struct xfr_soa_answer *a, const struct xfr_request *q,
                                const uint8_t *msg, size_t len, size_t *at)
{
    for (unsigned section = SECTION_ANSWER; section < SECTION_COUNT; section++)
        for (unsigned i = get_u16(msg + 4 + 2 * section); i > 0; i--) {
            struct message_record rr;
            enum result r = message_read_record(&rr, msg, len, at);

            if (r == RES_OK && section == SECTION_ANSWER && rr.type == TYPE_SOA)
                r = take_soa(a, q, &rr, msg, len);
            if (r != RES_OK)
                return r;
            if (section == SECTION_AUTHORITY && rr.type == TYPE_NS)
                a->referral = true;
            if (section == SECTION_ADDITIONAL && rr.type == TYPE_OPT) {
                a->rcode |= (rr.ttl >> 24) << 4;
                a->has_expire = xfr_expire_option(&rr, msg, &a->expire_s);
            }
        }
    return RES_OK;
}

enum result xfr_soa_answer_read(struct xfr_soa_answer *a, const struct xfr_request *q,
                                const uint8_t *msg, size_t len)
{
    size_t at = MESSAGE_HEADER_LEN;
    uint16_t flags;
    enum result r;

    *a = (struct xfr_soa_answer){0};
    if (len < MESSAGE_HEADER_LEN)
        return RES_UNEXPECTEDEND;
    flags = get_u16(msg + 2);
    if (get_u16(msg) != q->id || !(flags & FLAG_QR) || (flags >> 11 & 15) != OPCODE_QUERY)
        return RES_FORMERR;
    a->rcode = flags & 15;
    a->truncated = (flags & FLAG_TC) != 0;
    a->aa = (flags & FLAG_AA) != 0;
    if ((r = check_question(q, msg, len, &at)) != RES_OK || a->truncated)
        return r;
    if ((r = read_records(a, q, msg, len, &at)) != RES_OK)
        return r;
    a->referral = a->referral && !a->has_soa;
    return RES_OK;
}
