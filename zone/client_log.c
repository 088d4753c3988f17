#include "zone/client_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dns/name.h"

enum { TEXT_ROOM = 2 * NAME_TEXT_MAX + 2048 };

static bool shows_view(const char *view)
{
    return view != NULL && strcmp(view, "_default") != 0 && strcmp(view, "_bind") != 0;
}

void client_log(const struct client_id *c, enum log_category cat, int level, const char *fmt, ...)
{
    char peer[NET_ADDR_TEXT], name[NAME_TEXT_MAX], key[NAME_TEXT_MAX], text[TEXT_ROOM];
    bool show = shows_view(c->view);
    va_list ap;

    if (c->qname != NULL)
        name_to_text(c->qname, name, NAME_OMIT_FINAL_DOT);
    if (c->key != NULL)
        name_to_text(c->key, key, NAME_OMIT_FINAL_DOT);
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    log_write(cat, level, "client @%p %s%s%s%s%s%s%s%s: %s", c->request,
              net_addr_format(c->peer, peer), c->key != NULL ? "/key " : "",
              c->key != NULL ? key : "", c->qname != NULL ? " (" : "",
              c->qname != NULL ? name : "", c->qname != NULL ? ")" : "", show ? ": view " : "",
              show ? c->view : "", text);
}
