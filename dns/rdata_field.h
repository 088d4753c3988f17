/*
 * Inside dns/rdata*.c: the row of a type, and the fields that rows are made of.
 *
 * A row is a type's number, name, behaviour and its fields in wire order.  A field is
 * three functions: text in, text out, and the length of its plain wire (with every
 * check).  All that rdata.h offers is a walk over a row's fields.  Layout entries have
 * no wire; they open, break and close the parentheses of multi-line text.
 */
#ifndef KZ_DNS_RDATA_FIELD_H
#define KZ_DNS_RDATA_FIELD_H

#include "base/buf.h"
#include "dns/rdata.h"

/* Text in: tokens and where the wire goes. */
struct field_in {
    const struct rdata_token *tok;
    unsigned ntok;
    unsigned at;            /* the next token; after an error the one to be blamed */
    const uint8_t *origin;
    struct writer w;        /* w.start is where the RDATA begins */
};

/* Text out.  Once the room is used up `ok` is false and nothing more is written. */
struct field_out {
    char *start, *at, *end;
    bool ok;
    bool want_space;            /* a space belongs before the next word */
    bool opaque;                /* set by a field that cannot be written but as bytes */
    const struct rdata_style *style;
    unsigned word_len;          /* characters of base64 or hex in a word */
    char linebreak[16];         /* of the multi-line form */
    const uint8_t *rdata;       /* the whole RDATA */
    size_t len;
    uint16_t type;
};

struct field {
    /* Takes its tokens and appends the wire.  On error in->at is the token to blame. */
    enum result (*parse)(struct field_in *in);
    /* Writes the `len` bytes at `p`, which scan() has found good. */
    void (*print)(struct field_out *out, const uint8_t *p, size_t len);
    /* The bytes this field takes at `p`, of `left` that there are.  `rdata` is where the
     * RDATA begins (the fields before are there).  NULL: a layout entry. */
    enum result (*scan)(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
    bool name;      /* it is a domain name, or nothing */
};

enum { RDATA_FIELDS = 13 };      /* of the longest row, and the NULL that ends each */

/* Flags beside those of rdata.h, for this module. */
enum {
    RRT_CLASS_IN = 1 << 8,      /* the row holds for class IN only */
    RRT_EXPAND = 1 << 9,        /* names may come compressed (RFC 3597 §4, RFC 2782) */
    RRT_FOLD = 1 << 10,         /* names are folded in canonical form (RFC 4034 §6.2) */
    RRT_PUBLIC = RRT_CLASS_IN - 1
};

struct rdata_type {
    const char *mnemonic;
    uint16_t type;
    uint16_t flags;
    /* NULL first: nothing is known of the RDATA but its bytes */
    const struct field *fields[RDATA_FIELDS];
};

/* The row of a type, or NULL. */
const struct rdata_type *rdata_type_row(uint16_t type);

/* The row that gives the RDATA's form in the class, or NULL (bytes only). */
const struct rdata_type *rdata_form(uint16_t type, uint16_t rrclass);

/* --- for fields: text in --- */

/* The next token, or NULL at the end of the record. */
static inline const struct rdata_token *in_peek(const struct field_in *in)
{
    return in->at < in->ntok ? &in->tok[in->at] : NULL;
}

/* The next token, which may not be quoted.  RES_UNEXPECTEDEND, RES_UNEXPECTEDTOKEN. */
static inline enum result in_word(const struct field_in *in, const struct rdata_token **tok)
{
    if (in->at >= in->ntok)
        return RES_UNEXPECTEDEND;
    *tok = &in->tok[in->at];
    return (*tok)->quoted ? RES_UNEXPECTEDTOKEN : RES_OK;
}

/* Steps over the token when `r` is RES_OK; returns `r`. */
static inline enum result in_done(struct field_in *in, enum result r)
{
    if (r == RES_OK)
        in->at++;
    return r;
}

enum result token_number(const struct rdata_token *tok, uint32_t max, uint32_t *out);
/* The next token as a number; steps over it.  RES_BADNUMBER, RES_RANGE, RES_UNEXPECTEDEND. */
enum result in_number(struct field_in *in, uint32_t max, uint32_t *out);
/* The next token as a name; steps over it. */
enum result in_name(struct field_in *in);
/* The bytes of a token with \X and \DDD undone, at most `max`: RES_SYNTAX, RES_NOSPACE. */
enum result in_text_bytes(struct field_in *in, const struct rdata_token *tok, size_t max);
/* All tokens left as base64 or hex.  RES_UNEXPECTEDEND when nothing is left. */
enum result in_base64_rest(struct field_in *in);
enum result in_hex_rest(struct field_in *in);
/* Tokens as hex until `len` bytes are there.  More in the last token is `overflow`. */
enum result in_hex_exact(struct field_in *in, size_t len, enum result overflow);

/* --- for fields: text out --- */

void out_text(struct field_out *out, const char *text, size_t len);
void out_str(struct field_out *out, const char *text);
void out_number(struct field_out *out, uint32_t v);
/* The space that parts two words, when one is due. */
void out_space(struct field_out *out);
/* A line break in multi-line text, else the space. */
void out_break(struct field_out *out);
void out_word(struct field_out *out, const char *text);
/* A name, relative to the style's origin; or in full always. */
void out_name(struct field_out *out, const uint8_t *name);
void out_absolute_name(struct field_out *out, const uint8_t *name);
/* A word in quotes with BIND's escapes; the same without quotes and space. */
void out_quoted(struct field_out *out, const uint8_t *p, size_t len);
void out_quoted_bytes(struct field_out *out, const uint8_t *p, size_t len);
/* Base64 and hex in words of word_len; base64 as it comes, without space or break. */
void out_base64_word(struct field_out *out, const uint8_t *p, size_t len);
void out_base64(struct field_out *out, const uint8_t *p, size_t len);
void out_hex(struct field_out *out, const uint8_t *p, size_t len);

/* --- for fields: wire --- */

/* Scans of `n` bytes, and of an uncompressed name. */
static inline enum result scan_fixed(size_t n, size_t left, size_t *len)
{
    *len = n;
    return left < n ? RES_UNEXPECTEDEND : RES_OK;
}
enum result scan_name(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
enum result scan_u8(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
enum result scan_u16(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
enum result scan_u32(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
/* Everything that is left, at least one byte; or nothing. */
enum result scan_rest(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
enum result scan_rest_opt(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
/* A string with its length byte. */
enum result scan_string(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len);
/* Dotted quads and IPv6 texts, exactly what inet_pton() takes. */
bool ipv4_from_text(const char *text, size_t len, uint8_t out[4]);
bool ipv6_from_text(const char *text, size_t len, uint8_t out[16]);
void print_u8(struct field_out *out, const uint8_t *p, size_t len);

/* --- the fields --- */

extern const struct field field_u8, field_u16, field_u32, field_octal, field_name,
    field_absolute_name, field_ipv4, field_ipv6, field_string, field_strings, field_base64,
    field_hex;
/* DNSSEC */
extern const struct field field_algorithm, field_digest_type, field_rrtype, field_time,
    field_key_flags, field_protocol, field_key, field_digest, field_bitmap, field_bitmap_opt,
    field_nsec3_bitmap,
    field_salt, field_next_hash, field_nsec3_hash, field_signature, field_signer;
/* keys, tunnels and hosts */
extern const struct field field_key_nokey, field_rkey_flags, field_gateway_kind,
    field_ipsec_gateway, field_amt_relay, field_hip, field_ssh_digest, field_zonemd_digest,
    field_dhcid, field_drip, field_sink_data, field_cert_type, field_cert_algorithm, field_scheme;
/* text */
extern const struct field field_string_opt, field_x25, field_naptr_regexp, field_caa_tag,
    field_caa_value, field_uri, field_doa_data, field_svc_params;
/* addresses and places */
extern const struct field field_a6_suffix, field_a6_name, field_apl, field_wks, field_nsap,
    field_atma, field_eui48, field_eui64, field_locator64, field_loc, field_nxt_bitmap;
/* of one type each */
extern const struct field field_soa_timers, field_null;
/* layout: "(" and a line break, "(" alone, the break alone, ")" */
extern const struct field layout_open, layout_paren, layout_break, layout_close;

#endif
