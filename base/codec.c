#include "base/codec.h"

enum { PAD = 64, BAD = 0xff };

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32hex_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

/* The value of a base64 character, PAD for '=', BAD for what is none. */
static uint8_t base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0' + 52);
    return c == '+' ? 62 : c == '/' ? 63 : c == '=' ? PAD : BAD;
}

/* The value of a digit of base 16 or 32 (extended hex alphabet), BAD for what is none. */
static uint8_t digit_value(char c, unsigned base)
{
    unsigned v;

    if (c >= '0' && c <= '9')
        v = (unsigned)(c - '0');
    else if (c >= 'A' && c <= 'Z')
        v = (unsigned)(c - 'A') + 10;
    else if (c >= 'a' && c <= 'z')
        v = (unsigned)(c - 'a') + 10;
    else
        return BAD;
    return v < base ? (uint8_t)v : BAD;
}

/* Four characters to one, two or three bytes.  Bits that padding cuts off must be zero. */
static enum result base64_group(struct codec_stream *s, struct writer *out)
{
    const uint8_t *g = s->group;
    unsigned n = g[2] == PAD ? 1 : g[3] == PAD ? 2 : 3;
    uint8_t *p;

    s->count = 0;
    if (g[0] == PAD || g[1] == PAD || (g[2] == PAD && g[3] != PAD))
        return RES_BADBASE64;
    if ((n == 1 && (g[1] & 0x0f) != 0) || (n == 2 && (g[2] & 0x03) != 0))
        return RES_BADBASE64;
    s->ended = n < 3;
    if ((p = writer_take(out, n)) == NULL)
        return RES_NOSPACE;
    p[0] = (uint8_t)(g[0] << 2 | g[1] >> 4);
    if (n > 1)
        p[1] = (uint8_t)(g[1] << 4 | g[2] >> 2);
    if (n > 2)
        p[2] = (uint8_t)(g[2] << 6 | g[3]);
    return RES_OK;
}

enum result base64_feed(struct codec_stream *s, const char *text, size_t len, struct writer *out)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t v = base64_value(text[i]);
        enum result r;

        if (v == BAD || s->ended)
            return RES_BADBASE64;
        s->group[s->count++] = v;
        if (s->count == 4 && (r = base64_group(s, out)) != RES_OK)
            return r;
    }
    return RES_OK;
}

enum result base64_finish(const struct codec_stream *s)
{
    return s->count == 0 ? RES_OK : RES_BADBASE64;
}

enum result hex_feed(struct codec_stream *s, const char *text, size_t len, struct writer *out)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t v = digit_value(text[i], 16);

        if (v == BAD)
            return RES_BADHEX;
        if (s->count++ == 0) {
            s->group[0] = v;
            continue;
        }
        s->count = 0;
        writer_u8(out, (uint8_t)(s->group[0] << 4 | v));
        if (!out->ok)
            return RES_NOSPACE;
    }
    return RES_OK;
}

enum result hex_finish(const struct codec_stream *s)
{
    return s->count == 0 ? RES_OK : RES_UNEXPECTEDEND;
}

enum result base64_decode(const char *text, size_t len, uint8_t *out, size_t room, size_t *out_len)
{
    struct codec_stream s = {{0}, 0, false};
    struct writer w = writer_of(out, room);
    enum result r = base64_feed(&s, text, len, &w);

    *out_len = writer_len(&w);
    return r == RES_OK ? base64_finish(&s) : r;
}

enum result hex_decode(const char *text, size_t len, uint8_t *out, size_t room, size_t *out_len)
{
    struct codec_stream s = {{0}, 0, false};
    struct writer w = writer_of(out, room);
    enum result r = hex_feed(&s, text, len, &w);

    *out_len = writer_len(&w);
    if (r == RES_OK && hex_finish(&s) != RES_OK)
        return RES_BADHEX;
    return r;
}

enum result base32hex_decode(const char *text, size_t len, uint8_t *out, size_t room,
                             size_t *out_len)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        uint8_t v = digit_value(text[i], 32);

        if (v == BAD)
            return RES_BADBASE32;
        acc = acc << 5 | v;
        bits += 5;
        if (bits < 8)
            continue;
        if (n == room)
            return RES_NOSPACE;
        bits -= 8;
        out[n++] = (uint8_t)(acc >> bits);
    }
    /* a character that gives no byte of its own, or bits set beyond the last byte */
    if (bits >= 5 || (acc & ((1u << bits) - 1)) != 0)
        return RES_BADBASE32;
    *out_len = n;
    return RES_OK;
}

size_t base64_encode(const uint8_t *data, size_t len, char *out)
{
    char *t = out;

    for (; len >= 3; len -= 3, data += 3) {
        *t++ = base64_digits[data[0] >> 2];
        *t++ = base64_digits[(data[0] << 4 | data[1] >> 4) & 63];
        *t++ = base64_digits[(data[1] << 2 | data[2] >> 6) & 63];
        *t++ = base64_digits[data[2] & 63];
    }
    if (len > 0) {
        uint8_t second = len == 2 ? data[1] : 0;

        *t++ = base64_digits[data[0] >> 2];
        *t++ = base64_digits[(data[0] << 4 | second >> 4) & 63];
        *t++ = len == 2 ? base64_digits[second << 2 & 63] : '=';
        *t++ = '=';
    }
    *t = '\0';
    return (size_t)(t - out);
}

size_t hex_encode(const uint8_t *data, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = base32hex_digits[data[i] >> 4];
        out[2 * i + 1] = base32hex_digits[data[i] & 15];
    }
    out[2 * len] = '\0';
    return 2 * len;
}

size_t base32hex_encode(const uint8_t *data, size_t len, char *out)
{
    char *t = out;
    uint32_t acc = 0;
    unsigned bits = 0;

    for (size_t i = 0; i < len; i++) {
        acc = acc << 8 | data[i];
        for (bits += 8; bits >= 5; bits -= 5)
            *t++ = base32hex_digits[acc >> (bits - 5) & 31];
    }
    if (bits > 0)
        *t++ = base32hex_digits[acc << (5 - bits) & 31];
    *t = '\0';
    return (size_t)(t - out);
}

size_t utf8_sequence(const uint8_t *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
               p[0] < 0xf5 ? 4 : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;   /* overlong, beyond U+10FFFF */
    return n;
}
