/*
 * kzaxfr PORT ZONE [SERIAL]: asks 127.0.0.1 for the zone, or for what changed since SERIAL, and
 * counts.
 *
 * It reads no more of a record than its length and an SOA's serial, which tells the end (RFC 5936
 * §2.2, RFC 1995 §4), so that one core outruns the servers.  The result is one line:
 * "RECORDS MESSAGES BYTES SECONDS CPU-SECONDS PEAK-KIB KIND", where KIND is 1 for a difference.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ID = 0x4b5a, SOA = 6, IXFR = 251, AXFR = 252, HEADER = 12, ROOM = 1 << 20 };

static uint64_t records, messages, bytes;
static unsigned soas_of_end;    /* how often the SOA of the new version has come */
static uint32_t end_serial;
static bool incremental, done;

static unsigned number16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t number32(const uint8_t *p)
{
    return (uint32_t)number16(p) << 16 | number16(p + 2);
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {.tv_sec = 60};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "127.0.0.1 port %u", port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static uint8_t *put_name(uint8_t *p, const char *zone)
{
    while (*zone != '\0') {
        size_t n = strcspn(zone, ".");

        *p++ = (uint8_t)n;
        memcpy(p, zone, n);
        p += n;
        zone += n + (zone[n] == '.');
    }
    *p++ = 0;
    return p;
}

static void ask(int fd, const char *zone, const char *serial)
{
    uint8_t msg[600] = {[2] = ID >> 8, [3] = ID & 255, [7] = 1}, *p = put_name(msg + 14, zone);
    const uint8_t soa[] = {0xc0, HEADER, 0, SOA, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0};
    uint32_t n = serial != NULL ? htonl((uint32_t)strtoul(serial, NULL, 10)) : 0;
    size_t len;

    memcpy(p, (uint8_t[]){0, serial != NULL ? IXFR : AXFR, 0, 1}, 4);
    p += 4;
    if (serial != NULL) {
        msg[11] = 1;            /* our SOA, the authority section */
        memcpy(p, soa, sizeof soa);
        memcpy(p + sizeof soa, &n, 4);
        p += sizeof soa + 20;
    }
    len = (size_t)(p - msg);
    msg[0] = (uint8_t)((len - 2) >> 8);
    msg[1] = (uint8_t)(len - 2);
    if (write(fd, msg, len) != (ssize_t)len)
        err(1, "asking");
}

static const uint8_t *skip_name(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p != 0 && *p < 0xc0)
        p += 1 + *p;
    return p + (p < end && *p >= 0xc0 ? 2 : 1);
}

static void take_soa(uint32_t serial)
{
    if (records == 1)
        end_serial = serial;
    else if (records == 2)
        incremental = serial != end_serial;
    if (serial == end_serial)
        soas_of_end++;
    done = soas_of_end == (incremental ? 3u : 2u);
}

static void take_message(const uint8_t *msg, size_t len)
{
    const uint8_t *p = msg + HEADER, *end = msg + len;

    if (len < HEADER || (msg[3] & 15) != 0)
        errx(1, "refused: %s", len < HEADER ? "no header" : "an error's code");
    messages++;
    for (unsigned i = number16(msg + 4); i > 0; i--)
        p = skip_name(p, end) + 4;
    for (unsigned i = number16(msg + 6); i > 0; i--) {
        p = skip_name(p, end);
        if (p + 10 > end || p + 10 + number16(p + 8) > end)
            errx(1, "a record leaves its message");
        records++;
        if (number16(p) == SOA)
            take_soa(number32(p + 10 + number16(p + 8) - 20));
        p += 10 + number16(p + 8);
    }
}

static void take_all(int fd)
{
    static uint8_t in[ROOM];
    size_t have = 0;

    while (!done) {
        ssize_t n = read(fd, in + have, sizeof in - have);
        size_t at = 0;

        if (n <= 0)
            err(1, "after %lu records", records);
        have += (size_t)n;
        bytes += (size_t)n;
        while (have - at >= 2 && have - at >= 2u + number16(in + at)) {
            take_message(in + at + 2, number16(in + at));
            at += 2 + number16(in + at);
        }
        memmove(in, in + at, have - at);
        have -= at;
    }
}

/* What getrusage() calls the peak is that of whoever started us, if that was larger. */
static long peak_kib(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[128];
    long kib = 0;

    while (f != NULL && kib == 0 && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (f != NULL)
        fclose(f);
    return kib;
}

int main(int argc, char **argv)
{
    struct rusage use;
    double began;
    int fd;

    if (argc < 3)
        errx(2, "usage: kzaxfr PORT ZONE [SERIAL]");
    fd = dial((uint16_t)strtoul(argv[1], NULL, 10));
    began = now_s();
    ask(fd, argv[2], argc > 3 ? argv[3] : NULL);
    take_all(fd);
    began = now_s() - began;
    getrusage(RUSAGE_SELF, &use);
    printf("%lu %lu %lu %.4f %.3f %ld %d\n", records, messages, bytes, began,
           (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
               1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec),
           peak_kib(), incremental);
    return 0;
}
