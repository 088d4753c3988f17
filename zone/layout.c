/*
 * The second pass of a build: names in canonical order, each name's records grouped
 * into RRsets with their signatures, all written into one block.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "base/array.h"
#include "zone/apex.h"
#include "zone/build_internal.h"
#include "zone/sort.h"
#include "zone/store.h"
#include "zone/tree.h"

struct layout {
    struct zone_builder *b;
    struct store *s;
    struct contents *c;     /* of the store */
    uint8_t *at;            /* where the next node goes */
    enum result result;     /* the first problem */
};

static void problem(struct layout *l, enum result r, const struct bnode *n, uint16_t type,
                    const struct brec *rec)
{
    struct zone_builder *b = l->b;
    uint32_t ref = (uint32_t)(((const uint8_t *)rec - b->log) / 4), i = b->nfiles;
    struct zone_build_problem p = {.result = r, .type = type, .line = rec->line};
    struct name owner;

    if (l->result == RES_OK)
        l->result = r;
    if (b->opt.problem == NULL)
        return;
    while (i > 1 && b->files[i - 1].from > ref)
        i--;
    p.file = b->files[i - 1].file;
    name_join(&owner, bnode_name(b, n), n->name_len, b->origin.wire);
    p.owner = owner.wire;
    b->opt.problem(b->opt.arg, &p);
}

/* The type a record is grouped by: a signature stands with what it covers. */
static uint16_t group_type(const struct brec *r)
{
    return r->type == TYPE_RRSIG && r->rdlen >= 2 ? get_u16((const uint8_t *)(r + 1)) : r->type;
}

static int record_compare(const struct brec *x, const struct brec *y)
{
    uint16_t gx = group_type(x), gy = group_type(y);

    if (gx != gy)
        return gx < gy ? -1 : 1;
    if (x->type != y->type)
        return x->type == TYPE_RRSIG ? 1 : -1;
    return rdata_compare(x->type, (const uint8_t *)(x + 1), x->rdlen, (const uint8_t *)(y + 1),
                         y->rdlen);
}

/* Ties by place in the log, so that equal records keep the file's order. */
static int qsort_compare(const void *x, const void *y)
{
    const struct brec *a = *(const struct brec *const *)x, *b = *(const struct brec *const *)y;
    int d = record_compare(a, b);

    return d != 0 ? d : (a > b) - (a < b);
}

static void sort_group(const struct brec **g, uint32_t n)
{
    if (n > 16) {
        qsort(g, n, sizeof *g, qsort_compare);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        const struct brec *r = g[i];
        uint32_t j = i;

        for (; j > 0 && record_compare(g[j - 1], r) > 0; j--)
            g[j] = g[j - 1];
        g[j] = r;
    }
}

static enum result group_take(struct zone_builder *b, const struct brec *r, uint32_t n)
{
    if (!ARRAY_ROOM(b->group, n, b->group_room))
        return RES_NOMEM;
    b->group[n] = r;
    return RES_OK;
}

/* The records of a node, sorted and without duplicates, in b->group. */
static enum result gather(struct zone_builder *b, const struct bnode *n, uint32_t *count)
{
    uint32_t total = 0, kept = 0;

    for (uint32_t ref = n->first; ref != NO_RECORD;) {
        const struct brec *r = bnode_record(b, ref);
        enum result e = group_take(b, r, total++);

        if (e != RES_OK)
            return e;
        ref = r->next;
    }
    if (total > 1)
        sort_group(b->group, total);
    for (uint32_t i = 0; i < total; i++) {
        if (kept > 0 && record_compare(b->group[kept - 1], b->group[i]) == 0)
            kept--;     /* of equal records the last stays: its case, its TTL */
        b->group[kept++] = b->group[i];
    }
    *count = kept;
    return RES_OK;
}

/* Of RRs that stand together the last in the file gives the TTL, as in BIND (within one
 * run of an owner's records the parser has given all of them the first's). */
static uint32_t last_ttl(const struct brec *const *g, uint32_t n)
{
    const struct brec *last = g[0];

    for (uint32_t i = 1; i < n; i++)
        if (g[i] > last)
            last = g[i];
    return last->ttl;
}

static uint32_t put_rrs(struct layout *l, const struct brec *const *g, uint32_t n)
{
    uint8_t *from = l->at;

    for (uint32_t i = 0; i < n; i++) {
        put_u16(l->at, g[i]->rdlen);
        memcpy(l->at + 2, g[i] + 1, g[i]->rdlen);
        l->at += 2 + g[i]->rdlen;
    }
    return (uint32_t)(l->at - from);
}

static void align(struct layout *l)
{
    while ((uintptr_t)l->at & 3)
        *l->at++ = 0;
}

/* Writes an RRset of `n` RRs and the `nsigs` signatures behind them in the group. */
static void put_rrset(struct layout *l, const struct brec *const *g, uint32_t n, uint32_t nsigs,
                      size_t owner_len)
{
    struct zrrset *s = (struct zrrset *)(void *)l->at;

    l->at += sizeof *s;
    *s = (struct zrrset){.type = group_type(g[0]), .count = (uint16_t)n};
    if (n > 0) {
        s->ttl = last_ttl(g, n);
        s->data_len = put_rrs(l, g, n);
    }
    align(l);
    if (nsigs > 0) {
        struct zsigs *sig = (struct zsigs *)(void *)l->at;

        l->at += sizeof *sig;
        s->data_len |= ZRRSET_SIGNED;
        sig->count = nsigs;
        sig->ttl = last_ttl(g + n, nsigs);
        sig->data_len = put_rrs(l, g + n, nsigs);
        align(l);
    }
    node_measure_rrset(s, owner_len, &l->c->nrecords, &l->c->size_bytes);
}

/* Types that may stand beside a CNAME: RFC 2181 §10.1, RFC 4034 §2.5. */
static bool beside_cname(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_NSEC || type == TYPE_KEY || type == TYPE_RRSIG;
}

/* Do the counters of a zrrset hold them? */
static bool fits_rrset(const struct brec *const *g, uint32_t count)
{
    uint64_t len = 0;

    for (uint32_t i = 0; i < count; i++)
        len += 2u + g[i]->rdlen;
    return count <= UINT16_MAX && len < ZRRSET_SIGNED;
}

static void check_rrset(struct layout *l, const struct bnode *n, const struct brec *const *g,
                        uint32_t count, struct znode *node)
{
    const struct zone_build_options *o = &l->b->opt;
    uint16_t type = g[0]->type;
    const struct brec *last = g[0];

    for (uint32_t i = 1; i < count; i++)
        if (g[i] > last)
            last = g[i];
    if (count > 1 && (rdata_flags(type) & RRT_SINGLETON))
        problem(l, RES_SINGLETON, n, type, last);
    if (type == TYPE_SOA && n->name_len > 0)
        problem(l, RES_NOTZONETOP, n, type, last);
    if ((o->max_records_per_type > 0 && count > o->max_records_per_type) || !fits_rrset(g, count))
        problem(l, RES_TOOMANYRECORDS, n, type, last);
    if (type == TYPE_CNAME)
        node->flags |= ZN_CNAME;
    else if (type == TYPE_DNAME)
        node->flags |= ZN_DNAME;
    else if (type == TYPE_NS && n->name_len > 0)
        node->flags |= ZN_CUT;
}

static void check_node(struct layout *l, const struct bnode *n, struct znode *node, uint32_t nrrs)
{
    const struct zone_build_options *o = &l->b->opt;
    const struct brec *other = NULL;
    unsigned types = 0;

    for (uint32_t i = 0; i < nrrs; i++) {
        const struct brec *r = l->b->group[i];

        if (!beside_cname(r->type) && (other == NULL || r > other))
            other = r;
        types += i == 0 || group_type(r) != group_type(l->b->group[i - 1]);
    }
    if ((node->flags & ZN_CNAME) && other != NULL)
        problem(l, RES_CNAMEANDOTHER, n, other->type, other);
    if ((o->max_types_per_name > 0 && types > o->max_types_per_name) || types > UINT8_MAX)
        problem(l, RES_TOOMANYRECORDS, n, TYPE_ANY, l->b->group[nrrs - 1]);
}

static enum result put_rrsets(struct layout *l, const struct bnode *n, struct znode *node)
{
    uint32_t total, i = 0;
    enum result r = gather(l->b, n, &total);
    const struct brec *const *g = l->b->group;

    if (r != RES_OK)
        return r;
    while (i < total) {
        uint16_t type = group_type(g[i]);
        uint32_t rrs = 0, sigs = 0;

        while (i + rrs < total && g[i + rrs]->type == type && type != TYPE_RRSIG)
            rrs++;
        while (i + rrs + sigs < total && g[i + rrs + sigs]->type == TYPE_RRSIG &&
               group_type(g[i + rrs + sigs]) == type)
            sigs++;
        if (rrs > 0)
            check_rrset(l, n, g + i, rrs, node);
        if (!fits_rrset(g + i + rrs, sigs))
            problem(l, RES_TOOMANYRECORDS, n, TYPE_RRSIG, g[i + rrs]);
        put_rrset(l, g + i, rrs, sigs, n->name_len + l->c->origin_len);
        node->nrrsets++;
        i += rrs + sigs;
    }
    if (total > 1)
        check_node(l, n, node, total);
    return RES_OK;
}

/* What a node inherits from its parent, which lies before it. */
static void set_flags(struct layout *l, struct znode *node)
{
    struct znode *parent = store_at(l->c, node->parent);

    if (parent->flags & (ZN_CUT | ZN_DNAME | ZN_OCCLUDED))
        node->flags |= ZN_OCCLUDED;
    if (node->name[0] == 1 && node->name[1] == '*') {
        node->flags |= ZN_WILD;
        parent->flags |= ZN_HAS_WILD;
    }
}

static void index_node(struct contents *c, uint64_t hash, zref ref)
{
    uint32_t i = contents_slot(hash, c->nslots);

    while (c->slots[i] != 0)
        i = i + 1 == c->nslots ? 0 : i + 1;
    c->slots[i] = hash << 32 | ref;
}

static zref here(const struct layout *l)
{
    return (zref)((size_t)(l->at - l->c->base) / 4);
}

static enum result put_node(struct layout *l, uint32_t number)
{
    struct bnode *n = &l->b->nodes[number];
    struct znode *node = (struct znode *)(void *)l->at;

    if ((size_t)(l->at - l->c->base) / 4 >= SLOT_GONE)
        return RES_RANGE;
    n->ref = here(l);
    *node = (struct znode){.name_len = n->name_len, .parent = l->b->nodes[n->parent].ref};
    memcpy(node->name, bnode_name(l->b, n), n->name_len);
    l->at += sizeof *node + n->name_len;
    align(l);
    if (n->nsec3) {
        node->flags = ZN_NSEC3;
    } else if (number == APEX_NODE) {
        node->flags = ZN_APEX;
        node->parent = 0;
        l->c->apex = n->ref;
    } else {
        set_flags(l, node);
    }
    if (!n->nsec3)
        index_node(l->c, n->hash, n->ref);
    return put_rrsets(l, n, node);
}

static enum result put_nodes(struct layout *l, const uint32_t *nodes, uint32_t n)
{
    enum result r = RES_OK;

    for (uint32_t i = 0; i < n && r == RES_OK; i++)
        r = put_node(l, nodes[i]);
    return r;
}

/* A page and what it refers to: nodes by number, or the pages `below`, each full but for the
 * last. */
static void put_page(struct layout *l, const uint32_t *nodes, uint32_t n, unsigned level,
                     const zref *below, uint32_t nodes_below)
{
    struct zpage *p = (struct zpage *)(void *)l->at;
    bool keyed = l->c->denial == DENIAL_NSEC && !l->b->nodes[*nodes].nsec3;

    *p = (struct zpage){.units = page_units(n, level, keyed), .count = (uint16_t)n,
                        .room = (uint16_t)n, .level = (uint8_t)level, .keyed = keyed};
    l->at += (size_t)p->units * 4;
    for (uint32_t i = 0; i < n; i++) {
        const struct bnode *least = &l->b->nodes[nodes[(size_t)i * nodes_below]];

        page_items(p)[i] = level > 0 ? below[i] : least->ref;
        page_least(p)[i] = least->ref;
        if (keyed)
            page_keys(p)[i] = name_labels_prefix(bnode_name(l->b, least), least->name_len);
    }
}

/* The tree over `n` nodes in order, its root; level by level, `pages` with a place for each
 * page of the lowest. */
static zref put_tree(struct layout *l, const uint32_t *nodes, uint32_t n, zref *pages)
{
    size_t span = 1;        /* nodes below an item */

    for (unsigned level = 0; n > 0; level++, span *= TREE_PAGE_MAX) {
        uint32_t items = (uint32_t)((n + span - 1) / span), npages = 0;

        for (uint32_t i = 0; i < items; i += TREE_PAGE_MAX, npages++) {
            uint32_t count = items - i < TREE_PAGE_MAX ? items - i : TREE_PAGE_MAX;
            zref ref = here(l);

            put_page(l, nodes + i * span, count, level, pages + i, (uint32_t)span);
            pages[npages] = ref;
        }
        if (npages == 1)
            return pages[0];
    }
    return 0;
}

static enum result put_trees(struct layout *l, const uint32_t *nodes)
{
    zref *pages = malloc((l->b->nnodes / TREE_PAGE_MAX + 1) * sizeof *pages);

    if (pages == NULL)
        return RES_NOMEM;
    l->c->names = put_tree(l, nodes, l->c->nnodes, pages);
    l->c->nsec3 = put_tree(l, nodes + l->c->nnodes, l->c->nnsec3, pages);
    free(pages);
    return (size_t)(l->at - l->c->base) / 4 < SLOT_GONE ? RES_OK : RES_RANGE;
}

/* A bound of what the trees take. */
static size_t trees_upper(uint32_t nnodes)
{
    size_t pages = nnodes / (TREE_PAGE_MAX - 1) + 4;

    return nnodes * (sizeof(zref) + sizeof(zkey)) +
           pages * (sizeof(struct zpage) + 2 * sizeof(zref) + sizeof(zkey));
}

/* A store with its fixed parts in place; the rest for nodes, at least final_upper. */
static struct store *make_store(const struct zone_builder *b, uint32_t ntree)
{
    uint32_t nslots = ntree + ntree / 3 + 1;
    size_t fixed = nslots * sizeof(uint64_t) + b->origin.len + 3u;
    struct store *s = store_new(fixed + b->final_upper + trees_upper(b->nnodes));
    struct contents *c;

    if (s == NULL)
        return NULL;
    c = &s->first;
    c->slots = store_at(c, s->used);
    s->used += nslots * 2;
    c->origin = memcpy(store_at(c, s->used), b->origin.wire, b->origin.len);
    s->used += (b->origin.len + 3u) / 4;
    c->nslots = nslots;
    c->nslots_used = c->nnodes = ntree;
    c->nnsec3 = b->nnodes - 1 - ntree;
    c->origin_len = b->origin.len;
    c->origin_hash = b->origin_hash;
    return s;
}

enum result zone_layout(struct zone_builder *b, struct contents **out)
{
    uint32_t ntree;
    uint32_t *nodes = sort_nodes(b, &ntree);
    struct store *s = nodes != NULL ? make_store(b, ntree) : NULL;
    struct layout l = {.b = b, .s = s, .c = s ? &s->first : NULL};
    enum result r = RES_NOMEM;

    *out = NULL;
    if (s != NULL) {
        l.at = store_at(l.c, s->used);
        if ((r = put_nodes(&l, nodes, ntree)) == RES_OK &&
            (r = put_nodes(&l, nodes + ntree, l.c->nnsec3)) == RES_OK) {
            contents_note_apex(l.c);
            if ((r = put_trees(&l, nodes)) == RES_OK)
                r = l.result;
        }
    }
    free(nodes);
    if (r != RES_OK) {
        contents_free(l.c);
        return r;
    }
    s->used = here(&l);
    *out = &store_trim(s)->first;
    return RES_OK;
}
