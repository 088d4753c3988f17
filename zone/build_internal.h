/*
 * What zone/build.c gathers and zone/layout.c writes out.  For the builder's files only.
 */
#ifndef KZ_ZONE_BUILD_INTERNAL_H
#define KZ_ZONE_BUILD_INTERNAL_H

#include "dns/name.h"
#include "zone/build_options.h"
#include "zone/contents.h"

enum { APEX_NODE = 1, NO_RECORD = 0 };

/* A record in the log; `next` is the next one of its name, in order of arrival. */
struct brec {
    uint32_t next, line, ttl;
    uint16_t type, rdlen;
    /* RDATA follows */
};

struct bnode {
    uint64_t hash;
    uint32_t name;          /* in the log: name_len bytes */
    uint32_t parent;        /* node number */
    uint32_t first, last;   /* records; a name always stands in the log before any of them */
    uint32_t ref;           /* zref, once laid out */
    uint8_t name_len;
    bool nsec3;
};

struct bslot {
    uint32_t tag, node;
};

struct bfile {
    uint32_t from;          /* log position of the first record out of it */
    const char *file;
};

struct zone_builder {
    struct zone_build_options opt;
    struct name origin;
    uint64_t origin_hash;
    uint8_t *log;           /* in units of four bytes */
    uint32_t log_used, log_room;
    struct bnode *nodes;
    uint32_t nnodes, nodes_room;
    struct bslot *slots;
    uint32_t nslots;
    struct bfile *files;
    uint32_t nfiles, files_room;
    uint32_t nrecords;
    size_t final_upper;     /* bound of the bytes of all nodes and RRsets when laid out */
    const struct brec **group;  /* scratch: the records of one node */
    uint32_t group_room;
    uint8_t last_owner[NAME_MAX_LEN];
    size_t last_len;
    bool last_nsec3;
    bool emptied;           /* changes took records from a node: it may be without any */
    uint32_t last_node;
};

static inline const uint8_t *bnode_name(const struct zone_builder *b, const struct bnode *n)
{
    return b->log + (size_t)n->name * 4;
}

static inline struct brec *bnode_record(const struct zone_builder *b, uint32_t ref)
{
    return (struct brec *)(void *)(b->log + (size_t)ref * 4);
}

/* Bound of the bytes a record takes when laid out. */
static inline size_t brec_final_upper(const struct brec *r)
{
    return sizeof(struct zrrset) + sizeof(struct zsigs) + 2u + r->rdlen + 6;
}

/* The node of a name, made when it is missing.  build.c */
enum result builder_owner(struct zone_builder *b, const uint8_t *owner, size_t owner_len,
                          bool nsec3, uint32_t *out);
bool builder_belongs_to_nsec3(uint16_t type, const uint8_t *rdata, uint16_t rdlen);

/* Takes out the nodes that have neither records nor any below them; before the layout and
 * after it no node can be looked for any more.  build_change.c */
enum result builder_drop_empty(struct zone_builder *b);

/* Sorts and writes; see zone_builder_finish(). */
enum result zone_layout(struct zone_builder *b, struct contents **out);

#endif
