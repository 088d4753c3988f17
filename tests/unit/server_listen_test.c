/*
 * The interface manager on a network of its own: a namespace with a loopback and a
 * veth pair, whose addresses come and go by ip(8).  Answers are workers_echo.c's.
 */
#include "server/listen.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/rcu.h"
#include "tests/unit/acl_hand.h"
#include "tests/unit/unit.h"
#include "tests/unit/workers_echo.h"

enum { PORT = 5670, PATIENCE_MS = 5000 };

static struct answer_server *no_server;
static struct net_loop loop;
static struct workers *workers;
static struct listen *manager;
static struct conf_listener v4, v6;
static struct conf_snapshot conf;

static void run(const char *command)
{
    int status = system(command);
    if (status != 0)
        printf("# %s: status %d\n", command, status);
    CU_ASSERT_EQUAL(status, 0);
}

static void begin(const char *acl_v4, const char *acl_v6)
{
    v4 = (struct conf_listener){.port = PORT, .family = AF_INET, .acl = acl_hand(acl_v4)};
    v6 = (struct conf_listener){.port = PORT, .family = AF_INET6, .acl = acl_hand(acl_v6)};
    conf = (struct conf_snapshot){
        .listeners = &v4,
        .nlisteners = 1,
        .listeners_v6 = &v6,
        .nlisteners_v6 = 1,
        .reuseport = true,
        .automatic_interface_scan = true,
        .tcp_clients = 10,
        .tcp_listen_queue = 10,
        .tcp_initial_timeout_ms = 30000,
        .tcp_idle_timeout_ms = 30000,
        .tcp_keepalive_timeout_ms = 30000,
    };
    CU_ASSERT_EQUAL_FATAL(net_loop_init(&loop), RES_OK);
    workers = workers_start(2, &no_server);
    CU_ASSERT_PTR_NOT_NULL_FATAL(workers);
    manager = listen_new(&loop, workers, false, false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(manager);
    listen_configure(manager, &conf);
}

static void end(void)
{
    listen_free(manager);
    workers_end(workers);
    net_loop_free(&loop);
    free((void *)(uintptr_t)v4.acl);
    free((void *)(uintptr_t)v6.acl);
}

static bool ask_udp(const union net_addr *a)
{
    static const uint8_t query[20] = {1};
    uint8_t in[20] = {0};
    int fd = socket(a->sa.sa_family, SOCK_DGRAM, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool ok = connect(fd, &a->sa, net_addr_len(a)) == 0 &&
              send(fd, query, sizeof query, 0) == (ssize_t)sizeof query && poll(&p, 1, 500) == 1 &&
              recv(fd, in, sizeof in, 0) == (ssize_t)sizeof in && in[2] == 0x80;

    close(fd);
    return ok;
}

static bool ask_tcp(const union net_addr *a)
{
    static const uint8_t query[22] = {0, 20};
    uint8_t in[22] = {0};
    int fd = socket(a->sa.sa_family, SOCK_STREAM, 0);
    bool ok = connect(fd, &a->sa, net_addr_len(a)) == 0 &&
              send(fd, query, sizeof query, MSG_NOSIGNAL) == (ssize_t)sizeof query &&
              recv(fd, in, sizeof in, MSG_WAITALL) == (ssize_t)sizeof in;

    close(fd);
    return ok;
}

static union net_addr address(const char *host)
{
    union net_addr a;

    CU_ASSERT_EQUAL(net_addr_parse(&a, host), RES_OK);
    net_addr_set_port(&a, PORT);
    return a;
}

static bool serves(const char *host)
{
    union net_addr a = address(host);
    return ask_udp(&a) && ask_tcp(&a);
}

/* Gives the loop turns until `count` addresses are served. */
static bool settles_at(unsigned count)
{
    int64_t until = net_now_ms() + PATIENCE_MS;

    while (listen_count(manager) != count && net_now_ms() < until) {
        usleep(10 * 1000);
        net_loop_wake(&loop);
        net_loop_step(&loop);
    }
    if (listen_count(manager) != count)
        printf("# %u addresses instead of %u\n", listen_count(manager), count);
    return listen_count(manager) == count;
}

static void test_follows_v4(void)
{
    begin("any", "!any");
    CU_ASSERT_EQUAL(listen_count(manager), 1);
    CU_ASSERT_TRUE(serves("127.0.0.1"));
    run("ip addr add 192.0.2.1/24 dev v0");
    CU_ASSERT_TRUE(settles_at(2));
    CU_ASSERT_TRUE(serves("192.0.2.1"));
    run("ip addr add 192.0.2.2/24 dev v0 && ip addr add 198.51.100.1/32 dev lo");
    CU_ASSERT_TRUE(settles_at(4));
    CU_ASSERT_TRUE(serves("198.51.100.1"));
    run("ip -4 addr flush dev v0");
    CU_ASSERT_TRUE(settles_at(2));
    CU_ASSERT_TRUE(serves("127.0.0.1"));
    CU_ASSERT_TRUE(serves("198.51.100.1"));
    run("ip addr del 198.51.100.1/32 dev lo");
    CU_ASSERT_TRUE(settles_at(1));
    end();
}

/* Also an address that the kernel still checks for duplicates is served in the end. */
static void test_follows_v6(void)
{
    begin("!any", "2001:db8::/32");
    CU_ASSERT_EQUAL(listen_count(manager), 0);
    run("ip addr add 2001:db8::1/64 dev v0");
    CU_ASSERT_TRUE(settles_at(1));
    CU_ASSERT_TRUE(serves("2001:db8::1"));
    run("ip addr add 2001:db8::2/64 dev lo");
    CU_ASSERT_TRUE(settles_at(2));
    run("ip addr del 2001:db8::1/64 dev v0 && ip addr del 2001:db8::2/64 dev lo");
    CU_ASSERT_TRUE(settles_at(0));
    end();
}

static void test_link_local(void)
{
    begin("!any", "fe80::/10");
    CU_ASSERT_TRUE(settles_at(2));
    CU_ASSERT_TRUE(serves("fe80::aa%v0"));
    CU_ASSERT_TRUE(serves("fe80::bb%v1"));
    run("ip link set v0 down");
    CU_ASSERT_TRUE(settles_at(1));
    run("ip link set v0 up && ip addr add fe80::aa/64 dev v0 nodad");
    CU_ASSERT_TRUE(settles_at(2));
    CU_ASSERT_TRUE(serves("fe80::aa%v0"));
    end();
}

/* An address that another process holds is served as soon as it is given up. */
static void test_port_in_use(void)
{
    union net_addr a = address("127.0.0.1");
    int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);

    CU_ASSERT_EQUAL(bind(udp, &a.sa, net_addr_len(&a)), 0);
    CU_ASSERT_EQUAL(bind(tcp, &a.sa, net_addr_len(&a)), 0);
    CU_ASSERT_EQUAL(listen(tcp, 1), 0);
    begin("127.0.0.1", "!any");
    CU_ASSERT_EQUAL(listen_count(manager), 0);
    close(udp);
    CU_ASSERT_TRUE(settles_at(1));
    CU_ASSERT_TRUE(ask_udp(&a));        /* UDP serves although TCP does not yet */
    close(tcp);
    listen_scan(manager);
    CU_ASSERT_TRUE(serves("127.0.0.1"));
    end();
}

/* The inodes of our UDP sockets tell whether they are the same ones. */
static size_t udp_sockets(char *out, size_t room)
{
    FILE *f = popen("ss -Huane sport = :5670 | grep -o 'ino:[0-9]*' | sort", "r");
    size_t n = fread(out, 1, room - 1, f);

    out[n] = 0;
    pclose(f);
    return n;
}

static void test_reconfigured(void)
{
    char before[512], after[512];
    struct conf_snapshot other;
    struct conf_listener two[2];
    struct acl *more = acl_hand("127.0.0.2");

    begin("127.0.0.1", "!any");
    CU_ASSERT_TRUE(udp_sockets(before, sizeof before) > 0);
    listen_configure(manager, &conf);
    udp_sockets(after, sizeof after);
    CU_ASSERT_STRING_EQUAL(before, after);
    run("ip addr add 127.0.0.2/8 dev lo");
    other = conf;
    two[0] = v4;
    two[1] = (struct conf_listener){.port = PORT + 1, .family = AF_INET, .acl = more};
    other.listeners = two;
    other.nlisteners = 2;
    listen_configure(manager, &other);
    CU_ASSERT_EQUAL(listen_count(manager), 2);
    udp_sockets(after, sizeof after);
    CU_ASSERT_STRING_EQUAL(before, after);
    other.nlisteners = 0;
    listen_configure(manager, &other);
    CU_ASSERT_EQUAL(listen_count(manager), 0);
    listen_configure(manager, &conf);
    CU_ASSERT_TRUE(serves("127.0.0.1"));
    run("ip addr del 127.0.0.2/8 dev lo");
    end();
    free(more);
}

static bool has_network_of(const struct acl_env *env, unsigned bits)
{
    for (unsigned i = 0; i < env->nlocalnets; i++)
        if (env->localnets[i].bits == bits)
            return true;
    return false;
}

static void test_env_published(void)
{
    struct acl_env *const *slot;

    begin("127.0.0.1", "!any");
    slot = listen_acl_env(manager);
    CU_ASSERT_TRUE((*slot)->nlocalhost >= 1);
    CU_ASSERT_FALSE(has_network_of(*slot, 29));
    run("ip addr add 203.0.113.9/29 dev v1");
    for (int i = 0; i < 100 && !has_network_of(*slot, 29); i++) {
        usleep(20 * 1000);
        net_loop_wake(&loop);
        net_loop_step(&loop);
    }
    CU_ASSERT_TRUE(has_network_of(*slot, 29));
    run("ip addr del 203.0.113.9/29 dev v1");
    end();
}

static const struct unit_test tests[] = {
    {"IPv4 addresses come and go", test_follows_v4},
    {"IPv6 addresses come and go, after their duplicate check", test_follows_v6},
    {"link-local addresses with their scope; a link goes down and up", test_link_local},
    {"a port that another process has, and gives up", test_port_in_use},
    {"sockets that stay wanted are not touched", test_reconfigured},
    {"the host's networks are published", test_env_published},
};

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        ssize_t n = write(fd, text, strlen(text));
        (void)n;
        close(fd);
    }
}

/* A network of our own, with lo and two ends of a cable. */
static bool enter_namespace(void)
{
    char map[64];

    snprintf(map, sizeof map, "0 %u 1", (unsigned)getuid());
    if (unshare(CLONE_NEWNET) < 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
            return false;
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", map);
    }
    return system("export PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && "
                  "ip link add v0 type veth peer name v1 && "
                  "echo 1 >/proc/sys/net/ipv6/conf/v0/addr_gen_mode && "
                  "echo 1 >/proc/sys/net/ipv6/conf/v1/addr_gen_mode && "
                  "ip link set v0 up && ip link set v1 up && "
                  "ip addr add fe80::aa/64 dev v0 nodad && "
                  "ip addr add fe80::bb/64 dev v1 nodad") == 0;
}

int main(int argc, char **argv)
{
    int status;

    if (!enter_namespace()) {
        puts("skip - no network namespace, veth or ip(8) here");
        return 0;
    }
    rcu_register_thread();
    status = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    rcu_unregister_thread();
    return status;
}
