/*
 * What SVCB records of DNS servers must say (RFC 9461).  Pure; any thread.
 */
#ifndef KZ_DNS_SVCB_H
#define KZ_DNS_SVCB_H

#include <stddef.h>
#include <stdint.h>

/* What is missing from plain SVCB RDATA at `owner`, as a text for "… has …", or NULL: a
 * ServiceMode record at "_dns" or "_PORT._dns" needs "alpn" (§4), and with an HTTP protocol
 * in it "dohpath" (§5). */
const char *svcb_dns_mistake(const uint8_t *owner, const uint8_t *rdata, size_t len);

#endif
