/*
 * What the TCP workers share: how many connections there may be (tcp-clients), how many
 * there are and have been at most, and how long one may be silent.
 *
 * Set by the maintenance thread, read by all.  A worker that found the quota used up
 * waits for its turn: whoever gives a place back wakes it.
 */
#ifndef KZ_SERVER_TCP_CLIENTS_H
#define KZ_SERVER_TCP_CLIENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/loop.h"

struct tcp_waiter {
    struct tcp_waiter *next;
    struct net_loop *loop;
    bool waiting;
};

struct tcp_clients {
    unsigned limit, used, high_water;
    uint32_t initial_timeout_ms, idle_timeout_ms, keepalive_timeout_ms;
    int64_t last_log_ms;
    unsigned nwaiting;
    pthread_mutex_t lock;           /* of the list */
    struct tcp_waiter *waiters;     /* one per worker */
};

void tcp_clients_init(struct tcp_clients *c);
void tcp_clients_free(struct tcp_clients *c);

/* Changes the limits in force; connections that exist stay, also above the new limit. */
void tcp_clients_configure(struct tcp_clients *c, unsigned limit, uint32_t initial_ms,
                           uint32_t idle_ms, uint32_t keepalive_ms);

/* A worker joins when it starts and leaves when it ends. */
void tcp_clients_join(struct tcp_clients *c, struct tcp_waiter *w);
void tcp_clients_leave(struct tcp_clients *c, struct tcp_waiter *w);

/* Takes a place for a connection; false: none is free, and `w` will be woken. */
bool tcp_clients_take(struct tcp_clients *c, struct tcp_waiter *w);
/* The same without waiting. */
bool tcp_clients_try(struct tcp_clients *c);
void tcp_clients_give(struct tcp_clients *c);

/* Notes how many there are, after a connection has really come. */
void tcp_clients_note_high_water(struct tcp_clients *c);

/* True until somebody has given a place back. */
static inline bool tcp_clients_is_waiting(const struct tcp_waiter *w)
{
    return __atomic_load_n(&w->waiting, __ATOMIC_ACQUIRE);
}

/* True once per second: one line in the log tells of a flood. */
bool tcp_clients_may_log(struct tcp_clients *c, int64_t now_ms);

/* For statistics; any thread. */
unsigned tcp_clients_used(const struct tcp_clients *c);
unsigned tcp_clients_high_water(const struct tcp_clients *c);

#endif
