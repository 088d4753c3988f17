/*
 * Bounded cursors over bytes: `reader` takes network-order integers and runs of
 * bytes from a message, `writer` puts them.  Neither owns its memory.  Both have
 * a sticky failure: after the first access out of bounds `ok` is false, readers
 * give zeros and writers write nothing, so a sequence needs one check at its end.
 */
#ifndef KZ_BASE_BUF_H
#define KZ_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t get_u48(const uint8_t *p)
{
    return (uint64_t)get_u16(p) << 32 | get_u32(p + 2);
}

static inline void put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put_u32(uint8_t *p, uint32_t v)
{
    put_u16(p, (uint16_t)(v >> 16));
    put_u16(p + 2, (uint16_t)v);
}

static inline void put_u48(uint8_t *p, uint64_t v)
{
    put_u16(p, (uint16_t)(v >> 32));
    put_u32(p + 2, (uint32_t)v);
}

/* memcmp() == 0 for the short runs of names, without a call. */
static inline bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint64_t x, y;

    for (; len > 8; a += 8, b += 8, len -= 8) {
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        if (x != y)
            return false;
    }
    for (; len > 0; len--)
        if (*a++ != *b++)
            return false;
    return true;
}

struct reader {
    const uint8_t *at, *end;
    bool ok;
};

static inline struct reader reader_of(const void *data, size_t len)
{
    return (struct reader){(const uint8_t *)data, (const uint8_t *)data + len, true};
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

/* `len` bytes and step over them, or NULL. */
static inline const uint8_t *reader_bytes(struct reader *r, size_t len)
{
    const uint8_t *p = r->at;

    if (!r->ok || reader_left(r) < len) {
        r->ok = false;
        return NULL;
    }
    r->at += len;
    return p;
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 1);
    return p ? *p : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 2);
    return p ? get_u16(p) : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
    const uint8_t *p = reader_bytes(r, 4);
    return p ? get_u32(p) : 0;
}

struct writer {
    uint8_t *start, *at, *end;
    bool ok;
};

static inline struct writer writer_of(void *data, size_t room)
{
    return (struct writer){(uint8_t *)data, (uint8_t *)data, (uint8_t *)data + room, true};
}

static inline size_t writer_len(const struct writer *w)
{
    return (size_t)(w->at - w->start);
}

static inline size_t writer_room(const struct writer *w)
{
    return (size_t)(w->end - w->at);
}

/* Room for `len` bytes, stepped over and to be filled by the caller, or NULL. */
static inline uint8_t *writer_take(struct writer *w, size_t len)
{
    uint8_t *p = w->at;

    if (!w->ok || writer_room(w) < len) {
        w->ok = false;
        return NULL;
    }
    w->at += len;
    return p;
}

static inline void writer_bytes(struct writer *w, const void *data, size_t len)
{
    uint8_t *p = writer_take(w, len);
    if (p && len > 0)
        memcpy(p, data, len);
}

static inline void writer_u8(struct writer *w, uint8_t v)
{
    uint8_t *p = writer_take(w, 1);
    if (p)
        *p = v;
}

static inline void writer_u16(struct writer *w, uint16_t v)
{
    uint8_t *p = writer_take(w, 2);
    if (p)
        put_u16(p, v);
}

static inline void writer_u32(struct writer *w, uint32_t v)
{
    uint8_t *p = writer_take(w, 4);
    if (p)
        put_u32(p, v);
}

#endif
