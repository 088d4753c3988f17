/*
 * Master files out of RRsets, byte for byte as BIND's named-compilezone writes them:
 * text in the styles full (a record a line, nothing left out) and relative ($ORIGIN,
 * $TTL, columns), and the raw format in its versions 0 and 1.
 *
 * The caller pushes RRsets in the order they shall stand in.  A writer belongs to one
 * thread; what it is given is used during the call only.  The first error stays: later
 * calls do nothing and return it.
 */
#ifndef KZ_PARSER_MASTER_WRITE_H
#define KZ_PARSER_MASTER_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/name.h"

enum master_format { MASTER_FULL, MASTER_RELATIVE, MASTER_RAW };

struct master_write_options {
    enum master_format format;
    uint32_t now;               /* seconds: the raw header's dump time, and "resign" */
    unsigned raw_version;       /* 0 or 1 */
    bool have_source_serial;    /* raw 1: the serial before the server signed the zone */
    uint32_t source_serial;
    uint32_t last_xfrin;        /* raw 1: when the zone was last refreshed; 0: unknown */
};

struct master_rrset {
    const uint8_t *owner;       /* the full name */
    const uint8_t *origin;      /* for MASTER_RELATIVE: the name it is written relative to */
    const uint8_t *data;        /* `count` RRs, each a 16-bit length and plain RDATA */
    uint32_t count, ttl;
    uint16_t rrclass, type;
    uint16_t covers;            /* RRSIG: the type signed, else 0 */
};

struct master_writer;

/* Writes to `fd`, which stays the caller's.  NULL without memory. */
struct master_writer *master_writer_new(int fd, const struct master_write_options *opt);

/* RES_NOSPACE for RDATA whose text is too long, RES_DISCFULL and kin. */
enum result master_writer_add(struct master_writer *w, const struct master_rrset *rrset);

/* NSEC3 owners follow, a tree of their own: the next $ORIGIN is written even when it
 * is the one in force. */
void master_writer_new_tree(struct master_writer *w);

/* Writes what is still held, frees the writer, returns how all of it went. */
enum result master_writer_finish(struct master_writer *w);

#endif
