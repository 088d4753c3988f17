#include "conf/acl.h"

#include <string.h>

#include "conf/acl_impl.h"
#include "conf/geoip.h"
#include "dns/name.h"

static bool prefixes_match(const struct net_prefix *p, unsigned count, const union net_addr *peer)
{
    for (unsigned i = 0; i < count; i++)
        if (net_prefix_match(&p[i], peer))
            return true;
    return false;
}

/* Does the element, its negation aside, speak of who asks? */
static bool element_matches(const struct acl_element *e, const struct acl_who *who)
{
    switch ((enum acl_kind)e->kind) {
    case ACL_PREFIX:
        return net_prefix_match(&e->prefix, who->peer);
    case ACL_KEY:
        return who->key != NULL && name_equal(who->key, e->ref);
    case ACL_LOCALHOST:
        return who->env != NULL &&
               prefixes_match(who->env->localhost, who->env->nlocalhost, who->peer);
    case ACL_LOCALNETS:
        return who->env != NULL &&
               prefixes_match(who->env->localnets, who->env->nlocalnets, who->peer);
    case ACL_NESTED:    /* a negative match inside is no match, whatever stands before it */
        return acl_match(e->ref, who) > 0;
    case ACL_GEOIP:
        return geoip_match(e->ref, who->peer);
    }
    return false;
}

static int match_elements(const struct acl *acl, const struct acl_who *who)
{
    for (uint32_t i = 0; i < acl->count; i++)
        if (element_matches(&acl->elements[i], who))
            return acl->elements[i].negated ? -1 : 1;
    return 0;
}

/* ::ffff:a.b.c.d as a.b.c.d (RFC 4291 §2.5.5.2). */
static bool unmap(union net_addr *out, const union net_addr *a)
{
    if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
        return false;
    memset(out, 0, sizeof *out);
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = a->v6.sin6_port;
    memcpy(&out->v4.sin_addr, a->v6.sin6_addr.s6_addr + 12, 4);
    return true;
}

int acl_match(const struct acl *acl, const struct acl_who *who)
{
    union net_addr plain;
    struct acl_who mapped = *who;

    if (acl == NULL)
        return 0;
    if (who->match_mapped && unmap(&plain, who->peer)) {
        mapped.peer = &plain;
        return match_elements(acl, &mapped);
    }
    return match_elements(acl, who);
}

static bool door_allowed(const struct acl *acl, const struct acl_who *who)
{
    return (acl->port == 0 || acl->port == who->local_port) &&
           (acl->transports == 0 || (acl->transports & who->transport) != 0);
}

bool acl_allows(const struct acl *acl, const struct acl_who *who)
{
    return acl != NULL && door_allowed(acl, who) && acl_match(acl, who) > 0;
}

const struct acl *acl_any(void)
{
    static const struct acl any = {.count = 1, .elements = {{.kind = ACL_PREFIX}}};

    return &any;
}

bool acl_is_any(const struct acl *acl)
{
    return acl != NULL && acl->count > 0 && acl->port == 0 && acl->transports == 0 &&
           acl->elements[0].kind == ACL_PREFIX && acl->elements[0].prefix.family == AF_UNSPEC &&
           !acl->elements[0].negated;
}

bool acl_is_none(const struct acl *acl)
{
    return acl == NULL || acl->count == 0 ||
           (acl->elements[0].kind == ACL_PREFIX && acl->elements[0].prefix.family == AF_UNSPEC &&
            acl->elements[0].negated);
}

static bool is_loopback(const struct net_prefix *p)
{
    static const uint8_t v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};

    return (p->family == AF_INET && p->bits == 32 && memcmp(p->addr, v4, sizeof v4) == 0) ||
           (p->family == AF_INET6 && p->bits == 128 && memcmp(p->addr, v6, sizeof v6) == 0);
}

bool acl_trusts_addresses(const struct acl *acl)
{
    for (uint32_t i = 0; acl != NULL && i < acl->count; i++) {
        const struct acl_element *e = &acl->elements[i];

        if (e->negated || e->kind == ACL_KEY || e->kind == ACL_LOCALHOST)
            continue;
        if (e->kind == ACL_NESTED ? acl_trusts_addresses(e->ref)
                                  : e->kind != ACL_PREFIX || !is_loopback(&e->prefix))
            return true;
    }
    return false;
}
