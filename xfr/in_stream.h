/*
 * A transfer coming in, message by message (RFC 5936, RFC 1995): what its records mean, and
 * whether the primary keeps to the rules.
 *
 * Pure: messages go in (whole, their TSIG verified by the caller), records come out to a
 * sink.  Nothing that breaks a rule reaches the end: the caller forgets what the sink has
 * taken when a call fails.  One thread; nothing allocates.
 */
#ifndef KZ_XFR_IN_STREAM_H
#define KZ_XFR_IN_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/diff.h"
#include "dns/message.h"
#include "dns/rdata.h"

/* What takes the records.  Each returns RES_OK or why the transfer ends. */
struct xfrin_sink {
    /* The whole zone comes, with this serial; what was given before is void. */
    enum result (*whole_zone)(void *arg, uint32_t serial);
    /* A difference begins. */
    enum result (*difference)(void *arg, uint32_t from, uint32_t to_at_most);
    /* A record of the zone, or of the difference (`add` says which half); the SOA that ends a
     * whole zone is not repeated. */
    enum result (*record)(void *arg, const struct diff_record *r);
    /* The difference is complete and leads to `to`. */
    enum result (*difference_end)(void *arg, uint32_t to);
    void *arg;
};

enum xfrin_state {
    XFRIN_FIRST,        /* nothing yet: the SOA of the version that is sent */
    XFRIN_SECOND,       /* the record that tells a difference from a whole zone */
    XFRIN_WHOLE,        /* within a whole zone */
    XFRIN_DELETE,       /* within a difference: what goes … */
    XFRIN_ADD,          /* … and what comes */
    XFRIN_DONE
};

enum xfrin_kind { XFRIN_UNKNOWN, XFRIN_UP_TO_DATE, XFRIN_AXFR, XFRIN_IXFR };

/* What was asked. */
struct xfrin_request {
    const uint8_t *zone;        /* name; must stay */
    uint16_t rrclass, type;     /* TYPE_AXFR, TYPE_IXFR */
    uint16_t id;
    uint32_t serial;            /* ours, with TYPE_IXFR */
    uint32_t max_records;       /* 0: no bound */
    bool udp;                   /* one datagram must hold all */
};

struct xfrin {
    struct xfrin_request ask;
    struct xfrin_sink sink;
    enum xfrin_state state;
    enum xfrin_kind kind;
    uint32_t end_serial;        /* of the first SOA */
    uint32_t current;           /* serial that the differences have led to */
    uint32_t from;              /* where the difference at hand began */
    uint64_t messages, records, bytes;
    unsigned rcode;             /* of a message that carries an error */
    bool has_expire;            /* the EXPIRE option (RFC 7314) */
    uint32_t expire_s;
    char problem[160];          /* what is wrong, for people; empty: the result says it all */
    struct name first_name;
    size_t first_len;
    uint8_t first[2 * NAME_MAX_LEN + 20];   /* RDATA of the first SOA */
    uint32_t first_ttl;
    uint8_t rdata[RDATA_MAX_LEN];
};

/* Copies both. */
void xfrin_begin(struct xfrin *x, const struct xfrin_request *ask, const struct xfrin_sink *sink);

/*
 * Takes the next message.  RES_OK: more must come; RES_NOMORE: the transfer is complete
 * (x->kind says what it was); RES_TRUNCATED: by UDP it does not fit, ask by TCP; else why
 * it cannot be used: RES_FAILURE with x->rcode for an error of the primary's, RES_FORMERR and
 * kin for a broken rule (x->problem), or the sink's result.
 */
enum result xfrin_message(struct xfrin *x, const uint8_t *msg, size_t len);

#endif
