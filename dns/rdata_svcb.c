/* The parameters of SVCB and HTTPS (RFC 9460 §2): key, length, value, in order of keys. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "dns/rdata_field.h"

enum { KEY_MANDATORY = 0, KEY_ALPN = 1, KEY_NO_DEFAULT_ALPN = 2, KEY_NONE = -1 };

/* How the value of a known key is written, read and checked. */
struct svc_key {
    const char *name;
    /* Text without quotes and escapes to wire. */
    enum result (*parse)(struct writer *w, const uint8_t *text, size_t len);
    void (*print)(struct field_out *out, const uint8_t *p, size_t len);
    bool (*good)(const uint8_t *p, size_t len);
    bool may_be_empty;
};

static const struct svc_key *svc_key(unsigned number);
static int svc_key_number(const char *text, size_t len, enum result *r);

/* --- values --- */

/* The next item of a list with commas; steps over it. */
static bool next_item(const uint8_t **at, const uint8_t *end, const char **item, size_t *len)
{
    const uint8_t *comma;

    if (*at > end)
        return false;
    comma = memchr(*at, ',', (size_t)(end - *at));
    if (comma == NULL)
        comma = end;
    *item = (const char *)*at;
    *len = (size_t)(comma - *at);
    *at = comma + 1;
    return true;
}

static enum result insert_key(uint8_t *keys, size_t n, uint16_t key)
{
    size_t at = n;

    for (; at > 0 && get_u16(keys + 2 * (at - 1)) >= key; at--)
        if (get_u16(keys + 2 * (at - 1)) == key)
            return RES_SYNTAX;
    memmove(keys + 2 * (at + 1), keys + 2 * at, 2 * (n - at));
    put_u16(keys + 2 * at, key);
    return RES_OK;
}

static enum result parse_mandatory(struct writer *w, const uint8_t *text, size_t len)
{
    const uint8_t *at = text, *end = text + len;
    uint8_t *keys = w->at;
    const char *item;
    size_t n, count = 0;
    enum result r;
    int key;

    while (next_item(&at, end, &item, &n)) {
        if ((key = svc_key_number(item, n, &r)) < 0)
            return r;
        if (writer_take(w, 2) == NULL)
            return RES_NOSPACE;
        if ((r = insert_key(keys, count++, (uint16_t)key)) != RES_OK)
            return r;
    }
    return RES_OK;
}

static void print_key_name(struct field_out *out, unsigned key)
{
    char text[12];

    if (svc_key(key) != NULL && svc_key(key)->print != NULL) {
        out_str(out, svc_key(key)->name);
        return;
    }
    snprintf(text, sizeof text, "key%u", key);
    out_str(out, text);
}

static void print_mandatory(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i += 2) {
        if (i > 0)
            out_str(out, ",");
        print_key_name(out, get_u16(p + i));
    }
}

static bool good_mandatory(const uint8_t *p, size_t len)
{
    for (size_t i = 2; i + 2 <= len; i += 2)
        if (get_u16(p + i) <= get_u16(p + i - 2))
            return false;
    return len > 0 && len % 2 == 0;
}

/* Identifiers parted by commas; a backslash takes the next byte as it is. */
static enum result parse_alpn(struct writer *w, const uint8_t *text, size_t len)
{
    size_t i = 0;

    do {
        uint8_t *length = writer_take(w, 1);
        size_t n = 0;

        for (; i < len && text[i] != ','; i++, n++) {
            if (text[i] == '\\' && ++i == len)
                return RES_SYNTAX;
            writer_u8(w, text[i]);
        }
        if (n == 0 || n > 255)
            return RES_SYNTAX;
        if (!w->ok)
            return RES_NOSPACE;
        *length = (uint8_t)n;
    } while (i++ < len);
    return RES_OK;
}

static void print_alpn(struct field_out *out, const uint8_t *p, size_t len)
{
    out_str(out, "\"");
    for (size_t at = 0; at < len; at += 1u + p[at]) {
        if (at > 0)
            out_str(out, ",");
        for (unsigned i = 1; i <= p[at]; i++) {
            if (p[at + i] == ',' || p[at + i] == '\\')
                out_str(out, "\\\\");
            out_quoted_bytes(out, p + at + i, 1);
        }
    }
    out_str(out, "\"");
}

static bool good_alpn(const uint8_t *p, size_t len)
{
    size_t at = 0;

    while (at < len && p[at] > 0)
        at += 1u + p[at];
    return len > 0 && at == len;
}

static enum result parse_nothing(struct writer *w, const uint8_t *text, size_t len)
{
    (void)w;
    (void)text;
    return len == 0 ? RES_OK : RES_SYNTAX;
}

static void print_nothing(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)out;
    (void)p;
    (void)len;
}

static bool good_nothing(const uint8_t *p, size_t len)
{
    (void)p;
    return len == 0;
}

static enum result parse_port(struct writer *w, const uint8_t *text, size_t len)
{
    struct rdata_token tok = {(const char *)text, (uint32_t)len, false};
    uint32_t port;
    enum result r = token_number(&tok, 65535, &port);

    if (r != RES_OK)
        return r == RES_BADNUMBER ? RES_SYNTAX : r;
    writer_u16(w, (uint16_t)port);
    return RES_OK;
}

static void print_port(struct field_out *out, const uint8_t *p, size_t len)
{
    (void)len;
    out_number(out, get_u16(p));
}

static bool good_port(const uint8_t *p, size_t len)
{
    (void)p;
    return len == 2;
}

/* Addresses parted by commas. */
static enum result parse_hints(struct writer *w, const uint8_t *text, size_t len, size_t size,
                               bool (*from_text)(const char *, size_t, uint8_t *))
{
    const uint8_t *at = text, *end = text + len;
    const char *item;
    size_t n;

    while (next_item(&at, end, &item, &n)) {
        uint8_t *p = writer_take(w, size);

        if (p == NULL)
            return RES_NOSPACE;
        if (!from_text(item, n, p))
            return RES_SYNTAX;
    }
    return RES_OK;
}

static void print_hints(struct field_out *out, const uint8_t *p, size_t len, size_t size)
{
    char text[INET6_ADDRSTRLEN];

    for (size_t i = 0; i < len; i += size) {
        if (i > 0)
            out_str(out, ",");
        out_str(out, inet_ntop(size == 4 ? AF_INET : AF_INET6, p + i, text, sizeof text));
    }
}

static enum result parse_ipv4hint(struct writer *w, const uint8_t *text, size_t len)
{
    return parse_hints(w, text, len, 4, ipv4_from_text);
}

static void print_ipv4hint(struct field_out *out, const uint8_t *p, size_t len)
{
    print_hints(out, p, len, 4);
}

static bool good_ipv4hint(const uint8_t *p, size_t len)
{
    (void)p;
    return len > 0 && len % 4 == 0;
}

static enum result parse_ipv6hint(struct writer *w, const uint8_t *text, size_t len)
{
    return parse_hints(w, text, len, 16, ipv6_from_text);
}

static void print_ipv6hint(struct field_out *out, const uint8_t *p, size_t len)
{
    print_hints(out, p, len, 16);
}

static bool good_ipv6hint(const uint8_t *p, size_t len)
{
    (void)p;
    return len > 0 && len % 16 == 0;
}

static enum result parse_ech(struct writer *w, const uint8_t *text, size_t len)
{
    size_t n;
    enum result r = base64_decode((const char *)text, len, w->at, writer_room(w), &n);

    if (r == RES_OK)
        writer_take(w, n);
    return r;
}

static void print_ech(struct field_out *out, const uint8_t *p, size_t len)
{
    out_base64_word(out, p, len);
}

static enum result parse_raw(struct writer *w, const uint8_t *text, size_t len)
{
    writer_bytes(w, text, len);
    return w->ok ? RES_OK : RES_NOSPACE;
}

static void print_raw(struct field_out *out, const uint8_t *p, size_t len)
{
    out_str(out, "\"");
    out_quoted_bytes(out, p, len);
    out_str(out, "\"");
}

static bool is_utf8(const uint8_t *p, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = utf8_sequence(p + i, len - i);
        if (n == 0 || (p[i] == 0xed && p[i + 1] >= 0xa0))   /* none, or a surrogate */
            return false;
    }
    return true;
}

/* Does a template's expression (RFC 6570 §2.2), without its braces, have the variable
 * "dns"? */
static bool has_dns_variable(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    const char *item;
    size_t n;

    if (len > 0 && memchr("+#./;?&", *p, 7) != NULL)
        p++;
    while (next_item(&p, end, &item, &n))
        if (n >= 3 && memcmp(item, "dns", 3) == 0 && (n == 3 || item[3] == ':' || item[3] == '*'))
            return true;
    return false;
}

/* A path that is a template with a variable "dns" (RFC 9461 §5). */
static bool good_dohpath(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len, *open, *close;
    bool found = false;

    if (len == 0 || *p != '/' || !is_utf8(p, len))
        return false;
    for (; (open = memchr(p, '{', (size_t)(end - p))) != NULL; p = close + 1) {
        if ((close = memchr(open, '}', (size_t)(end - open))) == NULL)
            return false;
        found |= has_dns_variable(open + 1, (size_t)(close - open - 1));
    }
    return found;
}

/* --- keys --- */

/* Indexed by number.  dohpath has a name to read it by, but is written as key7, as BIND
 * does it. */
static const struct svc_key svc_keys[] = {
    {"mandatory", parse_mandatory, print_mandatory, good_mandatory, false},
    {"alpn", parse_alpn, print_alpn, good_alpn, false},
    {"no-default-alpn", parse_nothing, print_nothing, good_nothing, true},
    {"port", parse_port, print_port, good_port, false},
    {"ipv4hint", parse_ipv4hint, print_ipv4hint, good_ipv4hint, false},
    {"ech", parse_ech, print_ech, NULL, true},
    {"ipv6hint", parse_ipv6hint, print_ipv6hint, good_ipv6hint, false},
    {"dohpath", parse_raw, NULL, good_dohpath, true},
};
enum { SVC_KEYS = sizeof svc_keys / sizeof *svc_keys };

static const struct svc_key *svc_key(unsigned number)
{
    return number < SVC_KEYS ? &svc_keys[number] : NULL;
}

/* The key that a name stands for (any case), or "keyN"; -1 and *r when it is none. */
static int svc_key_number(const char *text, size_t len, enum result *r)
{
    struct rdata_token digits;
    uint32_t v;

    for (int i = 0; i < SVC_KEYS; i++)
        if (strncasecmp(svc_keys[i].name, text, len) == 0 && svc_keys[i].name[len] == '\0')
            return i;
    *r = RES_SYNTAX;
    if (len < 4 || len > 8 || strncasecmp(text, "key", 3) != 0 || (text[3] == '0' && len > 4))
        return KEY_NONE;
    digits = (struct rdata_token){text + 3, (uint32_t)len - 3, false};
    *r = token_number(&digits, 65535, &v);
    if (*r == RES_BADNUMBER)
        *r = RES_SYNTAX;
    return *r == RES_OK ? (int)v : KEY_NONE;
}

/* --- the parameters --- */

static bool svc_good(unsigned key, const uint8_t *p, size_t len)
{
    return svc_key(key) == NULL || svc_key(key)->good == NULL || svc_key(key)->good(p, len);
}

/* The value of a key among good parameters, or NULL. */
static const uint8_t *svc_find(const uint8_t *params, size_t params_len, unsigned key, size_t *len)
{
    for (size_t at = 0; at < params_len; at += 4u + get_u16(params + at + 2)) {
        *len = get_u16(params + at + 2);
        if (get_u16(params + at) == key)
            return params + at + 4;
    }
    return NULL;
}

/* Are the mandatory keys there, and not this list itself (RFC 9460 §8)?  Both ascend, so one
 * walk finds all, in a message of 64 KB too. */
static bool svc_has_all(const uint8_t *params, size_t params_len, const uint8_t *keys, size_t len)
{
    size_t at = 0;

    for (size_t i = 0; i < len; i += 2) {
        unsigned key = get_u16(keys + i);

        while (at < params_len && get_u16(params + at) < key)
            at += 4u + get_u16(params + at + 2);
        if (key == KEY_MANDATORY || at >= params_len || get_u16(params + at) != key)
            return false;
    }
    return true;
}

/* What holds among parameters: those that are mandatory are there, and who has no
 * default has an alpn (RFC 9460 §7.1.1, §8). */
static bool svc_consistent(const uint8_t *params, size_t params_len)
{
    size_t len, n;
    const uint8_t *keys = svc_find(params, params_len, KEY_MANDATORY, &len);

    if (keys != NULL && !svc_has_all(params, params_len, keys, len))
        return false;
    return svc_find(params, params_len, KEY_NO_DEFAULT_ALPN, &n) == NULL ||
           svc_find(params, params_len, KEY_ALPN, &n) != NULL;
}

/* A parameter's text: the key's length, whether there is a '=', and where the value is,
 * in the same token or in quotes right behind it. */
struct svc_text {
    const struct rdata_token *key;
    size_t key_len;
    struct rdata_token value;
    bool has_value;
    unsigned tokens;
};

static struct svc_text svc_split(const struct field_in *in)
{
    const struct rdata_token *tok = &in->tok[in->at];
    const char *eq = memchr(tok->text, '=', tok->len);
    struct svc_text t = {tok, eq ? (size_t)(eq - tok->text) : tok->len, {NULL, 0, false}, eq, 1};

    if (eq != NULL)
        t.value = (struct rdata_token){eq + 1, tok->len - (uint32_t)t.key_len - 1, false};
    if (eq != NULL && t.value.len == 0 && in->at + 1 < in->ntok && tok[1].quoted &&
        tok[1].text == tok->text + tok->len + 1) {
        t.value = tok[1];
        t.tokens = 2;
    }
    return t;
}

static enum result parse_value(struct field_in *in, const struct svc_text *t, unsigned key)
{
    static const struct svc_key any = {.parse = parse_raw, .may_be_empty = true};
    uint8_t raw[RDATA_MAX_LEN];
    struct field_in text = {.w = writer_of(raw, sizeof raw)};
    const struct svc_key *k = svc_key(key);
    size_t len;
    enum result r;

    /* a key that is not called by its very name has a value in wire form */
    if (k == NULL || memcmp(k->name, t->key->text, t->key_len) != 0)
        k = &any;
    if ((r = in_text_bytes(&text, &t->value, sizeof raw)) != RES_OK)
        return r;
    len = writer_len(&text.w);
    if (len == 0 && !k->may_be_empty)
        return RES_SYNTAX;
    return k->parse(&in->w, raw, len);
}

static void reverse_bytes(uint8_t *p, uint8_t *end)
{
    while (p < end) {
        uint8_t c = *p;
        *p++ = *--end;
        *end = c;
    }
}

/* Moves the last parameter, which begins at `last`, to its place in the order of keys. */
static enum result svc_insert(uint8_t *params, uint8_t *last, uint8_t *end)
{
    unsigned key = get_u16(last);
    uint8_t *at = params;

    while (at < last && get_u16(at) < key)
        at += 4u + get_u16(at + 2);
    if (at == last)
        return RES_OK;
    if (get_u16(at) == key)
        return RES_DUPLICATE;
    reverse_bytes(at, last);
    reverse_bytes(last, end);
    reverse_bytes(at, end);
    return RES_OK;
}

static enum result parse_param(struct field_in *in, uint8_t *params)
{
    struct svc_text t = svc_split(in);
    uint8_t *start = in->w.at;
    enum result r;
    int key = svc_key_number(t.key->text, t.key_len, &r);

    if (key < 0)
        return r;
    writer_u32(&in->w, 0);
    if ((r = parse_value(in, &t, (unsigned)key)) != RES_OK)
        return r;
    if (!in->w.ok)
        return RES_NOSPACE;
    put_u16(start, (uint16_t)key);
    put_u16(start + 2, (uint16_t)(in->w.at - start - 4));
    if (!svc_good((unsigned)key, start + 4, (size_t)(in->w.at - start - 4)))
        return RES_FORMERR;
    in->at += t.tokens;
    return svc_insert(params, start, in->w.at);
}

static enum result parse_svc_params(struct field_in *in)
{
    uint8_t *params = in->w.at;
    const struct rdata_token *tok;
    enum result r;

    while (in->at < in->ntok) {
        if ((r = in_word(in, &tok)) != RES_OK || (r = parse_param(in, params)) != RES_OK) {
            if (r == RES_DUPLICATE)
                in->at = in->ntok;
            return r;
        }
    }
    return svc_consistent(params, (size_t)(in->w.at - params)) ? RES_OK : RES_DISALLOWED;
}

static void print_svc_params(struct field_out *out, const uint8_t *p, size_t len)
{
    for (size_t at = 0, n; at < len; at += 4 + n) {
        unsigned key = get_u16(p + at);
        const struct svc_key *k = svc_key(key);

        n = get_u16(p + at + 2);
        out_space(out);
        print_key_name(out, key);
        if (n > 0)
            out_str(out, "=");
        if (n > 0)
            (k != NULL && k->print != NULL ? k->print : print_raw)(out, p + at + 4, n);
    }
}

static enum result scan_svc_params(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    int last = -1;

    (void)rdata;
    *len = left;
    for (size_t at = 0, n; at < left; at += 4 + n) {
        if (left - at < 4)
            return RES_UNEXPECTEDEND;
        n = get_u16(p + at + 2);
        if (left - at - 4 < n)
            return RES_UNEXPECTEDEND;
        if (get_u16(p + at) <= last || !svc_good(get_u16(p + at), p + at + 4, n))
            return RES_FORMERR;
        last = get_u16(p + at);
    }
    return svc_consistent(p, left) ? RES_OK : RES_FORMERR;
}

const struct field field_svc_params = {parse_svc_params, print_svc_params, scan_svc_params};
