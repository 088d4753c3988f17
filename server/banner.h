/*
 * Who we are: version, build, libraries.  Main only.
 */
#ifndef KZ_SERVER_BANNER_H
#define KZ_SERVER_BANNER_H

#include <stdio.h>

/* "Kizuna VERSION <id:>"; static storage. */
const char *banner_version(void);

/* named -v and named -V. */
void banner_print_version(FILE *out);
void banner_print_build(FILE *out);

/* The first lines of the log. */
void banner_log(int argc, char **argv);

#endif
