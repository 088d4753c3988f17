/*
 * Who is not served at all, whatever the request: `blackhole`.  Any thread, from within
 * an RCU read side; allocates nothing.
 */
#ifndef KZ_SERVER_GATE_H
#define KZ_SERVER_GATE_H

#include <stdbool.h>

#include "answer/server_data.h"
#include "net/addr.h"

/* The list to look at, or NULL when it cannot match anybody: once per batch. */
const struct acl *gate_blackhole(const struct answer_server *s);

bool gate_is_blackholed(const struct answer_server *s, const struct acl *blackhole,
                        const union net_addr *peer);

#endif
