#include "dns/name.h"

#include <endian.h>
#include <string.h>

#include "base/codec.h"

size_t name_length(const uint8_t *name)
{
    const uint8_t *p = name;

    while (*p)
        p += 1 + *p;
    return (size_t)(p - name) + 1;
}

unsigned name_count_labels(const uint8_t *name)
{
    unsigned n = 0;

    for (; *name; name += 1 + *name)
        n++;
    return n;
}

unsigned name_label_offsets(const uint8_t *name, uint8_t offsets[NAME_MAX_LABELS])
{
    const uint8_t *p = name;
    unsigned n = 0;

    for (; *p; p += 1 + *p)
        offsets[n++] = (uint8_t)(p - name);
    offsets[n++] = (uint8_t)(p - name);
    return n;
}

static enum result append_origin(struct name *out, size_t used, const uint8_t *origin)
{
    size_t n;

    if (origin == NULL)
        return RES_MUSTBEABSOLUTE;
    n = name_length(origin);
    if (used + n > NAME_MAX_LEN)
        return RES_NAMETOOLONG;
    memcpy(out->wire + used, origin, n);
    out->len = (uint8_t)(used + n);
    return RES_OK;
}

enum result name_from_text(struct name *out, const char *text, size_t len, const uint8_t *origin)
{
    size_t at = 0, label = 0, used = 1;     /* label: where its length byte stands */

    if (len == 0)
        return RES_UNEXPECTEDEND;
    if (len == 1 && text[0] == '@' && origin != NULL)
        return append_origin(out, 0, origin);
    if (len == 1 && text[0] == '.') {
        out->len = 1;
        out->wire[0] = 0;
        return RES_OK;
    }
    while (at < len) {
        enum result r;
        uint8_t c;

        if (text[at] == '.') {
            if (used - label == 1)
                return RES_EMPTYLABEL;
            out->wire[label] = (uint8_t)(used - label - 1);
            label = used++;
            if (label >= NAME_MAX_LEN)
                return RES_NAMETOOLONG;
            at++;
            continue;
        }
        if ((r = escaped_byte(text, len, &at, &c)) != RES_OK)
            return r;
        if (used - label > LABEL_MAX_LEN)
            return RES_LABELTOOLONG;
        if (used >= NAME_MAX_LEN)
            return RES_NAMETOOLONG;
        out->wire[used++] = c;
    }
    if (used - label == 1) {    /* the text ended in a dot */
        out->wire[label] = 0;
        out->len = (uint8_t)used;
        return RES_OK;
    }
    out->wire[label] = (uint8_t)(used - label - 1);
    return append_origin(out, used, origin);
}

static char *label_to_text(const uint8_t *label, char *t)
{
    for (unsigned i = 1; i <= *label; i++) {
        uint8_t c = label[i];

        if (c <= 0x20 || c >= 0x7f) {
            *t++ = '\\';
            *t++ = (char)('0' + c / 100);
            *t++ = (char)('0' + c / 10 % 10);
            *t++ = (char)('0' + c % 10);
            continue;
        }
        if (c == '"' || c == '(' || c == ')' || c == '.' || c == ';' || c == '\\' || c == '@' ||
            c == '$')
            *t++ = '\\';
        *t++ = (char)c;
    }
    return t;
}

size_t name_to_text(const uint8_t *name, char out[NAME_TEXT_MAX], int final_dot)
{
    char *t = out;

    if (*name == 0) {
        memcpy(out, ".", 2);
        return 1;
    }
    for (; *name; name += 1 + *name) {
        t = label_to_text(name, t);
        *t++ = '.';
    }
    if (!final_dot)
        t--;
    *t = '\0';
    return (size_t)(t - out);
}

size_t name_labels_to_text(const uint8_t *labels, size_t rel_len, char out[NAME_TEXT_MAX])
{
    const uint8_t *end = labels + rel_len;
    char *t = out;

    if (rel_len == 0) {
        memcpy(out, "@", 2);
        return 1;
    }
    for (; labels < end; labels += 1 + *labels) {
        t = label_to_text(labels, t);
        *t++ = '.';
    }
    *--t = '\0';
    return (size_t)(t - out);
}

enum result name_from_message(struct name *out, const uint8_t *msg, size_t msg_len, size_t *at)
{
    size_t pos = *at, lowest = *at, used = 0;
    unsigned jumps = 0;

    for (;;) {
        uint8_t c;

        if (pos >= msg_len)
            return RES_UNEXPECTEDEND;
        c = msg[pos];
        if (c >= 0xc0) {
            size_t target;

            if (pos + 1 >= msg_len)
                return RES_UNEXPECTEDEND;
            target = (size_t)(c & 0x3f) << 8 | msg[pos + 1];
            if (jumps++ == 0)
                *at = pos + 2;
            if (target >= lowest || jumps > NAME_MAX_LABELS)
                return RES_BADPOINTER;
            pos = lowest = target;
            continue;
        }
        if (c > LABEL_MAX_LEN)
            return RES_BADLABELTYPE;
        if (used + 1 + c > NAME_MAX_LEN)
            return RES_NAMETOOLONG;
        if (pos + 1 + c > msg_len)
            return RES_UNEXPECTEDEND;
        memcpy(out->wire + used, msg + pos, 1u + c);
        used += 1u + c;
        pos += 1u + c;
        if (c == 0)
            break;
    }
    if (jumps == 0)
        *at = pos;
    out->len = (uint8_t)used;
    return RES_OK;
}

size_t name_check(const uint8_t *wire, size_t len)
{
    size_t at = 0;

    for (;;) {
        if (at >= len || at >= NAME_MAX_LEN || wire[at] > LABEL_MAX_LEN)
            return 0;
        if (wire[at] == 0)
            return at + 1;
        at += 1u + wire[at];
    }
}

bool labels_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    while (len > 8) {
        uint64_t x, y;
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        if (x != y && fold_u64(x) != fold_u64(y))
            return false;
        a += 8;
        b += 8;
        len -= 8;
    }
    /* load_tail() reads every one of up to eight bytes, some of them twice */
    return fold_u64(load_tail(a, len)) == fold_u64(load_tail(b, len));
}

bool name_equal(const uint8_t *a, const uint8_t *b)
{
    size_t n = name_length(a);
    return n == name_length(b) && labels_equal(a, b, n);
}

/* Eight bytes at once: the folded bytes as a big-endian number order as the bytes do. */
static int label_compare(const uint8_t *a, const uint8_t *b)
{
    unsigned n = *a < *b ? *a : *b, i = 1;

    for (; i + 7 <= n; i += 8) {
        uint64_t x, y;

        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        x = be64toh(fold_u64(x));
        y = be64toh(fold_u64(y));
        if (x != y)
            return x < y ? -1 : 1;
    }
    for (; i <= n; i++) {
        int d = fold_u8(a[i]) - fold_u8(b[i]);
        if (d != 0)
            return d;
    }
    return *a - *b;
}

static unsigned offsets_within(const uint8_t *labels, size_t len, uint8_t offsets[NAME_MAX_LABELS])
{
    unsigned n = 0;

    for (size_t at = 0; at < len; at += 1u + labels[at])
        offsets[n++] = (uint8_t)at;
    return n;
}

int name_labels_compare(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
    uint8_t ao[NAME_MAX_LABELS], bo[NAME_MAX_LABELS];
    unsigned na, nb;

    if (alen > 0 && blen > 0 && alen == 1u + *a && blen == 1u + *b)
        return label_compare(a, b);     /* by far the most common: one label each */
    na = offsets_within(a, alen, ao);
    nb = offsets_within(b, blen, bo);
    while (na > 0 && nb > 0) {
        int d = label_compare(a + ao[--na], b + bo[--nb]);
        if (d != 0)
            return d;
    }
    return (int)na - (int)nb;
}

uint64_t name_labels_prefix(const uint8_t *labels, size_t len)
{
    const uint8_t *top = labels;
    uint64_t v = 0;

    if (len == 0)
        return 0;
    for (size_t at = 0; at < len; at += 1u + labels[at])
        top = labels + at;
    memcpy(&v, top + 1, *top < 8 ? *top : 8);
    return be64toh(fold_u64(v));
}

int name_compare(const uint8_t *a, const uint8_t *b)
{
    return name_labels_compare(a, name_length(a) - 1, b, name_length(b) - 1);
}

bool name_is_below(const uint8_t *name, const uint8_t *ancestor, size_t *rel_len)
{
    size_t n = name_length(name), m = name_length(ancestor), at = 0;

    if (n < m)
        return false;
    while (at < n - m)      /* the ancestor must begin where a label begins */
        at += 1u + name[at];
    if (at != n - m || !labels_equal(name + at, ancestor, m))
        return false;
    if (rel_len != NULL)
        *rel_len = at;
    return true;
}

void name_copy(struct name *out, const uint8_t *name)
{
    size_t n = name_length(name);

    out->len = (uint8_t)n;
    memcpy(out->wire, name, n);
}

enum result name_join(struct name *out, const uint8_t *prefix, size_t prefix_len,
                      const uint8_t *suffix)
{
    size_t n = name_length(suffix);

    if (prefix_len + n > NAME_MAX_LEN)
        return RES_NAMETOOLONG;
    memmove(out->wire, prefix, prefix_len);
    memmove(out->wire + prefix_len, suffix, n);
    out->len = (uint8_t)(prefix_len + n);
    return RES_OK;
}

void name_fold(uint8_t *dst, const uint8_t *src, size_t len)
{
    for (; len >= 8; len -= 8, src += 8, dst += 8) {
        uint64_t v;
        memcpy(&v, src, 8);
        v = fold_u64(v);
        memcpy(dst, &v, 8);
    }
    while (len-- > 0)
        *dst++ = fold_u8(*src++);
}

uint64_t name_hash_relative(uint64_t origin_hash, const uint8_t *labels, size_t rel_len)
{
    uint8_t offsets[NAME_MAX_LABELS];
    unsigned n = offsets_within(labels, rel_len, offsets);

    while (n > 0)
        origin_hash = name_hash_label(origin_hash, labels + offsets[--n]);
    return origin_hash;
}

uint64_t name_hash(const uint8_t *name)
{
    return name_hash_relative(NAME_HASH_ROOT, name, name_length(name) - 1);
}
