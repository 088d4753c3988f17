#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>
#include <unistd.h>

enum { UDP_BUFFER_DEFAULT = 4 << 20 };

static bool set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* Closes without losing the errno of what went wrong. */
static int fail_socket(int fd)
{
    int err = errno;

    if (fd >= 0)
        close(fd);
    errno = err;
    return -1;
}

/* Asks for a buffer size: beyond the system's limit where we may, else up to it. */
static void set_buffer(int fd, int option, int force_option, uint32_t size)
{
    int value = size > INT32_MAX ? INT32_MAX : (int)size;

    if (value > 0 && !set_int(fd, SOL_SOCKET, force_option, value))
        set_int(fd, SOL_SOCKET, option, value);
}

static int open_bound(const union net_addr *a, int type, bool share_port)
{
    int fd = socket(a->sa.sa_family, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (share_port && !set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return fail_socket(fd);
    /* A server that restarts must not wait for connections in TIME_WAIT. */
    if ((type & SOCK_STREAM) != 0 && !set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1))
        return fail_socket(fd);
    if (a->sa.sa_family == AF_INET6 && !set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
        return fail_socket(fd);
    if (bind(fd, &a->sa, net_addr_len(a)) < 0)
        return fail_socket(fd);
    return fd;
}

/* Forged "fragmentation needed" messages must not shrink our answers (and split them
 * into fragments that somebody else fills): RFC 9715 section 3.1. */
static void ignore_path_mtu(int fd, sa_family_t family)
{
    if (family == AF_INET) {
        if (!set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT))
            set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
        return;
    }
    if (!set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT))
        set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
    set_int(fd, IPPROTO_IPV6, IPV6_MTU, 1280);
}

int net_socket_udp(const union net_addr *a, const struct net_socket_options *o)
{
    static const struct timeval wake = {.tv_usec = NET_UDP_WAKE_MS * 1000};
    int fd = open_bound(a, SOCK_DGRAM, o->share_port);

    if (fd < 0)
        return -1;
    set_buffer(fd, SO_RCVBUF, SO_RCVBUFFORCE,
               o->receive_buffer ? o->receive_buffer : UDP_BUFFER_DEFAULT);
    set_buffer(fd, SO_SNDBUF, SO_SNDBUFFORCE,
               o->send_buffer ? o->send_buffer : UDP_BUFFER_DEFAULT);
    ignore_path_mtu(fd, a->sa.sa_family);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wake, sizeof wake) < 0)
        return fail_socket(fd);
    return fd;
}

int net_socket_tcp(const union net_addr *a, const struct net_socket_options *o)
{
    int fd = open_bound(a, SOCK_STREAM | SOCK_NONBLOCK, o->share_port);

    if (fd < 0)
        return -1;
    set_buffer(fd, SO_RCVBUF, SO_RCVBUFFORCE, o->receive_buffer);
    set_buffer(fd, SO_SNDBUF, SO_SNDBUFFORCE, o->send_buffer);
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (listen(fd, (int)o->backlog) < 0)
        return fail_socket(fd);
    return fd;
}

bool net_socket_is_free(const union net_addr *a, int type)
{
    int fd = open_bound(a, type, false);

    /* With SO_REUSEADDR two TCP sockets may be bound alike; only one may listen. */
    if (fd >= 0 && type == SOCK_STREAM && listen(fd, 1) < 0) {
        fail_socket(fd);
        return false;
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}
