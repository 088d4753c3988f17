/*
 * What the steps of one conf_load() share.  Private to conf/; one thread.
 */
#ifndef KZ_CONF_CONTEXT_H
#define KZ_CONF_CONTEXT_H

#include "base/region.h"
#include "conf/option_table.h"
#include "conf/settings.h"
#include "parser/conf_syntax.h"

struct grammar_node;

/* Kinds of names, each a space of its own. */
enum conf_space {
    SPACE_ACL, SPACE_KEY, SPACE_REMOTES, SPACE_TLS, SPACE_HTTP, SPACE_VIEW, SPACE_POLICY,
    SPACE_TEMPLATE, SPACE_FILE, SPACE_ZONE, SPACE_SERVER,
    SPACE_MISTAKE       /* those that were told: once each */
};

struct conf_table;          /* conf/table.c */

struct conf_context {
    struct conf_tree *tree;
    const struct conf_block *default_block;     /* the table's defaults, as if written */
    struct region *scratch;         /* the tree's memory: lives as long as the load */
    struct region *memory;          /* the snapshot's */
    struct conf_snapshot *snapshot;
    const struct conf_load_options *options;
    const struct conf_report *report;
    struct conf_table *names;       /* what was defined where */
    struct conf_table *shared;      /* equal values, made one */
    struct grammar_node **grammars; /* by row of the option table, made when first needed */
    unsigned errors, lines_shown;
    enum zone_type zone_type;       /* of the zone whose options are being put together */
    const char *view_name;          /* of its view; NULL without views */
    bool uses_geoip;
    unsigned list_depth;            /* named lists within named lists, being built */
    bool in_acl_statement;          /* names that are not defined matter when used */
    bool defaults;                  /* the tree is our own defaults */
    unsigned nresolver;             /* options of resolvers that were seen */
    char resolver_names[160];       /* the first of them */
    const struct conf_item *resolver_at;
};

/* A mistake / a warning at a place: "FILE:LINE: TEXT", and for mistakes a second line
 * that shows it.  Mistakes are counted. */
void conf_error(struct conf_context *c, const struct conf_item *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_context *c, const struct conf_item *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* False when so many were told that no more are. */
bool conf_is_telling(const struct conf_context *c);
/* One more line on the last mistake: advice. */
void conf_advise(struct conf_context *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* As conf_error() and conf_warn(), without a place in a file. */
void conf_say(struct conf_context *c, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A table of things by bytes: names with what they stand for, and values that are kept
 * once.  Keys are compared without regard to ASCII case in conf_names_*, exactly in
 * conf_share().
 */
struct conf_table *conf_table_new(void);
void conf_table_free(struct conf_table *t);

/* Defines a name; the value that was there before, or NULL. */
void *conf_name_define(struct conf_context *c, enum conf_space space, const char *name,
                       void *value);
void *conf_name_find(struct conf_context *c, enum conf_space space, const char *name);
/* The same for a key of bytes. */
void *conf_name_define_bytes(struct conf_context *c, enum conf_space space, const void *key,
                             size_t len, void *value);
void *conf_name_find_bytes(struct conf_context *c, enum conf_space space, const void *key,
                           size_t len);

/* The one copy of `len` bytes that the snapshot keeps (aligned to eight bytes). */
const void *conf_share(struct conf_context *c, const void *data, size_t len);
const char *conf_share_text(struct conf_context *c, const char *text);

#endif
