/*
 * Changes to what a builder holds.  Records are unlinked from their name; their room in the log
 * is not used again, which a build of a few moments can afford.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "zone/build.h"
#include "zone/build_internal.h"

static const uint8_t *record_data(const struct brec *r)
{
    return (const uint8_t *)(r + 1);
}

/* Of one RRset: signatures make one with those that cover the same type. */
static bool same_rrset(const struct brec *r, const struct build_change *c)
{
    return r->type == c->type && (c->type != TYPE_RRSIG || (r->rdlen >= 2 && c->rdlen >= 2 &&
                                  memcmp(record_data(r), c->rdata, 2) == 0));
}

static bool same_record(const struct brec *r, const struct build_change *c)
{
    return same_rrset(r, c) &&
           rdata_compare(c->type, record_data(r), r->rdlen, c->rdata, c->rdlen) == 0;
}

/* Gives all records of the RRset its TTL, which is that of the last; false when there are none.
 * *have: the record itself is among them. */
static bool rrset_settle(struct zone_builder *b, const struct bnode *n,
                         const struct build_change *c, uint32_t *ttl, bool *have)
{
    struct brec *r;
    bool found = false;

    *have = false;
    for (uint32_t at = n->first; at != NO_RECORD; at = r->next) {
        r = bnode_record(b, at);
        if (!same_rrset(r, c))
            continue;
        *have = *have || same_record(r, c);
        *ttl = r->ttl;
        found = true;
    }
    for (uint32_t at = n->first; found && at != NO_RECORD; at = r->next) {
        r = bnode_record(b, at);
        if (same_rrset(r, c))
            r->ttl = *ttl;
    }
    return found;
}

static void unlink_record(struct zone_builder *b, struct bnode *n, const struct build_change *c)
{
    uint32_t *link = &n->first, last = NO_RECORD;

    while (*link != NO_RECORD) {
        struct brec *r = bnode_record(b, *link);

        if (same_record(r, c)) {
            *link = r->next;
            b->nrecords--;
            b->final_upper -= brec_final_upper(r);
        } else {
            last = *link;
            link = &r->next;
        }
    }
    n->last = last;
}

enum result zone_builder_change(struct zone_builder *b, const struct build_change *c)
{
    uint32_t node, ttl = 0;
    bool found, have;
    enum result r = builder_owner(b, c->owner, c->owner_len,
                                  builder_belongs_to_nsec3(c->type, c->rdata, c->rdlen), &node);

    if (r != RES_OK)
        return r;
    b->emptied = true;
    found = rrset_settle(b, &b->nodes[node], c, &ttl, &have);
    if (c->add ? found && ttl != c->ttl : !have || ttl != c->ttl)
        return RES_NOTEXACT;
    if (c->add)
        return have ? RES_UNCHANGED
                    : zone_builder_add(b, c->owner, c->owner_len, c->type, c->ttl, c->rdata,
                                       c->rdlen, 0, c->file);
    unlink_record(b, &b->nodes[node], c);
    return RES_OK;
}

bool zone_builder_serial(struct zone_builder *b, uint32_t *serial)
{
    const struct brec *r;
    bool found = false;

    for (uint32_t at = b->nodes[APEX_NODE].first; at != NO_RECORD; at = r->next) {
        r = bnode_record(b, at);
        if (r->type != TYPE_SOA || r->rdlen < 20)
            continue;
        *serial = get_u32(record_data(r) + r->rdlen - 20);
        found = true;
    }
    return found;
}

/* A name stands behind its parent: one pass from the end sees who is needed, and in one from
 * the begin it is known where a parent went. */
enum result builder_drop_empty(struct zone_builder *b)
{
    uint32_t *place = calloc(b->nnodes, sizeof *place), kept = APEX_NODE;

    if (place == NULL)
        return RES_NOMEM;
    place[APEX_NODE] = 1;
    for (uint32_t i = b->nnodes - 1; i > APEX_NODE; i--) {
        place[i] = place[i] != 0 || b->nodes[i].first != NO_RECORD;
        if (place[i] != 0 && !b->nodes[i].nsec3)
            place[b->nodes[i].parent] = 1;
    }
    for (uint32_t i = APEX_NODE; i < b->nnodes; i++) {
        if (place[i] == 0)
            continue;
        place[i] = kept;
        b->nodes[kept] = b->nodes[i];
        b->nodes[kept].parent = place[b->nodes[i].parent];
        kept++;
    }
    b->nnodes = kept;
    b->last_len = 0;
    free(place);
    return RES_OK;
}
