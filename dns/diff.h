/*
 * A difference between two versions of a zone: records taken away and records added.
 *
 * Made by whatever changes a zone, written to the journal, sent by IXFR.  It owns all of
 * its memory; one thread.
 */
#ifndef KZ_DNS_DIFF_H
#define KZ_DNS_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "base/region.h"

struct diff_record {
    const uint8_t *owner;       /* wire; name_len bytes, the root's included */
    const uint8_t *rdata;       /* plain wire (dns/rdata.h) */
    uint32_t ttl;
    uint16_t type, rdlen;
    uint8_t owner_len;
    bool add;                   /* false: taken away */
};

struct diff {
    struct diff_record *records;
    size_t count, room;
    struct region *memory;      /* of owners and RDATA */
    uint32_t *slots;            /* private: finds records by their content in a long diff */
    size_t nslots, nused;
};

void diff_init(struct diff *d);
void diff_free(struct diff *d);
void diff_clear(struct diff *d);    /* empty again; keeps its memory for the next */

/* Appends a copy as it is.  RES_NOMEM. */
enum result diff_append(struct diff *d, const struct diff_record *r);

/* The same, but a record that undoes an earlier one of the same owner, type, TTL and RDATA
 * takes that one out instead (and the last one may take its place).  The cost does not grow
 * with the diff. */
enum result diff_append_minimal(struct diff *d, const struct diff_record *r);

/* The order in which an update stands in a journal: deletions before additions, in each
 * the SOA first, then by type; equal ones keep their order.  RES_NOMEM. */
enum result diff_sort(struct diff *d);

#endif
