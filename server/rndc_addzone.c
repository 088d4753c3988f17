/* rndc addzone, modzone, delzone, showzone: zones that come, change and go without a reload. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "server/additions.h"
#include "server/rndc_zone.h"
#include "zone/journals.h"

/* addzone or modzone at work. */
struct zone_call {
    struct rndc_call *call;
    const char *command;                /* the word */
    bool modify;
    char *name, *rrclass, *view, *body; /* as they came; view: "_default" without one */
    struct name wire;
    struct conf_snapshot *now;          /* the new settings */
    struct addition_before before;
    struct loader_job job;
    enum result result;
};

static void free_zone_call(struct rndc_call *call)
{
    struct zone_call *z = call->state;

    conf_free(z->now);
    additions_settle(&z->before);
    free(z->name);
    free(z->rrclass);
    free(z->view);
    free(z->body);
    free(z);
}

/* ---- What is asked for: NAME [CLASS [VIEW]] { … }; ---- */

/* The next word before the brace, without its quotes; NULL: there is none.  From malloc. */
static char *next_word(const char **at)
{
    const char *p = *at + strspn(*at, " \t"), *start;
    bool quoted = *p == '"';
    size_t len;

    if (*p == '\0' || *p == '{')
        return NULL;
    start = p + quoted;
    len = strcspn(start, quoted ? "\"" : " \t{");
    p = start + len;
    *at = p + (quoted && *p == '"');
    return strndup(start, len);
}

static enum result tell_syntax(const struct zone_call *z, const char *text)
{
    log_write(LOGC_GENERAL, LVL_ERROR, "%s: %s", z->command, text);
    rndc_say(z->call, "%s: %s", z->command, text);
    return RES_UNEXPECTEDTOKEN;
}

static enum result parse_request(struct zone_call *z)
{
    const char *at = z->call->rest;

    z->name = next_word(&at);
    z->rrclass = z->name != NULL ? next_word(&at) : NULL;
    z->view = z->rrclass != NULL ? next_word(&at) : NULL;
    at += strspn(at, " \t");
    if (z->name == NULL)
        return tell_syntax(z, "expected string near end of file");
    if (*at != '{')
        return tell_syntax(z, "'{' expected near end of file");
    if (z->view == NULL)
        z->view = strdup("_default");
    if (z->rrclass == NULL)
        z->rrclass = strdup("");
    z->body = strdup(at);
    if (z->view == NULL || z->rrclass == NULL || z->body == NULL)
        return RES_NOMEM;
    return name_from_text(&z->wire, z->name, strlen(z->name), (const uint8_t *)"");
}

/* The view's number; RES_NOTFOUND and RES_NOPERM are told. */
static enum result find_view(const struct zone_call *z, unsigned *out)
{
    const struct conf_snapshot *conf = z->call->server->conf;
    uint16_t rrclass = CLASS_IN;
    enum result r;

    if (*z->rrclass != '\0' &&
        (r = rrclass_from_text(&rrclass, z->rrclass, strlen(z->rrclass))) != RES_OK)
        return r;
    for (unsigned i = 0; i < conf->nviews; i++) {
        if (strcmp(conf->views[i].name, z->view) != 0 || conf->views[i].rrclass != rrclass)
            continue;
        *out = i;
        if (conf->views[i].added_zones_file != NULL)
            return RES_OK;
        rndc_say(z->call, "Not allowing new zones in view '%s'", z->view);
        return RES_NOPERM;
    }
    rndc_say(z->call, "no matching view found for '%s'", z->view);
    return RES_NOTFOUND;
}

/* Mistakes go to the log and to who asked; the place is in a text that nobody sees. */
static void tell_mistake(void *arg, int level, const char *text)
{
    const struct zone_call *z = arg;
    size_t word = strlen(z->command), digits;

    if (level != LVL_ERROR || *text == ' ')
        return;
    if (strncmp(text, z->command, word) == 0 && text[word] == ':' &&
        (digits = strspn(text + word + 1, "0123456789")) > 0 && text[word + 1 + digits] == ':')
        text += word + 1 + digits + 1;
    else if (strncmp(text, z->command, word) == 0 && text[word] == ':')
        text += word + 1;
    text += *text == ' ';
    log_write(LOGC_GENERAL, LVL_ERROR, "%s: %s", z->command, text);
    rndc_say(z->call, "%s: %s", z->command, text);
}

static enum result read_settings(struct zone_call *z, unsigned view, bool is_added)
{
    const struct conf_report report = {.message = tell_mistake, .arg = z};
    const struct conf_zone_text text = {
        .command = z->command,
        .name = z->name,
        .rrclass = strcasecmp(z->rrclass, "in") == 0 ? "" : z->rrclass,
        .body = z->body,
        .is_added = is_added,
    };
    enum result r = conf_zone_load(z->call->server->conf, view, &text, &report, &z->now);
    unsigned type = r == RES_OK ? z->now->views[view].zones[0].type : ZONE_PRIMARY;

    if (type == ZONE_PRIMARY || type == ZONE_SECONDARY)
        return r;
    rndc_say(z->call, "'%s' zones not supported by %s", conf_zone_type_text(type), z->command);
    return RES_FAILURE;
}

static bool writes_file(const struct conf_zone *c)
{
    return c->file != NULL && (c->type == ZONE_SECONDARY || c->options->is_dynamic);
}

/* Two zones may read one file; none may share one that is written (as conf_load() has it). */
static enum result check_file(const struct zone_call *z, unsigned view)
{
    const struct conf_zone *new = &z->now->views[view].zones[0];
    const struct zone_set *zones = z->call->server->zones;
    char text[ZONE_TEXT];

    for (uint32_t i = 0; new->file != NULL && i < zones->nloads; i++) {
        const struct zone *other = zones->loads[i].zone;
        if (other->conf->file == NULL || strcmp(other->conf->file, new->file) != 0 ||
            (!writes_file(new) && !writes_file(other->conf)) ||
            (strcmp(other->view, z->view) == 0 && name_equal(other->name, z->wire.wire)))
            continue;
        rndc_say(z->call, "%s: writeable file '%s': already in use by zone %s", z->command,
                 new->file, zone_text(other, text));
        return RES_FAILURE;
    }
    return RES_OK;
}

/* ---- It comes into force ---- */

static struct zone *served_zone(const struct zone_call *z)
{
    const struct answer_view *v = answer_server_view(z->call->server->data, z->view);

    return v != NULL ? zone_table_get(v->zones, z->wire.wire) : NULL;
}

static enum result revert(struct rndc_call *call)
{
    struct zone_call *z = call->state;

    additions_revert(call->server, z->view, z->wire.wire, &z->before);
    return z->result;
}

static void fail(struct zone_call *z, const char *what, enum result r)
{
    z->result = r;
    rndc_say(z->call, "%s failed: %s", what, result_text(r));
    log_write(LOGC_GENERAL, LVL_ERROR, "%s failed; reverting.", z->command);
    rndc_when_idle(z->call, revert);
}

static const struct conf_view *view_conf(const struct zone_call *z)
{
    return answer_server_view(z->call->server->data, z->view)->conf;
}

static void succeed(struct zone_call *z, bool is_added)
{
    struct rndc_call *call = z->call;

    log_write(LOGC_GENERAL, LVL_INFO, "%s zone %s in view %s via %s",
              z->modify ? "updated" : "added", z->name, z->view, z->command);
    if (z->modify && is_added) {
        rndc_say(call, "zone '%s' reconfigured.", z->name);
    } else if (z->modify) {
        rndc_say(call, "zone '%s' must also be reconfigured in", z->name);
        rndc_say(call, "named.conf to make changes permanent.");
    }
    rndc_finish(call, RES_OK);
}

static void loaded(struct loader_job *job)
{
    struct zone_call *z = CONTAINER_OF(job, struct zone_call, job);
    bool is_added = job->zone->conf->is_added;
    enum result r = job->result;

    server_zone_loaded(z->call->server, job->zone, r);
    if (r != RES_OK && r != RES_UNCHANGED) {
        rndc_say_load_error(z->call, job->zone);
        fail(z, "dns_zone_loadnew", r);
        return;
    }
    if (is_added && (r = conf_added_write(view_conf(z))) != RES_OK) {
        log_write(LOGC_GENERAL, LVL_ERROR, "writing %s: %s", view_conf(z)->added_zones_file,
                  result_text(r));
        fail(z, "keeping the zone for a restart", r);
        return;
    }
    succeed(z, is_added);
}

/* While no zone loads: the zone is there, then its file is read. */
static enum result put_in_force(struct rndc_call *call)
{
    struct zone_call *z = call->state;
    struct server *s = call->server;
    const struct zone *old = served_zone(z);
    struct zone *new;
    enum result r;

    if ((old != NULL) != z->modify)     /* another command was quicker */
        return z->modify ? RES_NOTFOUND : RES_EXISTS;
    r = additions_apply(s, z->view, z->wire.wire, z->now, &z->before);
    if (r != RES_OK)
        return r;
    new = served_zone(z);
    z->job = (struct loader_job){.zone = new, .forced = new != old, .done = loaded};
    for (uint32_t i = 0; i < s->zones->nloads; i++)
        if (s->zones->loads[i].zone == new)
            z->job.forced = s->zones->loads[i].forced;
    loader_load(s->loader, &z->job);
    return RES_PENDING;
}

/* What a catalog zone brings is changed there, or it would come back as it was. */
static enum result refuse_member(struct rndc_call *call, const struct conf_zone *conf)
{
    rndc_say(call, "zone '%s' is a member of the catalog zone '%s': change it there",
             conf->name_text, conf->catalog);
    return RES_NOPERM;
}

static enum result prepare(struct zone_call *z)
{
    const struct zone *served;
    unsigned view;
    enum result r = parse_request(z);

    if (r != RES_OK || (r = find_view(z, &view)) != RES_OK)
        return r;
    served = served_zone(z);
    if (served == NULL && z->modify)
        return RES_NOTFOUND;
    if (served != NULL && !z->modify)
        return RES_EXISTS;
    if (served != NULL && served->conf->catalog != NULL)
        return refuse_member(z->call, served->conf);
    r = read_settings(z, view, !z->modify || served->conf->is_added);
    return r == RES_OK ? check_file(z, view) : r;
}

static enum result change_zone(struct rndc_call *call, const char *command, bool modify)
{
    struct zone_call *z = calloc(1, sizeof *z);
    enum result r;

    if (z == NULL)
        return RES_NOMEM;
    *z = (struct zone_call){.call = call, .command = command, .modify = modify};
    call->state = z;
    call->release = free_zone_call;
    r = prepare(z);
    return r == RES_OK ? rndc_when_idle(call, put_in_force) : r;
}

enum result rndc_addzone(struct rndc_call *call)
{
    return change_zone(call, "addzone", false);
}

enum result rndc_modzone(struct rndc_call *call)
{
    return change_zone(call, "modzone", true);
}

/* ---- delzone, showzone ---- */

static void remove_file(const char *path)
{
    if (path != NULL && unlink(path) != 0)
        log_write(LOGC_GENERAL, LVL_WARNING, "file %s not removed: %s", path,
                  result_text(result_from_errno(errno)));
}

static void say_deleted(struct rndc_call *call, const char *name, const struct conf_zone *conf,
                        bool clean)
{
    if (!conf->is_added) {
        rndc_say(call, "zone '%s' is no longer active and will be deleted.", name);
        rndc_say(call, "To keep it from returning when the server is restarted, it");
        rndc_say(call, "must also be removed from named.conf.");
    } else if (clean) {
        rndc_say(call, "zone '%s' and associated files will be deleted.", name);
    } else if (conf->type == ZONE_SECONDARY) {
        rndc_say(call, "zone '%s' will be deleted.", name);
    }
}

/* What is needed of a zone when it is gone. */
struct deletion {
    char name[NAME_TEXT_MAX], view[256];
    char *file, *journal;
    bool is_added, clean;
};

static enum result delete_zone(struct rndc_call *call, const struct zone *z, struct deletion *d)
{
    struct server *s = call->server;
    struct name name;
    enum result r;

    name_copy(&name, z->name);
    r = additions_apply(s, d->view, name.wire, NULL, NULL);
    if (r != RES_OK)
        return r;
    log_write(LOGC_GENERAL, LVL_INFO, "deleting zone %s in view %s via delzone", d->name, d->view);
    if (d->is_added)
        r = conf_added_write(answer_server_view(s->data, d->view)->conf);
    if (d->clean) {
        remove_file(d->file);
        remove_file(d->journal);
    }
    return r;
}

static enum result delete_when_idle(struct rndc_call *call)
{
    struct deletion d = {.clean = strcmp(call->argv[1], "-clean") == 0};
    struct zone *z;
    enum result r = rndc_find_zone(call, 1 + d.clean, &z);

    if (r != RES_OK)
        return r;
    if (z->conf->catalog != NULL)
        return refuse_member(call, z->conf);
    name_to_text(z->name, d.name, NAME_OMIT_FINAL_DOT);
    snprintf(d.view, sizeof d.view, "%s", z->view);
    d.is_added = z->conf->is_added;
    d.file = z->conf->file != NULL ? strdup(z->conf->file) : NULL;
    d.journal = zone_journal_path(z->conf);
    log_write(LOGC_GENERAL, LVL_INFO, "zone %s scheduled for removal via delzone", d.name);
    say_deleted(call, d.name, z->conf, d.clean);
    r = delete_zone(call, z, &d);
    free(d.file);
    free(d.journal);
    return r;
}

enum result rndc_delzone(struct rndc_call *call)
{
    bool clean = strcmp(call->argv[1], "-clean") == 0;
    struct zone *z;
    enum result r = rndc_find_zone(call, 1 + clean, &z);

    if (r == RES_NOMORE)
        return RES_UNEXPECTEDEND;
    return r == RES_OK ? rndc_when_idle(call, delete_when_idle) : r;
}

enum result rndc_showzone(struct rndc_call *call)
{
    struct zone *z;
    enum result r = rndc_find_zone(call, 1, &z);

    if (r != RES_OK)
        return r;
    if (z->conf->text == NULL)      /* as BIND: only where zones may be added */
        return RES_FAILURE;
    rndc_say(call, "%s;", z->conf->text);
    return RES_OK;
}
