/*
 * conf_load(): read, check against the table, then build, part by part.  A part that is
 * wrong does not keep the others from being checked.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/added.h"
#include "conf/build.h"
#include "conf/geoip.h"
#include "conf/grammar.h"

static void syntax_error(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                         const char *text)
{
    struct conf_context *c = arg;
    struct conf_tree *outer = c->tree;

    c->tree = (struct conf_tree *)tree;
    conf_error(c, at, "%s", text);
    c->tree = outer;
}

/* The table's defaults, written as a file would have them. */
static char *defaults_text(struct region *memory)
{
    size_t len = 0;
    uint32_t places = IN_OPTIONS | IN_VIEW_BLOCK | IN_ANY_ZONE;

    for (unsigned i = 0; i < option_count; i++)
        if (option_rows[i].default_text != NULL)
            len += strlen(option_rows[i].name) + strlen(option_rows[i].default_text) + 3;
    char *text = region_zalloc(memory, len + 1), *at = text;
    for (unsigned i = 0; text != NULL && i < option_count; i++)
        if (option_rows[i].default_text != NULL && option_rows[i].places & places)
            at += sprintf(at, "%s %s;\n", option_rows[i].name, option_rows[i].default_text);
    return text;
}

/* Reads the defaults; they are right, or the table is wrong and nothing loads. */
static enum result defaults_read(struct conf_context *c, struct conf_tree **tree)
{
    struct conf_syntax_report report = {syntax_error, c};
    char *text = defaults_text(c->scratch);
    struct conf_tree *outer = c->tree;
    unsigned resolver = c->nresolver;

    if (text == NULL)
        return RES_NOMEM;
    enum result res = conf_tree_read_text("built-in", text, strlen(text), &report, tree);
    if (res != RES_OK)
        return res;
    c->tree = *tree;
    c->defaults = true;
    conf_check_block(c, &(*tree)->top, IN_OPTIONS | IN_VIEW_BLOCK | IN_ANY_ZONE);
    c->defaults = false;
    c->tree = outer;
    c->nresolver = resolver;
    c->resolver_names[0] = '\0';
    c->default_block = &(*tree)->top;
    return RES_OK;
}

/* `tls NAME { … }` and the like: a name of its own, defined once. */
static void define_clause(struct conf_context *c, struct conf_stmt *s, enum conf_space space)
{
    const char *kind = s->first->text, *name = s->first->next->text;
    const struct conf_stmt *old = conf_name_define(c, space, name, s);

    if (old != NULL)
        conf_error(c, s->first, "%s%s '%s' is duplicated: also defined at %s:%u", kind,
                   space == SPACE_TLS ? " clause" : "", name,
                   c->tree->files[old->first->file].name, old->first->line);
    if (strcmp(name, "none") == 0 || strcmp(name, "ephemeral") == 0 ||
        (space == SPACE_HTTP && strcmp(name, "default") == 0))
        conf_error(c, s->first, "%s clause name '%s' is reserved for internal use", kind, name);
}

static void define_policy(struct conf_context *c, struct conf_stmt *s)
{
    static const char *const reserved[] = {"default", "insecure", "none"};
    const char *name = s->first->next->text;

    for (unsigned i = 0; i < 3; i++)
        if (strcmp(name, reserved[i]) == 0)
            conf_error(c, s->first, "dnssec-policy name may not be 'insecure', 'none', or "
                       "'default' (which are built-in policies)");
    if (conf_name_define(c, SPACE_POLICY, name, s) != NULL)
        conf_error(c, s->first, "dnssec-policy: duplicately named policy found '%s'", name);
}

/* Names that may be used before the place where they are defined. */
static void define_names(struct conf_context *c)
{
    static const struct {
        const char *word;
        enum conf_space space;
    } spaces[] = {{"tls", SPACE_TLS}, {"http", SPACE_HTTP}};

    for (struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next) {
        struct conf_item *name = s->first->next;
        if (s->first->kind != CONF_WORD || name == NULL || name->kind == CONF_BLOCK)
            continue;
        if (strcmp(s->first->text, "acl") == 0)
            acl_define(c, s);
        for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
            if (strcmp(s->first->text, spaces[i].word) == 0)
                define_clause(c, s, spaces[i].space);
    }
}

static void define_checked_names(struct conf_context *c)
{
    for (struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next) {
        const char *name = stmt_name(s);
        if (strcmp(name, "key") == 0)
            key_define(c, s, NULL);
        else if (strcmp(name, "dnssec-policy") == 0)
            define_policy(c, s);
        else if (strcmp(name, "template") == 0)
            conf_name_define(c, SPACE_TEMPLATE, s->first->next->text, stmt_block(s));
        else if (strcmp(name, "primaries") == 0 || strcmp(name, "masters") == 0 ||
                 strcmp(name, "remote-servers") == 0 || strcmp(name, "parental-agents") == 0)
            remotes_define(c, s);
    }
}

static const struct conf_block *top_block(struct conf_context *c, const char *name)
{
    const struct conf_stmt *s = block_find(&c->tree->top, name);

    return s != NULL ? stmt_block(s) : NULL;
}

/* What differs from the table: texts that the build knows. */
static void snapshot_defaults(struct conf_snapshot *s)
{
    s->pid_file = LOCALSTATEDIR "/run/named/named.pid";
    s->session_keyfile = LOCALSTATEDIR "/run/named/session.key";
    s->version = s->hostname = "";
    s->geoip_directory = "/usr/share/GeoIP";
}

static void build_server(struct conf_context *c, const struct conf_block *options)
{
    const struct field_map *fields = server_field_map();

    snapshot_defaults(c->snapshot);
    field_apply_block(c, fields, c->default_block, c->snapshot);
    field_apply_block(c, fields, options, c->snapshot);
    if (c->snapshot->port == 0)
        c->snapshot->port = 53;
}

static void build_all(struct conf_context *c)
{
    const struct conf_block *options = top_block(c, "options");
    const struct conf_block *logging = top_block(c, "logging");

    define_checked_names(c);
    build_server(c, options);
    c->snapshot->has_logging = logging != NULL;
    logging_build(c, logging);
    listeners_build(c, options);
    controls_build(c);
    views_build(c, options);
    check_file(c);
    if (c->uses_geoip && !c->options->check_only && c->snapshot->geoip_directory != NULL)
        geoip_open(c->snapshot->geoip_directory);
}

static void warn_of_resolver_options(struct conf_context *c)
{
    if (c->nresolver > 0)
        conf_warn(c, c->resolver_at, "%u option%s of resolvers %s no effect on this authoritative "
                  "server (%s%s)", c->nresolver, c->nresolver == 1 ? "" : "s",
                  c->nresolver == 1 ? "has" : "have", c->resolver_names,
                  strlen(c->resolver_names) + 24 > sizeof c->resolver_names ? ", …" : "");
}

void conf_check_file(struct conf_context *c)
{
    define_names(c);
    conf_check_block(c, &c->tree->top, IN_TOP);
}

static enum result load_tree(struct conf_context *c)
{
    struct conf_tree *defaults = NULL;
    enum result res = defaults_read(c, &defaults);

    if (res == RES_OK) {
        if (!c->options->check_only)
            added_zones_read(c);
        conf_check_file(c);
        build_all(c);
        if (!c->options->check_only)
            added_zones_frame(c);
        warn_of_resolver_options(c);
        if (region_failed(c->memory) || region_failed(c->scratch))
            res = RES_NOMEM;
        else if (c->errors > 0)
            res = RES_FAILURE;
    }
    conf_tree_free(defaults);
    return res;
}

/* Everything but the tree. */
static enum result context_init(struct conf_context *c)
{
    c->names = conf_table_new();
    c->shared = conf_table_new();
    c->memory = region_new();
    c->snapshot = c->memory != NULL ? region_zalloc(c->memory, sizeof *c->snapshot) : NULL;
    return c->names != NULL && c->shared != NULL && c->snapshot != NULL ? RES_OK : RES_NOMEM;
}

/* What lives in the tree's memory. */
static enum result context_use_tree(struct conf_context *c, const char *name)
{
    c->scratch = c->tree->memory;
    c->grammars = region_zalloc(c->scratch, option_count * sizeof *c->grammars);
    c->snapshot->file = region_text(c->memory, name, strlen(name));
    return c->grammars != NULL ? RES_OK : RES_NOMEM;
}

enum result conf_context_open(struct conf_context *c, const char *path)
{
    struct conf_syntax_report report = {syntax_error, c};
    enum result res = context_init(c);

    if (res != RES_OK)
        return res;
    res = conf_tree_read(path, &report, &c->tree);
    if (res == RES_OK)
        return context_use_tree(c, path);
    conf_say(c, LVL_ERROR, "open: %s: %s", path, result_text(res));
    return res;
}

void conf_context_close(struct conf_context *c)
{
    conf_table_free(c->names);
    conf_table_free(c->shared);
    conf_tree_free(c->tree);
}

/* The end of a load that came as far as `res`. */
static enum result load_finish(struct conf_context *c, enum result res, struct conf_snapshot **out)
{
    if (res == RES_OK)
        res = load_tree(c);
    conf_context_close(c);
    *out = NULL;
    if (res != RES_OK) {
        region_free(c->memory);
        return res;
    }
    c->snapshot->memory = c->memory;
    *out = c->snapshot;
    return RES_OK;
}

enum result conf_load(const char *path, const struct conf_load_options *opt,
                      const struct conf_report *report, struct conf_snapshot **out)
{
    struct conf_context c = {.options = opt, .report = report};

    return load_finish(&c, conf_context_open(&c, path), out);
}

enum result conf_load_text(const char *name, const char *text, size_t len,
                           const struct conf_load_options *opt, const struct conf_report *report,
                           struct conf_snapshot **out)
{
    struct conf_context c = {.options = opt, .report = report};
    struct conf_syntax_report syntax = {syntax_error, &c};
    enum result res = context_init(&c);

    if (res == RES_OK)
        res = conf_tree_read_text(name, text, len, &syntax, &c.tree);
    if (res == RES_OK)
        res = context_use_tree(&c, name);
    return load_finish(&c, res, out);
}

void conf_keep(struct conf_snapshot *s)
{
    s->refs++;
}

void conf_free(struct conf_snapshot *s)
{
    if (s == NULL || s->refs-- > 0)
        return;
    for (struct conf_snapshot **p = s->parts; p != NULL && *p != NULL; p++)
        conf_free(*p);
    region_free(s->memory);
}
