#include "zone/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* From this size on a store is mapped.  Such a one has room to grow to some times its size. */
enum { MAP_FROM = 1 << 20, RESERVE_FACTOR = 8, RESERVE_MIN = 64 << 20, STEP = 1 << 20 };

#define UNITS_MAX (SLOT_GONE - 1)

static size_t page_round(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (n + page - 1) & ~(page - 1);
}

/* Addresses for as much as is wise, `bytes` of them usable. */
static struct store *map(size_t bytes)
{
    size_t want = bytes > RESERVE_MIN / RESERVE_FACTOR ? bytes * RESERVE_FACTOR : RESERVE_MIN;
    size_t least = page_round(bytes);

    for (;; want /= 2) {
        size_t n = want > least ? page_round(want) : least;
        struct store *s = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                               -1, 0);

        if (s == MAP_FAILED) {
            if (n == least)
                return NULL;
            continue;
        }
        if (mprotect(s, least, PROT_READ | PROT_WRITE) == 0) {
            s->mapped = n;
            return s;
        }
        munmap(s, n);
        return NULL;
    }
}

/* Units of four bytes behind the base that end at `bytes` from the store's beginning. */
static uint32_t units_within(size_t bytes)
{
    size_t units = (bytes - sizeof(struct store)) / 4 + 1;

    return units < UNITS_MAX ? (uint32_t)units : UNITS_MAX;
}

static size_t bytes_within(uint32_t units)
{
    return sizeof(struct store) + ((size_t)units - 1) * 4;
}

struct store *store_new(size_t bytes)
{
    size_t total = sizeof(struct store) + bytes;
    struct store *s = total >= MAP_FROM ? map(total) : calloc(1, total);

    if (s == NULL)
        return NULL;
    s->room = units_within(s->mapped ? page_round(total) : total);
    s->used = 1;            /* so that nothing has the reference 0 */
    s->refs = 1;
    s->first.store = s;
    s->first.base = (uint8_t *)(s + 1) - 4;
    return s;
}

/* Leads what points into the store to its new place. */
static void move_pointers(struct contents *c, ptrdiff_t by)
{
    c->base += by;
    c->slots = (uint64_t *)(void *)((uint8_t *)c->slots + by);
    c->origin += by;
    if (c->nsec3_salt != NULL)
        c->nsec3_salt += by;
}

struct store *store_trim(struct store *s)
{
    size_t used = bytes_within(s->used);
    struct store *t;

    if (s->mapped || (t = malloc(used)) == NULL)
        return s;           /* what a mapped one has not touched costs nothing */
    memcpy(t, s, used);
    move_pointers(&t->first, (ptrdiff_t)((uintptr_t)t - (uintptr_t)s));
    t->first.store = t;
    t->room = t->used;
    free(s);
    return t;
}

bool store_extend(struct store *s, uint32_t units)
{
    size_t have = page_round(bytes_within(s->room) - 3), step = (size_t)units * 4;

    if (step < STEP + have / 16)
        step = STEP + have / 16;
    if (step > s->mapped - (s->mapped ? have : 0))
        step = s->mapped ? s->mapped - have : 0;
    step = step / STEP > 0 ? step / STEP * STEP : step;
    if (step / 4 < units ||
        mprotect((uint8_t *)s + have, page_round(step), PROT_READ | PROT_WRITE) != 0)
        return false;
    s->room = units_within(have + page_round(step));
    return true;
}

struct store *store_copy(const struct store *s, uint32_t units)
{
    size_t bytes = ((size_t)s->used + units) * 4, used = ((size_t)s->used - 1) * 4;
    struct store *t;

    if ((size_t)s->used + units > UNITS_MAX)
        return NULL;
    t = store_new(bytes + bytes / 2 + 256);
    if (t == NULL)
        return NULL;
    memcpy(t + 1, s + 1, used);
    t->used = s->used;
    return t;
}
