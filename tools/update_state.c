#include "tools/update_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dns/rrtype.h"

char *script_word(char **at)
{
    char *word = *at + strspn(*at, " \t\r\n");

    if (*word == '\0')
        return NULL;
    *at = word + strcspn(word, " \t\r\n");
    if (**at != '\0')
        *(*at)++ = '\0';
    return word;
}

char *script_rest(char *at)
{
    char *end;

    at += strspn(at, " \t\r\n");
    for (end = at + strlen(at); end > at && strchr(" \t\r\n", end[-1]) != NULL; end--)
        end[-1] = '\0';
    return at;
}

enum script_step script_mistake(struct update_script *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(s->error, sizeof s->error, fmt, args);
    va_end(args);
    return SCRIPT_ERROR;
}

bool script_set_class(struct update_script *s, uint16_t rrclass)
{
    if (rrclass >= CLASS_NONE)
        return false;
    if (s->zone_class == 0)
        s->zone_class = rrclass;
    return s->zone_class == rrclass;
}

uint16_t script_take_class(struct update_script *s)
{
    if (s->zone_class == 0)
        s->zone_class = s->default_class;
    return s->zone_class;
}
