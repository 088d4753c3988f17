#include "xfr/in_stream.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "dns/serial.h"
#include "xfr/request.h"

static enum result broken(struct xfrin *x, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum result broken(struct xfrin *x, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(x->problem, sizeof x->problem, fmt, ap);
    va_end(ap);
    return RES_FORMERR;
}

void xfrin_begin(struct xfrin *x, const struct xfrin_request *ask, const struct xfrin_sink *sink)
{
    memset(x, 0, offsetof(struct xfrin, first_name));
    x->ask = *ask;
    x->sink = *sink;
    x->current = ask->serial;
}

/* The serial is the first of the five numbers that end an SOA's RDATA. */
static uint32_t soa_serial(const struct diff_record *r)
{
    return get_u32(r->rdata + r->rdlen - 20);
}

static enum result give(struct xfrin *x, struct diff_record *r, bool add)
{
    r->add = add;
    return x->sink.record(x->sink.arg, r);
}

/* The first SOA comes again at the end; until then it waits here. */
static void keep_first(struct xfrin *x, const struct diff_record *r)
{
    memcpy(x->first_name.wire, r->owner, r->owner_len);
    x->first_name.len = r->owner_len;
    memcpy(x->first, r->rdata, r->rdlen);
    x->first_len = r->rdlen;
    x->first_ttl = r->ttl;
    x->end_serial = soa_serial(r);
}

static enum result take_first(struct xfrin *x, const struct diff_record *r)
{
    if (r->type != TYPE_SOA)
        return broken(x, "the first record is no SOA");
    keep_first(x, r);
    if (x->ask.type == TYPE_IXFR && !serial_gt(x->end_serial, x->ask.serial)) {
        x->kind = XFRIN_UP_TO_DATE;     /* the same, or older than ours: nothing to take */
        x->state = XFRIN_DONE;
        return RES_OK;
    }
    x->state = XFRIN_SECOND;
    return RES_OK;
}

static enum result end_whole(struct xfrin *x, const struct diff_record *r)
{
    if (soa_serial(r) != x->end_serial)
        return broken(x, "the zone begins with serial %u and ends with %u", x->end_serial,
                      soa_serial(r));
    x->state = XFRIN_DONE;
    return RES_OK;
}

static enum result take_whole(struct xfrin *x, struct diff_record *r)
{
    return r->type == TYPE_SOA ? end_whole(x, r) : give(x, r, true);
}

static enum result begin_whole(struct xfrin *x)
{
    struct diff_record first = {.owner = x->first_name.wire,
                                .owner_len = x->first_name.len,
                                .type = TYPE_SOA,
                                .ttl = x->first_ttl,
                                .rdata = x->first,
                                .rdlen = (uint16_t)x->first_len};
    enum result r;

    x->kind = XFRIN_AXFR;
    x->state = XFRIN_WHOLE;
    if ((r = x->sink.whole_zone(x->sink.arg, x->end_serial)) != RES_OK)
        return r;
    return give(x, &first, true);
}

static enum result out_of_sync(struct xfrin *x, uint32_t expected, const struct diff_record *soa)
{
    return broken(x, "IXFR out of sync: expected serial %u, got %u", expected, soa_serial(soa));
}

static enum result begin_difference(struct xfrin *x, struct diff_record *r)
{
    enum result e;

    if (soa_serial(r) != x->current)
        return out_of_sync(x, x->current, r);
    x->state = XFRIN_DELETE;
    x->from = x->current;
    if ((e = x->sink.difference(x->sink.arg, x->from, x->end_serial)) != RES_OK)
        return e;
    return give(x, r, false);
}

/* Only an SOA with the serial that we have begins a difference (RFC 1995 §4). */
static enum result take_second(struct xfrin *x, struct diff_record *r)
{
    enum result e;

    if (x->ask.type == TYPE_IXFR && r->type == TYPE_SOA && soa_serial(r) == x->ask.serial) {
        x->kind = XFRIN_IXFR;
        return begin_difference(x, r);
    }
    if ((e = begin_whole(x)) != RES_OK)
        return e;
    return take_whole(x, r);
}

static enum result take_delete(struct xfrin *x, struct diff_record *r)
{
    uint32_t to;

    if (r->type != TYPE_SOA)
        return give(x, r, false);
    to = soa_serial(r);
    if (!serial_gt(to, x->from) || !serial_ge(x->end_serial, to))
        return broken(x, "a difference leads from serial %u to %u, the end being %u", x->from, to,
                      x->end_serial);
    x->current = to;
    x->state = XFRIN_ADD;
    return give(x, r, true);
}

static enum result take_add(struct xfrin *x, struct diff_record *r)
{
    enum result e;

    if (r->type != TYPE_SOA)
        return give(x, r, true);
    if ((e = x->sink.difference_end(x->sink.arg, x->current)) != RES_OK)
        return e;
    if (x->current != x->end_serial)
        return begin_difference(x, r);
    if (soa_serial(r) != x->end_serial)
        return out_of_sync(x, x->end_serial, r);
    x->state = XFRIN_DONE;
    return RES_OK;
}

static enum result take_record(struct xfrin *x, struct diff_record *r)
{
    switch (x->state) {
    case XFRIN_FIRST:
        return take_first(x, r);
    case XFRIN_SECOND:
        return take_second(x, r);
    case XFRIN_WHOLE:
        return take_whole(x, r);
    case XFRIN_DELETE:
        return take_delete(x, r);
    case XFRIN_ADD:
        return take_add(x, r);
    case XFRIN_DONE:
    default:
        /* a server that does not know IXFR may send the zone although we have it */
        return x->kind == XFRIN_UP_TO_DATE ? RES_OK : broken(x, "records after the end");
    }
}

static enum result check_record(struct xfrin *x, const struct message_record *rr)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];
    size_t rel_len;

    if (rr->rrclass != x->ask.rrclass)
        return broken(x, "a record of class %u", rr->rrclass);
    name_to_text(rr->owner.wire, owner, NAME_OMIT_FINAL_DOT);
    if (!name_is_below(rr->owner.wire, x->ask.zone, &rel_len))
        return broken(x, "'%.100s' is outside the zone", owner);
    if (rr->type == TYPE_NONE || (rdata_flags(rr->type) & RRT_META))
        return broken(x, "a record of type %s", rrtype_text(rr->type, type));
    if (rr->type == TYPE_SOA && rel_len > 0)
        return broken(x, "an SOA at '%.100s'", owner);
    if (x->ask.max_records > 0 && x->records > x->ask.max_records) {
        broken(x, "more than %u records (max-records)", x->ask.max_records);
        return RES_TOOMANYRECORDS;
    }
    return RES_OK;
}

static enum result read_answer(struct xfrin *x, const uint8_t *msg, size_t len, size_t *at,
                               unsigned count)
{
    for (; count > 0; count--) {
        struct message_record rr;
        struct diff_record r;
        enum result e = message_read_record(&rr, msg, len, at);
        size_t rdlen;

        x->records++;
        if (e != RES_OK || (e = check_record(x, &rr)) != RES_OK ||
            (e = rdata_from_message(rr.type, rr.rrclass, msg, len, rr.rdata_at, rr.rdata_len,
                                    x->rdata, &rdlen)) != RES_OK)
            return e;
        r = (struct diff_record){.owner = rr.owner.wire,
                                 .owner_len = rr.owner.len,
                                 .type = rr.type,
                                 .ttl = rr.ttl,
                                 .rdata = x->rdata,
                                 .rdlen = (uint16_t)rdlen};
        if ((e = take_record(x, &r)) != RES_OK)
            return e;
    }
    return RES_OK;
}

/* The first message repeats the question, later ones need not (RFC 5936 §2.2.1). */
static enum result check_questions(struct xfrin *x, const uint8_t *msg, size_t len, size_t *at)
{
    struct name name;

    for (unsigned i = get_u16(msg + 4); i > 0; i--) {
        enum result r = name_from_message(&name, msg, len, at);

        if (r != RES_OK)
            return r;
        if (len - *at < 4)
            return RES_UNEXPECTEDEND;
        if (!name_equal(name.wire, x->ask.zone) || get_u16(msg + *at) != x->ask.type ||
            get_u16(msg + *at + 2) != x->ask.rrclass)
            return broken(x, "the answer is to another question");
        *at += 4;
    }
    return RES_OK;
}

static enum result check_header(struct xfrin *x, const uint8_t *msg, size_t len)
{
    uint16_t flags;

    if (len < MESSAGE_HEADER_LEN)
        return RES_UNEXPECTEDEND;
    flags = get_u16(msg + 2);
    if (get_u16(msg) != x->ask.id)
        return broken(x, "message id %u instead of %u", get_u16(msg), x->ask.id);
    if (!(flags & FLAG_QR) || (flags >> 11 & 15) != OPCODE_QUERY)
        return broken(x, "no response to a query");
    if ((x->rcode = flags & 15) != RCODE_NOERROR)
        return RES_FAILURE;
    if (flags & FLAG_TC)
        return x->ask.udp ? RES_TRUNCATED : broken(x, "truncated although sent by TCP");
    return RES_OK;
}

/* What the primary has left of its own EXPIRE stands in the OPT record. */
static enum result read_rest(struct xfrin *x, const uint8_t *msg, size_t len, size_t *at)
{
    unsigned count = get_u16(msg + 8) + get_u16(msg + 10);

    for (; count > 0; count--) {
        struct message_record rr;
        enum result r = message_read_record(&rr, msg, len, at);

        if (r != RES_OK)
            return r;
        if (rr.type == TYPE_OPT)
            x->has_expire = xfr_expire_option(&rr, msg, &x->expire_s);
    }
    return *at == len ? RES_OK : broken(x, "bytes after the last record");
}

/* A lone SOA that is newer says by UDP that the answer did not fit (RFC 1995 §4); by TCP the
 * rest is to come. */
static enum result judge(struct xfrin *x)
{
    if (x->state == XFRIN_DONE)
        return RES_NOMORE;
    if (x->ask.udp)
        return x->state == XFRIN_SECOND ? RES_TRUNCATED
                                        : broken(x, "the datagram ends before the transfer");
    return RES_OK;
}

enum result xfrin_message(struct xfrin *x, const uint8_t *msg, size_t len)
{
    size_t at = MESSAGE_HEADER_LEN;
    enum result r = check_header(x, msg, len);

    if (r != RES_OK)
        return r;
    x->messages++;
    x->bytes += len;
    if (x->messages == 1 && get_u16(msg + 4) > 1)
        return broken(x, "several questions");
    if (get_u16(msg + 6) == 0)
        return broken(x, "a message without records");
    if ((r = check_questions(x, msg, len, &at)) != RES_OK ||
        (r = read_answer(x, msg, len, &at, get_u16(msg + 6))) != RES_OK ||
        (r = read_rest(x, msg, len, &at)) != RES_OK)
        return r;
    return judge(x);
}
