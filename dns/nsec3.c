#include "dns/nsec3.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "dns/name.h"

static EVP_MD *sha1;
static pthread_key_t context_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_context(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

static void fetch(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    pthread_key_create(&context_key, free_context);
}

static EVP_MD_CTX *thread_context(void)
{
    EVP_MD_CTX *ctx;

    pthread_once(&once, fetch);
    if ((ctx = pthread_getspecific(context_key)) == NULL && (ctx = EVP_MD_CTX_new()) != NULL)
        pthread_setspecific(context_key, ctx);
    return ctx;
}

enum result nsec3_hash(const struct nsec3_params *p, const uint8_t *name,
                       uint8_t out[NSEC3_HASH_LEN])
{
    EVP_MD_CTX *ctx = thread_context();
    uint8_t folded[NAME_MAX_LEN];
    const uint8_t *in = folded;
    size_t len = name_length(name);

    if (p->algorithm != NSEC3_SHA1)
        return RES_NOTIMPLEMENTED;
    if (ctx == NULL || sha1 == NULL)
        return RES_CRYPTOFAILURE;
    name_fold(folded, name, len);
    for (unsigned i = 0; i <= p->iterations; i++) {
        if (!EVP_DigestInit_ex2(ctx, sha1, NULL) || !EVP_DigestUpdate(ctx, in, len) ||
            !EVP_DigestUpdate(ctx, p->salt, p->salt_len) || !EVP_DigestFinal_ex(ctx, out, NULL))
            return RES_CRYPTOFAILURE;
        in = out;
        len = NSEC3_HASH_LEN;
    }
    return RES_OK;
}
