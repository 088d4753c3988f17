/* rndc: the state of the server, and its end. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timefmt.h"
#include "server/banner.h"
#include "server/cpus.h"
#include "server/rndc.h"
#include "server/secondaries.h"
#include "server/tcp_clients.h"

enum result rndc_null(struct rndc_call *call)
{
    (void)call;
    return RES_OK;
}

/* ---- status ---- */

static void say_time(struct rndc_call *call, const char *what, time_t when)
{
    char text[TIMEFMT_HTTP_TEXT];

    rndc_say(call, "%s: %s", what, http_time_to_text(when, text));
}

static void say_who(struct rndc_call *call)
{
    struct utsname u;

    if (uname(&u) != 0)
        memset(&u, 0, sizeof u);
    rndc_say(call, "version: %s", banner_version());
    rndc_say(call, "running on %s: %s %s %s %s", u.nodename, u.sysname, u.machine, u.release,
             u.version);
}

/* Without those of the built-in view, as BIND counts. */
static unsigned count_zones(const struct answer_server *data)
{
    unsigned n = 0;

    for (unsigned i = 0; i < data->nviews; i++)
        if (strcmp(data->views[i].conf->name, "_bind") != 0)
            n += data->views[i].zones->nzones;
    return n;
}

static const char *on_off(bool on)
{
    return on ? "ON" : "OFF";
}

static void say_work(struct rndc_call *call)
{
    const struct server *s = call->server;
    const struct tcp_clients *tcp = workers_tcp_clients(s->workers);
    struct secondaries_totals transfers;

    rndc_say(call, "number of zones: %u (0 automatic)", count_zones(s->data));
    rndc_say(call, "debug level: %d", log_debug_level());
    secondaries_count(s->secondaries, &transfers);
    rndc_say(call, "xfers running: %u", transfers.transfers);
    rndc_say(call, "xfers deferred: %u", transfers.deferred);
    rndc_say(call, "xfers first refresh: %u", transfers.first);
    rndc_say(call, "soa queries in progress: %u", transfers.soa_queries);
    rndc_say(call, "query logging is %s", on_off(s->querylog));
    rndc_say(call, "response logging is %s", on_off(s->responselog));
    rndc_say(call, "memory profiling is INACTIVE");
    rndc_say(call, "recursive clients: 0/0/0");
    rndc_say(call, "recursive high-water: 0");
    rndc_say(call, "tcp clients: %u/%u", tcp_clients_used(tcp), s->conf->tcp_clients);
    rndc_say(call, "TCP high-water: %u", tcp_clients_high_water(tcp));
}

enum result rndc_status(struct rndc_call *call)
{
    const struct server *s = call->server;

    say_who(call);
    say_time(call, "boot time", s->boot_time);
    say_time(call, "last configured", s->config_time);
    rndc_say(call, "configuration file: %s", s->config_path);
    rndc_say(call, "CPUs found: %u", cpus_available());
    rndc_say(call, "worker threads: %u", s->nthreads);
    rndc_say(call, "UDP listeners per interface: %u", s->nthreads);
    say_work(call);
    if (s->reload_failed)
        rndc_say(call, "reload/reconfig failed");
    if (loader_is_busy(s->loader))
        rndc_say(call, "reload/reconfig in progress");
    rndc_say(call, "server is up and running");
    return RES_OK;
}

/* ---- The end ---- */

/* -p: who asks can wait until that process is gone. */
static enum result end_server(struct rndc_call *call, bool halt)
{
    if (call->argc > 1 && strcmp(call->argv[1], "-p") == 0)
        rndc_say(call, "pid: %ld", (long)getpid());
    call->server->halt_wanted = halt;
    call->server->flush_wanted = !halt;
    call->ends_server = true;
    return RES_OK;
}

enum result rndc_stop(struct rndc_call *call)
{
    return end_server(call, false);
}

enum result rndc_halt(struct rndc_call *call)
{
    return end_server(call, true);
}
