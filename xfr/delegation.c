#include "xfr/delegation.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

struct delegation *delegation_new(const uint8_t *zone, const struct delegation_options *o)
{
    struct delegation *d = calloc(1, sizeof *d);

    if (d == NULL)
        return NULL;
    name_copy(&d->zone, zone);
    d->options = *o;
    d->newest_server = -1;
    return d;
}

void delegation_free(struct delegation *d)
{
    if (d == NULL)
        return;
    for (unsigned i = 0; i < d->nfindings; i++)
        free(d->findings[i].text);
    free(d->findings);
    free(d);
}

int delegation_host(struct delegation *d, const uint8_t *name)
{
    struct delegation_host *h;

    for (unsigned i = 0; i < d->nhosts; i++)
        if (name_equal(d->hosts[i].name.wire, name))
            return (int)i;
    if (d->nhosts == DELEGATION_HOSTS_MAX) {
        d->is_cut = true;
        return -1;
    }
    h = &d->hosts[d->nhosts];
    *h = (struct delegation_host){.in_zone = name_is_below(name, d->zone.wire, NULL)};
    name_copy(&h->name, name);
    return (int)d->nhosts++;
}

struct delegation_server *delegation_server(struct delegation *d, const union net_addr *a,
                                            const uint8_t *name, bool is_parent, bool *added)
{
    bool is_v6 = a->sa.sa_family == AF_INET6, unused;
    struct delegation_server *s;

    if (added == NULL)
        added = &unused;
    *added = false;
    if (is_v6 ? d->options.without_v6 : d->options.without_v4)
        return NULL;
    for (unsigned i = 0; i < d->nservers; i++)
        if (d->servers[i].is_parent == is_parent && net_addr_equal(&d->servers[i].addr, a))
            return &d->servers[i];
    if (d->nservers == DELEGATION_SERVERS_MAX) {
        d->is_cut = true;
        return NULL;
    }
    s = &d->servers[d->nservers++];
    *s = (struct delegation_server){.addr = *a, .is_parent = is_parent};
    if (name != NULL)
        name_copy(&s->name, name);
    *added = true;
    return s;
}

void delegation_add_addr(struct delegation_addrs *to, const union net_addr *a)
{
    union net_addr plain = *a;

    net_addr_set_port(&plain, 0);
    for (unsigned i = 0; i < to->n; i++)
        if (net_addr_equal(&to->at[i], &plain))
            return;
    if (to->n < DELEGATION_ADDRS_MAX)
        to->at[to->n++] = plain;
}

/* IANA's digest types of DS; of others only tag and algorithm are compared. */
static const EVP_MD *digest_of(unsigned type)
{
    switch (type) {
    case 1:
        return EVP_sha1();
    case 2:
        return EVP_sha256();
    case 4:
        return EVP_sha384();
    default:
        return NULL;
    }
}

static bool digest_fits(const struct delegation *d, const struct delegation_ds *ds,
                        const uint8_t *rdata, size_t len)
{
    const EVP_MD *md = digest_of(ds->digest_type);
    uint8_t digest[EVP_MAX_MD_SIZE], owner[NAME_MAX_LEN];
    EVP_MD_CTX *ctx;
    unsigned n = 0;
    bool fits;

    if (md == NULL)
        return true;
    if ((ctx = EVP_MD_CTX_new()) == NULL)
        return false;
    name_fold(owner, d->zone.wire, d->zone.len);
    fits = EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
           EVP_DigestUpdate(ctx, owner, d->zone.len) == 1 &&
           EVP_DigestUpdate(ctx, rdata, len) == 1 && EVP_DigestFinal_ex(ctx, digest, &n) == 1 &&
           n == ds->len && memcmp(digest, ds->digest, n) == 0;
    EVP_MD_CTX_free(ctx);
    return fits;
}

/* RFC 4034 §5.1.4: the digest covers the owner's canonical name and the DNSKEY's RDATA. */
void delegation_match_key(struct delegation *d, const uint8_t *rdata, size_t len)
{
    d->has_keys = true;
    if (len < 4)
        return;
    for (unsigned i = 0; i < d->nds; i++) {
        struct delegation_ds *ds = &d->ds[i];

        if (ds->tag == dnskey_tag(rdata, len) && ds->algorithm == rdata[3] &&
            digest_fits(d, ds, rdata, len))
            ds->has_key = true;
    }
}
