/*
 * An event loop of one thread: file descriptors that become ready (epoll, level
 * triggered), timers, and a wake-up that any thread may give.
 *
 * An event is embedded in what it belongs to and must stay in memory until the step
 * in which it was unwatched has ended.  The thread is an RCU reader: it goes offline
 * while it waits, so each step begins with nothing read before.
 */
#ifndef KZ_NET_LOOP_H
#define KZ_NET_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "base/result.h"
#include "net/timer.h"

struct net_event {
    void (*ready)(struct net_event *e, uint32_t events);    /* EPOLLIN, EPOLLOUT, … */
    int fd;
    uint32_t events;        /* watched for; 0: not watched */
};

struct net_loop {
    int epoll_fd, wake_fd;
    int64_t now_ms;         /* the monotonic clock when the step's waiting ended */
    struct net_timers timers;
};

enum result net_loop_init(struct net_loop *l);
void net_loop_free(struct net_loop *l);

/* Watches e->fd for `events` (not 0), or changes for what it is watched. */
enum result net_loop_watch(struct net_loop *l, struct net_event *e, uint32_t events);
void net_loop_unwatch(struct net_loop *l, struct net_event *e);
/* The same for a descriptor that is closed next, which unwatches it: one system call less. */
static inline void net_loop_forget(struct net_event *e)
{
    e->events = 0;
}

/* Waits for something, then serves it.  The calling thread is registered with RCU. */
void net_loop_step(struct net_loop *l);

/* Ends the current or the next wait; any thread, also a signal handler. */
void net_loop_wake(struct net_loop *l);

/* Milliseconds of the monotonic clock. */
int64_t net_now_ms(void);

#endif
