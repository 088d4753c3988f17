/* Text out: words, names, strings and blobs, as BIND writes them. */
#include <string.h>

#include "base/codec.h"
#include "dns/rdata_field.h"

void out_text(struct field_out *out, const char *text, size_t len)
{
    if (!out->ok || (size_t)(out->end - out->at) < len) {
        out->ok = false;
        return;
    }
    memcpy(out->at, text, len);
    out->at += len;
}

void out_str(struct field_out *out, const char *text)
{
    out_text(out, text, strlen(text));
}

void out_number(struct field_out *out, uint32_t v)
{
    char digits[10], *d = digits + sizeof digits;

    do
        *--d = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    out_text(out, d, (size_t)(digits + sizeof digits - d));
}

void out_space(struct field_out *out)
{
    if (out->want_space)
        out_text(out, " ", 1);
    out->want_space = true;
}

void out_break(struct field_out *out)
{
    if (out->style->multiline) {
        out_str(out, out->linebreak);
        out->want_space = false;
    }
}

void out_word(struct field_out *out, const char *text)
{
    out_space(out);
    out_str(out, text);
}

void out_absolute_name(struct field_out *out, const uint8_t *name)
{
    char text[NAME_TEXT_MAX];
    size_t n = name_to_text(name, text, NAME_FINAL_DOT);

    out_space(out);
    out_text(out, text, n);
}

/* As in BIND the origin itself is written in full, and a name whose case differs from the
 * origin's keeps it. */
static bool is_relative(const uint8_t *name, const uint8_t *origin, size_t *rel_len)
{
    return origin != NULL && *origin != 0 && name_is_below(name, origin, rel_len) &&
           *rel_len > 0 && memcmp(name + *rel_len, origin, name_length(origin)) == 0;
}

void out_name(struct field_out *out, const uint8_t *name)
{
    char text[NAME_TEXT_MAX];
    size_t rel_len, n;

    if (!is_relative(name, out->style->origin, &rel_len)) {
        out_absolute_name(out, name);
        return;
    }
    n = name_labels_to_text(name, rel_len, text);
    out_space(out);
    out_text(out, text, n);
}

/* One byte of a quoted string. */
static size_t escape_byte(uint8_t c, char text[4])
{
    size_t n = 0;

    if (c < ' ' || c > '~') {
        text[0] = '\\';
        text[1] = (char)('0' + c / 100);
        text[2] = (char)('0' + c / 10 % 10);
        text[3] = (char)('0' + c % 10);
        return 4;
    }
    if (c == '"' || c == '\\')
        text[n++] = '\\';
    text[n++] = (char)c;
    return n;
}

void out_quoted_bytes(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[4];

    for (size_t i = 0; i < len; i++)
        out_text(out, text, escape_byte(p[i], text));
}

void out_quoted(struct field_out *out, const uint8_t *p, size_t len)
{
    out_word(out, "\"");
    out_quoted_bytes(out, p, len);
    out_text(out, "\"", 1);
}

/* Words of at most `piece` bytes, by a function that encodes one. */
static void out_pieces(struct field_out *out, const uint8_t *p, size_t len, size_t piece,
                       size_t (*encode)(const uint8_t *, size_t, char *))
{
    char text[80];

    while (len > 0) {
        size_t n = len < piece ? len : piece;

        out_space(out);
        out_text(out, text, encode(p, n, text));
        p += n;
        len -= n;
        if (len > 0)
            out_break(out);
    }
}

void out_base64(struct field_out *out, const uint8_t *p, size_t len)
{
    out_pieces(out, p, len, out->word_len / 4 * 3, base64_encode);
}

void out_base64_word(struct field_out *out, const uint8_t *p, size_t len)
{
    char text[61];

    for (size_t n; len > 0; p += n, len -= n) {
        n = len < 45 ? len : 45;
        out_text(out, text, base64_encode(p, n, text));
    }
}

void out_hex(struct field_out *out, const uint8_t *p, size_t len)
{
    out_pieces(out, p, len, out->word_len / 2, hex_encode);
}

/* --- layout --- */

static void print_open(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)p;
    (void)len;
    if (out->style->multiline)
        out_word(out, "(");
    out_break(out);
}

static void print_paren(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)p;
    (void)len;
    if (out->style->multiline)
        out_word(out, "(");
}

static void print_break(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)p;
    (void)len;
    out_break(out);
}

static void print_close(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)p;
    (void)len;
    if (out->style->multiline)
        out_word(out, ")");
}

const struct field layout_open = {.print = print_open};
const struct field layout_paren = {.print = print_paren};
const struct field layout_break = {.print = print_break};
const struct field layout_close = {.print = print_close};
