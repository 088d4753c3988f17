#include <string.h>

#include "conf/build.h"

const struct conf_stmt *block_find(const struct conf_block *block, const char *name)
{
    if (block == NULL)
        return NULL;
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        if (strcmp(stmt_name(s), name) == 0)
            return s;
    return NULL;
}

struct conf_block *stmt_block(const struct conf_stmt *s)
{
    for (const struct conf_item *i = s->first; i != NULL; i = i->next)
        if (i->kind == CONF_BLOCK)
            return i->block;
    return NULL;
}

const struct field_map *field_map_ready(struct field_map *map)
{
    if (map->made)
        return map;
    for (unsigned row = 0; row < option_count; row++)
        for (unsigned i = 0; i < map->count; i++)
            if (strcmp(map->fields[i].name, option_rows[row].name) == 0)
                map->by_row[row] = &map->fields[i];
    map->made = true;
    return map;
}

static void set_words(const struct conf_field *f, const struct conf_item *item, void *to)
{
    bool b;
    int value = 0;
    const char *word = value_boolean(item, &b) ? (b ? "yes" : "no") : value_text(item);

    for (const struct field_word *w = f->words; w->word != NULL; w++)
        if (strcasecmp(w->word, word) == 0)
            value = w->value;
    if (f->size == 1)
        *(uint8_t *)to = (uint8_t)value;
    else
        *(int *)to = value;
}

/* An address to send from: `*` is any. */
static void set_source(const struct conf_item *item, union net_addr *to)
{
    uint32_t port;

    memset(to, 0, sizeof *to);
    if (!value_is(item, "*"))
        net_addr_parse(to, item->text);
    if (value_is(item->next, "port") && value_number(item->next->next, &port))
        net_addr_set_port(to, (uint16_t)port);
}

static void set_bytes(const struct conf_item *item, uint64_t *to)
{
    if (value_is(item, "unlimited"))
        *to = UINT64_MAX;
    else if (!value_size(item, to))
        *to = 0;    /* the word default */
}

/* Numbers in units of the option; the word unlimited is 0. */
static uint32_t number_of(const struct conf_item *item, uint32_t unit)
{
    uint32_t n = 0, product;

    if (!value_number(item, &n) && !value_duration(item, &n) && !value_percentage(item, &n))
        return 0;
    return __builtin_mul_overflow(n, unit, &product) ? UINT32_MAX : product;
}

static void set_text(struct conf_context *c, const struct conf_item *item, const char **to)
{
    *to = item->kind == CONF_WORD && value_is(item, "none") ? NULL
                                                             : conf_share_text(c, item->text);
}

static void field_set(struct conf_context *c, const struct conf_field *f,
                      const struct conf_stmt *stmt, void *to)
{
    const struct conf_item *item = stmt->first->next;

    switch (f->kind) {
    case FIELD_BOOL:
        value_boolean(item, to);
        break;
    case FIELD_U16:
        *(uint16_t *)to = (uint16_t)number_of(item, 1);
        break;
    case FIELD_U32:
    case FIELD_SECONDS:
        *(uint32_t *)to = number_of(item, 1);
        break;
    case FIELD_MINUTES:
        *(uint32_t *)to = number_of(item, 60);
        break;
    case FIELD_100MS:
        *(uint32_t *)to = number_of(item, 100);
        break;
    case FIELD_BYTES:
        set_bytes(item, to);
        break;
    case FIELD_TEXT:
        set_text(c, item, to);
        break;
    case FIELD_ACL:
        *(const struct acl **)to = acl_build(c, item->block);
        break;
    case FIELD_SOURCE:
        set_source(item, to);
        break;
    case FIELD_WORDS:
        set_words(f, item, to);
        break;
    case FIELD_CALL:
        break;
    }
}

static void field_apply(struct conf_context *c, const struct field_map *map,
                        const struct conf_stmt *stmt, void *target)
{
    const struct conf_field *f =
        stmt->note != NULL ? map->by_row[option_index(stmt->note)] : NULL;

    if (f == NULL)
        return;
    if (f->kind == FIELD_CALL)
        f->call(c, stmt, target);
    else
        field_set(c, f, stmt, (char *)target + f->offset);
}

void field_apply_block(struct conf_context *c, const struct field_map *map,
                       const struct conf_block *block, void *target)
{
    if (block == NULL)
        return;
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        field_apply(c, map, s, target);
}
