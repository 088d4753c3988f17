/* rndc reload ZONE, freeze, thaw, sync: the commands about a zone's file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/rndc_zone.h"
#include "zone/files.h"
#include "zone/load.h"

/* A command about files at work; it may concern many zones. */
struct file_call {
    struct rndc_call *call;
    unsigned left;              /* zones whose work has not ended */
    bool all, clean, freeze;
    enum result result;         /* the first that went wrong */
};

/* One zone's part of it. */
struct file_part {
    struct file_call *of;
    struct zone *zone;
    struct upkeep_wait wait;
};

/* thaw of all zones: it waits for those that have never been loaded, as BIND does. */
struct thaw_all {
    struct rndc_call *call;
    unsigned left;
    enum result result;         /* the first that went wrong */
};

/* A zone's file being read again.  Nobody may be waiting for it: call NULL. */
struct read_job {
    struct loader_job job;
    struct rndc_call *call;
    struct server *server;
    bool thaw, wait;
    struct thaw_all *all;       /* NULL: not part of one */
};

const char *rndc_zone_text(const struct zone *z, char out[ZONE_TEXT])
{
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT];
    bool shown = strcmp(z->view, "_default") != 0;

    name_to_text(z->name, name, NAME_OMIT_FINAL_DOT);
    snprintf(out, ZONE_TEXT, "'%s/%s'%s%.64s", name, rrclass_text(z->rrclass, rrclass),
             shown ? " " : "", shown ? z->view : "");
    return out;
}

static void log_zone(const char *doing, const struct zone *z, const char *more, enum result r)
{
    char text[ZONE_TEXT];

    log_write(LOGC_GENERAL, LVL_INFO, "%s zone %s%s: %s", doing, rndc_zone_text(z, text), more,
              result_text(r));
}

static void set_frozen(struct zone *z, bool frozen)
{
    __atomic_store_n(&z->frozen, frozen, __ATOMIC_RELEASE);
}

static bool is_frozen(const struct zone *z)
{
    return __atomic_load_n(&z->frozen, __ATOMIC_ACQUIRE);
}

/* ---- freeze, sync ---- */

static void file_call_end(struct file_call *f)
{
    struct rndc_call *call = f->call;
    enum result r = f->result;

    if (f->all && f->freeze)
        log_write(LOGC_GENERAL, LVL_INFO, "freezing all zones: %s", result_text(r));
    else if (f->all)
        log_write(LOGC_GENERAL, LVL_INFO, "dumping all zones%s: %s",
                  f->clean ? ", removing journal files" : "", result_text(r));
    free(f);
    rndc_finish(call, r);
}

static void part_done(struct upkeep_wait *w, enum result r)
{
    struct file_part *p = CONTAINER_OF(w, struct file_part, wait);
    struct file_call *f = p->of;

    if (r != RES_OK && f->freeze)
        set_frozen(p->zone, false);
    if (r != RES_OK && f->result == RES_OK)
        f->result = r;
    if (f->freeze && (!f->all || r != RES_OK))
        log_zone("freezing", p->zone, "", r);
    else if (!f->freeze && (!f->all || r != RES_OK))
        log_zone("sync: dumping", p->zone, f->clean ? ", removing journal file" : "", r);
    free(p);
    if (--f->left == 0)
        file_call_end(f);
}

static void part_begin(struct file_call *f, struct zone *z)
{
    struct file_part *p = calloc(1, sizeof *p);

    if (p == NULL) {
        f->result = RES_NOMEM;
        return;
    }
    *p = (struct file_part){.of = f, .zone = z, .wait = {.done = part_done, .clean = f->clean}};
    if (f->freeze)
        set_frozen(z, true);
    f->left++;
    upkeep_write(f->call->server->upkeep, z, &p->wait);
}

static enum result may_freeze(const struct zone *z)
{
    if (z->conf->type != ZONE_PRIMARY)
        return RES_NOTPRIMARY;
    if (!z->conf->options->is_dynamic)
        return RES_NOTDYNAMIC;
    return is_frozen(z) ? RES_FROZEN : RES_OK;
}

static void begin_one(struct file_call *f, struct zone *z)
{
    enum result r = f->freeze ? may_freeze(z) : RES_OK;

    if (r == RES_OK) {
        part_begin(f, z);
        return;
    }
    if (f->all && r != RES_FROZEN)
        return;
    f->result = r;
    if (r == RES_FROZEN)
        log_zone("freezing", z, "", r);
    if (r == RES_FROZEN && !f->all) {
        rndc_say(f->call, "WARNING: The zone was already frozen.");
        rndc_say(f->call, "Someone else may be editing it or it may still be re-loading.");
    }
}

/* What freeze and sync have in common: each zone that is meant (NULL: all) is written. */
static enum result write_zones(struct rndc_call *call, struct zone *z, bool freeze, bool clean)
{
    const struct zone_set *zones = call->server->zones;
    struct file_call *f = calloc(1, sizeof *f);

    if (f == NULL)
        return RES_NOMEM;
    *f = (struct file_call){.call = call, .left = 1, .all = z == NULL, .clean = clean,
                            .freeze = freeze};
    if (z != NULL)
        begin_one(f, z);
    for (uint32_t i = 0; z == NULL && i < zones->nloads; i++)
        begin_one(f, zones->loads[i].zone);
    if (--f->left == 0)         /* the one that was ours */
        file_call_end(f);
    return RES_PENDING;
}

enum result rndc_freeze(struct rndc_call *call)
{
    struct zone *z = NULL;
    enum result r = rndc_find_zone(call, 1, &z);

    return r == RES_OK || r == RES_NOMORE ? write_zones(call, z, true, false) : r;
}

enum result rndc_sync(struct rndc_call *call)
{
    bool clean = call->argc > 1 && strcmp(call->argv[1], "-clean") == 0;
    struct zone *z = NULL;
    enum result r = rndc_find_zone(call, 1 + clean, &z);

    return r == RES_OK || r == RES_NOMORE ? write_zones(call, z, false, clean) : r;
}

/* ---- Reading a zone again: reload, thaw ---- */

/* A zone that is being read, or written, may have changed since.  `thaw`: one that need not be
 * read thaws, before anybody else can begin to read it. */
static bool must_read(struct server *s, struct zone *z, bool thaw)
{
    bool must;

    if (!loader_try_claim(s->loader, z))
        return true;
    must = rcu_read(z->contents) == NULL || z->last_result != RES_OK || zone_files_changed(z);
    if (thaw && !must)
        set_frozen(z, false);
    loader_give_back(s->loader, z);
    return must;
}

void rndc_say_load_error(struct rndc_call *call, struct zone *z)
{
    if (!loader_try_claim(call->server->loader, z))
        return;
    if (z->load_error != NULL)
        rndc_say(call, "%s", z->load_error);
    loader_give_back(call->server->loader, z);
}

static void answer_reload(const struct read_job *j, enum result r)
{
    struct zone *z = j->job.zone;
    const struct contents *c = rcu_read(z->contents);

    if (r == RES_OK || r == RES_UNCHANGED) {
        const char *how = r == RES_OK ? "successful" : "up-to-date";

        if (j->wait && c != NULL)
            rndc_say(j->call, "zone reload %s: serial %u", how, c->serial);
        else
            rndc_say(j->call, "zone reload %s", how);
        rndc_finish(j->call, RES_OK);
        return;
    }
    if (j->wait)
        rndc_say_load_error(j->call, z);
    rndc_finish(j->call, r);
}

static void thaw_all_step(struct thaw_all *all)
{
    struct rndc_call *call = all->call;
    enum result r = all->result;

    if (--all->left > 0)
        return;
    free(all);
    log_write(LOGC_GENERAL, LVL_INFO, "thawing all zones: %s", result_text(r));
    rndc_finish(call, r);
}

static void end_part_of_thaw(const struct read_job *j, enum result r)
{
    if (r != RES_OK)
        log_zone("thawing", j->job.zone, "", r);
    if (r != RES_OK && j->all->result == RES_OK)
        j->all->result = r;
    thaw_all_step(j->all);
}

/* A zone that thaws is frozen until its file has been read: what is in it counts. */
static void end_thaw(const struct read_job *j, enum result r)
{
    bool good = r == RES_OK || r == RES_UNCHANGED;

    if (good)
        set_frozen(j->job.zone, false);
    if (j->all != NULL) {
        end_part_of_thaw(j, good ? RES_OK : r);
        return;
    }
    if (j->call == NULL)
        return;
    log_zone("thawing", j->job.zone, "", good ? RES_OK : r);
    if (good)
        rndc_say(j->call, "The zone reload and thaw was successful.");
    rndc_finish(j->call, good ? RES_OK : r);
}

static void read_done(struct loader_job *job)
{
    struct read_job *j = CONTAINER_OF(job, struct read_job, job);

    server_zone_loaded(j->server, job->zone, job->result);
    if (j->thaw)
        end_thaw(j, job->result);
    else if (j->call != NULL)
        answer_reload(j, job->result);
    free(j);
}

/* Reads the zone's file; `call` waits for the outcome unless it is NULL. */
static bool read_zone(struct server *s, struct zone *z, const struct read_job *how)
{
    struct read_job *j = malloc(sizeof *j);

    if (j == NULL)
        return false;
    *j = *how;
    j->job = (struct loader_job){.zone = z, .done = read_done};
    j->server = s;
    loader_load(s->loader, &j->job);
    return true;
}

/* Takes "-wait" out of the arguments; was it there? */
static bool take_wait(struct rndc_call *call)
{
    bool found = false;
    int n = 1;

    for (int i = 1; i < call->argc; i++) {
        if (strcmp(call->argv[i], "-wait") == 0)
            found = true;
        else
            call->argv[n++] = call->argv[i];
    }
    call->argc = n;
    call->argv[n] = NULL;
    return found;
}

static enum result reload_primary(struct rndc_call *call, struct zone *z, bool wait)
{
    bool first = rcu_read(z->contents) == NULL;

    if (zone_owns_data(z) && !first)
        return RES_DYNAMICZONE;
    if (wait || first)
        return read_zone(call->server, z, &(struct read_job){.call = call, .wait = wait})
                   ? RES_PENDING
                   : RES_NOMEM;
    if (!must_read(call->server, z, false)) {
        rndc_say(call, "zone reload up-to-date");
        return RES_OK;
    }
    if (!read_zone(call->server, z, &(struct read_job){0}))
        return RES_NOMEM;
    rndc_say(call, "zone reload queued");
    return RES_OK;
}

enum result rndc_zone_reload(struct rndc_call *call)
{
    bool wait = take_wait(call);
    struct zone *z;
    enum result r = rndc_find_zone(call, 1, &z);

    if (r != RES_OK)
        return r == RES_NOMORE ? RES_UNEXPECTEDEND : r;
    return z->conf->type == ZONE_SECONDARY ? rndc_refresh(call) : reload_primary(call, z, wait);
}

static enum result thaw_one(struct rndc_call *call, struct zone *z)
{
    bool was_frozen = is_frozen(z);

    if (z->conf->type != ZONE_PRIMARY)
        return RES_NOTPRIMARY;
    if (was_frozen && rcu_read(z->contents) == NULL)
        return read_zone(call->server, z, &(struct read_job){.call = call, .thaw = true})
                   ? RES_PENDING
                   : RES_NOMEM;
    if (was_frozen && must_read(call->server, z, true)) {
        if (!read_zone(call->server, z, &(struct read_job){.thaw = true}))
            return RES_NOMEM;
        rndc_say(call, "A zone reload and thaw was started.");
        rndc_say(call, "Check the logs to see the result.");
    } else if (was_frozen) {
        rndc_say(call, "The zone reload and thaw was successful.");
    }
    log_zone("thawing", z, "", RES_OK);
    return RES_OK;
}

static void thaw_part(struct thaw_all *all, struct zone *z)
{
    struct server *s = all->call->server;
    struct read_job how = {.thaw = true, .all = rcu_read(z->contents) == NULL ? all : NULL};

    if (!is_frozen(z) || !must_read(s, z, true))
        return;
    if (!read_zone(s, z, &how))
        all->result = RES_NOMEM;
    else if (how.all != NULL)
        all->left++;
}

static enum result thaw_all(struct rndc_call *call)
{
    const struct zone_set *zones = call->server->zones;
    struct thaw_all *all = malloc(sizeof *all);

    if (all == NULL)
        return RES_NOMEM;
    *all = (struct thaw_all){.call = call, .left = 1};
    for (uint32_t i = 0; i < zones->nloads; i++)
        thaw_part(all, zones->loads[i].zone);
    thaw_all_step(all);
    return RES_PENDING;
}

enum result rndc_thaw(struct rndc_call *call)
{
    struct zone *z;
    enum result r = rndc_find_zone(call, 1, &z);

    if (r == RES_NOMORE)
        return thaw_all(call);
    return r == RES_OK ? thaw_one(call, z) : r;
}
