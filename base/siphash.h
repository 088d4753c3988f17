/*
 * SipHash-2-4 (Aumasson and Bernstein): a keyed hash of 64 bits whose values go onto
 * the wire (DNS cookies).  Pure; any thread.
 */
#ifndef KZ_BASE_SIPHASH_H
#define KZ_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_LEN = 16, SIPHASH_LEN = 8 };

/* The hash of `len` bytes, as its eight bytes stand on the wire (little endian). */
void siphash24(const uint8_t key[SIPHASH_KEY_LEN], const void *data, size_t len,
               uint8_t out[SIPHASH_LEN]);

#endif
