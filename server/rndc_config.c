/* rndc: the configuration read anew, and what is switched without it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/log_config.h"
#include "server/listen.h"
#include "server/rndc_zone.h"
#include "server/tcp_clients.h"

/* ---- reload, reconfig ---- */

static bool has_wait(const struct rndc_call *call)
{
    return call->argc > 1 && strcmp(call->argv[1], "-wait") == 0;
}

/* Says which of the zones that were looked at do not serve what their file says. */
static enum result say_failed_zones(struct rndc_call *call)
{
    const struct zone_set *set = call->server->zones;
    enum result first = RES_OK;
    char text[ZONE_TEXT];

    for (uint32_t i = 0; i < set->nloads; i++) {
        const struct zone *z = set->loads[i].zone;
        if (z->last_result == RES_OK)
            continue;
        rndc_say(call, "zone %s: %s", zone_text(z, text),
                 z->load_error != NULL ? z->load_error : result_text(z->last_result));
        first = first == RES_OK ? z->last_result : first;
    }
    return first;
}

/* -wait: the loads have ended. */
static enum result reload_ended(struct rndc_call *call)
{
    enum result res = say_failed_zones(call);

    if (res == RES_OK)
        rndc_say(call, "all zones loaded");
    return res;
}

static enum result reload_now(struct rndc_call *call, enum server_reload what)
{
    char *mistake = NULL;
    enum result res = server_reload(call->server, what, &mistake);

    if (mistake != NULL)
        rndc_say(call, "%s", mistake);
    free(mistake);
    if (res != RES_OK)
        return res;
    if (what == RELOAD_ALL)
        rndc_say(call, "server reload successful");
    return has_wait(call) ? rndc_when_idle(call, reload_ended) : RES_OK;
}

static enum result reload_all(struct rndc_call *call)
{
    return reload_now(call, RELOAD_ALL);
}

static enum result reload_new(struct rndc_call *call)
{
    return reload_now(call, RELOAD_NEW_ZONES);
}

enum result rndc_reload(struct rndc_call *call)
{
    if (call->argc > 1 + has_wait(call))
        return rndc_zone_reload(call);
    return rndc_when_idle(call, reload_all);
}

enum result rndc_reconfig(struct rndc_call *call)
{
    return rndc_when_idle(call, reload_new);
}

/* ---- Logging ---- */

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcasecmp(*words, text) != 0)
        words++;
    return *words != NULL;
}

/* on, off, or without an argument the other of the two. */
static enum result read_switch(const struct rndc_call *call, bool now, bool *out)
{
    static const char *const on[] = {"on", "yes", "enable", "true", NULL};
    static const char *const off[] = {"off", "no", "disable", "false", NULL};

    *out = call->argc > 1 ? is_one_of(call->argv[1], on) : !now;
    return call->argc == 1 || *out || is_one_of(call->argv[1], off) ? RES_OK : RES_SYNTAX;
}

static enum result switch_log(const struct rndc_call *call, bool *log, const char *what)
{
    bool on;
    enum result res = read_switch(call, *log, &on);

    if (res != RES_OK || on == *log)
        return res;
    __atomic_store_n(log, on, __ATOMIC_RELAXED);
    log_write(LOGC_GENERAL, LVL_INFO, "%s logging is now %s", what, on ? "on" : "off");
    return RES_OK;
}

enum result rndc_querylog(struct rndc_call *call)
{
    return switch_log(call, &call->server->querylog, "query");
}

enum result rndc_responselog(struct rndc_call *call)
{
    return switch_log(call, &call->server->responselog, "response");
}

enum { DEBUG_LEVEL_MAX = 99 };

enum result rndc_trace(struct rndc_call *call)
{
    long level = log_debug_level() + 1;
    char *end = NULL;

    if (call->argc > 1) {
        level = strtol(call->argv[1], &end, 10);
        if (end == call->argv[1] || *end != '\0' || level < 0)
            return RES_RANGE;
    }
    if (level > DEBUG_LEVEL_MAX)
        return RES_RANGE;
    log_set_debug_level((int)level);
    log_write(LOGC_GENERAL, LVL_INFO, "debug level is now %ld", level);
    return RES_OK;
}

enum result rndc_notrace(struct rndc_call *call)
{
    (void)call;
    log_set_debug_level(0);
    return RES_OK;
}

/* Files are opened anew under their names with the next line. */
enum result rndc_closelogs(struct rndc_call *call)
{
    (void)call;
    log_reopen();
    return RES_OK;
}

/* ---- The network ---- */

enum result rndc_scan(struct rndc_call *call)
{
    listen_scan(call->server->listen);
    return RES_OK;
}

/* Values as the options have them: units of 100 ms. */
struct timeout {
    const char *name;
    uint32_t least, most;
};

static const struct timeout timeouts[4] = {
    {"tcp-initial-timeout", 25, 1200},
    {"tcp-idle-timeout", 1, 1200},
    {"tcp-keepalive-timeout", 1, UINT16_MAX},
    {"tcp-advertised-timeout", 0, UINT16_MAX},
};

static enum result read_timeouts(const struct rndc_call *call, uint32_t out[4])
{
    for (int i = 0; i < 4; i++) {
        char *end;
        if (call->argc <= i + 1)
            return RES_UNEXPECTEDEND;
        unsigned long v = strtoul(call->argv[i + 1], &end, 10);
        if (*end != '\0' || end == call->argv[i + 1])
            return RES_BADNUMBER;
        if (v < timeouts[i].least || v > timeouts[i].most)
            return RES_RANGE;
        out[i] = (uint32_t)v;
    }
    return RES_OK;
}

enum result rndc_tcp_timeouts(struct rndc_call *call)
{
    struct tcp_clients *tcp = workers_tcp_clients(call->server->workers);
    struct answer_server *data = call->server->data;
    uint32_t v[4];
    enum result res;

    if (call->argc > 1) {
        res = read_timeouts(call, v);
        if (res != RES_OK)
            return res;
        tcp_clients_configure(tcp, tcp->limit, v[0] * 100, v[1] * 100, v[2] * 100);
        server_set_advertised(data, v[3] * 100);
    }
    v[0] = tcp->initial_timeout_ms / 100;
    v[1] = tcp->idle_timeout_ms / 100;
    v[2] = tcp->keepalive_timeout_ms / 100;
    v[3] = server_advertised_ms(data) / 100;
    for (int i = 0; i < 4; i++)
        rndc_say(call, "%s=%u", timeouts[i].name, v[i]);
    return RES_OK;
}
