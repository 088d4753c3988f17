#include "xfr/fetch.h"

#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "dns/rrtype.h"
#include "net/dial.h"
#include "net/loop.h"
#include "xfr/request.h"
#include "zone/build.h"

/* One attempt on one connection. */
struct attempt {
    struct fetch *f;
    struct zone_builder *builder;       /* of a whole zone */
    struct tsig_session session;
    int64_t span_began_ms;              /* min-transfer-rate-in: the span at hand … */
    uint64_t span_bytes;                /* … and what had come before it */
    struct xfrin in;
    struct net_dial_reader reader;
};

static void say(const struct fetch *f, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct fetch *f, int level, const char *fmt, ...)
{
    char zone[ZONE_TEXT], addr[NET_ADDR_TEXT], text[512];
    va_list ap;

    if (!log_wants(LOGC_XFER_IN, level))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    log_write(LOGC_XFER_IN, level, "transfer of '%s' from %s: %s", zone_text(f->zone, zone),
              net_addr_format(&f->primary, addr), text);
}

/* --- what the stream gives --- */

static void take_problem(void *arg, const struct zone_build_problem *p)
{
    struct fetch *f = arg;
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];

    if (f->reason[0] != '\0')
        return;
    name_to_text(p->owner, owner, NAME_OMIT_FINAL_DOT);
    snprintf(f->reason, sizeof f->reason, "%.150s/%s: %s", owner, rrtype_text(p->type, type),
             result_text(p->result));
}

static enum result take_whole_zone(void *arg, uint32_t serial)
{
    struct attempt *a = arg;
    struct zone_build_options opt = {
        .origin = a->f->zone->name,
        .rrclass = a->f->zone->rrclass,
        .max_records_per_type = a->f->limits.max_records_per_type,
        .max_types_per_name = a->f->limits.max_types_per_name,
        .problem = take_problem,
        .arg = a->f,
    };

    (void)serial;
    if (a->f->have != NULL)
        say(a->f, 3, "got nonincremental response");
    if (a->builder == NULL && (a->builder = zone_builder_new()) == NULL)
        return RES_NOMEM;
    return zone_builder_start(a->builder, &opt);
}

static enum result take_difference(void *arg, uint32_t from, uint32_t to)
{
    struct fetch *f = ((struct attempt *)arg)->f;

    (void)from;
    (void)to;
    if (!ARRAY_ROOM(f->diffs, f->ndiffs, f->diffs_room))
        return RES_NOMEM;
    diff_init(&f->diffs[f->ndiffs++]);
    return RES_OK;
}

static enum result take_record(void *arg, const struct diff_record *r)
{
    struct attempt *a = arg;

    if (a->in.kind == XFRIN_IXFR)
        return diff_append(&a->f->diffs[a->f->ndiffs - 1], r);
    return zone_builder_add(a->builder, r->owner, r->owner_len, r->type, r->ttl, r->rdata,
                            r->rdlen, 0, "");
}

static enum result take_difference_end(void *arg, uint32_t to)
{
    (void)arg;
    (void)to;
    return RES_OK;
}

/* --- the conversation --- */

/* How long to wait for the next bytes: to the end of the idle time, of all the time, or of the
 * span in which enough must come. */
static struct net_wait wait_of(const struct attempt *a)
{
    const struct fetch_limits *l = &a->f->limits;
    int64_t end = a->reader.last_ms + (int64_t)l->idle_s * 1000;
    int64_t last = a->f->started_ms + (int64_t)l->total_s * 1000;
    int64_t span = a->span_began_ms + (int64_t)l->min_span_s * 1000;

    end = end < last ? end : last;
    if (l->min_span_s > 0 && span < end)
        end = span;
    return (struct net_wait){end, a->f->cancel_fd};
}

/* At the end of a span: did enough come in it? */
static bool is_too_slow(struct attempt *a)
{
    const struct fetch_limits *l = &a->f->limits;
    int64_t now = net_now_ms();

    if (l->min_span_s == 0 || now - a->span_began_ms < (int64_t)l->min_span_s * 1000)
        return false;
    if (a->reader.bytes - a->span_bytes < l->min_bytes)
        return true;
    a->span_began_ms = now;
    a->span_bytes = a->reader.bytes;
    return false;
}

static enum result read_message(struct attempt *a, const uint8_t **msg, size_t *len)
{
    for (;;) {
        struct net_wait wait = wait_of(a);
        enum result r = net_dial_read_message(&a->reader, msg, len, &wait);

        if (r != RES_OK && r != RES_TIMEDOUT)
            return r;
        if (is_too_slow(a)) {
            snprintf(a->f->reason, sizeof a->f->reason,
                     "fewer than %llu bytes in %u seconds (min-transfer-rate-in)",
                     (unsigned long long)a->f->limits.min_bytes, a->f->limits.min_span_s);
            return RES_TIMEDOUT;
        }
        if (r == RES_OK || wait_of(a).deadline_ms <= net_now_ms())
            return r;       /* a part of a message has come, or only a span has ended: go on */
    }
}

static enum result send_request(struct attempt *a, int fd)
{
    struct xfr_request q = {.zone = a->f->zone->name,
                            .rrclass = a->f->zone->rrclass,
                            .type = a->f->have != NULL ? TYPE_IXFR : TYPE_AXFR,
                            .have = a->f->have,
                            .key = a->f->key};
    struct xfrin_request ask = {.zone = q.zone,
                                .rrclass = q.rrclass,
                                .type = q.type,
                                .serial = a->f->have != NULL ? a->f->have->serial : 0,
                                .max_records = a->f->limits.max_records};
    const struct xfrin_sink sink = {take_whole_zone, take_difference, take_record,
                                    take_difference_end, a};
    struct net_wait wait = wait_of(a);
    uint8_t msg[XFR_REQUEST_ROOM];
    size_t len;

    if (getrandom(&q.id, sizeof q.id, 0) != sizeof q.id)
        return RES_NORESOURCES;
    ask.id = q.id;
    xfrin_begin(&a->in, &ask, &sink);
    len = xfr_request_write(msg, &q, &a->session, (uint64_t)time(NULL));
    return len == 0 ? RES_NOSPACE : net_dial_write_message(fd, msg, len, &wait);
}

/* An answer that is an error names the error; the reason says more where there is more. */
static enum result explain(struct attempt *a, enum result r)
{
    char rcode[RRTYPE_TEXT];

    if (r == RES_FAILURE && a->in.rcode != RCODE_NOERROR) {
        snprintf(a->f->reason, sizeof a->f->reason, "%s", rcode_text(a->in.rcode, rcode));
    } else if (a->in.problem[0] != '\0') {
        snprintf(a->f->reason, sizeof a->f->reason, "%s: %s", a->in.problem, result_text(r));
    } else if (r == RES_TSIGERRORSET) {
        snprintf(a->f->reason, sizeof a->f->reason, "%s (%s)", result_text(r),
                 tsig_error_text(a->session.error, rcode));
    }
    return r;
}

static enum result receive(struct attempt *a)
{
    enum result r;

    do {
        const uint8_t *msg;
        size_t len;

        if ((r = read_message(a, &msg, &len)) != RES_OK)
            return r == RES_EOF ? RES_UNEXPECTEDEND : r;
        if (a->f->key != NULL &&
            (r = tsig_verify_response(&a->session, msg, len, (uint64_t)time(NULL))) != RES_OK)
            return explain(a, r);
        r = xfrin_message(&a->in, msg, len);
    } while (r == RES_OK);
    if (r != RES_NOMORE)
        return explain(a, r);
    return a->f->key != NULL && a->session.unsigned_run > 0 ? RES_EXPECTEDTSIG : RES_OK;
}

static enum result finish(struct attempt *a)
{
    struct fetch *f = a->f;
    enum result r = RES_OK;

    f->kind = a->in.kind;
    f->serial = a->in.end_serial;
    f->has_expire = a->in.has_expire;
    f->expire_s = a->in.expire_s;
    if (f->kind == XFRIN_AXFR)
        r = zone_builder_finish(a->builder, &f->contents);
    if (f->kind == XFRIN_UP_TO_DATE && f->serial != f->have->serial) {
        snprintf(f->reason, sizeof f->reason, "requested serial %u, primary has %u, not updating",
                 f->have->serial, f->serial);
        r = RES_BADZONE;
    }
    return r;
}

static void log_connected(const struct attempt *a, int fd)
{
    union net_addr local = {.sa.sa_family = AF_UNSPEC};
    socklen_t len = sizeof local;
    char addr[NET_ADDR_TEXT];
    const struct tsig_key *key = a->f->key;

    getsockname(fd, &local.sa, &len);
    say(a->f, LVL_INFO, "connected using %s%s%s", net_addr_format(&local, addr),
        key != NULL ? " TSIG " : "", key != NULL ? key->name_text : "");
}

/* What went wrong with a difference may go well with the whole zone, unless time was all that
 * was missing. */
static void fail_receiving(struct attempt *a, enum result r)
{
    struct fetch *f = a->f;

    f->try_axfr = f->have != NULL && r != RES_TIMEDOUT && r != RES_CANCELED && r != RES_NOMEM &&
                  f->kind != XFRIN_UP_TO_DATE;
    if (f->reason[0] == '\0')
        snprintf(f->reason, sizeof f->reason, "%s", result_text(r));
    say(f, LVL_ERROR, "failed while receiving responses: %s", f->reason);
}

/* A primary that is gone without a word is found out within a minute, not after
 * max-transfer-idle-in: until then nobody else would be asked. */
static void watch_peer(int fd)
{
    int one = 1, idle_s = 15, gap_s = 5, probes = 6, unacked_ms = 45000;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &gap_s, sizeof gap_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof unacked_ms);
}

static enum result converse(struct attempt *a)
{
    struct fetch *f = a->f;
    struct net_wait wait = {net_now_ms() + f->limits.connect_ms, f->cancel_fd};
    enum result r;
    int fd;

    if ((r = net_dial(&fd, SOCK_STREAM, &f->primary, &f->source, &wait)) != RES_OK) {
        say(f, LVL_ERROR, "failed to connect: %s", result_text(r));
        snprintf(f->reason, sizeof f->reason, "connecting by TCP: %s", result_text(r));
        return r;
    }
    __atomic_store_n(&f->connected, true, __ATOMIC_RELAXED);
    watch_peer(fd);
    log_connected(a, fd);
    net_dial_reader_init(&a->reader, fd);
    if ((r = send_request(a, fd)) != RES_OK)
        say(f, LVL_ERROR, "failed sending request data: %s", result_text(r));
    else if ((r = receive(a)) != RES_OK || (r = finish(a)) != RES_OK)
        fail_receiving(a, r);
    f->messages = a->in.messages;
    f->records = a->in.records;
    f->bytes = a->in.bytes;
    close(fd);
    return r;
}

enum result fetch_run(struct fetch *f)
{
    struct attempt *a = calloc(1, sizeof *a);
    enum result r;

    f->started_ms = net_now_ms();
    __atomic_store_n(&f->connected, false, __ATOMIC_RELAXED);
    if (a == NULL)
        return RES_NOMEM;
    a->f = f;
    a->span_began_ms = f->started_ms;
    r = converse(a);
    if (r != RES_OK && f->reason[0] == '\0')
        snprintf(f->reason, sizeof f->reason, "%s", result_text(r));
    zone_builder_free(a->builder);
    free(a);
    return r;
}

void fetch_log_end(const struct fetch *f, enum result status)
{
    int64_t ms = net_now_ms() - f->started_ms;
    char expire[48] = "";

    if (status == RES_OK && f->kind == XFRIN_UP_TO_DATE)
        status = RES_UPTODATE;
    if (f->has_expire)
        snprintf(expire, sizeof expire, ", expire option %u", f->expire_s);
    say(f, LVL_INFO, "Transfer status: %s", result_text(status));
    say(f, LVL_INFO,
        "Transfer completed: %llu messages, %llu records, %llu bytes, %lld.%03d secs "
        "(%llu bytes/sec) (serial %u%s)",
        (unsigned long long)f->messages, (unsigned long long)f->records,
        (unsigned long long)f->bytes, (long long)ms / 1000, (int)(ms % 1000),
        (unsigned long long)(f->bytes * 1000 / (uint64_t)(ms > 0 ? ms : 1)), f->serial, expire);
}

void fetch_free(struct fetch *f)
{
    contents_free(f->contents);
    for (unsigned i = 0; i < f->ndiffs; i++)
        diff_free(&f->diffs[i]);
    free(f->diffs);
    f->contents = NULL;
    f->diffs = NULL;
    f->ndiffs = f->diffs_room = 0;
}
