/*
 * A fast keyed hash for tables in memory (never on disk or on the wire), and the
 * ASCII case folding that goes with it, eight bytes at a time.  The key is drawn
 * at process start, so that nobody can aim at our tables.
 */
#ifndef KZ_BASE_HASH_H
#define KZ_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern uint64_t hash_key[2];

/* Draws the process's key; call once, before threads start. */
void hash_init(void);

/* Folds the ASCII capitals among eight bytes to small letters. */
static inline uint64_t fold_u64(uint64_t x)
{
    uint64_t low = x & 0x7f7f7f7f7f7f7f7fULL;
    uint64_t above_z = low + 0x2525252525252525ULL;  /* 0x7f - 'Z' */
    uint64_t from_a = low + 0x3f3f3f3f3f3f3f3fULL;   /* 0x80 - 'A' */
    uint64_t upper = (from_a ^ above_z) & ~x & 0x8080808080808080ULL;
    return x | upper >> 2;
}

static inline uint8_t fold_u8(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

/* 64x64 to 128 bits multiply, both halves mixed. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 r = (unsigned __int128)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* Up to eight bytes as an integer, never reading past `len`. */
static inline uint64_t load_tail(const uint8_t *p, size_t len)
{
    uint64_t v = 0;

    if (len >= 8) {
        memcpy(&v, p, 8);
        return v;
    }
    if (len >= 4) {
        uint32_t a, b;
        memcpy(&a, p, 4);
        memcpy(&b, p + len - 4, 4);
        return (uint64_t)b << 32 | a;
    }
    if (len > 0)
        v = (uint64_t)p[0] << 16 | (uint64_t)p[len >> 1] << 8 | p[len - 1];
    return v;
}

/* Hash of `len` bytes with their ASCII case folded, continuing from `seed`. */
static inline uint64_t hash_folded(uint64_t seed, const uint8_t *p, size_t len)
{
    uint64_t h = seed ^ hash_mix(len ^ hash_key[0], 0x9e3779b97f4a7c15ULL);

    while (len > 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        h = hash_mix(h ^ fold_u64(v), 0xa0761d6478bd642fULL ^ hash_key[1]);
        p += 8;
        len -= 8;
    }
    return hash_mix(h ^ fold_u64(load_tail(p, len)), 0xe7037ed1a0b428dbULL ^ hash_key[1]);
}

/* The same without folding. */
uint64_t hash_bytes(uint64_t seed, const void *p, size_t len);

#endif
