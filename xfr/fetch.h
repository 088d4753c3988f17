/*
 * Fetching a zone from a primary: one connection, a request, the messages of the answer, until
 * the whole version or all differences are in memory.  What is fetched is not served: the
 * caller checks it, makes it durable and publishes it.
 *
 * Blocking, for a thread of its own kind (transfers have a pool); the thread is RCU-offline.
 * Messages: BIND's, category xfer-in.
 */
#ifndef KZ_XFR_FETCH_H
#define KZ_XFR_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/diff.h"
#include "dns/tsig.h"
#include "net/addr.h"
#include "xfr/in_stream.h"
#include "zone/zone.h"

struct fetch_limits {
    uint32_t connect_ms;                /* tcp-primaries-timeout */
    uint32_t total_s, idle_s;           /* max-transfer-time-in, max-transfer-idle-in */
    uint64_t min_bytes;                 /* min-transfer-rate-in: so many bytes … */
    uint32_t min_span_s;                /* … in so long; 0: no bound */
    uint32_t max_records;               /* 0: none */
    uint32_t max_records_per_type, max_types_per_name;
};

struct fetch {
    /* Given: */
    struct zone *zone;                  /* stays until the end; only its fixed parts are read */
    union net_addr primary, source;     /* source of family AF_UNSPEC: any */
    const struct tsig_key *key;         /* NULL: none */
    const struct contents *have;        /* pinned: ask for what changed since; NULL: for all */
    struct fetch_limits limits;
    int cancel_fd;
    /* Made; freed by fetch_free(): */
    enum xfrin_kind kind;
    struct contents *contents;          /* XFRIN_AXFR: the whole version */
    struct diff *diffs;                 /* XFRIN_IXFR: one per step */
    unsigned ndiffs, diffs_room;
    uint32_t serial;                    /* where it leads */
    bool has_expire;
    uint32_t expire_s;
    uint64_t messages, records, bytes;
    int64_t started_ms;
    char reason[256];                   /* of a failure, for people */
    bool connected;                     /* atomic, any thread may look: the connection stands */
    bool try_axfr;                      /* the failure speaks of the difference only */
};

/* RES_OK with f->kind; or why there is nothing (f->reason, already logged). */
enum result fetch_run(struct fetch *f);

/* "Transfer status: …" and "Transfer completed: …", when all is done with it. */
void fetch_log_end(const struct fetch *f, enum result status);

void fetch_free(struct fetch *f);

#endif
