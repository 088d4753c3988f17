#include "server/additions.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

struct additions {
    struct conf_zone_change *changes;
    unsigned n, room;
    struct addition_members members;
};

static struct conf_snapshot *loaded_conf(const struct server *s)
{
    return s->conf->parts != NULL ? s->conf->parts[0] : s->conf;
}

static void free_change(struct conf_zone_change *c)
{
    conf_free(c->now);
    free((char *)c->view);
    free(c->name);
}

static void clear(struct additions *a)
{
    for (unsigned i = 0; i < a->n; i++)
        free_change(&a->changes[i]);
    a->n = 0;
}

struct additions *additions_new(void)
{
    return calloc(1, sizeof(struct additions));
}

void additions_free(struct additions *a)
{
    if (a == NULL)
        return;
    clear(a);
    free(a->changes);
    free(a->members.list);
    free(a);
}

static struct conf_zone_change *find(const struct additions *a, const char *view,
                                     const uint8_t *name)
{
    for (unsigned i = 0; i < a->n; i++)
        if (strcmp(a->changes[i].view, view) == 0 && name_equal(a->changes[i].name, name))
            return &a->changes[i];
    return NULL;
}

static bool is_loaded(const struct conf_snapshot *conf, const char *view, const uint8_t *name)
{
    for (unsigned i = 0; i < conf->nviews; i++)
        for (unsigned j = 0; strcmp(conf->views[i].name, view) == 0 && j < conf->views[i].nzones;
             j++)
            if (name_equal(conf->views[i].zones[j].name, name))
                return true;
    return false;
}

static struct conf_zone_change *append(struct server *s, const char *view, const uint8_t *name)
{
    struct additions *a = s->additions;
    struct conf_zone_change c = {0};
    size_t len = name_length(name);

    if (!ARRAY_ROOM(a->changes, a->n, a->room))
        return NULL;
    c.view = strdup(view);
    c.name = malloc(len);
    if (c.view == NULL || c.name == NULL) {
        free_change(&c);
        return NULL;
    }
    memcpy(c.name, name, len);
    c.shadows = is_loaded(loaded_conf(s), view, name);
    a->changes[a->n] = c;
    return &a->changes[a->n++];
}

static void remove_change(struct additions *a, struct conf_zone_change *c)
{
    free_change(c);
    *c = a->changes[--a->n];
}

/* The loaded snapshot with what rndc has changed, and the members of catalogs. */
static struct conf_snapshot *derive(struct server *s)
{
    const struct additions *a = s->additions;
    unsigned members = a->members.n;
    struct conf_zone_change *all = malloc((a->n + members + 1u) * sizeof *all);
    struct conf_snapshot *conf;

    if (all == NULL)
        return NULL;
    if (a->n > 0)
        memcpy(all, a->changes, a->n * sizeof *all);
    if (members > 0)
        memcpy(all + a->n, a->members.list, members * sizeof *all);
    conf = conf_derive(loaded_conf(s), all, a->n + members);
    free(all);
    return conf;
}

bool additions_apply_all(struct server *s)
{
    struct conf_snapshot *conf = derive(s);

    if (conf != NULL && server_apply_config(s, conf))
        return true;
    conf_free(conf);
    return false;
}

void additions_swap_members(struct additions *a, struct addition_members *m)
{
    struct addition_members old = a->members;

    a->members = *m;
    *m = old;
}

void additions_forget(struct server *s)
{
    clear(s->additions);
}

/* Notes the change only: `before` gets what stood there, `now` is kept. */
static bool note(struct server *s, const char *view, const uint8_t *name,
                 struct conf_snapshot *now, struct addition_before *before)
{
    struct conf_zone_change *c;

    c = find(s->additions, view, name);
    *before = (struct addition_before){.listed = c != NULL, .then = c != NULL ? c->now : NULL};
    if (c == NULL && (c = append(s, view, name)) == NULL)
        return false;
    c->now = now;
    if (now != NULL)
        conf_keep(now);
    return true;
}

static void take_back(struct server *s, const char *view, const uint8_t *name,
                      struct addition_before *before)
{
    struct conf_zone_change *c = find(s->additions, view, name);

    if (c == NULL)
        return;
    conf_free(c->now);
    c->now = before->then;
    if (!before->listed)
        remove_change(s->additions, c);
    *before = (struct addition_before){0};
}

enum result additions_apply(struct server *s, const char *view, const uint8_t *name,
                            struct conf_snapshot *now, struct addition_before *before)
{
    struct addition_before own;
    struct conf_zone_change *c;

    if (!note(s, view, name, now, &own))
        return RES_NOMEM;
    if (!additions_apply_all(s)) {
        take_back(s, view, name, &own);
        return RES_NOMEM;
    }
    c = find(s->additions, view, name);
    if (now == NULL && !c->shadows && before == NULL)   /* nothing to remember of it */
        remove_change(s->additions, c);
    if (before != NULL)
        *before = own;
    else
        additions_settle(&own);
    return RES_OK;
}

enum result additions_revert(struct server *s, const char *view, const uint8_t *name,
                             struct addition_before *before)
{
    take_back(s, view, name, before);
    return additions_apply_all(s) ? RES_OK : RES_NOMEM;
}

void additions_settle(struct addition_before *before)
{
    conf_free(before->then);
    before->then = NULL;
}
