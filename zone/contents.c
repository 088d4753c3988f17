#include "zone/contents.h"

#include <string.h>

const struct zrrset *node_rrset(const struct contents *c, const struct znode *n, uint16_t type)
{
    NODE_FOR_EACH_RRSET(c, n, s)
        if (s->type >= type)
            return s->type == type && s->count > 0 ? s : NULL;
    return NULL;
}

const struct znode *node_of_version(const struct contents *c, const struct znode *first,
                                    zref newest)
{
    for (zref at = newest; at != 0;) {
        const struct znode *n = contents_node(c, at);
        const struct zversion *v = (const struct zversion *)(const void *)n - 1;

        if (((uint64_t)v->born_high << 32 | v->born_low) <= c->version)
            return n;
        at = v->older;
    }
    return first;
}

const struct znode *contents_find(const struct contents *c, uint64_t hash, const uint8_t *labels,
                                  size_t rel_len)
{
    uint32_t tag = (uint32_t)hash;
    uint64_t slot;

    for (uint32_t i = contents_slot(hash, c->nslots); (slot = slot_read(c, i)) != 0;
         i = i + 1 == c->nslots ? 0 : i + 1) {
        const struct znode *n;

        if (slot >> 32 != tag || (uint32_t)slot == SLOT_GONE)
            continue;
        n = contents_node(c, (uint32_t)slot);
        if (n->name_len != rel_len || !labels_equal(n->name, labels, rel_len))
            continue;
        n = node_now(c, (uint32_t)slot);
        return n->flags & ZN_GONE ? NULL : n;
    }
    return NULL;
}

const struct znode *contents_find_name(const struct contents *c, const uint8_t *name)
{
    size_t rel_len;

    if (!name_is_below(name, c->origin, &rel_len))
        return NULL;
    return contents_find(c, name_hash_relative(c->origin_hash, name, rel_len), name, rel_len);
}

void contents_node_name(const struct contents *c, const struct znode *n, struct name *out)
{
    memcpy(out->wire, n->name, n->name_len);
    memcpy(out->wire + n->name_len, c->origin, c->origin_len);
    out->len = (uint8_t)(n->name_len + c->origin_len);
}

bool node_is_below(const struct znode *n, const struct znode *above)
{
    size_t at = 0, begin = (size_t)n->name_len - above->name_len;

    if (n->name_len <= above->name_len)
        return false;
    while (at < begin)
        at += 1u + n->name[at];
    return at == begin && labels_equal(n->name + at, above->name, above->name_len);
}

const struct znode *contents_cut_above(const struct contents *c, const struct znode *n)
{
    const struct znode *top = NULL;

    if (n->flags & (ZN_CUT | ZN_DNAME))
        top = n;
    while (n->flags & ZN_OCCLUDED) {
        n = node_parent(c, n);
        if (n->flags & (ZN_CUT | ZN_DNAME))
            top = n;
    }
    return top;
}
