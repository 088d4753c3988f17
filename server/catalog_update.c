/* A catalog zone's new version: what it says is compared with what is in force. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rcu.h"
#include "server/catalogs_internal.h"
#include "zone/table.h"

/* A version at work. */
struct update {
    struct catalog_state *st;
    const struct answer_view *view;
    struct members *base;               /* before; belongs to the state */
    struct members *wanted, *next;
    struct catalog_move *moves;
    size_t nmoves;
};

static void tell(void *arg, const char *text)
{
    const struct catalog_state *st = arg;

    log_write(LOGC_CATZ, LVL_WARNING, "catz: catalog zone '%s': %s", st->text, text);
}

/* ---- Who else has a zone ---- */

static struct catalog_state *find_owner(const struct catalog_state *st, const uint8_t *zone,
                                        const struct member **out)
{
    const struct catalogs *all = st->all;

    for (unsigned i = 0; i < all->n; i++) {
        struct catalog_state *other = all->list[i];
        if (other == st || strcmp(other->view, st->view) != 0)
            continue;
        *out = members_find(catalog_members(other), zone);
        if (*out != NULL)
            return other;
    }
    return NULL;
}

/* The list without one of them. */
static struct members *copy_without(const struct members *m, const struct member *gone)
{
    struct members *copy = members_new(m->n);

    for (size_t i = 0; copy != NULL && i < m->n; i++)
        if (&m->list[i] != gone)
            members_add(copy, &m->list[i]);
    return copy;
}

/* Both catalogs agree (RFC 9432 §4.3.1): the zone goes over, and what is served of it too if its
 * label stays the same. */
static bool take_over(struct catalog_state *st, const struct member *m, const char *zone,
                      struct catalog_state *from, const struct member *old)
{
    struct members *without = copy_without(catalog_members(from), old);
    struct catalog_effect e = {.what = EFFECT_REMOVE,
                               .view = st->view,
                               .zone = m->entry.zone,
                               .file = old->file,
                               .to = m->file};

    if (without == NULL)
        return false;
    log_write(LOGC_CATZ, LVL_INFO, "catz: zone '%s' change of ownership from '%s' to '%s'", zone,
              from->text, st->text);
    log_write(LOGC_CATZ, LVL_INFO, "catz: deleting zone '%s' from catalog '%s' - success", zone,
              from->text);
    if (old->file != NULL && m->file != NULL &&
        memcmp(old->entry.unique, m->entry.unique, 1u + m->entry.unique[0]) == 0)
        e.what = EFFECT_MOVE;
    catalogs_note(st->all, &e);
    members_free(from->next);
    from->next = without;
    return true;
}

enum claim { CLAIM_FREE, CLAIM_REFUSED, CLAIM_NOMEM };

static enum claim claim_zone(const struct update *u, const struct member *m)
{
    const struct zone *served = zone_table_get(u->view->zones, m->entry.zone);
    const struct member *old;
    struct catalog_state *owner;
    char zone[NAME_TEXT_MAX];

    name_to_text(m->entry.zone, zone, NAME_OMIT_FINAL_DOT);
    if (served != NULL && served->conf->catalog == NULL) {
        log_write(LOGC_CATZ, LVL_WARNING, "catz: zone '%s' will not be added because it is an "
                  "explicitly configured zone", zone);
        return CLAIM_REFUSED;
    }
    owner = find_owner(u->st, m->entry.zone, &old);
    if (owner == NULL)
        return CLAIM_FREE;
    if (old->coo != NULL && name_equal(old->coo, u->st->name))
        return take_over(u->st, m, zone, owner, old) ? CLAIM_FREE : CLAIM_NOMEM;
    log_write(LOGC_CATZ, LVL_WARNING, "catz: zone '%s' will not be added because another catalog "
              "zone already contains an entry with that zone: '%s'", zone, owner->text);
    u->st->refused = true;
    return CLAIM_REFUSED;
}

/* Zones that are others' leave the list of what is wanted. */
static bool claim_zones(struct update *u)
{
    struct members *w = u->wanted;
    size_t kept = 0;

    u->st->refused = false;
    for (size_t i = 0; i < w->n; i++) {
        enum claim c = claim_zone(u, &w->list[i]);
        if (c == CLAIM_NOMEM)
            return false;
        if (c == CLAIM_FREE)
            w->list[kept++] = w->list[i];
    }
    w->n = kept;
    return true;
}

/* ---- What changes ---- */

static struct catalog_entry *entries_of(const struct members *m)
{
    struct catalog_entry *e = malloc((m->n + 1) * sizeof *e);

    for (size_t i = 0; e != NULL && i < m->n; i++)
        e[i] = m->list[i].entry;
    return e;
}

static bool make_plan(struct update *u)
{
    struct catalog_entry *held = entries_of(u->base), *wanted = entries_of(u->wanted);

    u->moves = malloc((u->base->n + u->wanted->n + 1) * sizeof *u->moves);
    if (held != NULL && wanted != NULL && u->moves != NULL)
        u->nmoves = catalog_plan(held, u->base->n, wanted, u->wanted->n, u->moves);
    free(held);
    free(wanted);
    return held != NULL && wanted != NULL && u->moves != NULL;
}

static bool read_settings(struct update *u)
{
    const struct conf_snapshot *conf = u->st->all->s->conf;
    unsigned view;

    for (size_t i = 0; i < u->nmoves; i++) {
        const struct catalog_move *move = &u->moves[i];
        if (move->step != CATALOG_KEEP)
            continue;
        struct member *to = &u->wanted->list[move->wanted];
        to->now = u->base->list[move->held].now;
        to->at = u->base->list[move->held].at;
        conf_keep(to->now);
    }
    return catalog_conf(conf, u->st, &view) != NULL &&
           members_load(u->wanted, conf, view, u->st->text);
}

/* A removal of many waits for somebody's word, and while it waits no other goes through. */
static bool removals_wait(struct update *u)
{
    struct catalog_state *st = u->st;
    bool has_views = strcmp(st->view, "_default") != 0, waits;
    size_t removed = 0;

    for (size_t i = 0; i < u->nmoves; i++)
        removed += u->moves[i].step == CATALOG_DELETE;
    waits = removed > 0 && !st->confirmed &&
            (st->missing > 0 || catalog_is_mass_removal(u->base->n, removed));
    st->confirmed = false;
    st->missing = waits ? removed : 0;
    if (waits)
        log_write(LOGC_CATZ, LVL_WARNING,
                  "catz: catalog '%s' no longer lists %zu of its %zu zones: they are kept until "
                  "it lists them again, or 'rndc catalog-confirm %s%s%s' removes them",
                  st->text, removed, u->base->n, st->text, has_views ? " IN " : "",
                  has_views ? st->view : "");
    return waits;
}

static void log_move(const struct update *u, const char *verb, const char *zone)
{
    log_write(LOGC_CATZ, LVL_INFO, "catz: %s zone '%s' from catalog '%s' - success", verb, zone,
              u->st->text);
}

static void note(const struct update *u, enum catalog_effect_kind what, const struct member *m,
                 const char *to)
{
    const struct catalog_effect e = {.what = what,
                                     .view = u->st->view,
                                     .zone = m->entry.zone,
                                     .file = m->file,
                                     .to = to,
                                     .is_reset = m->is_reset};

    catalogs_note(u->st->all, &e);
}

static void remove_member(const struct update *u, const struct member *held, const char *zone)
{
    log_move(u, "deleting", zone);
    note(u, EFFECT_REMOVE, held, NULL);
}

static void reset_member(const struct update *u, struct member *held, const char *zone)
{
    log_write(LOGC_CATZ, LVL_INFO, "catz: zone '%s' unique label has changed, reset state", zone);
    held->is_reset = true;
    remove_member(u, held, zone);
    held->is_reset = false;
    u->st->all->has_resets = true;
}

static bool same_file(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void modify_member(const struct update *u, const struct member *held,
                          const struct member *m, const char *zone)
{
    log_move(u, "modifying", zone);
    if (same_file(held->file, m->file))
        return;
    if (held->file != NULL)
        note(u, m->file != NULL ? EFFECT_MOVE : EFFECT_REMOVE, held, m->file);
    note(u, EFFECT_LOAD, m, NULL);
}

static void log_group(const struct member *m, const char *zone)
{
    if (m->group != NULL)
        log_write(LOGC_CATZ, LVL_INFO, "catz: zone '%s' is in group '%s'", zone, m->group);
}

/* One that comes or changes; `held` is NULL for a new one. */
static void bring(const struct update *u, enum catalog_step step, struct member *held,
                  const struct member *m)
{
    char zone[NAME_TEXT_MAX];

    name_to_text(m->entry.zone, zone, NAME_OMIT_FINAL_DOT);
    if (m->now == NULL) {       /* was told; what is in force stays */
        log_write(LOGC_CATZ, LVL_WARNING, "catz: error \"%s\" while trying to %s zone '%s'",
                  result_text(RES_FAILURE), held == NULL ? "add" : "modify", zone);
        if (held != NULL)
            members_add(u->next, held);
        return;
    }
    if (step == CATALOG_MODIFY) {
        modify_member(u, held, m, zone);
    } else {
        if (step == CATALOG_RESET)
            reset_member(u, held, zone);
        log_move(u, "adding", zone);
        log_group(m, zone);
        note(u, EFFECT_LOAD, m, NULL);
    }
    members_add(u->next, m)->is_reset = step == CATALOG_RESET;
    u->st->all->is_changed = true;
}

static void drop(const struct update *u, const struct member *held, bool waits)
{
    char zone[NAME_TEXT_MAX];

    if (waits) {
        members_add(u->next, held);
        return;
    }
    name_to_text(held->entry.zone, zone, NAME_OMIT_FINAL_DOT);
    remove_member(u, held, zone);
    u->st->all->is_changed = true;
}

static bool make_next(struct update *u)
{
    bool waits = removals_wait(u);

    u->next = members_new(u->base->n + u->wanted->n);
    for (size_t i = 0; u->next != NULL && i < u->nmoves; i++) {
        const struct catalog_move *move = &u->moves[i];
        struct member *held = move->held != CATALOG_NONE ? &u->base->list[move->held] : NULL;
        if (move->step == CATALOG_DELETE)
            drop(u, held, waits);
        else if (move->step == CATALOG_KEEP)
            members_add(u->next, &u->wanted->list[move->wanted]);
        else
            bring(u, move->step, held, &u->wanted->list[move->wanted]);
    }
    return u->next != NULL && !region_failed(u->next->memory);
}

/* ---- The whole ---- */

/* The catalog's content; NULL (RES_OK) where there is none, or it is broken. */
static enum result read_catalog(struct catalog_state *st, const struct answer_view *view,
                                struct catalog **out)
{
    const struct catalog_report report = {tell, st};
    const struct zone *z = zone_table_get(view->zones, st->name);
    const struct contents *c = z != NULL ? rcu_read(z->contents) : NULL;
    enum result r;

    *out = NULL;
    if (c == NULL)
        return RES_OK;
    log_write(LOGC_CATZ, LVL_INFO, "catz: updating catalog zone '%s' with serial %u", st->text,
              c->serial);
    st->updated_ms = net_now_ms();
    r = catalog_read(c, &report, out);
    if (r != RES_BADZONE)
        return r;
    log_write(LOGC_CATZ, LVL_ERROR, "catz: new catalog zone '%s' is broken and will not be "
              "processed: its zones stay as they are", st->text);
    return RES_OK;
}

static bool update_members(struct catalog_state *st, const struct answer_view *view,
                           const struct catalog *k, const struct conf_catalog *conf)
{
    struct update u = {.st = st, .view = view, .base = catalog_members(st)};
    bool right;

    u.wanted = members_of_catalog(k, conf, st->view);
    right = u.wanted != NULL && claim_zones(&u) && make_plan(&u) && read_settings(&u) &&
            make_next(&u);
    members_free(u.wanted);
    free(u.moves);
    if (!right) {
        members_free(u.next);
        return false;
    }
    members_free(st->next);
    st->next = u.next;
    return true;
}

bool catalog_prepare(struct catalog_state *st)
{
    const struct server *s = st->all->s;
    const struct answer_view *view = answer_server_view(s->data, st->view);
    const struct conf_catalog *conf = catalog_conf(s->conf, st, &(unsigned){0});
    struct catalog *k;
    bool right;

    if (view == NULL || conf == NULL)
        return true;
    if (read_catalog(st, view, &k) != RES_OK)
        return false;
    right = k == NULL || update_members(st, view, k, conf);
    catalog_free(k);
    return right;
}
