/*
 * Text forms of bytes: base64 (RFC 4648 §4), base32hex without padding (§7, as NSEC3
 * uses it), hex (§8), the escapes of master files and UTF-8.  The streams take text in
 * pieces, as the tokens of a master file come, and append to a writer.  Nothing allocates;
 * any thread.
 */
#ifndef KZ_BASE_CODEC_H
#define KZ_BASE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/result.h"

/* A group that is being collected; start with zeros. */
struct codec_stream {
    uint8_t group[4];
    unsigned count;
    bool ended;     /* base64: padding was seen, nothing may follow */
};

/* Decodes `len` characters.  RES_BADBASE64, RES_BADHEX; RES_NOSPACE when the writer is full. */
enum result base64_feed(struct codec_stream *s, const char *text, size_t len, struct writer *out);
enum result hex_feed(struct codec_stream *s, const char *text, size_t len, struct writer *out);

/* The end of the text: RES_BADBASE64 within a group, RES_UNEXPECTEDEND within a hex pair. */
enum result base64_finish(const struct codec_stream *s);
enum result hex_finish(const struct codec_stream *s);

/* A whole text at once; *out_len bytes are written, at most `room`.  White space is not
 * taken.  RES_BADBASE64, RES_BADHEX, RES_BADBASE32, RES_NOSPACE. */
enum result base64_decode(const char *text, size_t len, uint8_t *out, size_t room,
                          size_t *out_len);
enum result hex_decode(const char *text, size_t len, uint8_t *out, size_t room, size_t *out_len);
enum result base32hex_decode(const char *text, size_t len, uint8_t *out, size_t room,
                             size_t *out_len);

/* The value of a hex digit; -1 for what is none. */
static inline int hex_digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at text[*at], \X and \DDD undone (RFC 1035 §5.1); steps *at.  RES_UNEXPECTEDEND,
 * RES_BADESCAPE. */
static inline enum result escaped_byte(const char *text, size_t len, size_t *at, uint8_t *out)
{
    const uint8_t *s = (const uint8_t *)text + *at;
    size_t left = len - *at;
    unsigned v = 0;

    if (*s != '\\') {
        *out = *s;
        ++*at;
        return RES_OK;
    }
    if (left < 2)
        return RES_UNEXPECTEDEND;
    if (s[1] < '0' || s[1] > '9') {
        *out = s[1];
        *at += 2;
        return RES_OK;
    }
    for (unsigned i = 1; i < 4; i++) {
        if (i >= left)
            return RES_UNEXPECTEDEND;
        if (s[i] < '0' || s[i] > '9')
            return RES_BADESCAPE;
        v = v * 10 + (unsigned)(s[i] - '0');
    }
    if (v > 255)
        return RES_BADESCAPE;
    *out = (uint8_t)v;
    *at += 4;
    return RES_OK;
}

/* Bytes of the UTF-8 sequence at `p`, of `left` that there are (at least 1); 0 when it is
 * none (RFC 3629 §4), a surrogate aside, which passes. */
size_t utf8_sequence(const uint8_t *p, size_t left);

/* Characters that `len` bytes become, without a NUL. */
static inline size_t base64_text_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

static inline size_t base32hex_text_len(size_t len)
{
    return (len * 8 + 4) / 5;
}

/* Encoders: write the text and a NUL, return the length without it.  base64 pads with
 * '='; hex and base32hex are in capitals, as BIND writes them. */
size_t base64_encode(const uint8_t *data, size_t len, char *out);
size_t hex_encode(const uint8_t *data, size_t len, char *out);
size_t base32hex_encode(const uint8_t *data, size_t len, char *out);

#endif
