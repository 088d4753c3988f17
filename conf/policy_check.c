#include "conf/policy_check.h"

#include <string.h>

#include "dns/mnemonic.h"

/* RFC 9276 §3.1 wants none; BIND 9.20 takes up to 50. */
enum { ITERATIONS_MAX = 50 };
enum { ROLE_KSK = 1, ROLE_ZSK = 2, ROLE_BOTH = ROLE_KSK | ROLE_ZSK };

static unsigned role_of(const struct conf_item *word)
{
    return value_is(word, "ksk") ? ROLE_KSK : value_is(word, "zsk") ? ROLE_ZSK : ROLE_BOTH;
}

/* Algorithms that sign zones (IANA's registry, "Zone Signing"). */
static bool signs_zones(uint16_t algorithm)
{
    static const uint8_t signing[] = {5, 7, 8, 10, 13, 14, 15, 16};

    return memchr(signing, algorithm, sizeof signing) != NULL && algorithm < 256;
}

static void check_length(struct conf_context *c, const struct conf_stmt *key,
                         const struct conf_item *name, uint16_t algorithm)
{
    uint32_t bits;
    const struct conf_item *last = name;

    while (last->next != NULL)
        last = last->next;
    if (last == name || !value_number(last, &bits) || algorithm > 10)
        return;     /* the length of the others is fixed: BIND only warns */
    if (bits < 1024 || bits > 4096)
        conf_error(c, key->first, "dnssec-policy: key with algorithm %s has invalid key length %u",
                   name->text, bits);
}

/* One key; its role is noted for its algorithm. */
static void check_key(struct conf_context *c, const struct conf_stmt *key, uint8_t roles[256])
{
    const struct conf_item *i = key->first;
    uint16_t algorithm;

    while (i != NULL && !value_is(i, "algorithm"))
        i = i->next;
    if (i == NULL || i->next == NULL)
        return;
    i = i->next;
    if (mnemonic_from_text(mnemonic_algorithms, 255, i->text, strlen(i->text), &algorithm) !=
            RES_OK || !signs_zones(algorithm)) {
        conf_error(c, key->first, "dnssec-policy: bad algorithm %s", i->text);
        return;
    }
    roles[algorithm] |= (uint8_t)role_of(key->first);
    check_length(c, key, i, algorithm);
}

static void check_keys(struct conf_context *c, const struct conf_stmt *keys)
{
    uint8_t roles[256] = {0};

    for (const struct conf_stmt *k = stmt_block(keys)->first; k != NULL; k = k->next)
        check_key(c, k, roles);
    for (unsigned i = 0; i < 256; i++)
        if (roles[i] != 0 && roles[i] != ROLE_BOTH)
            conf_error(c, keys->first,
                       "dnssec-policy: algorithm %u requires both KSK and ZSK roles", i);
}

static void check_nsec3(struct conf_context *c, const struct conf_stmt *nsec3)
{
    uint32_t n;

    for (const struct conf_item *i = nsec3->first; i->next != NULL; i = i->next)
        if (value_is(i, "iterations") && value_number(i->next, &n) && n > ITERATIONS_MAX)
            conf_error(c, i->next, "dnssec-policy: nsec3 iterations value %u out of range", n);
}

static uint32_t seconds(const struct conf_block *block, const char *option, uint32_t otherwise_s)
{
    const struct conf_stmt *s = block_find(block, option);
    uint32_t n = otherwise_s;

    if (s != NULL)
        value_duration(s->first->next, &n);
    return n;
}

/* Signatures must be made anew before the old ones end. */
static void check_times(struct conf_context *c, const struct conf_stmt *policy)
{
    static const char *const validities[] = {"signatures-validity-dnskey", "signatures-validity"};
    const struct conf_block *block = stmt_block(policy);
    uint64_t refresh_s = seconds(block, "signatures-refresh", 5 * 86400);

    for (unsigned i = 0; i < 2; i++)
        if (refresh_s * 10 > (uint64_t)seconds(block, validities[i], 14 * 86400) * 9)
            conf_error(c, policy->first, "dnssec-policy: policy '%s' signatures-refresh must be at "
                       "most 90%% of the %s", policy->first->next->text, validities[i]);
}

void policy_check(struct conf_context *c, const struct conf_stmt *policy)
{
    const struct conf_block *block = stmt_block(policy);
    const struct conf_stmt *keys = block_find(block, "keys");
    const struct conf_stmt *nsec3 = block_find(block, "nsec3param");

    if (block == NULL)
        return;     /* the option of that name within options and zones */
    if (keys != NULL)
        check_keys(c, keys);
    if (nsec3 != NULL)
        check_nsec3(c, nsec3);
    check_times(c, policy);
}
