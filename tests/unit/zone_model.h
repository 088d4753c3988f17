/*
 * A zone as a plain list of records, what a builder makes of it, and whether that is the same
 * as a version at hand, in all that can be asked of one.  For tests of one thread.
 */
#ifndef KZ_TESTS_ZONE_MODEL_H
#define KZ_TESTS_ZONE_MODEL_H

#include <stdlib.h>

#include "dns/rdata.h"
#include "tests/unit/unit.h"
#include "zone/build.h"

enum { RECORDS_MAX = 6000, RDATA_ROOM = 64 };

struct record {
    struct name owner;
    uint16_t type, rdlen;
    uint32_t ttl;
    uint8_t rdata[RDATA_ROOM];
};

struct model {
    unsigned n;
    struct record r[RECORDS_MAX];
};

static struct name origin;
static struct zone_builder *builder;
static uint32_t dice(uint32_t n)
{
    return (uint32_t)rand() % n;
}

/* --- the model --- */

static uint16_t covers(const struct record *r)
{
    return r->type == TYPE_RRSIG ? get_u16(r->rdata) : 0;
}

static bool same_rrset(const struct record *a, const struct record *b)
{
    return a->type == b->type && covers(a) == covers(b) &&
           name_equal(a->owner.wire, b->owner.wire);
}

static int model_find(const struct model *m, const struct record *r)
{
    for (unsigned i = 0; i < m->n; i++)
        if (same_rrset(&m->r[i], r) && rdata_compare(r->type, m->r[i].rdata, m->r[i].rdlen,
                                                     r->rdata, r->rdlen) == 0)
            return (int)i;
    return -1;
}

/* Did that change anything? */
static bool model_add(struct model *m, const struct record *r)
{
    int at = model_find(m, r);

    if (at >= 0 && m->r[at].ttl == r->ttl)
        return false;
    for (unsigned i = 0; i < m->n; i++)
        if (same_rrset(&m->r[i], r))
            m->r[i].ttl = r->ttl;
    if (at < 0) {
        CU_ASSERT_FATAL(m->n < RECORDS_MAX);
        m->r[m->n++] = *r;
    }
    return true;
}

static void model_remove(struct model *m, unsigned at)
{
    memmove(&m->r[at], &m->r[at + 1], (--m->n - at) * sizeof *m->r);
}

static bool model_delete_rrset(struct model *m, const struct name *owner, uint16_t type)
{
    bool any = false;

    for (unsigned i = m->n; i-- > 0;)
        if (m->r[i].type == type && name_equal(m->r[i].owner.wire, owner->wire)) {
            model_remove(m, i);
            any = true;
        }
    return any;
}

static struct contents *build(const struct model *m)
{
    struct zone_build_options opt = {.origin = origin.wire, .rrclass = CLASS_IN};
    struct contents *c = NULL;

    CU_ASSERT_EQUAL_FATAL(zone_builder_start(builder, &opt), RES_OK);
    for (unsigned i = 0; i < m->n; i++)
        zone_builder_add(builder, m->r[i].owner.wire, m->r[i].owner.len, m->r[i].type, m->r[i].ttl,
                         m->r[i].rdata, m->r[i].rdlen, i, "f");
    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(builder, &c), RES_OK);
    return c;
}

/* --- names --- */

static void name_of(struct name *out, const char *text)
{
    CU_ASSERT_EQUAL_FATAL(name_from_text(out, text, strlen(text), origin.wire), RES_OK);
}

static void random_name(struct name *out)
{
    static const char *const labels[] = {"a", "b", "*", "c", "d", "e", "A", "\\001a"};
    char text[64] = "";
    unsigned n = dice(4);

    for (unsigned i = 0; i < n; i++) {
        if (i > 0)
            strcat(text, ".");
        strcat(text, labels[dice(8)]);
    }
    name_of(out, n == 0 ? "@" : text);
}

/* --- comparing versions --- */

static bool same_sets(const struct contents *c, const struct znode *n, const struct contents *d,
                      const struct znode *m)
{
    const struct zrrset *t = m->nrrsets > 0 ? node_first(d, m) : NULL;
    unsigned i = 0;

    if (n->nrrsets != m->nrrsets)
        return false;
    NODE_FOR_EACH_RRSET(c, n, s) {
        const struct zsigs *g = rrset_sigs(s), *h = rrset_sigs(t);

        if (s->type != t->type || s->count != t->count || s->data_len != t->data_len ||
            (s->count > 0 && s->ttl != t->ttl) ||
            memcmp(rrset_data(s), rrset_data(t), rrset_data_len(s)) != 0 ||
            (g != NULL && (g->ttl != h->ttl || g->count != h->count || g->data_len != h->data_len ||
                           memcmp(sigs_data(g), sigs_data(h), g->data_len) != 0)))
            return false;
        if (++i < n->nrrsets)
            t = rrset_next(t);
    }
    return true;
}

static bool same_node(const struct contents *c, const struct znode *n, const struct contents *d,
                      const struct znode *m)
{
    if (n == NULL || m == NULL)
        return n == m;
    return n->name_len == m->name_len && labels_equal(n->name, m->name, n->name_len) &&
           ((n->flags ^ m->flags) & ~ZN_VERSIONED) == 0 && same_sets(c, n, d, m);
}

static bool same_walks(struct contents_walk *v, struct contents_walk *w)
{
    const struct znode *n, *m;

    do {
        n = contents_walk_next(v);
        m = contents_walk_next(w);
        if (!same_node(v->c, n, w->c, m))
            return false;
    } while (n != NULL);
    do {
        n = contents_walk_prev(v);
        m = contents_walk_prev(w);
        if (!same_node(v->c, n, w->c, m))
            return false;
    } while (n != NULL);
    return true;
}

static bool same_order(const struct contents *c, const struct contents *d)
{
    struct contents_walk v, w;

    contents_walk_begin(&v, c);
    contents_walk_begin(&w, d);
    if (!same_walks(&v, &w))
        return false;
    contents_walk_begin_nsec3(&v, c);
    contents_walk_begin_nsec3(&w, d);
    return same_walks(&v, &w);
}

static bool same_lookups(const struct contents *c, const struct contents *d)
{
    struct contents_walk w;
    const struct znode *m;

    contents_walk_begin(&w, d);
    while ((m = contents_walk_next(&w)) != NULL) {
        struct name name;
        const struct znode *n;

        contents_node_name(d, m, &name);
        n = contents_find_name(c, name.wire);
        if (!same_node(c, n, d, m) ||
            !same_node(c, node_parent(c, n), d, node_parent(d, m)) ||
            !same_node(c, contents_cut_above(c, n), d, contents_cut_above(d, m)))
            return false;
    }
    return true;
}

static bool same_facts(const struct contents *c, const struct contents *d)
{
    return c->nnodes == d->nnodes && c->nnsec3 == d->nnsec3 && c->nrecords == d->nrecords &&
           c->serial == d->serial && c->denial == d->denial && c->is_signed == d->is_signed &&
           contents_size_bytes(c) == contents_size_bytes(d) &&
           (c->denial != DENIAL_NSEC3 || c->nsec3_iterations == d->nsec3_iterations);
}

static bool same_stranger(const struct contents *c, const struct contents *d,
                          const struct name *name)
{
    struct contents_walk v, w;
    size_t rel_len;

    name_is_below(name->wire, origin.wire, &rel_len);
    return same_node(c, contents_find_name(c, name->wire), d, contents_find_name(d, name->wire)) &&
           same_node(c, contents_predecessor(c, name->wire, rel_len, &v), d,
                     contents_predecessor(d, name->wire, rel_len, &w)) &&
           same_node(c, contents_walk_prev(&v), d, contents_walk_prev(&w));
}

static bool same_nsec3(const struct contents *c, const struct contents *d)
{
    uint8_t hash[20];
    const struct znode *n, *m;
    bool x, y;

    memset(hash, (int)dice(256), sizeof hash);
    n = contents_nsec3(c, hash, &x);
    m = contents_nsec3(d, hash, &y);
    return c->denial != DENIAL_NSEC3 || (same_node(c, n, d, m) && x == y);
}

static bool same_strangers(const struct contents *c, const struct contents *d)
{
    for (unsigned i = 0; i < 10; i++) {
        struct name name;

        random_name(&name);
        if (!same_stranger(c, d, &name) || !same_nsec3(c, d))
            return false;
    }
    return true;
}

static void check_version(const struct contents *c, const struct model *m)
{
    struct contents *d = build(m);

    CU_ASSERT_TRUE_FATAL(same_facts(c, d));
    CU_ASSERT_TRUE_FATAL(same_order(c, d));
    CU_ASSERT_TRUE_FATAL(same_lookups(c, d));
    CU_ASSERT_TRUE_FATAL(same_strangers(c, d));
    contents_free(d);
}

#endif
