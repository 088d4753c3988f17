#include "tests/unit/workers_echo.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/answer.h"
#include "base/buf.h"
#include "net/stream.h"

enum { STREAM_MESSAGES = 100, STREAM_MESSAGE_LEN = 60000, HEADER_LEN = 12 };

struct answer_ctx {
    uint64_t answered;
};

struct answer_ctx *answer_ctx_new(struct answer_server *const *slot)
{
    (void)slot;
    return calloc(1, sizeof(struct answer_ctx));
}

void answer_ctx_free(struct answer_ctx *ctx)
{
    free(ctx);
}

static size_t echo(const uint8_t *req, size_t len, uint8_t *resp, size_t room)
{
    size_t n = len < room ? len : room;

    memcpy(resp, req, n);
    resp[2] |= 0x80;
    return n;
}

/* Requests that were handed over: a pipe carries them to the test. */
static int handed[2] = {-1, -1};

static void __attribute__((constructor)) open_pipe(void)
{
    if (pipe(handed) != 0)
        abort();
}

static void hand_over(const struct answer_client *client, const uint8_t *req, size_t len)
{
    struct echo_handed h = {.peer = *client->peer, .local = *client->local};

    if (client->tcp)
        h.stream = *client->stream;
    h.len = len < sizeof h.msg ? len : sizeof h.msg;
    memcpy(h.msg, req, h.len);
    if (write(handed[1], &h, sizeof h) != (ssize_t)sizeof h)
        abort();
}

bool echo_take_handed(struct echo_handed *out, int wait_ms)
{
    struct pollfd p = {.fd = handed[0], .events = POLLIN};

    return poll(&p, 1, wait_ms) == 1 && read(handed[0], out, sizeof *out) == (ssize_t)sizeof *out;
}

static bool is_for_others(const uint8_t *req, size_t len)
{
    return len > HEADER_LEN && req[HEADER_LEN] == ECHO_HAND;
}

void answer_batch(struct answer_ctx *ctx, struct answer_item *items, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct answer_item *item = &items[i];

        item->handed = is_for_others(item->req, item->req_len);
        if (item->handed)
            hand_over(&item->client, item->req, item->req_len);
        else
            item->resp_len = echo(item->req, item->req_len, item->resp, item->room);
    }
    ctx->answered += n;
}

struct long_answer {
    struct net_producer producer;
    unsigned left;
    uint8_t header[HEADER_LEN];
};

static ssize_t long_more(struct net_producer *p, uint8_t *room)
{
    struct long_answer *a = (struct long_answer *)p;

    if (a->left == 0)
        return 0;
    put_u16(room, STREAM_MESSAGE_LEN);
    memset(room + 2, (int)a->left--, STREAM_MESSAGE_LEN);
    memcpy(room + 2, a->header, HEADER_LEN);
    return 2 + STREAM_MESSAGE_LEN;
}

static void long_end(struct net_producer *p, enum result why)
{
    (void)why;
    free(p);
}

static struct net_producer *long_new(const uint8_t *req, int what)
{
    struct long_answer *a = calloc(1, sizeof *a);

    if (a == NULL)
        return NULL;
    a->producer = (struct net_producer){.more = long_more, .end = long_end};
    a->producer.idle_s = what == ECHO_IDLE ? 1 : what == ECHO_TOTAL ? 100 : 0;
    a->producer.total_s = what == ECHO_TOTAL ? 1 : 0;
    a->left = STREAM_MESSAGES;
    memcpy(a->header, req, HEADER_LEN);
    return &a->producer;
}

size_t answer_tcp(struct answer_ctx *ctx, const struct answer_client *client, const uint8_t *req,
                  size_t req_len, uint8_t *resp, struct answer_stream_hint *hint)
{
    int what = req_len > HEADER_LEN ? req[HEADER_LEN] : ECHO_SAME;

    ctx->answered++;
    if (is_for_others(req, req_len)) {
        hand_over(client, req, req_len);
        hint->handed = true;
        return 0;
    }
    if (what == ECHO_CLOSE || req_len < HEADER_LEN)
        return 0;
    if (what == ECHO_STREAM || what == ECHO_TOTAL || what == ECHO_IDLE) {
        hint->producer = long_new(req, what);
        return 0;
    }
    hint->keepalive = what == ECHO_KEEP;
    if (what == ECHO_LARGE) {
        memset(resp, 'x', NET_MESSAGE_MAX);
        return echo(req, req_len, resp, NET_MESSAGE_MAX) ? NET_MESSAGE_MAX : 0;
    }
    return echo(req, req_len, resp, NET_MESSAGE_MAX);
}
