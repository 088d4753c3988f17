/* EVP allocates for every digest; these work on the stack. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "zone/zonemd.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

enum { SCHEME_SIMPLE = 1, HASH_SHA384 = 1, HASH_SHA512 = 2, HASHES = 3 };
enum { FIXED_LEN = 6 };     /* serial, scheme, hash algorithm (§2.2) */

static const unsigned digest_len[HASHES] = {0, SHA384_DIGEST_LENGTH, SHA512_DIGEST_LENGTH};

/* A digest at work; `want[h]` says which. */
struct zonemd {
    const struct contents *c;
    uint16_t rrclass;
    bool want[HASHES];
    SHA512_CTX sha[HASHES];
    uint8_t owner[NAME_MAX_LEN];
    size_t owner_len;
    uint8_t rdata[RDATA_MAX_LEN];
};

static void add(struct zonemd *z, const void *data, size_t len)
{
    if (z->want[HASH_SHA384])
        SHA384_Update(&z->sha[HASH_SHA384], data, len);
    if (z->want[HASH_SHA512])
        SHA512_Update(&z->sha[HASH_SHA512], data, len);
}

/* RRs in the canonical form of RFC 4034 §6.2, one after the other. */
static void add_rrs(struct zonemd *z, uint16_t type, uint32_t ttl, uint32_t count,
                    const uint8_t *rr)
{
    for (; count > 0; count--, rr = rr_next(rr)) {
        uint16_t len = rr_len(rr);
        uint8_t fixed[10];

        memcpy(z->rdata, rr + 2, len);
        rdata_canonicalize(type, z->rdata, len);
        put_u16(fixed, type);
        put_u16(fixed + 2, z->rrclass);
        put_u32(fixed + 4, ttl);
        put_u16(fixed + 8, len);
        add(z, z->owner, z->owner_len);
        add(z, fixed, sizeof fixed);
        add(z, z->rdata, len);
    }
}

static bool is_own(const struct znode *n, const struct zrrset *s)
{
    return (n->flags & ZN_APEX) && s->type == TYPE_ZONEMD;
}

/* Signatures are an RRset of type RRSIG whose RDATA begin with the type they cover: in the
 * order of the types that they stand with, they are sorted (§3.3.2). */
static void add_sigs(struct zonemd *z, const struct znode *n)
{
    NODE_FOR_EACH_RRSET(z->c, n, s)
    {
        const struct zsigs *g = rrset_sigs(s);

        if (g != NULL && !is_own(n, s))
            add_rrs(z, TYPE_RRSIG, g->ttl, g->count, sigs_data(g));
    }
}

/* The RRsets of a name by ascending type, RRSIG in its place among them. */
static void add_node(struct zonemd *z, const struct znode *n)
{
    bool sigs_done = false;
    struct name owner;

    contents_node_name(z->c, n, &owner);
    name_fold(z->owner, owner.wire, owner.len);
    z->owner_len = owner.len;
    NODE_FOR_EACH_RRSET(z->c, n, s)
    {
        if (!sigs_done && s->type > TYPE_RRSIG) {
            add_sigs(z, n);
            sigs_done = true;
        }
        if (s->count > 0 && !is_own(n, s))
            add_rrs(z, s->type, s->ttl, s->count, rrset_data(s));
    }
    if (!sigs_done)
        add_sigs(z, n);
}

/* Both trees of names as one, in canonical order. */
static void add_all(struct zonemd *z)
{
    struct contents_walk names, hashes;
    const struct znode *n, *h;

    contents_walk_begin(&names, z->c);
    contents_walk_begin_nsec3(&hashes, z->c);
    n = contents_walk_next(&names);
    h = contents_walk_next(&hashes);
    while (n != NULL || h != NULL) {
        bool take_name = h == NULL || (n != NULL && name_labels_compare(n->name, n->name_len,
                                                                        h->name, h->name_len) <= 0);

        add_node(z, take_name ? n : h);
        if (take_name)
            n = contents_walk_next(&names);
        else
            h = contents_walk_next(&hashes);
    }
}

/* Which of the records can be verified; the hash algorithm, or 0. */
static unsigned usable_hash(const uint8_t *rr)
{
    const uint8_t *p = rr + 2;
    unsigned hash = rr_len(rr) > FIXED_LEN ? p[5] : 0;

    if (hash == 0 || p[4] != SCHEME_SIMPLE || hash >= HASHES ||
        rr_len(rr) != FIXED_LEN + digest_len[hash])
        return 0;
    return hash;
}

static enum zonemd_verdict choose(struct zonemd *z, const struct zrrset *s)
{
    enum zonemd_verdict v = ZONEMD_UNSUPPORTED;
    const uint8_t *rr = rrset_data(s);

    for (unsigned i = 0; i < s->count; i++, rr = rr_next(rr)) {
        unsigned hash = usable_hash(rr);

        if (hash == 0)
            continue;
        if (get_u32(rr + 2) == z->c->serial) {
            z->want[hash] = true;
            v = ZONEMD_MISMATCH;
        } else if (v == ZONEMD_UNSUPPORTED) {
            v = ZONEMD_WRONG_SERIAL;
        }
    }
    return v;
}

static bool any_matches(struct zonemd *z, const struct zrrset *s)
{
    uint8_t digest[HASHES][SHA512_DIGEST_LENGTH];
    const uint8_t *rr = rrset_data(s);

    if (z->want[HASH_SHA384])
        SHA384_Final(digest[HASH_SHA384], &z->sha[HASH_SHA384]);
    if (z->want[HASH_SHA512])
        SHA512_Final(digest[HASH_SHA512], &z->sha[HASH_SHA512]);
    for (unsigned i = 0; i < s->count; i++, rr = rr_next(rr)) {
        unsigned hash = usable_hash(rr);

        if (hash != 0 && get_u32(rr + 2) == z->c->serial &&
            memcmp(rr + 2 + FIXED_LEN, digest[hash], digest_len[hash]) == 0)
            return true;
    }
    return false;
}

enum zonemd_verdict zonemd_verify(const struct contents *c, uint16_t rrclass)
{
    const struct zrrset *s = node_rrset(c, contents_apex(c), TYPE_ZONEMD);
    struct zonemd z = {.c = c, .rrclass = rrclass};
    enum zonemd_verdict v;

    if (s == NULL)
        return ZONEMD_NONE;
    if ((v = choose(&z, s)) != ZONEMD_MISMATCH)
        return v;
    SHA384_Init(&z.sha[HASH_SHA384]);
    SHA512_Init(&z.sha[HASH_SHA512]);
    add_all(&z);
    return any_matches(&z, s) ? ZONEMD_MATCHES : ZONEMD_MISMATCH;
}
