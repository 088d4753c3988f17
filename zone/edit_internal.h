/*
 * The inside of an edit: what zone/edit.c, edit_node.c, edit_rrset.c and tree_edit.c share.
 * For these files only.
 *
 * Whatever takes memory may copy the store to a larger one (edit_take): references stay what
 * they are, pointers into the version in the making do not.  The memory they lead to is kept
 * until the edit ends, so that what was read before may still be read.
 */
#ifndef KZ_ZONE_EDIT_INTERNAL_H
#define KZ_ZONE_EDIT_INTERNAL_H

#include "dns/diff.h"
#include "zone/retire.h"
#include "zone/tree.h"
#include "zone/zone.h"

/* Each copy is half again as large at least, so of 16 GB there are not more. */
enum { EDIT_COPIES_MAX = 64 };

/* What must happen to a piece that the message at hand took when the message is undone. */
enum made_kind {
    MADE_PRIVATE,       /* free at once: no reader has seen it */
    MADE_NODE,          /* free after a grace period: readers may be passing by */
    MADE_NAME           /* a first node that stands in the index */
};

struct made {
    zref ref;
    uint32_t units;
    uint8_t kind;       /* enum made_kind */
};

/* A name whose link was changed, and what it was. */
struct relinked {
    zref first, before;
};

/* Where undoing goes back to. */
struct savepoint {
    struct contents c;
    uint32_t nmade, nrelinked, npieces, nnames;
};

struct zone_edit {
    struct zone *z;
    struct contents *from;      /* what the readers see */
    struct contents *c;         /* the version in the making */
    struct store *s;            /* its memory */
    struct store *copies[EDIT_COPIES_MAX];      /* earlier ones of this edit */
    unsigned ncopies;
    struct batch *batch;        /* for what is left over in the end */
    uint64_t stamp;             /* of the message at hand */
    struct savepoint begin, mark;       /* of the edit, of the message */
    struct made *made;
    struct relinked *relinked;
    uint32_t nmade, made_room, nrelinked, relinked_room;
    struct retired gone;        /* what the kept messages replaced */
    struct retired undone;      /* what undone messages had made */
    zref open;                  /* the name put last by this message: its node may be changed
                                 * in place */
    uint8_t *image;             /* scratch: a node to be put */
    size_t image_len, image_room;
    struct diff diff;
    struct diff *kept;
    unsigned nkept, kept_room;
};

/* --- edit.c --- */

/* The apex has changed, or there are owners of NSEC3 for the first time or no more. */
void edit_note_apex(struct zone_edit *e);

/* A piece of at least `units` (*got), noted for undoing. */
enum result edit_take(struct zone_edit *e, uint32_t units, enum made_kind kind, zref *ref,
                      uint32_t *got);

/* --- tree_edit.c --- */

/* Adds a first node to a tree at its place, or takes it out. */
enum result edit_tree_add(struct zone_edit *e, zref *root, const struct tree_key *key, zref first);
enum result edit_tree_remove(struct zone_edit *e, zref *root, const struct tree_key *key);

/* --- edit_node.c: names --- */

/* The first node of a name that exists; 0: there is none. */
zref edit_find(const struct zone_edit *e, const uint8_t *labels, size_t len, bool nsec3);

/* Makes a name that does not exist: its first node, its place in the tree, the names above it;
 * the node itself is still to be put.  *flags: what it inherits. */
enum result edit_make_name(struct zone_edit *e, const uint8_t *labels, size_t len, bool nsec3,
                           zref *first, uint16_t *flags);

/* The image becomes the node of its name; counters and what is occluded below follow. */
enum result edit_put(struct zone_edit *e, zref first);

/* A name with nothing at and below it ceases to be, and so do those above that were there for
 * it alone. */
enum result edit_prune(struct zone_edit *e, zref first);

/* --- edit_rrset.c: images --- */

/* One change to the RRs or the signatures of a type: at the offset `at` of their bytes `skip`
 * are left out and a record (rdata NULL: none) is put in. */
struct splice {
    uint16_t group;             /* the type; of signatures the one they cover */
    bool sigs;
    size_t at, skip;
    const uint8_t *rdata;
    uint16_t rdlen;
    int64_t count_by;
    uint32_t ttl;
};

/* The image of a node: `old`'s RRsets (NULL: none) with the splice (NULL: none).  Of the flags
 * those that depend on RRsets are found out. */
enum result edit_image(struct zone_edit *e, const struct znode *old, const uint8_t *labels,
                       size_t len, zref parent, uint16_t flags, const struct splice *splice);

#endif
