#include "zone/dump.h"

#include "dns/rrtype.h"

/* A dump at work. */
struct dump {
    const struct contents *c;
    struct master_writer *writer;
    uint16_t rrclass;
    struct name owner, origin;
};

/* Does the empty non-terminal that the walk gave last have a second child?  Its first one
 * stands right behind it. */
static bool has_two_children(const struct contents_walk *at, const struct znode *n)
{
    struct contents_walk ahead = *at;
    const struct znode *next;

    contents_walk_next(&ahead);
    while ((next = contents_walk_next(&ahead)) != NULL && node_is_below(next, n))
        if (node_parent(ahead.c, next) == n)
            return true;
    return false;
}

/*
 * The relative style writes names under an $ORIGIN that is the nearest name above which
 * BIND's tree of trees has a node for: one that holds data, where two branches part,
 * or a wildcard and what it hangs on.
 */
static bool is_origin(const struct contents_walk *at, const struct znode *n)
{
    return n->nrrsets > 0 || n->flags & (ZN_HAS_WILD | ZN_WILD | ZN_APEX) ||
           has_two_children(at, n);
}

static void add_rrset(struct dump *d, uint16_t type, uint16_t covers, uint32_t ttl,
                      uint32_t count, const uint8_t *data)
{
    struct master_rrset s = {
        .owner = d->owner.wire,
        .origin = d->origin.wire,
        .data = data,
        .count = count,
        .ttl = ttl,
        .rrclass = d->rrclass,
        .type = type,
        .covers = covers,
    };

    master_writer_add(d->writer, &s);
}

static void dump_rrset(struct dump *d, const struct zrrset *s)
{
    const struct zsigs *g = rrset_sigs(s);

    if (s->count > 0)
        add_rrset(d, s->type, 0, s->ttl, s->count, rrset_data(s));
    if (g != NULL)
        add_rrset(d, TYPE_RRSIG, s->type, g->ttl, g->count, sigs_data(g));
}

/* SOA, then NS, then the others by type. */
static unsigned type_rank(uint16_t type)
{
    return type == TYPE_SOA ? 0 : type == TYPE_NS ? 1 : 2;
}

static void dump_node(struct dump *d, const struct znode *n)
{
    contents_node_name(d->c, n, &d->owner);
    for (unsigned rank = 0; rank <= 2; rank++)
        NODE_FOR_EACH_RRSET(d->c, n, s)
            if (type_rank(s->type) == rank)
                dump_rrset(d, s);
}

/* The origins of the names on the way down to the node at hand. */
struct origin_stack {
    const struct znode *nodes[NAME_MAX_LABELS];
    unsigned depth;
};

static void set_origin(struct dump *d, struct origin_stack *stack, const struct znode *n)
{
    static const uint8_t root[1] = {0};

    while (stack->depth > 0 && !node_is_below(n, stack->nodes[stack->depth - 1]))
        stack->depth--;
    if (stack->depth == 0)      /* the apex itself is written under the root */
        name_copy(&d->origin, root);
    else
        contents_node_name(d->c, stack->nodes[stack->depth - 1], &d->origin);
}

static void dump_tree(struct dump *d, bool relative)
{
    struct origin_stack stack = {.depth = 0};
    struct contents_walk w;
    const struct znode *n;

    contents_walk_begin(&w, d->c);
    while ((n = contents_walk_next(&w)) != NULL) {
        if (relative) {
            set_origin(d, &stack, n);
            if (is_origin(&w, n))
                stack.nodes[stack.depth++] = n;
        }
        if (n->nrrsets > 0)
            dump_node(d, n);
    }
}

static void dump_nsec3(struct dump *d)
{
    struct contents_walk w;
    const struct znode *n;

    name_copy(&d->origin, d->c->origin);
    if (d->c->nnsec3 > 0)
        master_writer_new_tree(d->writer);
    contents_walk_begin_nsec3(&w, d->c);
    while ((n = contents_walk_next(&w)) != NULL)
        dump_node(d, n);
}

enum result contents_dump(const struct contents *c, uint16_t rrclass, int fd,
                          const struct master_write_options *opt)
{
    struct dump d = {.c = c, .rrclass = rrclass};

    d.writer = master_writer_new(fd, opt);
    if (d.writer == NULL)
        return RES_NOMEM;
    dump_tree(&d, opt->format == MASTER_RELATIVE);
    dump_nsec3(&d);
    return master_writer_finish(d.writer);
}
