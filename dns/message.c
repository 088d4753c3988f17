#include "dns/message.h"

#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

/* A name that is complete and uncompressed within the message; most are. */
static bool scan_plain_name(struct message_request *q, size_t at)
{
    const uint8_t *start = q->msg + at, *p = start, *end = q->msg + q->len;
    unsigned n = 0;

    if (end - start > NAME_MAX_LEN)
        end = start + NAME_MAX_LEN;
    while (p < end && *p != 0) {
        if (*p > LABEL_MAX_LEN)
            return false;
        q->label_at[n++] = (uint8_t)(p - start);
        p += 1 + *p;
    }
    if (p >= end)
        return false;
    q->label_at[n] = (uint8_t)(p - start);
    q->nlabels = (uint8_t)n;
    q->qname = start;
    q->qname_len = (uint8_t)(p - start + 1);
    return true;
}

/* The first question's name; steps `*at`. */
static enum result read_qname(struct message_request *q, size_t *at)
{
    enum result r;

    q->question_compressed = false;
    if (scan_plain_name(q, *at)) {
        *at += q->qname_len;
        return RES_OK;
    }
    r = name_from_message(&q->expanded, q->msg, q->len, at);
    if (r != RES_OK)
        return r;
    q->question_compressed = true;
    q->qname = q->expanded.wire;
    q->qname_len = q->expanded.len;
    q->nlabels = (uint8_t)(name_label_offsets(q->qname, q->label_at) - 1);
    return RES_OK;
}

static enum result read_first_question(struct message_request *q, size_t *at)
{
    enum result r = read_qname(q, at);

    if (r != RES_OK)
        return r;
    if (q->len - *at < 4)
        return RES_UNEXPECTEDEND;
    q->qtype = get_u16(q->msg + *at);
    q->qclass = get_u16(q->msg + *at + 2);
    q->rrclass = q->qclass;
    *at += 4;
    /* A zone is of one class; only a query may be for any (what it gets is another matter). */
    if ((q->opcode == OPCODE_NOTIFY || q->opcode == OPCODE_UPDATE) &&
        (q->qclass == CLASS_ANY || q->qclass == CLASS_NONE))
        return RES_FORMERR;
    return RES_OK;
}

/* BIND reads several questions when they share name and class and differ in type;
 * what to answer them (FORMERR) is decided later.  A bit per type finds twins. */
static enum result read_more_questions(struct message_request *q, size_t *at)
{
    uint64_t seen[65536 / 64] = {0};
    struct name name;

    seen[q->qtype / 64] |= 1ULL << q->qtype % 64;
    for (unsigned i = 1; i < q->count[SECTION_QUESTION]; i++) {
        enum result r = name_from_message(&name, q->msg, q->len, at);
        uint16_t type;

        if (r != RES_OK)
            return r;
        if (q->len - *at < 4)
            return RES_UNEXPECTEDEND;
        type = get_u16(q->msg + *at);
        if (!name_equal(name.wire, q->qname) || get_u16(q->msg + *at + 2) != q->qclass ||
            (seen[type / 64] & 1ULL << type % 64) != 0)
            return RES_FORMERR;
        seen[type / 64] |= 1ULL << type % 64;
        *at += 4;
    }
    return RES_OK;
}

static enum result read_questions(struct message_request *q, size_t *at)
{
    enum result r = RES_OK;

    if (q->count[SECTION_QUESTION] > 0)
        r = read_first_question(q, at);
    if (r == RES_OK && q->count[SECTION_QUESTION] > 1)
        r = read_more_questions(q, at);
    q->has_question = r == RES_OK;
    return r;
}

enum result message_read_record(struct message_record *rr, const uint8_t *msg, size_t len,
                                size_t *at)
{
    rr->at = (uint16_t)*at;
    if (*at < len && msg[*at] == 0) {   /* OPT's owner */
        rr->owner.len = 1;
        rr->owner.wire[0] = 0;
        ++*at;
    } else {
        enum result r = name_from_message(&rr->owner, msg, len, at);
        if (r != RES_OK)
            return r;
    }
    if (len - *at < 10)
        return RES_UNEXPECTEDEND;
    rr->type = get_u16(msg + *at);
    rr->rrclass = get_u16(msg + *at + 2);
    rr->ttl = get_u32(msg + *at + 4);
    rr->rdata_len = get_u16(msg + *at + 8);
    *at += 10;
    if (len - *at < rr->rdata_len)
        return RES_UNEXPECTEDEND;
    rr->rdata_at = (uint16_t)*at;
    *at += rr->rdata_len;
    return RES_OK;
}

/* Where in the message a record stands. */
struct place {
    enum message_section section;
    bool last;      /* of its section */
};

static enum result read_opt(struct message_request *q, const struct message_record *rr,
                            struct place where)
{
    enum result r;

    if (where.section != SECTION_ADDITIONAL || q->edns.present || rr->owner.len != 1)
        return RES_FORMERR;
    r = edns_read(&q->edns, rr->rrclass, rr->ttl, q->msg + rr->rdata_at, rr->rdata_len);
    q->reject_opt = r == RES_OPTERR;
    return r;
}

/* TSIG's (RFC 8945 §4.2) and TKEY's (RFC 2930 §2) RDATA: a name, `before` bytes, counted
 * bytes, `between` bytes, counted bytes, and nothing after.  Their meaning comes later. */
static enum result check_counted(const struct message_request *q, const struct message_record *rr,
                                 size_t before, size_t between)
{
    struct name algorithm;
    size_t at = rr->rdata_at, end = at + rr->rdata_len;
    enum result r = name_from_message(&algorithm, q->msg, end, &at);
    struct reader in;

    if (r != RES_OK)
        return r;
    in = reader_of(q->msg + at, end - at);
    reader_bytes(&in, before);
    reader_bytes(&in, reader_u16(&in));
    reader_bytes(&in, between);
    reader_bytes(&in, reader_u16(&in));
    if (!in.ok)
        return RES_UNEXPECTEDEND;
    return in.at == in.end ? RES_OK : RES_EXTRADATA;
}

static enum result read_tsig(struct message_request *q, const struct message_record *rr,
                             struct place where)
{
    if (where.section != SECTION_ADDITIONAL || !where.last || rr->rrclass != CLASS_ANY)
        return RES_BADTSIG;
    q->tsig_at = rr->at;
    return check_counted(q, rr, 6 + 2, 2 + 2);     /* time, fudge; id, error */
}

/* An update's RR without RDATA stands for a whole RRset or name (RFC 2136 §2.4, §2.5). */
static bool is_meta_update(const struct message_request *q, const struct message_record *rr,
                           struct place where)
{
    if (q->opcode != OPCODE_UPDATE)
        return false;
    if (where.section == SECTION_PREREQUISITE)
        return rr->rrclass == CLASS_ANY || rr->rrclass == CLASS_NONE;
    return where.section == SECTION_UPDATE && rr->rrclass == CLASS_ANY;
}

/* SIG(0) (RFC 2931) stands last and at the root; any other SIG is of the message's class. */
static enum result check_sig(struct message_request *q, const struct message_record *rr,
                             struct place where)
{
    if (get_u16(q->msg + rr->rdata_at) != 0)
        return q->rrclass != CLASS_ANY && q->rrclass != rr->rrclass ? RES_FORMERR : RES_OK;
    if (where.section != SECTION_ADDITIONAL || !where.last || rr->owner.len != 1)
        return RES_BADSIG0;
    q->sig0_at = rr->at;
    return RES_OK;
}

/* RDATA that no rule above excused must be right for its type. */
static __attribute__((noinline)) enum result check_rdata(const struct message_request *q,
                                                         const struct message_record *rr,
                                                         struct place where)
{
    uint8_t plain[RDATA_MAX_LEN];
    size_t plain_len;
    uint16_t rrclass = rr->rrclass;

    if (rr->type == TYPE_NONE)
        return RES_FORMERR;
    if (rr->type >= TYPE_IXFR && rr->type <= TYPE_ANY)
        return q->opcode == OPCODE_UPDATE ? RES_OK : RES_FORMERR;
    if (rr->type == TYPE_TKEY)
        return check_counted(q, rr, 4 + 4 + 2 + 2, 0);  /* times, mode, error */
    if (q->opcode == OPCODE_UPDATE && where.section == SECTION_UPDATE && rrclass == CLASS_NONE)
        rrclass = q->rrclass;   /* delete this RR: RDATA of the zone's class */
    return rdata_from_message(rr->type, rrclass, q->msg, q->len, rr->rdata_at, rr->rdata_len,
                              plain, &plain_len);
}

/* Classes agree, but where the class means something else. */
static enum result check_class(struct message_request *q, const struct message_record *rr)
{
    if (rr->type == TYPE_TKEY)
        return RES_OK;
    if (q->count[SECTION_QUESTION] == 0 && q->rrclass == 0)
        q->rrclass = rr->rrclass;   /* no question has set it */
    if (q->opcode == OPCODE_UPDATE || rr->type == TYPE_SIG || q->rrclass == CLASS_ANY ||
        q->rrclass == rr->rrclass)
        return RES_OK;
    return RES_FORMERR;
}

/* An NSEC3's first label is a hash in base32hex (RFC 5155 §3). */
static enum result check_nsec3_owner(const struct message_record *rr)
{
    uint8_t hash[LABEL_MAX_LEN];
    size_t len;

    return base32hex_decode((const char *)rr->owner.wire + 1, rr->owner.wire[0], hash, sizeof hash,
                            &len) == RES_OK
               ? RES_OK
               : RES_BADOWNERNAME;
}

static enum result check_plain_record(struct message_request *q, const struct message_record *rr,
                                      struct place where)
{
    enum result r = check_class(q, rr);

    if (r != RES_OK)
        return r;
    if (rr->type == TYPE_TKEY && where.section == SECTION_AUTHORITY)
        return RES_FORMERR;
    if (is_meta_update(q, rr, where))
        r = rr->rdata_len == 0 ? RES_OK : RES_FORMERR;
    else
        r = check_rdata(q, rr, where);
    if (r != RES_OK)
        return r;
    if (rr->type == TYPE_NSEC3)
        return check_nsec3_owner(rr);
    if ((rr->type != TYPE_RRSIG && rr->type != TYPE_SIG) || is_meta_update(q, rr, where))
        return RES_OK;
    if (rr->rdata_len < 2)
        return RES_UNEXPECTEDEND;
    if (rr->type == TYPE_SIG)
        return check_sig(q, rr, where);
    return get_u16(q->msg + rr->rdata_at) == 0 ? RES_FORMERR : RES_OK;  /* covers nothing */
}

static enum result read_section(struct message_request *q, enum message_section section, size_t *at)
{
    unsigned count = q->count[section];

    q->section_at[section] = (uint16_t)*at;
    for (unsigned i = 0; i < count; i++) {
        struct place where = {section, i == count - 1};
        struct message_record rr;
        enum result r = message_read_record(&rr, q->msg, q->len, at);

        if (r != RES_OK)
            return r;
        if (rr.type == TYPE_OPT)
            r = read_opt(q, &rr, where);
        else if (rr.type == TYPE_TSIG)
            r = read_tsig(q, &rr, where);
        else
            r = check_plain_record(q, &rr, where);
        if (r != RES_OK)
            return r;
    }
    return RES_OK;
}

static enum result read_body(struct message_request *q)
{
    size_t at = MESSAGE_HEADER_LEN;
    enum result r;

    q->section_at[SECTION_QUESTION] = MESSAGE_HEADER_LEN;
    r = read_questions(q, &at);
    for (unsigned s = SECTION_ANSWER; r == RES_OK && s < SECTION_COUNT; s++)
        r = read_section(q, (enum message_section)s, &at);
    q->end_at = (uint16_t)at;
    return r;
}

/* BIND answers a broken option and an unknown version with an OPT that has no option. */
static void forget_options(struct edns *e)
{
    e->seen = 0;
    e->cookie = e->subnet = NULL;
}

static enum message_verdict reject(struct message_request *q, uint16_t rcode, bool with_opt)
{
    q->reject_rcode = rcode;
    q->reject_opt = with_opt;
    return MESSAGE_REJECT;
}

/* BIND answers FORMERR to broken form, SERVFAIL to a misplaced SIG(0) or NSEC3. */
static enum message_verdict reject_form(struct message_request *q, enum result why)
{
    q->error = why;
    if (why == RES_OPTERR) {
        forget_options(&q->edns);
        q->edns.dnssec_ok = false;
    }
    return reject(q, why == RES_BADSIG0 || why == RES_BADOWNERNAME ? RCODE_SERVFAIL : RCODE_FORMERR,
                  q->reject_opt);
}

static bool is_known_opcode(const struct message_request *q)
{
    return q->opcode == OPCODE_QUERY || q->opcode == OPCODE_NOTIFY || q->opcode == OPCODE_UPDATE;
}

bool message_echoes_question(const struct message_request *q)
{
    return q->has_question && is_known_opcode(q);
}

/* Only a TKEY exchange may have class ANY; of others only IN, CH and HS have views. */
static enum message_verdict judge_class(struct message_request *q)
{
    switch (q->rrclass) {
    case CLASS_IN:
    case CLASS_CH:
    case CLASS_HS:
        return MESSAGE_OK;
    case 0:
        if (q->count[SECTION_QUESTION] == 0 && q->opcode == OPCODE_QUERY &&
            edns_has(&q->edns, EDNS_COOKIE))
            return MESSAGE_COOKIE;
        return reject(q, is_known_opcode(q) ? RCODE_FORMERR : RCODE_NOTIMP, q->edns.present);
    case CLASS_ANY:
    case CLASS_NONE:
        return reject(q, RCODE_FORMERR, q->edns.present);
    default:
        q->error = RES_BADCLASS;
        return reject(q, RCODE_NOTIMP, q->edns.present);
    }
}

static enum message_verdict judge_edns(struct message_request *q)
{
    if (!q->edns.present)
        return MESSAGE_OK;
    if (q->edns.version > 0) {
        forget_options(&q->edns);
        return reject(q, RCODE_BADVERS, true);
    }
    if (q->edns.subnet != NULL && q->edns.subnet[3] != 0) {
        q->error = RES_FORMERR;     /* RFC 7871 §6: scope is 0 in queries */
        return reject(q, RCODE_FORMERR, false);
    }
    return MESSAGE_OK;
}

static void read_header(struct message_request *q)
{
    q->id = get_u16(q->msg);
    q->flags = get_u16(q->msg + 2);
    q->opcode = q->flags >> 11 & 15;
    for (unsigned i = 0; i < SECTION_COUNT; i++)
        q->count[i] = get_u16(q->msg + 4 + 2 * i);
}

enum message_verdict message_parse_request(struct message_request *q, const uint8_t *msg,
                                           size_t len)
{
    enum message_verdict v;
    enum result r;

    if (len < MESSAGE_HEADER_LEN || len > MESSAGE_MAX_LEN || (msg[2] & 0x80) != 0)
        return MESSAGE_DROP;
    q->msg = msg;
    q->len = len;
    q->edns.present = false;
    q->reject_opt = false;
    q->error = RES_OK;
    q->rrclass = q->tsig_at = q->sig0_at = 0;
    read_header(q);
    r = read_body(q);
    if (r != RES_OK)
        return reject_form(q, r);
    v = judge_edns(q);
    return v == MESSAGE_OK ? judge_class(q) : v;
}

uint16_t message_write_question(struct writer *w, const struct message_request *q)
{
    size_t at = MESSAGE_HEADER_LEN;
    struct name name;
    uint16_t n = 0;

    if (!message_echoes_question(q))
        return 0;
    for (; n < q->count[SECTION_QUESTION]; n++) {
        name_from_message(&name, q->msg, q->len, &at);     /* it was read before */
        if (writer_room(w) < name.len + 4u)
            break;
        writer_bytes(w, name.wire, name.len);
        writer_bytes(w, q->msg + at, 4);
        at += 4;
    }
    return n;
}
