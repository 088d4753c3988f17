#include "config.h"

#include "tools/line_input.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LIBEDIT
#include <editline/readline.h>
#endif

static const char prompt[] = "> ";

static bool can_edit(const struct line_input *in)
{
#ifdef HAVE_LIBEDIT
    return in->interactive && in->file == stdin && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
#else
    (void)in;
    return false;
#endif
}

void line_input_open(struct line_input *in, FILE *file, const char *name, bool interactive)
{
    *in = (struct line_input){.file = file != NULL ? file : stdin, .name = name};
    in->interactive = interactive || (in->file == stdin && isatty(STDIN_FILENO));
    in->editing = can_edit(in);
}

#ifdef HAVE_LIBEDIT
static char *edit_line(struct line_input *in)
{
    free(in->text);
    in->text = readline(prompt);
    if (in->text != NULL && *in->text != '\0')
        add_history(in->text);
    return in->text;
}
#else
static char *edit_line(struct line_input *in)
{
    return in->text;
}
#endif

static char *read_line(struct line_input *in)
{
    ssize_t n;

    if (in->interactive) {
        fputs(prompt, stdout);
        fflush(stdout);
    }
    n = getline(&in->text, &in->room, in->file);
    if (n < 0)
        return NULL;
    in->text[strcspn(in->text, "\r\n")] = '\0';
    return in->text;
}

char *line_input_next(struct line_input *in)
{
    in->line++;
    return in->editing ? edit_line(in) : read_line(in);
}

void line_input_close(struct line_input *in)
{
    if (in->text != NULL)
        explicit_bzero(in->text, strlen(in->text));     /* a secret may have stood there */
    free(in->text);
    if (in->file != stdin)
        fclose(in->file);
}
