/*
 * The second pass of a build: names in canonical order, each name's records grouped
 * into RRsets with their signatures, all written into one block.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dns/rdata.h"
#include "zone/build_internal.h"
#include "zone/sort.h"

/* A version's block begins with its contents; large blocks come from mmap, so that
 * what the bound allowed too much is given back and freeing returns it all. */
struct block {
    size_t mapped;          /* 0: from malloc */
    uint32_t refs;          /* atomic: who made it, and pins */
    struct contents c;
};

enum { MAP_FROM = 1 << 20 };

static struct block *block_of(const struct contents *c)
{
    return (struct block *)(void *)((uintptr_t)c - offsetof(struct block, c));
}

void contents_pin(const struct contents *c)
{
    __atomic_add_fetch(&block_of(c)->refs, 1, __ATOMIC_RELAXED);
}

void contents_unpin(const struct contents *c)
{
    struct block *k = block_of(c);

    if (__atomic_sub_fetch(&k->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    free(c->prefixes);
    if (k->mapped)
        munmap(k, k->mapped);
    else
        free(k);
}

void contents_free(struct contents *c)
{
    if (c != NULL)
        contents_unpin(c);
}

struct layout {
    struct zone_builder *b;
    struct contents *c;
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
    if (n >= b->group_room) {
        uint32_t room = b->group_room ? b->group_room * 2 : 64;
        const struct brec **p = realloc(b->group, room * sizeof *p);

        if (p == NULL)
            return RES_NOMEM;
        b->group = p;
        b->group_room = room;
    }
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
static void put_rrset(struct layout *l, const struct brec *const *g, uint32_t n, uint32_t nsigs)
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
    l->c->nrecords += n + nsigs;
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
    node->rrsets = total > 0 ? (zref)((size_t)(l->at - l->c->base) / 4) : 0;
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
        put_rrset(l, g + i, rrs, sigs);
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
    struct znode *parent = (struct znode *)(void *)(l->c->base + (size_t)node->parent * 4);

    if (parent->flags & (ZN_CUT | ZN_DNAME | ZN_OCCLUDED))
        node->flags |= ZN_OCCLUDED;
    if (node->name[0] == 1 && node->name[1] == '*') {
        node->flags |= ZN_WILD;
        parent->flags |= ZN_HAS_WILD;
    }
}

static void index_node(struct contents *c, uint64_t hash, zref ref)
{
    uint32_t i = (uint32_t)((hash >> 32) * c->nslots >> 32);

    while (c->slots[i].node != 0)
        i = i + 1 == c->nslots ? 0 : i + 1;
    c->slots[i] = (struct zslot){(uint32_t)hash, ref};
}

static enum result put_node(struct layout *l, uint32_t number)
{
    struct bnode *n = &l->b->nodes[number];
    struct znode *node = (struct znode *)(void *)l->at;

    if ((size_t)(l->at - l->c->base) / 4 > UINT32_MAX)
        return RES_RANGE;
    n->ref = (zref)((size_t)(l->at - l->c->base) / 4);
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

static enum result put_nodes(struct layout *l, const uint32_t *nodes, uint32_t n, zref *refs)
{
    enum result r = RES_OK;

    for (uint32_t i = 0; i < n && r == RES_OK; i++) {
        r = put_node(l, nodes[i]);
        refs[i] = l->b->nodes[nodes[i]].ref;
    }
    return r;
}

static size_t round4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* A block with its fixed parts in place; the rest for nodes, at least final_upper. */
static struct block *make_block(const struct zone_builder *b, uint32_t ntree)
{
    uint32_t nnsec3 = b->nnodes - 1 - ntree, nslots = ntree + ntree / 3 + 1;
    size_t fixed = sizeof(struct block) + nslots * sizeof(struct zslot) +
                   (size_t)(b->nnodes - 1) * sizeof(zref) + round4(b->origin.len);
    size_t total = fixed + b->final_upper;
    struct block *k;
    uint8_t *p;

    if (total >= MAP_FROM) {
        k = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
        if (k == MAP_FAILED)
            return NULL;
        k->mapped = total;
    } else if ((k = calloc(1, total)) == NULL) {
        return NULL;
    }
    k->refs = 1;
    p = (uint8_t *)(k + 1);
    k->c = (struct contents){.slots = (struct zslot *)(void *)p, .nslots = nslots,
                             .nnodes = ntree, .nnsec3 = nnsec3};
    p += nslots * sizeof(struct zslot);
    k->c.order = (zref *)(void *)p;
    k->c.nsec3 = k->c.order + ntree;
    p += (size_t)(b->nnodes - 1) * sizeof(zref);
    k->c.origin = memcpy(p, b->origin.wire, b->origin.len);
    k->c.origin_len = b->origin.len;
    k->c.origin_hash = b->origin_hash;
    k->c.base = p + round4(b->origin.len) - 4;  /* so that no node has the zref 0 */
    return k;
}

/* Gives back what lies behind `used` bytes; the block may move. */
static struct block *trim(struct block *k, size_t used)
{
    uintptr_t old = (uintptr_t)k;
    struct block *t;
    ptrdiff_t by;

    if (k->mapped) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE), keep = (used + page - 1) & ~(page - 1);

        if (keep < k->mapped && munmap((uint8_t *)k + keep, k->mapped - keep) == 0)
            k->mapped = keep;
        return k;
    }
    if ((t = malloc(used)) == NULL) /* not realloc: the pointers inside are compared below */
        return k;
    memcpy(t, k, used);
    by = (ptrdiff_t)((uintptr_t)t - old);
    free(k);
    t->c.base += by;
    t->c.slots = (struct zslot *)(void *)((uint8_t *)t->c.slots + by);
    t->c.order = (zref *)(void *)((uint8_t *)t->c.order + by);
    t->c.nsec3 = t->c.order + t->c.nnodes;
    t->c.origin += by;
    return t;
}

static bool has_zone_key(const struct contents *c, const struct znode *apex)
{
    enum { ZONE_KEY = 0x0100 };     /* of the flags, RFC 4034 §2.1.1 */
    const struct zrrset *keys = node_rrset(c, apex, TYPE_DNSKEY);
    const uint8_t *rr = keys != NULL ? rrset_data(keys) : NULL;

    for (unsigned i = 0; keys != NULL && i < keys->count; i++, rr = rr_next(rr))
        if (get_u16(rr + 2) & ZONE_KEY)
            return true;
    return false;
}

/* As in BIND a zone is signed when it has a zone key and either NSEC3PARAM or an NSEC with a
 * signature: signatures of others, and chains without them, prove nothing. */
static void note_denial(struct contents *c, const struct znode *apex)
{
    const struct zrrset *nsec = node_rrset(c, apex, TYPE_NSEC);
    const struct zrrset *param = node_rrset(c, apex, TYPE_NSEC3PARAM);

    if (nsec != NULL && rrset_sigs(nsec) == NULL)
        nsec = NULL;
    c->is_signed = has_zone_key(c, apex) && (nsec != NULL || param != NULL);
    if (!c->is_signed)
        return;
    if (param != NULL && c->nnsec3 > 0) {
        const uint8_t *p = rrset_data(param) + 2;

        c->denial = DENIAL_NSEC3;
        c->nsec3_hash_alg = p[0];
        c->nsec3_iterations = get_u16(p + 2);
        c->nsec3_salt_len = p[4];
        c->nsec3_salt = p + 5;
    } else if (nsec != NULL) {
        c->denial = DENIAL_NSEC;
    }
}

/* Without memory for them the search takes the longer way. */
static void note_prefixes(struct contents *c)
{
    if (c->denial != DENIAL_NSEC || (c->prefixes = malloc(c->nnodes * sizeof *c->prefixes)) == NULL)
        return;
    for (uint32_t i = 0; i < c->nnodes; i++) {
        const struct znode *n = contents_node(c, c->order[i]);

        c->prefixes[i] = name_labels_prefix(n->name, n->name_len);
    }
}

static void note_apex(struct contents *c)
{
    const struct znode *apex = contents_apex(c);
    const struct zrrset *s = node_rrset(c, apex, TYPE_SOA);

    if (s != NULL) {
        const uint8_t *rdata = rrset_data(s) + 2;
        c->serial = get_u32(rdata + rr_len(rrset_data(s)) - 20);
    }
    note_denial(c, apex);
}

enum result zone_layout(struct zone_builder *b, struct contents **out)
{
    uint32_t ntree;
    uint32_t *nodes = sort_nodes(b, &ntree);
    struct block *k = nodes != NULL ? make_block(b, ntree) : NULL;
    struct layout l = {.b = b, .c = k ? &k->c : NULL, .at = k ? k->c.base + 4 : NULL};
    enum result r = RES_NOMEM;

    *out = NULL;
    if (k != NULL && (r = put_nodes(&l, nodes, ntree, l.c->order)) == RES_OK &&
        (r = put_nodes(&l, nodes + ntree, l.c->nnsec3, l.c->nsec3)) == RES_OK)
        r = l.result;
    free(nodes);
    if (r != RES_OK) {
        contents_free(l.c);
        return r;
    }
    *out = &trim(k, (size_t)(l.at - (uint8_t *)k))->c;
    note_apex(*out);
    note_prefixes(*out);
    return RES_OK;
}
