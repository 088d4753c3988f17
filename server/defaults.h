/*
 * named -C: the defaults that are built in, from the table of options.
 * Any thread; no state.
 */
#ifndef KZ_SERVER_DEFAULTS_H
#define KZ_SERVER_DEFAULTS_H

#include <stdio.h>

void defaults_print(FILE *out);

#endif
