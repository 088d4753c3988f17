/*
 * A transfer as a primary may send it: messages behind two bytes of length, after a byte that
 * says what was asked.  The sink checks that what it is given keeps to the order of a zone or
 * of differences that follow each other.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "fuzz/fuzz.h"
#include "xfr/in_stream.h"

enum { OURS = 5 };

static const uint8_t zone[] = "\7example";
static struct xfrin x;
static bool whole, in_difference;
static uint32_t reached;

static enum result on_whole(void *arg, uint32_t serial)
{
    (void)arg;
    (void)serial;
    must(!whole && !in_difference && reached == OURS);
    whole = true;
    return RES_OK;
}

static enum result on_difference(void *arg, uint32_t from, uint32_t to)
{
    (void)arg;
    (void)to;
    must(!whole && !in_difference && from == reached);
    in_difference = true;
    return RES_OK;
}

static enum result on_record(void *arg, const struct diff_record *r)
{
    (void)arg;
    must(whole || in_difference);
    must(name_is_below(r->owner, zone, NULL) && name_length(r->owner) == r->owner_len);
    must(rdata_check(r->type, CLASS_IN, r->rdata, r->rdlen) == RES_OK);
    return RES_OK;
}

static enum result on_end(void *arg, uint32_t to)
{
    (void)arg;
    must(in_difference);
    in_difference = false;
    reached = to;
    return RES_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct xfrin_sink sink = {on_whole, on_difference, on_record, on_end, NULL};
    struct xfrin_request ask = {.zone = zone, .rrclass = CLASS_IN, .id = 0x1234, .serial = OURS,
                                .max_records = 1000};
    enum result r = RES_OK;

    if (len < 1)
        return 0;
    ask.type = data[0] & 1 ? TYPE_IXFR : TYPE_AXFR;
    ask.udp = (data[0] & 2) != 0;
    data++;
    len--;
    whole = in_difference = false;
    reached = OURS;
    xfrin_begin(&x, &ask, &sink);
    while (r == RES_OK && len >= 2) {
        size_t n = get_u16(data);

        n = n <= len - 2 ? n : len - 2;
        r = xfrin_message(&x, data + 2, n);
        data += 2 + n;
        len -= 2 + n;
    }
    if (r == RES_NOMORE)
        must(x.kind == XFRIN_UP_TO_DATE || (x.kind == XFRIN_AXFR ? whole : !in_difference));
    return 0;
}
