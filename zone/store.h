/*
 * The memory of a zone: one piece that holds all versions of it, from one load to the next.
 *
 * Small zones lie in a piece from malloc(), just as large as they are.  Large ones are mapped
 * and have addresses in reserve behind them, which cost nothing, so that they can grow where
 * they are.  Where there is no room left, everything is copied to a larger piece as it
 * is (references count from the base and stay): zone/edit.c.
 *
 * A store lives until the zone has let go of it and no version is pinned.  The last who
 * lets go frees it; any thread.  What is written in it is the zone's writer's.
 */
#ifndef KZ_ZONE_STORE_H
#define KZ_ZONE_STORE_H

#include "zone/contents.h"

struct store_writer;

struct store {
    size_t mapped;          /* bytes of address space; 0: from malloc() */
    uint32_t used, room;    /* in units of four bytes from the base: taken, and there */
    uint32_t refs;          /* atomic: the zone's, and one per pin */
    struct store_writer *writer;        /* zone/retire.h; NULL until the first change */
    struct contents first;  /* as it was loaded */
};

/* A store for `bytes` behind the base, with `first` pointing into it; its memory is zero.
 * NULL without memory. */
struct store *store_new(size_t bytes);

/* Gives back what is not used; the store may move.  Only before anybody else knows it. */
struct store *store_trim(struct store *s);

/* Makes `units` more usable in place; false: there is no such room. */
bool store_extend(struct store *s, uint32_t units);

/* A copy of all that is used, with room for `units` more and then some; `first` is not filled in
 * but for its base.  NULL without memory or past 16 GB. */
struct store *store_copy(const struct store *s, uint32_t units);

/* The piece at a reference, to be written. */
static inline void *store_at(const struct contents *c, zref ref)
{
    return c->base + (size_t)ref * 4;
}

#endif
