#include "zone/arena.h"

#include <string.h>

/* A piece that nobody has; the smallest one has room for it. */
struct piece {
    zref next;
    uint32_t units;
};

enum { PIECE_MIN = sizeof(struct piece) / 4, LOG_EXACT = 7 };

_Static_assert(ARENA_EXACT == 1 << LOG_EXACT, "the first doubling begins where sizes end");

static struct piece *piece_at(const struct store *s, zref ref)
{
    return store_at(&s->first, ref);
}

/* The list of pieces of at least the size the list is for. */
static unsigned class_below(uint32_t units)
{
    unsigned log;

    if (units < ARENA_EXACT)
        return units;
    log = 31u - (unsigned)__builtin_clz(units);
    return ARENA_EXACT + (log - LOG_EXACT) * 8 + (units >> (log - 3) & 7);
}

/* The sizes that lists are for: what is taken so comes back to the list it is looked for in. */
static uint32_t round_up(uint32_t units)
{
    uint32_t step;

    if (units < ARENA_EXACT)
        return units < PIECE_MIN ? (uint32_t)PIECE_MIN : units;
    step = 1u << (31 - __builtin_clz(units) - 3);
    return (units + step - 1) & ~(step - 1);
}

static zref take_from(struct arena *a, const struct store *s, unsigned class, uint32_t *got)
{
    zref ref = a->lists[class];

    if (ref != 0) {
        const struct piece *p = piece_at(s, ref);

        a->lists[class] = p->next;
        *got = p->units;
    }
    return ref;
}

/* Cuts the rest off a piece that is much too large. */
static void cut(struct arena *a, const struct store *s, zref ref, uint32_t units, uint32_t *got)
{
    uint32_t rest = *got - units;

    if (rest < PIECE_MIN || (units >= ARENA_EXACT && rest < units / 8))
        return;
    arena_give(a, s, ref + units, rest);
    *got = units;
}

zref arena_take(struct arena *a, struct store *s, uint32_t units, uint32_t *got)
{
    unsigned class;
    zref ref;

    units = round_up(units);
    class = class_below(units);
    if (class < ARENA_CLASSES && (ref = take_from(a, s, class, got)) != 0) {
        cut(a, s, ref, units, got);
        return ref;
    }
    if (s->room - s->used >= units) {
        ref = s->used;
        s->used += units;
        *got = units;
        return ref;
    }
    while (++class < ARENA_CLASSES)
        if ((ref = take_from(a, s, class, got)) != 0) {
            cut(a, s, ref, units, got);
            return ref;
        }
    return 0;
}

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SPOILS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SPOILS 1
#endif
#endif

/* In builds that look for mistakes nobody reads on in what was given back. */
static void spoil(struct piece *p, uint32_t units)
{
#ifdef ARENA_SPOILS
    memset(p, 0xA5, (size_t)units * 4);
#else
    (void)p;
    (void)units;
#endif
}

void arena_give(struct arena *a, const struct store *s, zref ref, uint32_t units)
{
    unsigned class = class_below(units);

    if (units < PIECE_MIN)
        return;
    spoil(piece_at(s, ref), units);
    *piece_at(s, ref) = (struct piece){a->lists[class], units};
    a->lists[class] = ref;
}
