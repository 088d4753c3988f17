#include "conf/added.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "conf/build.h"
#include "conf/print.h"

/* ---- Which file ---- */

/* The tree may not have been checked yet: words are compared as they stand. */
static const struct conf_item *find_value(const struct conf_block *b, const char *option)
{
    for (const struct conf_stmt *s = b != NULL ? b->first : NULL; s != NULL; s = s->next)
        if (s->first->kind == CONF_WORD && strcmp(s->first->text, option) == 0)
            return s->first->next;
    return NULL;
}

static const struct conf_block *find_options(const struct conf_context *c)
{
    const struct conf_item *i = find_value(&c->tree->top, "options");

    return i != NULL && i->kind == CONF_BLOCK ? i->block : NULL;
}

static const struct conf_item *in_force(const struct conf_context *c, const struct conf_block *own,
                                        const char *option)
{
    const struct conf_item *i = find_value(own, option);

    return i != NULL ? i : find_value(find_options(c), option);
}

static const char *in_directory(struct conf_context *c, const struct conf_item *directory,
                                const char *path)
{
    if (directory == NULL || directory->kind == CONF_BLOCK || path == NULL || path[0] == '/')
        return path;
    return region_printf(c->memory, "%s/%s", directory->text, path);
}

/* The first half of a SHA-256, in hex. */
static const char *hashed(struct conf_context *c, const char *view)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char text[17];

    SHA256((const uint8_t *)view, strlen(view), digest);
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
    return region_text(c->memory, text, 16);
}

static const char *file_of(struct conf_context *c, const struct conf_block *own, const char *base,
                           const char *end)
{
    const char *path = region_printf(c->memory, "%s%s", base, end);

    path = in_directory(c, in_force(c, own, "new-zones-directory"), path);
    return in_directory(c, find_value(find_options(c), "directory"), path);
}

/* Names that file systems may take for another are hashed; so is one whose file is there. */
static const char *base_of(struct conf_context *c, const struct conf_block *own, const char *view)
{
    const char *hash = hashed(c, view), *path = file_of(c, own, hash, ".nzf");

    if (strpbrk(view, "\\/ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
        return hash;
    return path != NULL && access(path, F_OK) == 0 ? hash : view;
}

const char *added_zones_path(struct conf_context *c, const struct conf_block *own,
                             const char *view)
{
    const struct conf_item *allow = in_force(c, own, "allow-new-zones");
    bool yes;

    if (allow == NULL || allow->kind == CONF_BLOCK || !value_boolean(allow, &yes) || !yes)
        return NULL;
    return file_of(c, own, base_of(c, own, view), ".nzf");
}

/* ---- Reading ---- */

static void syntax_error(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                         const char *text)
{
    (void)tree;
    conf_error(arg, at, "%s", text);
}

/* BIND may keep added zones in a database. */
static void look_for_database(struct conf_context *c, const struct conf_block *own,
                              const char *view, const char *path)
{
    const char *nzd = file_of(c, own, base_of(c, own, view), ".nzd");

    if (nzd != NULL && access(nzd, F_OK) == 0)
        conf_say(c, LVL_WARNING, "zones that BIND has added are in '%s' and are not read: "
                 "run `named-nzd2nzf %s > %s` once", nzd, nzd, path);
}

static void read_file(struct conf_context *c, const struct conf_block *own, const char *view,
                      struct conf_block *into)
{
    const struct conf_syntax_report report = {syntax_error, c};
    const char *path = added_zones_path(c, own, view);
    enum result r;

    if (path == NULL)
        return;
    r = conf_tree_read_more(c->tree, path, &report, into);
    if (r == RES_FILENOTFOUND)
        look_for_database(c, own, view, path);
    else if (r != RES_OK)
        conf_say(c, LVL_ERROR, "open: %s: %s", path, result_text(r));
}

static bool is_view(const struct conf_stmt *s)
{
    const struct conf_item *name = s->first->next;

    return s->first->kind == CONF_WORD && strcmp(s->first->text, "view") == 0 && name != NULL &&
           name->kind != CONF_BLOCK;
}

void added_zones_read(struct conf_context *c)
{
    unsigned nviews = 0;

    for (const struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next) {
        if (!is_view(s))
            continue;
        nviews++;
        const struct conf_item *i = s->first->next;
        while (i != NULL && i->kind != CONF_BLOCK)
            i = i->next;
        if (i != NULL)
            read_file(c, i->block, s->first->next->text, i->block);
    }
    if (nviews == 0)
        read_file(c, NULL, "_default", &c->tree->top);
}

void added_zone_note(struct conf_context *c, const struct conf_stmt *stmt,
                     const struct conf_view *v, struct conf_zone *z)
{
    const char *file = c->tree->files[stmt->first->file].name;

    z->text = conf_print_line(c, stmt);
    z->is_added = c->options->is_added || strcmp(file, v->added_zones_file) == 0;
}

void added_zones_frame(struct conf_context *c)
{
    const struct conf_snapshot *s = c->snapshot;

    for (unsigned i = 0; i < s->nviews; i++)
        if (s->views[i].added_zones_file != NULL || s->views[i].ncatalogs > 0) {
            c->snapshot->frame = conf_print_frame(c);
            return;
        }
}

/* ---- One more zone ---- */

static void syntax_message(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                           const char *text)
{
    const struct conf_report *report = arg;
    char *line;

    (void)at;
    if (asprintf(&line, "%s: %s", tree->files[0].name, text) < 0)
        return;
    report->message(report->arg, LVL_ERROR, line);
    free(line);
}

/* Is it one statement that ends where it should?  Its mistakes are told. */
static enum result check_syntax(const struct conf_zone_text *t, const char *statement,
                                const struct conf_report *report)
{
    const struct conf_syntax_report syntax = {syntax_message, (void *)report};
    struct conf_tree *tree = NULL;
    enum result r = conf_tree_read_text(t->command, statement, strlen(statement), &syntax, &tree);

    if (r == RES_OK && (tree->errors > 0 || tree->top.first == NULL ||
                        tree->top.first->next != NULL))
        r = RES_UNEXPECTEDTOKEN;
    conf_tree_free(tree);
    return r;
}

/* The frame with the statement in the n-th gap. */
static char *fill_frame(const char *frame, unsigned gap, const char *statement)
{
    char *out = malloc(strlen(frame) + strlen(statement) + 1), *at = out;

    for (const char *p = frame; out != NULL && *p != '\0'; p++) {
        if (*p != CONF_ZONES_HERE)
            *at++ = *p;
        else if (gap-- == 0)
            at = stpcpy(at, statement);
    }
    if (out != NULL)
        *at = '\0';
    return out;
}

/* A configuration whose only zones are those of the statements. */
static enum result load_part(const struct conf_snapshot *s, unsigned view, const char *name,
                             const char *statements, const struct conf_load_options *opt,
                             const struct conf_report *report, struct conf_snapshot **out)
{
    char *text = fill_frame(s->frame, view, statements);
    enum result r = RES_NOMEM;

    if (text != NULL)
        r = conf_load_text(name, text, strlen(text), opt, report, out);
    free(text);
    return r;
}

enum result conf_members_load(const struct conf_snapshot *s, unsigned view, const char *catalog,
                              const char *statements, const struct conf_report *report,
                              struct conf_snapshot **out)
{
    const struct conf_load_options opt = {
        .port = s->port, .check_only = true, .is_part = true, .catalog = catalog};

    *out = NULL;
    return load_part(s, view, catalog, statements, &opt, report, out);
}

enum result conf_zone_load(const struct conf_snapshot *s, unsigned view,
                           const struct conf_zone_text *t, const struct conf_report *report,
                           struct conf_snapshot **out)
{
    const struct conf_load_options opt = {
        .port = s->port, .check_only = true, .is_part = true, .is_added = t->is_added};
    char *statement = NULL;
    enum result r;

    *out = NULL;
    if (asprintf(&statement, "zone \"%s\" %s %s", t->name, t->rrclass, t->body) < 0)
        return RES_NOMEM;
    r = check_syntax(t, statement, report);
    if (r == RES_OK)
        r = load_part(s, view, t->command, statement, &opt, report, out);
    free(statement);
    return r;
}

/* ---- The whole again ---- */

static bool is_shadowed(const struct conf_zone_change *changes, unsigned n, const char *view,
                        const uint8_t *name)
{
    for (unsigned i = 0; i < n; i++)
        if (changes[i].shadows && strcmp(changes[i].view, view) == 0 &&
            name_equal(changes[i].name, name))
            return true;
    return false;
}

/* Up to where there are changes that are more than additions: few, as a rule, among many. */
static unsigned end_of_shadows(const struct conf_zone_change *changes, unsigned n)
{
    while (n > 0 && !changes[n - 1].shadows)
        n--;
    return n;
}

static bool derive_view(struct region *memory, unsigned at, struct conf_view *v,
                        const struct conf_zone_change *changes, unsigned n)
{
    const struct conf_zone *old = v->zones;
    unsigned nold = v->nzones, shadows = end_of_shadows(changes, n);
    struct conf_zone *zones = region_alloc(memory, (nold + n + 1) * sizeof *zones);

    if (zones == NULL)
        return false;
    v->nzones = 0;
    for (unsigned i = 0; i < nold; i++)
        if (!is_shadowed(changes, shadows, v->name, old[i].name))
            zones[v->nzones++] = old[i];
    for (unsigned i = 0; i < n; i++)
        if (changes[i].now != NULL && strcmp(changes[i].view, v->name) == 0)
            zones[v->nzones++] = changes[i].now->views[at].zones[changes[i].at];
    v->zones = zones;
    return true;
}

static bool derive(struct conf_snapshot *s, const struct conf_snapshot *base,
                   struct region *memory, const struct conf_zone_change *changes, unsigned n)
{
    *s = *base;
    s->refs = 0;
    s->memory = memory;
    s->parts = region_zalloc(memory, (n + 2) * sizeof *s->parts);
    s->views = region_alloc(memory, base->nviews * sizeof *s->views);
    if (s->parts == NULL || s->views == NULL)
        return false;
    memcpy(s->views, base->views, base->nviews * sizeof *s->views);
    for (unsigned i = 0; i < s->nviews; i++)
        if (!derive_view(memory, i, &s->views[i], changes, n))
            return false;
    return true;
}

struct conf_snapshot *conf_derive(struct conf_snapshot *base,
                                  const struct conf_zone_change *changes, unsigned n)
{
    struct region *memory = region_new();
    struct conf_snapshot *s = memory != NULL ? region_alloc(memory, sizeof *s) : NULL;
    unsigned nparts = 0;

    if (s == NULL || !derive(s, base, memory, changes, n)) {
        region_free(memory);
        return NULL;
    }
    s->parts[nparts++] = base;
    for (unsigned i = 0; i < n; i++)
        if (changes[i].now != NULL)
            s->parts[nparts++] = changes[i].now;
    for (unsigned i = 0; i < nparts; i++)
        conf_keep(s->parts[i]);
    return s;
}

/* ---- Writing ---- */

enum result conf_added_write(const struct conf_view *v)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    enum result r = RES_NOMEM;

    if (f == NULL)
        return RES_NOMEM;
    fprintf(f, "# New zone file for view: %s\n"
               "# This file contains configuration for zones added by\n"
               "# the 'rndc addzone' command. DO NOT EDIT BY HAND.\n", v->name);
    for (unsigned i = 0; i < v->nzones; i++)
        if (v->zones[i].is_added && v->zones[i].text != NULL)
            fprintf(f, "%s;\n", v->zones[i].text);
    if (fclose(f) == 0)
        r = file_replace_with(v->added_zones_file, 0600, text, len);
    free(text);
    return r;
}
