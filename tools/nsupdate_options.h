/*
 * nsupdate's command line.  What is wrong with it ends the program, as BIND's does it.
 */
#ifndef KZ_TOOLS_NSUPDATE_OPTIONS_H
#define KZ_TOOLS_NSUPDATE_OPTIONS_H

#include <stdbool.h>

#include "tools/update_send.h"

struct nsupdate_options {
    bool interactive;
    const char *file;               /* the script; NULL: standard input */
    const char *key_file, *key_text;    /* -k, -y */
    struct update_sender *sender;
    struct update_script *script;
};

/* Takes them in, keys and all.  `o` comes with sender and script. */
void nsupdate_options_take(struct nsupdate_options *o, int argc, char **argv);

#endif
