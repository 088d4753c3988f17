#include "base/hash.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

uint64_t hash_key[2] = {0x243f6a8885a308d3ULL, 0x13198a2e03707344ULL};

void hash_init(void)
{
    uint64_t key[2];

    if (getrandom(key, sizeof key, GRND_NONBLOCK) == (ssize_t)sizeof key) {
        hash_key[0] = key[0];
        hash_key[1] = key[1];
    } else {    /* early boot without entropy: differ at least from run to run */
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        hash_key[0] ^= (uint64_t)t.tv_nsec << 20 ^ (uint64_t)t.tv_sec;
    }
}

uint64_t hash_bytes(uint64_t seed, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t h = seed ^ hash_mix(len ^ hash_key[0], 0x9e3779b97f4a7c15ULL);

    while (len > 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        h = hash_mix(h ^ v, 0xa0761d6478bd642fULL ^ hash_key[1]);
        p += 8;
        len -= 8;
    }
    return hash_mix(h ^ load_tail(p, len), 0xe7037ed1a0b428dbULL ^ hash_key[1]);
}
