#include "base/siphash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t get_le64(const uint8_t *p, size_t len)
{
    uint64_t v = 0;

    for (size_t i = 0; i < len; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(struct state *s, unsigned rounds)
{
    while (rounds-- > 0) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 = rotate(s->v2, 32);
    }
}

static void take_word(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s, 2);
    s->v0 ^= word;
}

void siphash24(const uint8_t key[SIPHASH_KEY_LEN], const void *data, size_t len,
               uint8_t out[SIPHASH_LEN])
{
    const uint8_t *p = data;
    uint64_t k0 = get_le64(key, 8), k1 = get_le64(key + 8, 8), h;
    /* the constants spell "somepseudorandomlygeneratedbytes" */
    struct state s = {k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL,
                      k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL};
    size_t left = len;

    for (; left >= 8; left -= 8, p += 8)
        take_word(&s, get_le64(p, 8));
    take_word(&s, (uint64_t)len << 56 | get_le64(p, left));
    s.v2 ^= 0xff;
    mix(&s, 4);
    h = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    for (unsigned i = 0; i < SIPHASH_LEN; i++)
        out[i] = (uint8_t)(h >> 8 * i);
}
