#include "server/zone_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/rcu.h"

static bool text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The zone that serves this name in this view now, if it can go on doing so. */
static struct zone *find_served(const struct answer_view *view, const struct conf_zone *conf)
{
    struct zone *z = view != NULL ? zone_table_get(view->zones, conf->name) : NULL;

    if (z == NULL || strcmp(z->view, view->conf->name) != 0 || z->conf->type != conf->type ||
        z->rrclass != conf->rrclass)
        return NULL;
    if (zone_owns_data(z) && !text_equal(z->conf->file, conf->file))
        return NULL;    /* its data belong to the other file, and to the journal beside it */
    return z;
}

/* Do two settings read the same file in the same way? */
static bool loads_equal(const struct conf_zone *a, const struct conf_zone *b)
{
    const struct zone_options *x = a->options, *y = b->options;

    return text_equal(a->file, b->file) && x->format == y->format &&
           x->check_names == y->check_names && x->check_dup_records == y->check_dup_records &&
           x->check_mx == y->check_mx && x->check_mx_cname == y->check_mx_cname &&
           x->check_srv_cname == y->check_srv_cname && x->check_integrity == y->check_integrity &&
           x->check_sibling == y->check_sibling && x->check_wildcard == y->check_wildcard &&
           x->check_svcb == y->check_svcb && x->check_spf == y->check_spf &&
           x->max_zone_ttl == y->max_zone_ttl &&
           x->max_records_per_type == y->max_records_per_type &&
           x->max_types_per_name == y->max_types_per_name;
}

static bool must_load(const struct zone *z, const struct conf_zone *conf)
{
    return rcu_read(z->contents) == NULL || z->last_result != RES_OK || !loads_equal(z->conf, conf);
}

static bool is_served(const struct conf_zone *z)
{
    return z->type == ZONE_PRIMARY || z->type == ZONE_SECONDARY;
}

/* Takes over or makes the zone at [view][at], and notes that it wants loading. */
static bool add_zone(struct zone_set *s, unsigned view, unsigned at,
                     const struct answer_view *served)
{
    const struct conf_view *v = &s->conf->views[view];
    const struct conf_zone *conf = &v->zones[at];
    struct zone *z = find_served(served, conf);
    bool forced = z == NULL || must_load(z, conf);

    if (!is_served(conf))
        return true;
    if (z == NULL)
        z = zone_new(conf, v->name);
    s->zones[view][at] = z;
    s->loads[s->nloads++] = (struct loader_item){z, forced};
    return z != NULL;
}

static bool add_view(struct zone_set *s, unsigned view, const struct answer_server *served)
{
    const struct conf_view *v = &s->conf->views[view];
    const struct answer_view *old = served != NULL ? answer_server_view(served, v->name) : NULL;

    s->zones[view] = calloc(v->nzones + 1u, sizeof *s->zones[view]);
    if (s->zones[view] == NULL)
        return false;
    for (unsigned i = 0; i < v->nzones; i++)
        if (!add_zone(s, view, i, old))
            return false;
    return true;
}

/* Those that must load come first. */
static void sort_loads(struct zone_set *s)
{
    for (uint32_t i = 0; i < s->nloads; i++) {
        struct loader_item item = s->loads[i];
        if (!item.forced)
            continue;
        s->loads[i] = s->loads[s->nforced];
        s->loads[s->nforced++] = item;
    }
}

static size_t count_zones(const struct conf_snapshot *conf)
{
    size_t n = 0;

    for (unsigned i = 0; i < conf->nviews; i++)
        n += conf->views[i].nzones;
    return n;
}

struct zone_set *zone_set_new(const struct conf_snapshot *conf, const struct answer_server *served)
{
    struct zone_set *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->conf = conf;
    s->zones = calloc(conf->nviews + 1u, sizeof *s->zones);
    s->loads = calloc(count_zones(conf) + 1, sizeof *s->loads);
    if (s->zones != NULL && s->loads != NULL) {
        unsigned i = 0;
        while (i < conf->nviews && add_view(s, i, served))
            i++;
        if (i == conf->nviews) {
            sort_loads(s);
            return s;
        }
    }
    zone_set_free(s);
    return NULL;
}

static void for_each_zone(struct zone_set *s,
                          void (*act)(struct zone *z, const struct conf_zone *conf))
{
    for (unsigned i = 0; s->zones != NULL && i < s->conf->nviews; i++)
        for (unsigned j = 0; s->zones[i] != NULL && j < s->conf->views[i].nzones; j++)
            if (s->zones[i][j] != NULL)
                act(s->zones[i][j], &s->conf->views[i].zones[j]);
}

static void adopt(struct zone *z, const struct conf_zone *conf)
{
    rcu_publish(z->conf, conf);
}

void zone_set_adopt(struct zone_set *s)
{
    for_each_zone(s, adopt);
}

static void free_own(struct zone *z, const struct conf_zone *conf)
{
    if (z->conf == conf)
        zone_free(z);
}

void zone_set_free(struct zone_set *s)
{
    if (s == NULL)
        return;
    for_each_zone(s, free_own);
    for (unsigned i = 0; s->zones != NULL && i < s->conf->nviews; i++)
        free(s->zones[i]);
    free(s->zones);
    free(s->loads);
    free(s);
}
