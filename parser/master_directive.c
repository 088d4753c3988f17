/* $ORIGIN, $INCLUDE (RFC 1035 §5.1), $TTL (RFC 2308 §4) and BIND's $DATE. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/rrtype.h"
#include "parser/master_parser.h"

static enum result do_origin(struct master_parser *p, const struct master_entry *e)
{
    struct name origin;
    enum result r;

    if (e->ntok < 2)
        return master_unexpected_end(p, e);
    r = name_from_text(&origin, e->tok[1].text, e->tok[1].len, p->file->origin.wire);
    if (r != RES_OK)
        return master_fail_at(p, e->line, r);
    p->file->origin = origin;
    p->file->origin_changed = true;
    p->file->owner_text_len = 0;
    return master_expect_end(p, e, 2);
}

static enum result do_ttl(struct master_parser *p, const struct master_entry *e)
{
    uint32_t ttl = 0;
    enum result r;

    if (e->ntok < 2) {
        p->ttl = 0;
        p->default_ttl_known = true;
        return master_unexpected_end(p, e);
    }
    r = ttl_from_text(&ttl, e->tok[1].text, e->tok[1].len);
    if (r != RES_OK && !p->opt->keep_going)
        return master_fail_at(p, e->line, r);
    if (r != RES_OK)
        master_fail(p, r);      /* BIND says nothing here but that the zone is bad */
    p->ttl = master_limit_ttl(p, e->line, ttl);
    p->default_ttl = p->ttl;
    p->default_ttl_known = true;
    return master_expect_end(p, e, 2);
}

/* $DATE YYYYMMDDHHMMSS: when the file was dumped; we only check it. */
static enum result do_date(struct master_parser *p, const struct master_entry *e)
{
    const struct rdata_token *t = &e->tok[1];

    if (e->ntok < 2)
        return master_unexpected_end(p, e);
    if (t->len != 14 || strspn(t->text, "0123456789") < 14)
        return master_fail_at(p, e->line, RES_SYNTAX);
    p->has_date = true;
    return master_expect_end(p, e, 2);
}

static enum result refuse_include(struct master_parser *p, const struct master_entry *e,
                                  const char *why, enum result r)
{
    master_tell(p, MASTER_ERROR, "dns_master_load", e->line, "%s", why);
    return r;
}

/* The path's text with its escapes undone, for open(). */
static char *include_path(const struct rdata_token *t)
{
    char *path = malloc(t->len + 1u), *at = path;

    if (path == NULL)
        return NULL;
    for (uint32_t i = 0; i < t->len; i++) {
        if (t->text[i] == '\\' && t->quoted && i + 1 < t->len && t->text[i + 1] == '"')
            i++;
        *at++ = t->text[i];
    }
    *at = '\0';
    return path;
}

/* Is this file being read further out? */
static bool include_loops(const struct master_file *f, const char *path)
{
    for (; f != NULL; f = f->parent)
        if (strcmp(f->source.name, path) == 0)
            return true;
    return false;
}

static enum result include_open(struct master_parser *p, struct master_file *f, const char *path)
{
    if (p->file->depth + 1 >= MASTER_INCLUDE_MAX_DEPTH || include_loops(p->file, path))
        return RES_TOOMANYHOPS;
    if (++p->nincludes > MASTER_INCLUDE_MAX)
        return RES_QUOTA;
    return master_source_open(&f->source, path, false);
}

/* RFC 1035 §5.1: an included file changes neither the origin nor the owner out here. */
static enum result include_read(struct master_parser *p, struct master_file *f)
{
    struct master_file *outer = p->file;
    enum result r;

    f->parent = outer;
    f->depth = outer->depth + 1;
    f->owner = outer->owner;
    f->has_owner = outer->has_owner;
    f->drop = outer->drop;
    f->origin_changed = outer->origin_changed;
    if (p->cb->included != NULL)
        p->cb->included(p->cb->arg, f->source.name);
    p->file = f;
    r = master_read(p);
    p->file = outer;
    master_source_close(&f->source);
    return r;
}

/* Opens and reads an included file; `origin` as in force there. */
static enum result include_file(struct master_parser *p, const struct master_entry *e,
                                const char *path, const uint8_t *origin)
{
    struct master_file f = {0};
    enum result r = RES_OK;

    if (p->file->has_owner)
        r = master_run_end(p, p->file->owner.wire);
    if (r != RES_OK)
        return r;
    if ((r = include_open(p, &f, path)) != RES_OK) {
        master_tell(p, MASTER_ERROR, "dns_master_load", e->line, "%s: %s", path, result_text(r));
        return master_fail(p, r);
    }
    name_copy(&f.origin, origin);
    return include_read(p, &f);
}

static enum result do_include(struct master_parser *p, const struct master_entry *e)
{
    struct name origin = p->file->origin;
    enum result r = RES_OK;
    char *path;

    if (p->opt->no_includes)
        return refuse_include(p, e, "$INCLUDE not allowed", RES_REFUSED);
    if (p->has_date)
        return refuse_include(p, e, "$INCLUDE may not be used with $DATE", RES_SYNTAX);
    if (e->ntok < 2)
        return master_unexpected_end(p, e);
    if (e->ntok > 2) {
        r = name_from_text(&origin, e->tok[2].text, e->tok[2].len, p->file->origin.wire);
        if (r != RES_OK)
            return master_fail_at(p, e->line, r);
        r = master_expect_end(p, e, 3);
    }
    if (r != RES_OK)
        return r;
    if ((path = include_path(&e->tok[1])) == NULL)
        return RES_NOMEM;
    r = include_file(p, e, path, origin.wire);
    free(path);
    return r;
}

enum result master_directive(struct master_parser *p, const struct master_entry *e,
                             bool *is_record)
{
    static const struct {
        const char *name;
        enum result (*run)(struct master_parser *p, const struct master_entry *e);
    } rows[] = {
        {"$ORIGIN", do_origin}, {"$TTL", do_ttl},           {"$INCLUDE", do_include},
        {"$DATE", do_date},     {"$GENERATE", master_generate},
    };
    const struct rdata_token *t = &e->tok[0];

    *is_record = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (t->len == strlen(rows[i].name) && strncasecmp(t->text, rows[i].name, t->len) == 0)
            return rows[i].run(p, e);
    master_tell(p, MASTER_ERROR, "dns_master_load", e->line, "unknown $ directive '%.*s'",
                (int)t->len, t->text);
    *is_record = true;
    return master_fail(p, RES_SYNTAX);
}
