/*
 * The hash of RFC 5155 §5: IH(salt, x, k) over a name in canonical form.
 */
#ifndef KZ_DNS_NSEC3_H
#define KZ_DNS_NSEC3_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

enum { NSEC3_HASH_LEN = 20, NSEC3_SHA1 = 1 };

struct nsec3_params {
    uint8_t algorithm, salt_len;
    uint16_t iterations;        /* additional ones */
    const uint8_t *salt;
};

/* `name` is a name of any case.  RES_NOTIMPLEMENTED for another algorithm than SHA-1,
 * RES_CRYPTOFAILURE.  Any thread; allocates nothing. */
enum result nsec3_hash(const struct nsec3_params *p, const uint8_t *name,
                       uint8_t out[NSEC3_HASH_LEN]);

#endif
