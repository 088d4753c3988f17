/*
 * A version's names in order: a B+tree whose pages lie in the zone's memory.
 *
 * Pages are never changed once a reader may see them: a change writes the pages on the way
 * from the leaf to the root anew (zone/tree_edit.c), and the other versions keep theirs.  A
 * leaf refers to first nodes, a page above to pages and to the least name of each.  In a
 * zone that is signed with NSEC a page has the names' prefixes too, so that a search looks
 * into one small array instead of a node's memory at each step.
 *
 * The names' tree is in canonical order.  NSEC3 owners are ordered by their first label, by
 * the hash that is, and then by the rest.
 */
#ifndef KZ_ZONE_TREE_H
#define KZ_ZONE_TREE_H

#include "zone/contents.h"

enum { TREE_PAGE_MAX = 128 };

struct zpage {
    uint32_t stamp_high, stamp_low;     /* of the message that made it; 0: loaded */
    uint32_t units;         /* size of the piece, in units of four bytes */
    uint16_t count, room;
    uint8_t level;          /* 0: a leaf */
    bool keyed;             /* has prefixes */
    uint16_t unused;
    /* zref items[room]; above leaves zref least[room]; when keyed uint64_t keys[room] */
};

/* Numbers that lie at multiples of four only. */
typedef uint64_t zkey __attribute__((aligned(4), may_alias));

static inline const struct zpage *tree_page(const struct contents *c, zref ref)
{
    return (const struct zpage *)(const void *)(c->base + (size_t)ref * 4);
}

static inline zref *page_items(const struct zpage *p)
{
    return (zref *)(uintptr_t)(p + 1);
}

/* The first node of the least name at or below each item. */
static inline zref *page_least(const struct zpage *p)
{
    return page_items(p) + (p->level > 0 ? p->room : 0);
}

static inline zkey *page_keys(const struct zpage *p)
{
    return (zkey *)(void *)(page_least(p) + p->room);
}

/* Units of a page with room for so many items, and how many fit in so many units. */
static inline uint32_t page_units(unsigned room, unsigned level, bool keyed)
{
    return (uint32_t)(sizeof(struct zpage) / 4 + room * (1u + (level > 0) + 2u * keyed));
}

static inline unsigned page_room(uint32_t units, unsigned level, bool keyed)
{
    unsigned head = sizeof(struct zpage) / 4, item = 1u + (level > 0) + 2u * keyed;
    unsigned room = (units - head) / item;

    return room < TREE_PAGE_MAX ? room : TREE_PAGE_MAX;
}

/* What is looked for. */
struct tree_key {
    const uint8_t *labels;
    size_t len;
    uint64_t prefix;        /* name_labels_prefix() */
    bool nsec3;
};

/* How a name stands to what is looked for. */
int tree_compare(const struct contents *c, zref first, const struct tree_key *key);

/* Leads the walk to the last item that is not after the key; false when all are after it:
 * then the walk stands at the first, before it.  An empty tree: depth 0. */
bool tree_seek(struct contents_walk *w, const struct contents *c, zref root,
               const struct tree_key *key);

/* The first node the walk stands at. */
zref tree_at(const struct contents_walk *w);

/* The NSEC3 owner with that first label or the last before it; NULL: none is. */
const struct znode *tree_find_nsec3(const struct contents *c, const uint8_t *label,
                                    struct contents_walk *w);

#endif
