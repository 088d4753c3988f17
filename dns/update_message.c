#include "dns/update_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

static struct update_section *section_of(struct update_message *m, enum message_section section)
{
    return section == SECTION_PREREQUISITE ? &m->prerequisites : &m->updates;
}

static bool section_grow(struct update_section *s, size_t more)
{
    size_t room = s->room > 0 ? s->room : 1024;
    uint8_t *data;

    if (s->room - s->len >= more)
        return true;
    while (room - s->len < more)
        room *= 2;
    if ((data = realloc(s->data, room)) == NULL)
        return false;
    s->data = data;
    s->room = room;
    return true;
}

enum result update_message_add(struct update_message *m, enum message_section section,
                               const struct update_record *rr)
{
    struct update_section *s = section_of(m, section);
    size_t owner_len = name_length(rr->owner), len = owner_len + 10 + rr->rdata_len;
    struct writer w;

    if (s->count == UINT16_MAX)
        return RES_NOSPACE;
    if (!section_grow(s, len))
        return RES_NOMEM;
    w = writer_of(s->data + s->len, len);
    writer_bytes(&w, rr->owner, owner_len);
    writer_u16(&w, rr->type);
    writer_u16(&w, rr->rrclass);
    writer_u32(&w, rr->ttl);
    writer_u16(&w, rr->rdata_len);
    writer_bytes(&w, rr->rdata, rr->rdata_len);
    s->len += len;
    s->count++;
    return RES_OK;
}

bool update_section_next(const struct update_section *s, size_t *at, struct update_record *rr)
{
    const uint8_t *p;

    if (*at >= s->len)
        return false;
    rr->owner = p = s->data + *at;
    p += name_length(p);
    rr->type = get_u16(p);
    rr->rrclass = get_u16(p + 2);
    rr->ttl = get_u32(p + 4);
    rr->rdata_len = get_u16(p + 8);
    rr->rdata = p + 10;
    *at = (size_t)(rr->rdata + rr->rdata_len - s->data);
    return true;
}

void update_message_clear(struct update_message *m)
{
    m->prerequisites.len = m->updates.len = 0;
    m->prerequisites.count = m->updates.count = 0;
}

void update_message_free(struct update_message *m)
{
    free(m->prerequisites.data);
    free(m->updates.data);
    *m = (struct update_message){0};
}

/* ---- Compression ---- */

enum {
    POINTER_END = 0x4000,       /* pointers lead to offsets below (RFC 1035 §4.1.4) */
    SLOTS = 32768               /* a name has two entries and takes three bytes at least */
};

/* Where names stand in the message, by their bytes. */
struct names {
    struct writer *w;
    uint16_t at[SLOTS];         /* 0: free; nothing stands at the header */
};

/* The slot of an equal name, or the free one where it belongs. */
static uint16_t *find_slot(struct names *n, const uint8_t *name)
{
    size_t len = name_length(name);
    uint64_t i = hash_bytes(0, name, len);

    for (;; i++) {
        uint16_t *slot = &n->at[i % SLOTS];
        size_t at = *slot;
        struct name there;

        if (at == 0 || (name_from_message(&there, n->w->start, writer_len(n->w), &at) == RES_OK &&
                        there.len == len && memcmp(there.wire, name, len) == 0))
            return slot;
    }
}

static void remember(struct names *n, const uint8_t *name, size_t at)
{
    if (*name != 0 && at < POINTER_END && n->w->ok)
        *find_slot(n, name) = (uint16_t)at;
}

/* Writes a name: after the first label, or from the beginning, it may be a pointer. */
static void put_name(struct names *n, const uint8_t *name, bool compress)
{
    size_t here = writer_len(n->w), first = 1u + *name;
    const uint8_t *parent = name_parent(name);
    uint16_t *whole = compress && *name != 0 ? find_slot(n, name) : NULL;
    uint16_t *rest = compress && *parent != 0 ? find_slot(n, parent) : NULL;

    if (whole != NULL && *whole != 0) {
        writer_u16(n->w, 0xc000 | *whole);
        return;
    }
    if (rest != NULL && *rest != 0) {
        writer_bytes(n->w, name, first);
        writer_u16(n->w, 0xc000 | *rest);
        remember(n, name, here);
        return;
    }
    writer_bytes(n->w, name, name_length(name));
    remember(n, name, here);
    remember(n, parent, here + first);
}

/* ---- Writing ---- */

/* RDATA with its names, which stand where the calls say. */
struct rdata_out {
    struct names *names;
    const struct update_record *rr;
    size_t at;                  /* of what is written */
    bool compress;
};

static void put_until(struct rdata_out *o, size_t end)
{
    writer_bytes(o->names->w, o->rr->rdata + o->at, end - o->at);
    o->at = end;
}

static void put_rdata_name(void *arg, size_t offset)
{
    struct rdata_out *o = arg;

    put_until(o, offset);
    put_name(o->names, o->rr->rdata + offset, o->compress);
    o->at += name_length(o->rr->rdata + offset);
}

static void put_record(struct names *n, const struct update_record *rr)
{
    struct rdata_out o = {n, rr, 0, (rdata_flags(rr->type) & RRT_COMPRESS) != 0 ||
                                        rr->rrclass == CLASS_CH};
    struct writer *w = n->w;
    size_t len_at;

    put_name(n, rr->owner, true);
    writer_u16(w, rr->type);
    writer_u16(w, rr->rrclass);
    writer_u32(w, rr->ttl);
    len_at = writer_len(w);
    writer_u16(w, 0);
    if (rr->rrclass == CLASS_CH && rr->type == TYPE_A && rr->rdata_len > 0)
        put_rdata_name(&o, 0);      /* a name and a number, which are Chaosnet's address */
    else if (rr->rdata_len > 0)
        rdata_names(rr->type, rr->rdata, rr->rdata_len, put_rdata_name, &o);
    put_until(&o, rr->rdata_len);
    if (w->ok)
        put_u16(w->start + len_at, (uint16_t)(writer_len(w) - len_at - 2));
}

static void put_section(struct names *n, const struct update_section *s)
{
    struct update_record rr;
    size_t at = 0;

    while (n->w->ok && update_section_next(s, &at, &rr))
        put_record(n, &rr);
}

enum result update_message_write(const struct update_message *m, const uint8_t *zone,
                                 uint16_t zone_class, uint16_t id, struct writer *w)
{
    struct names *names = calloc(1, sizeof *names);
    uint8_t header[MESSAGE_HEADER_LEN] = {0};

    if (names == NULL)
        return RES_NOMEM;
    names->w = w;
    put_u16(header, id);
    put_u16(header + 2, OPCODE_UPDATE << 11);
    put_u16(header + 4, zone != NULL);
    put_u16(header + 6, (uint16_t)m->prerequisites.count);
    put_u16(header + 8, (uint16_t)m->updates.count);
    writer_bytes(w, header, sizeof header);
    if (zone != NULL) {
        put_name(names, zone, true);
        writer_u16(w, TYPE_SOA);
        writer_u16(w, zone_class);
    }
    put_section(names, &m->prerequisites);
    put_section(names, &m->updates);
    free(names);
    return w->ok ? RES_OK : RES_NOSPACE;
}
