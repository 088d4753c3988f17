/*
 * Serial number arithmetic of RFC 1982, for SOA serials and signature times.
 */
#ifndef KZ_DNS_SERIAL_H
#define KZ_DNS_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* a < b.  False both ways when they are equal or 2^31 apart (RFC 1982 §3.2). */
static inline bool serial_lt(uint32_t a, uint32_t b)
{
    return a != b && a - b > 0x80000000u;
}

static inline bool serial_gt(uint32_t a, uint32_t b)
{
    return serial_lt(b, a);
}

static inline bool serial_ge(uint32_t a, uint32_t b)
{
    return a == b || serial_lt(b, a);
}

/* The next serial.  Zero is skipped, as BIND does: many take it for "none". */
static inline uint32_t serial_next(uint32_t serial)
{
    return serial + 1 == 0 ? 1 : serial + 1;
}

#endif
