/*
 * What a parse of a master file is told and what it tells: options, records, messages.
 * All of it belongs to the caller; records live as long as the callback.
 */
#ifndef KZ_PARSER_MASTER_RECORD_H
#define KZ_PARSER_MASTER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/name.h"

struct master_record {
    const uint8_t *owner;   /* a name, case as written; valid during the callback */
    const uint8_t *rdata;   /* plain wire */
    uint64_t line;          /* where the record begins */
    const char *file;
    uint32_t ttl;
    uint16_t type, rrclass;
    uint16_t rdlen;
    uint8_t owner_len;
};

enum master_level { MASTER_ERROR, MASTER_WARNING };

/* Who is told.  `record` returns RES_OK to go on; anything else ends the parse with
 * that result unless it was reported through master_options.keep_going. */
struct master_callbacks {
    void *arg;
    enum result (*record)(void *arg, const struct master_record *rr);
    /* A complete message as BIND words it, prefix included:
     * "dns_rdata_fromtext: FILE:LINE: near 'TOKEN': ERR", "FILE:LINE: …". */
    void (*message)(void *arg, enum master_level level, const char *text);
    /* An $INCLUDE was opened (for rndc zonestatus' file list); may be NULL. */
    void (*included)(void *arg, const char *path);
    /* Bytes read so far of `total`, now and then; may be NULL. */
    void (*progress)(void *arg, uint64_t bytes, uint64_t total);
};

enum master_check { MASTER_IGNORE, MASTER_WARN, MASTER_FAIL };

struct master_options {
    const uint8_t *origin;      /* the zone's name */
    uint16_t rrclass;
    uint32_t default_ttl;       /* with have_default_ttl: the TTL before any $TTL */
    bool have_default_ttl;
    uint32_t max_ttl;           /* 0: none; "TTL %u exceeds configured max-zone-ttl %u" */
    bool keep_going;            /* collect as many errors as possible (named-checkzone) */
    bool no_includes;
    bool stream;                /* the file itself may be a pipe, "-" is standard input */
    enum master_check check_names;  /* owners and targets that are host names */
    enum master_check check_mx;     /* an MX whose target is an address */
    enum master_check check_ns;     /* an NS whose target is an address */
    bool check_wildcard;            /* warn of a `*` label that is not the first */
};

#endif
