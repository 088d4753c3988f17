#include "net/udp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>

/* How long a full send buffer may hold up a batch before the rest of it is dropped. */
enum { SEND_WAIT_MS = 10 };

struct net_udp_batch {
    struct mmsghdr in[NET_UDP_BATCH], out[NET_UDP_BATCH];
    struct iovec in_iov[NET_UDP_BATCH], out_iov[NET_UDP_BATCH];
    union net_addr peer[NET_UDP_BATCH];
    unsigned used;              /* slots of `in` that the last receive wrote */
    unsigned queued;
    uint8_t *requests;          /* mapped */
    uint8_t responses[NET_UDP_BATCH * NET_UDP_RESPONSE_STRIDE];
};

static const size_t requests_size = (size_t)NET_UDP_BATCH * NET_UDP_REQUEST_STRIDE;

static void batch_reset_slot(struct net_udp_batch *b, unsigned i)
{
    b->in[i].msg_hdr.msg_namelen = sizeof b->peer[i];
}

struct net_udp_batch *net_udp_batch_new(void)
{
    struct net_udp_batch *b = calloc(1, sizeof *b);
    void *map;

    if (b == NULL)
        return NULL;
    map = mmap(NULL, requests_size, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        free(b);
        return NULL;
    }
    b->requests = map;
    for (unsigned i = 0; i < NET_UDP_BATCH; i++) {
        b->in_iov[i].iov_base = b->requests + (size_t)i * NET_UDP_REQUEST_STRIDE;
        b->in_iov[i].iov_len = NET_UDP_REQUEST_MAX;
        b->in[i].msg_hdr.msg_iov = &b->in_iov[i];
        b->in[i].msg_hdr.msg_iovlen = 1;
        b->in[i].msg_hdr.msg_name = &b->peer[i];
        batch_reset_slot(b, i);
        b->out[i].msg_hdr.msg_iov = &b->out_iov[i];
        b->out[i].msg_hdr.msg_iovlen = 1;
    }
    return b;
}

void net_udp_batch_free(struct net_udp_batch *b)
{
    if (b == NULL)
        return;
    munmap(b->requests, requests_size);
    free(b);
}

/* Errors that say something about one earlier datagram, or nothing at all. */
static bool is_passing(int err)
{
    return err == EAGAIN || err == EWOULDBLOCK || err == EINTR || err == ECONNREFUSED ||
           err == EHOSTUNREACH || err == ENETUNREACH;
}

int net_udp_receive(struct net_udp_batch *b, int fd, int flags)
{
    int n;

    for (unsigned i = 0; i < b->used; i++)
        batch_reset_slot(b, i);
    b->used = 0;
    n = recvmmsg(fd, b->in, NET_UDP_BATCH, flags, NULL);
    if (n < 0)
        return is_passing(errno) ? 0 : -1;
    b->used = (unsigned)n;
    return n;
}

const uint8_t *net_udp_request(const struct net_udp_batch *b, unsigned i)
{
    return b->requests + (size_t)i * NET_UDP_REQUEST_STRIDE;
}

size_t net_udp_request_len(const struct net_udp_batch *b, unsigned i)
{
    return b->in[i].msg_len;
}

const union net_addr *net_udp_peer(const struct net_udp_batch *b, unsigned i)
{
    return &b->peer[i];
}

uint8_t *net_udp_response(struct net_udp_batch *b, unsigned i)
{
    return b->responses + (size_t)i * NET_UDP_RESPONSE_STRIDE;
}

void net_udp_queue(struct net_udp_batch *b, unsigned i, size_t len)
{
    unsigned k = b->queued++;

    b->out_iov[k].iov_base = net_udp_response(b, i);
    b->out_iov[k].iov_len = len;
    b->out[k].msg_hdr.msg_name = &b->peer[i];
    b->out[k].msg_hdr.msg_namelen = net_addr_len(&b->peer[i]);
}

/* True when the socket takes more data within SEND_WAIT_MS. */
static bool wait_for_room(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, SEND_WAIT_MS) == 1;
}

unsigned net_udp_send(int fd, struct mmsghdr *messages, unsigned count)
{
    unsigned at = 0, failed = 0;
    bool waited = false;

    while (at < count) {
        int n = sendmmsg(fd, messages + at, count - at, MSG_DONTWAIT);
        if (n > 0) {
            at += (unsigned)n;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            if (waited || !wait_for_room(fd)) {
                failed += count - at;
                break;
            }
            waited = true;
        } else if (errno != EINTR) {    /* the first one cannot be sent: step over it */
            at++;
            failed++;
        }
    }
    return failed;
}

unsigned net_udp_flush(struct net_udp_batch *b, int fd)
{
    unsigned failed = net_udp_send(fd, b->out, b->queued);

    b->queued = 0;
    return failed;
}
