/*
 * Values of options: what types there are, and reading them from items that were found
 * right.  Any thread; nothing is kept.
 */
#ifndef KZ_CONF_VALUE_H
#define KZ_CONF_VALUE_H

#include "conf/context.h"

/* One row of the types.  `check` says what is wrong with an item: NULL when nothing is,
 * else BIND's words, to which "near 'ITEM'" is added. */
struct value_type {
    const char *name;               /* as between < and > */
    const char *(*check)(const struct conf_item *item);
    bool quoted;                    /* printed in quotes, whatever was written */
};

const struct value_type *value_type_find(const char *name, size_t len);
unsigned value_type_index(const struct value_type *type);
const struct value_type *value_type_at(unsigned index);

/* Text of a word or string, "{" of a block. */
const char *value_text(const struct conf_item *item);
bool value_is(const struct conf_item *item, const char *word);

/* The values; false when the item is none. */
bool value_boolean(const struct conf_item *item, bool *out);
bool value_number(const struct conf_item *item, uint32_t *out);
bool value_size(const struct conf_item *item, uint64_t *out);      /* with K, M, G */
bool value_duration(const struct conf_item *item, uint32_t *out);  /* TTL or ISO 8601 */
bool value_percentage(const struct conf_item *item, uint32_t *out);

#endif
