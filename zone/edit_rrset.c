/*
 * Records in the making: a node's RRsets with one of them changed, written as they will
 * lie in the zone's memory; and the changes that additions and deletions are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/rcu.h"
#include "dns/rdata.h"
#include "zone/edit.h"
#include "zone/edit_internal.h"

/* The RRs or the signatures of a type. */
struct rr_list {
    const uint8_t *data;
    size_t len;
    uint32_t count, ttl;
};

static struct rr_list list_of(const struct zrrset *s, bool sigs)
{
    const struct zsigs *g = s != NULL ? rrset_sigs(s) : NULL;

    if (s == NULL || (sigs && g == NULL))
        return (struct rr_list){NULL, 0, 0, 0};
    return sigs ? (struct rr_list){sigs_data(g), g->data_len, g->count, g->ttl}
                : (struct rr_list){rrset_data(s), rrset_data_len(s), s->count, s->ttl};
}

/* --- images --- */

static bool image_room(struct zone_edit *e, size_t more)
{
    size_t room = e->image_room ? e->image_room : 1024;
    uint8_t *p;

    if (e->image_len + more <= e->image_room)
        return true;
    while (room < e->image_len + more)
        room *= 2;
    if ((p = realloc(e->image, room)) == NULL)
        return false;
    e->image = p;
    e->image_room = room;
    return true;
}

static bool image_add(struct zone_edit *e, const void *data, size_t len)
{
    if (!image_room(e, len + 4))
        return false;
    if (len > 0)
        memcpy(e->image + e->image_len, data, len);
    e->image_len += len;
    return true;
}

static bool image_align(struct zone_edit *e)
{
    static const uint8_t zeros[4];

    return image_add(e, zeros, -e->image_len & 3);
}

/* A list as the splice leaves it. */
static bool image_add_list(struct zone_edit *e, const struct rr_list *l, const struct splice *p)
{
    uint8_t len[2];

    if (p == NULL)
        return image_add(e, l->data, l->len);
    put_u16(len, p->rdlen);
    return image_add(e, l->data, p->at) &&
           (p->rdata == NULL || (image_add(e, len, 2) && image_add(e, p->rdata, p->rdlen))) &&
           (l->len == 0 ||
            image_add(e, l->data + p->at + p->skip, l->len - p->at - p->skip));
}

/* The same, so far without its bytes. */
static struct rr_list list_after(struct rr_list l, const struct splice *p)
{
    l.len += (p->rdata != NULL ? 2u + p->rdlen : 0) - p->skip;
    l.count = (uint32_t)(l.count + p->count_by);
    l.ttl = p->ttl;
    return l;
}

/* The RRset of the splice's type, made from `s` (NULL: there was none). */
static bool image_add_group(struct zone_edit *e, const struct zrrset *s, const struct splice *p)
{
    struct rr_list rrs = list_of(s, false), sigs = list_of(s, true);
    struct rr_list rrs_now = p->sigs ? rrs : list_after(rrs, p);
    struct rr_list sigs_now = p->sigs ? list_after(sigs, p) : sigs;
    struct zrrset head = {.ttl = rrs_now.ttl, .type = p->group, .count = (uint16_t)rrs_now.count,
                          .data_len = (uint32_t)rrs_now.len};
    struct zsigs sig = {sigs_now.ttl, sigs_now.count, (uint32_t)sigs_now.len};

    if (rrs_now.count + sigs_now.count == 0)
        return true;
    ((struct znode *)(void *)e->image)->nrrsets++;
    head.data_len |= sigs_now.count > 0 ? ZRRSET_SIGNED : 0;
    if (!image_add(e, &head, sizeof head) ||
        (rrs_now.count > 0 && !image_add_list(e, &rrs, p->sigs ? NULL : p)) || !image_align(e))
        return false;
    return sigs_now.count == 0 ||
           (image_add(e, &sig, sizeof sig) && image_add_list(e, &sigs, p->sigs ? p : NULL) &&
            image_align(e));
}

static bool image_add_rrset(struct zone_edit *e, const struct zrrset *s)
{
    ((struct znode *)(void *)e->image)->nrrsets++;
    return image_add(e, s, (size_t)((const uint8_t *)rrset_next(s) - (const uint8_t *)s));
}

/* Flags that say what RRsets a node has. */
enum { BY_TYPE = ZN_CUT | ZN_DNAME | ZN_CNAME };

static uint16_t flags_by_type(const struct zone_edit *e)
{
    const struct znode *n = (const struct znode *)(const void *)e->image;
    uint16_t flags = 0;

    NODE_FOR_EACH_RRSET(e->c, n, s) {
        if (s->count > 0 && s->type == TYPE_NS && !(n->flags & ZN_APEX))
            flags |= ZN_CUT;
        else if (s->count > 0 && s->type == TYPE_DNAME)
            flags |= ZN_DNAME;
        else if (s->count > 0 && s->type == TYPE_CNAME)
            flags |= ZN_CNAME;
    }
    return flags;
}

static bool image_add_rrsets(struct zone_edit *e, const struct znode *old,
                             const struct splice *splice)
{
    bool done = splice == NULL;

    if (old != NULL)
        NODE_FOR_EACH_RRSET(e->c, old, s) {
            bool same = splice != NULL && s->type == splice->group;

            if (!done && s->type >= splice->group) {
                done = true;
                if (!image_add_group(e, same ? s : NULL, splice))
                    return false;
            }
            if (!same && !image_add_rrset(e, s))
                return false;
        }
    return done || image_add_group(e, NULL, splice);
}

enum result edit_image(struct zone_edit *e, const struct znode *old, const uint8_t *labels,
                       size_t len, zref parent, uint16_t flags, const struct splice *splice)
{
    struct znode head = {.parent = parent, .name_len = (uint8_t)len,
                         .flags = flags & (uint16_t)~(BY_TYPE | ZN_VERSIONED)};

    e->image_len = 0;
    if (!image_add(e, &head, sizeof head) || !image_add(e, labels, len) || !image_align(e) ||
        !image_add_rrsets(e, old, splice))
        return RES_NOMEM;
    ((struct znode *)(void *)e->image)->flags |= flags_by_type(e);
    return RES_OK;
}

/* --- one record --- */

/* A record that is to be added or taken away, and where it belongs. */
struct target {
    struct zone_edit *e;
    const uint8_t *owner;
    size_t owner_len, rel_len;
    uint16_t type, group;
    bool sigs, nsec3;
    zref first;             /* 0: the name does not exist */
    const struct znode *n;  /* NULL then */
    const struct zrrset *rrset;     /* of the group; NULL */
    struct rr_list list;
};

static enum result note(const struct target *t, uint32_t ttl, const uint8_t *rdata, uint16_t rdlen,
                        bool add)
{
    const struct diff_record r = {.owner = t->owner, .rdata = rdata, .ttl = ttl, .type = t->type,
                                  .rdlen = rdlen, .owner_len = (uint8_t)t->owner_len, .add = add};

    return diff_append_minimal(&t->e->diff, &r);
}

/* Where records of this type, with signatures those over `covers`, stand at a name. */
static enum result target_set(struct target *t, struct zone_edit *e, const uint8_t *owner,
                              uint16_t type, uint16_t covers)
{
    *t = (struct target){.e = e, .owner = owner, .owner_len = name_length(owner), .type = type};
    if (!name_is_below(owner, e->c->origin, &t->rel_len))
        return RES_NOTSUBDOMAIN;
    t->sigs = type == TYPE_RRSIG;
    t->group = t->sigs ? covers : type;
    t->nsec3 = t->group == TYPE_NSEC3 && t->rel_len > 0;
    t->first = edit_find(e, owner, t->rel_len, t->nsec3);
    if (t->first == 0)
        return RES_OK;
    t->n = node_now(e->c, t->first);
    NODE_FOR_EACH_RRSET(e->c, t->n, s)
        if (s->type == t->group)
            t->rrset = s;
    t->list = list_of(t->rrset, t->sigs);
    return RES_OK;
}

/* The place of a record in the list: *equal when it is there. */
static size_t find_place(const struct target *t, const uint8_t *rdata, uint16_t rdlen, bool *equal)
{
    const uint8_t *rr = t->list.data;

    *equal = false;
    for (uint32_t i = 0; i < t->list.count; i++, rr = rr_next(rr)) {
        int d = rdata_compare(t->type, rr + 2, rr_len(rr), rdata, rdlen);

        if (d >= 0) {
            *equal = d == 0;
            break;
        }
    }
    return t->list.count > 0 ? (size_t)(rr - t->list.data) : 0;
}

/* Writes the name anew with the splice; it may begin or cease to be. */
static enum result apply(struct target *t, const struct splice *splice)
{
    struct zone_edit *e = t->e;
    const uint8_t *labels = t->owner;
    uint16_t flags = t->n != NULL ? t->n->flags : 0;
    uint32_t nnsec3 = e->c->nnsec3;
    enum result r = RES_OK;

    if (t->n == NULL)
        r = edit_make_name(e, labels, t->rel_len, t->nsec3, &t->first, &flags);
    else if (t->n->nrrsets > 0)     /* the case of its first record stays */
        labels = t->n->name;
    if (r != RES_OK ||
        (r = edit_image(e, t->n, labels, t->rel_len, contents_node(e->c, t->first)->parent, flags,
                        splice)) != RES_OK ||
        (r = edit_put(e, t->first)) != RES_OK)
        return r;
    if (splice->rdata == NULL)
        r = edit_prune(e, t->first);
    if (flags & ZN_APEX || e->c->nnsec3 != nnsec3)
        edit_note_apex(e);
    return r;
}

static unsigned ntypes(const struct target *t)
{
    return t->n != NULL ? t->n->nrrsets : 0;
}

/* Limits of 0 are none. */
static uint32_t least(uint32_t bound, uint32_t limit)
{
    return limit > 0 && limit < bound ? limit : bound;
}

/* The limits of the zone's options, and those of the counters. */
static bool is_full(const struct target *t, uint16_t rdlen)
{
    const struct conf_zone *conf = rcu_read(t->e->z->conf);
    uint32_t rrs = t->sigs ? UINT32_MAX : UINT16_MAX, types = UINT8_MAX;

    if (conf != NULL && !t->sigs)
        rrs = least(rrs, conf->options->max_records_per_type);
    if (conf != NULL)
        types = least(types, conf->options->max_types_per_name);
    return t->list.count >= rrs || t->list.len + 2u + rdlen >= ZRRSET_SIGNED ||
           (t->rrset == NULL && ntypes(t) >= types);
}

/* The other records of an RRset whose TTL changes: taken away and added anew. */
static enum result note_ttl(const struct target *t, size_t but, uint32_t ttl)
{
    const uint8_t *rr = t->list.data;
    enum result r = RES_OK;

    for (uint32_t i = 0; i < t->list.count && r == RES_OK; i++, rr = rr_next(rr)) {
        if ((size_t)(rr - t->list.data) == but)
            continue;
        if ((r = note(t, t->list.ttl, rr + 2, rr_len(rr), false)) == RES_OK)
            r = note(t, ttl, rr + 2, rr_len(rr), true);
    }
    return r;
}

static enum result note_addition(const struct target *t, const struct splice *p)
{
    enum result r = RES_OK;

    if (t->list.count > 0 && t->list.ttl != p->ttl)
        r = note_ttl(t, p->skip > 0 ? p->at : SIZE_MAX, p->ttl);
    if (r == RES_OK && p->skip > 0)
        r = note(t, t->list.ttl, t->list.data + p->at + 2, rr_len(t->list.data + p->at), false);
    return r == RES_OK ? note(t, p->ttl, p->rdata, p->rdlen, true) : r;
}

enum result zone_edit_add(struct zone_edit *e, const uint8_t *owner, uint16_t type, uint32_t ttl,
                          const uint8_t *rdata, uint16_t rdlen)
{
    struct splice p = {.rdata = rdata, .rdlen = rdlen, .ttl = ttl, .count_by = 1};
    struct target t;
    bool equal;
    enum result r = target_set(&t, e, owner, type, rdlen >= 2 ? get_u16(rdata) : 0);

    if (r != RES_OK)
        return r;
    p.group = t.group;
    p.sigs = t.sigs;
    p.at = find_place(&t, rdata, rdlen, &equal);
    if (equal) {
        const uint8_t *there = t.list.data + p.at;

        if (t.list.ttl == ttl && rr_len(there) == rdlen && memcmp(there + 2, rdata, rdlen) == 0)
            return RES_UNCHANGED;
        p.skip = 2u + rr_len(there);
        p.count_by = 0;
    } else if (is_full(&t, rdlen)) {
        return RES_TOOMANYRECORDS;
    }
    if ((r = note_addition(&t, &p)) != RES_OK)
        return r;
    return apply(&t, &p);
}

enum result zone_edit_delete(struct zone_edit *e, const uint8_t *owner, uint16_t type,
                             const uint8_t *rdata, uint16_t rdlen)
{
    struct splice p = {.count_by = -1};
    struct target t;
    bool equal;
    const uint8_t *there;
    enum result r = target_set(&t, e, owner, type, rdlen >= 2 ? get_u16(rdata) : 0);

    if (r != RES_OK)
        return r;
    p.at = find_place(&t, rdata, rdlen, &equal);
    if (!equal)
        return RES_UNCHANGED;
    there = t.list.data + p.at;
    p.group = t.group;
    p.sigs = t.sigs;
    p.skip = 2u + rr_len(there);
    p.ttl = t.list.ttl;
    if ((r = note(&t, t.list.ttl, there + 2, rr_len(there), false)) != RES_OK)
        return r;
    return apply(&t, &p);
}

/* All that the target's list holds. */
static enum result delete_list(struct target *t)
{
    const struct splice p = {.group = t->group, .sigs = t->sigs, .skip = t->list.len,
                             .count_by = -(int64_t)t->list.count};
    const uint8_t *rr = t->list.data;
    enum result r = RES_OK;

    if (t->list.count == 0)
        return RES_UNCHANGED;
    for (uint32_t i = 0; i < t->list.count && r == RES_OK; i++, rr = rr_next(rr))
        r = note(t, t->list.ttl, rr + 2, rr_len(rr), false);
    return r == RES_OK ? apply(t, &p) : r;
}

/* A type at or above `from` that has signatures at the name; -1: none. */
static int next_signed(const struct zone_edit *e, const struct znode *n, int from)
{
    NODE_FOR_EACH_RRSET(e->c, n, s)
        if (s->type >= from && rrset_sigs(s) != NULL)
            return s->type;
    return -1;
}

/* The signatures at a name, and those at the owner of NSEC3 with that name. */
static enum result delete_signatures(struct zone_edit *e, const uint8_t *owner)
{
    enum result r = RES_UNCHANGED, d;
    struct target t;

    for (int nsec3 = 0; nsec3 <= 1; nsec3++) {
        uint16_t covers = nsec3 ? TYPE_NSEC3 : 0;

        if ((d = target_set(&t, e, owner, TYPE_RRSIG, covers)) != RES_OK)
            return d;
        for (int type = 0; t.n != NULL && (type = next_signed(e, t.n, type)) >= 0; type++) {
            if ((d = target_set(&t, e, owner, TYPE_RRSIG, (uint16_t)type)) != RES_OK ||
                (d = delete_list(&t)) != RES_OK)
                return d;
            r = RES_OK;
            if ((d = target_set(&t, e, owner, TYPE_RRSIG, covers)) != RES_OK)
                return d;
        }
    }
    return r;
}

enum result zone_edit_delete_rrset(struct zone_edit *e, const uint8_t *owner, uint16_t type)
{
    struct target t;
    enum result r;

    if (type == TYPE_RRSIG)
        return delete_signatures(e, owner);
    r = target_set(&t, e, owner, type, 0);
    return r == RES_OK ? delete_list(&t) : r;
}
