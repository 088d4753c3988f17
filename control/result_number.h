/*
 * The numbers that BIND's control channel gives results, and their names, as `rndc -r` prints
 * them.  Static table; any thread.
 */
#ifndef KZ_CONTROL_RESULT_NUMBER_H
#define KZ_CONTROL_RESULT_NUMBER_H

#include <stdint.h>

#include "base/result.h"

/* 0 for success; that of "failure" for what BIND has no number for. */
uint32_t result_number(enum result r);

/* "ISC_R_SUCCESS"; NULL for a number that is not in the table. */
const char *result_number_name(uint32_t number);

#endif
