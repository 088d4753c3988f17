/*
 * kzload PORT SECONDS WINDOW FILE [tcp]: asks 127.0.0.1 the queries of FILE as fast as it answers.
 *
 * FILE holds messages, each behind its length in two bytes (bench/zones.py writes it).  WINDOW
 * queries are under way over 8 UDP sockets or TCP connections.  The id of a query is its slot:
 * a reply frees it, and a slot that waits longer than a second counts as lost.  One thread that
 * only sends and receives, so that one core outruns the servers.  The result is one line:
 * "SENT ANSWERED LOST SECONDS BYTES-ANSWERED NXDOMAINS".
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 8, BATCH = 64, REPLY_LEN = 4096, SLOTS = 4096, STREAM_LEN = 1 << 18 };

struct channel {
    int fd;
    unsigned nfree;             /* slots[0 … nfree): ready to be asked with */
    uint16_t slots[SLOTS];
    uint64_t asked_ms[SLOTS];   /* 0: nothing under way in the slot */
    uint8_t in[STREAM_LEN], out[STREAM_LEN]; /* TCP: what is half read, half written */
    size_t in_len, out_len;
};

static struct channel channels[SOCKETS];
static const uint8_t *queries, *queries_end, *next_query;
static uint64_t sent, answered, lost, bytes, nxdomains;

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void map_queries(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < 14) {
        err(1, "%s", path);
    }
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (p == MAP_FAILED) {
        err(1, "%s", path);
    }
    queries = next_query = p;
    queries_end = queries + st.st_size;
}

static void open_channel(struct channel *c, uint16_t port, bool tcp, unsigned window)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int size = 4 << 20, on = 1;

    c->fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) {
        err(1, "127.0.0.1 port %u", port);
    }
    if (tcp) {
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    } else {
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    for (c->nfree = 0; c->nfree < window; c->nfree++) {
        c->slots[c->nfree] = (uint16_t)c->nfree;
    }
}

/* Copies the next query with a free slot as its id to `out`; returns its length. */
static size_t take_query(struct channel *c, uint8_t *out, uint64_t ms)
{
    size_t len = (size_t)next_query[0] << 8 | next_query[1];
    uint16_t slot = c->slots[--c->nfree];

    memcpy(out, next_query + 2, len);
    out[0] = (uint8_t)(slot >> 8);
    out[1] = (uint8_t)slot;
    c->asked_ms[slot] = ms;
    next_query += len + 2;
    if (next_query >= queries_end) {
        next_query = queries;
    }
    sent++;
    return len;
}

static void note_reply(struct channel *c, const uint8_t *reply, size_t len)
{
    uint16_t slot = (uint16_t)(reply[0] << 8 | reply[1]);

    if (len < 12 || slot >= SLOTS || c->asked_ms[slot] == 0) {
        return; /* a late one */
    }
    c->asked_ms[slot] = 0;
    c->slots[c->nfree++] = slot;
    answered++;
    bytes += len;
    nxdomains += (reply[3] & 15) == 3;
}

static void expire_slots(struct channel *c, uint64_t ms)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (c->asked_ms[slot] != 0 && ms - c->asked_ms[slot] > 1000) {
            c->asked_ms[slot] = 0;
            c->slots[c->nfree++] = (uint16_t)slot;
            lost++;
        }
    }
}

static bool receive_udp(struct channel *c)
{
    static uint8_t packets[BATCH][REPLY_LEN];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];

    for (unsigned i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){packets[i], REPLY_LEN};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int n = recvmmsg(c->fd, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        note_reply(c, packets[i], messages[i].msg_len);
    }
    return n > 0;
}

static bool send_udp(struct channel *c, uint64_t ms)
{
    static uint8_t packets[BATCH][512];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    unsigned count = 0;

    for (; count < BATCH && c->nfree > 0; count++) {
        parts[count] = (struct iovec){packets[count], take_query(c, packets[count], ms)};
        messages[count].msg_hdr = (struct msghdr){.msg_iov = &parts[count], .msg_iovlen = 1};
    }
    /* What the kernel does not take now is lost, and found so by expire_slots(). */
    return count > 0 && sendmmsg(c->fd, messages, count, 0) > 0;
}

static bool receive_tcp(struct channel *c)
{
    ssize_t n = recv(c->fd, c->in + c->in_len, STREAM_LEN - c->in_len, MSG_DONTWAIT);
    size_t at = 0;

    if (n <= 0) {
        return false;
    }
    c->in_len += (size_t)n;
    while (c->in_len - at >= 2) {
        size_t len = (size_t)c->in[at] << 8 | c->in[at + 1];
        if (c->in_len - at < len + 2) {
            break;
        }
        note_reply(c, c->in + at + 2, len);
        at += len + 2;
    }
    memmove(c->in, c->in + at, c->in_len - at);
    c->in_len -= at;
    return true;
}

static bool send_tcp(struct channel *c, uint64_t ms)
{
    while (c->nfree > 0 && c->out_len + 514 < STREAM_LEN) {
        size_t len = take_query(c, c->out + c->out_len + 2, ms);
        c->out[c->out_len] = (uint8_t)(len >> 8);
        c->out[c->out_len + 1] = (uint8_t)len;
        c->out_len += len + 2;
    }
    ssize_t n = c->out_len > 0 ? send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (n <= 0) {
        return false;
    }
    memmove(c->out, c->out + n, c->out_len - (size_t)n);
    c->out_len -= (size_t)n;
    return true;
}

static void wait_for_replies(void)
{
    struct pollfd fds[SOCKETS];
    for (unsigned i = 0; i < SOCKETS; i++) {
        fds[i] = (struct pollfd){.fd = channels[i].fd, .events = POLLIN};
    }
    poll(fds, SOCKETS, 5);
}

static void run_until(uint64_t end_ms, bool tcp)
{
    uint64_t ms = now_ms(), sweep_ms = ms;

    while (ms < end_ms) {
        bool moved = false;
        for (struct channel *c = channels; c < channels + SOCKETS; c++) {
            moved |= tcp ? receive_tcp(c) : receive_udp(c);
            moved |= tcp ? send_tcp(c, ms) : send_udp(c, ms);
        }
        if (!moved) {
            wait_for_replies();
        }
        ms = now_ms();
        for (unsigned i = 0; ms - sweep_ms > 100 && i < SOCKETS; i++) {
            expire_slots(&channels[i], ms);
        }
        sweep_ms = ms - sweep_ms > 100 ? ms : sweep_ms;
    }
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        errx(2, "usage: kzload PORT SECONDS WINDOW FILE [tcp]");
    }
    bool tcp = argc > 5 && strcmp(argv[5], "tcp") == 0;
    unsigned window = (unsigned)atoi(argv[3]) / SOCKETS;
    if (window < 1 || window > SLOTS) {
        errx(2, "a window from %d to %d", SOCKETS, SOCKETS * SLOTS);
    }
    map_queries(argv[4]);
    for (unsigned i = 0; i < SOCKETS; i++) {
        open_channel(&channels[i], (uint16_t)atoi(argv[1]), tcp, window);
    }
    uint64_t start_ms = now_ms();
    run_until(start_ms + (uint64_t)(atof(argv[2]) * 1000), tcp);
    printf("%lu %lu %lu %.3f %lu %lu\n", sent, answered, lost,
           (double)(now_ms() - start_ms) / 1000, bytes, nxdomains);
    return 0;
}
