#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log_category.h"
#include "conf/context.h"

struct slot {
    uint64_t hash;          /* 0: free */
    const void *key;
    void *value;
    uint32_t len, space;
};

struct conf_table {
    struct slot *slots;
    size_t mask, used;
};

struct conf_table *conf_table_new(void)
{
    struct conf_table *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->mask = 255;
    t->slots = calloc(t->mask + 1, sizeof *t->slots);
    if (t->slots == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

void conf_table_free(struct conf_table *t)
{
    if (t != NULL)
        free(t->slots);
    free(t);
}

static bool grow(struct conf_table *t)
{
    size_t mask = t->mask * 2 + 1;
    struct slot *slots = calloc(mask + 1, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i <= t->mask; i++) {
        size_t at = t->slots[i].hash >> 8 & mask;
        if (t->slots[i].hash == 0)
            continue;
        while (slots[at].hash != 0)
            at = (at + 1) & mask;
        slots[at] = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->mask = mask;
    return true;
}

static bool key_equal(const struct slot *s, const void *key, size_t len, bool folded)
{
    const uint8_t *a = s->key, *b = key;

    if (s->len != len)
        return false;
    if (!folded)
        return memcmp(a, b, len) == 0;
    for (size_t i = 0; i < len; i++)
        if (fold_u8(a[i]) != fold_u8(b[i]))
            return false;
    return true;
}

/* The slot of a key, or the free one where it would be. */
static struct slot *slot_find(struct conf_table *t, uint32_t space, const void *key, size_t len,
                              bool folded, uint64_t *hash)
{
    *hash = (folded ? hash_folded(space, key, len) : hash_bytes(space, key, len)) | 1;
    size_t at = *hash >> 8 & t->mask;
    struct slot *s;

    for (; (s = &t->slots[at])->hash != 0; at = (at + 1) & t->mask)
        if (s->hash == *hash && s->space == space && key_equal(s, key, len, folded))
            break;
    return s;
}

/* Fills a free slot; false without memory. */
static bool slot_fill(struct conf_table *t, struct slot *s, const struct slot *with)
{
    *s = *with;
    return ++t->used * 4 < t->mask * 3 || grow(t);
}

void *conf_name_define_bytes(struct conf_context *c, enum conf_space space, const void *key,
                             size_t len, void *value)
{
    uint64_t hash;
    struct slot *s = slot_find(c->names, space, key, len, space != SPACE_FILE, &hash);

    if (s->hash != 0)
        return s->value;
    struct slot with = {hash, region_copy(c->scratch, key, len), value, (uint32_t)len, space};
    if (with.key != NULL && !slot_fill(c->names, s, &with))
        conf_say(c, LVL_ERROR, "out of memory");
    return NULL;
}

void *conf_name_find_bytes(struct conf_context *c, enum conf_space space, const void *key,
                           size_t len)
{
    uint64_t hash;
    const struct slot *s = slot_find(c->names, space, key, len, space != SPACE_FILE, &hash);

    return s->hash != 0 ? s->value : NULL;
}

void *conf_name_define(struct conf_context *c, enum conf_space space, const char *name,
                       void *value)
{
    return conf_name_define_bytes(c, space, name, strlen(name), value);
}

void *conf_name_find(struct conf_context *c, enum conf_space space, const char *name)
{
    return conf_name_find_bytes(c, space, name, strlen(name));
}

const void *conf_share(struct conf_context *c, const void *data, size_t len)
{
    uint64_t hash;
    struct slot *s = slot_find(c->shared, 0, data, len, false, &hash);

    if (s->hash != 0)
        return s->key;
    const void *copy = region_copy(c->memory, data, len);
    struct slot with = {hash, copy, NULL, (uint32_t)len, 0};
    if (copy != NULL && !slot_fill(c->shared, s, &with))
        conf_say(c, LVL_ERROR, "out of memory");
    return copy;
}

const char *conf_share_text(struct conf_context *c, const char *text)
{
    return text != NULL ? conf_share(c, text, strlen(text) + 1) : NULL;
}
