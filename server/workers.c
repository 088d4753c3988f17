#include "server/workers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "server/worker_tcp.h"
#include "server/worker_udp.h"

struct workers {
    unsigned count;
    struct tcp_clients clients;
    struct udp_replies replies;
    struct {
        struct worker_udp *udp;
        struct worker_tcp *tcp;
    } list[];
};

/* Opens one socket, and gives one to worker `i`. */
struct transport {
    int type;
    int (*open)(const union net_addr *a, const struct net_socket_options *o);
    enum result (*give)(struct workers *ws, unsigned i, int fd, const union net_addr *a);
};

static enum result give_udp(struct workers *ws, unsigned i, int fd, const union net_addr *a)
{
    enum result r = i == 0 ? udp_replies_add(&ws->replies, fd, a) : RES_OK;

    if (r == RES_OK)
        r = worker_udp_listen(ws->list[i].udp, fd, a);
    if (r != RES_OK)
        udp_replies_remove(&ws->replies, a);
    return r;
}

static enum result give_tcp(struct workers *ws, unsigned i, int fd, const union net_addr *a)
{
    return worker_tcp_listen(ws->list[i].tcp, fd, a);
}

static const struct transport udp = {SOCK_DGRAM, net_socket_udp, give_udp};
static const struct transport tcp = {SOCK_STREAM, net_socket_tcp, give_tcp};

/* Sockets per address and worker, and tcp-clients, may be more than the usual 1,024. */
static void raise_descriptor_limit(void)
{
    struct rlimit l, old;

    if (getrlimit(RLIMIT_NOFILE, &old) < 0 || old.rlim_cur == old.rlim_max)
        return;
    l = (struct rlimit){.rlim_cur = old.rlim_max, .rlim_max = old.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &l) == 0)
        log_write(LOGC_GENERAL, LVL_INFO, "adjusted limit on open files from %llu to %llu",
                  (unsigned long long)old.rlim_cur, (unsigned long long)l.rlim_cur);
}

struct workers *workers_start(unsigned n, struct answer_server *const *slot)
{
    struct workers *ws = calloc(1, sizeof *ws + n * sizeof *ws->list);

    if (ws == NULL)
        return NULL;
    raise_descriptor_limit();
    tcp_clients_init(&ws->clients);
    udp_replies_init(&ws->replies);
    for (; ws->count < n; ws->count++) {
        unsigned i = ws->count;
        ws->list[i].udp = worker_udp_start(slot, i);
        ws->list[i].tcp = worker_tcp_start(slot, &ws->clients, i);
        if (ws->list[i].udp == NULL || ws->list[i].tcp == NULL) {
            ws->count++;
            workers_end(ws);
            return NULL;
        }
    }
    return ws;
}

void workers_end(struct workers *ws)
{
    for (unsigned i = 0; i < ws->count; i++) {
        if (ws->list[i].udp != NULL)
            worker_udp_end(ws->list[i].udp);
        if (ws->list[i].tcp != NULL)
            worker_tcp_end(ws->list[i].tcp);
    }
    tcp_clients_free(&ws->clients);
    udp_replies_free(&ws->replies);
    free(ws);
}

struct tcp_clients *workers_tcp_clients(struct workers *ws)
{
    return &ws->clients;
}

struct udp_replies *workers_udp_replies(struct workers *ws)
{
    return &ws->replies;
}

/* The sockets of all workers, or none: fds[0…count). */
static enum result open_all(const struct workers *ws, const struct transport *t, int *fds,
                            const union net_addr *addr, const struct net_socket_options *o)
{
    if (!net_socket_is_free(addr, t->type))
        return result_from_errno(errno);
    for (unsigned i = 0; i < ws->count; i++) {
        fds[i] = o->share_port || i == 0 ? t->open(addr, o) : dup(fds[0]);
        if (fds[i] < 0) {
            enum result r = result_from_errno(errno);
            while (i-- > 0)
                close(fds[i]);
            return r;
        }
    }
    return RES_OK;
}

static enum result listen_on(struct workers *ws, const struct transport *t,
                             const union net_addr *addr, const struct net_socket_options *o)
{
    int *fds = calloc(ws->count, sizeof *fds);
    enum result r = fds != NULL ? open_all(ws, t, fds, addr, o) : RES_NOMEM;

    for (unsigned i = 0; r == RES_OK && i < ws->count; i++) {
        r = t->give(ws, i, fds[i], addr);
        for (unsigned k = i; r != RES_OK && k < ws->count; k++)
            close(fds[k]);
    }
    free(fds);
    return r;
}

enum result workers_listen_udp(struct workers *ws, const union net_addr *addr,
                               const struct net_socket_options *o)
{
    return listen_on(ws, &udp, addr, o);
}

enum result workers_listen_tcp(struct workers *ws, const union net_addr *addr,
                               const struct net_socket_options *o)
{
    return listen_on(ws, &tcp, addr, o);
}

void workers_stop_listening(struct workers *ws, const union net_addr *addr)
{
    udp_replies_remove(&ws->replies, addr);
    for (unsigned i = 0; i < ws->count; i++) {
        worker_udp_stop_listening(ws->list[i].udp, addr);
        worker_tcp_stop_listening(ws->list[i].tcp, addr);
    }
}
