#include "control/dialogue.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"

enum { FIRST_SEEN = 64, SEEN_MAX = 1 << 20 };

/* ---- What was seen ---- */

/* The oldest come first in the ring: all are remembered equally long. */
struct seen {
    uint64_t hash;
    int64_t when_s;
    uint32_t next;              /* in its bucket: index + 1 */
};

struct control_history {
    struct seen *ring;
    uint32_t *buckets;          /* index + 1 */
    uint32_t size;              /* of both; a power of two */
    uint32_t first, count;
};

struct control_history *control_history_new(void)
{
    return calloc(1, sizeof(struct control_history));
}

void control_history_free(struct control_history *h)
{
    if (h == NULL)
        return;
    free(h->ring);
    free(h->buckets);
    free(h);
}

size_t control_history_count(const struct control_history *h)
{
    return h->count;
}

static bool history_has(const struct control_history *h, uint64_t hash)
{
    uint32_t at = h->size > 0 ? h->buckets[hash & (h->size - 1)] : 0;

    while (at != 0 && h->ring[at - 1].hash != hash)
        at = h->ring[at - 1].next;
    return at != 0;
}

static void history_forget_first(struct control_history *h)
{
    uint32_t at = h->first + 1;
    uint32_t *link = &h->buckets[h->ring[h->first].hash & (h->size - 1)];

    while (*link != at)
        link = &h->ring[*link - 1].next;
    *link = h->ring[h->first].next;
    h->first = (h->first + 1) & (h->size - 1);
    h->count--;
}

static void history_insert(struct control_history *h, uint64_t hash, int64_t when_s)
{
    uint32_t at = (h->first + h->count++) & (h->size - 1);
    uint32_t *bucket = &h->buckets[hash & (h->size - 1)];

    h->ring[at] = (struct seen){hash, when_s, *bucket};
    *bucket = at + 1;
}

static bool history_grow(struct control_history *h)
{
    uint32_t size = h->size > 0 ? 2 * h->size : FIRST_SEEN;
    struct control_history wider = {.size = size};

    wider.ring = malloc(size * sizeof *wider.ring);
    wider.buckets = calloc(size, sizeof *wider.buckets);
    if (wider.ring == NULL || wider.buckets == NULL) {
        free(wider.ring);
        free(wider.buckets);
        return false;
    }
    for (uint32_t i = 0; i < h->count; i++) {
        const struct seen *s = &h->ring[(h->first + i) & (h->size - 1)];
        history_insert(&wider, s->hash, s->when_s);
    }
    free(h->ring);
    free(h->buckets);
    *h = wider;
    return true;
}

/* RES_REPLAYED when it is known.  Beyond SEEN_MAX, which only somebody with a key can
 * reach, the oldest go early. */
static enum result history_note(struct control_history *h, uint64_t hash, int64_t now_s)
{
    while (h->count > 0 && h->ring[h->first].when_s + CONTROL_HISTORY_S < now_s)
        history_forget_first(h);
    if (history_has(h, hash))
        return RES_REPLAYED;
    if (h->count == SEEN_MAX)
        history_forget_first(h);
    if (h->count == h->size && !history_grow(h))
        return RES_NOMEM;
    history_insert(h, hash, now_s);
    return RES_OK;
}

/* ---- The server ---- */

static const struct control_key *find_signer(const struct control_message *m,
                                             const struct control_key *keys, unsigned nkeys)
{
    for (unsigned i = 0; i < nkeys; i++)
        if (control_verify(m, &keys[i]))
            return &keys[i];
    return NULL;
}

/* Adds a field to what tells requests apart; BIND refuses white space in them. */
static bool add_field(uint64_t *hash, const struct control_value *v)
{
    for (uint32_t i = 0; i < v->len; i++)
        if (isspace(v->data[i]))
            return false;
    *hash = hash_bytes(*hash + 1, v->data, v->len);
    return true;
}

static enum result check_replay(struct control_history *h, const struct control_value *ctrl,
                                const struct control_request *q, int64_t now_s)
{
    struct control_value sent;
    uint64_t hash = 0;

    if (q->serial.data == NULL || !control_find_bytes(ctrl, "_tim", &sent) ||
        !add_field(&hash, &q->from) || !add_field(&hash, &q->to) ||
        !add_field(&hash, &q->serial) || !add_field(&hash, &sent))
        return RES_FAILURE;
    return history_note(h, hash, now_s);
}

static enum result check_times(const struct control_value *ctrl, int64_t now_s)
{
    uint32_t sent, expires;

    if (!control_find_number(ctrl, "_tim", &sent))
        return RES_FAILURE;
    if ((int64_t)sent + CONTROL_SKEW_S < now_s || (int64_t)sent - CONTROL_SKEW_S > now_s)
        return RES_TIMESKEW;
    if (control_find_number(ctrl, "_exp", &expires) && (int64_t)expires < now_s)
        return RES_EXPIRED;
    return RES_OK;
}

static bool has_nonce(const struct control_value *ctrl, uint32_t nonce)
{
    uint32_t told;

    return control_find_number(ctrl, "_nonce", &told) && told == nonce;
}

static enum result make_nonce(struct control_session *s)
{
    while (s->nonce == 0)
        if (getrandom(&s->nonce, sizeof s->nonce, 0) != sizeof s->nonce)
            return RES_UNEXPECTED;
    return RES_OK;
}

/* The value of an optional field; without one, data is NULL. */
static void find_optional(const struct control_value *table, const char *name,
                          struct control_value *out)
{
    if (!control_find_bytes(table, name, out))
        *out = (struct control_value){.data = NULL};
}

static enum result check_control(struct control_session *s, struct control_history *h,
                                 const struct control_value *ctrl, int64_t now_s,
                                 struct control_request *q)
{
    struct control_value reply;
    enum result res;

    if (control_find(ctrl, "_rpl", &reply))
        return RES_FAILURE;
    find_optional(ctrl, "_ser", &q->serial);
    find_optional(ctrl, "_frm", &q->from);
    find_optional(ctrl, "_to", &q->to);
    res = check_times(ctrl, now_s);
    if (res == RES_OK)
        res = check_replay(h, ctrl, q, now_s);
    if (res != RES_OK)
        return res;
    q->is_greeting = s->nonce == 0;
    if (q->is_greeting)
        return make_nonce(s);
    return has_nonce(ctrl, s->nonce) ? RES_OK : RES_BADAUTH;
}

enum result control_session_take(struct control_session *s, struct control_history *h,
                                 const struct control_key *keys, unsigned nkeys,
                                 const uint8_t *msg, size_t len, int64_t now_s,
                                 struct control_request *out)
{
    struct control_value ctrl, data;
    struct control_message m;
    enum result res = control_parse(&m, msg, len);

    *out = (struct control_request){.key = NULL};
    if (res != RES_OK)
        return res;
    out->key = find_signer(&m, keys, nkeys);
    if (out->key == NULL)
        return RES_BADAUTH;
    if (!control_find_table(&m.top, "_ctrl", &ctrl))
        return RES_FAILURE;
    if (control_find_table(&m.top, "_data", &data))
        find_optional(&data, "type", &out->command);
    return check_control(s, h, &ctrl, now_s, out);
}

static void put_value(struct control_writer *w, const char *name, const struct control_value *v)
{
    if (v->data != NULL)
        control_put(w, name, v->data, v->len);
}

static void put_times(struct control_writer *w, int64_t now_s)
{
    control_put_number(w, "_tim", (uint32_t)now_s);
    control_put_number(w, "_exp", (uint32_t)(now_s + CONTROL_LIFE_S));
}

enum result control_session_reply(const struct control_session *s,
                                  const struct control_request *q,
                                  const struct control_answer *a, int64_t now_s,
                                  struct control_writer *w)
{
    control_open(w, q->key);
    control_begin_table(w, "_ctrl");
    put_value(w, "_ser", &q->serial);
    put_times(w, now_s);
    control_put_text(w, "_rpl", "1");
    control_put_number(w, "_nonce", s->nonce);
    put_value(w, "_frm", &q->to);
    put_value(w, "_to", &q->from);
    control_end_table(w);
    control_begin_table(w, "_data");
    put_value(w, "type", &q->command);
    control_put_number(w, "result", a->result);
    if (a->result != 0)
        control_put_text(w, "err", a->error);
    if (a->text != NULL && a->text_len > 0)
        control_put(w, "text", a->text, a->text_len);
    control_end_table(w);
    return control_close(w);
}

/* ---- The client ---- */

void control_client_init(struct control_client *c, const struct tsig_key *key, uint32_t serial)
{
    *c = (struct control_client){.serial = serial};
    control_key_init(&c->key, key);
}

enum result control_client_ask(struct control_client *c, const char *command, int64_t now_s,
                               struct control_writer *w)
{
    control_open(w, &c->key);
    control_begin_table(w, "_ctrl");
    control_put_number(w, "_ser", c->serial++);
    put_times(w, now_s);
    if (c->nonce != 0)
        control_put_number(w, "_nonce", c->nonce);
    control_end_table(w);
    control_begin_table(w, "_data");
    control_put_text(w, "type", command);
    control_end_table(w);
    return control_close(w);
}

enum result control_client_take(struct control_client *c, const uint8_t *msg, size_t len,
                                struct control_reply *out)
{
    struct control_value ctrl, data, mark;
    struct control_message m;
    enum result res = control_parse(&m, msg, len);

    *out = (struct control_reply){.result = 0};
    if (res != RES_OK)
        return res;
    if (!control_verify(&m, &c->key))
        return RES_BADAUTH;
    if (!control_find_table(&m.top, "_ctrl", &ctrl) || !control_find(&ctrl, "_rpl", &mark) ||
        !control_find_table(&m.top, "_data", &data))
        return RES_FAILURE;
    if (!control_find_number(&ctrl, "_nonce", &c->nonce) || c->nonce == 0)
        return RES_FAILURE;
    control_find_number(&data, "result", &out->result);
    find_optional(&data, "err", &out->error);
    find_optional(&data, "text", &out->text);
    return RES_OK;
}
