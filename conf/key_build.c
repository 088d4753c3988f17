/* TSIG keys: `key NAME { algorithm …; secret …; }`. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "conf/build.h"
#include "dns/tsig.h"

struct named_key {
    const struct conf_item *at;
    struct tsig_key key;
};

/* Keys of a view are known by "VIEW/NAME": a slash is in no view's name that is alone. */
static const char *full_name(struct conf_context *c, const char *name, const char *view)
{
    size_t len = strlen(name);

    if (len > 1 && name[len - 1] == '.')
        len--;
    return region_printf(c->scratch, "%s/%.*s", view != NULL ? view : "", (int)len, name);
}

/* "hmac-sha256-128": the bits are the last part; *len is what stands before them. */
static unsigned long bits_read(const char *text, size_t *len)
{
    const char *dash = strrchr(text, '-');

    *len = strlen(text);
    if (dash == NULL || dash[1] == '\0' || strspn(dash + 1, "0123456789") != strlen(dash + 1))
        return 0;
    *len = (size_t)(dash - text);
    return strtoul(dash + 1, NULL, 10);
}

/* BIND refuses what is no whole number of bytes or too long, and warns of what is short
 * (RFC 8945 §5.2.2.1). */
static bool bits_check(struct conf_context *c, const struct conf_item *item, const char *name,
                       unsigned long bits, unsigned whole)
{
    if (bits > whole)
        conf_error(c, item, "key '%s' digest-bits too large [%u..%u]", name, whole / 2, whole);
    else if (bits % 8 != 0)
        conf_error(c, item, "key '%s' digest-bits not multiple of 8", name);
    else if (bits < whole / 2 || bits < 80)
        conf_warn(c, item, "key '%s' digest-bits too small [<%u]", name, whole / 2);
    return bits % 8 == 0 && bits <= whole;
}

static bool algorithm_read(struct conf_context *c, const struct conf_item *item, const char *name,
                           struct tsig_key *key)
{
    enum tsig_algorithm algorithm = TSIG_NONE;
    uint16_t unused;
    size_t len = strlen(item->text);
    unsigned long bits = 0;
    enum result res = tsig_algorithm_from_text(&algorithm, &unused, item->text);

    if (res != RES_OK) {
        bits = bits_read(item->text, &len);
        const char *whole = region_text(c->scratch, item->text, len);
        res = whole != NULL ? tsig_algorithm_from_text(&algorithm, &unused, whole) : RES_NOMEM;
    } else {
        bits = unused;
    }
    key->algorithm = (uint8_t)algorithm;
    key->trunc_bits = (uint16_t)bits;
    if (res == RES_OK)
        return bits == 0 || bits_check(c, item, name, bits, 8 * tsig_digest_len(algorithm));
    conf_error(c, item, "unknown algorithm '%s'", item->text);
    return false;
}

static bool secret_read(struct conf_context *c, const struct conf_item *item, struct tsig_key *key)
{
    size_t room = strlen(item->text), len;
    uint8_t *secret = region_alloc(c->scratch, room + 1);

    if (secret == NULL)
        return false;
    enum result res = base64_decode(item->text, room, secret, room, &len);
    if (res != RES_OK || len > UINT16_MAX) {
        conf_error(c, item, "bad secret '%s'", result_text(res != RES_OK ? res : RES_RANGE));
        return false;
    }
    key->secret = conf_share(c, secret, len);
    key->secret_len = (uint16_t)len;
    return true;
}

static bool name_read(struct conf_context *c, const struct conf_item *item, struct tsig_key *key)
{
    struct name name;
    char text[NAME_TEXT_MAX];

    if (name_from_text(&name, item->text, strlen(item->text), (const uint8_t *)"") != RES_OK) {
        conf_error(c, item, "key '%s': bad key name", item->text);
        return false;
    }
    name_fold(name.wire, name.wire, name.len);
    key->name = conf_share(c, name.wire, name.len);
    name_to_text(name.wire, text, NAME_OMIT_FINAL_DOT);
    key->name_text = conf_share_text(c, text);
    return true;
}

void key_define(struct conf_context *c, const struct conf_stmt *stmt, const char *view)
{
    const struct conf_item *name = stmt->first->next;
    const struct conf_block *block = stmt_block(stmt);
    const struct conf_stmt *algorithm = block_find(block, "algorithm");
    const struct conf_stmt *secret = block_find(block, "secret");
    struct named_key *k = region_zalloc(c->scratch, sizeof *k);

    if (k == NULL || block->note != NULL)
        return;
    if (algorithm == NULL || secret == NULL) {
        conf_error(c, stmt->first, "key '%s' must have both 'secret' and 'algorithm' defined",
                   name->text);
        return;
    }
    k->at = stmt->first;
    bool right = name_read(c, name, &k->key);
    right = algorithm_read(c, algorithm->first->next, name->text, &k->key) && right;
    if (!secret_read(c, secret->first->next, &k->key) || !right)
        return;
    const struct named_key *old =
        conf_name_define(c, SPACE_KEY, full_name(c, name->text, view), k);
    if (old != NULL)
        conf_error(c, stmt->first, "key '%s': already exists previous definition: %s:%u",
                   name->text, c->tree->files[old->at->file].name, old->at->line);
}

const struct tsig_key *key_find(struct conf_context *c, const char *name, const char *view)
{
    struct named_key *k = NULL;

    if (view != NULL)
        k = conf_name_find(c, SPACE_KEY, full_name(c, name, view));
    if (k == NULL)
        k = conf_name_find(c, SPACE_KEY, full_name(c, name, NULL));
    return k != NULL ? conf_share(c, &k->key, sizeof k->key) : NULL;
}

static unsigned collect(struct conf_context *c, const struct conf_block *block, const char *view,
                        struct tsig_key *out)
{
    unsigned n = 0;

    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next) {
        if (strcmp(stmt_name(s), "key") != 0)
            continue;
        const struct tsig_key *k = key_find(c, s->first->next->text, view);
        if (k != NULL && out != NULL)
            out[n] = *k;
        n += k != NULL;
    }
    return n;
}

void keys_collect(struct conf_context *c, const struct conf_block *block, struct conf_view *v)
{
    const struct conf_block *top = &c->tree->top;
    const char *view = block != top ? v->name : NULL;
    unsigned own = block != top ? collect(c, block, view, NULL) : 0;
    unsigned total = own + collect(c, top, NULL, NULL);
    struct tsig_key *keys = region_zalloc(c->memory, total * sizeof *keys + 1);

    if (keys == NULL)
        return;
    if (own > 0)
        collect(c, block, view, keys);
    collect(c, top, NULL, keys + own);
    v->keys = keys;
    v->nkeys = total;
}

static struct tsig_key *copy_key(struct region *memory, const struct tsig_key *key)
{
    struct tsig_key *k = region_copy(memory, key, sizeof *key);

    if (k == NULL)
        return NULL;
    k->name = region_copy(memory, key->name, name_length(key->name));
    k->name_text = region_text(memory, key->name_text, strlen(key->name_text));
    k->secret = region_copy(memory, key->secret, key->secret_len);
    return k;
}

/* The view's own keys come first: one of the same name is the one that counts. */
static bool add_to_view(struct region *memory, struct conf_view *v, const struct tsig_key *key)
{
    struct tsig_key *keys = region_alloc(memory, (v->nkeys + 1) * sizeof *keys);

    if (keys == NULL)
        return false;
    if (v->nkeys > 0)
        memcpy(keys, v->keys, v->nkeys * sizeof *keys);
    keys[v->nkeys] = *key;
    v->keys = keys;
    v->nkeys++;
    return true;
}

enum result conf_add_session_key(struct conf_snapshot *s, const struct tsig_key *key)
{
    const struct tsig_key *own = copy_key(s->memory, key);

    for (unsigned i = 0; own != NULL && i < s->nviews; i++)
        if (!add_to_view(s->memory, &s->views[i], own))
            return RES_NOMEM;
    if (own == NULL || region_failed(s->memory))
        return RES_NOMEM;
    s->session_key = own;
    return RES_OK;
}
