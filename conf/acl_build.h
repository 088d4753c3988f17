/*
 * From syntax to address match lists.  Private to conf/; one thread.
 */
#ifndef KZ_CONF_ACL_BUILD_H
#define KZ_CONF_ACL_BUILD_H

#include "conf/acl.h"
#include "conf/context.h"

/* Checks the element at *at and steps over it; *last follows one behind. */
bool acl_check_element(struct conf_context *c, struct conf_item **at, struct conf_item **last);

/* Remembers `acl NAME { … }` for those that name it. */
void acl_define(struct conf_context *c, struct conf_stmt *stmt);

/* The list that a block spells; equal lists are one object.  NULL after an error. */
const struct acl *acl_build(struct conf_context *c, const struct conf_block *block);

/* The same with `port` and `transports` (enum acl_transport) as in allow-transfer. */
const struct acl *acl_build_at(struct conf_context *c, const struct conf_block *block,
                               uint16_t port, uint16_t transports);

#endif
