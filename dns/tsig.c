#include "dns/tsig.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/rrtype.h"

/* One row per algorithm: as named.conf says it, as the record says it, the digest. */
static const struct algorithm_row {
    const char *text;
    const char *wire;       /* small letters */
    uint8_t wire_len;
    uint8_t digest_len;
    enum hmac_digest digest;
} algorithms[TSIG_ALGORITHMS] = {
    [TSIG_HMAC_MD5] = {"hmac-md5", "\010hmac-md5\007sig-alg\003reg\003int", 26, 16, HMAC_MD5},
    [TSIG_HMAC_SHA1] = {"hmac-sha1", "\011hmac-sha1", 11, 20, HMAC_SHA1},
    [TSIG_HMAC_SHA224] = {"hmac-sha224", "\013hmac-sha224", 13, 28, HMAC_SHA224},
    [TSIG_HMAC_SHA256] = {"hmac-sha256", "\013hmac-sha256", 13, 32, HMAC_SHA256},
    [TSIG_HMAC_SHA384] = {"hmac-sha384", "\013hmac-sha384", 13, 48, HMAC_SHA384},
    [TSIG_HMAC_SHA512] = {"hmac-sha512", "\013hmac-sha512", 13, 64, HMAC_SHA512},
};

enum { MIN_MAC_LEN = 10, UNSIGNED_MAX = 99 };

const char *tsig_algorithm_text(enum tsig_algorithm algorithm)
{
    return algorithms[algorithm].text;
}

unsigned tsig_digest_len(enum tsig_algorithm algorithm)
{
    return algorithms[algorithm].digest_len;
}

/* The shortest MAC the protocol allows (§5.2.2.1): 10 bytes, and half of the digest. */
static unsigned min_mac_len(enum tsig_algorithm algorithm)
{
    unsigned half = algorithms[algorithm].digest_len / 2u;
    return half > MIN_MAC_LEN ? half : MIN_MAC_LEN;
}

static enum result parse_trunc_bits(enum tsig_algorithm a, uint16_t *out, const char *text)
{
    char *end;
    unsigned long bits = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0')
        return RES_NOTFOUND;
    if (bits % 8 != 0 || bits < min_mac_len(a) * 8u || bits > algorithms[a].digest_len * 8u)
        return RES_RANGE;
    *out = (uint16_t)(bits == algorithms[a].digest_len * 8u ? 0 : bits);
    return RES_OK;
}

enum result tsig_algorithm_from_text(enum tsig_algorithm *out, uint16_t *trunc_bits,
                                     const char *text)
{
    *trunc_bits = 0;
    for (int a = TSIG_NONE + 1; a < TSIG_ALGORITHMS; a++) {
        size_t len = strlen(algorithms[a].text);

        if (strncasecmp(text, algorithms[a].text, len) != 0)
            continue;
        *out = (enum tsig_algorithm)a;
        if (text[len] == '\0' || (a == TSIG_HMAC_MD5 &&
                                  (strcasecmp(text + len, ".sig-alg.reg.int") == 0 ||
                                   strcasecmp(text + len, ".sig-alg.reg.int.") == 0)))
            return RES_OK;
        if (text[len] == '-')
            return parse_trunc_bits(*out, trunc_bits, text + len + 1);
    }
    return RES_NOTFOUND;
}

size_t tsig_key_size(const struct tsig_key *key)
{
    return name_length(key->name) + strlen(key->name_text) + 1 + key->secret_len;
}

void tsig_key_copy(struct tsig_key *out, const struct tsig_key *key, uint8_t *memory)
{
    size_t name_len = name_length(key->name), text_len = strlen(key->name_text) + 1;

    *out = *key;
    out->name = memcpy(memory, key->name, name_len);
    out->name_text = memcpy(memory + name_len, key->name_text, text_len);
    out->secret = memcpy(memory + name_len + text_len, key->secret, key->secret_len);
}

static void begin_mac(struct hmac *m, const struct tsig_key *key)
{
    hmac_begin(m, algorithms[key->algorithm].digest, key->secret, key->secret_len);
}

static void mac_add_u16(struct hmac *m, uint16_t v)
{
    uint8_t b[2];

    put_u16(b, v);
    hmac_add(m, b, sizeof b);
}

/* The MAC before this one, its length first (§4.3.1, §5.3.1). */
static void mac_add_prior(struct hmac *m, const struct tsig_session *s)
{
    if (s->mac_len == 0)
        return;
    mac_add_u16(m, s->mac_len);
    hmac_add(m, s->mac, s->mac_len);
}

/* The fields of a TSIG record that are signed or checked (§4.2). */
struct tsig_fields {
    struct name key_name, algorithm;
    uint64_t time_s;
    uint32_t ttl;               /* must be 0, but is signed as it stands */
    uint16_t fudge_s, mac_len, original_id, error, other_len;
    const uint8_t *mac, *other;
};

static enum result read_fields(struct tsig_fields *f, const uint8_t *msg, size_t len, size_t at)
{
    struct message_record rr;
    enum result r = message_read_record(&rr, msg, len, &at);
    struct reader in;
    const uint8_t *p;

    if (r != RES_OK)
        return r;
    f->key_name = rr.owner;
    f->ttl = rr.ttl;
    at = rr.rdata_at;
    r = name_from_message(&f->algorithm, msg, rr.rdata_at + (size_t)rr.rdata_len, &at);
    if (r != RES_OK)
        return r;
    in = reader_of(msg + at, rr.rdata_at + (size_t)rr.rdata_len - at);
    p = reader_bytes(&in, 6);
    f->time_s = p != NULL ? get_u48(p) : 0;
    f->fudge_s = reader_u16(&in);
    f->mac_len = reader_u16(&in);
    f->mac = reader_bytes(&in, f->mac_len);
    f->original_id = reader_u16(&in);
    f->error = reader_u16(&in);
    f->other_len = reader_u16(&in);
    f->other = reader_bytes(&in, f->other_len);
    return in.ok && in.at == in.end ? RES_OK : RES_FORMERR;
}

static void mac_add_timers(struct hmac *m, uint64_t time_s, uint16_t fudge_s)
{
    uint8_t b[8];

    put_u48(b, time_s);
    put_u16(b + 6, fudge_s);
    hmac_add(m, b, sizeof b);
}

/* A name in canonical form: small letters (§4.3.3). */
static void mac_add_name(struct hmac *m, const struct name *name)
{
    uint8_t folded[NAME_MAX_LEN];

    name_fold(folded, name->wire, name->len);
    hmac_add(m, folded, name->len);
}

/* The TSIG variables (§4.3.3), or with `timers_only` the timers (§5.3.1). */
static void mac_add_variables(struct hmac *m, const struct tsig_fields *f, bool timers_only)
{
    uint8_t class_and_ttl[6];

    if (timers_only) {
        mac_add_timers(m, f->time_s, f->fudge_s);
        return;
    }
    put_u16(class_and_ttl, CLASS_ANY);
    put_u32(class_and_ttl + 2, f->ttl);
    mac_add_name(m, &f->key_name);
    hmac_add(m, class_and_ttl, sizeof class_and_ttl);
    mac_add_name(m, &f->algorithm);
    mac_add_timers(m, f->time_s, f->fudge_s);
    mac_add_u16(m, f->error);
    mac_add_u16(m, f->other_len);
    hmac_add(m, f->other, f->other_len);
}

/* The message as it was before TSIG came into it: its id, its ARCOUNT, its end (§4.3.2). */
static void mac_add_stripped(struct hmac *m, const uint8_t *msg, size_t tsig_at, uint16_t id)
{
    uint8_t header[MESSAGE_HEADER_LEN];

    memcpy(header, msg, sizeof header);
    put_u16(header, id);
    put_u16(header + 10, (uint16_t)(get_u16(header + 10) - 1));
    hmac_add(m, header, sizeof header);
    hmac_add(m, msg + sizeof header, tsig_at - sizeof header);
}

static bool time_is_near(const struct tsig_fields *f, uint64_t now_s)
{
    uint64_t apart = f->time_s > now_s ? f->time_s - now_s : now_s - f->time_s;
    return apart <= f->fudge_s;
}

static bool mac_fits(const struct tsig_key *key, const struct tsig_fields *f)
{
    return f->mac_len >= min_mac_len(key->algorithm) &&
           f->mac_len <= algorithms[key->algorithm].digest_len;
}

/* Local policy (§5.2.4): a MAC as long as the key's configuration wants. */
static bool mac_is_long_enough(const struct tsig_key *key, const struct tsig_fields *f)
{
    return f->mac_len * 8u >= (key->trunc_bits > 0 ? key->trunc_bits
                                                   : algorithms[key->algorithm].digest_len * 8u);
}

static bool algorithm_matches(enum tsig_algorithm a, const struct name *name)
{
    return name->len == algorithms[a].wire_len &&
           labels_equal(name->wire, (const uint8_t *)algorithms[a].wire, name->len);
}

static const struct tsig_key *find_key(const struct tsig_key *keys, unsigned nkeys,
                                       const struct tsig_fields *f)
{
    for (unsigned i = 0; i < nkeys; i++)
        if (name_equal(keys[i].name, f->key_name.wire))
            return algorithm_matches(keys[i].algorithm, &f->algorithm) ? &keys[i] : NULL;
    return NULL;
}

static enum result fail(struct tsig_session *s, uint16_t error, uint16_t rcode)
{
    s->error = error;
    s->rcode = rcode;
    return RES_TSIGVERIFYFAILURE;
}

static void keep_mac(struct tsig_session *s, const uint8_t *mac, unsigned len)
{
    memcpy(s->mac, mac, len);
    s->mac_len = (uint8_t)len;
}

/* §5.2: key, MAC, time, truncation, in this order. */
static enum result judge_request(struct tsig_session *s, const struct message_request *q,
                                 const struct tsig_fields *f, uint64_t now_s)
{
    uint8_t mac[TSIG_MAC_MAX];
    struct hmac m;

    if (s->key == NULL)
        return fail(s, RCODE_BADKEY, RCODE_NOTAUTH);
    if (f->mac_len == 0)
        return fail(s, RCODE_BADSIG, RCODE_NOTAUTH);
    if (!mac_fits(s->key, f))
        return fail(s, RCODE_BADSIG, RCODE_FORMERR);
    begin_mac(&m, s->key);
    mac_add_stripped(&m, q->msg, q->tsig_at, f->original_id);
    mac_add_variables(&m, f, false);
    hmac_end(&m, mac);
    if (CRYPTO_memcmp(mac, f->mac, f->mac_len) != 0)
        return fail(s, RCODE_BADSIG, RCODE_NOTAUTH);
    keep_mac(s, f->mac, f->mac_len);
    s->reply_mac_len = algorithms[s->key->algorithm].digest_len;
    if (!time_is_near(f, now_s))
        return fail(s, RCODE_BADTIME, RCODE_NOTAUTH);
    if (!mac_is_long_enough(s->key, f))
        return fail(s, RCODE_BADTRUNC, RCODE_NOTAUTH);
    s->reply_mac_len = (uint8_t)f->mac_len;     /* as long as the client's own */
    return f->error != 0 ? RES_TSIGERRORSET : RES_OK;
}

enum result tsig_verify_request(struct tsig_session *s, const struct message_request *q,
                                const struct tsig_key *keys, unsigned nkeys, uint64_t now_s)
{
    struct tsig_fields f;
    enum result r = read_fields(&f, q->msg, q->len, q->tsig_at);

    s->key = NULL;
    s->error = s->rcode = s->unsigned_run = 0;
    s->mac_len = s->reply_mac_len = 0;
    s->timers_only = false;
    s->is_running = false;
    if (r != RES_OK) {      /* message_parse_request() has seen to it that this cannot be */
        s->key_name.len = s->algorithm.len = 1;
        s->key_name.wire[0] = s->algorithm.wire[0] = 0;
        return fail(s, RCODE_BADKEY, RCODE_FORMERR);
    }
    s->key_name = f.key_name;
    s->algorithm = f.algorithm;
    s->original_id = q->id;
    s->request_time_s = f.time_s;
    s->key = find_key(keys, nkeys, &f);
    return judge_request(s, q, &f, now_s);
}

size_t tsig_response_len(const struct tsig_session *s)
{
    return s->key_name.len + 10u + s->algorithm.len + 16u + s->reply_mac_len +
           (s->error == RCODE_BADTIME ? 6u : 0);
}

/* Appends the record; the names in small letters, as BIND has them. */
static enum result put_record(struct writer *w, const struct tsig_fields *f)
{
    uint8_t folded[NAME_MAX_LEN], time_s[6];

    put_u48(time_s, f->time_s);
    name_fold(folded, f->key_name.wire, f->key_name.len);
    writer_bytes(w, folded, f->key_name.len);
    writer_u16(w, TYPE_TSIG);
    writer_u16(w, CLASS_ANY);
    writer_u32(w, 0);
    writer_u16(w, (uint16_t)(f->algorithm.len + 16 + f->mac_len + f->other_len));
    name_fold(folded, f->algorithm.wire, f->algorithm.len);
    writer_bytes(w, folded, f->algorithm.len);
    writer_bytes(w, time_s, sizeof time_s);
    writer_u16(w, f->fudge_s);
    writer_u16(w, f->mac_len);
    writer_bytes(w, f->mac, f->mac_len);
    writer_u16(w, f->original_id);
    writer_u16(w, f->error);
    writer_u16(w, f->other_len);
    writer_bytes(w, f->other, f->other_len);
    if (!w->ok)
        return RES_NOSPACE;
    put_u16(w->start + 10, (uint16_t)(get_u16(w->start + 10) + 1));
    return RES_OK;
}

/* The MAC over prior MAC, the message in `w` (no TSIG in it yet) and the variables. */
static void sign_message(const struct tsig_session *s, const struct writer *w,
                         const struct tsig_fields *f, uint8_t mac[TSIG_MAC_MAX])
{
    struct hmac m;

    begin_mac(&m, s->key);
    mac_add_prior(&m, s);
    hmac_add(&m, w->start, writer_len(w));
    mac_add_variables(&m, f, s->timers_only);
    hmac_end(&m, mac);
}

/* BADKEY and BADSIG are answered unsigned (§5.2.1, §5.2.2). */
static bool is_signable(const struct tsig_session *s)
{
    return s->key != NULL && s->error != RCODE_BADKEY && s->error != RCODE_BADSIG;
}

enum result tsig_sign_response(struct tsig_session *s, struct writer *w, uint64_t now_s)
{
    uint8_t mac[TSIG_MAC_MAX], server_time[6];
    struct tsig_fields f = {
        .key_name = s->key_name,
        .algorithm = s->algorithm,
        .time_s = now_s,
        .fudge_s = TSIG_FUDGE_S,
        .original_id = s->original_id,
        .error = s->error,
    };
    enum result r;

    if (s->error == RCODE_BADTIME) {    /* §5.2.3: the client's time, and ours beside it */
        put_u48(server_time, now_s);
        f.time_s = s->request_time_s;
        f.other = server_time;
        f.other_len = sizeof server_time;
    }
    if (!is_signable(s))
        return put_record(w, &f);
    sign_message(s, w, &f, mac);
    f.mac = mac;
    f.mac_len = s->reply_mac_len;
    r = put_record(w, &f);
    keep_mac(s, mac, f.mac_len);
    s->timers_only = true;
    return r;
}

static void name_set(struct name *out, const void *wire, size_t len)
{
    out->len = (uint8_t)len;
    memcpy(out->wire, wire, len);
}

enum result tsig_sign_request(struct tsig_session *s, const struct tsig_key *key,
                              struct writer *w, uint64_t now_s)
{
    const struct algorithm_row *row = &algorithms[key->algorithm];
    struct tsig_fields f = {.time_s = now_s, .fudge_s = TSIG_FUDGE_S};
    uint8_t mac[TSIG_MAC_MAX];

    *s = (struct tsig_session){.key = key, .request_time_s = now_s};
    name_copy(&s->key_name, key->name);
    name_set(&s->algorithm, row->wire, row->wire_len);
    if (!w->ok || writer_len(w) < MESSAGE_HEADER_LEN)
        return RES_NOSPACE;
    s->original_id = f.original_id = get_u16(w->start);
    f.key_name = s->key_name;
    f.algorithm = s->algorithm;
    sign_message(s, w, &f, mac);
    f.mac = mac;
    f.mac_len = key->trunc_bits > 0 ? key->trunc_bits / 8 : row->digest_len;
    keep_mac(s, mac, f.mac_len);
    return put_record(w, &f);
}

/* The offset of the last record when it is a TSIG, 0 when there is none. */
static enum result find_tsig(const uint8_t *msg, size_t len, size_t *tsig_at)
{
    size_t at = MESSAGE_HEADER_LEN;
    struct message_record rr = {.type = TYPE_NONE};
    unsigned records = 0;
    struct name name;

    *tsig_at = 0;
    if (len < MESSAGE_HEADER_LEN)
        return RES_FORMERR;
    for (unsigned i = get_u16(msg + 4); i > 0; i--) {
        if (name_from_message(&name, msg, len, &at) != RES_OK || len - at < 4)
            return RES_FORMERR;
        at += 4;
    }
    for (unsigned s = SECTION_ANSWER; s < SECTION_COUNT; s++)
        records += get_u16(msg + 4 + 2 * s);
    while (records-- > 0) {
        if (message_read_record(&rr, msg, len, &at) != RES_OK ||
            (rr.type == TYPE_TSIG && records > 0))
            return RES_FORMERR;
    }
    if (rr.type == TYPE_TSIG)
        *tsig_at = rr.at;
    return RES_OK;
}

/* Goes on with the digest of unsigned messages, or begins one with the prior MAC. */
static struct hmac *resume_mac(struct tsig_session *s)
{
    if (!s->is_running) {
        begin_mac(&s->running, s->key);
        mac_add_prior(&s->running, s);
        s->is_running = true;
    }
    return &s->running;
}

/* A message without TSIG goes into the digest of the next one that has it. */
static enum result take_unsigned(struct tsig_session *s, const uint8_t *msg, size_t len)
{
    if (!s->timers_only || s->unsigned_run >= UNSIGNED_MAX)
        return RES_EXPECTEDTSIG;
    hmac_add(resume_mac(s), msg, len);
    s->unsigned_run++;
    return RES_OK;
}

/* A server that could not verify us answers without a MAC: its complaint is all there is. */
static enum result judge_error(struct tsig_session *s, const struct tsig_fields *f)
{
    s->error = f->error;
    return f->error == RCODE_BADTIME ? RES_CLOCKSKEW : RES_TSIGERRORSET;
}

enum result tsig_verify_response(struct tsig_session *s, const uint8_t *msg, size_t len,
                                 uint64_t now_s)
{
    uint8_t mac[TSIG_MAC_MAX];
    struct tsig_fields f;
    struct hmac *m;
    size_t tsig_at;

    if (find_tsig(msg, len, &tsig_at) != RES_OK)
        return RES_FORMERR;
    if (tsig_at == 0)
        return take_unsigned(s, msg, len);
    if (read_fields(&f, msg, len, tsig_at) != RES_OK)
        return RES_FORMERR;
    if (!name_equal(f.key_name.wire, s->key->name) ||
        !algorithm_matches(s->key->algorithm, &f.algorithm))
        return RES_TSIGVERIFYFAILURE;
    if (f.mac_len == 0)
        return f.error != 0 ? judge_error(s, &f) : RES_TSIGVERIFYFAILURE;
    if (!mac_fits(s->key, &f))
        return RES_TSIGVERIFYFAILURE;
    m = resume_mac(s);
    mac_add_stripped(m, msg, tsig_at, f.original_id);
    mac_add_variables(m, &f, s->timers_only);
    hmac_end(m, mac);
    s->is_running = false;
    if (CRYPTO_memcmp(mac, f.mac, f.mac_len) != 0 || !mac_is_long_enough(s->key, &f))
        return RES_TSIGVERIFYFAILURE;
    if (f.error != 0)
        return judge_error(s, &f);
    keep_mac(s, f.mac, f.mac_len);
    s->timers_only = true;
    s->unsigned_run = 0;
    return time_is_near(&f, now_s) ? RES_OK : RES_CLOCKSKEW;
}
