#include "zone/compare.h"

#include <string.h>

#include "dns/rdata.h"

/* Both versions on a walk in step. */
struct comparison {
    const struct contents *from, *to;
    struct diff *out;
    struct name owner;          /* of the names at hand */
    uint16_t type;
};

/* The RRs or the signatures of a type. */
struct rrs {
    const uint8_t *at;
    uint32_t left, ttl;
};

static enum result note(struct comparison *k, const struct rrs *x, bool add)
{
    const struct diff_record r = {.owner = k->owner.wire, .owner_len = k->owner.len,
                                  .rdata = x->at + 2, .rdlen = rr_len(x->at), .ttl = x->ttl,
                                  .type = k->type, .add = add};

    return diff_append(k->out, &r);
}

static void step(struct rrs *x)
{
    x->at = rr_next(x->at);
    x->left--;
}

/* Negative: what `x` is at stands before what `y` is at. */
static int order(uint16_t type, const struct rrs *x, const struct rrs *y)
{
    if (x->left == 0 || y->left == 0)
        return x->left > 0 ? -1 : 1;
    return rdata_compare(type, x->at + 2, rr_len(x->at), y->at + 2, rr_len(y->at));
}

static bool is_same(const struct rrs *x, const struct rrs *y)
{
    return x->ttl == y->ttl && rr_len(x->at) == rr_len(y->at) &&
           memcmp(x->at + 2, y->at + 2, rr_len(x->at)) == 0;
}

static enum result compare_rrs(struct comparison *k, struct rrs x, struct rrs y)
{
    enum result r = RES_OK;

    while (r == RES_OK && x.left + y.left > 0) {
        int d = order(k->type, &x, &y);
        bool same = d == 0 && is_same(&x, &y);

        if (d <= 0 && !same)
            r = note(k, &x, false);
        if (r == RES_OK && d >= 0 && !same)
            r = note(k, &y, true);
        if (d <= 0)
            step(&x);
        if (d >= 0)
            step(&y);
    }
    return r;
}

static struct rrs rrs_of(const struct zrrset *s)
{
    return s != NULL ? (struct rrs){rrset_data(s), s->count, s->ttl} : (struct rrs){NULL, 0, 0};
}

static struct rrs sigs_of(const struct zrrset *s)
{
    const struct zsigs *g = s != NULL ? rrset_sigs(s) : NULL;

    return g != NULL ? (struct rrs){sigs_data(g), g->count, g->ttl} : (struct rrs){NULL, 0, 0};
}

static enum result compare_rrsets(struct comparison *k, const struct zrrset *x,
                                  const struct zrrset *y)
{
    enum result r;

    k->type = x != NULL ? x->type : y->type;
    if ((r = compare_rrs(k, rrs_of(x), rrs_of(y))) != RES_OK)
        return r;
    k->type = TYPE_RRSIG;
    return compare_rrs(k, sigs_of(x), sigs_of(y));
}

/* Node by node; NULL: the name is in the other version only. */
static enum result compare_nodes(struct comparison *k, const struct znode *n,
                                 const struct znode *m)
{
    unsigned i = n != NULL ? n->nrrsets : 0, j = m != NULL ? m->nrrsets : 0;
    const struct zrrset *x = i > 0 ? node_first(k->from, n) : NULL;
    const struct zrrset *y = j > 0 ? node_first(k->to, m) : NULL;
    enum result r = RES_OK;

    if (n == m)
        return RES_OK;      /* unchanged since */
    contents_node_name(n != NULL ? k->from : k->to, n != NULL ? n : m, &k->owner);
    while (r == RES_OK && i + j > 0) {
        bool left = i > 0 && (j == 0 || x->type <= y->type);
        bool right = j > 0 && (i == 0 || y->type <= x->type);

        r = compare_rrsets(k, left ? x : NULL, right ? y : NULL);
        if (left)
            x = --i > 0 ? rrset_next(x) : x;
        if (right)
            y = --j > 0 ? rrset_next(y) : y;
    }
    return r;
}

/* The order of both walks: canonical; of owners of NSEC3 by the first label, then the rest. */
static int compare_names(const struct znode *n, const struct znode *m)
{
    int d = 0;

    if (n == NULL || m == NULL)
        return n == NULL ? 1 : -1;
    if (n->flags & ZN_NSEC3)
        d = name_labels_compare(n->name, 1u + *n->name, m->name, 1u + *m->name);
    return d != 0 ? d : name_labels_compare(n->name, n->name_len, m->name, m->name_len);
}

static enum result compare_walks(struct comparison *k, struct contents_walk *v,
                                 struct contents_walk *w)
{
    const struct znode *n = contents_walk_next(v), *m = contents_walk_next(w);
    enum result r = RES_OK;

    while (r == RES_OK && (n != NULL || m != NULL)) {
        int d = compare_names(n, m);

        r = compare_nodes(k, d <= 0 ? n : NULL, d >= 0 ? m : NULL);
        if (d <= 0)
            n = contents_walk_next(v);
        if (d >= 0)
            m = contents_walk_next(w);
    }
    return r;
}

enum result contents_diff(const struct contents *from, const struct contents *to,
                          struct diff *out)
{
    struct comparison k = {.from = from, .to = to, .out = out};
    struct contents_walk v, w;
    enum result r;

    contents_walk_begin(&v, from);
    contents_walk_begin(&w, to);
    if ((r = compare_walks(&k, &v, &w)) != RES_OK)
        return r;
    contents_walk_begin_nsec3(&v, from);
    contents_walk_begin_nsec3(&w, to);
    return compare_walks(&k, &v, &w);
}
