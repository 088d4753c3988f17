/* EVP allocates for every digest; SHA1_Init() works on the stack, and in less time. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "dns/nsec3.h"

#include <openssl/sha.h>

#include "dns/name.h"

enum result nsec3_hash(const struct nsec3_params *p, const uint8_t *name,
                       uint8_t out[NSEC3_HASH_LEN])
{
    SHA_CTX ctx;
    uint8_t folded[NAME_MAX_LEN];
    const uint8_t *in = folded;
    size_t len = name_length(name);

    if (p->algorithm != NSEC3_SHA1)
        return RES_NOTIMPLEMENTED;
    name_fold(folded, name, len);
    for (unsigned i = 0; i <= p->iterations; i++) {
        if (!SHA1_Init(&ctx) || !SHA1_Update(&ctx, in, len) ||
            !SHA1_Update(&ctx, p->salt, p->salt_len) || !SHA1_Final(out, &ctx))
            return RES_CRYPTOFAILURE;
        in = out;
        len = NSEC3_HASH_LEN;
    }
    return RES_OK;
}
