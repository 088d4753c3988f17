/*
 * How an acl lies in memory: one block without padding that differs between equal
 * lists, so that equal ones can be made one object.  Only conf/ looks inside.
 */
#ifndef KZ_CONF_ACL_IMPL_H
#define KZ_CONF_ACL_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

enum acl_kind { ACL_PREFIX, ACL_KEY, ACL_LOCALHOST, ACL_LOCALNETS, ACL_NESTED, ACL_GEOIP };

struct acl_element {
    uint8_t kind;               /* enum acl_kind */
    bool negated;
    struct net_prefix prefix;   /* ACL_PREFIX */
    const void *ref;            /* ACL_KEY: name; ACL_NESTED: struct acl; ACL_GEOIP: rule */
};

struct acl {
    uint32_t count;
    uint16_t port;              /* `port N` before the braces of allow-transfer; 0: every port */
    uint16_t transports;        /* `transport T` there: enum acl_transport; 0: every one */
    struct acl_element elements[];
};

#endif
