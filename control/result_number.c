#include "control/result_number.h"

#include <stddef.h>

static const struct row {
    uint16_t number;
    const char *name;
} rows[] = {
#define NUMBERED(number, name, result) {number, name},
#define NUMBER(number, name) {number, name},
#include "control/result_number.def"
#undef NUMBERED
#undef NUMBER
};

/* By enum result; 0 for those without a number, and for success. */
static const uint16_t numbers[RES_COUNT] = {
#define NUMBERED(number, name, result) [RES_##result] = number,
#define NUMBER(number, name)
#include "control/result_number.def"
#undef NUMBERED
#undef NUMBER
};

uint32_t result_number(enum result r)
{
    return r == RES_OK || numbers[r] != 0 ? numbers[r] : numbers[RES_FAILURE];
}

const char *result_number_name(uint32_t number)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == number)
            return rows[i].name;
    return NULL;
}
