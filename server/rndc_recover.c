/* rndc recover: a zone whose file and journal do not go together comes back (zone/recover.h). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/rndc_zone.h"
#include "zone/recover.h"

struct recover_call {
    struct rndc_call *call;
    struct recover_options options;
    bool look_only;                 /* -n */
    struct recovery *plan;
    struct loader_job job;          /* the recovery, then the load */
};

static void free_recover_call(struct rndc_call *call)
{
    struct recover_call *c = call->state;

    zone_recovery_free(c->plan);
    free(c);
}

static bool read_way(const char *text, enum recover_way *out)
{
    static const char *const words[] = {
        [RECOVER_FILE] = "file", [RECOVER_JOURNAL] = "journal", [RECOVER_MERGE] = "merge"};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = (enum recover_way)i;
            return true;
        }
    return false;
}

/* Takes the way, "-n" and "prefer=…" out of the arguments; what is left names the zone, which
 * stands before the way.  False: a way or side that there is not, or none. */
static bool take_options(struct recover_call *c)
{
    struct rndc_call *call = c->call;
    bool known = true, way = false;
    int n = 1;

    for (int i = 1; i < call->argc; i++) {
        char *arg = call->argv[i];
        if (strcmp(arg, "-n") == 0)
            c->look_only = true;
        else if (strcasecmp(arg, "prefer=file") == 0)
            c->options.prefer = RECOVER_PREFER_FILE;
        else if (strcasecmp(arg, "prefer=journal") == 0)
            c->options.prefer = RECOVER_PREFER_JOURNAL;
        else if (strncasecmp(arg, "prefer=", 7) == 0)
            known = false;
        else if (n > 1 && !way && read_way(arg, &c->options.way))
            way = true;
        else
            call->argv[n++] = arg;
    }
    call->argc = n;
    call->argv[n] = NULL;
    return known && way;
}

static void loaded(struct loader_job *job)
{
    struct recover_call *c = CONTAINER_OF(job, struct recover_call, job);
    char text[ZONE_TEXT];

    server_zone_loaded(c->call->server, job->zone, job->result);
    if (job->result == RES_OK)
        rndc_say(c->call, "zone %s serves serial %u", zone_text(job->zone, text),
                 rcu_read(job->zone->contents)->serial);
    else
        rndc_say_load_error(c->call, job->zone);
    rndc_finish(c->call, job->result);
}

static void recovered(struct loader_job *job)
{
    struct recover_call *c = CONTAINER_OF(job, struct recover_call, job);
    struct zone *z = job->zone;
    enum result r = job->result;
    char text[ZONE_TEXT];

    for (unsigned i = 0; c->plan != NULL && i < c->plan->nlines; i++)
        rndc_say(c->call, "%s", c->plan->lines[i]);
    if (!c->look_only)
        log_write(LOGC_GENERAL, LVL_INFO, "recovering zone %s: %s", rndc_zone_text(z, text),
                  result_text(r));
    if (r != RES_OK || c->look_only) {
        rndc_finish(c->call, r);
        return;
    }
    *job = (struct loader_job){.zone = z, .forced = true, .done = loaded};
    loader_load(c->call->server->loader, job);
}

/* In the pool, with the zone claimed. */
static enum result recover(struct loader_job *job)
{
    struct recover_call *c = CONTAINER_OF(job, struct recover_call, job);
    enum result r = zone_recover_plan(job->zone, &c->options, &c->plan);

    if (r == RES_OK && !c->plan->possible)
        return RES_FAILURE;
    if (r == RES_OK && !c->look_only)
        r = zone_recover_carry_out(c->plan);
    return r;
}

static enum result begin(struct recover_call *c, struct zone *z)
{
    char text[ZONE_TEXT];

    if (z->conf->type != ZONE_PRIMARY)
        return RES_NOTPRIMARY;
    if (rcu_read(z->contents) != NULL) {
        rndc_say(c->call, "zone %s is loaded: there is nothing to recover", zone_text(z, text));
        return RES_FAILURE;
    }
    c->job = (struct loader_job){.zone = z, .work = recover, .done = recovered};
    loader_load(c->call->server->loader, &c->job);
    return RES_PENDING;
}

enum result rndc_recover(struct rndc_call *call)
{
    struct recover_call *c = calloc(1, sizeof *c);
    struct zone *z;
    enum result r;

    if (c == NULL)
        return RES_NOMEM;
    c->call = call;
    call->state = c;
    call->release = free_recover_call;
    if (!take_options(c))
        return RES_SYNTAX;
    r = rndc_find_zone(call, 1, &z);
    return r == RES_OK ? begin(c, z) : r;
}
