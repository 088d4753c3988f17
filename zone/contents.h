/*
 * One version of a zone's records: immutable, found by one hash probe.
 *
 * Layout.  All that a zone consists of lies in one piece of memory (zone/store.h) and refers
 * to each other by `zref`: an offset in units of four bytes, 0 for none, so that a reference
 * costs four bytes and a zone may hold 16 GB.  A node is followed by its RRsets; loaded nodes
 * lie in canonical order (RFC 4034 §6.1), so a lookup touches the slot of the hash index
 * and then, as a rule, one or two neighbouring cache lines.
 *
 * Versions.  They share that memory.  A name is its first node: the index, the tree and its
 * children refer to that one, and it never moves.  When the name changes, a node that says
 * when it was born is put before the others in a list that begins at the first node's
 * `link`; a reader takes the first that is no younger than his version.  A loaded zone has no
 * such lists and pays nothing for them.  What no version needs any more is used again, see
 * zone/retire.h.
 *
 * The index is a hash of the whole name.  Nothing ordered is needed for a positive
 * answer, a referral or an unsigned NXDOMAIN: empty non-terminals are nodes too, so
 * the closest encloser is the first ancestor that is found.  The tree of a version
 * (zone/tree.h) holds its names in canonical order, for walks and NSEC predecessors; NSEC3
 * owners are no names of the zone's tree and have one of their own (RFC 5155 §7.2.8).
 *
 * Readers hold a version under RCU or by a pin; nothing here locks or allocates.
 */
#ifndef KZ_ZONE_CONTENTS_H
#define KZ_ZONE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dns/name.h"
#include "dns/rrtype.h"

typedef uint32_t zref;

enum znode_flags {
    ZN_CUT = 1 << 0,        /* a delegation: NS here, not the apex, not below another cut */
    ZN_OCCLUDED = 1 << 1,   /* below a cut or a DNAME: glue, or never visible */
    ZN_DNAME = 1 << 2,      /* holds a DNAME */
    ZN_HAS_WILD = 1 << 3,   /* a child named "*" exists */
    ZN_WILD = 1 << 4,       /* the first label is "*" */
    ZN_CNAME = 1 << 5,      /* holds a CNAME */
    ZN_APEX = 1 << 6,
    ZN_NSEC3 = 1 << 7,      /* an NSEC3 owner, outside the tree */
    ZN_GONE = 1 << 8,       /* the name does not exist; never given to callers */
    ZN_VERSIONED = 1 << 9   /* not the name's first node: a struct zversion stands before it */
};

/* Its RRsets lie behind the name at the next multiple of four, by ascending type. */
struct znode {
    zref parent;            /* first node of the name without its first label; 0 at the apex and
                             * for NSEC3 owners.  Use node_parent() */
    zref link;              /* of a first node: the newest version (atomic), 0: none but itself;
                             * of a version: the first node */
    uint16_t flags;         /* enum znode_flags */
    uint8_t nrrsets;        /* 0: empty non-terminal */
    uint8_t name_len;       /* bytes of labels before the origin; 0 at the apex */
    uint8_t name[];         /* those labels, case as they came */
};

/* What stands before a node that is not its name's first.  Never changes. */
struct zversion {
    uint32_t born_high, born_low;       /* the first version it belongs to */
    zref older;             /* the one that it replaced; 0: the first node */
    uint32_t units;         /* size of the piece, in units of four bytes */
};

/* `count` RRs follow: each a 16-bit length in network order and the plain RDATA, in
 * canonical order.  With ZRRSET_SIGNED in data_len the RRSIGs that cover the type come
 * next, as a struct zsigs at the next multiple of four. */
#define ZRRSET_SIGNED 0x80000000u

struct zrrset {
    uint32_t ttl;
    uint16_t type;
    uint16_t count;         /* 0: only signatures stand here */
    uint32_t data_len;      /* bytes of the RRs, and ZRRSET_SIGNED */
};

struct zsigs {
    uint32_t ttl;
    uint32_t count;
    uint32_t data_len;
};

/* A slot of the index: the low half of the name's hash in its high half, the name's first
 * node in the low one.  0: free; SLOT_GONE as node: it was taken. */
#define SLOT_GONE UINT32_MAX

/* How names that do not exist are denied. */
enum denial { DENIAL_NONE, DENIAL_NSEC, DENIAL_NSEC3 };

struct store;

struct contents {
    uint8_t *base;          /* what zrefs count from */
    uint64_t *slots;        /* each atomic; shared with other versions */
    uint64_t version;
    struct store *store;    /* the memory, with its other versions */
    const uint8_t *origin;  /* name */
    uint64_t origin_hash;
    uint64_t size_bytes;    /* contents_size_bytes() */
    uint32_t nslots, nslots_used;       /* used: not free, taken ones included */
    uint32_t nnodes, nnsec3;
    zref apex;              /* its node, in this version */
    zref names, nsec3;      /* roots of the trees, 0: empty */
    uint32_t serial, nrecords;
    uint8_t origin_len;
    uint8_t denial;         /* enum denial */
    bool is_signed;         /* as a validator sees it: keys at the apex, and a signed chain */
    uint8_t nsec3_hash_alg, nsec3_salt_len;
    uint16_t nsec3_iterations;
    const uint8_t *nsec3_salt;
    uint32_t pins;          /* atomic; the last member */
};

static inline const struct znode *contents_node(const struct contents *c, zref ref)
{
    return (const struct znode *)(const void *)(c->base + (size_t)ref * 4);
}

/* The node of the version, among those that the first node links to. */
const struct znode *node_of_version(const struct contents *c, const struct znode *first,
                                    zref newest);

/* The node of a name, by its first one. */
static inline const struct znode *node_now(const struct contents *c, zref first)
{
    const struct znode *n = contents_node(c, first);
    zref newest = __atomic_load_n(&n->link, __ATOMIC_ACQUIRE);

    return __builtin_expect(newest == 0, 1) ? n : node_of_version(c, n, newest);
}

/* The node of the origin: always there. */
static inline const struct znode *contents_apex(const struct contents *c)
{
    return contents_node(c, c->apex);
}

/* The node of the name without its first label; of the apex and of NSEC3 owners nothing. */
static inline const struct znode *node_parent(const struct contents *c, const struct znode *n)
{
    return n->parent != 0 ? node_now(c, n->parent) : NULL;
}

/* Where a node's RRsets begin. */
static inline const struct zrrset *node_first(const struct contents *c, const struct znode *n)
{
    (void)c;
    return (const struct zrrset *)(((uintptr_t)n->name + n->name_len + 3) & ~(uintptr_t)3);
}

static inline const uint8_t *rrset_data(const struct zrrset *s)
{
    return (const uint8_t *)(s + 1);
}

static inline uint32_t rrset_data_len(const struct zrrset *s)
{
    return s->data_len & ~ZRRSET_SIGNED;
}

/* The signatures over an RRset, or NULL. */
static inline const struct zsigs *rrset_sigs(const struct zrrset *s)
{
    if (!(s->data_len & ZRRSET_SIGNED))
        return NULL;
    return (const struct zsigs *)(const void *)(rrset_data(s) + ((rrset_data_len(s) + 3) & ~3u));
}

static inline const uint8_t *sigs_data(const struct zsigs *g)
{
    return (const uint8_t *)(g + 1);
}

/* The RRset behind this one; only valid while the node has another. */
static inline const struct zrrset *rrset_next(const struct zrrset *s)
{
    const struct zsigs *g = rrset_sigs(s);
    const uint8_t *end = g ? sigs_data(g) + g->data_len : rrset_data(s) + rrset_data_len(s);
    return (const struct zrrset *)(((uintptr_t)end + 3) & ~(uintptr_t)3);
}

/* Every RRset of a node, those included that are only signatures (count 0). */
#define NODE_FOR_EACH_RRSET(c, n, s)                                                              \
    for (unsigned left_##s = (n)->nrrsets; left_##s > 0; left_##s = 0)                            \
        for (const struct zrrset *s = node_first((c), (n)); left_##s > 0;                         \
             s = --left_##s > 0 ? rrset_next(s) : s)

/* The RRset of a type; NULL when the node has none (or only signatures of one). */
const struct zrrset *node_rrset(const struct contents *c, const struct znode *n, uint16_t type);

/* Steps through the RRs of `rrset_data` or `sigs_data`: each at `p` has its RDATA at
 * p + 2, rr_len(p) bytes long, and the next at rr_next(p). */
static inline uint16_t rr_len(const uint8_t *p)
{
    return get_u16(p);
}

static inline const uint8_t *rr_next(const uint8_t *p)
{
    return p + 2 + get_u16(p);
}

/* The node whose name is `rel_len` bytes of labels before the origin and whose full
 * name has the hash `hash` (dns/name.h); NULL when there is none. */
const struct znode *contents_find(const struct contents *c, uint64_t hash, const uint8_t *labels,
                                  size_t rel_len);

/* Where the search for a hash begins. */
static inline uint32_t contents_slot(uint64_t hash, uint32_t nslots)
{
    return (uint32_t)((hash >> 32) * nslots >> 32);
}

static inline uint64_t slot_read(const struct contents *c, uint32_t i)
{
    return __atomic_load_n(&c->slots[i], __ATOMIC_ACQUIRE);
}

/* Asks the processor for the index slot of a name that will be looked up soon. */
static inline void contents_prefetch(const struct contents *c, uint64_t hash)
{
    __builtin_prefetch(&c->slots[contents_slot(hash, c->nslots)]);
}

/* Where the node with this hash lies, as far as the index alone tells; NULL: nowhere. */
static inline const uint8_t *contents_peek(const struct contents *c, uint64_t hash)
{
    uint64_t slot;

    for (uint32_t i = contents_slot(hash, c->nslots); (slot = slot_read(c, i)) != 0;
         i = i + 1 == c->nslots ? 0 : i + 1)
        if (slot >> 32 == (uint32_t)hash && (uint32_t)slot != SLOT_GONE)
            return c->base + (size_t)(uint32_t)slot * 4;
    return NULL;
}

/* The node of a full name at or below the origin; NULL when there is none. */
const struct znode *contents_find_name(const struct contents *c, const uint8_t *name);

/* The full name of a node. */
void contents_node_name(const struct contents *c, const struct znode *n, struct name *out);

/* Is the one name below the other? */
bool node_is_below(const struct znode *n, const struct znode *above);

/* The topmost delegation or DNAME at or above a node (not the apex' DNAME unless the
 * node is below the apex); NULL when the node is not under one. */
const struct znode *contents_cut_above(const struct contents *c, const struct znode *n);

/*
 * A walk over a version's nodes in canonical order, empty non-terminals included, or over
 * its owners of NSEC3 by hash.  It allocates nothing and ends by being forgotten; it and the
 * nodes it gives stay valid as long as the version does.
 */
enum { CONTENTS_WALK_DEPTH = 10 };

struct contents_walk {
    const struct contents *c;
    zref root;
    int8_t place;           /* before the first node, on one, behind the last: -1, 0, 1 */
    uint8_t depth;
    uint16_t at[CONTENTS_WALK_DEPTH];
    zref pages[CONTENTS_WALK_DEPTH];
};

void contents_walk_begin(struct contents_walk *w, const struct contents *c);
void contents_walk_begin_nsec3(struct contents_walk *w, const struct contents *c);

/* The next node, NULL when there was none any more; the one before that which was given last,
 * NULL before the first. */
const struct znode *contents_walk_next(struct contents_walk *w);
const struct znode *contents_walk_prev(struct contents_walk *w);
/* The last node of all, NULL when there is none. */
const struct znode *contents_walk_last(struct contents_walk *w);

/* The last node in canonical order whose name is not after `labels` (relative, as
 * above): the NSEC predecessor.  Never NULL: the apex comes first.  The walk goes on (or
 * back) from there. */
const struct znode *contents_predecessor(const struct contents *c, const uint8_t *labels,
                                         size_t rel_len, struct contents_walk *w);

/* The NSEC3 owner with the hash (raw, as long as the algorithm's), or the one before it,
 * around the end of the chain: *exact says which.  NULL without one of the chain that the
 * NSEC3PARAM names. */
const struct znode *contents_nsec3(const struct contents *c, const uint8_t *hash, bool *exact);

/* How large BIND reckons a version to be, for max-journal-size and max-ixfr-ratio: of each
 * RRset its owner's length, 8, and its RDATA. */
static inline uint64_t contents_size_bytes(const struct contents *c)
{
    return c->size_bytes;
}

/* Keeps a version alive beyond the read side: a pin is taken by a thread that holds the version
 * under RCU, and given back by any.  A pinned version may be read without RCU. */
void contents_pin(const struct contents *c);
void contents_unpin(const struct contents *c);

/* Gives it back, at once unless it is pinned. */
void contents_free(struct contents *c);

#endif
