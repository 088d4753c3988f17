/*
 * A DNS message as text, as BIND's nsupdate shows it: header, sections, pseudo-sections.
 */
#ifndef KZ_TOOLS_MESSAGE_PRINT_H
#define KZ_TOOLS_MESSAGE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* `draft`: the message has no id and no counts yet; its header shows zeros.  A record that cannot
 * be read ends the text with a line that says so. */
void message_print(FILE *out, const uint8_t *msg, size_t len, bool draft);

#endif
