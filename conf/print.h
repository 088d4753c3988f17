/*
 * A configuration in canonical form, as `named-checkconf -p` prints it.
 */
#ifndef KZ_CONF_PRINT_H
#define KZ_CONF_PRINT_H

#include <stdio.h>

#include "conf/settings.h"

/* Prints the file at `path` with what it includes: one option a line, values in one
 * spelling, options in one order; with `hide` secrets are question marks.  The file is
 * taken to have passed conf_load(); what is wrong in it is left out silently.  One
 * thread.  Errors as conf_load(). */
enum result conf_print(const char *path, const struct conf_load_options *opt, bool hide,
                       FILE *out);

#endif
