/*
 * Names in the making: they are found and made, their nodes put, and they cease to be when
 * nothing is at or below them.
 */
#include "zone/edit_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "zone/apex.h"

enum { CUTTING = ZN_CUT | ZN_DNAME };

static struct znode *first_node(const struct zone_edit *e, zref first)
{
    return store_at(e->c, first);
}

static uint64_t hash_of(const struct zone_edit *e, const uint8_t *labels, size_t len)
{
    return name_hash_relative(e->c->origin_hash, labels, len);
}

/* What the index has for a name, be it gone. */
static zref index_find(const struct zone_edit *e, uint64_t hash, const uint8_t *labels,
                       size_t len)
{
    const struct contents *c = e->c;
    uint64_t slot;

    for (uint32_t i = contents_slot(hash, c->nslots); (slot = slot_read(c, i)) != 0;
         i = i + 1 == c->nslots ? 0 : i + 1) {
        const struct znode *n;

        if (slot >> 32 != (uint32_t)hash || (uint32_t)slot == SLOT_GONE)
            continue;
        n = contents_node(c, (uint32_t)slot);
        if (n->name_len == len && labels_equal(n->name, labels, len))
            return (uint32_t)slot;
    }
    return 0;
}

static struct tree_key key_of(const uint8_t *labels, size_t len, bool nsec3)
{
    return (struct tree_key){labels, len, nsec3 ? 0 : name_labels_prefix(labels, len), nsec3};
}

zref edit_find(const struct zone_edit *e, const uint8_t *labels, size_t len, bool nsec3)
{
    struct tree_key key = key_of(labels, len, nsec3);
    struct contents_walk w;
    zref first;

    if (nsec3)
        return tree_seek(&w, e->c, e->c->nsec3, &key) &&
                       tree_compare(e->c, tree_at(&w), &key) == 0
                   ? tree_at(&w) : 0;
    first = index_find(e, hash_of(e, labels, len), labels, len);
    return first != 0 && !(node_now(e->c, first)->flags & ZN_GONE) ? first : 0;
}

/* --- the index --- */

static void slot_put(struct contents *c, uint64_t hash, zref first)
{
    uint32_t i = contents_slot(hash, c->nslots);

    while (c->slots[i] != 0 && (uint32_t)c->slots[i] != SLOT_GONE)
        i = i + 1 == c->nslots ? 0 : i + 1;
    c->nslots_used += c->slots[i] == 0;
    __atomic_store_n(&c->slots[i], hash << 32 | first, __ATOMIC_RELEASE);
}

static zref slots_ref(const struct contents *c)
{
    return (zref)((size_t)((uint8_t *)c->slots - c->base) / 4);
}

/* Where undoing goes back to the index that is left, it has all the names put in since. */
static void note_used(struct savepoint *to, const struct contents *c)
{
    if (to->c.slots == c->slots)
        to->c.nslots_used = c->nslots_used;
}

/* An index of twice as many slots as there are names; readers keep theirs. */
static enum result index_grow(struct zone_edit *e)
{
    struct contents *c = e->c;
    uint32_t n = c->nnodes * 2 + 16, nold, got;
    const uint64_t *old;
    zref ref;
    enum result r;

    if ((r = retired_add_piece(&e->gone, slots_ref(c), c->nslots * 2)) != RES_OK ||
        (r = edit_take(e, n * 2 + 1, MADE_PRIVATE, &ref, &got)) != RES_OK)
        return r;
    note_used(&e->mark, c);
    note_used(&e->begin, c);
    old = c->slots;
    nold = c->nslots;
    c->slots = store_at(c, ref | 1);        /* odd ones lie at multiples of eight */
    memset(c->slots, 0, n * sizeof *c->slots);
    c->nslots = n;
    c->nslots_used = 0;
    for (uint32_t i = 0; i < nold; i++) {
        zref first = (zref)old[i];
        const struct znode *node = contents_node(c, first);

        if (first != 0 && first != SLOT_GONE && !(node_now(c, first)->flags & ZN_GONE))
            slot_put(c, hash_of(e, node->name, node->name_len), first);
    }
    return RES_OK;
}

static enum result index_add(struct zone_edit *e, uint64_t hash, zref first)
{
    struct contents *c = e->c;

    if (c->nslots_used >= c->nslots - c->nslots / 8 - 1) {
        enum result r = index_grow(e);

        if (r != RES_OK)
            return r;
    }
    slot_put(c, hash, first);
    return RES_OK;
}

/* --- names that come --- */

/* A first node for which no version says otherwise: the name does not exist. */
static enum result make_first(struct zone_edit *e, const uint8_t *labels, size_t len, zref parent,
                              enum made_kind kind, zref *first)
{
    struct znode head = {.parent = parent, .flags = ZN_GONE, .name_len = (uint8_t)len};
    uint32_t got;
    enum result r = edit_take(e, node_head_units(&head), kind, first, &got);

    if (r != RES_OK)
        return r;
    memcpy(first_node(e, *first), &head, sizeof head);
    memcpy(first_node(e, *first)->name, labels, len);
    return RES_OK;
}

/* The flags of a node, some set, some cleared. */
static enum result set_flags(struct zone_edit *e, zref first, unsigned set, unsigned clear)
{
    const struct znode *n = node_now(e->c, first);
    uint16_t flags = (uint16_t)((n->flags | set) & ~clear);
    enum result r;

    if (flags == n->flags)
        return RES_OK;
    r = edit_image(e, n, n->name, n->name_len, n->parent, flags, NULL);
    return r == RES_OK ? edit_put(e, first) : r;
}

/* A name below one that exists. */
static enum result make_below(struct zone_edit *e, uint64_t hash, const uint8_t *labels,
                              size_t len, zref parent, zref *first, uint16_t *flags)
{
    struct tree_key key = key_of(labels, len, false);
    enum result r;

    *first = index_find(e, hash, labels, len);
    /* of a name that was undone the one above it may have left before it and come back anew */
    if (*first != 0 && contents_node(e->c, *first)->parent != parent) {
        index_take_out(e->c, *first);
        *first = 0;
    }
    if (*first == 0 &&
        ((r = make_first(e, labels, len, parent, MADE_NAME, first)) != RES_OK ||
         (r = index_add(e, hash, *first)) != RES_OK))
        return r;
    if ((r = edit_tree_add(e, &e->c->names, &key, *first)) != RES_OK)
        return r;
    e->c->nnodes++;
    *flags = node_now(e->c, parent)->flags & (CUTTING | ZN_OCCLUDED) ? ZN_OCCLUDED : 0;
    if (!name_is_wildcard(labels))
        return RES_OK;
    *flags |= ZN_WILD;
    return set_flags(e, parent, ZN_HAS_WILD, 0);
}

/* The names above that do not exist become empty non-terminals. */
static enum result make_tree_name(struct zone_edit *e, const uint8_t *labels, size_t len,
                                  zref *first, uint16_t *flags)
{
    uint64_t hashes[NAME_MAX_LABELS], h = e->c->origin_hash;
    uint8_t offsets[NAME_MAX_LABELS];
    unsigned n = 0, missing = 1;
    enum result r = RES_OK;
    zref parent = 0;

    for (size_t at = 0; at < len; at += 1u + labels[at])
        offsets[n++] = (uint8_t)at;
    for (unsigned i = n; i > 0; i--)
        hashes[i - 1] = h = name_hash_label(h, labels + offsets[i - 1]);
    while (missing < n && (parent = edit_find(e, labels + offsets[missing],
                                              len - offsets[missing], false)) == 0)
        missing++;
    if (missing == n)
        parent = edit_find(e, labels, 0, false);        /* the apex */
    while (missing-- > 0 && r == RES_OK) {
        const uint8_t *at = labels + offsets[missing];
        size_t rest = len - offsets[missing];

        r = make_below(e, hashes[missing], at, rest, parent, first, flags);
        if (r == RES_OK && missing > 0 &&
            (r = edit_image(e, NULL, at, rest, parent, *flags, NULL)) == RES_OK)
            r = edit_put(e, *first);
        parent = *first;
    }
    return r;
}

enum result edit_make_name(struct zone_edit *e, const uint8_t *labels, size_t len, bool nsec3,
                           zref *first, uint16_t *flags)
{
    struct tree_key key = key_of(labels, len, nsec3);
    enum result r;

    if (!nsec3)
        return make_tree_name(e, labels, len, first, flags);
    *flags = ZN_NSEC3;
    if ((r = make_first(e, labels, len, 0, MADE_NODE, first)) != RES_OK ||
        (r = edit_tree_add(e, &e->c->nsec3, &key, *first)) != RES_OK)
        return r;
    e->c->nnsec3++;
    return RES_OK;
}

/* --- nodes --- */

static void measure(struct contents *c, const struct znode *n, int sign)
{
    uint32_t records = 0;
    uint64_t bytes = 0;

    if (n->flags & ZN_GONE)
        return;
    NODE_FOR_EACH_RRSET(c, n, s)
        node_measure_rrset(s, (size_t)n->name_len + c->origin_len, &records, &bytes);
    c->nrecords = sign > 0 ? c->nrecords + records : c->nrecords - records;
    c->size_bytes = sign > 0 ? c->size_bytes + bytes : c->size_bytes - bytes;
}

/* Units of a first node's RRsets. */
static uint32_t tail_units(const struct contents *c, const struct znode *n)
{
    const uint8_t *begin = (const uint8_t *)node_first(c, n), *end = begin;

    NODE_FOR_EACH_RRSET(c, n, s)
        end = (const uint8_t *)rrset_next(s);
    return (uint32_t)((end - begin) / 4);
}

/* The node that a name had is not needed by later versions. */
static enum result retire_node(struct zone_edit *e, zref first)
{
    const struct znode *f = contents_node(e->c, first);

    if (f->link != 0)
        return retired_add_piece(&e->gone, f->link - ZVERSION_UNITS,
                                 node_version(contents_node(e->c, f->link))->units);
    if (f->flags & ZN_GONE || f->nrrsets == 0)
        return RES_OK;
    return retired_add_piece(&e->gone, first + node_head_units(f), tail_units(e->c, f));
}

static bool fits_open(const struct zone_edit *e, zref first)
{
    const struct znode *n = contents_node(e->c, first);

    return e->open == first &&
           (size_t)node_version(contents_node(e->c, n->link))->units * 4 >=
               sizeof(struct zversion) + e->image_len;
}

static enum result note_link(struct zone_edit *e, zref first)
{
    if (!ARRAY_ROOM(e->relinked, e->nrelinked, e->relinked_room))
        return RES_NOMEM;
    e->relinked[e->nrelinked++] = (struct relinked){first, contents_node(e->c, first)->link};
    return RES_OK;
}

/* Puts the image before the name's other nodes. */
static enum result link_node(struct zone_edit *e, zref first)
{
    struct zversion v = {.born_high = (uint32_t)(e->c->version >> 32),
                         .born_low = (uint32_t)e->c->version};
    uint8_t *at;
    zref ref;
    enum result r;

    if ((r = retire_node(e, first)) != RES_OK ||
        (r = edit_take(e, (uint32_t)((sizeof v + e->image_len + 3) / 4), MADE_NODE, &ref,
                       &v.units)) != RES_OK ||
        (r = note_link(e, first)) != RES_OK)
        return r;
    v.older = first_node(e, first)->link;
    at = store_at(e->c, ref);
    memcpy(at, &v, sizeof v);
    memcpy(at + sizeof v, e->image, e->image_len);
    __atomic_store_n(&first_node(e, first)->link, ref + ZVERSION_UNITS, __ATOMIC_RELEASE);
    e->open = first;
    return RES_OK;
}

static enum result place_image(struct zone_edit *e, zref first)
{
    struct znode *image = (struct znode *)(void *)e->image;
    enum result r;

    image->flags |= ZN_VERSIONED;
    image->link = first;
    measure(e->c, node_now(e->c, first), -1);
    if (fits_open(e, first))
        memcpy(store_at(e->c, first_node(e, first)->link), e->image, e->image_len);
    else if ((r = link_node(e, first)) != RES_OK)
        return r;
    measure(e->c, node_now(e->c, first), 1);
    return RES_OK;
}

/* --- what follows --- */

/* What is below a cut or a DNAME that came or went. */
static enum result occlude_below(struct zone_edit *e, zref top)
{
    const struct znode *n = node_now(e->c, top);
    struct tree_key key = key_of(n->name, n->name_len, false);
    struct contents_walk w;
    enum result r = RES_OK;

    tree_seek(&w, e->c, e->c->names, &key);
    while (r == RES_OK && (n = contents_walk_next(&w)) != NULL &&
           node_is_below(n, contents_node(e->c, top))) {
        bool hidden = node_parent(e->c, n)->flags & (CUTTING | ZN_OCCLUDED);

        r = set_flags(e, tree_at(&w), hidden ? ZN_OCCLUDED : 0, hidden ? 0 : ZN_OCCLUDED);
    }
    return r;
}

static bool has_child(const struct zone_edit *e, zref first)
{
    const struct znode *n = node_now(e->c, first);
    struct tree_key key = key_of(n->name, n->name_len, false);
    struct contents_walk w;

    /* all names above one are nodes: the next is a child, or not below at all */
    tree_seek(&w, e->c, e->c->names, &key);
    n = contents_walk_next(&w);
    return n != NULL && n->parent == first;
}

/* An owner of NSEC3 is known to its tree alone. */
static enum result remove_nsec3(struct zone_edit *e, zref first)
{
    const struct znode *f = contents_node(e->c, first);
    struct tree_key key = key_of(f->name, f->name_len, true);
    enum result r = edit_tree_remove(e, &e->c->nsec3, &key);

    if (r == RES_OK && (r = retire_node(e, first)) == RES_OK)
        r = retired_add_piece(&e->gone, first, node_head_units(contents_node(e->c, first)));
    e->c->nnsec3--;
    e->open = 0;
    return r;
}

/* A name with nothing at and below it goes, and those above that were there for it alone. */
static enum result remove_name(struct zone_edit *e, zref first)
{
    const struct znode *f = contents_node(e->c, first);
    struct tree_key key = key_of(f->name, f->name_len, false);
    zref parent = f->parent;
    bool wild = name_is_wildcard(f->name);
    enum result r;

    if ((r = edit_tree_remove(e, &e->c->names, &key)) != RES_OK ||
        (r = edit_image(e, NULL, NULL, 0, parent, ZN_GONE, NULL)) != RES_OK ||
        (r = place_image(e, first)) != RES_OK ||
        (r = retired_add_name(&e->gone, first, contents_node(e->c, first)->link)) != RES_OK)
        return r;
    e->c->nnodes--;
    e->open = 0;            /* should it come back, that is another node */
    return wild ? set_flags(e, parent, 0, ZN_HAS_WILD) : RES_OK;
}

enum result edit_prune(struct zone_edit *e, zref first)
{
    enum result r = RES_OK;

    while (r == RES_OK) {
        const struct znode *n = node_now(e->c, first);
        zref parent = n->parent;

        if (n->nrrsets > 0 || n->flags & ZN_APEX)
            break;
        if (n->flags & ZN_NSEC3)
            return remove_nsec3(e, first);
        if (has_child(e, first))
            break;
        r = remove_name(e, first);
        first = parent;
    }
    return r;
}

enum result edit_put(struct zone_edit *e, zref first)
{
    uint16_t before = node_now(e->c, first)->flags, now;
    enum result r = place_image(e, first);

    if (r != RES_OK)
        return r;
    now = node_now(e->c, first)->flags;
    if (now & ZN_APEX)
        e->c->apex = contents_node(e->c, first)->link;
    if (((before & ZN_GONE ? 0 : before) ^ now) & CUTTING && !(now & ZN_OCCLUDED))
        return occlude_below(e, first);
    return RES_OK;
}
