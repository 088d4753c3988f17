/* Fields with addresses of many kinds: A6, APL, WKS, NSAP, ATMA, EUI48, EUI64, NID, L64. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "dns/rdata_field.h"

/* A byte as two small hex digits. */
static void out_small_hex(struct field_out *out, uint8_t v)
{
    static const char digits[] = "0123456789abcdef";
    char text[2] = {digits[v >> 4], digits[v & 15]};

    out_text(out, text, 2);
}

/* --- A6: prefix length, the bits behind it, the name of the prefix (RFC 2874 §3.1) --- */

static size_t a6_suffix_len(uint8_t prefix)
{
    return 16 - prefix / 8u;
}

static enum result parse_a6_suffix(struct field_in *in)
{
    const struct rdata_token *tok;
    uint8_t address[16], *p;
    uint32_t prefix;
    size_t n;
    enum result r = in_peek(in) ? token_number(in_peek(in), 128, &prefix) : RES_UNEXPECTEDEND;

    if (in_done(in, r) != RES_OK)
        return r;
    writer_u8(&in->w, (uint8_t)prefix);
    if ((n = a6_suffix_len((uint8_t)prefix)) == 0)
        return RES_OK;
    if ((r = in_word(in, &tok)) != RES_OK)
        return r;
    if (!ipv6_from_text(tok->text, tok->len, address))
        return RES_BADAAAA;
    if ((p = writer_take(&in->w, n)) == NULL)
        return RES_NOSPACE;
    memcpy(p, address + 16 - n, n);
    p[0] &= (uint8_t)(0xff >> prefix % 8);
    return in_done(in, RES_OK);
}

static void print_a6_suffix(struct field_out *out, const uint8_t *p, size_t len)
{
    uint8_t address[16] = {0};
    char text[INET6_ADDRSTRLEN];

    print_u8(out, p, 1);
    out_space(out);     /* also when nothing follows, as BIND does */
    memcpy(address + (17 - len), p + 1, len - 1);
    if (len > 1)
        out_str(out, inet_ntop(AF_INET6, address, text, sizeof text));
}

static enum result scan_a6_suffix(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    if (left == 0)
        return RES_UNEXPECTEDEND;
    if (*p > 128)
        return RES_RANGE;
    *len = 1 + a6_suffix_len(*p);
    if (left < *len)
        return RES_UNEXPECTEDEND;
    return *len > 1 && (p[1] & ~(0xff >> *p % 8)) != 0 ? RES_FORMERR : RES_OK;
}

static enum result parse_a6_name(struct field_in *in)
{
    return in->w.start[0] > 0 ? in_name(in) : RES_OK;
}

static void print_a6_name(struct field_out *out, const uint8_t *p, size_t len)
{
    if (len > 0)
        out_name(out, p);
}

static enum result scan_a6_name(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    *len = 0;
    return rdata[0] > 0 ? scan_name(rdata, p, left, len) : RES_OK;
}

const struct field field_a6_suffix = {parse_a6_suffix, print_a6_suffix, scan_a6_suffix};
const struct field field_a6_name = {parse_a6_name, print_a6_name, scan_a6_name, .name = true};

/* --- APL: address prefixes (RFC 3123) --- */

static size_t apl_address_len(unsigned family)
{
    return family == 1 ? 4 : family == 2 ? 16 : 0;
}

/* Decimal digits up to `stop`; the character behind them, or NULL and *r. */
static const char *apl_number(const char *s, const char *stop, uint32_t max, enum result *r,
                              uint32_t *out)
{
    struct rdata_token digits = {s, (uint32_t)(stop - s), false};

    *r = token_number(&digits, max, out);
    return *r == RES_OK ? stop + 1 : NULL;
}

static void apl_put(struct field_in *in, uint32_t family, uint32_t prefix, bool negated,
                    const uint8_t *address)
{
    size_t n = apl_address_len(family);

    while (n > 0 && address[n - 1] == 0)
        n--;
    writer_u16(&in->w, (uint16_t)family);
    writer_u8(&in->w, (uint8_t)prefix);
    writer_u8(&in->w, (uint8_t)(n | (negated ? 0x80u : 0)));
    writer_bytes(&in->w, address, n);
}

/* "!1:192.0.2.0/24" */
static enum result apl_item(struct field_in *in, const struct rdata_token *tok)
{
    const char *s = tok->text, *end = s + tok->len, *colon, *slash;
    bool negated = tok->len > 0 && *s == '!';
    uint8_t address[16];
    uint32_t family, prefix;
    enum result r;
    size_t n;

    s += negated;
    colon = memchr(s, ':', (size_t)(end - s));
    slash = memchr(s, '/', (size_t)(end - s));
    if (colon == NULL || slash == NULL || slash < colon)
        return RES_SYNTAX;
    if ((s = apl_number(s, colon, 65535, &r, &family)) == NULL)
        return r == RES_BADNUMBER ? RES_SYNTAX : r;
    if (apl_number(slash + 1, end, 255, &r, &prefix) == NULL)
        return r;
    if ((n = apl_address_len(family)) == 0)
        return RES_NOTIMPLEMENTED;
    if (prefix > n * 8)
        return RES_RANGE;
    if (family == 1 && !ipv4_from_text(s, (size_t)(slash - s), address))
        return RES_BADDOTTEDQUAD;
    if (family == 2 && !ipv6_from_text(s, (size_t)(slash - s), address))
        return RES_BADAAAA;
    apl_put(in, family, prefix, negated, address);
    return RES_OK;
}

static enum result parse_apl(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r;

    for (; in->at < in->ntok; in->at++)
        if ((r = in_word(in, &tok)) != RES_OK || (r = apl_item(in, tok)) != RES_OK)
            return r;
    return RES_OK;
}

static void print_apl(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t at = 0, n; at < len; at += 4 + n) {
        unsigned family = get_u16(p + at);
        uint8_t address[16] = {0};
        char text[INET6_ADDRSTRLEN];

        n = p[at + 3] & 0x7fu;
        if (apl_address_len(family) == 0) {
            out->opaque = true;
            return;
        }
        memcpy(address, p + at + 4, n);
        out_space(out);
        out_str(out, p[at + 3] & 0x80 ? "!" : "");
        out_number(out, family);
        out_str(out, ":");
        out_str(out, inet_ntop(family == 1 ? AF_INET : AF_INET6, address, text, sizeof text));
        out_str(out, "/");
        out_number(out, p[at + 2]);
    }
}

static enum result scan_apl(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = left;
    for (size_t at = 0, n, most; at < left; at += 4 + n) {
        if (left - at < 4)
            return RES_UNEXPECTEDEND;
        n = p[at + 3] & 0x7fu;
        most = apl_address_len(get_u16(p + at));
        if (most > 0 && (p[at + 2] > most * 8 || n > most))
            return RES_RANGE;
        if (left - at - 4 < n)
            return RES_UNEXPECTEDEND;
        if (n > 0 && p[at + 3 + n] == 0)
            return RES_FORMERR;
    }
    return RES_OK;
}

const struct field field_apl = {parse_apl, print_apl, scan_apl};

/* --- WKS: protocol and ports (RFC 1035 §3.4.2) --- */

enum { WKS_BITMAP = 65536 / 8 };

static enum result protocol_of(const struct rdata_token *tok, uint32_t *out)
{
    struct protoent entry, *found = NULL;
    char name[32], room[1024];
    enum result r = token_number(tok, 255, out);

    if (r != RES_BADNUMBER || tok->len >= sizeof name)
        return r == RES_BADNUMBER ? RES_UNKNOWNPROTOCOL : r;
    memcpy(name, tok->text, tok->len);
    name[tok->len] = '\0';
    if (strcasecmp(name, "tcp") == 0 || strcasecmp(name, "udp") == 0) {
        *out = (name[0] | 0x20) == 't' ? IPPROTO_TCP : IPPROTO_UDP;
        return RES_OK;
    }
    getprotobyname_r(name, &entry, room, sizeof room, &found);
    if (found == NULL)
        return RES_UNKNOWNPROTOCOL;
    *out = (uint32_t)found->p_proto & 0xff;
    return RES_OK;
}

static enum result service_of(const struct rdata_token *tok, unsigned protocol, uint32_t *out)
{
    const char *proto = protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : NULL;
    struct servent entry, *found = NULL;
    char name[64], room[1024];
    enum result r = token_number(tok, 65535, out);

    if (r != RES_BADNUMBER || tok->len >= sizeof name || tok->quoted)
        return r == RES_BADNUMBER ? RES_UNKNOWNSERVICE : r;
    for (uint32_t i = 0; i < tok->len; i++)
        name[i] = (char)fold_u8((uint8_t)tok->text[i]);
    name[tok->len] = '\0';
    getservbyname_r(name, proto, &entry, room, sizeof room, &found);
    if (found == NULL)
        return RES_UNKNOWNSERVICE;
    *out = ntohs((uint16_t)found->s_port);
    return RES_OK;
}

static enum result parse_wks(struct field_in *in)
{
    uint8_t bits[WKS_BITMAP] = {0};
    const struct rdata_token *tok;
    uint32_t protocol, port;
    size_t n = 0;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = protocol_of(tok, &protocol);
    if (in_done(in, r) != RES_OK)
        return r;
    for (; in->at < in->ntok; in->at++) {
        if ((r = service_of(&in->tok[in->at], protocol, &port)) != RES_OK)
            return r;
        bits[port / 8] |= (uint8_t)(0x80 >> port % 8);
        n = port / 8 + 1 > n ? port / 8 + 1 : n;
    }
    writer_u8(&in->w, (uint8_t)protocol);
    writer_bytes(&in->w, bits, n);
    return RES_OK;
}

static void print_wks(struct field_out *out, const uint8_t *p, size_t len)
{
    print_u8(out, p, 1);
    for (uint32_t port = 0; port < (len - 1) * 8; port++) {
        if ((p[1 + port / 8] & 0x80 >> port % 8) == 0)
            continue;
        out_space(out);
        out_number(out, port);
    }
}

static enum result scan_wks(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = left;
    if (left == 0)
        return RES_UNEXPECTEDEND;
    if (left > 1 + WKS_BITMAP)
        return RES_EXTRADATA;
    return left > 1 && p[left - 1] == 0 ? RES_FORMERR : RES_OK;
}

const struct field field_wks = {parse_wks, print_wks, scan_wks};

/* --- NSAP: 0x and hex, dots wherever they please (RFC 1706) --- */

static enum result parse_nsap(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    int high = -1, v;
    uint32_t n = 0;

    if (r != RES_OK)
        return r;
    if (tok->len < 2 || tok->text[0] != '0' || (tok->text[1] | 0x20) != 'x')
        return RES_SYNTAX;
    for (uint32_t i = 2; i < tok->len; i++) {
        if (tok->text[i] == '.')
            continue;
        if ((v = hex_digit_value(tok->text[i])) < 0)
            return RES_SYNTAX;
        if (n++ % 2 == 1)
            writer_u8(&in->w, (uint8_t)(high << 4 | v));
        high = v;
    }
    if (n == 0 || n % 2 == 1)
        return RES_UNEXPECTEDEND;
    return in_done(in, RES_OK);
}

static void print_nsap(struct field_out *out, const uint8_t *p, size_t len)
{
    out_word(out, "0x");
    for (size_t i = 0; i < len; i++)
        out_small_hex(out, p[i]);
}

const struct field field_nsap = {parse_nsap, print_nsap, scan_rest};

/* --- ATMA: an ATM address as hex, or as a telephone number (af-dans-0152) --- */

enum { ATMA_AESA = 0, ATMA_E164 = 1 };

/* The next digit, a dot before it skipped; -1 where a dot may not be, -2 at the end. */
static int atma_digit(const char **s, const char *end)
{
    int v;

    if (*s == end)
        return -2;
    v = hex_digit_value(*(*s)++);
    if (v >= 0 && *s < end && **s == '.') {     /* one dot behind a digit, not at the end */
        ++*s;
        if (*s == end)
            return -2;
    }
    return v;
}

static enum result atma_e164(struct field_in *in, const char *s, const char *end)
{
    if (s == end || end[-1] == '.')
        return RES_UNEXPECTEDEND;
    while (s < end) {
        int v = atma_digit(&s, end);

        if (v < 0 || v > 9)
            return RES_SYNTAX;
        writer_u8(&in->w, (uint8_t)('0' + v));
    }
    return RES_OK;
}

static enum result atma_aesa(struct field_in *in, const char *s, const char *end)
{
    while (s < end) {
        int high = atma_digit(&s, end), low = high < 0 ? high : atma_digit(&s, end);

        if (low < 0)
            return low == -1 ? RES_SYNTAX : RES_UNEXPECTEDEND;
        writer_u8(&in->w, (uint8_t)(high << 4 | low));
    }
    return RES_OK;
}

static enum result parse_atma(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    bool telephone;

    if (r != RES_OK)
        return r;
    telephone = tok->len > 0 && tok->text[0] == '+';
    writer_u8(&in->w, telephone ? ATMA_E164 : ATMA_AESA);
    r = telephone ? atma_e164(in, tok->text + 1, tok->text + tok->len)
                  : atma_aesa(in, tok->text, tok->text + tok->len);
    return in_done(in, r);
}

static void print_atma(struct field_out *out, const uint8_t *p, size_t len)
{
    if (*p > ATMA_E164) {
        out->opaque = true;
        return;
    }
    out_word(out, *p == ATMA_E164 ? "+" : "");
    for (size_t i = 1; i < len; i++) {
        if (*p == ATMA_E164)
            out_text(out, (const char *)p + i, 1);
        else
            out_small_hex(out, p[i]);
    }
}

static enum result scan_atma(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = left;
    if (left < 2)
        return RES_UNEXPECTEDEND;
    for (size_t i = 1; *p == ATMA_E164 && i < left; i++)
        if (p[i] < '0' || p[i] > '9')
            return RES_FORMERR;
    return RES_OK;
}

const struct field field_atma = {parse_atma, print_atma, scan_atma};

/* --- EUI48, EUI64: hex pairs with hyphens (RFC 7043) --- */

/* As BIND has it: one or two digits a byte, and what comes behind the last is ignored;
 * the token after it is blamed. */
static enum result parse_eui(struct field_in *in, unsigned bytes)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    const char *s, *end;

    if (r != RES_OK)
        return r;
    in->at++;
    s = tok->text;
    end = s + tok->len;
    for (unsigned i = 0; i < bytes; i++) {
        int v, low;

        if (i > 0 && (s == end || *s++ != '-'))
            return RES_BADEUI;
        if (s == end || (v = hex_digit_value(*s++)) < 0)
            return RES_BADEUI;
        if (s < end && (low = hex_digit_value(*s)) >= 0) {
            v = v << 4 | low;
            s++;
        }
        writer_u8(&in->w, (uint8_t)v);
    }
    return RES_OK;
}

static enum result parse_eui48(struct field_in *in)
{
    return parse_eui(in, 6);
}

static enum result parse_eui64(struct field_in *in)
{
    return parse_eui(in, 8);
}

static void print_eui(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out_word(out, i > 0 ? "-" : "");
        out->want_space = false;
        out_small_hex(out, p[i]);
    }
}

/* All there is, and just so much. */
static enum result scan_exactly(size_t want, size_t left, size_t *len)
{
    *len = want;
    return left == want ? RES_OK : RES_FORMERR;
}

static enum result scan_eui48(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_exactly(6, left, len);
}

static enum result scan_8_bytes(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_exactly(8, left, len);
}

const struct field field_eui48 = {parse_eui48, print_eui, scan_eui48};
const struct field field_eui64 = {parse_eui64, print_eui, scan_8_bytes};

/* --- NID, L64: four groups of hex with colons (RFC 6742 §2) --- */

static enum result parse_locator64(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);
    const char *s, *end;

    if (r != RES_OK)
        return r;
    s = tok->text;
    end = s + tok->len;
    for (unsigned i = 0; i < 4; i++) {
        unsigned v = 0, n = 0;

        if (i > 0 && (s == end || *s++ != ':'))
            return RES_SYNTAX;
        for (; s < end && n < 4 && hex_digit_value(*s) >= 0; s++, n++)
            v = v << 4 | (unsigned)hex_digit_value(*s);
        if (n == 0)
            return RES_SYNTAX;
        writer_u16(&in->w, (uint16_t)v);
    }
    return in_done(in, s == end ? RES_OK : RES_SYNTAX);
}

static void print_locator64(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[24];

    (void)len;
    snprintf(text, sizeof text, "%x:%x:%x:%x", get_u16(p), get_u16(p + 2), get_u16(p + 4),
             get_u16(p + 6));
    out_word(out, text);
}

const struct field field_locator64 = {parse_locator64, print_locator64, scan_8_bytes};
