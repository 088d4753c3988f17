/*
 * An edit from its beginning to its end: the version in the making, its memory, what undoes a
 * message, and what becomes of the pieces that are left over.
 */
#include "zone/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "zone/apex.h"
#include "zone/edit_internal.h"

/* --- memory --- */

/* Leads what points into the store to its copy. */
static void move_contents(struct contents *c, struct store *to)
{
    ptrdiff_t by = (ptrdiff_t)((uintptr_t)to->first.base - (uintptr_t)c->base);

    c->base += by;
    c->slots = (uint64_t *)(void *)((uint8_t *)c->slots + by);
    c->origin += by;
    if (c->nsec3_salt != NULL)
        c->nsec3_salt += by;
    c->store = to;
}

/* Goes on in a larger copy of the store; the readers keep theirs. */
static enum result move_store(struct zone_edit *e, uint32_t units)
{
    struct store *to = e->ncopies < EDIT_COPIES_MAX ? store_copy(e->s, units) : NULL;

    if (to == NULL)
        return RES_NOMEM;
    if (batches_copy(e->s, to) != RES_OK) {
        store_unref(to);
        return RES_NOMEM;
    }
    e->copies[e->ncopies++] = e->s;
    e->s = to;
    move_contents(e->c, to);
    move_contents(&e->mark.c, to);
    move_contents(&e->begin.c, to);
    return RES_OK;
}

static bool has_moved(const struct zone_edit *e)
{
    return e->s != e->from->store;
}

static enum result note_made(struct zone_edit *e, zref ref, uint32_t units, enum made_kind kind)
{
    if (!ARRAY_ROOM(e->made, e->nmade, e->made_room))
        return RES_NOMEM;
    e->made[e->nmade++] = (struct made){ref, units, (uint8_t)kind};
    return RES_OK;
}

enum result edit_take(struct zone_edit *e, uint32_t units, enum made_kind kind, zref *ref,
                      uint32_t *got)
{
    enum result r;

    while ((*ref = arena_take(&e->s->writer->arena, e->s, units, got)) == 0)
        if (!store_extend(e->s, units) && (r = move_store(e, units)) != RES_OK)
            return r;
    if ((r = note_made(e, *ref, *got, kind)) != RES_OK)
        arena_give(&e->s->writer->arena, e->s, *ref, *got);
    return r;
}

void edit_note_apex(struct zone_edit *e)
{
    contents_note_apex(e->c);
}

/* --- beginning and end --- */

static struct savepoint savepoint_here(const struct zone_edit *e)
{
    return (struct savepoint){*e->c, e->nmade, e->nrelinked, e->gone.npieces, e->gone.nnames};
}

static void begin_message(struct zone_edit *e)
{
    e->mark = savepoint_here(e);
    e->stamp = ++e->s->writer->stamp;
    e->open = 0;
}

static void edit_free(struct zone_edit *e)
{
    for (unsigned i = 0; i < e->ncopies; i++)
        if (e->copies[i] != e->from->store)
            store_unref(e->copies[i]);
    retired_free(&e->gone);
    retired_free(&e->undone);
    batch_free(e->batch);
    free(e->made);
    free(e->relinked);
    free(e->image);
    diff_free(&e->diff);
    for (unsigned i = 0; i < e->nkept; i++)
        diff_free(&e->kept[i]);
    free(e->kept);
    free(e);
}

static struct zone_edit *edit_new(struct zone *z)
{
    struct contents *from = z->contents;
    struct zone_edit *e = calloc(1, sizeof *e);

    if (e == NULL)
        return NULL;
    e->z = z;
    e->from = from;
    e->s = from->store;
    e->batch = batch_new();
    e->c = malloc(sizeof *e->c);
    if (e->batch == NULL || e->c == NULL || store_writer_get(e->s, from) == NULL) {
        free(e->c);
        batch_free(e->batch);
        free(e);
        return NULL;
    }
    memcpy(e->c, from, offsetof(struct contents, pins));    /* readers count those */
    e->c->pins = 0;
    e->c->version = from->version + 1;
    diff_init(&e->diff);
    return e;
}

/* With the lock, which goes when there is no edit. */
static enum result begin_locked(struct zone *z, struct zone_edit **out)
{
    enum result r = RES_OK;

    if (z->contents == NULL)
        r = RES_NOTLOADED;
    else if ((*out = edit_new(z)) == NULL)
        r = RES_NOMEM;
    if (r != RES_OK) {
        pthread_mutex_unlock(&z->writer);
        return r;
    }
    batches_release((*out)->s, (*out)->from, &(*out)->undone);
    (*out)->begin = savepoint_here(*out);
    begin_message(*out);
    return RES_OK;
}

enum result zone_edit_begin(struct zone *z, struct zone_edit **out)
{
    *out = NULL;
    pthread_mutex_lock(&z->writer);
    return begin_locked(z, out);
}

enum result zone_edit_try(struct zone *z, struct zone_edit **out)
{
    *out = NULL;
    return pthread_mutex_trylock(&z->writer) == 0 ? begin_locked(z, out) : RES_LOCKBUSY;
}

struct zone *zone_edit_zone(const struct zone_edit *e)
{
    return e->z;
}

const struct contents *zone_edit_contents(const struct zone_edit *e)
{
    return e->c;
}

const struct diff *zone_edit_diff(const struct zone_edit *e)
{
    return &e->diff;
}

/* What a message made and nobody needs; without memory to note it, its memory is lost. */
static void unmake(struct zone_edit *e, const struct made *m)
{
    if (m->kind == MADE_PRIVATE)
        arena_give(&e->s->writer->arena, e->s, m->ref, m->units);
    else if (m->kind == MADE_NODE)
        retired_add_piece(&e->undone, m->ref, m->units);
    else
        retired_add_name(&e->undone, m->ref, 0);
}

static void go_back(struct zone_edit *e, const struct savepoint *to)
{
    uint32_t used = e->c->slots == to->c.slots ? e->c->nslots_used : to->c.nslots_used;

    while (e->nrelinked > to->nrelinked) {
        const struct relinked *x = &e->relinked[--e->nrelinked];
        struct znode *n = store_at(e->c, x->first);

        __atomic_store_n(&n->link, x->before, __ATOMIC_RELEASE);
    }
    while (e->nmade > to->nmade)
        unmake(e, &e->made[--e->nmade]);
    e->gone.npieces = to->npieces;
    e->gone.nnames = to->nnames;
    *e->c = to->c;
    e->c->nslots_used = used;   /* names that were undone leave the index later */
    diff_clear(&e->diff);
    begin_message(e);
}

void zone_edit_undo(struct zone_edit *e)
{
    struct savepoint mark = e->mark;

    go_back(e, &mark);
}

enum result zone_edit_keep(struct zone_edit *e)
{
    if (e->diff.count > 0) {
        if (!ARRAY_ROOM(e->kept, e->nkept, e->kept_room) || diff_sort(&e->diff) != RES_OK) {
            zone_edit_undo(e);
            return RES_NOMEM;
        }
        e->kept[e->nkept++] = e->diff;
        diff_init(&e->diff);
    }
    begin_message(e);
    return RES_OK;
}

unsigned zone_edit_kept(const struct zone_edit *e)
{
    return e->nkept;
}

const struct diff *zone_edit_kept_diff(const struct zone_edit *e, unsigned i)
{
    return &e->kept[i];
}

/* Readers see the version; the memory of those before goes when they have gone. */
static void show(struct zone_edit *e)
{
    struct store_writer *w = e->s->writer;
    struct contents *from = e->from;

    w->current = e->c;
    if (has_moved(e)) {
        zone_swap(e->z, e->c);
        batch_add(w, e->batch, &e->gone, &e->undone, NULL, false);
    } else {
        rcu_publish(e->z->contents, e->c);
        batch_add(w, e->batch, &e->gone, &e->undone, from, true);
    }
    e->batch = NULL;
}

static void end(struct zone_edit *e)
{
    struct zone *z = e->z;

    edit_free(e);
    pthread_mutex_unlock(&z->writer);
}

void zone_edit_publish(struct zone_edit *e)
{
    if (e->nkept == 0) {
        zone_edit_abandon(e);
        return;
    }
    zone_edit_undo(e);
    show(e);
    end(e);
}

void zone_edit_abandon(struct zone_edit *e)
{
    struct savepoint begin = e->begin;

    go_back(e, &begin);
    if (has_moved(e)) {     /* the copy is as good as what it was made from, and larger */
        show(e);
    } else {
        e->from->nslots_used = e->c->nslots_used;
        free(e->c);
        if (e->undone.npieces + e->undone.nnames > 0) {
            batch_add(e->s->writer, e->batch, &e->gone, &e->undone, e->from, false);
            e->batch = NULL;
        }
    }
    end(e);
}
