/* The fields of DNSSEC's types (RFC 4034, RFC 5155) and of KEY and SIG before them. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/timefmt.h"
#include "dns/mnemonic.h"
#include "dns/rdata_field.h"

/* --- numbers with names --- */

static enum result parse_mnemonic_u8(struct field_in *in, const struct mnemonic *table)
{
    const struct rdata_token *tok;
    uint16_t v;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = mnemonic_from_text(table, 255, tok->text, tok->len, &v);
    if (r == RES_OK)
        writer_u8(&in->w, (uint8_t)v);
    return in_done(in, r);
}

static enum result parse_algorithm(struct field_in *in)
{
    return parse_mnemonic_u8(in, mnemonic_algorithms);
}

static enum result parse_digest_type(struct field_in *in)
{
    return parse_mnemonic_u8(in, mnemonic_digests);
}

static enum result parse_nsec3_hash(struct field_in *in)
{
    return parse_mnemonic_u8(in, mnemonic_nsec3_hashes);
}

static enum result parse_protocol(struct field_in *in)
{
    return parse_mnemonic_u8(in, mnemonic_key_protocols);
}

const struct field field_algorithm = {parse_algorithm, print_u8, scan_u8};
const struct field field_digest_type = {parse_digest_type, print_u8, scan_u8};
const struct field field_nsec3_hash = {parse_nsec3_hash, print_u8, scan_u8};
const struct field field_protocol = {parse_protocol, print_u8, scan_u8};

/* The type that a signature covers: a mnemonic, TYPEn or a bare number. */
static enum result parse_rrtype(struct field_in *in)
{
    const struct rdata_token *tok;
    uint16_t type;
    uint32_t v;
    enum result r = in_word(in, &tok);

    if (r != RES_OK)
        return r;
    r = rrtype_from_text(&type, tok->text, tok->len);
    if (r != RES_OK && (r = token_number(tok, 65535, &v)) == RES_OK)
        type = (uint16_t)v;
    if (r != RES_OK)
        return r == RES_RANGE ? r : RES_UNKNOWNTYPE;
    writer_u16(&in->w, type);
    return in_done(in, r);
}

static void print_rrtype(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[RRTYPE_TEXT];

    (void)len;
    out_word(out, rrtype_text(get_u16(p), text));
}

const struct field field_rrtype = {parse_rrtype, print_rrtype, scan_u16};

/* --- times --- */

static enum result time_of_token(const struct rdata_token *tok, uint32_t *out)
{
    enum result r;

    if (tok->len > 10)
        return dnssec_time_from_text(out, tok->text, tok->len);
    r = token_number(tok, UINT32_MAX, out);     /* seconds since 1970 */
    return r == RES_BADNUMBER ? RES_SYNTAX : r;
}

static enum result parse_time(struct field_in *in)
{
    const struct rdata_token *tok;
    uint32_t when;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = time_of_token(tok, &when);
    if (r == RES_OK)
        writer_u32(&in->w, when);
    return in_done(in, r);
}

static void print_time(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[TIMEFMT_DNSSEC_TEXT];

    (void)len;
    dnssec_time_to_text(get_u32(p), (int64_t)time(NULL), text);
    out_word(out, text);
}

const struct field field_time = {parse_time, print_time, scan_u32};

/* --- keys and signatures --- */

static enum result parse_key_flags(struct field_in *in)
{
    const struct rdata_token *tok;
    uint16_t flags;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = key_flags_from_text(tok->text, tok->len, &flags);
    if (r == RES_OK)
        writer_u16(&in->w, flags);
    return in_done(in, r);
}

static void print_key_flags(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_space(out);
    out_number(out, get_u16(p));
}

const struct field field_key_flags = {parse_key_flags, print_key_flags, scan_u16};

uint16_t dnskey_tag(const uint8_t *rdata, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += i & 1 ? rdata[i] : (uint32_t)rdata[i] << 8;
    return (uint16_t)(sum + (sum >> 16));
}

enum { FLAG_SEP = 0x0001, FLAG_REVOKE = 0x0080, FLAG_NOKEY = 0xc000 };

static const char *key_kind(const struct field_out *out)
{
    unsigned flags = get_u16(out->rdata);

    if (out->type != TYPE_DNSKEY && out->type != TYPE_CDNSKEY)
        return "";
    return (flags & FLAG_SEP) == 0 ? " ; ZSK" : flags & FLAG_REVOKE ? " ; revoked KSK" : " ; KSK";
}

/* " ; KSK; alg = ED25519 ; key id = 12345" */
static void print_key_comment(struct field_out *out)
{
    char text[96], alg[MNEMONIC_TEXT];

    snprintf(text, sizeof text, "%s; alg = %s ; key id = %u", key_kind(out),
             mnemonic_text(mnemonic_algorithms, out->rdata[3], alg),
             dnskey_tag(out->rdata, out->len));
    out_str(out, text);
}

static void print_key(struct field_out *out, const uint8_t *p, size_t len)
{
    layout_open.print(out, p, 0);
    out_base64(out, p, len);
    if (out->style->comments)
        out_break(out);
    layout_close.print(out, p, 0);
    if (out->style->multiline && out->style->comments)
        print_key_comment(out);
}

/* A signer may not have more labels than the name that was signed (RFC 4034 §3.1.3). */
static enum result parse_signer(struct field_in *in)
{
    const uint8_t *name = in->w.at;
    enum result r = in_name(in);

    if (r != RES_OK || !in->w.ok || name_count_labels(name) <= in->w.start[3])
        return r;
    in->at--;
    return RES_RANGE;
}

static void print_signer(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_absolute_name(out, p);
}

static enum result scan_signer(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    enum result r = scan_name(rdata, p, left, len);

    return r == RES_OK && name_count_labels(p) > rdata[3] ? RES_FORMERR : r;
}

const struct field field_signer = {parse_signer, print_signer, scan_signer, .name = true};

static enum result scan_signature(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    *len = left;
    return left > 0 ? RES_OK : RES_FORMERR;
}

static void print_signature(struct field_out *out, const uint8_t *p, size_t len)
{
    out_break(out);
    out_base64(out, p, len);
}

const struct field field_key = {in_base64_rest, print_key, scan_rest};

/* The flags of KEY may say that there is no key (RFC 2535 §3.1.2). */
static bool has_no_key(const uint8_t *rdata)
{
    return (get_u16(rdata) & FLAG_NOKEY) == FLAG_NOKEY;
}

static enum result parse_key_nokey(struct field_in *in)
{
    return has_no_key(in->w.start) ? RES_OK : in_base64_rest(in);
}

static void print_key_nokey(struct field_out *out, const uint8_t *p, size_t len)
{
    if (len > 0)
        print_key(out, p, len);
}

static enum result scan_key_nokey(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    *len = 0;
    return has_no_key(rdata) ? RES_OK : scan_rest(rdata, p, left, len);
}

const struct field field_key_nokey = {parse_key_nokey, print_key_nokey, scan_key_nokey};

/* RKEY's flags are zero. */
static enum result parse_rkey_flags(struct field_in *in)
{
    enum result r = parse_key_flags(in);

    if (r != RES_OK || get_u16(in->w.start) == 0)
        return r;
    in->at--;
    return RES_FORMERR;
}

static enum result scan_rkey_flags(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    enum result r = scan_u16(rdata, p, left, len);

    return r == RES_OK && get_u16(p) != 0 ? RES_FORMERR : r;
}

const struct field field_rkey_flags = {parse_rkey_flags, print_key_flags, scan_rkey_flags};
const struct field field_signature = {in_base64_rest, print_signature, scan_signature};

/* --- digests, whose length follows from the digest type at byte `at` --- */

struct digest_rule {
    unsigned at;
    uint8_t lengths[5];     /* by digest type; 0: any */
    uint8_t least;          /* of those of any length */
};

static const struct digest_rule ds_rule = {3, {0, 20, 32, 0, 48}, 1};
static const struct digest_rule ssh_rule = {1, {0, 20, 32}, 0};
static const struct digest_rule zonemd_rule = {5, {0, 48, 64}, 12};

static size_t digest_len(const struct digest_rule *rule, const uint8_t *rdata)
{
    uint8_t type = rdata[rule->at];

    return type < sizeof rule->lengths ? rule->lengths[type] : 0;
}

static enum result parse_by_rule(struct field_in *in, const struct digest_rule *rule)
{
    size_t len = digest_len(rule, in->w.start);
    const uint8_t *start = in->w.at;
    enum result r;

    if (len > 0)
        return in_hex_exact(in, len, RES_BADHEX);
    r = in_hex_rest(in);
    return r == RES_OK && (size_t)(in->w.at - start) < rule->least ? RES_UNEXPECTEDEND : r;
}

static enum result scan_by_rule(const struct digest_rule *rule, const uint8_t *rdata, size_t left,
                                size_t *len)
{
    size_t want = digest_len(rule, rdata);

    *len = want > 0 ? want : left;
    return left < (want > 0 ? want : rule->least) ? RES_UNEXPECTEDEND : RES_OK;
}

static enum result parse_digest(struct field_in *in)
{
    return parse_by_rule(in, &ds_rule);
}

static enum result scan_digest(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)p;
    return scan_by_rule(&ds_rule, rdata, left, len);
}

static enum result parse_ssh_digest(struct field_in *in)
{
    return parse_by_rule(in, &ssh_rule);
}

static enum result scan_ssh_digest(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    size_t want = digest_len(&ssh_rule, rdata);

    (void)p;
    *len = left;
    return want > 0 && left != want ? RES_FORMERR : RES_OK;
}

static enum result parse_zonemd_digest(struct field_in *in)
{
    return parse_by_rule(in, &zonemd_rule);
}

static enum result scan_zonemd_digest(const uint8_t *rdata, const uint8_t *p, size_t left,
                                      size_t *len)
{
    (void)p;
    return scan_by_rule(&zonemd_rule, rdata, left, len);
}

static void print_digest(struct field_out *out, const uint8_t *p, size_t len)
{
    out_hex(out, p, len);
}

const struct field field_digest = {parse_digest, print_digest, scan_digest};
const struct field field_ssh_digest = {parse_ssh_digest, print_digest, scan_ssh_digest};
const struct field field_zonemd_digest = {parse_zonemd_digest, print_digest, scan_zonemd_digest};

/* --- type bitmaps (RFC 4034 §4.1.2) --- */

struct bitmap {
    uint8_t lengths[256];       /* bytes in use of each window */
    uint8_t bits[256][32];      /* only what `lengths` says is set */
};

static void bitmap_add(struct bitmap *map, uint16_t type)
{
    unsigned window = type >> 8, byte = (type & 0xffu) >> 3;
    uint8_t *length = &map->lengths[window];

    if (byte >= *length) {
        memset(map->bits[window] + *length, 0, byte + 1 - *length);
        *length = (uint8_t)(byte + 1);
    }
    map->bits[window][byte] |= (uint8_t)(0x80 >> (type & 7));
}

static enum result parse_bitmap_opt(struct field_in *in)
{
    const struct rdata_token *tok;
    struct bitmap map;
    uint16_t type;
    enum result r;

    memset(map.lengths, 0, sizeof map.lengths);
    for (; in->at < in->ntok; in->at++) {
        if ((r = in_word(in, &tok)) != RES_OK)
            return r;
        if (rrtype_from_text(&type, tok->text, tok->len) != RES_OK)
            return RES_UNKNOWNTYPE;
        bitmap_add(&map, type);
    }
    for (unsigned window = 0; window < 256; window++) {
        if (map.lengths[window] == 0)
            continue;
        writer_u8(&in->w, (uint8_t)window);
        writer_u8(&in->w, map.lengths[window]);
        writer_bytes(&in->w, map.bits[window], map.lengths[window]);
    }
    return RES_OK;
}

static enum result parse_bitmap(struct field_in *in)
{
    const uint8_t *start = in->w.at;
    enum result r = parse_bitmap_opt(in);

    return r == RES_OK && in->w.at == start ? RES_FORMERR : r;
}

static void print_window(struct field_out *out, unsigned window, const uint8_t *bits, unsigned n)
{
    char text[RRTYPE_TEXT];

    for (unsigned i = 0; i < n * 8; i++)
        if ((bits[i / 8] & 0x80 >> i % 8) != 0)
            out_word(out, rrtype_text((uint16_t)(window << 8 | i), text));
}

static void print_bitmap(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len; at += 2u + p[at + 1])
        print_window(out, p[at], p + at + 2, p[at + 1]);
}

/* NSEC3's: each window begins a line of its own (the first one's break is the hash's). */
static void print_nsec3_bitmap(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len; at += 2u + p[at + 1]) {
        if (at > 0)
            out_break(out);
        print_window(out, p[at], p + at + 2, p[at + 1]);
    }
}

/* Windows ascend, hold 1 to 32 bytes, and the last byte of each is not zero. */
static enum result scan_bitmap_opt(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    int last = -1;

    (void)rdata;
    *len = left;
    for (size_t at = 0; at < left; at += 2u + p[at + 1]) {
        if (left - at < 3 || p[at] <= last || p[at + 1] < 1 || p[at + 1] > 32 ||
            left - at < 2u + p[at + 1] || p[at + 1 + p[at + 1]] == 0)
            return RES_FORMERR;
        last = p[at];
    }
    return RES_OK;
}

static enum result scan_bitmap(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    return left == 0 ? RES_FORMERR : scan_bitmap_opt(rdata, p, left, len);
}

const struct field field_bitmap = {parse_bitmap, print_bitmap, scan_bitmap};
const struct field field_bitmap_opt = {parse_bitmap_opt, print_bitmap, scan_bitmap_opt};
const struct field field_nsec3_bitmap = {parse_bitmap_opt, print_nsec3_bitmap, scan_bitmap_opt};

/* --- NSEC3 --- */

static enum result parse_salt(struct field_in *in)
{
    const struct rdata_token *tok;
    struct codec_stream s = {{0}, 0, false};
    enum result r = in_word(in, &tok);

    if (r != RES_OK)
        return r;
    if (tok->len > 2 * 255)
        return RES_TEXTTOOLONG;
    in->at++;
    if (tok->len == 1 && tok->text[0] == '-') {
        writer_u8(&in->w, 0);
        return RES_OK;
    }
    writer_u8(&in->w, (uint8_t)(tok->len / 2));
    r = hex_feed(&s, tok->text, tok->len, &in->w);
    return r == RES_OK && s.count > 0 ? RES_BADHEX : r;
}

static void print_salt(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[2 * 255 + 1];

    hex_encode(p + 1, len - 1, text);
    out_word(out, len == 1 ? "-" : text);
}

static enum result scan_salt(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = left == 0 ? 0 : 1u + *p;
    return left == 0 || left < *len ? RES_FORMERR : RES_OK;
}

const struct field field_salt = {parse_salt, print_salt, scan_salt};

static enum result parse_next_hash(struct field_in *in)
{
    const struct rdata_token *tok;
    uint8_t hash[255];
    size_t n = 0;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = base32hex_decode(tok->text, tok->len, hash, sizeof hash, &n);
    if (r != RES_OK)
        return r == RES_NOSPACE ? RES_BADBASE32 : r;
    if (n == 0 || (in->w.start[0] == 1 && n != 20))     /* SHA-1 has 20 bytes */
        return RES_RANGE;
    writer_u8(&in->w, (uint8_t)n);
    writer_bytes(&in->w, hash, n);
    return in_done(in, r);
}

/* The hash, and the break that parts it from the types if there are some. */
static void print_next_hash(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[2 * 255];

    base32hex_encode(p + 1, len - 1, text);
    out_word(out, text);
    if (p + len < out->rdata + out->len)
        out_break(out);
}

static enum result scan_next_hash(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    *len = left == 0 ? 0 : 1u + *p;
    if (left < 2 || *p == 0 || left < *len || (rdata[0] == 1 && *p != 20))
        return RES_FORMERR;
    return RES_OK;
}

const struct field field_next_hash = {parse_next_hash, print_next_hash, scan_next_hash};

/* --- NXT: one bitmap of the types below 128, without windows (RFC 2535 §5.2) --- */

/* A type by name or number. */
static enum result nxt_type(const struct rdata_token *tok, uint32_t *type)
{
    uint16_t named;
    enum result r = token_number(tok, UINT32_MAX, type);

    if (r != RES_BADNUMBER)
        return r;
    if (rrtype_from_text(&named, tok->text, tok->len) != RES_OK)
        return RES_UNKNOWNTYPE;
    *type = named;
    return RES_OK;
}

static enum result parse_nxt_bitmap(struct field_in *in)
{
    const struct rdata_token *tok;
    uint8_t bits[16] = {0};
    uint32_t type, last = 0;
    enum result r;

    while (in->at < in->ntok) {
        if ((r = in_word(in, &tok)) != RES_OK || (r = nxt_type(tok, &type)) == RES_UNKNOWNTYPE)
            return r;
        in->at++;
        if (r != RES_OK || type < 1 || type > 127)
            return RES_RANGE;
        bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
        last = type > last ? type : last;
    }
    writer_bytes(&in->w, bits, last == 0 ? 0 : last / 8 + 1);
    return RES_OK;
}

static void print_nxt_bitmap(struct field_out *out, const uint8_t *p, size_t len)
{
    for (unsigned i = 0; i < len * 8; i++) {
        const struct rdata_type *row = rdata_type_row((uint16_t)i);

        if ((p[i / 8] & 0x80 >> i % 8) == 0)
            continue;
        out_space(out);
        if (row != NULL)
            out_str(out, row->mnemonic);
        else
            out_number(out, i);
    }
}

static enum result scan_nxt_bitmap(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = left;
    if (left > 0 && ((*p & 0x80) != 0 || left > 16 || p[left - 1] == 0))
        return RES_BADBITMAP;
    return RES_OK;
}

const struct field field_nxt_bitmap = {parse_nxt_bitmap, print_nxt_bitmap, scan_nxt_bitmap};
