/* The life of catalogs: they come with a configuration, have news, and change what is served. */
#include "server/catalogs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/container.h"
#include "base/log.h"
#include "server/catalogs_internal.h"
#include "server/secondaries.h"
#include "zone/table.h"

enum { RETRY_MS = 5000 };       /* after a change for which there was no memory */

/* ---- States ---- */

static void on_timer(struct net_timer *t, int64_t now_ms)
{
    (void)now_ms;
    CONTAINER_OF(t, struct catalog_state, timer)->due = true;
}

static void free_state(struct catalog_state *st)
{
    if (st == NULL)
        return;
    net_timer_stop(&st->all->s->loop.timers, &st->timer);
    members_free(st->held);
    members_free(st->next);
    free(st->view);
    free(st->name);
    free(st->text);
    free(st);
}

static struct catalog_state *new_state(struct catalogs *all, const char *view,
                                       const struct conf_catalog *k)
{
    struct catalog_state *st = calloc(1, sizeof *st);
    size_t len = name_length(k->name);

    if (st == NULL)
        return NULL;
    *st = (struct catalog_state){.all = all,
                                 .view = strdup(view),
                                 .name = malloc(len),
                                 .text = strdup(k->name_text),
                                 .held = members_new(0),
                                 .timer = {.fire = on_timer}};
    if (st->view == NULL || st->name == NULL || st->text == NULL || st->held == NULL) {
        free_state(st);
        return NULL;
    }
    name_fold(st->name, k->name, len);
    return st;
}

struct catalogs *catalogs_new(struct server *s)
{
    struct catalogs *all = calloc(1, sizeof *all);

    if (all != NULL)
        all->s = s;
    return all;
}

static void forget_effects(struct catalogs *all)
{
    region_free(all->memory);
    free(all->effects);
    all->memory = NULL;
    all->effects = NULL;
    all->neffects = all->effects_room = 0;
    all->is_changed = all->has_resets = false;
}

void catalogs_free(struct catalogs *all)
{
    if (all == NULL)
        return;
    for (unsigned i = 0; i < all->n; i++)
        free_state(all->list[i]);
    forget_effects(all);
    free(all->items);
    free(all->list);
    free(all);
}

static struct catalog_state *find_state(const struct catalogs *all, const char *view,
                                        const uint8_t *name)
{
    for (unsigned i = 0; i < all->n; i++)
        if (strcmp(all->list[i]->view, view) == 0 && name_equal(all->list[i]->name, name))
            return all->list[i];
    return NULL;
}

static bool add_state(struct catalogs *all, const char *view, const struct conf_catalog *k)
{
    struct catalog_state *st;

    if (!ARRAY_ROOM(all->list, all->n, all->room))
        return false;
    st = new_state(all, view, k);
    if (st != NULL)
        all->list[all->n++] = st;
    return st != NULL;
}

const struct conf_catalog *catalog_conf(const struct conf_snapshot *conf,
                                        const struct catalog_state *st, unsigned *view)
{
    for (unsigned i = 0; i < conf->nviews; i++) {
        const struct conf_view *v = &conf->views[i];
        for (unsigned j = 0; strcmp(v->name, st->view) == 0 && j < v->ncatalogs; j++)
            if (name_equal(v->catalogs[j].name, st->name)) {
                *view = i;
                return &v->catalogs[j];
            }
    }
    return NULL;
}

/* ---- News ---- */

static int64_t next_update_ms(const struct catalog_state *st)
{
    unsigned view;
    const struct conf_catalog *k = catalog_conf(st->all->s->conf, st, &view);

    return k == NULL || st->updated_ms == 0 ? 0 : st->updated_ms + (int64_t)k->min_update_s * 1000;
}

void catalogs_changed(void *arg, struct zone *z)
{
    struct catalogs *all = arg;
    struct catalog_state *st = find_state(all, z->view, z->name);
    int64_t now_ms = all->s->loop.now_ms, at_ms;

    if (st == NULL || st->due)
        return;
    at_ms = next_update_ms(st);
    if (at_ms <= now_ms) {
        st->due = true;
        return;
    }
    log_write(LOGC_CATZ, LVL_INFO,
              "catz: %s: new zone version came too soon, deferring update for %lld seconds",
              st->text, (long long)(at_ms - now_ms + 999) / 1000);
    if (net_timer_set(&all->s->loop.timers, &st->timer, at_ms) != RES_OK)
        st->due = true;
}

bool catalogs_are_waiting(const struct catalogs *all)
{
    for (unsigned i = 0; i < all->n; i++)
        if (all->list[i]->due)
            return true;
    return false;
}

enum result catalogs_confirm(struct catalogs *all, const struct zone *z, size_t *count)
{
    struct catalog_state *st = find_state(all, z->view, z->name);

    if (st == NULL)
        return RES_NOTFOUND;
    *count = st->missing;
    if (st->missing == 0)
        return RES_UNCHANGED;
    st->confirmed = st->due = true;
    return RES_OK;
}

/* ---- What is in force ---- */

static bool is_left_out(const struct catalogs *all, const struct member *m)
{
    return all->skip_resets && m->is_reset;
}

static unsigned count_members(const struct catalogs *all)
{
    size_t n = 0;

    for (unsigned i = 0; i < all->n; i++) {
        const struct members *m = catalog_members(all->list[i]);
        for (size_t j = 0; j < m->n; j++)
            n += !is_left_out(all, &m->list[j]);
    }
    return (unsigned)n;
}

/* The members of all catalogs, as a part of the configuration; list NULL: no memory. */
static struct addition_members collect(const struct catalogs *all)
{
    struct addition_members out = {.n = count_members(all)};
    struct conf_zone_change *to = out.list = malloc((out.n + 1u) * sizeof *to);

    for (unsigned i = 0; to != NULL && i < all->n; i++) {
        const struct members *m = catalog_members(all->list[i]);
        for (size_t j = 0; j < m->n; j++) {
            const struct member *from = &m->list[j];
            if (!is_left_out(all, from))
                *to++ = (struct conf_zone_change){.view = all->list[i]->view,
                                                  .name = (uint8_t *)from->entry.zone,
                                                  .now = from->now,
                                                  .at = from->at};
        }
    }
    return out;
}

static void commit(struct catalogs *all)
{
    for (unsigned i = 0; i < all->n; i++) {
        struct catalog_state *st = all->list[i];
        if (st->next == NULL)
            continue;
        members_free(st->held);
        st->held = st->next;
        st->next = NULL;
        for (size_t j = 0; j < st->held->n; j++)
            st->held->list[j].is_reset = false;
    }
}

void catalogs_revert(struct catalogs *all)
{
    for (unsigned i = 0; i < all->n; i++) {
        members_free(all->list[i]->next);
        all->list[i]->next = NULL;
    }
    free(all->carried.list);
    all->carried = (struct addition_members){0};
    forget_effects(all);
}

/* ---- Effects ---- */

static const char *keep_text(struct region *r, const char *text)
{
    return text != NULL ? region_text(r, text, strlen(text)) : NULL;
}

static bool make_room(struct catalogs *all)
{
    if (all->memory == NULL && (all->memory = region_new()) == NULL)
        return false;
    return ARRAY_ROOM(all->effects, all->neffects, all->effects_room);
}

void catalogs_note(struct catalogs *all, const struct catalog_effect *e)
{
    struct catalog_effect *own;

    if (!make_room(all)) {
        log_write(LOGC_CATZ, LVL_ERROR, "catz: %s", result_text(RES_NOMEM));
        return;
    }
    own = &all->effects[all->neffects++];
    *own = *e;
    own->view = keep_text(all->memory, e->view);
    own->zone = region_copy(all->memory, e->zone, name_length(e->zone));
    own->file = keep_text(all->memory, e->file);
    own->to = keep_text(all->memory, e->to);
}

/* A zone's file and its journal: removed, or with another name. */
static void change_file(const char *file, const char *to, const char *end)
{
    char *from = NULL, *into = NULL;

    if (asprintf(&from, "%s%s", file, end) < 0 ||
        (to != NULL && asprintf(&into, "%s%s", to, end) < 0))
        return;
    if ((to != NULL ? rename(from, into) : unlink(from)) != 0 && errno != ENOENT)
        log_write(LOGC_CATZ, LVL_WARNING, "catz: file %s not %s: %s", from,
                  to != NULL ? "renamed" : "removed", result_text(result_from_errno(errno)));
    free(from);
    free(into);
}

static void change_files(const struct catalogs *all, bool resets)
{
    for (size_t i = 0; i < all->neffects; i++) {
        const struct catalog_effect *e = &all->effects[i];
        if (e->what == EFFECT_LOAD || e->file == NULL || e->is_reset != resets)
            continue;
        change_file(e->file, e->what == EFFECT_MOVE ? e->to : NULL, "");
        change_file(e->file, e->what == EFFECT_MOVE ? e->to : NULL, ".jnl");
    }
}

static struct zone *served_zone(const struct catalogs *all, const struct catalog_effect *e)
{
    const struct answer_view *v = answer_server_view(all->s->data, e->view);

    return v != NULL ? zone_table_get(v->zones, e->zone) : NULL;
}

/* New members begin to ask their primaries. */
static void loads_done(void *arg)
{
    struct catalogs *all = arg;

    free(all->items);
    all->items = NULL;
    secondaries_all_loaded(all->s->secondaries);
}

static void load_new(struct catalogs *all)
{
    uint32_t n = 0;

    all->items = calloc(all->neffects + 1, sizeof *all->items);
    if (all->items == NULL) {   /* they have no contents yet: they may as well ask at once */
        secondaries_all_loaded(all->s->secondaries);
        return;
    }
    for (size_t i = 0; i < all->neffects; i++) {
        struct zone *z =
            all->effects[i].what == EFFECT_LOAD ? served_zone(all, &all->effects[i]) : NULL;
        if (z != NULL)
            all->items[n++] = (struct loader_item){z, true};
    }
    loader_start(all->s->loader, all->items, n, loads_done, all);
}

/* ---- A change ---- */

/* The lists that are to be come into force; they must not go before others are in force. */
static bool apply_members(struct catalogs *all)
{
    struct addition_members m = collect(all);
    bool is_right;

    if (m.list == NULL)
        return false;
    additions_swap_members(all->s->additions, &m);
    is_right = !all->is_changed || additions_apply_all(all->s);
    if (!is_right)
        additions_swap_members(all->s->additions, &m);
    free(m.list);
    return is_right;
}

/* Those to be reset go alone first, or they would be taken for what they were. */
static bool apply_without_resets(struct catalogs *all)
{
    bool is_right;

    all->skip_resets = true;
    is_right = apply_members(all);
    all->skip_resets = false;
    if (is_right)
        change_files(all, true);
    return is_right;
}

static void leave_resets_out(struct catalogs *all)
{
    for (unsigned i = 0; i < all->n; i++)
        if (all->list[i]->next != NULL)
            members_drop_resets(all->list[i]->next);
}

static void try_again(struct catalogs *all)
{
    int64_t at_ms = all->s->loop.now_ms + RETRY_MS;

    log_write(LOGC_CATZ, LVL_ERROR, "catz: failed merging zones: %s; tried again in %d seconds",
              result_text(RES_NOMEM), RETRY_MS / 1000);
    for (unsigned i = 0; i < all->n; i++)
        if (net_timer_set(&all->s->loop.timers, &all->list[i]->timer, at_ms) != RES_OK)
            all->list[i]->due = true;
}

/* Reads what is due; then those that were refused zones before another one was read, which may
 * have given them free. */
static bool prepare(struct catalogs *all)
{
    unsigned last = 0;
    bool is_right = true;

    for (unsigned i = 0; i < all->n; i++) {
        struct catalog_state *st = all->list[i];
        if (!st->due)
            continue;
        st->due = false;
        net_timer_stop(&all->s->loop.timers, &st->timer);
        st->is_fresh = true;
        is_right = is_right && catalog_prepare(st);
        last = i;
    }
    for (unsigned i = 0; i < all->n; i++) {
        struct catalog_state *st = all->list[i];
        if (st->refused && (!st->is_fresh || i < last))
            is_right = is_right && catalog_prepare(st);
        st->is_fresh = false;
    }
    return is_right;
}

/* What is prepared comes into force; false: not all of it. */
static bool apply(struct catalogs *all)
{
    if (all->has_resets) {
        if (!apply_without_resets(all)) {
            catalogs_revert(all);
            return false;
        }
        if (apply_members(all))
            return true;
        leave_resets_out(all);  /* as it is in force */
        return false;
    }
    if (apply_members(all))
        return true;
    catalogs_revert(all);
    return false;
}

void catalogs_check(struct catalogs *all)
{
    bool is_right;

    if (!catalogs_are_waiting(all) || !server_is_idle(all->s))
        return;
    is_right = prepare(all);
    if (!is_right)
        catalogs_revert(all);
    else
        is_right = apply(all);
    commit(all);
    change_files(all, false);
    if (all->is_changed)
        load_new(all);
    forget_effects(all);
    if (!is_right)
        try_again(all);
}

/* ---- Configurations come ---- */

static bool is_served(const struct conf_zone *z)
{
    return z->type == ZONE_PRIMARY || z->type == ZONE_SECONDARY || z->type == ZONE_IN_VIEW;
}

/* Those that the new configuration has itself are no members any more. */
static void drop_configured(struct members *m, const struct conf_view *v)
{
    for (unsigned i = 0; i < v->nzones; i++) {
        const struct member *found =
            is_served(&v->zones[i]) ? members_find(m, v->zones[i].name) : NULL;
        if (found == NULL || found->now == NULL)
            continue;
        struct member *own = &m->list[found - m->list];
        conf_free(own->now);
        own->now = NULL;
        log_write(LOGC_CATZ, LVL_INFO, "catz: zone '%s' is an explicitly configured zone now",
                  v->zones[i].name_text);
    }
    members_drop_unloaded(m);
}

/* The same members in another configuration. */
static struct members *carry_members(const struct catalog_state *st,
                                     const struct conf_snapshot *conf, unsigned view)
{
    struct members *m = members_new(st->held->n);

    for (size_t i = 0; m != NULL && i < st->held->n; i++) {
        struct member copy = st->held->list[i];
        copy.now = NULL;
        members_add(m, &copy);
    }
    if (m == NULL || region_failed(m->memory) || !members_load(m, conf, view, st->text)) {
        members_free(m);
        return NULL;
    }
    members_drop_unloaded(m);
    drop_configured(m, &conf->views[view]);
    return m;
}

static void note_removal(struct catalogs *all, const struct catalog_state *st)
{
    for (size_t i = 0; i < st->held->n; i++)
        catalogs_note(all, &(struct catalog_effect){.what = EFFECT_REMOVE,
                                                    .view = st->view,
                                                    .zone = st->held->list[i].entry.zone,
                                                    .file = st->held->list[i].file});
}

static bool carry(struct catalog_state *st, const struct conf_snapshot *conf)
{
    unsigned view;

    st->is_listed = catalog_conf(conf, st, &view) != NULL;
    if (st->is_listed) {
        st->next = carry_members(st, conf, view);
    } else {
        note_removal(st->all, st);
        st->next = members_new(0);
    }
    return st->next != NULL;
}

bool catalogs_carry(struct catalogs *all, struct conf_snapshot **conf)
{
    struct conf_snapshot *with;

    for (unsigned i = 0; i < all->n; i++)
        if (!carry(all->list[i], *conf))
            return false;
    all->carried = collect(all);
    if (all->carried.list == NULL)
        return false;
    if (all->carried.n == 0)
        return true;
    with = conf_derive(*conf, all->carried.list, all->carried.n);
    if (with == NULL)
        return false;
    conf_free(*conf);
    *conf = with;
    return true;
}

static void drop_unlisted(struct catalogs *all)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < all->n; i++) {
        if (all->list[i]->is_listed) {
            all->list[kept++] = all->list[i];
            continue;
        }
        log_write(LOGC_CATZ, LVL_INFO, "catz: removing catalog zone %s", all->list[i]->text);
        free_state(all->list[i]);
    }
    all->n = kept;
}

static void add_new(struct catalogs *all, const struct conf_view *v)
{
    for (unsigned i = 0; i < v->ncatalogs; i++)
        if (find_state(all, v->name, v->catalogs[i].name) == NULL &&
            !add_state(all, v->name, &v->catalogs[i]))
            log_write(LOGC_CATZ, LVL_ERROR, "catz: unable to create catalog zone '%s', error %s",
                      v->catalogs[i].name_text, result_text(RES_NOMEM));
}

void catalogs_configured(struct catalogs *all)
{
    const struct conf_snapshot *conf = all->s->conf;

    additions_swap_members(all->s->additions, &all->carried);
    free(all->carried.list);
    all->carried = (struct addition_members){0};
    commit(all);
    change_files(all, false);
    forget_effects(all);
    drop_unlisted(all);
    for (unsigned i = 0; i < conf->nviews; i++)
        add_new(all, &conf->views[i]);
    for (unsigned i = 0; i < all->n; i++)
        all->list[i]->due = true;
}
