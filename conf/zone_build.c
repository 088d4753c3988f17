/* Zones: what is in force for each, and what BIND refuses about them. */
#include <stdio.h>
#include <string.h>

#include "conf/added.h"
#include "conf/build.h"
#include "dns/rrtype.h"

/* One row per kind of zone. */
static const struct {
    const char *word;
    enum zone_type type;
    uint32_t place;
    const char *shown;
    bool needs_file, needs_primaries, served;
} kinds[] = {
    {"primary", ZONE_PRIMARY, IN_PRIMARY, "primary", true, false, true},
    {"master", ZONE_PRIMARY, IN_PRIMARY, "primary", true, false, true},
    {"secondary", ZONE_SECONDARY, IN_SECONDARY, "secondary", false, true, true},
    {"slave", ZONE_SECONDARY, IN_SECONDARY, "secondary", false, true, true},
    {"mirror", ZONE_MIRROR, IN_MIRROR, "mirror", false, true, false},
    {"hint", ZONE_HINT, IN_HINT, "hint", true, false, false},
    {"forward", ZONE_FORWARD, IN_FORWARD, "forward", false, false, false},
    {"stub", ZONE_STUB, IN_STUB, "stub", false, true, false},
    {"static-stub", ZONE_STATIC_STUB, IN_STATIC_STUB, "static-stub", false, false, false},
    {"redirect", ZONE_REDIRECT, IN_REDIRECT, "redirect", false, false, false},
    {"delegation-only", ZONE_HINT, IN_DELEGATION, "delegation-only", false, false, false},
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

const char *conf_zone_type_text(unsigned type)
{
    for (unsigned i = 0; i < KIND_COUNT; i++)
        if (kinds[i].type == type)
            return kinds[i].word;
    return "in-view";
}

/* A zone statement on its way to a conf_zone. */
struct zone_work {
    struct conf_context *c;
    const struct zone_build *b;
    const struct conf_stmt *stmt;
    const struct conf_block *block, *templ;     /* templ: NULL without one */
    const char *text;                           /* the name, for messages */
    struct conf_zone *zone;
    unsigned kind;
    const struct field_map *fields;
    const struct zone_options *bases;           /* by zone type: primary, secondary */
};

/* A file in use, by whom first. */
struct file_use {
    const struct conf_item *at;
    bool writable;
};

static const struct conf_stmt *zone_find(const struct zone_work *w, const char *option)
{
    const struct conf_stmt *s = block_find(w->block, option);

    return s != NULL ? s : block_find(w->templ, option);
}

/* ---- Name, class, kind ---- */

static bool zone_read_name(struct zone_work *w)
{
    struct name name;
    char text[NAME_TEXT_MAX];
    struct conf_zone *z = w->zone;

    if (name_from_text(&name, w->text, strlen(w->text), (const uint8_t *)"") != RES_OK) {
        conf_error(w->c, w->stmt->first, "zone '%s': is not a valid name", w->text);
        return false;
    }
    z->name = region_copy(w->c->memory, name.wire, name.len);
    size_t len = name_to_text(name.wire, text, NAME_OMIT_FINAL_DOT);
    z->name_text = region_text(w->c->memory, text, len);
    w->text = z->name_text;
    return z->name != NULL && z->name_text != NULL;
}

static bool zone_read_class(struct zone_work *w)
{
    const struct conf_item *word = w->stmt->first->next->next;
    char text[RRCLASS_TEXT];
    struct conf_zone *z = w->zone;

    z->rrclass = w->b->view->rrclass;
    if (word == NULL || word->kind != CONF_WORD)
        return true;
    if (rrclass_from_text(&z->rrclass, word->text, strlen(word->text)) != RES_OK) {
        conf_error(w->c, w->stmt->first, "zone '%s': invalid class %s", w->text, word->text);
        return false;
    }
    if (z->rrclass == w->b->view->rrclass)
        return true;
    conf_error(w->c, w->stmt->first, "zone '%s': class '%s' does not match view/default class",
               w->text, rrclass_text(z->rrclass, text));
    return false;
}

/* Zones are known by their view and name: a view has one class. */
static size_t zone_key(uint8_t key[2 + NAME_MAX_LEN], unsigned view, const uint8_t *name)
{
    size_t len = name_length(name);

    key[0] = (uint8_t)(view >> 8);
    key[1] = (uint8_t)view;
    memcpy(key + 2, name, len);
    return len + 2;
}

const struct conf_item *conf_zone_find(struct conf_context *c, unsigned view, const uint8_t *name)
{
    uint8_t key[2 + NAME_MAX_LEN];

    return conf_name_find_bytes(c, SPACE_ZONE, key, zone_key(key, view, name));
}

static bool zone_define(struct zone_work *w)
{
    uint8_t key[2 + NAME_MAX_LEN];
    const struct conf_item *at = w->stmt->first;
    size_t len = zone_key(key, w->b->view_index, w->zone->name);
    const struct conf_item *old = conf_name_define_bytes(w->c, SPACE_ZONE, key, len, (void *)at);
    if (old == NULL)
        return true;
    char *folded = region_text(w->c->scratch, w->text, strlen(w->text));
    if (folded != NULL)
        name_fold((uint8_t *)folded, (uint8_t *)folded, strlen(folded));
    conf_error(w->c, at, "zone '%s': already exists previous definition: %s:%u", folded,
               w->c->tree->files[old->file].name, old->line);
    return false;
}

static bool zone_read_kind(struct zone_work *w)
{
    const struct conf_stmt *type = zone_find(w, "type");

    if (type == NULL) {
        if (w->block->note == NULL)
            conf_error(w->c, w->stmt->first, "zone '%s': type not present", w->text);
        return false;
    }
    while (w->kind < KIND_COUNT - 1 && !value_is(type->first->next, kinds[w->kind].word))
        w->kind++;
    w->zone->type = (uint8_t)kinds[w->kind].type;
    return true;
}

/* ---- Checks ---- */

static void check_allowed(struct zone_work *w, const struct conf_block *block)
{
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next) {
        const struct option_row *row = s->note;
        if (row == NULL || (row->places & kinds[w->kind].place) != 0 ||
            row->status == STATUS_DEPRECATED || row->status == STATUS_OBSOLETE ||
            option_find(row->name, kinds[w->kind].place) != NULL)
            continue;
        conf_error(w->c, s->first, "option '%s' is not allowed in '%s' zone '%s'", row->name,
                   kinds[w->kind].shown, w->text);
    }
}

/* The signing policy that is in force must be there. */
static void check_policy_reference(struct zone_work *w)
{
    const char *policy = w->zone->options->dnssec_policy;
    const struct conf_stmt *own = zone_find(w, "dnssec-policy");

    if (policy == NULL || (w->zone->type != ZONE_PRIMARY && w->zone->type != ZONE_SECONDARY) ||
        strcmp(policy, "default") == 0 || strcmp(policy, "insecure") == 0 ||
        conf_name_find(w->c, SPACE_POLICY, policy) != NULL)
        return;
    conf_error(w->c, own != NULL ? own->first : w->stmt->first,
               "zone '%s': option 'dnssec-policy %s' has no matching dnssec-policy config",
               w->text, policy);
}

static void check_needed(struct zone_work *w)
{
    const struct conf_item *at = w->stmt->first;
    const struct conf_stmt *database = zone_find(w, "database");
    bool primaries = zone_find(w, "primaries") != NULL, masters = zone_find(w, "masters") != NULL;
    bool own_data = (database != NULL && strcmp(database->first->next->text, "rbt") != 0) ||
                    zone_find(w, "dlz") != NULL;

    if (w->block->note != NULL)     /* a statement that is wrong may have been the one */
        return;
    if (kinds[w->kind].needs_file && !own_data && zone_find(w, "file") == NULL)
        conf_error(w->c, at, "zone '%s': missing 'file' entry", w->text);
    if (w->zone->type == ZONE_REDIRECT && w->zone->name[0] != 0)
        conf_error(w->c, at, "redirect zones must be called \".\"");
    bool is_root_mirror = w->zone->type == ZONE_MIRROR && w->zone->name[0] == 0;
    if (kinds[w->kind].needs_primaries && !primaries && !masters && !is_root_mirror)
        conf_error(w->c, at, "zone '%s': missing 'primaries' entry", w->text);
    if (primaries && masters)
        conf_error(w->c, at, "'primaries' and 'masters' cannot both be used in the same zone");
    check_policy_reference(w);
    if (zone_find(w, "allow-update") != NULL && zone_find(w, "update-policy") != NULL)
        conf_error(w->c, at, "zone '%s': 'allow-update' is ignored when 'update-policy' is present",
                   w->text);
}

/* Two zones may read one file; none may share one that is written. */
static void check_zone_file(struct zone_work *w)
{
    const struct conf_stmt *file = zone_find(w, "file");
    struct file_use *use = region_zalloc(w->c->scratch, sizeof *use);

    if (use == NULL || file == NULL || w->zone->file == NULL || !kinds[w->kind].served)
        return;
    use->at = file->first;
    use->writable = w->zone->type != ZONE_PRIMARY || w->zone->options->is_dynamic;
    struct file_use *old = conf_name_define(w->c, SPACE_FILE, w->zone->file, use);
    if (old == NULL)
        return;
    if (old->writable || use->writable)
        conf_error(w->c, file->first->next, "writeable file '%s': already in use: %s:%u",
                   w->zone->file, w->c->tree->files[old->at->file].name, old->at->line);
}

/* ---- Options ---- */

static bool has_own_options(const struct conf_block *block)
{
    static const char *const elsewhere[] = {"type", "file", "journal", "primaries", "masters",
                                            "template", "in-view", "database"};

    for (const struct conf_stmt *s = block ? block->first : NULL; s != NULL; s = s->next) {
        unsigned i = 0;
        while (i < 8 && strcmp(stmt_name(s), elsewhere[i]) != 0)
            i++;
        if (i == 8)
            return true;
    }
    return false;
}

static void options_finish(struct zone_options *o)
{
    o->is_dynamic = o->update_policy != NULL || !acl_is_none(o->allow_update);
}

static const struct zone_options *zone_options_of(struct zone_work *w)
{
    struct zone_options o;

    w->c->zone_type = w->zone->type == ZONE_PRIMARY ? ZONE_PRIMARY : ZONE_SECONDARY;
    const struct zone_options *base = &w->bases[w->c->zone_type];
    if (!has_own_options(w->block) && !has_own_options(w->templ))
        return conf_share(w->c, base, sizeof *base);
    memcpy(&o, base, sizeof o);
    field_apply_block(w->c, w->fields, w->templ, &o);
    field_apply_block(w->c, w->fields, w->block, &o);
    options_finish(&o);
    return conf_share(w->c, &o, sizeof o);
}

static void zone_read_primaries(struct zone_work *w)
{
    const struct conf_stmt *s = zone_find(w, "primaries");
    unsigned count;

    if (s == NULL)
        s = zone_find(w, "masters");
    if (s == NULL)
        return;
    unsigned errors = w->c->errors;
    w->zone->primaries = remotes_build(w->c, s->first->next, &count);
    if (count == 0 && w->c->errors == errors)
        conf_error(w->c, w->stmt->first, "zone '%s': empty 'primaries' entry", w->text);
    if (count > UINT16_MAX)
        conf_error(w->c, w->stmt->first, "zone '%s': too many primaries", w->text);
    w->zone->nprimaries = (uint16_t)count;
}

/* ---- File names with tokens: $name, $type, $view, $char1…3, $label1…3 ---- */

/* The n-th character or label of a name as text, "." when it has none. */
static const char *name_part(struct zone_work *w, char what, unsigned n)
{
    const char *text = w->zone->name_text;

    if (what == 'c')
        return strlen(text) >= n ? region_printf(w->c->scratch, "%c", text[n - 1]) : ".";
    unsigned labels = name_count_labels(w->zone->name);
    const uint8_t *at = w->zone->name;
    if (n > labels)
        return ".";
    for (unsigned i = labels - n; i > 0; i--)
        at = name_parent(at);
    return region_printf(w->c->scratch, "%.*s", at[0], (const char *)at + 1);
}

/* The value of the token at `p`, *len its length; NULL when it is none. */
static const char *token_value(struct zone_work *w, const char *p, size_t *len)
{
    static const char *const words[] = {"$name", "$type", "$view", "$char", "$label"};
    size_t i = 0;

    while (i < 5 && strncasecmp(p, words[i], strlen(words[i])) != 0)
        i++;
    if (i == 5)
        return NULL;
    *len = strlen(words[i]);
    if (i == 0)
        return w->zone->name_text;
    if (i < 3)
        return i == 1 ? kinds[w->kind].shown : w->b->view->name;
    if (p[*len] < '1' || p[*len] > '3')
        return NULL;
    ++*len;
    return name_part(w, words[i][1], (unsigned)(p[*len - 1] - '0'));
}

static const char *file_expand(struct zone_work *w, const char *file)
{
    const char *out = "";

    if (strchr(file, '$') == NULL)
        return file;
    while (*file != '\0' && out != NULL) {
        size_t len = 1 + strcspn(file + 1, "$");
        const char *value = *file == '$' ? token_value(w, file, &len) : NULL;
        out = value != NULL ? region_printf(w->c->scratch, "%s%s", out, value)
                            : region_printf(w->c->scratch, "%s%.*s", out, (int)len, file);
        file += len;
    }
    return out;
}

static const char *zone_path(struct zone_work *w, const char *option)
{
    const struct conf_stmt *s = zone_find(w, option);

    if (s == NULL)
        return NULL;
    const char *path = file_expand(w, s->first->next->text);
    return path != NULL ? region_text(w->c->memory, path, strlen(path)) : NULL;
}

/* ---- in-view ---- */

static bool zone_in_view(struct zone_work *w, const struct conf_stmt *in_view)
{
    const struct conf_item *name = in_view->first->next;
    const struct conf_snapshot *s = w->c->snapshot;
    bool found = false;

    w->zone->type = ZONE_IN_VIEW;
    for (unsigned i = 0; i < w->b->view_index && i < s->nviews; i++)
        if (strcmp(s->views[i].name, name->text) == 0)
            found = found || conf_zone_find(w->c, i, w->zone->name) != NULL;
    if (!found)
        conf_error(w->c, w->stmt->first, "'in-view' zone '%s' does not exist in view '%s', or "
                   "view '%s' is not yet defined", w->text, name->text, name->text);
    if (w->block->first->next != NULL)
        conf_error(w->c, w->stmt->first,
                   "zone '%s': 'in-view' used with incompatible zone options", w->text);
    w->zone->in_view = conf_share_text(w->c, name->text);
    w->zone->options = zone_options_of(w);
    return found;
}

/* ---- All of it ---- */

static bool zone_fill(struct zone_work *w)
{
    const struct conf_stmt *in_view = block_find(w->block, "in-view");

    if (!zone_read_name(w) || !zone_read_class(w) || !zone_define(w))
        return false;
    if (in_view != NULL)
        return zone_in_view(w, in_view);
    if (!zone_read_kind(w))
        return false;
    check_allowed(w, w->block);
    w->zone->file = zone_path(w, "file");
    w->zone->journal = zone_path(w, "journal");
    w->zone->options = zone_options_of(w);
    check_needed(w);
    zone_read_primaries(w);
    check_zone_file(w);
    if (kinds[w->kind].place == IN_DELEGATION && !w->c->options->ignore_deprecated)
        conf_warn(w->c, w->stmt->first, "'type delegation-only' is deprecated");
    if (!kinds[w->kind].served)
        conf_warn(w->c, w->stmt->first,
                  "zone '%s': type %s is for resolvers: accepted, not served", w->text,
                  kinds[w->kind].word);
    return true;
}

static void zone_use_template(struct zone_work *w)
{
    const struct conf_stmt *s = block_find(w->block, "template");

    if (s == NULL)
        return;
    w->templ = conf_name_find(w->c, SPACE_TEMPLATE, s->first->next->text);
    if (w->templ == NULL)
        conf_error(w->c, s->first, "template '%s' is not defined", s->first->next->text);
}

/* What zones of a type that say nothing of their own inherit. */
static void bases_build(struct conf_context *c, const struct zone_build *b,
                        const struct field_map *fields, struct zone_options bases[2])
{
    memset(bases, 0, 2 * sizeof *bases);
    for (unsigned t = 0; t < 2; t++) {
        c->zone_type = t == 0 ? ZONE_PRIMARY : ZONE_SECONDARY;
        bases[t].format = t == 0 ? FORMAT_TEXT : FORMAT_RAW;
        bases[t].check_names = t == 0 ? CHECK_FAIL : CHECK_WARN;
        for (unsigned i = 0; i < b->nlevels; i++)
            field_apply_block(c, fields, b->levels[i], &bases[t]);
        options_finish(&bases[t]);
    }
}

void zones_build(struct conf_context *c, const struct zone_build *b)
{
    const struct field_map *fields = zone_field_map();
    struct zone_options bases[2];
    unsigned n = 0;

    for (const struct conf_stmt *s = b->zones->first; s != NULL; s = s->next)
        n += strcmp(stmt_name(s), "zone") == 0;
    b->view->zones = region_zalloc(c->memory, n * sizeof *b->view->zones + 1);
    if (b->view->zones == NULL)
        return;
    bases_build(c, b, fields, bases);
    for (const struct conf_stmt *s = b->zones->first; s != NULL; s = s->next) {
        if (strcmp(stmt_name(s), "zone") != 0)
            continue;
        struct conf_zone *z = &b->view->zones[b->view->nzones];
        struct zone_work w = {c, b, s, stmt_block(s), NULL, s->first->next->text, z, 0, fields,
                              bases};
        memset(z, 0, sizeof *z);
        z->conf_file = conf_share_text(c, c->tree->files[s->first->file].name);
        z->conf_line = s->first->line;
        z->catalog = c->options->catalog != NULL ? conf_share_text(c, c->options->catalog) : NULL;
        zone_use_template(&w);
        if (b->view->added_zones_file != NULL)
            added_zone_note(c, s, b->view, z);
        b->view->nzones += zone_fill(&w);
    }
}
