/* Exchanges with a server of ours, which says what the test wants. */
#include "xfr/exchange.h"

#include <unistd.h>

#include "base/container.h"
#include "base/rcu.h"
#include "tests/unit/unit.h"

struct probe {
    struct exchange x;
    enum result result;
    bool ended;
    char got[16];
};

static struct net_loop loop;

static int server_socket(int type, union net_addr *a)
{
    socklen_t len = sizeof a->v4;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

    net_addr_parse(a, "127.0.0.1");
    CU_ASSERT_EQUAL_FATAL(bind(fd, &a->sa, net_addr_len(a)), 0);
    if (type == SOCK_STREAM)
        CU_ASSERT_EQUAL_FATAL(listen(fd, 5), 0);
    getsockname(fd, &a->sa, &len);
    return fd;
}

/* Only what begins with "ok" answers. */
static bool on_accept(struct exchange *x, const uint8_t *msg, size_t len)
{
    struct probe *p = CONTAINER_OF(x, struct probe, x);

    snprintf(p->got, sizeof p->got, "%.*s", (int)len, (const char *)msg);
    return len >= 2 && memcmp(msg, "ok", 2) == 0;
}

static void on_done(struct exchange *x, enum result r)
{
    struct probe *p = CONTAINER_OF(x, struct probe, x);

    p->ended = true;
    p->result = r;
}

static void begin(struct probe *p, const union net_addr *to, bool tcp, uint32_t wait_ms)
{
    memset(p, 0, sizeof *p);
    exchange_init(&p->x, &loop);
    p->x.to = *to;
    p->x.msg = (const uint8_t *)"question";
    p->x.len = 8;
    p->x.tcp = tcp;
    p->x.tries = 3;
    p->x.wait_ms = wait_ms;
    p->x.accept = on_accept;
    p->x.done = on_done;
    CU_ASSERT_EQUAL(exchange_start(&p->x), RES_OK);
}

/* Until it has ended, the server doing its part after each step. */
static void run(struct probe *p, void (*serve)(int fd), int fd)
{
    int64_t until = net_now_ms() + 5000;

    while (!p->ended && net_now_ms() < until) {
        if (serve != NULL)
            serve(fd);
        if (!p->ended)
            net_loop_step(&loop);
    }
    CU_ASSERT_TRUE(p->ended);
    CU_ASSERT_FALSE(p->x.is_running);
}

static int asked;

static void answer_third(int fd)
{
    union net_addr peer;
    socklen_t len = sizeof peer;
    char q[16];

    if (recvfrom(fd, q, sizeof q, 0, &peer.sa, &len) != 8)
        return;
    sendto(fd, "no", 2, 0, &peer.sa, len);      /* is ignored */
    if (++asked == 3)
        sendto(fd, "ok udp", 6, 0, &peer.sa, len);
}

static void test_udp_retries(void)
{
    union net_addr a;
    int fd = server_socket(SOCK_DGRAM, &a);
    struct probe p;

    asked = 0;
    begin(&p, &a, false, 20);
    run(&p, answer_third, fd);
    CU_ASSERT_EQUAL(p.result, RES_OK);
    CU_ASSERT_EQUAL(asked, 3);
    CU_ASSERT_STRING_EQUAL(p.got, "ok udp");
    close(fd);
}

static void test_udp_silence_and_refusal(void)
{
    union net_addr a;
    int fd = server_socket(SOCK_DGRAM, &a);
    struct probe p;

    begin(&p, &a, false, 5);
    run(&p, NULL, -1);
    CU_ASSERT_EQUAL(p.result, RES_TIMEDOUT);
    CU_ASSERT_EQUAL(p.x.sent, 3);
    close(fd);
    begin(&p, &a, false, 1000);
    run(&p, NULL, -1);
    CU_ASSERT_EQUAL(p.result, RES_CONNREFUSED);
}

static int client = -1;
static const char *reply;
static size_t reply_len, reply_at;

/* Accepts, waits for the question, answers a byte a step; then closes. */
static void serve_slowly(int fd)
{
    char q[16];

    if (client < 0) {
        client = accept(fd, NULL, NULL);
        return;
    }
    if (reply_at == 0 && recv(client, q, sizeof q, MSG_DONTWAIT) <= 0)
        return;
    if (reply_at < reply_len) {
        CU_ASSERT_EQUAL(send(client, reply + reply_at++, 1, MSG_NOSIGNAL), 1);
        return;
    }
    close(client);
    client = -1;
}

static void test_tcp(void)
{
    static const struct {
        const char *reply;
        size_t len;
        enum result result;
    } rows[] = {
        {"\0\6ok tcp", 8, RES_OK},
        {"\0\2no", 4, RES_FORMERR},
        {"\0\6ok", 4, RES_EOF},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        union net_addr a;
        int fd = server_socket(SOCK_STREAM, &a);
        struct probe p;

        reply = rows[i].reply;
        reply_len = rows[i].len;
        reply_at = 0;
        begin(&p, &a, true, 2000);
        run(&p, serve_slowly, fd);
        CU_ASSERT_EQUAL(p.result, rows[i].result);
        if (client >= 0)
            close(client);
        client = -1;
        close(fd);
    }
}

static void test_tcp_silence_and_refusal(void)
{
    union net_addr a;
    int fd = server_socket(SOCK_STREAM, &a);
    struct probe p;

    begin(&p, &a, true, 20);
    run(&p, NULL, -1);
    CU_ASSERT_EQUAL(p.result, RES_TIMEDOUT);
    close(fd);
    begin(&p, &a, true, 1000);
    run(&p, NULL, -1);
    CU_ASSERT_EQUAL(p.result, RES_CONNREFUSED);
}

static void test_stop(void)
{
    union net_addr a;
    int fd = server_socket(SOCK_STREAM, &a);
    struct probe p;

    begin(&p, &a, true, 1000);
    exchange_stop(&p.x);
    exchange_stop(&p.x);
    CU_ASSERT_FALSE(p.ended);
    CU_ASSERT_EQUAL(loop.timers.count, 0);
    close(fd);
}

static void with_loop(void (*test)(void))
{
    rcu_register_thread();
    CU_ASSERT_EQUAL_FATAL(net_loop_init(&loop), RES_OK);
    test();
    net_loop_free(&loop);
    rcu_unregister_thread();
}

#define WITH_LOOP(name)                                                                           \
    static void name##_on_loop(void)                                                              \
    {                                                                                             \
        with_loop(name);                                                                          \
    }
WITH_LOOP(test_udp_retries)
WITH_LOOP(test_udp_silence_and_refusal)
WITH_LOOP(test_tcp)
WITH_LOOP(test_tcp_silence_and_refusal)
WITH_LOOP(test_stop)

static const struct unit_test tests[] = {
    {"UDP is sent again until the answer comes", test_udp_retries_on_loop},
    {"UDP without an answer", test_udp_silence_and_refusal_on_loop},
    {"TCP in pieces, wrong, cut", test_tcp_on_loop},
    {"TCP without an answer", test_tcp_silence_and_refusal_on_loop},
    {"an exchange that is stopped", test_stop_on_loop},
};
UNIT_MAIN(tests)
