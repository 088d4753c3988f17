#include "answer/lookup.h"

static const struct znode *find_suffix(const struct contents *c, const struct hashed_name *name,
                                       unsigned label, unsigned zone_label)
{
    return contents_find(c, name->hash[label], name->wire + name->at[label],
                         (size_t)(name->at[zone_label] - name->at[label]));
}

static const struct znode *find_wildcard(const struct contents *c, const struct hashed_name *name,
                                         const struct lookup *l, unsigned zone_label)
{
    size_t rel_len = (size_t)(name->at[zone_label] - name->at[l->encloser_label]);
    uint8_t labels[NAME_MAX_LEN + 2];

    name_put_wildcard(labels, name->wire + name->at[l->encloser_label], rel_len);
    return contents_find(c, name_hash_label(name->hash[l->encloser_label], labels), labels,
                         rel_len + 2);
}

/* The name stands at or below a delegation or a DNAME (a DNAME's own name does not). */
static bool set_cut(struct lookup *out, const struct contents *c, const struct znode *from,
                    bool is_name_itself)
{
    const struct znode *cut;

    if (!(from->flags & (ZN_CUT | ZN_DNAME | ZN_OCCLUDED)))
        return false;
    cut = contents_cut_above(c, from);
    if (!(cut->flags & ZN_CUT) && cut == from && is_name_itself)
        return false;
    out->node = cut;
    out->kind = cut->flags & ZN_CUT ? LOOKUP_CUT : LOOKUP_DNAME;
    return true;
}

void lookup_name(struct lookup *out, const struct contents *c, const struct hashed_name *name,
                 unsigned zone_label)
{
    const struct znode *n;
    unsigned label = 0;

    while ((n = find_suffix(c, name, label, zone_label)) == NULL)
        label++;        /* ends at the apex, which is always there */
    out->encloser = n;
    out->encloser_label = label;
    if (set_cut(out, c, n, label == 0))
        return;
    out->kind = LOOKUP_NODE;
    out->node = n;
    if (label == 0)
        return;
    out->kind = LOOKUP_NXDOMAIN;
    if ((n->flags & ZN_HAS_WILD) && (n = find_wildcard(c, name, out, zone_label)) != NULL) {
        out->kind = LOOKUP_WILD;
        out->node = n;
    }
}
