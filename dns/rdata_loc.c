/* LOC: where on earth (RFC 1876). */
#include <stdio.h>
#include <string.h>

#include "dns/rdata_field.h"

enum {
    LOC_LEN = 16,
    MS_PER_DEGREE = 3600000,    /* thousandths of a second of arc */
    MS_PER_MINUTE = 60000,
    ALTITUDE_BASE_CM = 10000000
};

static const uint32_t powers_of_ten[] = {1,      10,      100,      1000,      10000,
                                         100000, 1000000, 10000000, 100000000, 1000000000};

/* --- text in --- */

/* Digits with up to `decimals` places behind a point, scaled by them: RES_SYNTAX. */
static enum result take_decimal(const char **s, const char *end, unsigned decimals, uint64_t *out)
{
    const char *start = *s;
    uint64_t v = 0;

    for (; *s < end && **s >= '0' && **s <= '9'; ++*s)
        if ((v = v * 10 + (uint64_t)(**s - '0')) > UINT32_MAX)
            return RES_RANGE;
    if (*s == start)
        return RES_SYNTAX;
    if (*s < end && **s == '.')
        for (++*s; *s < end && **s >= '0' && **s <= '9' && decimals > 0; ++*s, decimals--)
            v = v * 10 + (uint64_t)(**s - '0');
    for (; decimals > 0; decimals--)
        v *= 10;
    *out = v;
    return RES_OK;
}

static enum result seconds_of(const struct rdata_token *tok, uint32_t *out)
{
    const char *s = tok->text, *end = s + tok->len;
    uint64_t ms;
    enum result r = take_decimal(&s, end, 3, &ms);

    if (r != RES_OK || s != end)
        return r == RES_OK ? RES_SYNTAX : r;
    *out = (uint32_t)ms;
    return ms >= MS_PER_MINUTE ? RES_RANGE : RES_OK;
}

/* A letter of a direction: +1 for the first, -1 for the second, 0 for none. */
static int direction_of(const struct rdata_token *tok, const char *letters)
{
    char c = tok->len == 1 && !tok->quoted ? (char)(tok->text[0] & ~0x20) : 0;

    return c == letters[0] ? 1 : c == letters[1] ? -1 : 0;
}

/* "60 9 0.000 N": degrees up to `max`, then minutes and seconds if they are written. */
static enum result parse_angle(struct field_in *in, uint32_t max, const char *letters)
{
    uint32_t angle = 0, v;
    enum result r;
    int sign = 0;

    for (unsigned part = 0; part < 4; part++) {
        const struct rdata_token *tok = in_peek(in);

        if (tok == NULL)
            return RES_UNEXPECTEDEND;
        if (part > 0 && (sign = direction_of(tok, letters)) != 0)
            break;
        if (part == 3)
            return RES_SYNTAX;
        if (part == 2)
            r = seconds_of(tok, &v);
        else
            r = token_number(tok, part == 0 ? max : 59, &v);
        if (r != RES_OK)
            return r;
        angle += v * (part == 0 ? MS_PER_DEGREE : part == 1 ? MS_PER_MINUTE : 1u);
        if (angle > max * MS_PER_DEGREE)
            return RES_RANGE;
        in->at++;
    }
    in->at++;
    writer_u32(&in->w, sign > 0 ? 0x80000000u + angle : 0x80000000u - angle);
    return RES_OK;
}

/* Metres with up to two decimals and perhaps an "m", as centimetres. */
static enum result centimetres_of(const struct rdata_token *tok, bool *negative, uint64_t *out)
{
    const char *s = tok->text, *end = s + tok->len;
    enum result r;

    *negative = tok->len > 0 && *s == '-';
    s += *negative;
    if ((r = take_decimal(&s, end, 2, out)) != RES_OK)
        return r;
    if (s < end && (*s | 0x20) == 'm')
        s++;
    return s == end ? RES_OK : RES_SYNTAX;
}

static enum result parse_altitude(struct field_in *in)
{
    const struct rdata_token *tok;
    uint64_t cm = 0;
    bool negative = false;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = centimetres_of(tok, &negative, &cm);
    if (r == RES_OK && cm > (negative ? ALTITUDE_BASE_CM : UINT32_MAX - ALTITUDE_BASE_CM))
        r = RES_RANGE;
    if (r == RES_OK)
        writer_u32(&in->w, (uint32_t)(negative ? ALTITUDE_BASE_CM - cm : ALTITUDE_BASE_CM + cm));
    return in_done(in, r);
}

/* A length as a digit and a power of ten, in centimetres (RFC 1876 §2). */
static uint8_t encode_length(uint64_t cm)
{
    unsigned exponent = 0;

    while (cm >= 10) {
        cm /= 10;
        exponent++;
    }
    return (uint8_t)(cm << 4 | exponent);
}

static enum result parse_length(struct field_in *in, uint8_t *out)
{
    const struct rdata_token *tok;
    uint64_t cm = 0;
    bool negative = false;
    enum result r;

    if (in->at >= in->ntok)
        return RES_OK;
    r = in_word(in, &tok);
    if (r == RES_OK)
        r = centimetres_of(tok, &negative, &cm);
    if (r == RES_OK && (negative || cm > 9000000000))
        r = RES_RANGE;
    if (r == RES_OK)
        *out = encode_length(cm);
    return in_done(in, r);
}

static enum result parse_loc(struct field_in *in)
{
    uint8_t *head = writer_take(&in->w, 4);
    enum result r;

    if (head == NULL)
        return RES_NOSPACE;
    memcpy(head, "\x00\x12\x16\x13", 4);    /* version, 1 m, 10 km, 10 m */
    if ((r = parse_angle(in, 90, "NS")) != RES_OK || (r = parse_angle(in, 180, "EW")) != RES_OK ||
        (r = parse_altitude(in)) != RES_OK)
        return r;
    for (unsigned i = 1; i < 4; i++)
        if ((r = parse_length(in, &head[i])) != RES_OK)
            return r;
    return RES_OK;
}

/* --- text out --- */

static void print_angle(struct field_out *out, uint32_t wire, const char *letters)
{
    uint32_t v = wire >= 0x80000000u ? wire - 0x80000000u : 0x80000000u - wire;
    char text[40];

    snprintf(text, sizeof text, "%u %u %u.%03u %c", v / MS_PER_DEGREE,
             v / MS_PER_MINUTE % 60, v / 1000 % 60, v % 1000,
             letters[wire >= 0x80000000u ? 0 : 1]);
    out_word(out, text);
}

static void print_altitude(struct field_out *out, uint32_t wire)
{
    bool below = wire < ALTITUDE_BASE_CM;
    uint32_t cm = below ? ALTITUDE_BASE_CM - wire : wire - ALTITUDE_BASE_CM;
    char text[20];

    snprintf(text, sizeof text, "%s%u.%02um", below ? "-" : "", cm / 100, cm % 100);
    out_word(out, text);
}

static void print_length(struct field_out *out, uint8_t v)
{
    unsigned digit = v >> 4, exponent = v & 15;
    char text[20];

    if (exponent > 1)
        snprintf(text, sizeof text, "%um", digit * powers_of_ten[exponent - 2]);
    else
        snprintf(text, sizeof text, "0.%02um", digit * powers_of_ten[exponent]);
    out_word(out, text);
}

static void print_loc(struct field_out *out, const uint8_t *p, size_t len)
{
    if (len != LOC_LEN || p[0] != 0) {
        out->opaque = true;
        return;
    }
    print_angle(out, get_u32(p + 4), "NS");
    print_angle(out, get_u32(p + 8), "EW");
    print_altitude(out, get_u32(p + 12));
    for (unsigned i = 1; i < 4; i++)
        print_length(out, p[i]);
}

/* --- wire --- */

static bool good_length(uint8_t v)
{
    return v == 0 || (v >> 4 > 0 && v >> 4 <= 9 && (v & 15) <= 9);
}

static bool good_angle(uint32_t wire, uint32_t max)
{
    uint32_t v = wire >= 0x80000000u ? wire - 0x80000000u : 0x80000000u - wire;

    return v <= max * MS_PER_DEGREE;
}

/* Of a version that is not 0 nothing is known. */
static enum result scan_loc(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    if (left > 0 && p[0] != 0) {
        *len = left;
        return RES_OK;
    }
    *len = LOC_LEN;
    if (left < LOC_LEN)
        return RES_UNEXPECTEDEND;
    if (!good_length(p[1]) || !good_length(p[2]) || !good_length(p[3]) ||
        !good_angle(get_u32(p + 4), 90) || !good_angle(get_u32(p + 8), 180))
        return RES_RANGE;
    return RES_OK;
}

const struct field field_loc = {parse_loc, print_loc, scan_loc};
