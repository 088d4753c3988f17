/*
 * Serial number arithmetic (RFC 1982) on 32-bit SOA serials.  Pure; any thread.
 */
#ifndef KZ_DNS_SERIAL_H
#define KZ_DNS_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* a > b; false also for the pair 2^31 apart, which has no order. */
static inline bool serial_gt(uint32_t a, uint32_t b)
{
    return a != b && a - b < 0x80000000u;
}

static inline bool serial_lt(uint32_t a, uint32_t b)
{
    return serial_gt(b, a);
}

#endif
