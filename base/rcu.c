#include "base/rcu.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/container.h"

#ifdef RCU_TSAN
char rcu_tsan_order;
#endif

struct rcu_grace {
    struct rcu_head head;
    uint32_t refs;          /* atomic: who asks, and liburcu's thread */
    bool over;              /* atomic */
};

struct rcu_grace *rcu_grace_new(void)
{
    struct rcu_grace *g = calloc(1, sizeof *g);

    if (g != NULL)
        g->refs = 1;
    return g;
}

void rcu_grace_drop(struct rcu_grace *g)
{
    if (__atomic_sub_fetch(&g->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(g);
}

static void end_grace(struct rcu_head *head)
{
    struct rcu_grace *g = CONTAINER_OF(head, struct rcu_grace, head);

    rcu_grace_passed();
    __atomic_store_n(&g->over, true, __ATOMIC_RELEASE);
    rcu_grace_drop(g);
}

void rcu_grace_start(struct rcu_grace *g)
{
    __atomic_add_fetch(&g->refs, 1, __ATOMIC_RELAXED);
    rcu_defer(&g->head, end_grace);
}

bool rcu_grace_is_over(const struct rcu_grace *g)
{
    return __atomic_load_n(&g->over, __ATOMIC_ACQUIRE);
}
