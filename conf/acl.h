/*
 * Address match lists (BIND's "acl"): who may do a thing.
 *
 * An acl belongs to the configuration snapshot that built it and is immutable, but
 * for `localhost` and `localnets`, which are looked up in an acl_env at match time,
 * so that they follow the host's addresses.  Any thread; matching allocates nothing.
 */
#ifndef KZ_CONF_ACL_H
#define KZ_CONF_ACL_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

struct acl;

/* What the host looks like now: its addresses and their networks.  Published whole
 * under RCU by the interface scan. */
struct acl_env {
    unsigned nlocalhost, nlocalnets;
    const struct net_prefix *localhost, *localnets;
};

enum acl_transport { ACL_UDP = 1, ACL_TCP = 2, ACL_TLS = 4, ACL_HTTP = 8, ACL_HTTPS = 16 };

/* Who asks: the address, the name of the TSIG key that verified (a name in wire form,
 * NULL without), for allow-transfer also the port and transport asked at. */
struct acl_who {
    const union net_addr *peer;
    const uint8_t *key;
    const struct acl_env *env;
    uint16_t local_port;    /* the port it came in at */
    uint8_t transport;      /* one of enum acl_transport */
    bool match_mapped;      /* match-mapped-addresses: ::ffff:a.b.c.d matches as IPv4 */
};

/* First match decides; a NULL acl or one without a match denies.  A nested list that
 * is negated and matches denies; BIND's rule that a negative match inside a positive
 * nested list is "no match" applies. */
bool acl_allows(const struct acl *acl, const struct acl_who *who);

/* 1 matched positively, -1 matched negatively, 0 no match. */
int acl_match(const struct acl *acl, const struct acl_who *who);

/* The list "{ any; }", for what no configuration speaks of. */
const struct acl *acl_any(void);

/* "{ any; }" and "{ none; }" known without looking: the hot path's shortcut. */
bool acl_is_any(const struct acl *acl);
bool acl_is_none(const struct acl *acl);

/* Does it let in somebody for the address alone who is not on this host?  Addresses are forged. */
bool acl_trusts_addresses(const struct acl *acl);

#endif
