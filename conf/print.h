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

/* Of a file that is being built: a statement in one line, without its semicolon … */
struct conf_context;
struct conf_item;
struct conf_stmt;
const char *conf_print_line(struct conf_context *c, const struct conf_stmt *stmt);
/* … a value that ends with a block, from `from` to it … */
const char *conf_print_value(struct conf_context *c, const struct conf_item *from);
/* … and all but the zones, with the character CONF_ZONES_HERE where those of each view (or of
 * the file without views) would stand.  All in the snapshot's memory; NULL without. */
enum { CONF_ZONES_HERE = 1 };
const char *conf_print_frame(struct conf_context *c);

#endif
