/* Bytes written as hexadecimal text in the tables of tests. */
#ifndef KZ_TESTS_HEX_H
#define KZ_TESTS_HEX_H

#include <string.h>

#include "base/codec.h"
#include "tests/unit/unit.h"

/* `hex` into out, which has room for `room` bytes; returns how many there are. */
static inline size_t from_hex(uint8_t *out, size_t room, const char *hex)
{
    size_t len = 0;

    CU_ASSERT_EQUAL(hex_decode(hex, strlen(hex), out, room, &len), RES_OK);
    return len;
}

#endif
