/* TSIG keys: `key NAME { algorithm …; secret …; }`. */
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

static bool algorithm_read(struct conf_context *c, const struct conf_item *item, const char *name,
                           struct tsig_key *key)
{
    enum tsig_algorithm algorithm;
    enum result res = tsig_algorithm_from_text(&algorithm, &key->trunc_bits, item->text);

    key->algorithm = (uint8_t)algorithm;
    if (res == RES_NOTFOUND)
        conf_error(c, item, "unknown algorithm '%s'", item->text);
    else if (res != RES_OK)
        conf_error(c, item, "key '%s' digest-bits out of range or not multiple of 8", name);
    return res == RES_OK;
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
