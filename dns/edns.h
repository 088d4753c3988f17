/*
 * EDNS (RFC 6891): the OPT record of a request read, that of a response written.
 *
 * Reading checks every option's form as BIND 9 does; a known option's first
 * occurrence counts, later ones and unknown options are ignored.  Pointers lead
 * into the message that was read.  Nothing allocates; any thread.
 */
#ifndef KZ_DNS_EDNS_H
#define KZ_DNS_EDNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"

/* IANA's EDNS option codes. */
enum edns_code {
    EDNS_LLQ = 1, EDNS_UPDATE_LEASE = 2, EDNS_NSID = 3, EDNS_CLIENT_SUBNET = 8, EDNS_EXPIRE = 9,
    EDNS_COOKIE = 10, EDNS_TCP_KEEPALIVE = 11, EDNS_PADDING = 12, EDNS_CHAIN = 13,
    EDNS_KEY_TAG = 14, EDNS_EDE = 15, EDNS_CLIENT_TAG = 16, EDNS_SERVER_TAG = 17,
    EDNS_REPORT_CHANNEL = 18, EDNS_ZONEVERSION = 19,
    EDNS_KNOWN_CODES = 20
};

enum {
    EDNS_CLIENT_COOKIE_LEN = 8,
    EDNS_COOKIE_MAX = 40,       /* client's 8 and server's 8 to 32 bytes (RFC 7873 §4) */
    EDNS_OPT_FIXED = 11,        /* root owner, type, class, TTL, RDLENGTH */
    EDNS_FLAG_DO = 0x8000
};

/* What a request's OPT said.  Without one only `present` is set (false). */
struct edns {
    bool present;
    bool dnssec_ok;
    uint8_t version;
    uint8_t cookie_len;         /* 8, or 16 to 40 */
    uint16_t udp_size;          /* as sent; what is below 512 means 512 */
    uint16_t options_len;
    uint32_t seen;              /* bit 1 << code of each known option */
    const uint8_t *options;     /* the whole RDATA */
    const uint8_t *cookie;      /* NULL: none */
    const uint8_t *subnet;      /* data of ECS, echoed with scope 0; NULL: none */
    uint8_t subnet_len;
};

static inline bool edns_has(const struct edns *e, enum edns_code code)
{
    return e->present && (e->seen & 1u << code) != 0;
}

/* Reads an OPT record: its class, its TTL and `len` bytes of RDATA.  RES_OPTERR: an
 * option has a form it must not have (the FORMERR that answers it carries OPT);
 * RES_UNEXPECTEDEND: an option runs past the end (no OPT in the answer). */
enum result edns_read(struct edns *e, uint16_t rrclass, uint32_t ttl, const uint8_t *rdata,
                      uint16_t len);

/* Steps through the options of a checked OPT record. */
struct edns_option {
    uint16_t code, len;
    const uint8_t *data;
};
bool edns_next(const struct edns *e, size_t *at, struct edns_option *out);

/* "COOKIE", "NSID" …; NULL for a code without a name. */
const char *edns_option_text(uint16_t code);

/* Extended errors (RFC 8914 §4 and IANA's registry): INFO-CODE and its text. */
enum ede_code {
#define EDE(id, code, text) EDE_##id = code,
#include "dns/ede.def"
#undef EDE
};

/* The registry's text, NULL for an unassigned code. */
const char *ede_text(unsigned code);

/* The OPT record of a response.  Zeroed, it is an OPT without options. */
struct edns_reply {
    uint16_t udp_size;
    uint16_t rcode;             /* the extended rcode; its upper bits go into OPT */
    bool dnssec_ok;
    bool has_expire, has_keepalive, has_ede, has_zoneversion;
    uint8_t cookie_len;         /* 0: none */
    uint8_t cookie[EDNS_COOKIE_MAX];
    const char *nsid;           /* NULL: none */
    uint32_t expire_s;
    const uint8_t *subnet;      /* the request's, NULL: none */
    uint8_t subnet_len;
    uint8_t zoneversion_labels; /* of the zone's name (RFC 9660 §2) */
    uint16_t keepalive_ds;      /* tenths of a second (RFC 7828 §3.1) */
    uint16_t ede_code;
    const char *ede_extra;      /* EXTRA-TEXT, NULL: none */
    uint32_t zoneversion_serial;
    uint16_t pad_to;            /* block the whole message is padded to (RFC 8467); 0: no */
};

/* Bytes edns_write() will put, without padding. */
size_t edns_reply_len(const struct edns_reply *r);

/*
 * Appends the OPT record, its options in BIND's order: NSID, COOKIE, EXPIRE, client
 * subnet, keepalive, extended error, ZONEVERSION, padding.  `w` starts at the message's
 * start and `after_len` bytes (a TSIG) will still follow: both count for the padding.
 * Sets w->ok false when there is no room.
 */
void edns_write(struct writer *w, const struct edns_reply *r, size_t after_len);

#endif
