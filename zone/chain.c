/*
 * The chain of NSEC3 (RFC 5155 §7.2): the owner for a hash, among those of other chains.
 */
#include <string.h>

#include "base/codec.h"
#include "dns/nsec3.h"
#include "zone/contents.h"
#include "zone/tree.h"

enum {
    NSEC3_LABEL_LEN = 32,   /* SHA-1, the only algorithm, in base32hex */
    /* Owners of other chains that are passed on the way back to ours: of ten chains at once
     * so many never stand in a row, and a zone whose NSEC3PARAM fits none costs no more. */
    NSEC3_SKIP_MAX = 256
};

/* Is the NSEC3 of the chain that the zone's NSEC3PARAM names?  While a zone is given new
 * parameters two chains stand side by side (RFC 5155 §10.3). */
static bool in_chain(const struct contents *c, const struct znode *n)
{
    const struct zrrset *s = node_rrset(c, n, TYPE_NSEC3);
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        const uint8_t *p = rr + 2;

        if (p[0] == c->nsec3_hash_alg && get_u16(p + 2) == c->nsec3_iterations &&
            p[4] == c->nsec3_salt_len && memcmp(p + 5, c->nsec3_salt, p[4]) == 0)
            return true;
    }
    return false;
}

/* The node before, around the end of the chain. */
static const struct znode *nsec3_before(struct contents_walk *w)
{
    const struct znode *n = contents_walk_prev(w);

    return n != NULL ? n : contents_walk_last(w);
}

const struct znode *contents_nsec3(const struct contents *c, const uint8_t *hash, bool *exact)
{
    uint8_t label[1 + NSEC3_LABEL_LEN + 1] = {NSEC3_LABEL_LEN};
    struct contents_walk w;
    const struct znode *n;

    *exact = false;
    if (c->nsec3 == 0)
        return NULL;
    /* base32hex keeps the order of the bytes (RFC 4648 §7), so texts compare as hashes do */
    base32hex_encode(hash, NSEC3_HASH_LEN, (char *)label + 1);
    n = tree_find_nsec3(c, label, &w);
    if (n == NULL)
        n = contents_walk_last(&w);
    for (unsigned tries = 0; tries < c->nnsec3 && tries < NSEC3_SKIP_MAX; tries++) {
        if (in_chain(c, n)) {
            *exact = *n->name == NSEC3_LABEL_LEN && labels_equal(n->name, label, sizeof label - 1);
            return n;
        }
        n = nsec3_before(&w);
    }
    return NULL;
}
