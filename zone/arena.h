/*
 * Pieces of a store's memory for the zone's writer: taken from what was given back, or from
 * what was never used.  Pieces given back lie in lists by size; the bigger ones are divided
 * when the rest is used up.  Sizes in units of four bytes.  One thread at a time.
 */
#ifndef KZ_ZONE_ARENA_H
#define KZ_ZONE_ARENA_H

#include "zone/store.h"

enum {
    ARENA_EXACT = 128,      /* pieces below this have a list for each size … */
    ARENA_CLASSES = ARENA_EXACT + 25 * 8        /* … others eight per doubling */
};

struct arena {
    zref lists[ARENA_CLASSES];
};

/* At least `units`; *got says how many.  0: the store has no such piece. */
zref arena_take(struct arena *a, struct store *s, uint32_t units, uint32_t *got);

/* Gives back `units` at `ref`; they need not have been taken together. */
void arena_give(struct arena *a, const struct store *s, zref ref, uint32_t units);

#endif
