/*
 * A NOTIFY and its answer (RFC 1996), the bytes as BIND sends them.  Any thread; nothing
 * allocates.
 */
#ifndef KZ_XFR_NOTIFY_MESSAGE_H
#define KZ_XFR_NOTIFY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/tsig.h"
#include "zone/contents.h"

enum { NOTIFY_ROOM = 2048 };

struct notify_message {
    const uint8_t *zone;                /* name */
    const struct contents *contents;    /* whose SOA goes along */
    const struct tsig_key *key;         /* NULL: unsigned */
    uint16_t rrclass, id;
};

/* Writes it to `out` (NOTIFY_ROOM bytes); returns its length.  `session` verifies the answer when
 * there is a key.  0: no room, which no valid key can bring about. */
size_t notify_message_write(uint8_t *out, const struct notify_message *m,
                            struct tsig_session *session, uint64_t now_s);

/* Is this an answer to it?  Then *rcode is what it says.  The signature is the caller's to
 * verify. */
bool notify_answer_read(const struct notify_message *m, const uint8_t *msg, size_t len,
                        unsigned *rcode);

#endif
