/* The fields that many types share: numbers, names, addresses, strings, blobs. */
#include <arpa/inet.h>
#include <string.h>

#include "base/codec.h"
#include "dns/rdata_field.h"

/* --- numbers --- */

enum result token_number(const struct rdata_token *tok, uint32_t max, uint32_t *out)
{
    uint64_t v = 0;

    if (tok->quoted || tok->len == 0)
        return RES_BADNUMBER;
    for (uint32_t i = 0; i < tok->len; i++) {
        unsigned d = (unsigned)(tok->text[i] - '0');
        if (d > 9)
            return RES_BADNUMBER;
        if (v <= UINT32_MAX)
            v = v * 10 + d;
    }
    *out = (uint32_t)v;
    return v > max ? RES_RANGE : RES_OK;
}

enum result in_number(struct field_in *in, uint32_t max, uint32_t *out)
{
    if (in->at >= in->ntok)
        return RES_UNEXPECTEDEND;
    return in_done(in, token_number(&in->tok[in->at], max, out));
}

static enum result parse_u8(struct field_in *in)
{
    uint32_t v;
    enum result r = in_number(in, 255, &v);

    if (r == RES_OK)
        writer_u8(&in->w, (uint8_t)v);
    return r;
}

static enum result parse_u16(struct field_in *in)
{
    uint32_t v;
    enum result r = in_number(in, 65535, &v);

    if (r == RES_OK)
        writer_u16(&in->w, (uint16_t)v);
    return r;
}

static enum result parse_u32(struct field_in *in)
{
    uint32_t v;
    enum result r = in_number(in, UINT32_MAX, &v);

    if (r == RES_OK)
        writer_u32(&in->w, v);
    return r;
}

void print_u8(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_space(out);
    out_number(out, *p);
}

static void print_u16(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_space(out);
    out_number(out, get_u16(p));
}

static void print_u32(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_space(out);
    out_number(out, get_u32(p));
}

enum result scan_u8(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_fixed(1, left, len);
}

enum result scan_u16(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_fixed(2, left, len);
}

enum result scan_u32(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_fixed(4, left, len);
}

const struct field field_u8 = {parse_u8, print_u8, scan_u8};
const struct field field_u16 = {parse_u16, print_u16, scan_u16};
const struct field field_u32 = {parse_u32, print_u32, scan_u32};

/* A Chaosnet address: 16 bits in octal. */
static enum result parse_octal(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    uint32_t v = 0;

    if (r != RES_OK)
        return r == RES_UNEXPECTEDTOKEN ? RES_BADNUMBER : r;
    for (uint32_t i = 0; i < tok->len; i++) {
        if (tok->text[i] < '0' || tok->text[i] > '7')
            return RES_BADNUMBER;
        if ((v = v << 3 | (uint32_t)(tok->text[i] - '0')) > 65535)
            return RES_RANGE;
    }
    in->at++;
    writer_u16(&in->w, (uint16_t)v);
    return RES_OK;
}

static void print_octal(struct field_out *out, const uint8_t *p, size_t len)
{
    char digits[6], *d = digits + sizeof digits;
    unsigned v = get_u16(p);

    (void)len;
    do
        *--d = (char)('0' + (v & 7));
    while ((v >>= 3) != 0);
    out_space(out);
    out_text(out, d, (size_t)(digits + sizeof digits - d));
}

const struct field field_octal = {parse_octal, print_octal, scan_u16};

/* --- names --- */

enum result in_name(struct field_in *in)
{
    const struct rdata_token *tok;
    struct name name;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = name_from_text(&name, tok->text, tok->len, in->origin);
    if (r == RES_OK)
        writer_bytes(&in->w, name.wire, name.len);
    return in_done(in, r);
}

static void print_name(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_name(out, p);
}

/* Why a name that name_check() refused is none. */
static enum result name_fault(const uint8_t *p, size_t left)
{
    size_t at = 0;

    while (at < left && p[at] <= LABEL_MAX_LEN)
        at += 1u + p[at];
    if (at >= left)
        return RES_UNEXPECTEDEND;
    return at >= NAME_MAX_LEN ? RES_NAMETOOLONG : p[at] >= 0xc0 ? RES_DISALLOWED : RES_BADLABELTYPE;
}

enum result scan_name(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = name_check(p, left);
    return *len > 0 ? RES_OK : name_fault(p, left);
}

/* BIND never writes the names of NSEC and RRSIG relative to an origin. */
static void print_absolute_name(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_absolute_name(out, p);
}

const struct field field_name = {in_name, print_name, scan_name, .name = true};
const struct field field_absolute_name = {in_name, print_absolute_name, scan_name, .name = true};

/* --- addresses --- */

/* One to three digits up to 255, without leading zeros; the end, or NULL. */
static const char *parse_octet(const char *s, const char *end, uint8_t *out)
{
    unsigned v, d;

    if (s == end || (v = (unsigned)(*s - '0')) > 9)
        return NULL;
    s++;
    while (s < end && (d = (unsigned)(*s - '0')) <= 9) {
        if (v == 0 || (v = v * 10 + d) > 255)
            return NULL;
        s++;
    }
    *out = (uint8_t)v;
    return s;
}

bool ipv4_from_text(const char *s, size_t len, uint8_t out[4])
{
    const char *end = s + len;

    for (unsigned i = 0; i < 4; i++) {
        if (i > 0 && (s == end || *s++ != '.'))
            return false;
        if ((s = parse_octet(s, end, &out[i])) == NULL)
            return false;
    }
    return s == end;
}

static enum result parse_ipv4(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    uint8_t *p;

    if (r != RES_OK)
        return r;
    if ((p = writer_take(&in->w, 4)) == NULL)
        return RES_NOSPACE;
    return in_done(in, ipv4_from_text(tok->text, tok->len, p) ? RES_OK : RES_BADDOTTEDQUAD);
}

static void print_ipv4(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_space(out);
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            out_text(out, ".", 1);
        out_number(out, p[i]);
    }
}

const struct field field_ipv4 = {parse_ipv4, print_ipv4, scan_u32};

/* Up to four hex digits; the end, or NULL when there is none or one too many. */
static const char *parse_hextet(const char *s, const char *end, uint16_t *out)
{
    const char *start = s;
    unsigned v = 0;
    int d;

    while (s < end && (d = hex_digit_value(*s)) >= 0) {
        if (s - start == 4)
            return NULL;
        v = v << 4 | (unsigned)d;
        s++;
    }
    *out = (uint16_t)v;
    return s > start ? s : NULL;
}

/* Moves what stands after "::" to the end and fills the gap with zeros. */
static void spread_gap(uint8_t out[16], size_t gap, size_t used)
{
    memmove(out + 16 - (used - gap), out + gap, used - gap);
    memset(out + gap, 0, 16 - used);
}

bool ipv6_from_text(const char *s, size_t len, uint8_t out[16])
{
    const char *end = s + len, *next;
    size_t used = 0, gap = SIZE_MAX;
    uint16_t v;

    if (len >= 2 && s[0] == ':' && s[1] == ':') {
        gap = 0;
        s += 2;
    }
    while (s < end) {
        if (used <= 12 && memchr(s, ':', (size_t)(end - s)) == NULL &&
            ipv4_from_text(s, (size_t)(end - s), out + used)) {
            used += 4;
            break;
        }
        if (used > 14 || (next = parse_hextet(s, end, &v)) == NULL)
            return false;
        put_u16(out + used, v);
        used += 2;
        if ((s = next) == end)
            break;
        if (*s++ != ':' || s == end)
            return false;
        if (*s != ':')
            continue;
        if (gap != SIZE_MAX)
            return false;
        gap = used;
        s++;
    }
    if (gap == SIZE_MAX)
        return used == 16;
    if (used == 16)
        return false;
    spread_gap(out, gap, used);
    return true;
}

static enum result parse_ipv6(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    uint8_t *p;

    if (r != RES_OK)
        return r;
    if ((p = writer_take(&in->w, 16)) == NULL)
        return RES_NOSPACE;
    return in_done(in, ipv6_from_text(tok->text, tok->len, p) ? RES_OK : RES_BADAAAA);
}

static void print_ipv6(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[INET6_ADDRSTRLEN];

    (void)len;
    out_word(out, inet_ntop(AF_INET6, p, text, sizeof text));
}

static enum result scan_ipv6(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_fixed(16, left, len);
}

const struct field field_ipv6 = {parse_ipv6, print_ipv6, scan_ipv6};

/* --- strings --- */

enum result in_text_bytes(struct field_in *in, const struct rdata_token *tok, size_t max)
{
    size_t at = 0, n = 0;

    for (; at < tok->len; n++) {
        uint8_t c;

        if (escaped_byte(tok->text, tok->len, &at, &c) != RES_OK || n == max)
            return RES_SYNTAX;
        writer_u8(&in->w, c);
    }
    return in->w.ok ? RES_OK : RES_NOSPACE;
}

static enum result parse_string(struct field_in *in)
{
    const struct rdata_token *tok = in_peek(in);
    uint8_t *length;
    enum result r;

    if (tok == NULL)
        return RES_UNEXPECTEDEND;
    if ((length = writer_take(&in->w, 1)) == NULL)
        return RES_NOSPACE;
    r = in_text_bytes(in, tok, 255);
    *length = (uint8_t)(in->w.at - length - 1);
    return in_done(in, r);
}

static void print_string(struct field_out *out, const uint8_t *p, size_t len)
{
    out_quoted(out, p + 1, len - 1);
}

enum result scan_string(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    return left == 0 ? RES_UNEXPECTEDEND : scan_fixed(1u + *p, left, len);
}

const struct field field_string = {parse_string, print_string, scan_string};

static enum result parse_strings(struct field_in *in)
{
    enum result r;

    do
        r = parse_string(in);
    while (r == RES_OK && in->at < in->ntok);
    return r;
}

static void print_strings(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len; at += 1u + p[at])
        out_quoted(out, p + at + 1, p[at]);
}

static enum result scan_strings(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    size_t n;
    enum result r;

    *len = 0;
    do {
        if ((r = scan_string(rdata, p + *len, left - *len, &n)) != RES_OK)
            return r;
        *len += n;
    } while (*len < left);
    return RES_OK;
}

const struct field field_strings = {parse_strings, print_strings, scan_strings};

/* --- blobs that end the RDATA --- */

typedef enum result feed_fn(struct codec_stream *s, const char *text, size_t len,
                            struct writer *out);

/* Feeds all tokens that are left.  As in BIND a token that is not good is behind us when it
 * is found out, so that the token after it is blamed. */
static enum result feed_rest(struct field_in *in, struct codec_stream *s, feed_fn *feed)
{
    const struct rdata_token *tok;
    enum result r;

    do {
        if ((r = in_word(in, &tok)) != RES_OK)
            return r;
        in->at++;
        if ((r = feed(s, tok->text, tok->len, &in->w)) != RES_OK)
            return r;
    } while (in->at < in->ntok);
    return RES_OK;
}

enum result in_base64_rest(struct field_in *in)
{
    struct codec_stream s = {{0}, 0, false};
    enum result r = feed_rest(in, &s, base64_feed);

    return r == RES_OK ? base64_finish(&s) : r;
}

enum result in_hex_rest(struct field_in *in)
{
    struct codec_stream s = {{0}, 0, false};
    enum result r = feed_rest(in, &s, hex_feed);

    return r == RES_OK && hex_finish(&s) != RES_OK ? RES_BADHEX : r;
}

enum result in_hex_exact(struct field_in *in, size_t len, enum result overflow)
{
    struct codec_stream s = {{0}, 0, false};
    const uint8_t *start = in->w.at;
    const struct rdata_token *tok;
    enum result r;

    while ((size_t)(in->w.at - start) < len) {
        if ((r = in_word(in, &tok)) != RES_OK)
            return r;
        in->at++;
        if ((r = hex_feed(&s, tok->text, tok->len, &in->w)) != RES_OK)
            return r;
    }
    if (s.count > 0)
        return RES_BADHEX;
    return (size_t)(in->w.at - start) > len ? overflow : RES_OK;
}

static void print_base64(struct field_out *out, const uint8_t *p, size_t len)
{
    out_base64(out, p, len);
}

static void print_hex(struct field_out *out, const uint8_t *p, size_t len)
{
    out_hex(out, p, len);
}

enum result scan_rest_opt(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    *len = left;
    return RES_OK;
}

enum result scan_rest(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    *len = left;
    return left > 0 ? RES_OK : RES_UNEXPECTEDEND;
}

const struct field field_base64 = {in_base64_rest, print_base64, scan_rest};
const struct field field_hex = {in_hex_rest, print_hex, scan_rest};

/* NULL has no text but that of RFC 3597. */
static enum result parse_null(struct field_in *in)
{
    (void)in;
    return RES_SYNTAX;
}

static void print_null(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)p;
    (void)len;
    out->opaque = true;
}

const struct field field_null = {parse_null, print_null, scan_rest_opt};
