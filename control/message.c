#include "control/message.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"

enum {
    VERSION = 1,
    MD5_FIELD = 22,             /* base64 of 16 bytes without its padding */
    SHA_FIELD = 1 + 88,         /* algorithm, base64 of at most 64 bytes, zeros */
    ENTRY_HEAD = 5,             /* type and length of a value */
    FIRST_ROOM = 1024
};

/* The number that stands for an algorithm in `hsha`. */
static const uint8_t algorithm_octets[TSIG_ALGORITHMS] = {
    [TSIG_HMAC_MD5] = 157,    [TSIG_HMAC_SHA1] = 161,   [TSIG_HMAC_SHA224] = 162,
    [TSIG_HMAC_SHA256] = 163, [TSIG_HMAC_SHA384] = 164, [TSIG_HMAC_SHA512] = 165,
};

static const enum hmac_digest digests[TSIG_ALGORITHMS] = {
    [TSIG_HMAC_MD5] = HMAC_MD5,       [TSIG_HMAC_SHA1] = HMAC_SHA1,
    [TSIG_HMAC_SHA224] = HMAC_SHA224, [TSIG_HMAC_SHA256] = HMAC_SHA256,
    [TSIG_HMAC_SHA384] = HMAC_SHA384, [TSIG_HMAC_SHA512] = HMAC_SHA512,
};

void control_key_init(struct control_key *out, const struct tsig_key *key)
{
    out->algorithm = key->algorithm;
    hmac_begin(&out->begun, digests[key->algorithm], key->secret, key->secret_len);
}

/* ---- Reading ---- */

static struct control_value read_value(struct reader *r)
{
    struct control_value v = {.type = reader_u8(r)};

    v.len = reader_u32(r);
    v.data = reader_bytes(r, v.len);
    return v;
}

static enum result check_value(const struct control_value *v, unsigned depth);

/* The entries of a table (`named`) or list. */
static enum result check_entries(const struct control_value *v, bool named, unsigned depth)
{
    struct reader r = reader_of(v->data, v->len);
    enum result res = RES_OK;

    if (depth > CONTROL_NESTING_MAX)
        return RES_MAXDEPTH;
    while (res == RES_OK && reader_left(&r) > 0) {
        if (named)
            reader_bytes(&r, reader_u8(&r));
        struct control_value entry = read_value(&r);
        res = r.ok ? check_value(&entry, depth + 1) : RES_UNEXPECTEDEND;
    }
    return res;
}

static enum result check_value(const struct control_value *v, unsigned depth)
{
    switch (v->type) {
    case CONTROL_BINARY:
        return RES_OK;
    case CONTROL_TABLE:
    case CONTROL_LIST:
        return check_entries(v, v->type == CONTROL_TABLE, depth);
    default:
        return RES_SYNTAX;      /* CONTROL_STRING is never sent */
    }
}

/* `_auth` is the first entry; what follows it is what the MAC covers. */
static enum result find_auth(struct control_message *m)
{
    struct reader r = reader_of(m->top.data, m->top.len);
    uint8_t name_len = reader_u8(&r);
    const uint8_t *name = reader_bytes(&r, name_len);
    struct control_value auth = read_value(&r);

    if (!r.ok || name_len != 5 || memcmp(name, "_auth", 5) != 0)
        return RES_BADAUTH;
    m->covered = r.at;
    m->covered_len = reader_left(&r);
    if (control_find_bytes(&auth, "hsha", &m->auth))
        return m->auth.len == SHA_FIELD ? RES_OK : RES_BADAUTH;
    m->is_md5 = control_find_bytes(&auth, "hmd5", &m->auth);
    return m->is_md5 && m->auth.len == MD5_FIELD ? RES_OK : RES_BADAUTH;
}

enum result control_parse(struct control_message *out, const uint8_t *msg, size_t len)
{
    struct reader r = reader_of(msg, len);
    uint32_t version = reader_u32(&r);
    enum result res;

    *out = (struct control_message){.is_md5 = false};
    if (!r.ok)
        return RES_UNEXPECTEDEND;
    if (version != VERSION)
        return RES_UNKNOWNVERSION;
    out->top = (struct control_value){r.at, (uint32_t)reader_left(&r), CONTROL_TABLE};
    res = check_value(&out->top, 1);
    return res == RES_OK ? find_auth(out) : res;
}

/* The field that a key's MAC over `data` makes; returns its length. */
static size_t make_field(const struct control_key *key, const uint8_t *data, size_t len,
                         uint8_t out[SHA_FIELD])
{
    struct hmac h = key->begun;
    uint8_t mac[HMAC_MAX_LEN];
    char text[SHA_FIELD + 4];
    size_t n;

    hmac_add(&h, data, len);
    hmac_end(&h, mac);
    n = base64_encode(mac, tsig_digest_len(key->algorithm), text);
    memset(out, 0, SHA_FIELD);
    if (key->algorithm == TSIG_HMAC_MD5) {
        memcpy(out, text, MD5_FIELD);
        return MD5_FIELD;
    }
    out[0] = algorithm_octets[key->algorithm];
    memcpy(out + 1, text, n);
    return SHA_FIELD;
}

bool control_verify(const struct control_message *m, const struct control_key *key)
{
    uint8_t field[SHA_FIELD];

    if (m->is_md5 != (key->algorithm == TSIG_HMAC_MD5))
        return false;
    size_t len = make_field(key, m->covered, m->covered_len, field);
    return len == m->auth.len && CRYPTO_memcmp(field, m->auth.data, len) == 0;
}

bool control_find(const struct control_value *table, const char *name, struct control_value *out)
{
    struct reader r = reader_of(table->data, table->len);
    size_t len = strlen(name);

    if (table->type != CONTROL_TABLE)
        return false;
    while (r.ok && reader_left(&r) > 0) {
        uint8_t key_len = reader_u8(&r);
        const uint8_t *key = reader_bytes(&r, key_len);
        *out = read_value(&r);
        if (r.ok && key_len == len && memcmp(key, name, len) == 0)
            return true;
    }
    return false;
}

bool control_find_bytes(const struct control_value *table, const char *name,
                        struct control_value *out)
{
    return control_find(table, name, out) && out->type == CONTROL_BINARY;
}

bool control_find_table(const struct control_value *table, const char *name,
                        struct control_value *out)
{
    return control_find(table, name, out) && out->type == CONTROL_TABLE;
}

bool control_find_number(const struct control_value *table, const char *name, uint32_t *out)
{
    struct control_value v;
    uint64_t n = 0;

    if (!control_find_bytes(table, name, &v) || v.len == 0 || v.len > 10)
        return false;
    for (uint32_t i = 0; i < v.len; i++) {
        if (v.data[i] < '0' || v.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(v.data[i] - '0');
    }
    *out = (uint32_t)n;
    return n <= UINT32_MAX;
}

/* ---- Writing ---- */

/* Room for `len` bytes, or NULL. */
static uint8_t *take(struct control_writer *w, size_t len)
{
    uint8_t *p;

    if (!w->failed && len > w->room - w->len) {
        size_t room = w->room > 0 ? w->room : FIRST_ROOM;
        while (room - w->len < len)
            room *= 2;
        p = realloc(w->data, room);
        w->failed = p == NULL;
        if (p != NULL) {
            w->data = p;
            w->room = room;
        }
    }
    if (w->failed)
        return NULL;
    w->len += len;
    return w->data + w->len - len;
}

/* The head of an entry, and room for what it holds. */
static uint8_t *take_entry(struct control_writer *w, const char *name, uint8_t type, size_t len)
{
    size_t name_len = strlen(name);
    uint8_t *p = take(w, 1 + name_len + ENTRY_HEAD + len);

    if (p == NULL)
        return NULL;
    *p++ = (uint8_t)name_len;
    memcpy(p, name, name_len);
    p += name_len;
    *p++ = type;
    put_u32(p, (uint32_t)len);
    return p + 4;
}

void control_begin_table(struct control_writer *w, const char *name)
{
    take_entry(w, name, CONTROL_TABLE, 0);
    w->tables[w->depth++] = w->len - 4;
}

void control_end_table(struct control_writer *w)
{
    size_t at = w->tables[--w->depth];

    if (!w->failed)
        put_u32(w->data + at, (uint32_t)(w->len - at - 4));
}

void control_put(struct control_writer *w, const char *name, const void *data, size_t len)
{
    uint8_t *p = take_entry(w, name, CONTROL_BINARY, len);

    if (p != NULL && len > 0)
        memcpy(p, data, len);
}

void control_put_text(struct control_writer *w, const char *name, const char *text)
{
    control_put(w, name, text, strlen(text));
}

void control_put_number(struct control_writer *w, const char *name, uint32_t value)
{
    char text[12];

    snprintf(text, sizeof text, "%u", value);
    control_put_text(w, name, text);
}

/* The MAC's place comes first and is filled last. */
void control_open(struct control_writer *w, const struct control_key *key)
{
    bool md5 = key->algorithm == TSIG_HMAC_MD5;
    uint8_t *head;

    *w = (struct control_writer){.key = key};
    head = take(w, CONTROL_FRAME_HEAD + 4);
    if (head != NULL)
        put_u32(head + CONTROL_FRAME_HEAD, VERSION);
    control_begin_table(w, "_auth");
    take_entry(w, md5 ? "hmd5" : "hsha", CONTROL_BINARY, md5 ? MD5_FIELD : SHA_FIELD);
    control_end_table(w);
    w->covered_at = w->len;
}

enum result control_close(struct control_writer *w)
{
    uint8_t field[SHA_FIELD];
    size_t n;

    if (w->failed) {
        control_discard(w);
        return RES_NOMEM;
    }
    n = make_field(w->key, w->data + w->covered_at, w->len - w->covered_at, field);
    memcpy(w->data + w->covered_at - n, field, n);
    put_u32(w->data, (uint32_t)(w->len - CONTROL_FRAME_HEAD));
    return RES_OK;
}

void control_discard(struct control_writer *w)
{
    free(w->data);
    w->data = NULL;
    w->len = w->room = 0;
}
