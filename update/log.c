/* What an update says in the log, in BIND's words. */
#include <stdarg.h>
#include <stdio.h>

#include "update/internal.h"

enum { UPDATE_TEXT = 4096 };

void update_log(const struct update_request *u, int level, const char *fmt, ...)
{
    char zone[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT], text[UPDATE_TEXT];
    va_list ap;

    if (!log_wants(LOGC_UPDATE, level))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    name_to_text(u->zone->name, zone, NAME_OMIT_FINAL_DOT);
    client_log(&u->client, LOGC_UPDATE, level, "updating zone '%s/%s': %s", zone,
               rrclass_text(u->zone->rrclass, rrclass), text);
}

/* These are answers to a question that the client has asked on purpose. */
static const char *word_for(unsigned rcode)
{
    return rcode == RCODE_NXDOMAIN || rcode == RCODE_YXDOMAIN || rcode == RCODE_YXRRSET ||
                   rcode == RCODE_NXRRSET
               ? "unsuccessful"
               : "failed";
}

unsigned update_fail(const struct update_request *u, unsigned rcode, const uint8_t *name,
                     uint16_t type, const char *text)
{
    char owner[NAME_TEXT_MAX], kind[RRTYPE_TEXT], code[RRTYPE_TEXT];

    if (name != NULL)
        name_to_text(name, owner, NAME_OMIT_FINAL_DOT);
    update_log(u, LVL_INFO, "update %s: %s%s%s%s%s (%s)", word_for(rcode),
               name != NULL ? owner : "", type != TYPE_NONE ? "/" : "",
               type != TYPE_NONE ? rrtype_text(type, kind) : "", name != NULL ? ": " : "", text,
               rcode_text(rcode, code));
    return rcode;
}

unsigned update_edit_failed(const struct update_run *run, const char *doing, enum result r)
{
    update_log(run->u, LVL_ERROR, "%s failed: %s", doing, result_text(r));
    return RCODE_SERVFAIL;
}
