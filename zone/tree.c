#include "zone/tree.h"

#include <string.h>

int tree_compare(const struct contents *c, zref first, const struct tree_key *key)
{
    const struct znode *n = contents_node(c, first);
    int d;

    if (key->nsec3) {
        d = name_labels_compare(n->name, 1u + *n->name, key->labels, 1u + *key->labels);
        if (d != 0 || key->len == SIZE_MAX)
            return d;
    }
    return name_labels_compare(n->name, n->name_len, key->labels, key->len);
}

/* The first place from `low` on whose prefix is not below `prefix`. */
static unsigned prefix_bound(const struct zpage *p, unsigned low, uint64_t prefix)
{
    const zkey *keys = page_keys(p);
    unsigned high = p->count;

    while (low < high) {
        unsigned mid = low + (high - low) / 2;

        if (keys[mid] < prefix)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* How many items of a page are not after the key. */
static unsigned page_upper(const struct contents *c, const struct zpage *p,
                           const struct tree_key *key)
{
    const zref *least = page_least(p);
    unsigned low = 0, high = p->count;

    if (p->keyed) {
        low = prefix_bound(p, 0, key->prefix);
        if (key->prefix < UINT64_MAX)
            high = prefix_bound(p, low, key->prefix + 1);
    }
    while (low < high) {
        unsigned mid = low + (high - low) / 2;

        if (tree_compare(c, least[mid], key) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool tree_seek(struct contents_walk *w, const struct contents *c, zref root,
               const struct tree_key *key)
{
    unsigned upper = 0;

    *w = (struct contents_walk){.c = c, .root = root, .place = -1};
    if (root == 0)
        return false;
    for (zref ref = root;; ref = page_items(tree_page(c, ref))[w->at[w->depth - 1]]) {
        const struct zpage *p = tree_page(c, ref);

        upper = page_upper(c, p, key);
        w->pages[w->depth] = ref;
        w->at[w->depth++] = (uint16_t)(upper > 0 ? upper - 1 : 0);
        if (p->level == 0)
            break;
    }
    if (upper == 0)
        return false;       /* only when the very first name is after the key */
    w->place = 0;
    return true;
}

zref tree_at(const struct contents_walk *w)
{
    unsigned leaf = w->depth - 1u;

    return page_items(tree_page(w->c, w->pages[leaf]))[w->at[leaf]];
}

/* Down to the first or the last leaf below the item that level `d - 1` stands at. */
static const struct znode *descend(struct contents_walk *w, unsigned d, bool to_first)
{
    for (;; d++) {
        const struct zpage *above = d > 0 ? tree_page(w->c, w->pages[d - 1]) : NULL, *p;

        w->pages[d] = above != NULL ? page_items(above)[w->at[d - 1]] : w->root;
        p = tree_page(w->c, w->pages[d]);
        w->at[d] = (uint16_t)(to_first ? 0 : p->count - 1);
        if (p->level > 0)
            continue;
        w->depth = (uint8_t)(d + 1);
        w->place = 0;
        return node_now(w->c, page_items(p)[w->at[d]]);
    }
}

void contents_walk_begin(struct contents_walk *w, const struct contents *c)
{
    *w = (struct contents_walk){.c = c, .root = c->names, .place = -1};
}

void contents_walk_begin_nsec3(struct contents_walk *w, const struct contents *c)
{
    *w = (struct contents_walk){.c = c, .root = c->nsec3, .place = -1};
}

const struct znode *contents_walk_next(struct contents_walk *w)
{
    if (w->place != 0)
        return w->place < 0 && w->root != 0 ? descend(w, 0, true) : NULL;
    for (unsigned d = w->depth; d > 0; d--) {
        const struct zpage *p = tree_page(w->c, w->pages[d - 1]);

        if (w->at[d - 1] + 1u >= p->count)
            continue;
        w->at[d - 1]++;
        return p->level == 0 ? node_now(w->c, page_items(p)[w->at[d - 1]]) : descend(w, d, true);
    }
    w->place = 1;
    return NULL;
}

const struct znode *contents_walk_last(struct contents_walk *w)
{
    return w->root != 0 ? descend(w, 0, false) : NULL;
}

const struct znode *contents_walk_prev(struct contents_walk *w)
{
    if (w->place != 0)
        return w->place > 0 ? contents_walk_last(w) : NULL;
    for (unsigned d = w->depth; d > 0; d--) {
        const struct zpage *p = tree_page(w->c, w->pages[d - 1]);

        if (w->at[d - 1] == 0)
            continue;
        w->at[d - 1]--;
        return p->level == 0 ? node_now(w->c, page_items(p)[w->at[d - 1]]) : descend(w, d, false);
    }
    w->place = -1;
    return NULL;
}

const struct znode *contents_predecessor(const struct contents *c, const uint8_t *labels,
                                         size_t rel_len, struct contents_walk *w)
{
    const struct tree_key key = {labels, rel_len, name_labels_prefix(labels, rel_len), false};

    tree_seek(w, c, c->names, &key);
    return node_now(c, tree_at(w));
}

const struct znode *tree_find_nsec3(const struct contents *c, const uint8_t *label,
                                    struct contents_walk *w)
{
    /* among owners with that label none is after it, however it goes on */
    const struct tree_key key = {label, SIZE_MAX, 0, true};

    return tree_seek(w, c, c->nsec3, &key) ? node_now(c, tree_at(w)) : NULL;
}
