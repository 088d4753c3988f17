#include "net/stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/unit/unit.h"

/* A stream over a socket pair; `peer` is the client's end. */
struct pair {
    struct net_stream stream;
    int peer;
};

static struct net_scratch scratch;
static unsigned answers;
static size_t answer_len;           /* 0: the request's length */
static unsigned close_at;           /* answer number that closes; 0: none */
static unsigned messages_left, producer_ended;
static bool producer_complete, producer_fails;

static ssize_t test_more(struct net_producer *p, uint8_t *room)
{
    (void)p;
    if (producer_fails)
        return -1;
    if (messages_left == 0)
        return 0;
    put_u16(room, 50000);
    memset(room + 2, (int)messages_left--, 50000);
    return 50002;
}

static void test_end(struct net_producer *p, enum result why)
{
    (void)p;
    producer_ended++;
    producer_complete = why == RES_OK;
}

static struct net_producer test_producer = {.more = test_more, .end = test_end};

static size_t test_answer(void *arg, const uint8_t *msg, size_t len, uint8_t *resp,
                          struct net_producer **producer)
{
    size_t n = answer_len ? answer_len : len;

    (void)arg;
    answers++;
    if (answers == close_at)
        return 0;
    if (len > 0 && msg[0] == 'P') {
        *producer = &test_producer;
        return 0;
    }
    if (len > 0 && msg[0] == 'W')
        return NET_STREAM_PENDING;
    memset(resp, 'a', n);
    memcpy(resp, msg, len < n ? len : n);
    return n;
}

static void open_pair(struct pair *p)
{
    int fds[2];

    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    net_stream_init(&p->stream, fds[0]);
    p->peer = fds[1];
    answers = close_at = 0;
    answer_len = 0;
    producer_ended = 0;
    producer_fails = producer_complete = false;
}

static void close_pair(struct pair *p)
{
    net_stream_free(&p->stream);
    close(p->stream.fd);
    if (p->peer >= 0)
        close(p->peer);
}

static enum net_stream_want pump(struct pair *p)
{
    return net_stream_pump(&p->stream, &scratch, test_answer, NULL);
}

static size_t drain(struct pair *p, uint8_t *out, size_t room)
{
    size_t len = 0;
    ssize_t n;

    while (len < room && (n = read(p->peer, out + len, room - len)) > 0)
        len += (size_t)n;
    return len;
}

/* Three messages: of 20, 0x0102 and 1 bytes, framed. */
static size_t make_three(uint8_t *out)
{
    static const uint16_t lens[] = {20, 0x0102, 1};
    size_t at = 0;

    for (unsigned i = 0; i < 3; i++) {
        put_u16(out + at, lens[i]);
        memset(out + at + 2, 'b' + (int)i, lens[i]);
        at += 2 + (size_t)lens[i];
    }
    return at;
}

static void test_split_everywhere(void)
{
    uint8_t in[1024], out[1024];
    size_t len = make_three(in);

    for (size_t cut = 0; cut <= len; cut++) {
        struct pair p;
        open_pair(&p);
        if (cut > 0) {
            CU_ASSERT_EQUAL(write(p.peer, in, cut), (ssize_t)cut);
            CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
        }
        if (cut < len) {
            CU_ASSERT_EQUAL(write(p.peer, in + cut, len - cut), (ssize_t)(len - cut));
            CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
        }
        CU_ASSERT_EQUAL(answers, 3);
        CU_ASSERT_EQUAL(drain(&p, out, sizeof out), len);
        CU_ASSERT_EQUAL(memcmp(in, out, len), 0);
        CU_ASSERT_PTR_NULL(p.stream.in);
        CU_ASSERT_PTR_NULL(p.stream.out);
        close_pair(&p);
    }
}

static void test_byte_by_byte(void)
{
    uint8_t in[1024], out[1024];
    size_t len = make_three(in), got = 0;
    struct pair p;

    open_pair(&p);
    for (size_t i = 0; i < len; i++) {
        CU_ASSERT_EQUAL(write(p.peer, in + i, 1), 1);
        CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
        got += drain(&p, out + got, sizeof out - got);
    }
    CU_ASSERT_EQUAL(answers, 3);
    CU_ASSERT_EQUAL(got, len);
    CU_ASSERT_EQUAL(memcmp(in, out, len), 0);
    close_pair(&p);
}

/* The longest message there is, and a short one behind it. */
static void test_longest(void)
{
    static uint8_t in[NET_FRAME_MAX + 5], out[sizeof in];
    size_t sent = 0, got = 0;
    struct pair p;

    open_pair(&p);
    put_u16(in, NET_MESSAGE_MAX);
    memset(in + 2, 'm', NET_MESSAGE_MAX);
    put_u16(in + NET_FRAME_MAX, 3);
    for (int round = 0; round < 1000 && got < sizeof in; round++) {
        ssize_t n = sent < sizeof in ? write(p.peer, in + sent, sizeof in - sent) : 0;
        sent += n > 0 ? (size_t)n : 0;
        CU_ASSERT_NOT_EQUAL(pump(&p), NET_STREAM_LOST);
        got += drain(&p, out + got, sizeof out - got);
    }
    CU_ASSERT_EQUAL(got, sizeof in);
    CU_ASSERT_EQUAL(answers, 2);
    CU_ASSERT_EQUAL(memcmp(in, out, sizeof in), 0);
    close_pair(&p);
}

/* A client that asks and asks and reads nothing: what is held for it stays small, it is
 * not answered further, and nothing is lost when it reads at last. */
static void test_back_pressure(void)
{
    enum { QUERIES = 4000, LEN = 5000 };
    static uint8_t query[2 + 30], out[1 << 20];
    unsigned sent = 0, blocked_at = 0;
    size_t got = 0;
    struct pair p;

    open_pair(&p);
    answer_len = LEN;
    put_u16(query, 30);
    for (unsigned round = 0; round < QUERIES; round++) {
        sent += sent < QUERIES && write(p.peer, query, sizeof query) == (ssize_t)sizeof query;
        CU_ASSERT_NOT_EQUAL(pump(&p), NET_STREAM_LOST);
        CU_ASSERT_TRUE(p.stream.out_len <= sizeof scratch.out);
        CU_ASSERT_TRUE(p.stream.in_len <= sizeof scratch.in);
    }
    blocked_at = answers;
    CU_ASSERT_TRUE(blocked_at < sent / 2);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_ROOM);
    CU_ASSERT_EQUAL(answers, blocked_at);
    for (unsigned round = 0; round < 100000 && got < (size_t)sent * (2 + LEN); round++) {
        got += drain(&p, out, sizeof out);
        pump(&p);
    }
    CU_ASSERT_EQUAL(got, (size_t)sent * (2 + LEN));
    CU_ASSERT_EQUAL(answers, sent);
    CU_ASSERT_PTR_NULL(p.stream.out);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
    close_pair(&p);
}

static void test_half_closed(void)
{
    uint8_t in[1024], out[1024];
    size_t len = make_three(in);
    struct pair p;

    open_pair(&p);
    CU_ASSERT_EQUAL(write(p.peer, in, len), (ssize_t)len);
    shutdown(p.peer, SHUT_WR);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_END);
    CU_ASSERT_EQUAL(drain(&p, out, sizeof out), len);
    close_pair(&p);
}

/* The client has closed its half while more answers wait than the socket takes. */
static void test_half_closed_slow(void)
{
    enum { QUERIES = 100 };
    static uint8_t query[2 + 12], out[1 << 20];
    enum net_stream_want want = NET_STREAM_INPUT;
    size_t got = 0;
    struct pair p;

    open_pair(&p);
    answer_len = 60000;
    put_u16(query, 12);
    for (int i = 0; i < QUERIES; i++)
        CU_ASSERT_EQUAL(write(p.peer, query, sizeof query), (ssize_t)sizeof query);
    shutdown(p.peer, SHUT_WR);
    for (int round = 0; round < 10000 && want != NET_STREAM_END; round++) {
        want = pump(&p);
        CU_ASSERT_NOT_EQUAL_FATAL(want, NET_STREAM_LOST);
        got += drain(&p, out, sizeof out);
    }
    CU_ASSERT_EQUAL(want, NET_STREAM_END);
    CU_ASSERT_EQUAL(got, (size_t)QUERIES * 60002);
    close_pair(&p);
}

static void test_answer_closes(void)
{
    uint8_t in[1024], out[1024];
    size_t len = make_three(in);
    struct pair p;

    open_pair(&p);
    close_at = 2;
    CU_ASSERT_EQUAL(write(p.peer, in, len), (ssize_t)len);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_END);
    CU_ASSERT_EQUAL(answers, 2);
    CU_ASSERT_EQUAL(drain(&p, out, sizeof out), 22);
    close_pair(&p);
}

static void test_peer_gone(void)
{
    uint8_t in[1024];
    size_t len = make_three(in);
    struct pair p;

    open_pair(&p);
    CU_ASSERT_EQUAL(write(p.peer, in, len), (ssize_t)len);
    close(p.peer);
    p.peer = -1;
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_LOST);
    close_pair(&p);
}

static void test_produces(void)
{
    static uint8_t out[1 << 20];
    static const uint8_t query[] = {0, 1, 'P', 0, 1, 'q'};
    size_t got = 0;
    struct pair p;

    open_pair(&p);
    messages_left = 200;
    CU_ASSERT_EQUAL(write(p.peer, query, sizeof query), (ssize_t)sizeof query);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_ROOM);
    CU_ASSERT_TRUE(messages_left > 150);
    CU_ASSERT_EQUAL(answers, 1);
    for (int round = 0; round < 10000 && got < 200 * 50002 + 3; round++) {
        got += drain(&p, out, sizeof out);
        CU_ASSERT_NOT_EQUAL_FATAL(pump(&p), NET_STREAM_LOST);
    }
    CU_ASSERT_EQUAL(got, 200 * 50002 + 3);
    CU_ASSERT_EQUAL(answers, 2);
    CU_ASSERT_EQUAL(producer_ended, 1);
    CU_ASSERT_TRUE(producer_complete);
    close_pair(&p);
}

static void test_producer_ends_early(void)
{
    static const uint8_t query[] = {0, 1, 'P'};
    struct pair p;

    open_pair(&p);
    messages_left = 200;
    CU_ASSERT_EQUAL(write(p.peer, query, sizeof query), (ssize_t)sizeof query);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_ROOM);
    close_pair(&p);
    CU_ASSERT_EQUAL(producer_ended, 1);
    CU_ASSERT_FALSE(producer_complete);

    open_pair(&p);
    producer_fails = true;
    CU_ASSERT_EQUAL(write(p.peer, query, sizeof query), (ssize_t)sizeof query);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_LOST);
    close_pair(&p);
    CU_ASSERT_EQUAL(producer_ended, 1);
}

/* A message whose answer comes later: what was answered before goes out, what comes after
 * waits, and the order stays. */
static void test_pending(void)
{
    static const uint8_t in[] = {0, 1, 'a', 0, 1, 'W', 0, 2, 'b', 'c'};
    uint8_t out[64];
    struct pair p;

    open_pair(&p);
    CU_ASSERT_EQUAL(write(p.peer, in, sizeof in), (ssize_t)sizeof in);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_REPLY);
    CU_ASSERT_EQUAL(answers, 2);
    CU_ASSERT_EQUAL(drain(&p, out, sizeof out), 3);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_REPLY);
    CU_ASSERT_EQUAL(answers, 2);
    CU_ASSERT_EQUAL(net_stream_reply(&p.stream, (const uint8_t *)"xyz", 3), RES_OK);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
    CU_ASSERT_EQUAL(answers, 3);
    CU_ASSERT_EQUAL(drain(&p, out, sizeof out), 9);
    CU_ASSERT_EQUAL(memcmp(out, "\0\3xyz\0\2bc", 9), 0);
    close_pair(&p);
}

/* A peer that reads slowly has bytes waiting when the answer comes: it goes behind them. */
static void test_pending_behind_unsent(void)
{
    static const uint8_t in[] = {0, 1, 'a', 0, 1, 'W'};
    static uint8_t out[1 << 20];
    size_t got = 0;
    struct pair p;

    open_pair(&p);
    answer_len = 60000;
    setsockopt(p.stream.fd, SOL_SOCKET, SO_SNDBUF, &(int){4096}, sizeof(int));
    CU_ASSERT_EQUAL(write(p.peer, in, sizeof in), (ssize_t)sizeof in);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_ROOM);
    CU_ASSERT_TRUE_FATAL(p.stream.pending);
    CU_ASSERT_EQUAL(net_stream_reply(&p.stream, (const uint8_t *)"z", 1), RES_OK);
    for (int round = 0; round < 1000 && got < 60002 + 3; round++) {
        CU_ASSERT_NOT_EQUAL(pump(&p), NET_STREAM_LOST);
        got += drain(&p, out + got, sizeof out - got);
    }
    CU_ASSERT_EQUAL(got, 60002 + 3);
    CU_ASSERT_EQUAL(memcmp(out + 60002, "\0\1z", 3), 0);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_INPUT);
    close_pair(&p);
}

/* Nothing to say: the connection ends behind what was said before.  And a client that is gone
 * is noticed when its answer comes. */
static void test_pending_ends(void)
{
    static const uint8_t in[] = {0, 1, 'a', 0, 1, 'W', 0, 1, 'b'};
    uint8_t out[64];
    struct pair p;

    open_pair(&p);
    CU_ASSERT_EQUAL(write(p.peer, in, sizeof in), (ssize_t)sizeof in);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_REPLY);
    CU_ASSERT_EQUAL(net_stream_reply(&p.stream, NULL, 0), RES_OK);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_END);
    CU_ASSERT_EQUAL(drain(&p, out, sizeof out), 3);
    close_pair(&p);

    open_pair(&p);
    CU_ASSERT_EQUAL(write(p.peer, in + 3, 3), 3);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_REPLY);
    close(p.peer);
    p.peer = -1;
    CU_ASSERT_EQUAL(net_stream_reply(&p.stream, (const uint8_t *)"z", 1), RES_OK);
    CU_ASSERT_EQUAL(pump(&p), NET_STREAM_LOST);
    close_pair(&p);
}

static const struct unit_test tests[] = {
    {"a pending answer keeps its place", test_pending},
    {"a pending answer goes behind what is unsent", test_pending_behind_unsent},
    {"a pending answer that never comes, or for nobody", test_pending_ends},
    {"messages cut in two at every byte are answered the same", test_split_everywhere},
    {"messages that come byte by byte", test_byte_by_byte},
    {"the longest message and a short one behind it", test_longest},
    {"a client that does not read is held up, and loses nothing", test_back_pressure},
    {"a client that closed its half gets its answers", test_half_closed},
    {"also when it reads slowly", test_half_closed_slow},
    {"no answer closes after the answers before", test_answer_closes},
    {"a client that is gone", test_peer_gone},
    {"a producer is asked as the socket takes its messages", test_produces},
    {"a producer ends when the stream goes, or it gives up", test_producer_ends_early},
};
UNIT_MAIN(tests)
