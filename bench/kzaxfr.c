/*
 * kzaxfr PORT ZONE [SERIAL]: asks 127.0.0.1 for the zone by AXFR, or for what has changed since
 * SERIAL by IXFR, reads to the end and looks at no more than it must to find that.
 *
 * Prints: records, messages, bytes, seconds, and 1 when it was a difference.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOA = 6, IXFR = 251, AXFR = 252, HEADER = 12, READ_AT_ONCE = 1 << 20 };

struct reader {
    int fd;
    size_t at, len;
    uint8_t bytes[READ_AT_ONCE + 65537];
};

struct transfer {
    uint64_t records, messages, bytes;
    unsigned soas;
    uint32_t serial;            /* of the first SOA */
    bool incremental;           /* the second record is a SOA, too */
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static unsigned get_u16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

static uint8_t *put_u16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put_u32(uint8_t *p, uint32_t v)
{
    return put_u16(put_u16(p, v >> 16), v & 0xffff);
}

static uint8_t *put_name(uint8_t *p, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, ".");

        *p++ = (uint8_t)n;
        memcpy(p, text, n);
        p += n;
        text += n + (text[n] == '.');
    }
    *p++ = 0;
    return p;
}

/* The request behind its length; its bytes in all. */
static size_t write_request(uint8_t *out, const char *zone, const char *serial)
{
    uint8_t *p = out + 2;

    p = put_u16(put_u16(p, 7), 0);
    p = put_u16(put_u16(p, 1), 0);
    p = put_u16(put_u16(p, serial != NULL), 0);
    p = put_u16(put_u16(put_name(p, zone), serial != NULL ? IXFR : AXFR), 1);
    if (serial != NULL) {
        p = put_u16(put_u16(put_name(p, zone), SOA), 1);
        p = put_u16(put_u32(p, 0), 22);
        *p++ = 0;
        *p++ = 0;
        p = put_u32(p, (uint32_t)strtoul(serial, NULL, 10));
        memset(p, 0, 16);
        p += 16;
    }
    put_u16(out, (unsigned)(p - out - 2));
    return (size_t)(p - out);
}

/* `need` bytes more in one piece; NULL at the end of the stream. */
static const uint8_t *take(struct reader *r, size_t need)
{
    if (r->len - r->at < need) {
        memmove(r->bytes, r->bytes + r->at, r->len - r->at);
        r->len -= r->at;
        r->at = 0;
    }
    while (r->len - r->at < need) {
        ssize_t n = recv(r->fd, r->bytes + r->len, sizeof r->bytes - r->len, 0);

        if (n <= 0)
            return NULL;
        r->len += (size_t)n;
    }
    r->at += need;
    return r->bytes + r->at - need;
}

static const uint8_t *skip_name(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p != 0 && *p < 0xc0)
        p += 1 + *p;
    return p + (p < end && *p >= 0xc0 ? 2 : 1);
}

/* Is this SOA the last record?  A difference has two SOAs, and the one that ends all stands where
 * another difference could begin (RFC 1995 §4). */
static bool take_soa(struct transfer *t, uint32_t serial)
{
    t->soas++;
    if (t->records == 1)
        t->serial = serial;
    if (t->records == 2)
        t->incremental = true;
    return t->incremental ? t->soas > 2 && t->soas % 2 == 0 && serial == t->serial : t->soas == 2;
}

/* Counts a message's records; true when the transfer is over. */
static bool take_message(struct transfer *t, const uint8_t *msg, size_t len)
{
    const uint8_t *p = msg + HEADER, *end = msg + len;
    bool over = false;

    t->messages++;
    t->bytes += len;
    for (unsigned n = get_u16(msg + 4); n > 0; n--)
        p = skip_name(p, end) + 4;
    for (unsigned n = get_u16(msg + 6); n > 0 && p < end; n--) {
        const uint8_t *rr = skip_name(p, end);

        if (end - rr < 10 || end - rr - 10 < (ptrdiff_t)get_u16(rr + 8))
            return true;
        p = rr + 10 + get_u16(rr + 8);
        t->records++;
        if (get_u16(rr) == SOA)
            over = take_soa(t, get_u32(p - 20));
    }
    return over || (msg[3] & 15) != 0 || (t->records == 1 && t->messages > 1);
}

static int connect_to(const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        perror("kzaxfr");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    static struct reader in;
    struct transfer t = {0};
    uint8_t request[1024];
    const uint8_t *p;
    double began;
    bool over = false;

    if (argc < 3 || strlen(argv[2]) > 250) {
        fprintf(stderr, "usage: kzaxfr PORT ZONE [SERIAL]\n");
        return 2;
    }
    in.fd = connect_to(argv[1]);
    began = now_s();
    size_t len = write_request(request, argv[2], argc > 3 ? argv[3] : NULL);
    if (send(in.fd, request, len, 0) != (ssize_t)len)
        return 1;
    while (!over && (p = take(&in, 2)) != NULL) {
        len = get_u16(p);
        p = take(&in, len);
        if (p == NULL || len < HEADER)
            break;
        over = take_message(&t, p, len);
    }
    if (!over || t.records < 2) {
        fprintf(stderr, "kzaxfr: no transfer: %llu records\n", (unsigned long long)t.records);
        return 1;
    }
    printf("%llu %llu %llu %.6f %d\n", (unsigned long long)t.records,
           (unsigned long long)t.messages, (unsigned long long)t.bytes, now_s() - began,
           t.incremental);
    return 0;
}
