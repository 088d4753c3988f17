/*
 * Match lists made by hand, for tests that need no configuration file.
 */
#ifndef KZ_TESTS_ACL_HAND_H
#define KZ_TESTS_ACL_HAND_H

#include <stdlib.h>
#include <string.h>

#include "conf/acl_impl.h"

/* A list of one element; "!" before the prefix negates it, "localhost" and "localnets" are
 * known, "any" is the prefix of length 0.  Freed with free(). */
static inline struct acl *acl_hand(const char *text)
{
    struct acl *a = calloc(1, sizeof *a + sizeof *a->elements);
    struct acl_element *e = a->elements;

    a->count = 1;
    e->negated = *text == '!';
    text += e->negated;
    if (strcmp(text, "localhost") == 0)
        e->kind = ACL_LOCALHOST;
    else if (strcmp(text, "localnets") == 0)
        e->kind = ACL_LOCALNETS;
    else if (strcmp(text, "any") == 0)
        e->prefix.family = AF_UNSPEC;
    else
        net_prefix_parse(&e->prefix, text);
    return a;
}

#endif
