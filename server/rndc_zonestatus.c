/* rndc zonestatus: what a zone is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rcu.h"
#include "base/timefmt.h"
#include "server/rndc_zone.h"
#include "server/secondaries.h"

/* "files: FILE, INCLUDED, …"; while they are being read, or written, only the first. */
static void say_files(struct rndc_call *call, struct zone *z)
{
    bool claimed = loader_try_claim(call->server->loader, z);
    char *text = NULL, *longer;

    if (asprintf(&text, "%s", z->conf->file) < 0)
        text = NULL;
    for (char **p = claimed && text != NULL ? z->includes : NULL; p != NULL && *p != NULL; p++) {
        if (asprintf(&longer, "%s, %s", text, *p) < 0)
            break;
        free(text);
        text = longer;
    }
    if (claimed)
        loader_give_back(call->server->loader, z);
    rndc_say(call, "files: %s", text != NULL ? text : z->conf->file);
    free(text);
}

static const char *yes_or_no(bool yes)
{
    return yes ? "yes" : "no";
}

/* BIND's two lines. */
static void say_timers(struct rndc_call *call, const struct secondary_status *s)
{
    char when[TIMEFMT_HTTP_TEXT];

    rndc_say(call, "next refresh: %s", http_time_to_text(s->next_refresh_s, when));
    if (s->expires_s != 0)
        rndc_say(call, "expires: %s", http_time_to_text(s->expires_s, when));
}

/* Why the version may be old: what has failed, and what is waited for. */
static void say_trouble(struct rndc_call *call, const struct secondary_status *s)
{
    char when[TIMEFMT_HTTP_TEXT];

    if (s->last_error_s != 0)
        rndc_say(call, "last refresh error: %s (%s)", s->last_error,
                 http_time_to_text(s->last_error_s, when));
    if (s->under_way[0] != '\0')
        rndc_say(call, "refresh under way: %s", s->under_way);
}

/* What was wrong with a zone's files when they were read last; what is served, if anything, is
 * older.  Nothing while they are being read. */
static void say_failed_load(struct rndc_call *call, struct zone *z)
{
    if (!loader_try_claim(call->server->loader, z))
        return;
    if (z->last_result != RES_OK && z->load_error != NULL)
        rndc_say(call, "last load error: %s", z->load_error);
    loader_give_back(call->server->loader, z);
}

static void say_status(struct rndc_call *call, struct zone *z, const struct contents *c)
{
    char name[NAME_TEXT_MAX], when[TIMEFMT_HTTP_TEXT];
    bool dynamic = z->conf->type == ZONE_SECONDARY || z->conf->options->is_dynamic;
    struct secondary_status secondary;
    bool is_secondary = secondaries_status(call->server->secondaries, z, &secondary);

    name_to_text(z->name, name, NAME_OMIT_FINAL_DOT);
    rndc_say(call, "name: %s", name);
    rndc_say(call, "type: %s", conf_zone_type_text(z->conf->type));
    if (z->conf->file != NULL)
        say_files(call, z);
    rndc_say(call, "serial: %u", c->serial);
    rndc_say(call, "nodes: %u", c->nnodes);
    rndc_say(call, "last loaded: %s",
             http_time_to_text(__atomic_load_n(&z->loaded_s, __ATOMIC_RELAXED), when));
    if (is_secondary)
        say_timers(call, &secondary);
    rndc_say(call, "secure: %s", yes_or_no(c->is_signed));
    rndc_say(call, "dynamic: %s", yes_or_no(dynamic));
    if (z->conf->type == ZONE_PRIMARY && dynamic)
        rndc_say(call, "frozen: %s", yes_or_no(__atomic_load_n(&z->frozen, __ATOMIC_ACQUIRE)));
    rndc_say(call, "reconfigurable via modzone: %s", yes_or_no(z->conf->is_added));
    if (is_secondary)
        say_trouble(call, &secondary);
    say_failed_load(call, z);
}

enum result rndc_zonestatus(struct rndc_call *call)
{
    struct secondary_status secondary;
    const struct contents *c;
    struct zone *z;
    enum result r = rndc_find_zone(call, 1, &z);

    if (r != RES_OK)
        return r;
    c = rcu_read(z->contents);
    if (c == NULL) {
        call->error = "zone not loaded";
        if (secondaries_status(call->server->secondaries, z, &secondary)) {
            say_timers(call, &secondary);
            say_trouble(call, &secondary);
        }
        say_failed_load(call, z);
        return RES_NOTLOADED;
    }
    say_status(call, z, c);
    return RES_OK;
}
