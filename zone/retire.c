#include "zone/retire.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct batch {
    struct batch *next;
    struct rcu_grace *grace;
    struct retired gone, undone;
    struct contents *seen_by;   /* NULL: nobody */
    bool superseded;
};

enum result retired_add_piece(struct retired *r, zref ref, uint32_t units)
{
    if (!ARRAY_ROOM(r->pieces, r->npieces, r->pieces_room))
        return RES_NOMEM;
    r->pieces[r->npieces++] = (struct retired_piece){ref, units};
    return RES_OK;
}

enum result retired_add_name(struct retired *r, zref first, zref gone)
{
    if (!ARRAY_ROOM(r->names, r->nnames, r->names_room))
        return RES_NOMEM;
    r->names[r->nnames++] = (struct retired_name){first, gone};
    return RES_OK;
}

void retired_free(struct retired *r)
{
    free(r->pieces);
    free(r->names);
    *r = (struct retired){0};
}

struct batch *batch_new(void)
{
    struct batch *b = calloc(1, sizeof *b);

    if (b != NULL && (b->grace = rcu_grace_new()) == NULL) {
        free(b);
        return NULL;
    }
    return b;
}

static void version_free(struct contents *c)
{
    if (c != &c->store->first)
        free(c);
}

void batch_free(struct batch *b)
{
    if (b == NULL)
        return;
    if (b->superseded)
        version_free(b->seen_by);
    rcu_grace_drop(b->grace);
    retired_free(&b->gone);
    retired_free(&b->undone);
    free(b);
}

struct store_writer *store_writer_get(struct store *s, struct contents *current)
{
    struct store_writer *w = s->writer;

    if (w == NULL && (w = calloc(1, sizeof *w)) != NULL) {
        w->tail = &w->head;
        w->current = current;
        s->writer = w;
    }
    return w;
}

void batch_add(struct store_writer *w, struct batch *b, struct retired *gone,
               struct retired *undone, struct contents *seen_by, bool superseded)
{
    b->gone = *gone;
    b->undone = *undone;
    *gone = *undone = (struct retired){0};
    b->seen_by = seen_by;
    b->superseded = superseded;
    if (seen_by != NULL)
        rcu_grace_start(b->grace);
    *w->tail = b;
    w->tail = &b->next;
}

void index_take_out(const struct contents *c, zref first)
{
    const struct znode *n = contents_node(c, first);
    uint64_t hash = name_hash_relative(c->origin_hash, n->name, n->name_len), slot;

    for (uint32_t i = contents_slot(hash, c->nslots); (slot = slot_read(c, i)) != 0;
         i = i + 1 == c->nslots ? 0 : i + 1)
        if ((uint32_t)slot == first) {
            __atomic_store_n(&c->slots[i], slot | SLOT_GONE, __ATOMIC_RELEASE);
            return;
        }
}

/* A name that came back since stays.  Without memory to wait in, its memory is lost. */
static void release_name(const struct contents *c, const struct retired_name *name,
                         struct retired *again)
{
    const struct znode *n = contents_node(c, name->first);

    if (n->link != name->gone)
        return;
    index_take_out(c, name->first);
    retired_add_piece(again, name->first, node_head_units(n));
    if (name->gone != 0)
        retired_add_piece(again, name->gone - ZVERSION_UNITS,
                          node_version(contents_node(c, name->gone))->units);
}

static bool is_visible(const struct batch *b)
{
    return b->seen_by != NULL && (!rcu_grace_is_over(b->grace) ||
                                  __atomic_load_n(&b->seen_by->pins, __ATOMIC_ACQUIRE) > 0);
}

static void give_pieces(struct arena *a, const struct store *s, const struct retired *r)
{
    for (uint32_t i = 0; i < r->npieces; i++)
        arena_give(a, s, r->pieces[i].ref, r->pieces[i].units);
}

/* Names first: what they look at may be among the pieces. */
static void release(struct store *s, const struct contents *c, struct batch *b,
                    struct retired *again)
{
    struct retired *lists[] = {&b->gone, &b->undone};

    for (unsigned k = 0; k < 2; k++)
        for (uint32_t i = 0; i < lists[k]->nnames; i++)
            release_name(c, &lists[k]->names[i], again);
    for (unsigned k = 0; k < 2; k++)
        give_pieces(&s->writer->arena, s, lists[k]);
}

void batches_release(struct store *s, const struct contents *c, struct retired *again)
{
    struct store_writer *w = s->writer;
    struct batch *b;

    while ((b = w->head) != NULL && !is_visible(b)) {
        release(s, c, b, again);
        w->head = b->next;
        if (w->head == NULL)
            w->tail = &w->head;
        batch_free(b);
    }
}

static enum result copy_retired(const struct retired *r, struct retired *to)
{
    enum result e = RES_OK;

    for (uint32_t i = 0; i < r->npieces && e == RES_OK; i++)
        e = retired_add_piece(to, r->pieces[i].ref, r->pieces[i].units);
    for (uint32_t i = 0; i < r->nnames && e == RES_OK; i++)
        e = retired_add_name(to, r->names[i].first, r->names[i].gone);
    return e;
}

enum result batches_copy(const struct store *s, struct store *to)
{
    struct store_writer *w = store_writer_get(to, NULL);
    struct batch *all = batch_new();
    enum result r = w != NULL && all != NULL ? RES_OK : RES_NOMEM;

    for (const struct batch *b = s->writer->head; r == RES_OK && b != NULL; b = b->next)
        if ((r = copy_retired(&b->gone, &all->gone)) == RES_OK)
            r = copy_retired(&b->undone, &all->gone);
    if (r != RES_OK) {
        batch_free(all);
        return r;
    }
    w->arena = s->writer->arena;
    w->stamp = s->writer->stamp;
    *w->tail = all;
    w->tail = &all->next;
    return RES_OK;
}

/* --- the end of a store --- */

static void writer_free(struct store *s)
{
    struct store_writer *w = s->writer;

    if (w == NULL)
        return;
    for (struct batch *b = w->head, *next; b != NULL; b = next) {
        next = b->next;
        batch_free(b);
    }
    if (w->current != NULL)
        version_free(w->current);
    free(w);
}

static void store_free(struct store *s)
{
    writer_free(s);
    if (s->mapped)
        munmap(s, s->mapped);
    else
        free(s);
}

void store_unref(struct store *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0)
        store_free(s);
}

void contents_pin(const struct contents *c)
{
    __atomic_add_fetch(&((struct contents *)(uintptr_t)c)->pins, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&c->store->refs, 1, __ATOMIC_RELAXED);
}

void contents_unpin(const struct contents *c)
{
    struct store *s = c->store;

    __atomic_sub_fetch(&((struct contents *)(uintptr_t)c)->pins, 1, __ATOMIC_RELEASE);
    store_unref(s);         /* `c` may be gone by now */
}

void contents_free(struct contents *c)
{
    if (c != NULL)
        store_unref(c->store);
}
