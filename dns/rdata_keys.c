/* Fields of the types that carry keys and the hosts to meet: IPSECKEY, AMTRELAY, HIP,
 * CERT, DHCID and kin. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "dns/mnemonic.h"
#include "dns/rdata_field.h"

/* --- a host, written as the kind says: "." for none, an address, a name --- */

enum host_kind { HOST_NONE = 0, HOST_IPV4 = 1, HOST_IPV6 = 2, HOST_NAME = 3 };

static enum result parse_host(struct field_in *in, unsigned kind)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);

    if (r != RES_OK)
        return r;
    if (kind == HOST_NONE)
        return in_done(in, tok->len == 1 && tok->text[0] == '.' ? RES_OK : RES_SYNTAX);
    if (kind == HOST_NAME)
        return in_name(in);
    return (kind == HOST_IPV4 ? &field_ipv4 : &field_ipv6)->parse(in);
}

static void print_host(struct field_out *out, unsigned kind, const uint8_t *p, size_t len)
{
    if (kind == HOST_NONE)
        out_word(out, ".");
    else if (kind == HOST_NAME)
        out_absolute_name(out, p);
    else
        (kind == HOST_IPV4 ? &field_ipv4 : &field_ipv6)->print(out, p, len);
}

static enum result scan_host(unsigned kind, const uint8_t *p, size_t left, size_t *len)
{
    if (kind == HOST_NAME)
        return scan_name(NULL, p, left, len);
    return scan_fixed(kind == HOST_IPV4 ? 4 : kind == HOST_IPV6 ? 16 : 0, left, len);
}

/* --- IPSECKEY: the gateway's kind is the second byte (RFC 4025 §2) --- */

static enum result parse_gateway_kind(struct field_in *in)
{
    uint32_t kind;
    enum result r = in_number(in, HOST_NAME, &kind);

    if (r == RES_OK)
        writer_u8(&in->w, (uint8_t)kind);
    return r;
}

static enum result scan_gateway_kind(const uint8_t *rdata, const uint8_t *p, size_t left,
                                     size_t *len)
{
    (void)rdata;
    *len = 1;
    return left == 0 ? RES_UNEXPECTEDEND : *p > HOST_NAME ? RES_NOTIMPLEMENTED : RES_OK;
}

static enum result parse_ipsec_gateway(struct field_in *in)
{
    return parse_host(in, in->w.start[1]);
}

static void print_ipsec_gateway(struct field_out *out, const uint8_t *p, size_t len)
{
    print_host(out, out->rdata[1], p, len);
}

static enum result scan_ipsec_gateway(const uint8_t *rdata, const uint8_t *p, size_t left,
                                      size_t *len)
{
    return scan_host(rdata[1], p, left, len);
}

const struct field field_gateway_kind = {parse_gateway_kind, print_u8, scan_gateway_kind};
const struct field field_ipsec_gateway = {parse_ipsec_gateway, print_ipsec_gateway,
                                          scan_ipsec_gateway};

/* --- AMTRELAY: a bit, the relay's kind, the relay (RFC 8777 §4) --- */

enum { AMT_DISCOVERY = 0x80, AMT_KIND = 0x7f };

static enum result parse_amt_relay(struct field_in *in)
{
    uint32_t discovery, kind;
    enum result r;

    if ((r = in_number(in, 1, &discovery)) != RES_OK || (r = in_number(in, AMT_KIND, &kind)))
        return r;
    writer_u8(&in->w, (uint8_t)(discovery << 7 | kind));
    if (kind <= HOST_NAME)
        return parse_host(in, kind);
    in->at += in->at < in->ntok;
    return RES_NOTIMPLEMENTED;
}

static void print_amt_relay(struct field_out *out, const uint8_t *p, size_t len)
{
    uint8_t kind = *p & AMT_KIND;

    if (kind > HOST_NAME) {
        out->opaque = true;
        return;
    }
    out_word(out, *p & AMT_DISCOVERY ? "1" : "0");
    out_space(out);
    out_number(out, kind);
    print_host(out, kind, p + 1, len - 1);
}

static enum result scan_amt_relay(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    uint8_t kind;
    enum result r;

    (void)rdata;
    if (left == 0)
        return RES_UNEXPECTEDEND;
    kind = *p & AMT_KIND;
    if (kind > HOST_NAME) {     /* of other kinds nothing is known */
        *len = left;
        return RES_OK;
    }
    r = scan_host(kind, p + 1, left - 1, len);
    ++*len;
    if (kind == HOST_NAME)
        return r;
    return r != RES_OK || *len != left ? RES_FORMERR : RES_OK;
}

const struct field field_amt_relay = {parse_amt_relay, print_amt_relay, scan_amt_relay};

/* --- HIP: two lengths and an algorithm, identity tag, key, servers (RFC 8005 §5) --- */

static enum result parse_hip_tag(struct field_in *in)
{
    const struct rdata_token *tok;
    struct codec_stream s = {{0}, 0, false};
    uint8_t *start = in->w.at;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = hex_feed(&s, tok->text, tok->len, &in->w);
    if (r == RES_OK && s.count > 0)
        r = RES_BADHEX;
    if (r == RES_OK && (in->w.at == start || in->w.at - start > 255))
        r = RES_RANGE;
    if (r == RES_OK)
        in->w.start[0] = (uint8_t)(in->w.at - start);
    return in_done(in, r);
}

static enum result parse_hip_key(struct field_in *in)
{
    const struct rdata_token *tok;
    struct codec_stream s = {{0}, 0, false};
    uint8_t *start = in->w.at;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = base64_feed(&s, tok->text, tok->len, &in->w);
    if (r == RES_OK)
        r = base64_finish(&s);
    if (r == RES_OK && in->w.at == start)
        r = RES_RANGE;
    if (r == RES_OK)
        put_u16(in->w.start + 2, (uint16_t)(in->w.at - start));
    return in_done(in, r);
}

static enum result parse_hip(struct field_in *in)
{
    uint32_t algorithm;
    enum result r = in_number(in, 255, &algorithm);

    if (r != RES_OK)
        return r;
    writer_u32(&in->w, algorithm << 16);
    if ((r = parse_hip_tag(in)) != RES_OK || (r = parse_hip_key(in)) != RES_OK)
        return r;
    while (r == RES_OK && in->at < in->ntok)
        r = in_name(in);
    return r;
}

static void print_hip(struct field_out *out, const uint8_t *p, size_t len)
{
    size_t tag_len = p[0], key_len = get_u16(p + 2), at = 4 + tag_len + key_len;
    char text[2 * 255 + 1];

    print_u8(out, p + 1, 1);
    hex_encode(p + 4, tag_len, text);
    out_word(out, text);
    out_break(out);
    out_space(out);
    out_base64_word(out, p + 4 + tag_len, key_len);
    for (; at < len; at += name_length(p + at)) {
        out_break(out);
        out_absolute_name(out, p + at);
    }
}

static enum result scan_hip(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    size_t at, n;
    enum result r;

    *len = left;
    if (left < 4)
        return RES_UNEXPECTEDEND;
    at = 4u + p[0] + get_u16(p + 2);
    if (p[0] == 0 || get_u16(p + 2) == 0 || at > left)
        return RES_FORMERR;
    for (; at < left; at += n)
        if ((r = scan_name(rdata, p + at, left - at, &n)) != RES_OK)
            return r;
    return RES_OK;
}

const struct field field_hip = {parse_hip, print_hip, scan_hip};

/* --- CERT's type and algorithm, DSYNC's scheme: names in text both ways --- */

static enum result parse_named(struct field_in *in, const struct mnemonic *table, uint32_t max,
                               uint16_t *out)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = mnemonic_from_text(table, max, tok->text, tok->len, out);
    return in_done(in, r);
}

static void print_named(struct field_out *out, const struct mnemonic *table, unsigned number)
{
    char text[MNEMONIC_TEXT];

    out_word(out, mnemonic_text(table, number, text));
}

static enum result parse_cert_type(struct field_in *in)
{
    uint16_t v;
    enum result r = parse_named(in, mnemonic_cert_types, 65535, &v);

    if (r == RES_OK)
        writer_u16(&in->w, v);
    return r;
}

static void print_cert_type(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    print_named(out, mnemonic_cert_types, get_u16(p));
}

static void print_cert_algorithm(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    print_named(out, mnemonic_algorithms, *p);
}

static enum result parse_cert_algorithm(struct field_in *in)
{
    return field_algorithm.parse(in);
}

const struct field field_cert_type = {parse_cert_type, print_cert_type, scan_u16};
const struct field field_cert_algorithm = {parse_cert_algorithm, print_cert_algorithm, scan_u8};

/* A scheme that is none is behind us when BIND finds out. */
static enum result parse_scheme(struct field_in *in)
{
    uint16_t v;
    enum result r = parse_named(in, mnemonic_dsync_schemes, 255, &v);

    if (r == RES_OK)
        writer_u8(&in->w, (uint8_t)v);
    else if (r == RES_UNKNOWNTYPE || r == RES_RANGE)
        in->at++;
    return r;
}

static void print_scheme(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    print_named(out, mnemonic_dsync_schemes, *p);
}

const struct field field_scheme = {parse_scheme, print_scheme, scan_u8};

/* --- blobs with a layout of their own --- */

static void print_dhcid(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[40];

    layout_paren.print(out, p, 0);
    out_base64(out, p, len);
    layout_close.print(out, p, 0);
    if (!out->style->multiline || !out->style->comments || len < 3)
        return;
    snprintf(text, sizeof text, " ; %u %u %u", get_u16(p), p[2], (unsigned)(len - 3));
    out_str(out, text);
}

const struct field field_dhcid = {in_base64_rest, print_dhcid, scan_rest};

/* HHIT and BRID: BIND puts the parenthesis right before the first word. */
static void print_drip(struct field_out *out, const uint8_t *p, size_t len)
{
    if (out->style->multiline) {
        out_str(out, " (");
        out->want_space = false;
    }
    out_base64(out, p, len);
    layout_close.print(out, p, 0);
}

const struct field field_drip = {in_base64_rest, print_drip, scan_rest};

static enum result parse_sink_data(struct field_in *in)
{
    return in->at < in->ntok ? in_base64_rest(in) : RES_OK;
}

static void print_sink_data(struct field_out *out, const uint8_t *p, size_t len)
{
    if (len == 0)
        return;
    layout_open.print(out, p, 0);
    out_base64(out, p, len);
    layout_close.print(out, p, 0);
}

const struct field field_sink_data = {parse_sink_data, print_sink_data, scan_rest_opt};
