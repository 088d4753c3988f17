/* What the log says of a transfer out, in BIND's words.  Private to xfr/. */
#ifndef KZ_XFR_OUT_LOG_H
#define KZ_XFR_OUT_LOG_H

#include <stdint.h>

#include "base/log.h"
#include "xfr/out_message.h"
#include "zone/transfer.h"

/* Who gets it and what it is: copies, a transfer outlives its request. */
struct xfrout_log {
    struct client_id client;
    union net_addr peer;
    struct name key, qname;
    char *view, *zone;          /* malloc */
    const char *kind;           /* "AXFR", "IXFR", "AXFR-style IXFR" */
    uint32_t from, serial;
    int64_t started_ms;
};

/* False without memory.  `kind` may still change. */
bool xfrout_log_init(struct xfrout_log *l, const struct transfer_ask *ask);
void xfrout_log_free(struct xfrout_log *l);

/* "transfer of 'Z/IN': " and the rest. */
void xfrout_log_line(const struct xfrout_log *l, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void xfrout_log_started(struct xfrout_log *l);
void xfrout_log_ended(const struct xfrout_log *l, const struct xfrout_messages *m);

#endif
