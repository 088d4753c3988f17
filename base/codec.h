/*
 * Text forms of bytes: base64 (RFC 4648 §4), base32hex without padding (§7, as NSEC3
 * uses it) and hex (§8).  The streams take text in pieces, as the tokens of a master
 * file come, and append to a writer.  Nothing allocates; any thread.
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
