/*
 * From a checked syntax tree to settings: the steps of conf_load().  Private to conf/;
 * one thread.  Mistakes are told to the context's report.
 */
#ifndef KZ_CONF_BUILD_H
#define KZ_CONF_BUILD_H

#include "conf/acl_build.h"
#include "conf/context.h"
#include "conf/value.h"

/* ---- Fields (conf/fields.c): an option, where its value goes, how it is read ---- */

enum field_kind {
    FIELD_BOOL, FIELD_U32, FIELD_U16, FIELD_BYTES, FIELD_SECONDS, FIELD_MINUTES, FIELD_100MS,
    FIELD_TEXT,         /* NULL for the bare word none */
    FIELD_ACL, FIELD_SOURCE, FIELD_WORDS, FIELD_CALL
};

struct field_word {
    const char *word;   /* yes and no stand for all of BIND's booleans; NULL ends the list */
    int value;
};

/* many-answers and one-answer, of views and servers. */
extern const struct field_word transfer_format_words[];

struct conf_field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    uint8_t size;                       /* FIELD_WORDS: bytes of the target */
    const struct field_word *words;
    void (*call)(struct conf_context *c, const struct conf_stmt *stmt, void *target);
};

/* The fields of one structure, found by row of the option table; static, made by the
 * first load. */
struct field_map {
    const struct conf_field *fields;
    unsigned count;
    bool made;
    const struct conf_field *by_row[OPTION_ROWS_MAX];
};

const struct field_map *field_map_ready(struct field_map *map);

/* Puts every option of the block that has a field where it belongs. */
void field_apply_block(struct conf_context *c, const struct field_map *map,
                       const struct conf_block *block, void *target);

/* The maps of conf/zone_fields.c, conf/view_fields.c and conf/server_fields.c. */
const struct field_map *zone_field_map(void);
const struct field_map *view_field_map(void);
const struct field_map *server_field_map(void);

/* ---- Statements ---- */

/* The option's name of a statement that was found right, "" of others. */
static inline const char *stmt_name(const struct conf_stmt *s)
{
    return s->note != NULL ? ((const struct option_row *)s->note)->name : "";
}

/* The first statement of that name; NULL when there is none. */
const struct conf_stmt *block_find(const struct conf_block *block, const char *name);

/* The block of a statement: its first item in braces. */
struct conf_block *stmt_block(const struct conf_stmt *s);

/* ---- Parts ---- */

/* `key NAME { … }`: defines it globally (view NULL) or for a view. */
void key_define(struct conf_context *c, const struct conf_stmt *stmt, const char *view);
const struct tsig_key *key_find(struct conf_context *c, const char *name, const char *view);
/* The keys of a view, the global ones among them. */
void keys_collect(struct conf_context *c, const struct conf_block *block, struct conf_view *v);

/* `primaries NAME { … }` and its synonyms. */
void remotes_define(struct conf_context *c, const struct conf_stmt *stmt);
/* The servers of the list that begins with the item `from` (a part before its braces, or
 * they), nested ones in their place; NULL and 0 after an error. */
const struct conf_remote *remotes_build(struct conf_context *c, const struct conf_item *from,
                                        unsigned *count);

/* `catalog-zones { … }` of a view (a struct conf_view). */
void catalogs_build(struct conf_context *c, const struct conf_stmt *stmt, void *view);
void logging_build(struct conf_context *c, const struct conf_block *block);
void listeners_build(struct conf_context *c, const struct conf_block *options);
void controls_build(struct conf_context *c);
void servers_build(struct conf_context *c, const struct conf_block *block, struct conf_view *v);
void views_build(struct conf_context *c, const struct conf_block *options);
const struct conf_update_policy *update_policy_build(struct conf_context *c,
                                                     const struct conf_stmt *stmt);

/* Zones of a view: `levels` are the blocks whose options they inherit, outermost first. */
struct zone_build {
    struct conf_view *view;
    unsigned view_index;
    const struct conf_block *zones, *levels[3];
    unsigned nlevels;
};
void zones_build(struct conf_context *c, const struct zone_build *b);
/* Where a zone of a view is defined; NULL when it is not. */
const struct conf_item *conf_zone_find(struct conf_context *c, unsigned view,
                                       const uint8_t *name);

/* ---- The frame of a load (conf/load.c) ---- */

/* Reads the file; the context then has to be closed, whatever came of it.  The snapshot's
 * memory (c->memory) stays the caller's. */
enum result conf_context_open(struct conf_context *c, const char *path);
void conf_context_close(struct conf_context *c);
/* Checks the file against the table of options. */
void conf_check_file(struct conf_context *c);

/* ---- Checks that need more than one statement ---- */

/* Values of options, at every level; definitions that others refer to. */
void check_file(struct conf_context *c);
/* The options of a view's levels that name zones; `view` is its index. */
void check_view_zones(struct conf_context *c, const struct conf_block *block, unsigned view);

#endif
