#include "xfr/exchange.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/container.h"

void exchange_init(struct exchange *x, struct net_loop *loop)
{
    *x = (struct exchange){.loop = loop, .event.fd = -1};
}

void exchange_stop(struct exchange *x)
{
    if (x->event.fd >= 0) {
        net_loop_unwatch(x->loop, &x->event);
        close(x->event.fd);
        x->event.fd = -1;
    }
    net_timer_stop(&x->loop->timers, &x->timer);
    free(x->stream);
    x->stream = NULL;
    x->is_running = false;
}

static void end(struct exchange *x, enum result r)
{
    exchange_stop(x);
    x->done(x, r);
}

/* --- UDP --- */

static enum result send_datagram(struct exchange *x)
{
    x->sent++;
    if (send(x->event.fd, x->msg, x->len, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EINTR)
        return result_from_errno(errno);
    return net_timer_set(&x->loop->timers, &x->timer, x->loop->now_ms + x->wait_ms);
}

static void take_datagrams(struct exchange *x)
{
    uint8_t msg[EXCHANGE_UDP_ROOM];

    for (;;) {
        ssize_t n = recv(x->event.fd, msg, sizeof msg, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                end(x, result_from_errno(errno));
            return;
        }
        if (x->accept(x, msg, (size_t)n)) {
            end(x, RES_OK);
            return;
        }
    }
}

/* --- TCP --- */

/* All of the request is on its way: from here on the buffer takes the answer. */
static enum result begin_reading(struct exchange *x)
{
    uint8_t *p = realloc(x->stream, 2 + 65535);

    if (p == NULL)
        return RES_NOMEM;
    x->stream = p;
    x->room = 2 + 65535;
    x->at = 0;
    x->reading = true;
    return net_loop_watch(x->loop, &x->event, EPOLLIN);
}

static enum result write_stream(struct exchange *x)
{
    while (x->at < x->room) {
        ssize_t n = send(x->event.fd, x->stream + x->at, x->room - x->at, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN)
            return RES_OK;
        if (n < 0 && errno != EINTR)
            return result_from_errno(errno);
        x->at += n > 0 ? (size_t)n : 0;
    }
    return begin_reading(x);
}

/* RES_NOMORE: the answer is complete. */
static enum result read_stream(struct exchange *x)
{
    while (x->at < 2 || x->at < 2u + get_u16(x->stream)) {
        size_t want = x->at < 2 ? 2 : 2u + get_u16(x->stream);
        ssize_t n = recv(x->event.fd, x->stream + x->at, want - x->at, 0);

        if (n == 0)
            return RES_EOF;
        if (n < 0 && errno == EAGAIN)
            return RES_OK;
        if (n < 0 && errno != EINTR)
            return result_from_errno(errno);
        x->at += n > 0 ? (size_t)n : 0;
    }
    return RES_NOMORE;
}

static void go_on_stream(struct exchange *x)
{
    enum result r = x->reading ? read_stream(x) : write_stream(x);

    if (r == RES_NOMORE)
        r = x->accept(x, x->stream + 2, get_u16(x->stream)) ? RES_NOMORE : RES_FORMERR;
    if (r != RES_OK)
        end(x, r == RES_NOMORE ? RES_OK : r);
}

/* --- both --- */

static void on_ready(struct net_event *e, uint32_t events)
{
    struct exchange *x = CONTAINER_OF(e, struct exchange, event);

    (void)events;
    if (x->tcp)
        go_on_stream(x);
    else
        take_datagrams(x);
}

static void on_timer(struct net_timer *t, int64_t now_ms)
{
    struct exchange *x = CONTAINER_OF(t, struct exchange, timer);
    enum result r = RES_TIMEDOUT;

    (void)now_ms;
    if (!x->tcp && x->sent < x->tries)
        r = send_datagram(x);
    if (r != RES_OK)
        end(x, r);
}

static enum result open_socket(struct exchange *x)
{
    int type = (x->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, one = 1;
    int fd = socket(x->to.sa.sa_family, type, 0);

    if (fd < 0)
        return result_from_errno(errno);
    x->event = (struct net_event){.ready = on_ready, .fd = fd};
    if (x->tcp)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (x->from.sa.sa_family != AF_UNSPEC && bind(fd, &x->from.sa, net_addr_len(&x->from)) != 0)
        return result_from_errno(errno);
    if (connect(fd, &x->to.sa, net_addr_len(&x->to)) != 0 && errno != EINPROGRESS)
        return result_from_errno(errno);
    return RES_OK;
}

static enum result start_stream(struct exchange *x)
{
    enum result r;

    x->reading = false;
    x->at = 0;
    x->room = 2 + x->len;
    if ((x->stream = malloc(x->room)) == NULL)
        return RES_NOMEM;
    put_u16(x->stream, (uint16_t)x->len);
    memcpy(x->stream + 2, x->msg, x->len);
    r = net_loop_watch(x->loop, &x->event, EPOLLOUT);
    return r != RES_OK
               ? r
               : net_timer_set(&x->loop->timers, &x->timer, x->loop->now_ms + x->wait_ms);
}

static enum result start_datagrams(struct exchange *x)
{
    enum result r = net_loop_watch(x->loop, &x->event, EPOLLIN);

    return r == RES_OK ? send_datagram(x) : r;
}

enum result exchange_start(struct exchange *x)
{
    enum result r;

    x->sent = 0;
    x->timer.fire = on_timer;
    r = open_socket(x);
    if (r == RES_OK)
        r = x->tcp ? start_stream(x) : start_datagrams(x);
    x->is_running = r == RES_OK;
    if (r != RES_OK)
        exchange_stop(x);
    return r;
}
