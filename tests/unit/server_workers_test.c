/* The workers over real sockets on 127.0.0.1, with the answers of workers_echo.c. */
#include "server/workers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/counters.h"
#include "server/worker_tcp.h"
#include "tests/unit/workers_echo.h"
#include "tests/unit/unit.h"

/* LATE_MS: how much later than planned things may happen on a busy machine. */
enum { WAIT_MS = 10000, LATE_MS = 4000, HEADER_LEN = 12 };

static struct answer_server *no_server;
static const struct net_socket_options share = {.share_port = true, .backlog = 128};

static struct workers *start(unsigned n)
{
    struct workers *ws = workers_start(n, &no_server);

    CU_ASSERT_PTR_NOT_NULL_FATAL(ws);
    return ws;
}

/* An address whose port nobody has, as the system says. */
static union net_addr free_address(const char *host)
{
    union net_addr a;
    socklen_t len = sizeof a;
    int fd;

    CU_ASSERT_EQUAL_FATAL(net_addr_parse(&a, host), RES_OK);
    fd = socket(a.sa.sa_family, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(fd, &a.sa, net_addr_len(&a)), 0);
    getsockname(fd, &a.sa, &len);
    close(fd);
    return a;
}

static union net_addr serve_tcp(struct workers *ws)
{
    union net_addr a = free_address("127.0.0.1");

    CU_ASSERT_EQUAL_FATAL(workers_listen_tcp(ws, &a, &share), RES_OK);
    return a;
}

static union net_addr serve_udp(struct workers *ws, const char *host)
{
    union net_addr a = free_address(host);

    CU_ASSERT_EQUAL_FATAL(workers_listen_udp(ws, &a, &share), RES_OK);
    return a;
}

static int client(const union net_addr *server, int type)
{
    int fd = socket(server->sa.sa_family, type | SOCK_CLOEXEC, 0);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(connect(fd, &server->sa, net_addr_len(server)), 0);
    return fd;
}

static bool readable(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, wait_ms) == 1;
}

/* Sends a datagram of `len` bytes; the length of the answer, 0: none. */
static size_t ask_udp(int fd, size_t len, int wait_ms)
{
    static uint8_t out[65536], in[65536];
    ssize_t n;

    memset(out, 'q', sizeof out);
    if (len > 2)
        out[2] = 0;
    if (send(fd, out, len, 0) != (ssize_t)len || !readable(fd, wait_ms))
        return 0;
    n = recv(fd, in, sizeof in, 0);
    CU_ASSERT_EQUAL(in[2], 0x80);
    CU_ASSERT_EQUAL(memcmp(in + 3, out + 3, (size_t)n - 3), 0);
    return (size_t)n;
}

static void check_udp_sizes(const union net_addr *a)
{
    static const size_t lens[] = {12, 13, 512, 1232, 4095, 4096};
    static const size_t cut[] = {4097, 9000, 65507}, dropped[] = {0, 1, 11};
    int fd = client(a, SOCK_DGRAM);

    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        CU_ASSERT_EQUAL(ask_udp(fd, dropped[i], 30), 0);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
        CU_ASSERT_EQUAL(ask_udp(fd, lens[i], WAIT_MS), lens[i]);
    /* Read whole; the answer has the room of a UDP response. */
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        CU_ASSERT_EQUAL(ask_udp(fd, cut[i], WAIT_MS), ANSWER_UDP_ROOM);
    close(fd);
}

static void test_udp_one_socket(void)
{
    struct workers *ws = start(1);
    union net_addr a = serve_udp(ws, "127.0.0.1");

    check_udp_sizes(&a);
    usleep(250 * 1000);         /* the worker goes from blocking receives to waiting */
    check_udp_sizes(&a);
    workers_end(ws);
}

static void test_udp_many_sockets(void)
{
    struct workers *ws = start(2);
    union net_addr a = serve_udp(ws, "127.0.0.1"), b = serve_udp(ws, "127.0.0.2"),
                   c = serve_udp(ws, "::1");

    check_udp_sizes(&a);
    check_udp_sizes(&b);
    check_udp_sizes(&c);
    workers_stop_listening(ws, &b);
    CU_ASSERT_TRUE(net_socket_is_free(&b, SOCK_DGRAM));
    check_udp_sizes(&c);
    workers_stop_listening(ws, &c);
    check_udp_sizes(&a);
    workers_end(ws);
    CU_ASSERT_TRUE(net_socket_is_free(&a, SOCK_DGRAM));
}

/* 50 clients with 100 requests each: every answer reaches who asked. */
static void test_udp_batches(void)
{
    enum { CLIENTS = 50, ROUNDS = 100 };
    struct workers *ws = start(2);
    union net_addr a = serve_udp(ws, "127.0.0.1");
    int fds[CLIENTS];
    unsigned wrong = 0;

    for (int i = 0; i < CLIENTS; i++)
        fds[i] = client(&a, SOCK_DGRAM);
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t msg[HEADER_LEN + 4] = {0};
        for (int i = 0; i < CLIENTS; i++) {
            put_u16(msg, (uint16_t)i);
            put_u32(msg + HEADER_LEN, (uint32_t)round);
            CU_ASSERT_EQUAL(send(fds[i], msg, sizeof msg, 0), (ssize_t)sizeof msg);
        }
        for (int i = 0; i < CLIENTS; i++)
            wrong += !readable(fds[i], WAIT_MS) ||
                     recv(fds[i], msg, sizeof msg, 0) != (ssize_t)sizeof msg ||
                     get_u16(msg) != i || get_u32(msg + HEADER_LEN) != (uint32_t)round;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    workers_end(ws);
}

/* Answers to such ports would loop for ever (BIND drops them too). */
static void test_udp_bad_ports(void)
{
    static const uint16_t bad[] = {7, 13, 19, 37};
    struct workers *ws = start(1);
    union net_addr a = serve_udp(ws, "127.0.0.1");

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        union net_addr from;
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        net_addr_parse(&from, "127.0.0.1");
        net_addr_set_port(&from, bad[i]);
        if (bind(fd, &from.sa, net_addr_len(&from)) == 0) {     /* needs privileges */
            CU_ASSERT_EQUAL(connect(fd, &a.sa, net_addr_len(&a)), 0);
            CU_ASSERT_EQUAL(ask_udp(fd, 20, 50), 0);
        }
        close(fd);
    }
    workers_end(ws);
}

static void test_address_in_use(void)
{
    struct workers *ws = start(1), *other = start(1);
    union net_addr u = serve_udp(ws, "127.0.0.1"), t = serve_tcp(ws), none;

    CU_ASSERT_EQUAL(workers_listen_udp(other, &u, &share), RES_ADDRINUSE);
    CU_ASSERT_EQUAL(workers_listen_tcp(other, &t, &share), RES_ADDRINUSE);
    net_addr_parse(&none, "192.0.2.1");
    net_addr_set_port(&none, 5670);
    CU_ASSERT_EQUAL(workers_listen_udp(other, &none, &share), RES_ADDRNOTAVAIL);
    workers_end(ws);
    CU_ASSERT_EQUAL(workers_listen_udp(other, &u, &share), RES_OK);
    CU_ASSERT_EQUAL(workers_listen_tcp(other, &t, &share), RES_OK);
    workers_end(other);
}

/* `reuseport no`: all workers share one socket. */
static void test_one_socket_for_all(void)
{
    struct net_socket_options alone = {.backlog = 10};
    struct workers *ws = start(2);
    union net_addr a = free_address("127.0.0.1");
    int fd;

    CU_ASSERT_EQUAL(workers_listen_udp(ws, &a, &alone), RES_OK);
    CU_ASSERT_EQUAL(workers_listen_tcp(ws, &a, &alone), RES_OK);
    check_udp_sizes(&a);
    fd = client(&a, SOCK_STREAM);
    CU_ASSERT_EQUAL(send(fd, "\0\14ab\0defghijkl", 14, 0), 14);
    CU_ASSERT_TRUE(readable(fd, WAIT_MS));
    close(fd);
    workers_end(ws);
}

/* Sends a framed request of `len` bytes whose first byte after the header is `what`. */
static bool send_tcp(int fd, size_t len, int what)
{
    uint8_t msg[2 + 512] = {0};

    put_u16(msg, (uint16_t)len);
    if (len > HEADER_LEN)
        msg[2 + HEADER_LEN] = (uint8_t)what;
    return send(fd, msg, 2 + len, MSG_NOSIGNAL) == (ssize_t)(2 + len);
}

static bool read_all(int fd, uint8_t *to, size_t len)
{
    while (len > 0) {
        ssize_t n = readable(fd, WAIT_MS) ? recv(fd, to, len, 0) : -1;
        if (n <= 0)
            return false;
        to += n;
        len -= (size_t)n;
    }
    return true;
}

/* The length of the next response, 0: none came in time, or the end. */
static size_t read_response(int fd)
{
    static uint8_t in[65535];
    uint8_t prefix[2];

    if (!read_all(fd, prefix, 2) || !read_all(fd, in, get_u16(prefix)))
        return 0;
    return get_u16(prefix);
}

static bool is_closed(int fd, int wait_ms)
{
    uint8_t byte;
    return readable(fd, wait_ms) && recv(fd, &byte, 1, 0) <= 0;
}

static void test_tcp_answers(void)
{
    struct workers *ws = start(2);
    union net_addr a = serve_tcp(ws);
    int fd = client(&a, SOCK_STREAM);

    for (int i = 0; i < 10; i++) {
        CU_ASSERT_TRUE(send_tcp(fd, 40, ECHO_SAME));
        CU_ASSERT_EQUAL(read_response(fd), 40);
    }
    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_LARGE));
    CU_ASSERT_TRUE(send_tcp(fd, 50, ECHO_SAME));
    CU_ASSERT_EQUAL(read_response(fd), 65535);
    CU_ASSERT_EQUAL(read_response(fd), 50);
    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_STREAM));
    CU_ASSERT_TRUE(send_tcp(fd, 30, ECHO_SAME));
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(read_response(fd), 60000);
    CU_ASSERT_EQUAL(read_response(fd), 30);
    CU_ASSERT_TRUE(is_closed(fd, WAIT_MS));
    close(fd);
    fd = client(&a, SOCK_STREAM);
    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_CLOSE));
    CU_ASSERT_TRUE(is_closed(fd, WAIT_MS));
    close(fd);
    workers_end(ws);
}

/* 10,000 requests before the first answer is read. */
static void test_tcp_pipeline(void)
{
    enum { REQUESTS = 10000, LEN = 30 };
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);
    int fd = client(&a, SOCK_STREAM);
    unsigned right = 0;

    for (int i = 0; i < REQUESTS; i++)
        CU_ASSERT_TRUE(send_tcp(fd, LEN, ECHO_SAME));
    for (int i = 0; i < REQUESTS; i++)
        right += read_response(fd) == LEN;
    CU_ASSERT_EQUAL(right, REQUESTS);
    close(fd);
    workers_end(ws);
}

static void test_tcp_clients_limit(void)
{
    enum { LIMIT = 5, CLIENTS = 12 };
    struct workers *ws = start(2);
    struct tcp_clients *tc = workers_tcp_clients(ws);
    union net_addr a = serve_tcp(ws);
    int fds[CLIENTS], answered = 0;

    tcp_clients_configure(tc, LIMIT, 30000, 30000, 30000);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = client(&a, SOCK_STREAM);
        CU_ASSERT_TRUE(send_tcp(fds[i], 20, ECHO_SAME));
    }
    for (int64_t end = net_now_ms() + WAIT_MS;
         tcp_clients_used(tc) < LIMIT && net_now_ms() < end;)
        usleep(10 * 1000);
    usleep(100 * 1000);
    for (int i = 0; i < CLIENTS; i++)
        answered += readable(fds[i], 0);
    CU_ASSERT_EQUAL(answered, LIMIT);
    CU_ASSERT_EQUAL(tcp_clients_used(tc), LIMIT);
    for (int done = 0; done < CLIENTS; done++) {    /* as they leave, the others come in */
        struct pollfd p[CLIENTS];
        int i = 0;
        for (int k = 0; k < CLIENTS; k++)
            p[k] = (struct pollfd){.fd = fds[k], .events = POLLIN};
        CU_ASSERT_FATAL(poll(p, CLIENTS, WAIT_MS) > 0);
        while (p[i].revents == 0)
            i++;
        CU_ASSERT_EQUAL(read_response(fds[i]), 20);
        close(fds[i]);
        fds[i] = -1;
    }
    CU_ASSERT_EQUAL(tcp_clients_high_water(tc), LIMIT);
    workers_end(ws);
}

/* How long until the server closes a connection on which `trickle` bytes go out one by
 * one every 20 ms. */
static int64_t time_until_closed(const union net_addr *a, int trickle, int first)
{
    int fd = client(a, SOCK_STREAM);
    int64_t from;

    if (first >= 0) {
        CU_ASSERT_TRUE(send_tcp(fd, 20, first));
        CU_ASSERT_EQUAL(read_response(fd), 20);
    }
    from = net_now_ms();
    while (trickle-- > 0 && !readable(fd, 20) && send(fd, "\1", 1, MSG_NOSIGNAL) == 1)
        continue;
    CU_ASSERT_TRUE(is_closed(fd, WAIT_MS));
    close(fd);
    return net_now_ms() - from;
}

/* A client sees its connection closed a moment before its place is free. */
static bool all_left(struct tcp_clients *tc)
{
    for (int i = 0; i < WAIT_MS && tcp_clients_used(tc) > 0; i++)
        usleep(1000);
    return tcp_clients_used(tc) == 0;
}

static void test_tcp_timeouts(void)
{
    static const struct {
        int first, trickle;
        int64_t from_ms;
    } rows[] = {
        {-1, 0, 480},               /* says nothing at all: initial */
        {-1, 1000, 480},            /* one byte now and then is nothing */
        {ECHO_SAME, 0, 780},        /* idle */
        {ECHO_SAME, 1000, 780},
        {ECHO_KEEP, 0, 1480},       /* keepalive */
    };
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);

    tcp_clients_configure(workers_tcp_clients(ws), 100, 500, 800, 1500);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = time_until_closed(&a, rows[i].trickle, rows[i].first);
        CU_ASSERT_TRUE(ms >= rows[i].from_ms && ms <= rows[i].from_ms + LATE_MS);
    }
    CU_ASSERT_TRUE(all_left(workers_tcp_clients(ws)));
    workers_end(ws);
}

/* Asks for much and reads nothing: cut off.  One that reads on gets all of it. */
static void test_tcp_slow_reader(void)
{
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);
    struct tcp_clients *tc = workers_tcp_clients(ws);
    int stuck, slow;

    tcp_clients_configure(tc, 100, 1000, 1000, 1000);
    stuck = client(&a, SOCK_STREAM);
    slow = client(&a, SOCK_STREAM);
    CU_ASSERT_TRUE(send_tcp(stuck, 20, ECHO_STREAM));
    CU_ASSERT_TRUE(send_tcp(stuck, 20, ECHO_STREAM));
    CU_ASSERT_TRUE(send_tcp(slow, 20, ECHO_STREAM));
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(read_response(slow), 60000);
        usleep(10 * 1000);
    }
    CU_ASSERT_TRUE(is_closed(slow, WAIT_MS));
    CU_ASSERT_TRUE(all_left(tc));
    close(stuck);
    close(slow);
    workers_end(ws);
}

/* A producer's own bounds go before those of the connection: a second in all, whatever is read;
 * a second of silence, but as long as it takes to who reads. */
static void test_tcp_producer_bounds(void)
{
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);
    struct tcp_clients *tc = workers_tcp_clients(ws);
    int total, silent, reading;
    unsigned came = 0;

    tcp_clients_configure(tc, 100, 60000, 60000, 60000);
    total = client(&a, SOCK_STREAM);
    silent = client(&a, SOCK_STREAM);
    reading = client(&a, SOCK_STREAM);
    CU_ASSERT_TRUE(send_tcp(total, 20, ECHO_TOTAL));
    CU_ASSERT_TRUE(send_tcp(silent, 20, ECHO_IDLE));
    CU_ASSERT_TRUE(send_tcp(reading, 20, ECHO_IDLE));
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(read_response(reading), 60000);
        came += came == (unsigned)i && i % 10 == 0 && read_response(total) == 60000;
        usleep(20 * 1000);
    }
    CU_ASSERT_TRUE(came < 100);
    CU_ASSERT_TRUE(send_tcp(reading, 20, ECHO_SAME));
    CU_ASSERT_TRUE(read_response(reading) > 0);
    close(reading);
    CU_ASSERT_TRUE(all_left(tc));       /* the other two were cut off */
    close(total);
    close(silent);
    workers_end(ws);
}

/* Connections that are reset before, during and after their requests. */
static void test_tcp_resets(void)
{
    static const struct linger reset = {.l_onoff = 1};
    struct workers *ws = start(2);
    union net_addr a = serve_tcp(ws);
    struct tcp_clients *tc = workers_tcp_clients(ws);

    for (int i = 0; i < 600; i++) {
        int fd = client(&a, SOCK_STREAM);
        if (i % 3 == 1)
            send_tcp(fd, 20, i % 2 ? ECHO_STREAM : ECHO_SAME);
        else if (i % 3 == 2)
            send(fd, "\0\50abc", 5, MSG_NOSIGNAL);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    CU_ASSERT_TRUE(all_left(tc));
    CU_ASSERT_TRUE(tcp_clients_high_water(tc) <= 150);
    workers_end(ws);
}

static double cpu_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Without descriptors nothing is accepted, nothing spins, and later all goes on. */
static void test_tcp_no_descriptors(void)
{
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);
    struct rlimit old, low;
    int fd = client(&a, SOCK_STREAM), late;
    double cpu;

    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_SAME));
    CU_ASSERT_EQUAL(read_response(fd), 20);
    late = socket(AF_INET, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = (rlim_t)late + 1;
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &low), 0);
    CU_ASSERT_EQUAL(connect(late, &a.sa, net_addr_len(&a)), 0);
    CU_ASSERT_TRUE(send_tcp(late, 25, ECHO_SAME));
    cpu = cpu_s();
    CU_ASSERT_FALSE(readable(late, 600));
    CU_ASSERT_TRUE(cpu_s() - cpu < 0.2);
    CU_ASSERT_TRUE(send_tcp(fd, 30, ECHO_SAME));
    CU_ASSERT_EQUAL(read_response(fd), 30);
    setrlimit(RLIMIT_NOFILE, &old);
    CU_ASSERT_EQUAL(read_response(late), 25);
    close(fd);
    close(late);
    workers_end(ws);
}

/* Listeners come and go while clients talk: those that are connected go on. */
static void test_tcp_listener_goes(void)
{
    struct workers *ws = start(2);
    union net_addr a = serve_tcp(ws);
    int fd = client(&a, SOCK_STREAM);

    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_SAME));
    CU_ASSERT_EQUAL(read_response(fd), 20);
    for (int i = 0; i < 20; i++) {
        workers_stop_listening(ws, &a);
        CU_ASSERT_EQUAL(workers_listen_tcp(ws, &a, &share), RES_OK);
    }
    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_SAME));
    CU_ASSERT_EQUAL(read_response(fd), 20);
    close(fd);
    workers_end(ws);
}

/* Another thread answers: meanwhile the connection has no time-out and the next request waits. */
static void test_tcp_handed(void)
{
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);
    struct echo_handed h;
    int fd;

    tcp_clients_configure(workers_tcp_clients(ws), 100, 300, 300, 300);
    fd = client(&a, SOCK_STREAM);
    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_HAND));
    CU_ASSERT_TRUE(send_tcp(fd, 30, ECHO_SAME));
    CU_ASSERT_TRUE_FATAL(echo_take_handed(&h, WAIT_MS));
    CU_ASSERT_FALSE(readable(fd, 600));
    CU_ASSERT_EQUAL(tcp_clients_used(workers_tcp_clients(ws)), 1);
    CU_ASSERT_EQUAL(worker_tcp_reply(&h.stream, h.msg, 17), RES_OK);
    CU_ASSERT_EQUAL(read_response(fd), 17);
    CU_ASSERT_EQUAL(read_response(fd), 30);
    CU_ASSERT_TRUE(is_closed(fd, WAIT_MS));     /* its time runs again */
    close(fd);
    workers_end(ws);
}

/* The client of a handed request leaves; its connection's memory may be another's when the
 * answer comes, which goes to nobody. */
static void test_tcp_handed_gone(void)
{
    static const struct linger reset = {.l_onoff = 1};
    struct workers *ws = start(1);
    union net_addr a = serve_tcp(ws);
    struct echo_handed gone, kept;
    int fd = client(&a, SOCK_STREAM), next;

    CU_ASSERT_TRUE(send_tcp(fd, 20, ECHO_HAND));
    CU_ASSERT_TRUE_FATAL(echo_take_handed(&gone, WAIT_MS));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    CU_ASSERT_EQUAL(worker_tcp_reply(&gone.stream, gone.msg, 20), RES_OK);
    CU_ASSERT_TRUE(all_left(workers_tcp_clients(ws)));
    next = client(&a, SOCK_STREAM);
    CU_ASSERT_TRUE(send_tcp(next, 25, ECHO_HAND));
    CU_ASSERT_TRUE_FATAL(echo_take_handed(&kept, WAIT_MS));
    CU_ASSERT_PTR_EQUAL(kept.stream.connection, gone.stream.connection);
    CU_ASSERT_EQUAL(worker_tcp_reply(&gone.stream, gone.msg, 20), RES_OK);
    CU_ASSERT_FALSE(readable(next, 100));
    CU_ASSERT_EQUAL(worker_tcp_reply(&kept.stream, NULL, 0), RES_OK);
    CU_ASSERT_TRUE(is_closed(next, WAIT_MS));
    close(next);
    CU_ASSERT_EQUAL(worker_tcp_reply(&gone.stream, gone.msg, 20), RES_OK);
    workers_end(ws);                            /* with an answer that nobody took */
}

/* Answers of another thread's leave from the address that was asked, as long as there is one. */
static void test_udp_handed(void)
{
    static const char *const hosts[] = {"127.0.0.1", "127.0.0.3"};
    struct workers *ws = start(2);
    struct udp_reply replies[2];
    struct echo_handed h[2];
    union net_addr a[2];
    uint8_t in[64];
    int fd[2];

    for (int i = 0; i < 2; i++) {
        a[i] = serve_udp(ws, hosts[i]);
        fd[i] = client(&a[i], SOCK_DGRAM);      /* hears that address only */
        CU_ASSERT_EQUAL(send(fd[i], "0123456789abHi", 14, 0), 14);
        CU_ASSERT_TRUE_FATAL(echo_take_handed(&h[i], WAIT_MS));
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2; i++)
            replies[i] = (struct udp_reply){&h[i].peer, &h[i].local, h[i].msg, h[i].len};
        udp_replies_send(workers_udp_replies(ws), replies, 2);
        CU_ASSERT_TRUE(readable(fd[0], WAIT_MS));
        CU_ASSERT_EQUAL(recv(fd[0], in, sizeof in, 0), 14);
        CU_ASSERT_EQUAL(readable(fd[1], round == 0 ? WAIT_MS : 50), round == 0);
        if (round == 0)
            CU_ASSERT_EQUAL(recv(fd[1], in, sizeof in, 0), 14);
        workers_stop_listening(ws, &a[1]);
    }
    close(fd[0]);
    close(fd[1]);
    workers_end(ws);
}

/* What all these tests did was counted, also by threads that are gone. */
static void test_counted(void)
{
    uint64_t v[COUNTERS];
    struct workers *ws = start(1);
    union net_addr a = serve_udp(ws, "127.0.0.1");

    check_udp_sizes(&a);
    workers_end(ws);
    counters_sum(v);
    CU_ASSERT_TRUE(v[COUNTER_UDP_TOO_SHORT] >= 3);
    CU_ASSERT_TRUE(v[COUNTER_REQUEST_V4] >= 9);
    CU_ASSERT_TRUE(v[COUNTER_RESPONSE] >= 9);
    CU_ASSERT_STRING_EQUAL(counter_name(COUNTER_REQUEST_V4), "Requestv4");
}

static const struct unit_test tests[] = {
    {"UDP: a worker with one socket answers all sizes, drops what is no request",
     test_udp_one_socket},
    {"UDP: sockets on several addresses come and go", test_udp_many_sockets},
    {"UDP: every answer reaches who asked", test_udp_batches},
    {"UDP: ports that answer anything are not answered", test_udp_bad_ports},
    {"an address that another process has is refused", test_address_in_use},
    {"one socket for all workers", test_one_socket_for_all},
    {"TCP: small, large, produced and no answers", test_tcp_answers},
    {"TCP: 10,000 requests at once", test_tcp_pipeline},
    {"TCP: tcp-clients holds, and who waits comes in", test_tcp_clients_limit},
    {"TCP: initial, idle and keepalive timeouts; slow writers", test_tcp_timeouts},
    {"TCP: slow readers", test_tcp_slow_reader},
    {"TCP: the bounds of a long response", test_tcp_producer_bounds},
    {"TCP: resets", test_tcp_resets},
    {"TCP: no descriptors left", test_tcp_no_descriptors},
    {"TCP: listeners go, connections stay", test_tcp_listener_goes},
    {"TCP: another thread's answer", test_tcp_handed},
    {"TCP: another thread's answer to who has left", test_tcp_handed_gone},
    {"UDP: another thread's answer", test_udp_handed},
    {"all is counted", test_counted},
};
UNIT_MAIN(tests)
