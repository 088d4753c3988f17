/*
 * Changes to a tree: the pages on the way are written anew, those that the message at hand
 * has made itself are changed in place.
 */
#include "zone/edit_internal.h"

#include <string.h>

enum { PAGE_MIN = 32, MERGED_MAX = 112 };

/* An item of a page, taken out of it. */
struct item {
    zref ref, least;
    uint64_t key;
};

/* A page's items on their way to the next. */
struct items {
    struct item list[2 * TREE_PAGE_MAX + 4];
    unsigned count, level;
    bool keyed;
};

static uint64_t key_of(const struct contents *c, zref first)
{
    const struct znode *n = contents_node(c, first);

    return name_labels_prefix(n->name, n->name_len);
}

static void items_read(const struct contents *c, zref page, struct items *x)
{
    const struct zpage *p = tree_page(c, page);

    x->level = p->level;
    for (unsigned i = 0; i < p->count; i++) {
        struct item *it = &x->list[x->count++];

        it->ref = page_items(p)[i];
        it->least = page_least(p)[i];
        if (x->keyed)
            it->key = p->keyed ? page_keys(p)[i] : key_of(c, it->least);
    }
}

static bool is_own(const struct zone_edit *e, zref page)
{
    const struct zpage *p = tree_page(e->c, page);

    return page != 0 && ((uint64_t)p->stamp_high << 32 | p->stamp_low) == e->stamp;
}

static enum result page_drop(struct zone_edit *e, zref page)
{
    return page != 0 ? retired_add_piece(&e->gone, page, tree_page(e->c, page)->units) : RES_OK;
}

static void page_fill(const struct contents *c, zref page, const struct items *x, unsigned from,
                      unsigned n, struct item *out)
{
    struct zpage *p = store_at(c, page);

    p->count = (uint16_t)n;
    for (unsigned i = 0; i < n; i++) {
        const struct item *it = &x->list[from + i];

        page_items(p)[i] = it->ref;
        page_least(p)[i] = it->least;
        if (p->keyed)
            page_keys(p)[i] = it->key;
    }
    *out = (struct item){page, x->list[from].least, x->list[from].key};
}

/* Writes `n` items from `from` on into the page, when it is our own and has room, or a new
 * one. */
static enum result page_write(struct zone_edit *e, zref page, const struct items *x,
                              unsigned from, unsigned n, struct item *out)
{
    uint32_t got;
    struct zpage *p;
    enum result r;

    if (is_own(e, page) && tree_page(e->c, page)->room >= n &&
        tree_page(e->c, page)->keyed == x->keyed) {
        page_fill(e->c, page, x, from, n, out);
        return RES_OK;
    }
    if ((r = page_drop(e, page)) != RES_OK ||
        (r = edit_take(e, page_units(n + n / 8 + 2, x->level, x->keyed), MADE_PRIVATE, &page,
                       &got)) != RES_OK)
        return r;
    p = store_at(e->c, page);
    *p = (struct zpage){.stamp_high = (uint32_t)(e->stamp >> 32), .stamp_low = (uint32_t)e->stamp,
                        .units = got, .room = (uint16_t)page_room(got, x->level, x->keyed),
                        .level = (uint8_t)x->level, .keyed = x->keyed};
    page_fill(e->c, page, x, from, n, out);
    return RES_OK;
}

/* Writes items where `page` was (0: nowhere): none, one or two pages. */
static enum result items_write(struct zone_edit *e, zref page, const struct items *x, bool at_end,
                               struct item out[2], unsigned *nout)
{
    unsigned left = x->count;
    enum result r;

    *nout = 0;
    if (x->count == 0)
        return page_drop(e, page);
    if (left > TREE_PAGE_MAX)       /* what grows at its end leaves full pages behind */
        left = at_end ? TREE_PAGE_MAX - 8 : left / 2;
    if ((r = page_write(e, page, x, 0, left, &out[(*nout)++])) == RES_OK && left < x->count)
        r = page_write(e, 0, x, left, x->count - left, &out[(*nout)++]);
    return r;
}

static bool wants_keys(const struct zone_edit *e, const struct tree_key *key)
{
    return !key->nsec3 && e->c->denial == DENIAL_NSEC;
}

/* In place of the `del` items from `at` on come `n` others. */
static enum result page_splice(struct zone_edit *e, zref page, bool keyed, unsigned at,
                               unsigned del, const struct item *ins, unsigned n,
                               struct item out[2], unsigned *nout)
{
    struct items x = {.count = 0, .keyed = keyed};
    bool at_end;

    items_read(e->c, page, &x);
    at_end = at + del == x.count && n > del;
    memmove(&x.list[at + n], &x.list[at + del], (x.count - at - del) * sizeof *x.list);
    memcpy(&x.list[at], ins, n * sizeof *ins);
    x.count += n - del;
    return items_write(e, page, &x, at_end, out, nout);
}

/* A page that has become small is put together with a neighbour, if both fit: in the page above
 * two items from *at on then stand for what is now one. */
static enum result merge(struct zone_edit *e, zref above, bool keyed, unsigned *at,
                         unsigned *del, struct item *item)
{
    const struct zpage *p = tree_page(e->c, above), *small = tree_page(e->c, item->ref);
    bool right = *at + 1u < p->count;
    struct items x = {.count = 0, .keyed = keyed};
    unsigned nout;
    struct item out[2];
    zref other;
    enum result r;

    if (small->count >= PAGE_MIN || p->count < 2)
        return RES_OK;
    other = page_items(p)[right ? *at + 1 : *at - 1];
    if (tree_page(e->c, other)->count + small->count > MERGED_MAX)
        return RES_OK;
    items_read(e->c, right ? item->ref : other, &x);
    items_read(e->c, right ? other : item->ref, &x);
    if ((r = page_drop(e, other)) != RES_OK ||
        (r = items_write(e, item->ref, &x, false, out, &nout)) != RES_OK)
        return r;
    *item = out[0];
    *at -= !right;
    *del = 2;
    return RES_OK;
}

/* A root with one page below it is no use. */
static enum result lower_root(struct zone_edit *e, zref *root)
{
    enum result r = RES_OK;

    while (r == RES_OK && *root != 0) {
        const struct zpage *p = tree_page(e->c, *root);
        zref below = page_items(p)[0];

        if (p->level == 0 || p->count > 1)
            break;
        if ((r = page_drop(e, *root)) == RES_OK)
            *root = below;
    }
    return r;
}

/* A page above the one or two that the old root has become. */
static enum result set_root(struct zone_edit *e, zref *root, bool keyed, unsigned level,
                            const struct item *top, unsigned n)
{
    struct items x = {.level = level, .keyed = keyed, .count = n};
    struct item out[2];
    unsigned nout;
    enum result r;

    if (n < 2) {
        *root = n > 0 ? top->ref : 0;
        return lower_root(e, root);
    }
    if (level >= CONTENTS_WALK_DEPTH)
        return RES_RANGE;
    memcpy(x.list, top, n * sizeof *top);
    if ((r = items_write(e, 0, &x, false, out, &nout)) == RES_OK)
        *root = out[0].ref;
    return r;
}

/* Splices the leaf the walk stands at, and then each page above it. */
static enum result change(struct zone_edit *e, zref *root, bool keyed, struct contents_walk *w,
                          unsigned at, unsigned del, struct item *ins, unsigned n)
{
    struct item out[2];
    enum result r;

    for (unsigned d = w->depth; d-- > 0;) {
        unsigned nout;

        if ((r = page_splice(e, w->pages[d], keyed, at, del, ins, n, out, &nout)) != RES_OK)
            return r;
        if (d == 0)
            return set_root(e, root, keyed, tree_page(e->c, w->pages[0])->level + 1u, out, nout);
        at = w->at[d - 1];
        del = 1;
        if (nout == 1 && (r = merge(e, w->pages[d - 1], keyed, &at, &del, &out[0])) != RES_OK)
            return r;
        memcpy(ins, out, nout * sizeof *ins);
        n = nout;
    }
    return RES_OK;
}

enum result edit_tree_add(struct zone_edit *e, zref *root, const struct tree_key *key, zref first)
{
    struct item ins[2] = {{first, first, key->prefix}};
    bool keyed = wants_keys(e, key);
    struct contents_walk w;
    bool found = tree_seek(&w, e->c, *root, key);

    if (*root == 0) {
        struct items x = {.list = {ins[0]}, .count = 1, .keyed = keyed};
        struct item out[2];
        unsigned nout;
        enum result r = items_write(e, 0, &x, false, out, &nout);

        *root = r == RES_OK ? out[0].ref : 0;
        return r;
    }
    return change(e, root, keyed, &w, found ? w.at[w.depth - 1] + 1u : 0, 0, ins, 1);
}

enum result edit_tree_remove(struct zone_edit *e, zref *root, const struct tree_key *key)
{
    struct item ins[2] = {{0, 0, 0}};
    struct contents_walk w;

    tree_seek(&w, e->c, *root, key);
    return change(e, root, wants_keys(e, key), &w, w.at[w.depth - 1], 1, ins, 0);
}
