/*
 * Bytes of a TCP client in pieces: however they are cut, the answers are those of the
 * whole messages in them, up to one that is empty, which closes the stream.
 *
 * The first byte chooses how the others are cut.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz/fuzz.h"
#include "net/stream.h"

enum { PUMPS = 100000 };

static struct net_scratch scratch;

/* Answers a message with itself; an empty one closes. */
static size_t echo(void *arg, const uint8_t *msg, size_t len, uint8_t *resp,
                   struct net_producer **producer)
{
    (void)arg;
    (void)producer;
    memcpy(resp, msg, len);
    return len;
}

/* The bytes at the start of the data that are whole messages that get an answer. */
static size_t answered_len(const uint8_t *data, size_t len, bool *closes)
{
    size_t at = 0;

    *closes = false;
    while (len - at >= 2) {
        size_t frame = 2 + (size_t)get_u16(data + at);
        *closes = frame == 2;
        if (*closes || len - at < frame)
            return at;
        at += frame;
    }
    return at;
}

static size_t drain(int fd, uint8_t *out, size_t room)
{
    ssize_t n = recv(fd, out, room, MSG_DONTWAIT);
    return n > 0 ? (size_t)n : 0;
}

/* Feeds the data in pieces of 1 to `step` bytes; returns what came back in `out`. */
static size_t talk(struct net_stream *s, int peer, const uint8_t *data, size_t len, size_t step,
                   uint8_t *out, enum net_stream_want *want)
{
    size_t at = 0, got = 0;

    for (int i = 0; i < PUMPS && *want != NET_STREAM_END; i++) {
        size_t piece = len - at < 1 + (size_t)i % step ? len - at : 1 + (size_t)i % step;
        ssize_t n = piece > 0 ? send(peer, data + at, piece, MSG_DONTWAIT) : 0;
        at += n > 0 ? (size_t)n : 0;
        if (at == len)
            shutdown(peer, SHUT_WR);
        *want = net_stream_pump(s, &scratch, echo, NULL);
        if (*want == NET_STREAM_LOST)
            abort();
        got += drain(peer, out + got, len - got);
    }
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const size_t steps[] = {1, 2, 3, 7, 64, 1000, 20000, 100000};
    enum net_stream_want want = NET_STREAM_INPUT;
    struct net_stream s;
    uint8_t *out;
    size_t expect, got;
    bool closes;
    int fds[2];

    if (len < 1 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        return 0;
    out = malloc(len);
    net_stream_init(&s, fds[0]);
    expect = answered_len(data + 1, len - 1, &closes);
    got = talk(&s, fds[1], data + 1, len - 1, steps[data[0] % 8], out, &want);
    if (want != NET_STREAM_END || got != expect || memcmp(out, data + 1, got) != 0 ||
        s.closing != closes)
        abort();
    net_stream_free(&s);
    free(out);
    close(fds[0]);
    close(fds[1]);
    return 0;
}
