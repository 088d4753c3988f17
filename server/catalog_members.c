#include "server/catalog_members.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "conf/added.h"

/* ---- Lists ---- */

struct members *members_new(size_t room)
{
    struct members *m = calloc(1, sizeof *m);

    if (m == NULL)
        return NULL;
    m->memory = region_new();
    m->list = calloc(room + 1, sizeof *m->list);
    m->room = room;
    if (m->memory != NULL && m->list != NULL)
        return m;
    members_free(m);
    return NULL;
}

void members_free(struct members *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n; i++)
        conf_free(m->list[i].now);
    free(m->list);
    region_free(m->memory);
    free(m);
}

static const char *copy_text(struct region *r, const char *text)
{
    return text != NULL ? region_text(r, text, strlen(text)) : NULL;
}

struct member *members_add(struct members *m, const struct member *from)
{
    struct region *r = m->memory;
    struct member *own = &m->list[m->n++];
    const struct catalog_entry *e = &from->entry;

    *own = *from;
    own->entry.zone = region_copy(r, e->zone, name_length(e->zone));
    own->entry.unique = region_copy(r, e->unique, 1u + e->unique[0]);
    own->entry.settings = copy_text(r, e->settings);
    own->coo = from->coo != NULL ? region_copy(r, from->coo, name_length(from->coo)) : NULL;
    own->group = copy_text(r, from->group);
    own->file = copy_text(r, from->file);
    if (own->now != NULL)
        conf_keep(own->now);
    return own;
}

static int compare_zone(const void *zone, const void *member)
{
    return name_compare(zone, ((const struct member *)member)->entry.zone);
}

const struct member *members_find(const struct members *m, const uint8_t *zone)
{
    return m->n > 0 ? bsearch(zone, m->list, m->n, sizeof *m->list, compare_zone) : NULL;
}

void members_drop_unloaded(struct members *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->n; i++)
        if (m->list[i].now != NULL)
            m->list[kept++] = m->list[i];
    m->n = kept;
}

void members_drop_resets(struct members *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (!m->list[i].is_reset)
            continue;
        conf_free(m->list[i].now);
        m->list[i].now = NULL;
    }
    members_drop_unloaded(m);
}

/* ---- What a catalog says, as settings ---- */

/* A catalog that is being turned into members. */
struct writing {
    const struct catalog *k;
    const struct conf_catalog *conf;
    const char *view;
    bool in_memory;
    struct members *out;
};

/* As BIND names them; where a name could be no file's, or is long, its hash stands. */
static const char *file_of(const struct writing *w, const char *zone)
{
    struct region *r = w->out->memory;
    const char *name = region_printf(r, "%s_%s_%s", w->view, w->conf->name_text, zone);
    const char *directory = w->conf->zone_directory;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];

    if (name == NULL)
        return NULL;
    if (strlen(name) > sizeof hex || strpbrk(name, "\\/$\"") != NULL) {
        SHA256((const uint8_t *)name, strlen(name), digest);
        for (unsigned i = 0; i < SHA256_DIGEST_LENGTH; i++)
            snprintf(hex + 2 * (size_t)i, 3, "%02x", digest[i]);
        name = hex;
    }
    return region_printf(r, "%s%s__catz__%s.db", directory != NULL ? directory : "",
                         directory != NULL ? "/" : "", name);
}

static void write_primaries(FILE *f, const struct catalog_options *o)
{
    char text[NET_ADDR_TEXT];

    fputs("{ ", f);
    for (size_t i = 0; i < o->nprimaries; i++) {
        fputs(net_addr_format_host(&o->primaries[i].addr, text), f);
        if (o->primaries[i].key != NULL)
            fprintf(f, " key \"%s\"", o->primaries[i].key);
        fputs("; ", f);
    }
    fputs("}", f);
}

/* The member's own properties, else the catalog's, else the configuration's. */
static bool write_body(const struct writing *w, const struct catalog_member *m, const char *file,
                       FILE *f)
{
    const struct catalog_options *own = &m->options, *common = &w->k->options;
    const char *query = own->allow_query != NULL ? own->allow_query : common->allow_query;
    const char *transfer =
        own->allow_transfer != NULL ? own->allow_transfer : common->allow_transfer;

    if (own->nprimaries == 0 && common->nprimaries == 0 && w->conf->primaries == NULL)
        return false;
    fputs("{ type secondary; primaries ", f);
    if (own->nprimaries > 0)
        write_primaries(f, own);
    else if (common->nprimaries > 0)
        write_primaries(f, common);
    else
        fputs(w->conf->primaries, f);
    if (file != NULL)
        fprintf(f, "; file \"%s\"", file);
    if (query != NULL)
        fprintf(f, "; allow-query { %s}", *query != '\0' ? query : "none; ");
    if (transfer != NULL)
        fprintf(f, "; allow-transfer { %s}", *transfer != '\0' ? transfer : "none; ");
    fputs("; }", f);
    return true;
}

/* The whole statement; "" without primaries, NULL without memory. */
static const char *write_statement(const struct writing *w, const struct catalog_member *m,
                                   const char *zone, const char *file)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    const char *kept = NULL;
    bool right;

    if (f == NULL)
        return NULL;
    fprintf(f, "zone \"%s\" ", zone);
    right = write_body(w, m, file, f);
    fputs(";\n", f);
    if (fclose(f) == 0)
        kept = right ? region_text(w->out->memory, text, len) : "";
    if (!right)
        log_write(LOGC_CATZ, LVL_WARNING,
                  "catz: zone '%s' of catalog '%s' has no primaries: add the property 'primaries' "
                  "to the catalog, or default-primaries to catalog-zones", zone,
                  w->conf->name_text);
    free(text);
    return kept;
}

static void write_member(const struct writing *w, const struct catalog_member *m)
{
    char zone[NAME_TEXT_MAX];
    const char *file, *statement;

    name_to_text(m->zone, zone, NAME_OMIT_FINAL_DOT);
    file = w->in_memory ? NULL : file_of(w, zone);
    statement = write_statement(w, m, zone, file);
    if (statement == NULL)
        return;
    members_add(w->out, &(struct member){.entry = {m->zone, m->unique, statement},
                                         .coo = m->coo,
                                         .group = m->group,
                                         .file = file});
}

static bool is_directory(const char *path)
{
    struct stat st;

    return path == NULL || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

struct members *members_of_catalog(const struct catalog *k, const struct conf_catalog *conf,
                                   const char *view)
{
    struct writing w = {k, conf, view, conf->in_memory, members_new(k->nmembers)};

    if (w.out == NULL)
        return NULL;
    if (!w.in_memory && !is_directory(conf->zone_directory)) {
        log_write(LOGC_CATZ, LVL_WARNING,
                  "catz: zone-directory '%s' not found; zone files will not be saved",
                  conf->zone_directory);
        w.in_memory = true;
    }
    for (size_t i = 0; i < k->nmembers; i++)
        write_member(&w, &k->members[i]);
    if (!region_failed(w.out->memory))
        return w.out;
    members_free(w.out);
    return NULL;
}

/* ---- Settings are read ---- */

struct loading {
    struct member **todo;
    const struct conf_snapshot *conf;
    unsigned view;
    const char *catalog;
    bool is_silent;
};

static void tell(void *arg, int level, const char *text)
{
    const struct loading *l = arg;

    if (!l->is_silent)
        log_write(LOGC_CATZ, level, "catz: %s", text);
}

/* The statements of some in one go; a failure is told if there is only one. */
static enum result load_some(struct loading *l, size_t from, size_t to)
{
    const struct conf_report report = {tell, l};
    struct conf_snapshot *now = NULL;
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    enum result r = RES_NOMEM;

    if (f == NULL)
        return RES_NOMEM;
    l->is_silent = to - from > 1;
    for (size_t i = from; i < to; i++)
        fputs(l->todo[i]->entry.settings, f);
    if (fclose(f) == 0)
        r = conf_members_load(l->conf, l->view, l->catalog, text, &report, &now);
    free(text);
    for (size_t i = from; r == RES_OK && i < to; i++) {
        l->todo[i]->now = now;
        l->todo[i]->at = (unsigned)(i - from);
        conf_keep(now);
    }
    conf_free(now);
    return r;
}

/* One that is wrong must not keep out the others: halves, and halves of these. */
static bool load_range(struct loading *l, size_t from, size_t to)
{
    char zone[NAME_TEXT_MAX];
    enum result r;

    if (from == to)
        return true;
    r = load_some(l, from, to);
    if (r == RES_OK || r == RES_NOMEM)
        return r == RES_OK;
    if (to - from == 1) {
        name_to_text(l->todo[from]->entry.zone, zone, NAME_OMIT_FINAL_DOT);
        log_write(LOGC_CATZ, LVL_ERROR, "catz: error \"%s\" while trying to generate config for "
                  "zone '%s'", result_text(r), zone);
        return true;
    }
    return load_range(l, from, from + (to - from) / 2) &&
           load_range(l, from + (to - from) / 2, to);
}

bool members_load(struct members *m, const struct conf_snapshot *s, unsigned view,
                  const char *catalog)
{
    struct loading l = {.conf = s, .view = view, .catalog = catalog};
    size_t n = 0;
    bool right;

    l.todo = malloc((m->n + 1) * sizeof *l.todo);
    if (l.todo == NULL)
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (m->list[i].now == NULL && m->list[i].entry.settings[0] != '\0')
            l.todo[n++] = &m->list[i];
    right = load_range(&l, 0, n);
    free(l.todo);
    return right;
}
