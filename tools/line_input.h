/*
 * Lines of a script: from a file, from a pipe, or from somebody at a terminal, with a prompt and
 * (when the program was built with libedit) editing and history.  One thread.
 */
#ifndef KZ_TOOLS_LINE_INPUT_H
#define KZ_TOOLS_LINE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct line_input {
    FILE *file;
    const char *name;           /* for messages */
    bool interactive;           /* with a prompt */
    bool editing;               /* by libedit */
    unsigned long line;         /* of the line given last, from 1 */
    char *text;
    size_t room;
};

/* `file` NULL: standard input. */
void line_input_open(struct line_input *in, FILE *file, const char *name, bool interactive);

/* The next line without its end, the caller's to change until the next call; NULL at the end. */
char *line_input_next(struct line_input *in);

void line_input_close(struct line_input *in);

#endif
