/*
 * What changes have left behind in a store, until nobody can see it: replaced nodes and
 * pages, names that are gone, superseded versions.
 *
 * A batch is what one edit has left.  Its pieces are used again when an RCU grace
 * period has passed since and no version is pinned that was there before; batches go in
 * the order they came.  Nothing waits: the next edit looks how far it is.
 *
 * The zone's writer's, one thread at a time.
 */
#ifndef KZ_ZONE_RETIRE_H
#define KZ_ZONE_RETIRE_H

#include "base/rcu.h"
#include "zone/arena.h"

/* A piece of memory. */
struct retired_piece {
    zref ref;
    uint32_t units;
};

/* A name that is gone, still in the index: its first node, and the node that says so (0: the
 * first one itself does). */
struct retired_name {
    zref first, gone;
};

struct retired {
    struct retired_piece *pieces;
    struct retired_name *names;
    uint32_t npieces, pieces_room, nnames, names_room;
};

struct batch;

/* Made with the store's first change, freed with the store. */
struct store_writer {
    struct arena arena;
    struct batch *head, **tail;
    struct contents *current;   /* the version in force */
    uint64_t stamp;             /* of the last message */
};

enum result retired_add_piece(struct retired *r, zref ref, uint32_t units);
enum result retired_add_name(struct retired *r, zref first, zref gone);
void retired_free(struct retired *r);

/* The store's writer, made if need be; `current` is the version in force.  NULL without
 * memory. */
struct store_writer *store_writer_get(struct store *s, struct contents *current);

/* Lets go of a store: the last who does frees it. */
void store_unref(struct store *s);

/* A batch, so that ending an edit needs no memory.  NULL without memory. */
struct batch *batch_new(void);
void batch_free(struct batch *b);

/* Hands over what two lists hold, with the versions that can see it: those up to `seen_by`,
 * which is freed with the batch when it is superseded.  NULL: no reader can see any of it. */
void batch_add(struct store_writer *w, struct batch *b, struct retired *gone,
               struct retired *undone, struct contents *seen_by, bool superseded);

/* Gives back to the arena what nobody can see any more.  Names that are gone leave the index of
 * `c`; what they lay in must wait once more and goes to `again`. */
void batches_release(struct store *s, const struct contents *c, struct retired *again);

/* Takes a name that is gone out of the index, where it may not be any more. */
void index_take_out(const struct contents *c, zref first);

/* The store has been copied to `to`, where no reader is yet: all that waits is free there from
 * the next edit on. */
enum result batches_copy(const struct store *s, struct store *to);

/* The first node's own size: what lies before its RRsets. */
static inline uint32_t node_head_units(const struct znode *n)
{
    return (uint32_t)(sizeof *n + n->name_len + 3u) / 4;
}

/* The piece of a node that is not a first one. */
static inline const struct zversion *node_version(const struct znode *n)
{
    return (const struct zversion *)(const void *)n - 1;
}

enum { ZVERSION_UNITS = sizeof(struct zversion) / 4 };

#endif
