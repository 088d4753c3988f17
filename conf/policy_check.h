/*
 * What BIND demands of a dnssec-policy.  Private to conf/.
 */
#ifndef KZ_CONF_POLICY_CHECK_H
#define KZ_CONF_POLICY_CHECK_H

#include "conf/build.h"

/* Keys whose algorithms are unknown or lack a role, lengths, NSEC3 iterations, and times
 * that contradict each other. */
void policy_check(struct conf_context *c, const struct conf_stmt *policy);

#endif
