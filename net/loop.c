#include "net/loop.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/rcu.h"

enum { EVENTS_PER_STEP = 64 };

int64_t net_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum result net_loop_init(struct net_loop *l)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    enum result r;

    *l = (struct net_loop){.now_ms = net_now_ms()};
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->epoll_fd >= 0 && l->wake_fd >= 0 &&
        epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) == 0)
        return RES_OK;
    r = result_from_errno(errno);
    net_loop_free(l);
    return r;
}

void net_loop_free(struct net_loop *l)
{
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    net_timers_free(&l->timers);
    l->epoll_fd = l->wake_fd = -1;
}

enum result net_loop_watch(struct net_loop *l, struct net_event *e, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = e};

    if (e->events == events)
        return RES_OK;
    if (epoll_ctl(l->epoll_fd, e->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, e->fd, &ev) < 0)
        return result_from_errno(errno);
    e->events = events;
    return RES_OK;
}

void net_loop_unwatch(struct net_loop *l, struct net_event *e)
{
    if (e->events == 0)
        return;
    epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, e->fd, NULL);
    e->events = 0;
}

static void drain_wake(struct net_loop *l)
{
    uint64_t n;

    while (read(l->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
        continue;
}

void net_loop_step(struct net_loop *l)
{
    struct epoll_event ready[EVENTS_PER_STEP];
    int n;

    rcu_offline();
    n = epoll_wait(l->epoll_fd, ready, EVENTS_PER_STEP,
                   net_timers_wait_ms(&l->timers, net_now_ms()));
    rcu_online();
    l->now_ms = net_now_ms();
    for (int i = 0; i < n; i++) {
        struct net_event *e = ready[i].data.ptr;
        if (e == NULL)
            drain_wake(l);
        else if (e->events != 0)    /* an earlier one may have unwatched it */
            e->ready(e, ready[i].events);
    }
    net_timers_run(&l->timers, l->now_ms);
}

void net_loop_wake(struct net_loop *l)
{
    int err = errno;
    ssize_t n = write(l->wake_fd, &(uint64_t){1}, sizeof(uint64_t));

    (void)n;        /* a full counter is awake already */
    errno = err;
}
