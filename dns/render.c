#include "dns/render.h"

#include <string.h>

#include "base/buf.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

enum { POINTER = 0xc000, POINTER_MAX = 0x3fff };

void hashed_name_finish(struct hashed_name *h)
{
    uint64_t hash = NAME_HASH_ROOT;

    h->hash[h->nlabels] = hash;
    for (unsigned i = h->nlabels; i-- > 0;)
        h->hash[i] = hash = name_hash_label(hash, h->wire + h->at[i]);
}

void hashed_name_set(struct hashed_name *h, const uint8_t *wire)
{
    unsigned n = name_label_offsets(wire, h->at);

    h->wire = wire;
    h->nlabels = (uint8_t)(n - 1);
    h->len = (uint8_t)(h->at[n - 1] + 1);
    hashed_name_finish(h);
}

void render_init(struct render *r, struct render_slot *slots, unsigned n)
{
    r->slots = slots;
    r->mask = n - 1;
    r->max_names = n / 8 * 5;
    r->stamp = 0;
}

void render_begin(struct render *r, uint8_t *msg, size_t room)
{
    r->msg = msg;
    r->len = MESSAGE_HEADER_LEN;
    r->limit = room;
    r->nnames = 0;
    r->compress = true;
    r->fold = false;
    r->point_anywhere = false;
    memset(r->count, 0, sizeof r->count);
    if (++r->stamp == 0) {
        memset(r->slots, 0, (r->mask + 1) * sizeof *r->slots);
        r->stamp = 1;
    }
}

static void remember(struct render *r, uint64_t hash, size_t at)
{
    unsigned i = (unsigned)(hash >> 32) & r->mask;

    if (at > POINTER_MAX || r->nnames >= r->max_names)
        return;
    while (r->slots[i].stamp == r->stamp)
        i = (i + 1) & r->mask;
    r->slots[i] = (struct render_slot){(uint32_t)hash, r->stamp, (uint16_t)at};
    r->nnames++;
}

/* Does the message hold `name` at `at`?  Only what is written is looked at: a slot may
 * be left over from an RRset that was taken back. */
static bool stands_at(const struct render *r, size_t at, const uint8_t *name)
{
    for (;;) {
        uint8_t c;

        if (at >= r->len)
            return false;
        c = r->msg[at];
        if (c >= 0xc0) {
            size_t to = get_u16(r->msg + at) & POINTER_MAX;
            if (to >= at)
                return false;
            at = to;
            continue;
        }
        if (c != *name || at + c >= r->len)
            return false;
        if (c == 0)
            return true;
        if (r->fold ? !labels_equal(r->msg + at + 1, name + 1, c)
                    : !bytes_equal(r->msg + at + 1, name + 1, c))
            return false;
        at += 1u + c;
        name += 1 + c;
    }
}

/* Where the suffix stands already, or 0. */
static uint16_t recall(const struct render *r, uint64_t hash, const uint8_t *suffix)
{
    unsigned i = (unsigned)(hash >> 32) & r->mask;

    for (; r->slots[i].stamp == r->stamp; i = (i + 1) & r->mask)
        if (r->slots[i].tag == (uint32_t)hash && stands_at(r, r->slots[i].at, suffix))
            return r->slots[i].at;
    return 0;
}

void render_question(struct render *r, const struct hashed_name *q, uint16_t type,
                     uint16_t rrclass)
{
    uint8_t *p = r->msg + r->len;

    memcpy(p, q->wire, q->len);
    put_u16(p + q->len, type);
    put_u16(p + q->len + 2, rrclass);
    for (unsigned i = 0; i < q->nlabels; i++)
        remember(r, q->hash[i], r->len + q->at[i]);
    r->len += q->len + 4u;
    r->count[0]++;
}

/* Writes a name with what of it stands already replaced by a pointer. */
static bool put_name(struct render *r, const struct hashed_name *n)
{
    unsigned i = 0;
    uint16_t at = 0;
    size_t start = r->len, head, need;

    while (r->compress && i < n->nlabels && (at = recall(r, n->hash[i], n->wire + n->at[i])) == 0)
        i++;
    head = at != 0 ? n->at[i] : n->len;
    need = head + (at != 0 ? 2 : 0);
    if (r->len + need > r->limit)
        return false;
    memcpy(r->msg + r->len, n->wire, head);
    r->len += head;
    if (at != 0) {
        put_u16(r->msg + r->len, (uint16_t)(POINTER | at));
        r->len += 2;
    }
    for (unsigned k = 0; k < i; k++)
        remember(r, n->hash[k], start + n->at[k]);
    return true;
}

static bool put_bytes(struct render *r, const uint8_t *p, size_t n)
{
    if (r->len + n > r->limit)
        return false;
    memcpy(r->msg + r->len, p, n);
    r->len += n;
    return true;
}

/* RDATA of an RFC 1035 type, its names compressed (RFC 3597 §4). */
static bool put_rdata_with_names(struct render *r, struct rdata_shape shape, const uint8_t *rdata,
                                 size_t len)
{
    size_t at = shape.before, start = r->len;

    if (r->len + 2 > r->limit)
        return false;
    r->len += 2;
    if (!put_bytes(r, rdata, shape.before))
        return false;
    for (unsigned i = 0; i < shape.names; i++) {
        struct hashed_name name;

        hashed_name_set(&name, rdata + at);
        if (!put_name(r, &name))
            return false;
        at += name.len;
    }
    if (!put_bytes(r, rdata + at, len - at))
        return false;
    put_u16(r->msg + start, (uint16_t)(r->len - start - 2));
    return true;
}

static void remember_name(struct render *r, const uint8_t *wire, size_t at)
{
    struct hashed_name name;

    hashed_name_set(&name, wire);
    for (unsigned i = 0; i < name.nlabels; i++)
        remember(r, name.hash[i], at + name.at[i]);
}

/* Where RDATA was put whose names are to be remembered. */
struct rdata_place {
    struct render *render;
    const uint8_t *rdata;
    size_t at;
};

static void remember_rdata_name(void *arg, size_t offset)
{
    const struct rdata_place *p = arg;

    remember_name(p->render, p->rdata + offset, p->at + offset);
}

/* The names of RDATA at `at` for others to point to.  A DNAME's target always: the CNAMEs made
 * from it end in it.  The common types without names, and RRSIG, whose signer stands in front
 * as the end of an owner, are not searched. */
static void remember_rdata(struct render *r, uint16_t type, const uint8_t *rdata, uint16_t len,
                           size_t at)
{
    struct rdata_place place = {r, rdata, at};

    if (type == TYPE_DNAME)
        remember_name(r, rdata, at);
    else if (r->point_anywhere && type != TYPE_A && type != TYPE_AAAA && type != TYPE_TXT &&
             type != TYPE_RRSIG)
        rdata_names(type, rdata, len, remember_rdata_name, &place);
}

static bool put_rdata(struct render *r, uint16_t type, struct rdata_shape shape,
                      const uint8_t *rdata, uint16_t len)
{
    if (shape.names > 0)
        return put_rdata_with_names(r, shape, rdata, len);
    if (r->len + 2 + len > r->limit)
        return false;
    put_u16(r->msg + r->len, len);
    memcpy(r->msg + r->len + 2, rdata, len);
    r->len += 2u + len;
    remember_rdata(r, type, rdata, len, r->len - len);
    return true;
}

static bool put_owner(struct render *r, struct render_rrset *s)
{
    size_t at = r->len;

    if (s->owner_at != 0 && r->compress) {
        if (r->len + 2 > r->limit)
            return false;
        put_u16(r->msg + r->len, (uint16_t)(POINTER | s->owner_at));
        r->len += 2;
        return true;
    }
    if (!put_name(r, s->owner))
        return false;
    if (r->compress && at <= POINTER_MAX && s->owner->nlabels > 0)
        s->owner_at = r->msg[at] >= 0xc0 ? get_u16(r->msg + at) & POINTER_MAX : (uint16_t)at;
    return true;
}

static bool put_rr(struct render *r, struct render_rrset *s, struct rdata_shape shape,
                   const uint8_t *rdata, uint16_t len)
{
    uint8_t *p;

    if (!put_owner(r, s) || r->len + 8 > r->limit)
        return false;
    p = r->msg + r->len;
    put_u16(p, s->type);
    put_u16(p + 2, s->rrclass);
    put_u32(p + 4, s->ttl);
    r->len += 8;
    return put_rdata(r, s->type, shape, rdata, len);
}

bool render_record(struct render *r, unsigned section, struct render_rrset *s,
                   const uint8_t *rdata, uint16_t len)
{
    struct render_mark m = render_mark_set(r, section);
    uint16_t owner_at = s->owner_at;

    if (!put_rr(r, s, rdata_compress_shape(s->type), rdata, len)) {
        render_rollback(r, section, m);
        s->owner_at = owner_at;
        return false;
    }
    r->count[section]++;
    return true;
}

/* The RRs in an order of their own: walks to each. */
static const uint8_t *rr_number(const uint8_t *data, uint32_t n)
{
    while (n-- > 0)
        data += 2 + get_u16(data);
    return data;
}

bool render_rrset(struct render *r, unsigned section, struct render_rrset *s)
{
    struct render_mark m = render_mark_set(r, section);
    struct rdata_shape shape = rdata_compress_shape(s->type);
    const uint8_t *rr = rr_number(s->data, s->first);

    for (uint32_t i = 0; i < s->count; i++) {
        uint16_t owner_at = s->owner_at;

        if (s->partial)
            m = render_mark_set(r, section);
        if (s->order != NULL)
            rr = rr_number(s->data, s->order[i]);
        else if (i > 0 && s->first + i == s->count)
            rr = s->data;
        if (!put_rr(r, s, shape, rr + 2, get_u16(rr))) {
            render_rollback(r, section, m);
            s->owner_at = owner_at < m.len ? owner_at : 0;
            return false;
        }
        rr += 2 + get_u16(rr);
        r->count[section]++;
    }
    return true;
}

struct render_mark render_mark_set(const struct render *r, unsigned section)
{
    return (struct render_mark){r->len, r->count[section]};
}

void render_rollback(struct render *r, unsigned section, struct render_mark m)
{
    r->len = m.len;
    r->count[section] = m.count;
}
