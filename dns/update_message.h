/*
 * An UPDATE message (RFC 2136) being put together: prerequisites and updates as they come,
 * then the whole on the wire.
 *
 * Names are compressed as BIND's nsupdate does it, with regard to case and by a name or its
 * parent only, so that the messages are the same, byte for byte.  One thread; the message
 * owns copies of its records.
 */
#ifndef KZ_DNS_UPDATE_MESSAGE_H
#define KZ_DNS_UPDATE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"
#include "dns/message.h"

struct update_section {
    uint8_t *data;
    size_t len, room;
    unsigned count;
};

/* Start with zeros. */
struct update_message {
    struct update_section prerequisites, updates;
};

/* A record; class and TTL as the message has them (RFC 2136 §2.4, §2.5), plain RDATA. */
struct update_record {
    const uint8_t *owner, *rdata;
    uint16_t type, rrclass, rdata_len;
    uint32_t ttl;
};

/* SECTION_PREREQUISITE or SECTION_UPDATE.  RES_NOMEM; RES_NOSPACE beyond 65535 records. */
enum result update_message_add(struct update_message *m, enum message_section section,
                               const struct update_record *rr);

/* The record at *at, and steps past it; false at the end.  Begin with 0. */
bool update_section_next(const struct update_section *s, size_t *at, struct update_record *rr);

/* No records; the memory is kept, or given back. */
void update_message_clear(struct update_message *m);
void update_message_free(struct update_message *m);

/* Writes the message for a zone (NULL: without a zone section, to be looked at).  RES_NOSPACE
 * when it does not fit the writer. */
enum result update_message_write(const struct update_message *m, const uint8_t *zone,
                                 uint16_t zone_class, uint16_t id, struct writer *w);

#endif
