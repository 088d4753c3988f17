/*
 * RDATA: one descriptor row per RR type drives its text, wire and canonical forms.
 *
 * RDATA held by us ("plain wire") is valid and has its names uncompressed, in the
 * case they came in.  Nothing here allocates; any thread.
 */
#ifndef KZ_DNS_RDATA_H
#define KZ_DNS_RDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"
#include "dns/name.h"
#include "dns/rrtype.h"

enum { RDATA_MAX_LEN = 65535 };

/* A token of a master file's record: text between white space, parentheses undone.
 * Escapes are still in it; a quoted string stands without its quotes. */
struct rdata_token {
    const char *text;
    uint32_t len;
    bool quoted;
};

/* How a type's RDATA is built, and how the type behaves. */
enum rdata_flags {
    RRT_SINGLETON = 1 << 0,     /* at most one RR in an RRset (SOA, CNAME, DNAME …) */
    RRT_META = 1 << 1,          /* never in a zone: OPT, TSIG, TKEY, ANY, AXFR … */
    RRT_DNSSEC = 1 << 2,        /* ANY hides them in unsigned zones: RRSIG NSEC DNSKEY … */
    RRT_ADDITIONAL = 1 << 3,    /* rdata_targets() finds names that want addresses */
    RRT_COMPRESS = 1 << 4       /* its names may be compressed in answers (RFC 3597 §4) */
};
unsigned rdata_flags(uint16_t type);

/* Where the names lie that answers may compress: behind so many bytes the first, behind it
 * the others.  No names when they may not. */
struct rdata_shape {
    uint8_t before, names;
};
struct rdata_shape rdata_compress_shape(uint16_t type);

/*
 * Presentation form to plain wire.  `tok` are the tokens after the type.  Names are
 * completed with `origin` (may be NULL).  The RFC 3597 form (\# LEN HEX) is taken
 * for every type and checked.  On error *bad is the index of the token at fault
 * (ntok when the input ended too soon).  `out` has room for RDATA_MAX_LEN bytes.
 */
enum result rdata_from_tokens(uint16_t type, uint16_t rrclass, const struct rdata_token *tok,
                              unsigned ntok, const uint8_t *origin, uint8_t *out, size_t *len,
                              unsigned *bad);

/* Presentation form from one string (tests, update scripts): tokenises, then the above. */
enum result rdata_from_text(uint16_t type, uint16_t rrclass, const char *text,
                            const uint8_t *origin, uint8_t *out, size_t *len);

/* The tokens of such a string, at most `max`.  As in a `master` file semicolons begin comments
 * and parentheses go over lines; else they are characters like others.  RES_NOSPACE,
 * RES_UNBALANCED, RES_UNBALANCEDQUOTES. */
enum result rdata_text_tokens(const char *text, bool master, struct rdata_token *tok,
                              unsigned max, unsigned *ntok);

/* How text is written. */
struct rdata_style {
    const uint8_t *origin;  /* names below it are written relative; NULL: all absolute */
    bool multiline;         /* parentheses and line breaks, as in zone dumps */
    bool comments;          /* "; serial" and the like, with multiline */
    bool unknown;           /* RFC 3597 form always */
    unsigned indent_tabs;   /* of the continuation lines */
};

/* Plain wire to text, NUL terminated; *text_len without the NUL.  RES_NOSPACE. */
enum result rdata_to_text(uint16_t type, uint16_t rrclass, const uint8_t *rdata, size_t len,
                          const struct rdata_style *style, char *out, size_t room,
                          size_t *text_len);

/* RDATA in a message at `at`, `rdlen` bytes, to plain wire: names expanded, every
 * field checked.  RES_FORMERR and kin. */
enum result rdata_from_message(uint16_t type, uint16_t rrclass, const uint8_t *msg, size_t msg_len,
                               size_t at, size_t rdlen, uint8_t *out, size_t *len);

/* Is `len` bytes valid plain wire for the type? */
enum result rdata_check(uint16_t type, uint16_t rrclass, const uint8_t *rdata, size_t len);

/* Canonical form of RFC 4034 §6.2 (names of the listed types folded), in place. */
void rdata_canonicalize(uint16_t type, uint8_t *rdata, size_t len);

/* Order of RFC 4034 §6.3 over the canonical forms, for any two plain RDATA of a type.
 * Equal (0) means the same RR in the sense of RFC 2136 §1.1. */
int rdata_compare(uint16_t type, const uint8_t *a, size_t alen, const uint8_t *b, size_t blen);

/* The embedded names: calls `fn` with the offset of each.  */
typedef void (*rdata_name_fn)(void *arg, size_t offset);
void rdata_names(uint16_t type, const uint8_t *rdata, size_t len, rdata_name_fn fn, void *arg);

/* Offset of the name whose addresses belong in the additional section (NS, MX, SRV,
 * AFSDB, RT, KX, NAPTR, SVCB, HTTPS …); -1 when there is none. */
int rdata_target(uint16_t type, const uint8_t *rdata, size_t len);

/* The key tag of a DNSKEY's RDATA (RFC 4034 appendix B).  RSAMD5's own rule (B.1) is left
 * out, as BIND does since it dropped that algorithm. */
uint16_t dnskey_tag(const uint8_t *rdata, size_t len);

#endif
