#include "xfr/out_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/loop.h"

bool xfrout_log_init(struct xfrout_log *l, const struct transfer_ask *ask)
{
    char zone[ZONE_TEXT];

    l->client = *ask->client;
    l->peer = *ask->client->peer;
    l->client.peer = &l->peer;
    name_copy(&l->qname, ask->client->qname);
    l->client.qname = l->qname.wire;
    if (ask->client->key != NULL) {
        name_copy(&l->key, ask->client->key);
        l->client.key = l->key.wire;
    }
    l->view = strdup(ask->view->name);
    l->zone = strdup(zone_text(ask->zone, zone));
    l->client.view = l->view;
    l->from = ask->serial;
    l->serial = ask->contents->serial;
    return l->view != NULL && l->zone != NULL;
}

void xfrout_log_free(struct xfrout_log *l)
{
    free(l->view);
    free(l->zone);
}

void xfrout_log_line(const struct xfrout_log *l, int level, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!log_wants(LOGC_XFER_OUT, level))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    client_log(&l->client, LOGC_XFER_OUT, level, "transfer of '%s': %s", l->zone, text);
}

void xfrout_log_started(struct xfrout_log *l)
{
    char key[NAME_TEXT_MAX] = "";

    l->started_ms = net_now_ms();
    if (!log_wants(LOGC_XFER_OUT, LVL_INFO))
        return;
    if (l->client.key != NULL)
        name_to_text(l->client.key, key, NAME_OMIT_FINAL_DOT);
    if (strcmp(l->kind, "IXFR") == 0)
        xfrout_log_line(l, LVL_INFO, "IXFR started%s%s (serial %" PRIu32 " -> %" PRIu32 ")",
                        l->client.key != NULL ? ": TSIG " : "", key, l->from, l->serial);
    else
        xfrout_log_line(l, LVL_INFO, "%s started%s%s (serial %" PRIu32 ")", l->kind,
                        l->client.key != NULL ? ": TSIG " : "", key, l->serial);
}

void xfrout_log_ended(const struct xfrout_log *l, const struct xfrout_messages *m)
{
    int64_t ms = net_now_ms() - l->started_ms;
    uint64_t took = ms > 0 ? (uint64_t)ms : 1;

    xfrout_log_line(l, LVL_INFO,
                    "%s ended: %" PRIu64 " messages, %" PRIu64 " records, %" PRIu64 " bytes, "
                    "%" PRIu64 ".%03" PRIu64 " secs (%" PRIu64 " bytes/sec) (serial %" PRIu32 ")",
                    l->kind, m->messages, m->records, m->bytes, took / 1000, took % 1000,
                    m->bytes * 1000 / took, l->serial);
}
