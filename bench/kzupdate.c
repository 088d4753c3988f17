/*
 * kzupdate [-s] [-p PREFIX] [-n FROM] [-c COUNT] [-r RATE] PORT ZONE CLIENTS SECONDS: dynamic
 * updates to 127.0.0.1, each client with one under way.
 *
 * Every update adds an A record at a new name, PREFIX and a number, the first of them FROM.
 * With -s a client sets a pair instead: it replaces the TXT records of PREFIX<client>a and
 * PREFIX<client>b by its next number, all in one message.  RATE bounds the updates per second of
 * all clients, COUNT how many there are.
 *
 * Ends after SECONDS, when COUNT are acknowledged, or by SIGTERM; answers that have come by then
 * still count.  The last line is "ACKNOWLEDGED REFUSED LOST SECONDS MEDIAN-MS P99-MS".  With -s
 * there is a line per client before it, "CLIENT ACKNOWLEDGED SENT LOST": the number that was
 * acknowledged last, the one that was sent last, and how many got no answer; SENT is above
 * ACKNOWLEDGED when the last was refused, or is still under way, which "?" behind it says.
 */
#include <arpa/inet.h>
#include <err.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MESSAGE_LEN = 1024, EVENTS = 64, LOST_MS = 3000,
    TYPE_A = 1, TYPE_SOA = 6, TYPE_TXT = 16, CLASS_IN = 1, CLASS_ANY = 255, UPDATE = 5
};

struct client {
    int fd;
    uint16_t id;
    bool waits;                     /* an update is under way */
    double sent_ms;
    unsigned long number, acknowledged, lost;
};

struct message {
    uint8_t bytes[MESSAGE_LEN], *at;
};

static const char *prefix = "u", *zone;
static bool pairs;
static unsigned long next_number, acknowledged, refused, lost;
static unsigned long sent, most = ULONG_MAX;
static double rate, started_ms;
static float *latencies_ms;
static size_t latencies, latency_room;
static volatile sig_atomic_t stop;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void put_u16(struct message *m, unsigned v)
{
    *m->at++ = (uint8_t)(v >> 8);
    *m->at++ = (uint8_t)v;
}

static void put_name(struct message *m, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, ".");
        if (n > 63 || m->at + n + 40 > m->bytes + sizeof m->bytes) {
            errx(2, "a name is too long");
        }
        if (n > 0) {
            *m->at++ = (uint8_t)n;
            memcpy(m->at, text, n);
            m->at += n;
        }
        text += n + (text[n] == '.');
    }
    *m->at++ = 0;
}

/* A record's fixed part; its RDATA follows. */
static void put_record(struct message *m, const char *name, unsigned type, unsigned rrclass,
                       unsigned ttl, unsigned rdlen)
{
    put_name(m, name);
    put_u16(m, type);
    put_u16(m, rrclass);
    put_u16(m, 0);
    put_u16(m, ttl);
    put_u16(m, rdlen);
}

static void put_head(struct message *m, uint16_t id, unsigned updates)
{
    m->at = m->bytes;
    put_u16(m, id);
    put_u16(m, UPDATE << 11);
    put_u16(m, 1);
    put_u16(m, 0);
    put_u16(m, updates);
    put_u16(m, 0);
    put_name(m, zone);
    put_u16(m, TYPE_SOA);
    put_u16(m, CLASS_IN);
}

static void put_address(struct message *m, unsigned long number)
{
    char name[300];

    snprintf(name, sizeof name, "%s%lu.%s", prefix, number, zone);
    put_record(m, name, TYPE_A, CLASS_IN, 300, 4);
    *m->at++ = 10;
    *m->at++ = (uint8_t)(number >> 16);
    put_u16(m, number & 0xffff);
}

/* Replaces the TXT record of one of a client's two names. */
static void put_text(struct message *m, unsigned client, char which, unsigned long number)
{
    char name[300], text[32];
    size_t len = (size_t)snprintf(text, sizeof text, "%lu", number);

    snprintf(name, sizeof name, "%s%u%c.%s", prefix, client, which, zone);
    put_record(m, name, TYPE_TXT, CLASS_ANY, 0, 0);
    put_record(m, name, TYPE_TXT, CLASS_IN, 300, (unsigned)len + 1);
    *m->at++ = (uint8_t)len;
    memcpy(m->at, text, len);
    m->at += len;
}

static void send_update(struct client *c, unsigned index)
{
    struct message m;

    c->number = pairs ? c->number + 1 : next_number++;
    c->id++;
    if (pairs) {
        put_head(&m, c->id, 4);
        put_text(&m, index, 'a', c->number);
        put_text(&m, index, 'b', c->number);
    } else {
        put_head(&m, c->id, 1);
        put_address(&m, c->number);
    }
    c->waits = true;
    sent++;
    c->sent_ms = now_ms();
    if (send(c->fd, m.bytes, (size_t)(m.at - m.bytes), 0) < 0) {
        usleep(1000);       /* nobody listens: it counts as lost in a while */
    }
}

static void note_latency(double ms)
{
    if (latencies == latency_room) {
        latency_room = latency_room ? 2 * latency_room : 1 << 16;
        latencies_ms = realloc(latencies_ms, latency_room * sizeof *latencies_ms);
        if (latencies_ms == NULL) {
            err(1, "latencies");
        }
    }
    latencies_ms[latencies++] = (float)ms;
}

/* Takes the answer that waits; false: there was none to what is under way. */
static bool take_answer(struct client *c)
{
    uint8_t answer[MESSAGE_LEN];
    ssize_t len = recv(c->fd, answer, sizeof answer, MSG_DONTWAIT);

    if (len < 12 || !c->waits || (answer[0] << 8 | answer[1]) != c->id) {
        return false;
    }
    c->waits = false;
    if ((answer[3] & 15) != 0) {
        refused++;
        return true;
    }
    c->acknowledged = c->number;
    acknowledged++;
    note_latency(now_ms() - c->sent_ms);
    return true;
}

/* May one more go out now? */
static bool is_due(double ms)
{
    return sent - refused - lost < most &&
           (rate <= 0 ||
            (double)(acknowledged + refused + lost) < rate * (ms - started_ms) / 1e3);
}

/* Sends for whoever has nothing under way, and gives up what has waited for too long. */
static void send_all(struct client *clients, unsigned n)
{
    double ms = now_ms();

    for (unsigned i = 0; i < n && !stop; i++) {
        struct client *c = &clients[i];
        if (c->waits && ms - c->sent_ms > LOST_MS) {
            c->waits = false;
            c->lost++;
            lost++;
        }
        if (!c->waits && is_due(ms)) {
            send_update(c, i);
        }
    }
}

static void open_client(struct client *c, uint16_t port, int poller, unsigned index)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = index};

    c->fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e) < 0) {
        err(1, "127.0.0.1 port %u", port);
    }
}

static void run(struct client *clients, unsigned n, int poller, double seconds)
{
    double end_ms = started_ms + 1e3 * seconds, look_ms = 0;

    while (!stop && acknowledged < most && now_ms() < end_ms) {
        struct epoll_event ready[EVENTS];
        int k = epoll_wait(poller, ready, EVENTS, rate > 0 ? 1 : 20);
        for (int i = 0; i < k; i++) {
            unsigned index = ready[i].data.u32;
            if (take_answer(&clients[index]) && is_due(now_ms())) {
                send_update(&clients[index], index);
            }
        }
        if (rate > 0 || now_ms() > look_ms + 50) {
            look_ms = now_ms();
            send_all(clients, n);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        while (clients[i].waits && take_answer(&clients[i])) {
            continue;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(const struct client *clients, unsigned n)
{
    double seconds = (now_ms() - started_ms) / 1e3;

    for (unsigned i = 0; pairs && i < n; i++) {
        printf("%u %lu %lu%s %lu\n", i, clients[i].acknowledged, clients[i].number,
               clients[i].waits ? "?" : "", clients[i].lost);
    }
    if (latencies > 0) {
        qsort(latencies_ms, latencies, sizeof *latencies_ms, by_size);
    }
    printf("%lu %lu %lu %.3f %.3f %.3f\n", acknowledged, refused, lost, seconds,
           latencies ? (double)latencies_ms[latencies / 2] : 0,
           latencies ? (double)latencies_ms[latencies * 99 / 100] : 0);
}

static void ask_to_stop(int signal)
{
    (void)signal;
    stop = 1;
}

static void usage(void)
{
    fprintf(stderr, "usage: kzupdate [-s] [-p PREFIX] [-n FROM] [-c COUNT] [-r RATE] PORT ZONE "
                    "CLIENTS SECONDS\n");
    exit(2);
}

int main(int argc, char **argv)
{
    struct client *clients;
    unsigned n;
    int opt, poller = epoll_create1(0);

    while ((opt = getopt(argc, argv, "sp:n:c:r:")) != -1) {
        if (opt == 's') {
            pairs = true;
        } else if (opt == 'p') {
            prefix = optarg;
        } else if (opt == 'n') {
            next_number = strtoul(optarg, NULL, 10);
        } else if (opt == 'c') {
            most = strtoul(optarg, NULL, 10);
        } else if (opt == 'r') {
            rate = strtod(optarg, NULL);
        } else {
            usage();
        }
    }
    if (argc - optind != 4) {
        usage();
    }
    zone = argv[optind + 1];
    n = (unsigned)strtoul(argv[optind + 2], NULL, 10);
    clients = calloc(n + 1, sizeof *clients);
    if (clients == NULL || poller < 0) {
        err(1, "start");
    }
    signal(SIGTERM, ask_to_stop);
    for (unsigned i = 0; i < n; i++) {
        open_client(&clients[i], (uint16_t)strtoul(argv[optind], NULL, 10), poller, i);
        clients[i].number = clients[i].acknowledged = next_number;
    }
    started_ms = now_ms();
    send_all(clients, n);
    run(clients, n, poller, strtod(argv[optind + 3], NULL));
    report(clients, n);
    free(clients);
    free(latencies_ms);
    return acknowledged == 0;
}
