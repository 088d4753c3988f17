#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/context.h"

/* Source lines are shown for the first mistakes only: a list of thousands is not read. */
enum { LINES_SHOWN_MAX = 20, LINE_WIDTH_MAX = 160, ERRORS_MAX = 200 };

static void tell(struct conf_context *c, int level, const char *text)
{
    if (level == LVL_ERROR && ++c->errors > ERRORS_MAX) {
        if (c->errors == ERRORS_MAX + 1)
            c->report->message(c->report->arg, level, "too many mistakes: the rest is not shown");
        return;
    }
    c->report->message(c->report->arg, level, text);
}

/* The line and a caret below; tabs stay tabs, so that the caret stands right. */
static void show_line(struct conf_context *c, const struct conf_item *at)
{
    char text[2 * LINE_WIDTH_MAX + 8];
    size_t len, column;
    const char *line = conf_tree_line(c->tree, at, &len, &column);

    if (c->defaults || c->lines_shown >= LINES_SHOWN_MAX || c->errors > ERRORS_MAX)
        return;
    if (column > LINE_WIDTH_MAX - 20 || memchr(line, '\0', len) != NULL)
        return;
    if (len > LINE_WIDTH_MAX)
        len = LINE_WIDTH_MAX;
    c->lines_shown++;
    size_t used = (size_t)snprintf(text, sizeof text, "  %.*s\n  ", (int)len, line);
    for (size_t i = 0; i < column; i++)
        text[used++] = line[i] == '\t' ? '\t' : ' ';
    text[used++] = '^';
    text[used] = '\0';
    c->report->message(c->report->arg, LVL_ERROR, text);
}

static void tell_at(struct conf_context *c, int level, const struct conf_item *at,
                    const char *fmt, va_list ap)
{
    char text[1200];
    int used = snprintf(text, sizeof text, "%.600s:%u: ", c->tree->files[at->file].name, at->line);

    vsnprintf(text + used, sizeof text - (size_t)used, fmt, ap);
    tell(c, level, text);
}

void conf_error(struct conf_context *c, const struct conf_item *at, const char *fmt, ...)
{
    va_list ap;
    const void *mistake[] = {at, fmt};

    if (c->errors > ERRORS_MAX) {
        c->errors++;
        return;
    }
    /* What stands in options is put together anew for each view. */
    if (c->grammars != NULL && conf_name_define_bytes(c, SPACE_MISTAKE, mistake, sizeof mistake,
                                                      (void *)at) != NULL)
        return;
    va_start(ap, fmt);
    tell_at(c, LVL_ERROR, at, fmt, ap);
    va_end(ap);
    show_line(c, at);
}

void conf_warn(struct conf_context *c, const struct conf_item *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tell_at(c, LVL_WARNING, at, fmt, ap);
    va_end(ap);
}

bool conf_is_telling(const struct conf_context *c)
{
    return c->errors <= ERRORS_MAX;
}

void conf_advise(struct conf_context *c, const char *fmt, ...)
{
    char text[400] = "  ";
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text + 2, sizeof text - 2, fmt, ap);
    va_end(ap);
    if (c->errors <= ERRORS_MAX)
        c->report->message(c->report->arg, LVL_ERROR, text);
}

void conf_say(struct conf_context *c, int level, const char *fmt, ...)
{
    char text[1200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    tell(c, level, text);
}
