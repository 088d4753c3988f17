/* rndc: commands for resolvers.  What asks for nothing that a server without a cache lacks is
 * answered as BIND answers it; what would have to change how names are resolved is refused. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/log_config.h"
#include "dns/name.h"
#include "server/rndc.h"

static enum result refuse(struct rndc_call *call)
{
    rndc_say(call, "this server answers from its zones only: it neither resolves nor validates");
    return RES_NOTIMPLEMENTED;
}

static const char *argument(const struct rndc_call *call, int at)
{
    return at < call->argc ? call->argv[at] : NULL;
}

static bool has_view(const struct rndc_call *call, const char *name)
{
    return answer_server_view(call->server->data, name) != NULL;
}

/* ---- Caches: there is nothing in them ---- */

enum result rndc_flush(struct rndc_call *call)
{
    const char *view = argument(call, 1);

    if (view == NULL) {
        log_write(LOGC_GENERAL, LVL_INFO, "flushing caches in all views succeeded");
        return RES_OK;
    }
    if (has_view(call, view)) {
        log_write(LOGC_GENERAL, LVL_INFO, "flushing cache in view '%s' succeeded", view);
        return RES_OK;
    }
    log_write(LOGC_GENERAL, LVL_ERROR, "flushing cache in view '%s' failed: view not found", view);
    return RES_NOTFOUND;
}

static enum result flush_name(const struct rndc_call *call, const char *what)
{
    const char *text = call->argv[1], *view = argument(call, 2);
    struct name name;
    enum result res = name_from_text(&name, text, strlen(text), (const uint8_t *)"");

    if (res != RES_OK)
        return res;
    if (view == NULL) {
        log_write(LOGC_GENERAL, LVL_INFO, "flushing %s '%s' in all cache views succeeded", what,
                  text);
        return RES_OK;
    }
    if (has_view(call, view)) {
        log_write(LOGC_GENERAL, LVL_INFO, "flushing %s '%s' in cache view '%s' succeeded", what,
                  text, view);
        return RES_OK;
    }
    log_write(LOGC_GENERAL, LVL_ERROR, "flushing %s '%s' in cache view '%s' failed: view not found",
              what, text, view);
    return RES_FAILURE;
}

enum result rndc_flushname(struct rndc_call *call)
{
    return flush_name(call, "name");
}

enum result rndc_flushtree(struct rndc_call *call)
{
    return flush_name(call, "tree");
}

enum result rndc_recursing(struct rndc_call *call)
{
    return refuse(call);
}

enum result rndc_fetchlimit(struct rndc_call *call)
{
    return refuse(call);
}

/* Calls `say` for each view, or the one that is named. */
static void for_each_view(struct rndc_call *call, const char *name,
                          void (*say)(struct rndc_call *call, const char *view))
{
    const struct answer_server *data = call->server->data;

    for (unsigned i = 0; i < data->nviews; i++)
        if (name == NULL || strcmp(data->views[i].conf->name, name) == 0)
            say(call, data->views[i].conf->name);
}

static void say_stale(struct rndc_call *call, const char *view)
{
    rndc_say(call, "%s: stale cache disabled; stale answers unavailable", view);
}

enum result rndc_serve_stale(struct rndc_call *call)
{
    const char *what = call->argv[1];

    if (argument(call, 2) != NULL && !has_view(call, argument(call, 2)))
        return RES_NOTFOUND;
    if (strcasecmp(what, "status") == 0) {
        for_each_view(call, argument(call, 2), say_stale);
        return RES_OK;
    }
    if (strcasecmp(what, "on") == 0 || strcasecmp(what, "yes") == 0)
        return refuse(call);
    return strcasecmp(what, "off") == 0 || strcasecmp(what, "no") == 0 ||
                   strcasecmp(what, "reset") == 0
               ? RES_OK
               : RES_SYNTAX;
}

/* ---- Validation ---- */

static bool is_builtin(const char *view)
{
    return strcmp(view, "_bind") == 0;
}

static void say_validation(struct rndc_call *call, const char *view)
{
    if (!is_builtin(view))
        rndc_say(call, "DNSSEC validation is disabled (view %s)", view);
}

enum result rndc_validation(struct rndc_call *call)
{
    static const char *const on[] = {"on", "yes", "enable", "true"};
    static const char *const off[] = {"off", "no", "disable", "false"};
    const char *what = call->argv[1];

    if (strcasecmp(what, "check") == 0 || strcasecmp(what, "status") == 0) {
        for_each_view(call, argument(call, 2), say_validation);
        return RES_OK;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (strcasecmp(what, on[i]) == 0)
            return refuse(call);
        if (strcasecmp(what, off[i]) == 0)
            return RES_OK;
    }
    return RES_SYNTAX;
}

/* There are no negative trust anchors to list. */
enum result rndc_nta(struct rndc_call *call)
{
    const char *what = call->argv[1];

    if (what[0] == '-' && what[1] == 'd')
        return RES_OK;
    return call->is_read_only ? RES_FAILURE : refuse(call);
}

static void say_roots(struct rndc_call *call, const char *view)
{
    if (is_builtin(view))
        return;
    rndc_say(call, " Start view %s", view);
    rndc_say(call, "   Secure roots:\n\n   Negative trust anchors:\n\n");
}

/* `secroots -` prints what there is: no trust anchor. */
enum result rndc_secroots(struct rndc_call *call)
{
    const char *to = argument(call, 1);
    char stamp[LOG_STAMP_TEXT];
    struct timespec now;

    if (to == NULL || strcmp(to, "-") != 0)
        return refuse(call);
    clock_gettime(CLOCK_REALTIME, &now);
    stamp[log_format_stamp(LOG_STAMP_LOCAL, &now, stamp) - 1] = '\0';
    rndc_say(call, "secure roots as of %s:\n", stamp);
    for_each_view(call, argument(call, 2), say_roots);
    return RES_OK;
}

static void say_managed_keys(struct rndc_call *call, const char *view)
{
    if (is_builtin(view))
        return;
    rndc_say(call, "view: %s", view);
    rndc_say(call, "next scheduled event: never");
}

enum result rndc_managed_keys(struct rndc_call *call)
{
    const char *what = call->argv[1];

    if (strcasecmp(what, "status") == 0) {
        for_each_view(call, argument(call, 3), say_managed_keys);
        return RES_OK;
    }
    if (strcasecmp(what, "sync") == 0)
        return RES_OK;
    if (strcasecmp(what, "refresh") == 0 || strcasecmp(what, "destroy") == 0) {
        rndc_say(call, "no views with managed keys");
        return RES_OK;
    }
    rndc_say(call, "unknown command '%s'", what);
    return RES_UNEXPECTED;
}

/* As BIND answers without a dnstap option. */
enum result rndc_dnstap(struct rndc_call *call)
{
    (void)call;
    return RES_NOTFOUND;
}
