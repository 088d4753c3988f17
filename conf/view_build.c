/* Views, and what belongs to each: keys, servers, zones. */
#include <string.h>

#include "conf/added.h"
#include "conf/build.h"
#include "dns/rrtype.h"

static bool view_read_class(struct conf_context *c, const struct conf_stmt *s,
                            struct conf_view *v)
{
    const struct conf_item *name = s->first->next, *word = name->next;

    v->rrclass = CLASS_IN;
    if (word == NULL || word->kind != CONF_WORD)
        return true;
    if (rrclass_from_text(&v->rrclass, word->text, strlen(word->text)) == RES_OK)
        return true;
    conf_error(c, s->first, "view '%s': invalid class %s", name->text, word->text);
    return false;
}

/* Fills a view from its levels: defaults, options, its own block (NULL: there is none). */
static void view_fill(struct conf_context *c, struct conf_view *v, const struct conf_block *options,
                      const struct conf_block *own)
{
    const struct conf_block *levels[3] = {c->default_block, options, own};
    const struct field_map *fields = view_field_map();

    c->view_name = own != NULL ? v->name : NULL;
    for (unsigned i = 0; i < 3; i++)
        field_apply_block(c, fields, levels[i], v);
    for (const struct conf_stmt *s = own ? own->first : NULL; s != NULL; s = s->next)
        if (strcmp(stmt_name(s), "key") == 0)
            key_define(c, s, v->name);
    v->added_zones_file = added_zones_path(c, own, v->name);
    keys_collect(c, own != NULL ? own : &c->tree->top, v);
    servers_build(c, own, v);
    struct zone_build b = {.view = v,
                           .view_index = (unsigned)(v - c->snapshot->views),
                           .zones = own != NULL ? own : &c->tree->top,
                           .levels = {levels[0], levels[1], levels[2]},
                           .nlevels = 3};
    zones_build(c, &b);
    check_view_zones(c, options, b.view_index);
    check_view_zones(c, own, b.view_index);
    c->view_name = NULL;
}

static void view_define(struct conf_context *c, const struct conf_stmt *s, struct conf_view *v)
{
    const struct conf_item *name = s->first->next;
    const struct conf_item *old = conf_name_define(c, SPACE_VIEW, name->text, s->first);

    v->name = conf_share_text(c, name->text);
    if (old != NULL)
        conf_error(c, s->first, "view '%s': already exists previous definition: %s:%u",
                   name->text, c->tree->files[old->file].name, old->line);
}

static void refuse_loose_zones(struct conf_context *c)
{
    for (const struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next)
        if (strcmp(stmt_name(s), "zone") == 0)
            conf_error(c, s->first, "when using 'view' statements, all zones must be in views");
}

void views_build(struct conf_context *c, const struct conf_block *options)
{
    struct conf_snapshot *snapshot = c->snapshot;
    unsigned n = 0;

    for (const struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next)
        n += strcmp(stmt_name(s), "view") == 0;
    snapshot->views = region_zalloc(c->memory, (n > 0 ? n : 1) * sizeof *snapshot->views);
    if (snapshot->views == NULL)
        return;
    if (n == 0) {
        struct conf_view *v = &snapshot->views[snapshot->nviews++];
        v->name = "_default";
        v->rrclass = CLASS_IN;
        view_fill(c, v, options, NULL);
        return;
    }
    refuse_loose_zones(c);
    for (const struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next) {
        if (strcmp(stmt_name(s), "view") != 0)
            continue;
        struct conf_view *v = &snapshot->views[snapshot->nviews++];
        view_define(c, s, v);
        if (view_read_class(c, s, v))
            view_fill(c, v, options, stmt_block(s));
    }
}
