/*
 * Two passes.  Adding appends records to a log and chains them per name; names are found
 * by hash, and missing ancestors are made at once.  Finishing sorts the names, groups
 * each name's records and writes the final block, zone/layout.c.
 */
#include "zone/build.h"

#include <stdlib.h>
#include <string.h>

#include "zone/build_internal.h"

/* What a builder keeps for the next zone at most; slots have to be cleared for each. */
enum { KEEP_BYTES = 4 << 20, KEEP_SLOTS = 1 << 14 };

struct zone_builder *zone_builder_new(void)
{
    return calloc(1, sizeof(struct zone_builder));
}

static void builder_release(struct zone_builder *b)
{
    free(b->log);
    free(b->nodes);
    free(b->slots);
    free(b->files);
    b->log = NULL;
    b->nodes = NULL;
    b->slots = NULL;
    b->files = NULL;
    b->log_room = b->nodes_room = b->nslots = b->files_room = 0;
}

void zone_builder_free(struct zone_builder *b)
{
    if (b == NULL)
        return;
    builder_release(b);
    free(b->group);
    free(b);
}

/* Grows an array to hold `need` elements; *room in elements. */
static enum result grow(void *array, uint32_t *room, size_t need, size_t size)
{
    size_t n = *room ? *room : 64;
    void *p;

    while (n < need)
        n += n / 2 + 64;
    if (n > UINT32_MAX)
        return RES_RANGE;
    if ((p = realloc(*(void **)array, n * size)) == NULL)
        return RES_NOMEM;
    *(void **)array = p;
    *room = (uint32_t)n;
    return RES_OK;
}

static enum result log_take(struct zone_builder *b, size_t bytes, uint32_t *ref)
{
    size_t units = (bytes + 3) / 4;

    if ((size_t)b->log_used + units > b->log_room) {
        enum result r = grow(&b->log, &b->log_room, b->log_used + units, 4);
        if (r != RES_OK)
            return r;
    }
    *ref = b->log_used;
    b->log_used += (uint32_t)units;
    return RES_OK;
}

static enum result slots_double(struct zone_builder *b)
{
    uint32_t n = b->nslots ? b->nslots * 2 : 128;
    struct bslot *s = calloc(n, sizeof *s);

    if (s == NULL)
        return RES_NOMEM;
    for (uint32_t i = 1; i < b->nnodes; i++) {
        uint32_t at = (uint32_t)b->nodes[i].hash & (n - 1);
        while (s[at].node != 0)
            at = (at + 1) & (n - 1);
        s[at] = (struct bslot){(uint32_t)(b->nodes[i].hash >> 32), i};
    }
    free(b->slots);
    b->slots = s;
    b->nslots = n;
    return RES_OK;
}

/* The node of a hash and name: its number, or 0. */
static uint32_t node_find(const struct zone_builder *b, uint64_t hash, const uint8_t *labels,
                          size_t len, uint32_t *slot)
{
    uint32_t mask = b->nslots - 1, at = (uint32_t)hash & mask;

    for (; b->slots[at].node != 0; at = (at + 1) & mask) {
        const struct bnode *n;

        if (b->slots[at].tag != (uint32_t)(hash >> 32))
            continue;
        n = &b->nodes[b->slots[at].node];
        if (n->name_len == len && labels_equal(bnode_name(b, n), labels, len))
            return b->slots[at].node;
    }
    *slot = at;
    return 0;
}

static enum result node_add(struct zone_builder *b, uint64_t hash, const uint8_t *labels,
                            size_t len, uint32_t parent, uint32_t *out)
{
    struct bnode *n;
    uint32_t slot, name;
    enum result r;

    if ((r = log_take(b, len, &name)) != RES_OK)
        return r;
    if (b->nnodes == b->nodes_room &&
        (r = grow(&b->nodes, &b->nodes_room, b->nnodes + 1, sizeof *b->nodes)) != RES_OK)
        return r;
    if (b->nnodes * 2 >= b->nslots && (r = slots_double(b)) != RES_OK)
        return r;
    n = &b->nodes[b->nnodes];
    *n = (struct bnode){.hash = hash, .name = name, .name_len = (uint8_t)len, .parent = parent};
    if (len > 0)
        memcpy(b->log + (size_t)name * 4, labels, len);
    b->final_upper += sizeof(struct znode) + len + 3;
    node_find(b, hash, labels, len, &slot);
    b->slots[slot] = (struct bslot){(uint32_t)(hash >> 32), b->nnodes};
    *out = b->nnodes++;
    return RES_OK;
}

/* The node of a relative name, made with its ancestors where missing. */
static enum result node_get(struct zone_builder *b, const uint8_t *labels, size_t len,
                            uint32_t *out)
{
    uint64_t hashes[NAME_MAX_LABELS], h = b->origin_hash;
    uint8_t offsets[NAME_MAX_LABELS];
    uint32_t slot, node;
    unsigned n = 0, missing = 0;

    for (size_t at = 0; at < len; at += 1u + labels[at])
        offsets[n++] = (uint8_t)at;
    for (unsigned i = n; i > 0; i--)
        hashes[i - 1] = h = name_hash_label(h, labels + offsets[i - 1]);
    for (; missing < n; missing++)      /* the longest suffix that is there */
        if ((node = node_find(b, hashes[missing], labels + offsets[missing],
                              len - offsets[missing], &slot)) != 0)
            break;
    if (missing == n)
        node = APEX_NODE;
    while (missing > 0) {
        const uint8_t *at = labels + offsets[--missing];
        enum result r = node_add(b, hashes[missing], at, len - offsets[missing], node, &node);
        if (r != RES_OK)
            return r;
    }
    *out = node;
    return RES_OK;
}

/* NSEC3 owners are outside the tree: hashed apart, without ancestors.  (The origin is none: an
 * NSEC3 there is data like other, and no hash.) */
static enum result nsec3_get(struct zone_builder *b, const uint8_t *labels, size_t len,
                             uint32_t *out)
{
    uint64_t h = name_hash_relative(~b->origin_hash, labels, len);
    uint32_t slot;
    enum result r;

    if ((*out = node_find(b, h, labels, len, &slot)) != 0)
        return RES_OK;
    if ((r = node_add(b, h, labels, len, 0, out)) == RES_OK)
        b->nodes[*out].nsec3 = true;
    return r;
}

bool builder_belongs_to_nsec3(uint16_t type, const uint8_t *rdata, uint16_t rdlen)
{
    return type == TYPE_NSEC3 ||
           (type == TYPE_RRSIG && rdlen >= 2 && get_u16(rdata) == TYPE_NSEC3);
}

enum result zone_builder_start(struct zone_builder *b, const struct zone_build_options *opt)
{
    uint32_t apex, nothing;
    enum result r;

    b->opt = *opt;
    name_copy(&b->origin, opt->origin);
    b->origin_hash = name_hash(opt->origin);
    b->log_used = 0;
    b->nnodes = 1;              /* number 0 means none */
    b->nrecords = b->nfiles = 0;
    b->last_node = 0;
    b->emptied = false;
    b->last_len = 0;
    b->final_upper = 4;
    b->opt.origin = b->origin.wire;
    if (b->nodes_room == 0 &&
        (r = grow(&b->nodes, &b->nodes_room, 64, sizeof *b->nodes)) != RES_OK)
        return r;
    b->nodes[0] = (struct bnode){0};
    if (b->nslots > 0)
        memset(b->slots, 0, b->nslots * sizeof *b->slots);
    else if ((r = slots_double(b)) != RES_OK)
        return r;
    if ((r = log_take(b, 4, &nothing)) != RES_OK)   /* so that no record is NO_RECORD */
        return r;
    return node_add(b, b->origin_hash, NULL, 0, 0, &apex);
}

/* Notes from which record on `file` is read. */
static enum result note_file(struct zone_builder *b, const char *file)
{
    enum result r;

    if (b->nfiles > 0 && b->files[b->nfiles - 1].file == file)
        return RES_OK;
    if (b->nfiles == b->files_room &&
        (r = grow(&b->files, &b->files_room, b->nfiles + 1, sizeof *b->files)) != RES_OK)
        return r;
    b->files[b->nfiles++] = (struct bfile){b->log_used, file};
    return RES_OK;
}

enum result builder_owner(struct zone_builder *b, const uint8_t *owner, size_t owner_len,
                          bool nsec3, uint32_t *out)
{
    size_t rel_len;
    enum result r;

    if (owner_len == b->last_len && nsec3 == b->last_nsec3 &&
        memcmp(owner, b->last_owner, owner_len) == 0) {
        *out = b->last_node;
        return RES_OK;
    }
    if (!name_is_below(owner, b->origin.wire, &rel_len))
        return RES_NOTSUBDOMAIN;
    r = nsec3 && rel_len > 0 ? nsec3_get(b, owner, rel_len, out)
                             : node_get(b, owner, rel_len, out);
    if (r == RES_OK) {
        struct bnode *n = &b->nodes[*out];

        if (n->first == NO_RECORD && rel_len > 0)   /* the case of the name's own records */
            memcpy(b->log + (size_t)n->name * 4, owner, rel_len);
        memcpy(b->last_owner, owner, owner_len);
        b->last_len = owner_len;
        b->last_nsec3 = nsec3;
        b->last_node = *out;
    }
    return r;
}

enum result zone_builder_add(struct zone_builder *b, const uint8_t *owner, size_t owner_len,
                             uint16_t type, uint32_t ttl, const uint8_t *rdata, uint16_t rdlen,
                             uint32_t line, const char *file)
{
    uint32_t node, ref;
    struct brec *rec;
    enum result r;

    if ((r = builder_owner(b, owner, owner_len, builder_belongs_to_nsec3(type, rdata, rdlen),
                           &node)) != RES_OK ||
        (r = note_file(b, file)) != RES_OK ||
        (r = log_take(b, sizeof *rec + rdlen, &ref)) != RES_OK)
        return r;
    rec = bnode_record(b, ref);
    *rec = (struct brec){.line = line, .ttl = ttl, .type = type, .rdlen = rdlen};
    memcpy(rec + 1, rdata, rdlen);
    if (b->nodes[node].first == NO_RECORD)
        b->nodes[node].first = ref;
    else
        bnode_record(b, b->nodes[node].last)->next = ref;
    b->nodes[node].last = ref;
    b->final_upper += brec_final_upper(rec);
    b->nrecords++;
    return RES_OK;
}

enum result zone_builder_finish(struct zone_builder *b, struct contents **out)
{
    enum result r = b->emptied ? builder_drop_empty(b) : RES_OK;

    *out = NULL;
    if (r == RES_OK)
        r = zone_layout(b, out);
    if ((size_t)b->log_room * 4 > KEEP_BYTES || b->nslots > KEEP_SLOTS)
        builder_release(b);
    return r;
}
