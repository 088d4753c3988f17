/* Conversations of a thread that waits: with a socket of ours on the other side. */
#include "net/dial.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "net/loop.h"
#include "tests/unit/unit.h"

static const struct net_wait never = {0, -1};

static struct net_wait soon(void)
{
    return (struct net_wait){net_now_ms() + 2000, -1};
}

/* A listener on a free port of 127.0.0.1. */
static int listener(union net_addr *a)
{
    socklen_t len = sizeof a->v4;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    net_addr_parse(a, "127.0.0.1");
    CU_ASSERT_EQUAL_FATAL(bind(fd, &a->sa, net_addr_len(a)), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 5), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, &a->sa, &len), 0);
    return fd;
}

/* Both ends of a connection. */
static void connect_pair(int *here, int *there)
{
    struct net_wait wait = soon();
    union net_addr a;
    int fd = listener(&a);

    CU_ASSERT_EQUAL_FATAL(net_dial(here, SOCK_STREAM, &a, NULL, &wait), RES_OK);
    *there = accept(fd, NULL, NULL);
    close(fd);
}

static void test_refused(void)
{
    struct net_wait wait = soon();
    union net_addr a;
    int fd = listener(&a);

    close(fd);
    CU_ASSERT_EQUAL(net_dial(&fd, SOCK_STREAM, &a, NULL, &wait), RES_CONNREFUSED);
    CU_ASSERT_EQUAL(fd, -1);
}

/* The source address is used, and one that is not ours is refused. */
static void test_source(void)
{
    struct net_wait wait = soon();
    union net_addr a, from, seen;
    socklen_t len = sizeof seen;
    int fd = listener(&a), here, there;

    net_addr_parse(&from, "127.0.0.9");
    CU_ASSERT_EQUAL_FATAL(net_dial(&here, SOCK_STREAM, &a, &from, &wait), RES_OK);
    there = accept(fd, &seen.sa, &len);
    CU_ASSERT_EQUAL(seen.v4.sin_addr.s_addr, from.v4.sin_addr.s_addr);
    close(here);
    close(there);
    net_addr_parse(&from, "192.0.2.1");
    CU_ASSERT_EQUAL(net_dial(&here, SOCK_STREAM, &a, &from, &wait), RES_ADDRNOTAVAIL);
    close(fd);
}

static void test_messages(void)
{
    static struct net_dial_reader r;
    struct net_wait wait = soon();
    const uint8_t *msg;
    size_t len;
    int here, there;

    connect_pair(&here, &there);
    net_dial_reader_init(&r, here);
    CU_ASSERT_EQUAL(write(there, "\0\3abc\0\0\0\1", 9), 9);
    CU_ASSERT_EQUAL(net_dial_read_message(&r, &msg, &len, &wait), RES_OK);
    CU_ASSERT_TRUE(len == 3 && memcmp(msg, "abc", 3) == 0);
    CU_ASSERT_EQUAL(net_dial_read_message(&r, &msg, &len, &wait), RES_OK);
    CU_ASSERT_EQUAL(len, 0);
    CU_ASSERT_EQUAL(write(there, "x", 1), 1);
    CU_ASSERT_EQUAL(net_dial_read_message(&r, &msg, &len, &wait), RES_OK);
    CU_ASSERT_TRUE(len == 1 && *msg == 'x');
    CU_ASSERT_EQUAL(r.bytes, 10);
    CU_ASSERT_EQUAL(net_dial_write_message(here, (const uint8_t *)"hi", 2, &wait), RES_OK);
    close(there);
    CU_ASSERT_EQUAL(net_dial_read_message(&r, &msg, &len, &wait), RES_CONNRESET);
    close(here);
}

static void test_ends(void)
{
    static struct net_dial_reader r;
    struct net_wait wait = soon();
    const uint8_t *msg;
    size_t len;
    int here, there;

    connect_pair(&here, &there);
    net_dial_reader_init(&r, here);
    close(there);
    CU_ASSERT_EQUAL(net_dial_read_message(&r, &msg, &len, &wait), RES_EOF);
    close(here);
    connect_pair(&here, &there);
    net_dial_reader_init(&r, here);
    CU_ASSERT_EQUAL(write(there, "\0\5ab", 4), 4);
    close(there);
    CU_ASSERT_EQUAL(net_dial_read_message(&r, &msg, &len, &wait), RES_UNEXPECTEDEND);
    close(here);
}

static void test_deadline_and_cancel(void)
{
    struct net_wait wait = soon();
    uint8_t data[4];
    size_t len;
    int here, there;

    connect_pair(&here, &there);
    CU_ASSERT_EQUAL(net_dial_read(here, data, sizeof data, &len, &never), RES_TIMEDOUT);
    wait.cancel_fd = eventfd(1, 0);
    CU_ASSERT_EQUAL(net_dial_read(here, data, sizeof data, &len, &wait), RES_CANCELED);
    close(wait.cancel_fd);
    close(here);
    close(there);
}

/* A peer that takes nothing: writing ends at the deadline. */
static void test_stuck_writer(void)
{
    static const uint8_t much[8 << 20];
    struct net_wait wait = {net_now_ms() + 50, -1};
    int here, there;

    connect_pair(&here, &there);
    CU_ASSERT_EQUAL(net_dial_write(here, much, sizeof much, &wait), RES_TIMEDOUT);
    close(here);
    close(there);
}

static const struct unit_test tests[] = {
    {"a refused connection", test_refused},
    {"the source address", test_source},
    {"messages in pieces and together", test_messages},
    {"the end between messages and within one", test_ends},
    {"deadline and cancellation", test_deadline_and_cancel},
    {"a peer that takes nothing", test_stuck_writer},
};
UNIT_MAIN(tests)
