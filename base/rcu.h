/*
 * Read-copy-update for the whole server: liburcu's QSBR flavour behind names of
 * our own.  A thread that reads shared versions registers, and says between two
 * batches of work that it holds none (rcu_quiescent); around a blocking call it
 * goes offline.  Writers publish with rcu_publish() and free what they replaced
 * after rcu_wait(), or from a function given to rcu_defer().
 *
 * ThreadSanitizer does not know that a grace period orders the readers before the
 * free: the functions here tell it (they add nothing to other builds).
 */
#ifndef KZ_BASE_RCU_H
#define KZ_BASE_RCU_H

#include <stdbool.h>

#define URCU_INLINE_SMALL_FUNCTIONS
#define URCU_API_MAP 1
#include <urcu/urcu-qsbr.h>

/* A pointer that is published, and all that was written before it. */
#define rcu_read(ptr) __atomic_load_n(&(ptr), __ATOMIC_ACQUIRE)
#define rcu_publish(ptr, value) __atomic_store_n(&(ptr), value, __ATOMIC_RELEASE)

#if defined(__SANITIZE_THREAD__)
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

#ifdef RCU_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
extern char rcu_tsan_order;
#define RCU_ORDER_BEFORE() __tsan_release(&rcu_tsan_order)
#define RCU_ORDER_AFTER() __tsan_acquire(&rcu_tsan_order)
#else
#define RCU_ORDER_BEFORE() ((void)0)
#define RCU_ORDER_AFTER() ((void)0)
#endif

/* The thread holds nothing that it read. */
static inline void rcu_quiescent(void)
{
    RCU_ORDER_BEFORE();
    rcu_quiescent_state();
}

/* The same until rcu_online(); nothing may be read meanwhile. */
static inline void rcu_offline(void)
{
    RCU_ORDER_BEFORE();
    rcu_thread_offline();
}

static inline void rcu_online(void)
{
    rcu_thread_online();
}

/* Waits until no reader holds what was replaced before. */
static inline void rcu_wait(void)
{
    RCU_ORDER_BEFORE();
    synchronize_rcu();
    RCU_ORDER_AFTER();
}

/* Calls `free_it` later, from a thread of liburcu's, when no reader holds what was replaced
 * before.  The calling thread is registered; `free_it` begins with rcu_grace_passed(). */
static inline void rcu_defer(struct rcu_head *head, void (*free_it)(struct rcu_head *head))
{
    RCU_ORDER_BEFORE();
    call_rcu(head, free_it);
}

static inline void rcu_grace_passed(void)
{
    RCU_ORDER_AFTER();
}

/* A grace period that is asked after, not waited for.  NULL without memory; started once, by
 * a registered thread; dropped at any time. */
struct rcu_grace;

struct rcu_grace *rcu_grace_new(void);
void rcu_grace_start(struct rcu_grace *g);
bool rcu_grace_is_over(const struct rcu_grace *g);
void rcu_grace_drop(struct rcu_grace *g);

#endif
