#include "net/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/loop.h"

/* Until the descriptor is ready for `events`. */
static enum result wait_for(int fd, short events, const struct net_wait *wait)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events},
                            {.fd = wait->cancel_fd, .events = POLLIN}};

    for (;;) {
        int64_t left = wait->deadline_ms - net_now_ms();
        int n;

        if (left <= 0)
            return RES_TIMEDOUT;
        n = poll(fds, 2, left > 3600000 ? 3600000 : (int)left);
        if (n < 0 && errno != EINTR)
            return result_from_errno(errno);
        if (n > 0 && fds[1].revents != 0)
            return RES_CANCELED;
        if (n > 0 && fds[0].revents != 0)
            return RES_OK;
    }
}

static enum result finish_connect(int fd, const struct net_wait *wait)
{
    enum result r = wait_for(fd, POLLOUT, wait);
    socklen_t len = sizeof(int);
    int err = 0;

    if (r != RES_OK)
        return r;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
        err = errno;
    return err == 0 ? RES_OK : result_from_errno(err);
}

static enum result connect_from(int fd, const union net_addr *to, const union net_addr *from,
                                const struct net_wait *wait)
{
    if (from != NULL && from->sa.sa_family != AF_UNSPEC &&
        bind(fd, &from->sa, net_addr_len(from)) != 0)
        return result_from_errno(errno);
    if (connect(fd, &to->sa, net_addr_len(to)) == 0)
        return RES_OK;
    return errno == EINPROGRESS ? finish_connect(fd, wait) : result_from_errno(errno);
}

enum result net_dial(int *fd, int type, const union net_addr *to, const union net_addr *from,
                     const struct net_wait *wait)
{
    int one = 1;
    enum result r;

    *fd = socket(to->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return result_from_errno(errno);
    if (type == SOCK_STREAM)
        setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if ((r = connect_from(*fd, to, from, wait)) != RES_OK) {
        close(*fd);
        *fd = -1;
    }
    return r;
}

enum result net_dial_write(int fd, const void *data, size_t len, const struct net_wait *wait)
{
    const uint8_t *p = data;

    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        enum result r;

        if (n >= 0) {
            p += n;
            len -= (size_t)n;
        } else if (errno != EAGAIN && errno != EINTR) {
            return result_from_errno(errno);
        } else if ((r = wait_for(fd, POLLOUT, wait)) != RES_OK) {
            return r;
        }
    }
    return RES_OK;
}

enum result net_dial_read(int fd, void *data, size_t room, size_t *len,
                          const struct net_wait *wait)
{
    for (;;) {
        ssize_t n = recv(fd, data, room, 0);
        enum result r;

        if (n > 0) {
            *len = (size_t)n;
            return RES_OK;
        }
        if (n == 0)
            return RES_EOF;
        if (errno != EAGAIN && errno != EINTR)
            return result_from_errno(errno);
        if ((r = wait_for(fd, POLLIN, wait)) != RES_OK)
            return r;
    }
}

enum result net_dial_write_message(int fd, const uint8_t *msg, size_t len,
                                   const struct net_wait *wait)
{
    uint8_t framed[2 + 65535];

    if (len > 65535)
        return RES_RANGE;
    put_u16(framed, (uint16_t)len);
    memcpy(framed + 2, msg, len);
    return net_dial_write(fd, framed, 2 + len, wait);
}

void net_dial_reader_init(struct net_dial_reader *r, int fd)
{
    r->fd = fd;
    r->at = r->end = 0;
    r->bytes = 0;
    r->last_ms = net_now_ms();
}

/* Is a whole message there? */
static bool has_message(const struct net_dial_reader *r, size_t *len)
{
    if (r->end - r->at < 2)
        return false;
    *len = get_u16(r->data + r->at);
    return r->end - r->at - 2 >= *len;
}

enum result net_dial_read_message(struct net_dial_reader *r, const uint8_t **msg, size_t *len,
                                  const struct net_wait *wait)
{
    while (!has_message(r, len)) {
        size_t got;
        enum result e;

        if (r->at > 0) {
            memmove(r->data, r->data + r->at, r->end - r->at);
            r->end -= r->at;
            r->at = 0;
        }
        e = net_dial_read(r->fd, r->data + r->end, sizeof r->data - r->end, &got, wait);
        if (e != RES_OK)
            return e == RES_EOF && r->end > 0 ? RES_UNEXPECTEDEND : e;
        r->end += got;
        r->bytes += got;
        r->last_ms = net_now_ms();
    }
    *msg = r->data + r->at + 2;
    r->at += 2 + *len;
    return RES_OK;
}
