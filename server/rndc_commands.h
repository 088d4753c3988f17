/*
 * The functions of rndc_commands.def: each is a command, as server/rndc.h describes.
 */
#ifndef KZ_SERVER_RNDC_COMMANDS_H
#define KZ_SERVER_RNDC_COMMANDS_H

#include "server/rndc.h"

#define RNDC(name, function, min_args, access) rndc_command function;
#include "server/rndc_commands.def"
#undef RNDC

#endif
