#include "update/permission.h"

#include <stdio.h>
#include <string.h>

#include "update/external.h"

/* A wildcard stands for whatever is below it (RFC 4592), however deep; "*" alone for all. */
static bool is_covered(const uint8_t *name, const uint8_t *wildcard)
{
    size_t labels;

    return name_is_below(name, name_parent(wildcard), &labels) && labels > 0;
}

static bool is_identity(const uint8_t *name, const uint8_t *identity)
{
    return name_is_wildcard(identity) ? is_covered(name, identity) : name_equal(name, identity);
}

/* Types that a rule without a list does not speak of: they hold the zone together. */
static bool is_user_type(uint16_t type)
{
    return type != TYPE_NS && type != TYPE_SOA && type != TYPE_RRSIG && type != TYPE_NSEC &&
           type != TYPE_NSEC3;
}

static bool lists_type(const struct conf_update_rule *rule, uint16_t type, uint16_t *max)
{
    *max = 0;
    if (rule->ntypes == 0)
        return is_user_type(type);
    for (unsigned i = 0; i < rule->ntypes; i++)
        if (rule->types[i].type == type || rule->types[i].type == TYPE_ANY) {
            *max = rule->types[i].max;
            return true;
        }
    return false;
}

static uint8_t *put_label(uint8_t *p, const char *text, size_t len)
{
    *p = (uint8_t)len;
    memcpy(p + 1, text, len);
    return p + 1 + len;
}

static uint8_t *put_nibbles(uint8_t *p, const uint8_t *bytes, size_t len)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = len; i-- > 0;) {
        p = put_label(p, &hex[bytes[i] & 15], 1);
        p = put_label(p, &hex[bytes[i] >> 4], 1);
    }
    return put_label(put_label(p, "ip6", 3), "arpa", 4);
}

/* The name at which the address' PTR stands (RFC 1035 §3.5, RFC 3596 §2.5). */
static void reverse_name(struct name *out, const union net_addr *addr)
{
    size_t len;
    const uint8_t *bytes = net_addr_bytes(addr, &len);
    uint8_t *p = out->wire;
    char number[4];

    if (len == 16) {
        p = put_nibbles(p, bytes, len);
    } else {
        for (size_t i = len; i-- > 0;)
            p = put_label(p, number, (size_t)snprintf(number, sizeof number, "%u", bytes[i]));
        p = put_label(put_label(p, "in-addr", 7), "arpa", 4);
    }
    *p++ = 0;
    out->len = (uint8_t)(p - out->wire);
}

/* The reverse name of the /48 that belongs to an address: 2002:V4ADDR::/48 of an IPv4 one
 * (RFC 3056 §2). */
static void prefix_name(struct name *out, const union net_addr *addr)
{
    size_t len;
    const uint8_t *bytes = net_addr_bytes(addr, &len);
    uint8_t prefix[6] = {0x20, 0x02}, *p;

    if (len == 16)
        memcpy(prefix, bytes, 6);
    else
        memcpy(prefix + 2, bytes, 4);
    p = put_nibbles(out->wire, prefix, sizeof prefix);
    *p++ = 0;
    out->len = (uint8_t)(p - out->wire);
}

/* Rules that believe the address need TCP's handshake. */
static bool matches_address(const struct update_request *u, const struct conf_update_rule *rule,
                            const uint8_t *name)
{
    struct name own;

    if (u->who.transport == ACL_UDP)
        return false;
    if (rule->match == UPDATE_TCP_SELF)
        reverse_name(&own, u->who.peer);
    else
        prefix_name(&own, u->who.peer);
    return is_identity(own.wire, rule->identity) && name_equal(own.wire, name);
}

static bool matches_signer(const struct update_run *run, const struct conf_update_rule *rule,
                           const uint8_t *name)
{
    const uint8_t *signer = run->u->who.key;
    size_t below;

    if (signer == NULL || !is_identity(signer, rule->identity))
        return false;
    switch ((enum update_match)rule->match) {
    case UPDATE_NAME:
        return name_equal(name, rule->name);
    case UPDATE_SUBDOMAIN:
        return name_is_below(name, rule->name, NULL);
    case UPDATE_ZONESUB:
        return name_is_below(name, run->origin, NULL);
    case UPDATE_WILDCARD:
        return is_covered(name, rule->name);
    case UPDATE_SELF:
        return name_equal(name, signer);
    case UPDATE_SELFSUB:
        return name_is_below(name, signer, NULL);
    case UPDATE_SELFWILD:
        return name_is_below(name, signer, &below) && below > 0;
    default:    /* ms-* and krb5-*: their identities are GSS-TSIG's, no key has one */
        return false;
    }
}

static bool matches(const struct update_run *run, const struct conf_update_rule *rule,
                    const uint8_t *name, uint16_t type)
{
    if (rule->match == UPDATE_TCP_SELF || rule->match == UPDATE_6TO4_SELF)
        return matches_address(run->u, rule, name);
    if (rule->match == UPDATE_EXTERNAL)
        return external_allows(run->u, rule->identity_text, name, type);
    return matches_signer(run, rule, name);
}

/* `update-policy local`: the session key may do all, from this host. */
static bool local_allows(const struct update_run *run)
{
    const struct update_request *u = run->u;
    const struct acl_env *env = u->who.env;

    if (u->who.key == NULL || u->session_key == NULL || !name_equal(u->who.key, u->session_key))
        return false;
    for (unsigned i = 0; env != NULL && i < env->nlocalhost; i++)
        if (net_prefix_match(&env->localhost[i], u->who.peer))
            return true;
    log_write(LOGC_UPDATE_SECURITY, LVL_WARNING,
              "update-policy local: match on session key not from localhost");
    return false;
}

bool permission_allows(const struct update_run *run, const uint8_t *name, uint16_t type,
                       uint16_t *max)
{
    const struct conf_update_policy *policy = run->u->conf->options->update_policy;

    *max = 0;
    if (policy->is_local)
        return local_allows(run);
    for (unsigned i = 0; i < policy->nrules; i++) {
        const struct conf_update_rule *rule = &policy->rules[i];

        /* the type first: it costs nothing, a daemon may have to be asked for the rest */
        if (lists_type(rule, type, max) && matches(run, rule, name, type))
            return rule->grant;
    }
    return false;
}

bool permission_allows_all(const struct update_run *run, const uint8_t *name)
{
    const struct contents *c = zone_edit_contents(run->e);
    const struct znode *n = contents_find_name(c, name);
    uint16_t max;

    if (n == NULL)
        return true;
    NODE_FOR_EACH_RRSET(c, n, s) {
        if (s->count == 0 || s->type == TYPE_NSEC)
            continue;   /* signatures and denial go with what they stand for */
        if (!permission_allows(run, name, s->type, &max))
            return false;
    }
    return true;
}
