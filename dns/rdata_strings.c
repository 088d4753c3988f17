/* Fields of text with rules of their own: X25, ISDN, NAPTR, CAA, URI, DOA. */
#include <string.h>

#include "dns/rdata_field.h"

/* --- a string that may be missing at the end --- */

static enum result parse_string_opt(struct field_in *in)
{
    return in->at < in->ntok ? field_string.parse(in) : RES_OK;
}

static void print_string_opt(struct field_out *out, const uint8_t *p, size_t len)
{
    if (len > 0)
        field_string.print(out, p, len);
}

static enum result scan_string_opt(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    *len = 0;
    return left > 0 ? scan_string(rdata, p, left, len) : RES_OK;
}

const struct field field_string_opt = {parse_string_opt, print_string_opt, scan_string_opt};

/* --- X25: a number of four digits or more (RFC 1183 §3.1) --- */

static bool all_digits(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    return true;
}

static enum result parse_x25(struct field_in *in)
{
    const struct rdata_token *tok = in_peek(in);

    if (tok == NULL)
        return RES_UNEXPECTEDEND;
    if (!all_digits((const uint8_t *)tok->text, tok->len))
        return RES_RANGE;
    if (tok->len < 4)
        return RES_SYNTAX;
    return field_string.parse(in);
}

static enum result scan_x25(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    enum result r = scan_string(rdata, p, left, len);

    if (r != RES_OK)
        return r;
    return *len >= 5 && *len == left && all_digits(p + 1, *len - 1) ? RES_OK : RES_FORMERR;
}

static void print_x25(struct field_out *out, const uint8_t *p, size_t len)
{
    field_string.print(out, p, len);
}

const struct field field_x25 = {parse_x25, print_x25, scan_x25};

/* --- NAPTR's substitution "!regexp!replacement!flags" (RFC 3402 §3.2) --- */

struct ere {
    const uint8_t *at, *end;
    unsigned groups, depth;
    bool operand;       /* something stands here that may be repeated */
    bool wanted;        /* a branch has begun that may not be empty */
};

static bool is_class_name(const uint8_t *p, size_t len)
{
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                        "lower", "print", "punct", "space", "upper", "xdigit"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == len && memcmp(names[i], p, len) == 0)
            return true;
    return false;
}

/* "[:alpha:]", "[.x.]", "[=x=]" within brackets, at the inner "[": steps past it. */
static bool ere_class(struct ere *e)
{
    const uint8_t *start = e->at + 2, *p = start;
    uint8_t kind = e->at[1];

    for (; p + 1 < e->end; p++)
        if (p[0] == kind && p[1] == ']') {
            e->at = p + 2;
            return kind != ':' || is_class_name(start, (size_t)(p - start));
        }
    return false;
}

/* A character, or a range of which the end may not be before the start: steps past it. */
static bool ere_range(struct ere *e)
{
    uint8_t first = *e->at++;

    if (e->end - e->at < 2 || e->at[0] != '-' || e->at[1] == ']')
        return true;
    if (e->at[1] < first)
        return false;
    e->at += 2;
    return e->end - e->at < 2 || e->at[0] != '-' || e->at[1] == ']';
}

/* "[abc]", "[^]a-z[:digit:]]": steps past it. */
static bool ere_bracket(struct ere *e)
{
    const uint8_t *first;

    if (e->at < e->end && *e->at == '^')
        e->at++;
    first = e->at;
    while (e->at < e->end) {
        if (*e->at == ']' && e->at > first) {
            e->at++;
            return true;
        }
        if (*e->at == '[' && e->end - e->at > 1 && memchr(":.=", e->at[1], 3) != NULL) {
            if (!ere_class(e))
                return false;
        } else if (!ere_range(e)) {
            return false;
        }
    }
    return false;
}

/* "{2}", "{2,}", "{2,5}" behind the "{": steps past it; each number up to 255. */
static bool ere_bound(struct ere *e)
{
    unsigned low = 0, high = 0;
    bool comma = false, digits = false;

    for (; e->at < e->end && *e->at != '}'; e->at++) {
        uint8_t c = *e->at;

        if (c == ',' && !comma) {
            comma = true;
            digits = false;
            low = high;
            high = 0;
            continue;
        }
        if (c < '0' || c > '9' || (high = high * 10 + c - '0') > 255)
            return false;
        digits = true;
    }
    if (e->at >= e->end || (comma && digits && high < low))
        return false;
    e->at++;
    return true;
}

/* A brace that no number follows is a character like others. */
static bool ere_repeat(struct ere *e, uint8_t c)
{
    bool bound = c == '{';

    if (bound && (e->at >= e->end || *e->at < '0' || *e->at > '9')) {
        e->operand = true;
        return true;
    }
    if (!e->operand || (bound && !ere_bound(e)))
        return false;
    e->operand = false;
    return true;
}

/* What follows a backslash: a group that there is, or any character. */
static bool ere_escape(struct ere *e)
{
    if (e->at >= e->end || (*e->at > '0' && *e->at <= '9' && *e->at - '0' > (int)e->groups))
        return false;
    e->at++;
    e->operand = true;
    return true;
}

/* A parenthesis that closes nothing is a character like others. */
static bool ere_close(struct ere *e, bool wanted)
{
    e->operand = true;
    e->depth -= e->depth > 0;
    return !wanted;
}

static bool ere_step(struct ere *e)
{
    bool wanted = e->wanted;
    uint8_t c = *e->at++;

    e->wanted = c == '|';
    e->operand = e->operand && strchr("*+?{", c) != NULL;
    switch (c) {
    case '\\':
        return ere_escape(e);
    case '(':
        e->depth++;
        e->groups++;
        return e->at >= e->end || *e->at != '|';
    case ')':
        return ere_close(e, wanted);
    case '|':
        return !wanted && e->at < e->end;
    case '[':
        e->operand = true;
        return ere_bracket(e);
    case '*':
    case '+':
    case '?':
    case '{':
        return ere_repeat(e, c);
    case '^':
    case '$':
        return true;
    default:
        e->operand = c != 0;
        return c != 0;
    }
}

/* The groups of an extended regular expression (POSIX), or -1 when it is none. */
static int ere_groups(const uint8_t *p, size_t len)
{
    struct ere e = {p, p + len, 0, 0, false, true};     /* "|" may not come first */

    if (len == 0)
        return -1;
    while (e.at < e.end)
        if (!ere_step(&e))
            return -1;
    return e.depth == 0 ? (int)e.groups : -1;
}

/* The next delimiter that is not escaped, or NULL. */
static const uint8_t *next_delimiter(const uint8_t *p, const uint8_t *end, uint8_t delimiter)
{
    for (; p < end; p++) {
        if (*p == delimiter)
            return p;
        if (*p == '\\')
            p++;
    }
    return NULL;
}

static bool good_replacement(const uint8_t *p, const uint8_t *end, int groups)
{
    for (; p < end; p++) {
        if (*p == 0)
            return false;
        if (*p == '\\' && ++p < end && *p >= '0' && *p <= '9' && (*p == '0' || *p - '0' > groups))
            return false;
    }
    return true;
}

static bool good_substitution(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len, *second, *third;
    int groups;

    if (len == 0)
        return true;
    if ((*p >= '0' && *p <= '9') || *p == '\\' || *p == 'i' || *p == 0)
        return false;
    if ((second = next_delimiter(p + 1, end, *p)) == NULL ||
        (third = next_delimiter(second + 1, end, *p)) == NULL)
        return false;
    if ((groups = ere_groups(p + 1, (size_t)(second - p - 1))) < 0 ||
        !good_replacement(second + 1, third, groups))
        return false;
    while (++third < end)
        if (*third != 'i')
            return false;
    return true;
}

static enum result parse_naptr_regexp(struct field_in *in)
{
    const uint8_t *start = in->w.at;
    enum result r = field_string.parse(in);

    if (r != RES_OK || good_substitution(start + 1, *start))
        return r;
    in->at--;
    return RES_SYNTAX;
}

static void print_naptr_regexp(struct field_out *out, const uint8_t *p, size_t len)
{
    field_string.print(out, p, len);
}

static enum result scan_naptr_regexp(const uint8_t *rdata, const uint8_t *p, size_t left,
                                     size_t *len)
{
    enum result r = scan_string(rdata, p, left, len);

    return r == RES_OK && !good_substitution(p + 1, *p) ? RES_SYNTAX : r;
}

const struct field field_naptr_regexp = {parse_naptr_regexp, print_naptr_regexp,
                                         scan_naptr_regexp};

/* --- CAA: a tag of letters and digits, and its value (RFC 8659 §4.1) --- */

static bool all_alphanumeric(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z')))
            return false;
    return len > 0;
}

static enum result parse_caa_tag(struct field_in *in)
{
    const struct rdata_token *tok;
    enum result r = in_word(in, &tok);

    if (r != RES_OK)
        return r;
    if (tok->len > 255) {
        in->at++;
        return RES_RANGE;
    }
    if (!all_alphanumeric((const uint8_t *)tok->text, tok->len))
        return RES_SYNTAX;
    return field_string.parse(in);
}

static void print_caa_tag(struct field_out *out, const uint8_t *p, size_t len)
{
    out_space(out);
    out_text(out, (const char *)p + 1, len - 1);
}

static enum result scan_caa_tag(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    *len = left == 0 ? 0 : 1u + *p;
    return left == 0 || left < *len || !all_alphanumeric(p + 1, *p) ? RES_FORMERR : RES_OK;
}

const struct field field_caa_tag = {parse_caa_tag, print_caa_tag, scan_caa_tag};

/* The rest of the RDATA as one string; a bad one is behind us when BIND finds out. */
static enum result parse_caa_value(struct field_in *in)
{
    const struct rdata_token *tok = in_peek(in);

    if (tok == NULL)
        return RES_UNEXPECTEDEND;
    in->at++;
    return in_text_bytes(in, tok, RDATA_MAX_LEN);
}

static void print_long_string(struct field_out *out, const uint8_t *p, size_t len)
{
    out_quoted(out, p, len);
}

const struct field field_caa_value = {parse_caa_value, print_long_string, scan_rest_opt};

/* --- URI: the target, in quotes always (RFC 7553 §4.4) --- */

static enum result parse_uri(struct field_in *in)
{
    const struct rdata_token *tok = in_peek(in);

    if (tok == NULL)
        return RES_UNEXPECTEDEND;
    return in_done(in, tok->quoted ? in_text_bytes(in, tok, RDATA_MAX_LEN) : RES_SYNTAX);
}

const struct field field_uri = {parse_uri, print_long_string, scan_rest_opt};

/* --- DOA: base64, or "-" for nothing --- */

static enum result parse_doa_data(struct field_in *in)
{
    const struct rdata_token *tok = in_peek(in);

    if (tok != NULL && !tok->quoted && tok->len == 1 && tok->text[0] == '-') {
        in->at++;
        return RES_OK;
    }
    return in_base64_rest(in);
}

static void print_doa_data(struct field_out *out, const uint8_t *p, size_t len)
{
    out_word(out, len == 0 ? "-" : "");
    out_base64_word(out, p, len);
}

const struct field field_doa_data = {parse_doa_data, print_doa_data, scan_rest_opt};
