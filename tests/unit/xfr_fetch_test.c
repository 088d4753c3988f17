/*
 * Fetching a zone: a primary that is silent, slow, cut off, unsigned or away, and each bound of a
 * transfer in.  The primary is a thread of this test.
 */
#include "xfr/fetch.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rcu.h"
#include "dns/rrtype.h"
#include "net/loop.h"
#include "tests/unit/make_zone.h"

enum { SERIAL = 7, MESSAGE_ROOM = 2048 };

static const uint8_t origin[] = "\7example";
static const struct zone_options options;
static const struct conf_zone conf = {.name = origin, .options = &options, .rrclass = CLASS_IN,
                                      .type = ZONE_SECONDARY};
static const struct tsig_key key = {(const uint8_t *)"\1k", "k", TSIG_HMAC_SHA256, 0,
                                    (const uint8_t *)"secret", 6};

/* What the primary does with the request. */
enum manner {
    GOOD, SILENT, TRICKLES, TRICKLES_LATE, CLOSES, CLOSES_IN_THE_MIDDLE, REFUSES
};

struct primary {
    int listener;
    enum manner manner;
    union net_addr addr;
    pthread_t thread;
};

static void put_soa(struct writer *w)
{
    static const uint8_t rest[] = {0, 6, 0, 1, 0, 0, 1, 44, 0, 22, 0, 0};

    writer_bytes(w, origin, sizeof origin);
    writer_bytes(w, rest, sizeof rest);
    writer_u32(w, SERIAL);
    for (int i = 0; i < 4; i++)
        writer_u32(w, 100);
}

/* SOA, NS, SOA behind two bytes of length; the request's id and question. */
static size_t make_answer(const uint8_t *request, bool refused, uint8_t *out)
{
    static const uint8_t ns[] = {0, 2, 0, 1, 0, 0, 1, 44, 0, 4, 2, 'n', 's', 0};
    struct writer w = writer_of(out, MESSAGE_ROOM);

    writer_u16(&w, 0);
    writer_bytes(&w, request, 2);
    writer_u16(&w, (uint16_t)(FLAG_QR | FLAG_AA | (refused ? RCODE_REFUSED : 0)));
    writer_u16(&w, 1);
    writer_u16(&w, refused ? 0 : 3);
    writer_u32(&w, 0);
    writer_bytes(&w, request + MESSAGE_HEADER_LEN, sizeof origin + 4);
    if (!refused) {
        put_soa(&w);
        writer_bytes(&w, origin, sizeof origin);
        writer_bytes(&w, ns, sizeof ns);
        put_soa(&w);
    }
    put_u16(out, (uint16_t)(writer_len(&w) - 2));
    return writer_len(&w);
}

/* True when the other side has gone. */
static bool wait_gone(int fd, int ms)
{
    struct timeval limit = {ms / 1000, ms % 1000 * 1000};
    char byte;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return recv(fd, &byte, 1, 0) == 0;
}

static void trickle(int fd, const uint8_t *answer, size_t len)
{
    for (size_t i = 0; i < len && send(fd, answer + i, 1, MSG_NOSIGNAL) == 1; i++)
        if (wait_gone(fd, 100))
            return;
}

static void *primary_main(void *arg)
{
    struct primary *p = arg;
    uint8_t request[MESSAGE_ROOM], answer[MESSAGE_ROOM];
    int fd = accept(p->listener, NULL, NULL);
    size_t len;

    if (recv(fd, request, 2, MSG_WAITALL) == 2 &&
        recv(fd, request, get_u16(request), MSG_WAITALL) > 0) {
        len = make_answer(request, p->manner == REFUSES, answer);
        if (p->manner == SILENT)
            wait_gone(fd, 5000);
        else if (p->manner == TRICKLES || p->manner == TRICKLES_LATE)
            trickle(fd, answer, len);
        else if (p->manner == CLOSES_IN_THE_MIDDLE)
            send(fd, answer, len - 5, MSG_NOSIGNAL);
        else if (p->manner != CLOSES)
            send(fd, answer, len, MSG_NOSIGNAL);
    }
    close(fd);
    return NULL;
}

static void start(struct primary *p, enum manner manner)
{
    socklen_t len = sizeof p->addr.v4;

    p->manner = manner;
    net_addr_parse(&p->addr, "127.0.0.1");
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(p->listener, &p->addr.sa, net_addr_len(&p->addr)), 0);
    CU_ASSERT_EQUAL_FATAL(listen(p->listener, 1), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(p->listener, &p->addr.sa, &len), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&p->thread, NULL, primary_main, p), 0);
}

static struct fetch fetch_of(const struct primary *p, struct zone *z)
{
    return (struct fetch){.zone = z, .primary = p->addr, .cancel_fd = -1,
                          .limits = {.connect_ms = 5000, .total_s = 60, .idle_s = 60}};
}

/* Fetches in this manner; `f` has the limits, its zone and primary are set here. */
static enum result fetch_with(enum manner manner, struct fetch *f)
{
    struct zone *z = zone_new(&conf, "_default");
    struct fetch_limits limits = f->limits;
    struct primary p;
    enum result r;

    start(&p, manner);
    f->zone = z;
    f->primary = p.addr;
    f->limits = fetch_of(&p, z).limits;
    if (limits.total_s > 0)
        f->limits.total_s = limits.total_s;
    if (limits.idle_s > 0)
        f->limits.idle_s = limits.idle_s;
    f->limits.min_bytes = limits.min_bytes;
    f->limits.min_span_s = limits.min_span_s;
    rcu_register_thread();
    rcu_offline();
    r = fetch_run(f);
    rcu_unregister_thread();
    pthread_join(p.thread, NULL);
    close(p.listener);
    zone_free(z);
    return r;
}

static void test_outcomes(void)
{
    static const struct {
        enum manner manner;
        const struct tsig_key *key;
        struct fetch_limits limits;
        enum result result;
        const char *reason;
    } rows[] = {
        {GOOD, NULL, {0}, RES_OK, ""},
        {GOOD, &key, {0}, RES_EXPECTEDTSIG, "expected a TSIG or SIG(0)"},
        {REFUSES, NULL, {0}, RES_FAILURE, "REFUSED"},
        {CLOSES, NULL, {0}, RES_UNEXPECTEDEND, "unexpected end of input"},
        {CLOSES_IN_THE_MIDDLE, NULL, {0}, RES_UNEXPECTEDEND, "unexpected end of input"},
        {TRICKLES, NULL, {.idle_s = 1}, RES_OK, ""},       /* slow, but never idle for long */
        {SILENT, NULL, {.idle_s = 1}, RES_TIMEDOUT, "timed out"},
        {TRICKLES_LATE, NULL, {.total_s = 1}, RES_TIMEDOUT, "timed out"},
        {TRICKLES_LATE, NULL, {.min_bytes = 1000, .min_span_s = 1}, RES_TIMEDOUT,
         "fewer than 1000 bytes in 1 seconds (min-transfer-rate-in)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fetch f = {.key = rows[i].key, .limits = rows[i].limits, .cancel_fd = -1};
        enum result r = fetch_with(rows[i].manner, &f);

        if (r != rows[i].result || strcmp(f.reason, rows[i].reason) != 0)
            printf("row %zu: %s (%s)\n", i, result_text(r), f.reason);
        CU_ASSERT_EQUAL(r, rows[i].result);
        CU_ASSERT_STRING_EQUAL(f.reason, rows[i].reason);
        CU_ASSERT_EQUAL(f.contents != NULL, r == RES_OK);
        if (f.contents != NULL)
            CU_ASSERT_EQUAL(f.contents->serial, SERIAL);
        fetch_free(&f);
    }
}

/* A server that ends does not wait for its primaries. */
static void test_cancelled(void)
{
    struct fetch f = {.cancel_fd = eventfd(1, EFD_NONBLOCK)};

    CU_ASSERT_EQUAL(fetch_with(SILENT, &f), RES_CANCELED);
    fetch_free(&f);
    close(f.cancel_fd);
}

/* Nobody is there: the reason says that it was the connection. */
static void test_away(void)
{
    struct zone *z = zone_new(&conf, "_default");
    struct primary p;
    struct fetch f;

    start(&p, CLOSES);
    pthread_cancel(p.thread);
    pthread_join(p.thread, NULL);
    close(p.listener);
    f = fetch_of(&p, z);
    CU_ASSERT_EQUAL(fetch_run(&f), RES_CONNREFUSED);
    CU_ASSERT_STRING_EQUAL(f.reason, "connecting by TCP: connection refused");
    CU_ASSERT_FALSE(f.try_axfr);
    fetch_free(&f);
    zone_free(z);
}

static const struct unit_test tests[] = {
    {"what primaries do, and the bounds of a transfer", test_outcomes},
    {"a transfer that is cancelled", test_cancelled},
    {"a primary that is away", test_away},
};
UNIT_MAIN(tests)
