#include "answer/cookie.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/siphash.h"

enum { VERSION_1 = 1, MAX_AGE_S = 3600, MAX_AHEAD_S = 300, AES_BLOCK = 16, HASH_LEN = 8 };

EVP_CIPHER_CTX *cookie_cipher_new(void)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

    if (cipher == NULL || EVP_EncryptInit_ex(cipher, EVP_aes_128_ecb(), NULL, NULL, NULL) == 1)
        return cipher;
    EVP_CIPHER_CTX_free(cipher);
    return NULL;
}

void cookie_cipher_free(EVP_CIPHER_CTX *cipher)
{
    EVP_CIPHER_CTX_free(cipher);
}

enum result cookie_random_secret(uint8_t out[COOKIE_SECRET_LEN])
{
    return getrandom(out, COOKIE_SECRET_LEN, 0) == COOKIE_SECRET_LEN ? RES_OK : RES_UNEXPECTED;
}

/* One block enciphered and its halves XORed: the step that BIND's AES cookie repeats. */
static void aes_fold(EVP_CIPHER_CTX *ctx, const uint8_t in[AES_BLOCK], uint8_t out[HASH_LEN])
{
    uint8_t block[AES_BLOCK] = {0};
    int len;

    EVP_EncryptUpdate(ctx, block, &len, in, AES_BLOCK);
    for (unsigned i = 0; i < HASH_LEN; i++)
        out[i] = block[i] ^ block[i + HASH_LEN];
}

/* The hash over the first 16 bytes of the cookie, chained with the address. */
static void hash_aes(const struct cookie_maker *m, const uint8_t *secret, const uint8_t *cookie,
                     const uint8_t *addr, size_t addr_len, uint8_t out[HASH_LEN])
{
    uint8_t in[AES_BLOCK + HASH_LEN] = {0};

    EVP_EncryptInit_ex(m->aes, NULL, NULL, secret, NULL);
    EVP_CIPHER_CTX_set_padding(m->aes, 0);
    aes_fold(m->aes, cookie, in);
    memcpy(in + HASH_LEN, addr, addr_len);
    aes_fold(m->aes, in, out);
    if (addr_len == 16) {
        memcpy(in + HASH_LEN, out, HASH_LEN);
        aes_fold(m->aes, in + HASH_LEN, out);
    }
}

/* RFC 9018 §4.4: client cookie, version, reserved, time, address. */
static void hash_siphash(const uint8_t *secret, const uint8_t *cookie, const uint8_t *addr,
                         size_t addr_len, uint8_t out[HASH_LEN])
{
    uint8_t in[16 + 16];

    memcpy(in, cookie, 16);
    memcpy(in + 16, addr, addr_len);
    siphash24(secret, in, 16 + addr_len, out);
}

static void hash_cookie(const struct cookie_maker *m, const uint8_t *secret,
                        const union net_addr *peer, const uint8_t *cookie, uint8_t out[HASH_LEN])
{
    size_t addr_len;
    const uint8_t *addr = net_addr_bytes(peer, &addr_len);

    if (m->aes != NULL)
        hash_aes(m, secret, cookie, addr, addr_len, out);
    else
        hash_siphash(secret, cookie, addr, addr_len, out);
}

/* RFC 9018 §4.3, in serial number arithmetic. */
static bool time_is_right(uint32_t made_s, uint32_t now_s)
{
    int32_t age_s = (int32_t)(now_s - made_s);

    return age_s <= MAX_AGE_S && age_s >= -MAX_AHEAD_S;
}

enum cookie_verdict cookie_check(const struct cookie_maker *m, const union net_addr *peer,
                                 const uint8_t *cookie, size_t len, uint32_t now_s)
{
    uint8_t hash[HASH_LEN];

    if (len == COOKIE_CLIENT_LEN)
        return COOKIE_NEW;
    if (len != COOKIE_LEN)
        return COOKIE_BAD_SIZE;
    if (!time_is_right(get_u32(cookie + 12), now_s))
        return COOKIE_BAD_TIME;
    if (m->aes == NULL && get_u32(cookie + 8) != (uint32_t)VERSION_1 << 24)
        return COOKIE_NO_MATCH;
    for (unsigned i = 0; i < m->nsecrets; i++) {
        hash_cookie(m, m->secrets[i], peer, cookie, hash);
        if (CRYPTO_memcmp(hash, cookie + 16, HASH_LEN) == 0)
            return COOKIE_GOOD;
    }
    return COOKIE_NO_MATCH;
}

void cookie_make(const struct cookie_maker *m, const union net_addr *peer,
                 const uint8_t client[COOKIE_CLIENT_LEN], uint32_t now_s, uint32_t nonce,
                 uint8_t out[COOKIE_LEN])
{
    memmove(out, client, COOKIE_CLIENT_LEN);
    put_u32(out + 8, m->aes != NULL ? nonce : (uint32_t)VERSION_1 << 24);
    put_u32(out + 12, now_s);
    hash_cookie(m, m->secrets[0], peer, out, out + 16);
}
