/*
 * Names that must be those of hosts or mailboxes ("check-names"): which owners and which
 * names in RDATA, and what they may look like (RFC 952, RFC 1123 §2.1, RFC 1035 §8).  Pure;
 * any thread.
 */
#ifndef KZ_DNS_HOSTNAME_H
#define KZ_DNS_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* May `owner` hold records of the type? */
bool hostname_owner_is_good(const uint8_t *owner, uint16_t type);

/*
 * The first name in plain RDATA that is not what it must be, NULL when there is none.
 * `zone`: PTR targets are hosts in reverse zones only.  *field is the number of the field
 * to begin with, afterwards that of the name (0: the first field of the RDATA's text).
 */
const uint8_t *hostname_bad_target(uint16_t type, const uint8_t *rdata, const uint8_t *zone,
                                   unsigned *field);

/* Does a `*` label stand behind another label (RFC 4592 §4.6 finds no use for one)? */
bool hostname_has_inner_wildcard(const uint8_t *name);

/* Does the text read as an IP address, a final dot aside? */
bool hostname_is_address(const char *text, size_t len);

#endif
