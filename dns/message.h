/*
 * A request read in one pass: header, question, OPT, where the sections and the
 * signature stand, and the first mistake.  Which mistakes there are, and what
 * answers them, is BIND 9's behaviour, found out by asking it
 * (tests/unit/dns_message_test.c has the table).
 *
 * Pointers lead into the message or into the request itself, so a request must
 * not be copied.  Nothing allocates; any thread.
 */
#ifndef KZ_DNS_MESSAGE_H
#define KZ_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/edns.h"
#include "dns/name.h"

enum { MESSAGE_HEADER_LEN = 12, MESSAGE_MAX_LEN = 65535 };

enum message_flags {
    FLAG_QR = 0x8000, FLAG_AA = 0x0400, FLAG_TC = 0x0200, FLAG_RD = 0x0100, FLAG_RA = 0x0080,
    FLAG_AD = 0x0020, FLAG_CD = 0x0010
};

/* Question, answer, authority, additional; with UPDATE (RFC 2136) the zone, the
 * prerequisites, the updates, additional. */
enum message_section {
    SECTION_QUESTION, SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTION_COUNT,
    SECTION_ZONE = SECTION_QUESTION, SECTION_PREREQUISITE = SECTION_ANSWER,
    SECTION_UPDATE = SECTION_AUTHORITY
};

/* What to do with a request.  The order in which BIND looks: the message's form,
 * EDNS version, class, view, TSIG, opcode, number of questions.  The parser decides
 * up to the class; MESSAGE_OK leaves the rest (view, TSIG, opcode, QDCOUNT other
 * than 1, meta types) to the caller. */
enum message_verdict {
    MESSAGE_OK,
    MESSAGE_DROP,       /* too short for a header, or a response: say nothing */
    MESSAGE_REJECT,     /* answer with reject_rcode; OPT when reject_opt */
    MESSAGE_COOKIE      /* no question, but a cookie (RFC 7873 §5.4): NOERROR with OPT */
};

struct message_request {
    const uint8_t *msg;
    size_t len;
    uint16_t id, flags;         /* flags: the header's second word whole */
    uint8_t opcode;
    bool has_question;          /* the questions were read: an answer echoes them */
    bool reject_opt;
    uint16_t reject_rcode;      /* of MESSAGE_REJECT */
    enum result error;          /* why, for the log */
    uint16_t count[SECTION_COUNT];
    uint16_t section_at[SECTION_COUNT]; /* offset of each; valid where parsing came to */
    uint16_t end_at;            /* past the last record; what follows is garbage */
    uint16_t rrclass;           /* the message's class, 0: undetermined */
    uint16_t tsig_at, sig0_at;  /* offset of the record, 0: none */

    /* The first question, valid when has_question and count[SECTION_QUESTION] > 0. */
    const uint8_t *qname;       /* uncompressed, the case it came in */
    uint16_t qtype, qclass;
    uint8_t qname_len;          /* the root's byte included */
    uint8_t nlabels;            /* the root's not counted */
    uint8_t label_at[NAME_MAX_LABELS];  /* offset of each label, the root's last */
    bool question_compressed;   /* do not copy it as it stands */

    struct edns edns;
    struct name expanded;       /* of a compressed question */
};

/* Parses `len` bytes.  `q` need not be initialised.  After MESSAGE_DROP nothing but
 * that is known; otherwise id, flags, opcode and counts are always set. */
enum message_verdict message_parse_request(struct message_request *q, const uint8_t *msg,
                                           size_t len);

/* The flags that a response begins with: QR and the opcode, and with QUERY the
 * request's RD and CD, as BIND keeps them. */
static inline uint16_t message_reply_flags(const struct message_request *q)
{
    return (uint16_t)(FLAG_QR | q->opcode << 11 |
                      (q->opcode == 0 ? q->flags & (FLAG_RD | FLAG_CD) : 0));
}

/* True when an error response repeats the question section: it was read, and the
 * opcode is QUERY, NOTIFY or UPDATE. */
bool message_echoes_question(const struct message_request *q);

/*
 * Appends the question section of `q` uncompressed (what BIND would compress, the
 * second and later questions, are an error anyway), as far as there is room; nothing when
 * it cannot be read.  Returns how many questions it put.
 */
uint16_t message_write_question(struct writer *w, const struct message_request *q);

/* A resource record in a message. */
struct message_record {
    struct name owner;          /* decompressed */
    uint16_t type, rrclass;
    uint32_t ttl;
    uint16_t at;                /* offset of the record */
    uint16_t rdata_at, rdata_len;   /* RDATA as it stands, names perhaps compressed */
};

/* Reads the record at `*at` and steps past it.  RES_UNEXPECTEDEND, and what
 * name_from_message() gives. */
enum result message_read_record(struct message_record *rr, const uint8_t *msg, size_t len,
                                size_t *at);

#endif
