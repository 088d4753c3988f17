/*
 * Log lines about a client's request, as BIND begins them:
 * "client @0xPTR ADDR#PORT[/key NAME][ (QNAME)][: view V]: ".
 */
#ifndef KZ_ZONE_CLIENT_LOG_H
#define KZ_ZONE_CLIENT_LOG_H

#include <stdint.h>

#include "base/log.h"
#include "net/addr.h"

/* Not owned; names are in wire form. */
struct client_id {
    const void *request;            /* shown as the pointer: tells requests apart */
    const union net_addr *peer;
    const uint8_t *key;             /* that signed it; NULL: none */
    const uint8_t *qname;           /* shown for queries; NULL: none */
    const char *view;               /* NULL, "_default" and "_bind" are not shown */
};

/* Any thread.  Cheap only behind log_wants(). */
void client_log(const struct client_id *c, enum log_category cat, int level, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
