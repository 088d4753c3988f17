#include "server/udp_replies.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/counters.h"
#include "net/udp.h"

void udp_replies_init(struct udp_replies *r)
{
    *r = (struct udp_replies){.sockets = NULL};
    pthread_mutex_init(&r->lock, NULL);
}

/* Closes and frees the socket at a place of the list. */
static void close_at(struct udp_replies_socket **at)
{
    struct udp_replies_socket *s = *at;

    *at = s->next;
    close(s->fd);
    free(s);
}

void udp_replies_free(struct udp_replies *r)
{
    while (r->sockets != NULL)
        close_at(&r->sockets);
    pthread_mutex_destroy(&r->lock);
}

enum result udp_replies_add(struct udp_replies *r, int fd, const union net_addr *local)
{
    struct udp_replies_socket *s = malloc(sizeof *s);

    if (s == NULL)
        return RES_NOMEM;
    s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (s->fd < 0) {
        free(s);
        return RES_TOOMANYOPENFILES;
    }
    s->local = *local;
    pthread_mutex_lock(&r->lock);
    s->next = r->sockets;
    r->sockets = s;
    pthread_mutex_unlock(&r->lock);
    return RES_OK;
}

void udp_replies_remove(struct udp_replies *r, const union net_addr *local)
{
    pthread_mutex_lock(&r->lock);
    for (struct udp_replies_socket **at = &r->sockets; *at != NULL;) {
        if (net_addr_equal(&(*at)->local, local))
            close_at(at);
        else
            at = &(*at)->next;
    }
    pthread_mutex_unlock(&r->lock);
}

static int find_socket(const struct udp_replies *r, const union net_addr *local)
{
    for (const struct udp_replies_socket *s = r->sockets; s != NULL; s = s->next)
        if (net_addr_equal(&s->local, local))
            return s->fd;
    return -1;
}

/* Takes up to NET_UDP_BATCH replies that leave from `local`, from the first on. */
static unsigned gather(struct udp_reply *replies, unsigned n, const union net_addr *local,
                       struct mmsghdr *out, struct iovec *iov)
{
    unsigned k = 0;

    for (unsigned i = 0; i < n && k < NET_UDP_BATCH; i++) {
        struct udp_reply *u = &replies[i];

        if (u->len == 0 || !net_addr_equal(u->local, local))
            continue;
        iov[k] = (struct iovec){(void *)(uintptr_t)u->msg, u->len};
        memset(&out[k], 0, sizeof out[k]);
        out[k].msg_hdr.msg_iov = &iov[k];
        out[k].msg_hdr.msg_iovlen = 1;
        out[k].msg_hdr.msg_name = (void *)(uintptr_t)u->peer;
        out[k].msg_hdr.msg_namelen = net_addr_len(u->peer);
        u->len = 0;
        k++;
    }
    return k;
}

void udp_replies_send(struct udp_replies *r, struct udp_reply *replies, unsigned n)
{
    struct mmsghdr out[NET_UDP_BATCH];
    struct iovec iov[NET_UDP_BATCH];

    pthread_mutex_lock(&r->lock);
    for (unsigned i = 0; i < n; i++) {
        while (replies[i].len > 0) {
            const union net_addr *local = replies[i].local;
            unsigned k = gather(replies + i, n - i, local, out, iov);
            int fd = find_socket(r, local);
            unsigned failed = fd >= 0 ? net_udp_send(fd, out, k) : k;

            counter_add(COUNTER_RESPONSE, k - failed);
            counter_add(COUNTER_UDP_SEND_ERROR, failed);
        }
    }
    pthread_mutex_unlock(&r->lock);
}
