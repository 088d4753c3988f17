#include "server/tcp_clients.h"

enum { LOG_INTERVAL_MS = 1000 };

void tcp_clients_init(struct tcp_clients *c)
{
    *c = (struct tcp_clients){
        .limit = 150,
        .initial_timeout_ms = 30000,
        .idle_timeout_ms = 30000,
        .keepalive_timeout_ms = 30000,
        .last_log_ms = -LOG_INTERVAL_MS,
    };
    pthread_mutex_init(&c->lock, NULL);
}

void tcp_clients_free(struct tcp_clients *c)
{
    pthread_mutex_destroy(&c->lock);
}

static void wake_waiting(struct tcp_clients *c)
{
    pthread_mutex_lock(&c->lock);
    for (struct tcp_waiter *w = c->waiters; w != NULL; w = w->next) {
        if (w->waiting) {
            __atomic_store_n(&w->waiting, false, __ATOMIC_RELEASE);
            __atomic_fetch_sub(&c->nwaiting, 1, __ATOMIC_SEQ_CST);
            net_loop_wake(w->loop);
        }
    }
    pthread_mutex_unlock(&c->lock);
}

void tcp_clients_configure(struct tcp_clients *c, unsigned limit, uint32_t initial_ms,
                           uint32_t idle_ms, uint32_t keepalive_ms)
{
    __atomic_store_n(&c->limit, limit, __ATOMIC_SEQ_CST);
    __atomic_store_n(&c->initial_timeout_ms, initial_ms, __ATOMIC_RELAXED);
    __atomic_store_n(&c->idle_timeout_ms, idle_ms, __ATOMIC_RELAXED);
    __atomic_store_n(&c->keepalive_timeout_ms, keepalive_ms, __ATOMIC_RELAXED);
    wake_waiting(c);
}

void tcp_clients_join(struct tcp_clients *c, struct tcp_waiter *w)
{
    pthread_mutex_lock(&c->lock);
    w->next = c->waiters;
    c->waiters = w;
    pthread_mutex_unlock(&c->lock);
}

void tcp_clients_leave(struct tcp_clients *c, struct tcp_waiter *w)
{
    struct tcp_waiter **at = &c->waiters;

    pthread_mutex_lock(&c->lock);
    while (*at != NULL && *at != w)
        at = &(*at)->next;
    if (*at != NULL)
        *at = w->next;
    if (w->waiting)
        __atomic_fetch_sub(&c->nwaiting, 1, __ATOMIC_SEQ_CST);
    w->waiting = false;
    pthread_mutex_unlock(&c->lock);
}

void tcp_clients_note_high_water(struct tcp_clients *c)
{
    unsigned used = tcp_clients_used(c);
    unsigned high = tcp_clients_high_water(c);

    while (used > high && !__atomic_compare_exchange_n(&c->high_water, &high, used, true,
                                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
}

bool tcp_clients_try(struct tcp_clients *c)
{
    unsigned used = __atomic_load_n(&c->used, __ATOMIC_SEQ_CST);

    do {
        if (used >= __atomic_load_n(&c->limit, __ATOMIC_SEQ_CST))
            return false;
    } while (!__atomic_compare_exchange_n(&c->used, &used, used + 1, true, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return true;
}

bool tcp_clients_take(struct tcp_clients *c, struct tcp_waiter *w)
{
    if (tcp_clients_try(c))
        return true;
    pthread_mutex_lock(&c->lock);
    if (!w->waiting)
        __atomic_fetch_add(&c->nwaiting, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&w->waiting, true, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&c->lock);
    /* A place given back before we were seen waiting would wake nobody: look again.
     * The wake-up that we then do not need is harmless. */
    return tcp_clients_try(c);
}

void tcp_clients_give(struct tcp_clients *c)
{
    __atomic_fetch_sub(&c->used, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&c->nwaiting, __ATOMIC_SEQ_CST) > 0)
        wake_waiting(c);
}

bool tcp_clients_may_log(struct tcp_clients *c, int64_t now_ms)
{
    int64_t last = __atomic_load_n(&c->last_log_ms, __ATOMIC_RELAXED);

    return now_ms - last >= LOG_INTERVAL_MS &&
           __atomic_compare_exchange_n(&c->last_log_ms, &last, now_ms, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}

unsigned tcp_clients_used(const struct tcp_clients *c)
{
    return __atomic_load_n(&c->used, __ATOMIC_RELAXED);
}

unsigned tcp_clients_high_water(const struct tcp_clients *c)
{
    return __atomic_load_n(&c->high_water, __ATOMIC_RELAXED);
}
