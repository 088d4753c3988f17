#include "zone/contents.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "dns/nsec3.h"

const struct zrrset *node_rrset(const struct contents *c, const struct znode *n, uint16_t type)
{
    NODE_FOR_EACH_RRSET(c, n, s)
        if (s->type >= type)
            return s->type == type && s->count > 0 ? s : NULL;
    return NULL;
}

const struct znode *contents_find(const struct contents *c, uint64_t hash, const uint8_t *labels,
                                  size_t rel_len)
{
    uint32_t tag = (uint32_t)hash, i = (uint32_t)((hash >> 32) * c->nslots >> 32);

    for (; c->slots[i].node != 0; i = i + 1 == c->nslots ? 0 : i + 1) {
        const struct znode *n;

        if (c->slots[i].tag != tag)
            continue;
        n = contents_node(c, c->slots[i].node);
        if (n->name_len == rel_len && labels_equal(n->name, labels, rel_len))
            return n;
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

/* The first place from `low` on whose prefix is not below `prefix`. */
static uint32_t prefix_bound(const struct contents *c, uint32_t low, uint64_t prefix)
{
    uint32_t high = c->nnodes;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (c->prefixes[mid] < prefix)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Narrows the search to the names that share the prefix, and the one before them: a search
 * of one small array instead of a node's memory at each step. */
static void narrow_by_prefix(const struct contents *c, uint64_t prefix, uint32_t *low,
                             uint32_t *high)
{
    uint32_t from = prefix_bound(c, 0, prefix);

    *low = from > 0 ? from - 1 : 0;
    *high = prefix < UINT64_MAX ? prefix_bound(c, from, prefix + 1) : c->nnodes;
}

void contents_walk_begin(struct contents_walk *w, const struct contents *c)
{
    *w = (struct contents_walk){.c = c, .refs = c->order, .count = c->nnodes};
}

void contents_walk_begin_nsec3(struct contents_walk *w, const struct contents *c)
{
    *w = (struct contents_walk){.c = c, .refs = c->nsec3, .count = c->nnsec3};
}

const struct znode *contents_walk_next(struct contents_walk *w)
{
    return w->at < w->count ? contents_node(w->c, w->refs[w->at++]) : NULL;
}

const struct znode *contents_walk_prev(struct contents_walk *w)
{
    return w->at > 1 ? contents_node(w->c, w->refs[--w->at - 1]) : NULL;
}

const struct znode *contents_predecessor(const struct contents *c, const uint8_t *labels,
                                         size_t rel_len, struct contents_walk *w)
{
    uint32_t low = 0, high = c->nnodes;     /* order[low] <= name < order[high] */

    if (c->prefixes != NULL)
        narrow_by_prefix(c, name_labels_prefix(labels, rel_len), &low, &high);
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        const struct znode *n = contents_node(c, c->order[mid]);

        if (name_labels_compare(n->name, n->name_len, labels, rel_len) <= 0)
            low = mid;
        else
            high = mid;
    }
    contents_walk_begin(w, c);
    w->at = low + 1;
    return contents_node(c, c->order[low]);
}

enum {
    NSEC3_LABEL_LEN = 32,   /* SHA-1, the only algorithm, in base32hex */
    /* Owners of other chains that are passed on the way back to ours: of ten chains at once
     * so many never stand in a row, and a zone whose NSEC3PARAM fits none costs no more. */
    NSEC3_SKIP_MAX = 256
};

static int nsec3_compare(const struct znode *n, const char *label)
{
    char own[NSEC3_LABEL_LEN];

    if (n->name[0] != NSEC3_LABEL_LEN)
        return n->name[0] < NSEC3_LABEL_LEN ? -1 : 1;
    name_fold((uint8_t *)own, n->name + 1, NSEC3_LABEL_LEN);
    return memcmp(own, label, NSEC3_LABEL_LEN);
}

/* Is the NSEC3 of the chain that the zone's NSEC3PARAM names?  While a zone is given new
 * parameters two chains stand side by side (RFC 5155 §10.3). */
static bool in_chain(const struct contents *c, const struct znode *n)
{
    const struct zrrset *s = node_rrset(c, n, TYPE_NSEC3);
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        const uint8_t *p = rr + 2;

        if (p[0] == c->nsec3_hash_alg && get_u16(p + 2) == c->nsec3_iterations &&
            p[4] == c->nsec3_salt_len && memcmp(p + 5, c->nsec3_salt, p[4]) == 0)
            return true;
    }
    return false;
}

/* How many NSEC3 owners have a hash not after `label`. */
static uint32_t nsec3_upper_bound(const struct contents *c, const char *label)
{
    uint32_t low = 0, high = c->nnsec3;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (nsec3_compare(contents_node(c, c->nsec3[mid]), label) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct znode *contents_nsec3(const struct contents *c, const uint8_t *hash, bool *exact)
{
    char label[NSEC3_LABEL_LEN + 1];
    uint32_t at;

    *exact = false;
    /* base32hex keeps the order of the bytes (RFC 4648 §7), so texts compare as hashes do */
    base32hex_encode(hash, NSEC3_HASH_LEN, label);
    name_fold((uint8_t *)label, (uint8_t *)label, NSEC3_LABEL_LEN);
    at = nsec3_upper_bound(c, label);
    for (uint32_t tries = 0; tries < c->nnsec3 && tries < NSEC3_SKIP_MAX; tries++) {
        const struct znode *n;

        at = (at > 0 ? at : c->nnsec3) - 1;
        n = contents_node(c, c->nsec3[at]);
        if (in_chain(c, n)) {
            *exact = nsec3_compare(n, label) == 0;
            return n;
        }
    }
    return NULL;
}
