/*
 * The language of nsupdate: a line changes the message that is being put together or the
 * settings with which it will be sent, or says what to do.  Files and sockets are the caller's.
 *
 * One thread.  Errors leave text in `error` and, where a command was not understood, its form in
 * `form`; the message is as it was before the line.
 */
#ifndef KZ_TOOLS_UPDATE_SCRIPT_H
#define KZ_TOOLS_UPDATE_SCRIPT_H

#include <stdint.h>
#include <stdio.h>

#include "tools/update_state.h"

void update_script_init(struct update_script *s);
void update_script_free(struct update_script *s);

/* Does the line, which is changed. */
enum script_step update_script_line(struct update_script *s, char *line);

/* The class of the zone as it stands. */
uint16_t update_script_class(const struct update_script *s);

/* The next message begins: what was said of server, zone, key and the like stays. */
void update_script_next(struct update_script *s);

/* One line for each command. */
void update_script_help(FILE *out);

#endif
