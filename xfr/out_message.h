/*
 * Messages of a transfer out: as many records in each as fit, their names compressed.
 *
 * How full a message gets is counted in bytes before compression, as BIND counts: the
 * record with which transfer-message-size is reached is the last one.  The first message
 * repeats the question; each has the OPT record and is signed (RFC 8945 §5.3.1).
 *
 * Nothing allocates; a message is made within one call, with memory of the stack's.
 */
#ifndef KZ_XFR_OUT_MESSAGE_H
#define KZ_XFR_OUT_MESSAGE_H

#include <sys/types.h>

#include "dns/message.h"
#include "dns/tsig.h"
#include "xfr/out_source.h"

/* What all messages of a transfer have in common, and where it has come to. */
struct xfrout_messages {
    struct xfrout_source *source;
    uint16_t id, flags, qtype, rrclass;
    struct name qname;
    uint32_t size;              /* transfer-message-size */
    bool one_answer;            /* transfer-format one-answer */
    bool compress;              /* message-compression */
    const uint8_t *opt;
    size_t opt_len;             /* 0: none */
    struct tsig_session *tsig;  /* NULL: unsigned */

    struct xfrout_record record;    /* the next, when has_record */
    bool has_record;
    uint64_t messages, records, bytes;
};

/*
 * Writes the next message: its length, 0 when all is sent.  -1: it cannot go on, *why says
 * why: the source's result, or RES_NOSPACE for a record that fits no message.  `room` has
 * MESSAGE_MAX_LEN bytes.
 */
ssize_t xfrout_message(struct xfrout_messages *m, uint8_t *room, enum result *why);

#endif
