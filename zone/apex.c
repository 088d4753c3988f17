#include "zone/apex.h"

static bool has_zone_key(const struct contents *c, const struct znode *apex)
{
    enum { ZONE_KEY = 0x0100 };     /* of the flags, RFC 4034 §2.1.1 */
    const struct zrrset *keys = node_rrset(c, apex, TYPE_DNSKEY);
    const uint8_t *rr = keys != NULL ? rrset_data(keys) : NULL;

    for (unsigned i = 0; keys != NULL && i < keys->count; i++, rr = rr_next(rr))
        if (get_u16(rr + 2) & ZONE_KEY)
            return true;
    return false;
}

/* As in BIND a zone is signed when it has a zone key and either NSEC3PARAM or an NSEC with a
 * signature: signatures of others, and chains without them, prove nothing. */
static void note_denial(struct contents *c, const struct znode *apex)
{
    const struct zrrset *nsec = node_rrset(c, apex, TYPE_NSEC);
    const struct zrrset *param = node_rrset(c, apex, TYPE_NSEC3PARAM);

    if (nsec != NULL && rrset_sigs(nsec) == NULL)
        nsec = NULL;
    c->denial = DENIAL_NONE;
    c->nsec3_hash_alg = c->nsec3_salt_len = 0;
    c->nsec3_iterations = 0;
    c->nsec3_salt = NULL;
    c->is_signed = has_zone_key(c, apex) && (nsec != NULL || param != NULL);
    if (!c->is_signed)
        return;
    if (param != NULL && c->nnsec3 > 0) {
        const uint8_t *p = rrset_data(param) + 2;

        c->denial = DENIAL_NSEC3;
        c->nsec3_hash_alg = p[0];
        c->nsec3_iterations = get_u16(p + 2);
        c->nsec3_salt_len = p[4];
        c->nsec3_salt = p + 5;
    } else if (nsec != NULL) {
        c->denial = DENIAL_NSEC;
    }
}

void contents_note_apex(struct contents *c)
{
    const struct znode *apex = contents_apex(c);
    const struct zrrset *s = node_rrset(c, apex, TYPE_SOA);

    c->serial = 0;
    if (s != NULL) {
        const uint8_t *rdata = rrset_data(s) + 2;
        c->serial = get_u32(rdata + rr_len(rrset_data(s)) - 20);
    }
    note_denial(c, apex);
}

void node_measure_rrset(const struct zrrset *s, size_t owner_len, uint32_t *nrecords,
                        uint64_t *bytes)
{
    const struct zsigs *g = rrset_sigs(s);

    *nrecords += s->count + (g != NULL ? g->count : 0);
    if (s->count > 0)
        *bytes += owner_len + 8 + rrset_data_len(s) - 2u * s->count;
    if (g != NULL)
        *bytes += owner_len + 8 + g->data_len - 2u * g->count;
}
