#include "tools/ask.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/dial.h"
#include "net/loop.h"

static struct net_wait wait_of(uint32_t ms)
{
    return (struct net_wait){ms > 0 ? net_now_ms() + ms : INT64_MAX, -1};
}

static const union net_addr *source_of(const struct ask *a)
{
    return a->from.sa.sa_family == a->to.sa.sa_family ? &a->from : NULL;
}

static bool is_answer(const struct ask *a, const uint8_t *msg, size_t len)
{
    return len >= MESSAGE_HEADER_LEN && memcmp(msg, a->msg, 2) == 0 &&
           (msg[2] & 0xf8) == ((a->msg[2] & 0x78) | 0x80);
}

/* The next answer within the wait. */
static enum result await_datagram(const struct ask *a, int fd, struct ask_answer *answer)
{
    struct net_wait wait = wait_of(a->udp_wait_ms);
    enum result r;

    do
        r = net_dial_read(fd, answer->msg, sizeof answer->msg, &answer->len, &wait);
    while (r == RES_EOF || (r == RES_OK && !is_answer(a, answer->msg, answer->len)));
    return r;
}

static enum result ask_udp(const struct ask *a, struct ask_answer *answer)
{
    struct net_wait wait = wait_of(a->udp_wait_ms);
    unsigned sent = 0;
    int fd;
    enum result r = net_dial(&fd, SOCK_DGRAM, &a->to, source_of(a), &wait);

    if (r != RES_OK)
        return r;
    do {
        r = net_dial_write(fd, a->msg, a->len, &wait);
        if (r == RES_OK)
            r = await_datagram(a, fd, answer);
    } while (r == RES_TIMEDOUT && ++sent < a->tries);
    close(fd);
    answer->tcp = false;
    return r;
}

static enum result read_stream(const struct ask *a, int fd, struct ask_answer *answer,
                               const struct net_wait *wait)
{
    struct net_dial_reader *in = malloc(sizeof *in);
    const uint8_t *msg = NULL;
    enum result r = RES_NOMEM;

    if (in != NULL) {
        net_dial_reader_init(in, fd);
        do
            r = net_dial_read_message(in, &msg, &answer->len, wait);
        while (r == RES_OK && !is_answer(a, msg, answer->len));
    }
    if (r == RES_OK)
        memcpy(answer->msg, msg, answer->len);
    free(in);
    return r;
}

static enum result ask_tcp(const struct ask *a, struct ask_answer *answer)
{
    struct net_wait wait = wait_of(a->tcp_wait_ms);
    int fd;
    enum result r = net_dial(&fd, SOCK_STREAM, &a->to, source_of(a), &wait);

    if (r != RES_OK)
        return r;
    r = net_dial_write_message(fd, a->msg, a->len, &wait);
    if (r == RES_OK)
        r = read_stream(a, fd, answer, &wait);
    close(fd);
    answer->tcp = true;
    return r;
}

enum result ask_server(const struct ask *a, struct ask_answer *answer)
{
    bool tcp = a->tcp || a->len > ASK_UDP_MAX;
    enum result r = tcp ? ask_tcp(a, answer) : ask_udp(a, answer);

    if (r == RES_OK && !tcp && get_u16(answer->msg + 2) & FLAG_TC)
        r = ask_tcp(a, answer);
    answer->tsig = RES_OK;
    if (r == RES_OK && a->tsig != NULL)
        answer->tsig = tsig_verify_response(a->tsig, answer->msg, answer->len,
                                            (uint64_t)time(NULL));
    return r;
}
