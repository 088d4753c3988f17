#include "base/counters.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

struct counter_block {
    uint64_t v[COUNTERS];
    struct counter_block *next;
};

static struct {
    const char *name, *text;
} const rows[] = {
#define COUNTER(id, name, text) {name, text},
#include "base/counter.def"
#undef COUNTER
};

__thread uint64_t *counters_mine;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct counter_block *blocks;    /* under lock */
static uint64_t shared[COUNTERS];

enum result counters_attach(void)
{
    size_t size = (sizeof(struct counter_block) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    struct counter_block *b;

    if (counters_mine != NULL)
        return RES_OK;
    b = aligned_alloc(CACHE_LINE, size);
    if (b == NULL)
        return RES_NOMEM;
    memset(b, 0, size);
    pthread_mutex_lock(&lock);
    b->next = blocks;
    blocks = b;
    pthread_mutex_unlock(&lock);
    counters_mine = b->v;
    return RES_OK;
}

void counters_detach(void)
{
    struct counter_block **at = &blocks, *b;

    if (counters_mine == NULL)
        return;
    pthread_mutex_lock(&lock);
    while ((*at)->v != counters_mine)
        at = &(*at)->next;
    b = *at;
    *at = b->next;
    for (int c = 0; c < COUNTERS; c++)
        counter_add_shared((enum counter)c, b->v[c]);
    pthread_mutex_unlock(&lock);
    counters_mine = NULL;
    free(b);
}

void counter_add_shared(enum counter c, uint64_t n)
{
    __atomic_fetch_add(&shared[c], n, __ATOMIC_RELAXED);
}

void counters_sum(uint64_t out[COUNTERS])
{
    pthread_mutex_lock(&lock);
    for (int c = 0; c < COUNTERS; c++)
        out[c] = __atomic_load_n(&shared[c], __ATOMIC_RELAXED);
    for (struct counter_block *b = blocks; b != NULL; b = b->next)
        for (int c = 0; c < COUNTERS; c++)
            out[c] += __atomic_load_n(&b->v[c], __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
}

const char *counter_name(enum counter c)
{
    return rows[c].name;
}

const char *counter_text(enum counter c)
{
    return rows[c].text;
}
