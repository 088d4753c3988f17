#include "server/log_setup.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "base/log_config.h"

/* The channels that exist without being written down.  -g shows what people know from a
 * terminal: "DD-Mon-YYYY HH:MM:SS.mmm message". */
enum { TO_STDERR, TO_SYSLOG, TO_DEBUG_FILE, TO_LOG_FILE, NBUILTIN };

static void fill_builtin(struct log_channel_spec out[NBUILTIN], const struct options *o)
{
    out[TO_STDERR] = (struct log_channel_spec){
        .sink = LOG_SINK_STDERR, .level = LVL_DYNAMIC, .stamp = LOG_STAMP_LOCAL};
    out[TO_SYSLOG] = (struct log_channel_spec){
        .sink = LOG_SINK_SYSLOG, .facility = LOG_DAEMON, .level = LVL_INFO};
    out[TO_DEBUG_FILE] = (struct log_channel_spec){.sink = LOG_SINK_FILE,
                                                   .path = "named.run",
                                                   .level = LVL_DYNAMIC,
                                                   .debug_only = true,
                                                   .stamp = LOG_STAMP_LOCAL};
    out[TO_LOG_FILE] = (struct log_channel_spec){.sink = LOG_SINK_FILE,
                                                 .path = o->log_file != NULL ? o->log_file : "",
                                                 .level = LVL_DYNAMIC,
                                                 .stamp = LOG_STAMP_LOCAL,
                                                 .print_category = true,
                                                 .print_level = true};
}

/* Which of them the default category has. */
static struct log_route_spec default_route(const struct options *o)
{
    static const uint16_t on_stderr[] = {TO_STDERR}, in_file[] = {TO_LOG_FILE, TO_DEBUG_FILE},
                          in_syslog[] = {TO_SYSLOG, TO_DEBUG_FILE};

    if (o->log_stderr)
        return (struct log_route_spec){LOGC_DEFAULT, on_stderr, 1};
    return (struct log_route_spec){LOGC_DEFAULT, o->log_file != NULL ? in_file : in_syslog, 2};
}

enum result log_setup_default(const struct options *o)
{
    struct log_channel_spec channels[NBUILTIN];
    const struct log_route_spec routes[] = {default_route(o), {LOGC_UNMATCHED, NULL, 0}};

    fill_builtin(channels, o);
    return log_configure(&(struct log_spec){channels, NBUILTIN, routes, 2});
}

bool log_setup_querylog(const struct conf_snapshot *conf)
{
    if (conf->querylog_set)
        return conf->querylog;
    for (unsigned i = 0; i < conf->logging.ncategories; i++)
        if (conf->logging.categories[i].category == LOGC_QUERIES)
            return true;
    return false;
}

static struct log_channel_spec channel_spec(const struct conf_channel *c)
{
    static const enum log_sink sinks[] = {
        [CHANNEL_FILE] = LOG_SINK_FILE,
        [CHANNEL_SYSLOG] = LOG_SINK_SYSLOG,
        [CHANNEL_STDERR] = LOG_SINK_STDERR,
        [CHANNEL_NULL] = LOG_SINK_NULL,
    };
    static const enum log_stamp stamps[] = {
        [LOG_TIME_NO] = LOG_STAMP_NONE,
        [LOG_TIME_LOCAL] = LOG_STAMP_LOCAL,
        [LOG_TIME_ISO8601] = LOG_STAMP_ISO8601,
        [LOG_TIME_ISO8601_UTC] = LOG_STAMP_ISO8601_UTC,
    };

    return (struct log_channel_spec){.sink = sinks[c->kind],
                                     .debug_only = strcmp(c->name, "default_debug") == 0,
                                     .path = c->file,
                                     .versions = c->versions,
                                     .size_max = c->size,
                                     .suffix_timestamp = c->suffix_timestamp,
                                     .buffered = c->buffered,
                                     .facility = c->facility,
                                     .level = c->severity,
                                     .stamp = stamps[c->print_time],
                                     .print_category = c->print_category,
                                     .print_level = c->print_severity};
}

struct setup {
    struct log_channel_spec *channels;
    struct log_route_spec *routes;
    uint16_t *indexes;          /* of the configured routes, moved behind the built-in channels */
    unsigned nchannels, nroutes;
    bool has[LOGC_COUNT];
};

static void setup_free(struct setup *s)
{
    free(s->channels);
    free(s->routes);
    free(s->indexes);
}

static bool setup_alloc(struct setup *s, const struct conf_logging *l)
{
    size_t nindexes = 1;

    for (unsigned i = 0; i < l->ncategories; i++)
        nindexes += l->categories[i].nchannels;
    s->channels = calloc(NBUILTIN + l->nchannels, sizeof *s->channels);
    s->routes = calloc(l->ncategories + 2, sizeof *s->routes);
    s->indexes = calloc(nindexes, sizeof *s->indexes);
    return s->channels != NULL && s->routes != NULL && s->indexes != NULL;
}

/* The configured channels stand behind the built-in ones. */
static void setup_fill(struct setup *s, const struct options *o, const struct conf_logging *l)
{
    uint16_t *at = s->indexes;

    fill_builtin(s->channels, o);
    s->nchannels = NBUILTIN + l->nchannels;
    for (unsigned i = 0; i < l->nchannels; i++)
        s->channels[NBUILTIN + i] = channel_spec(&l->channels[i]);
    for (unsigned i = 0; i < l->ncategories; i++) {
        const struct conf_category *c = &l->categories[i];
        s->routes[s->nroutes++] = (struct log_route_spec){c->category, at, c->nchannels};
        s->has[c->category] = true;
        for (unsigned j = 0; j < c->nchannels; j++)
            *at++ = (uint16_t)(NBUILTIN + c->channels[j]);
    }
    if (!s->has[LOGC_DEFAULT])
        s->routes[s->nroutes++] = default_route(o);
    if (!s->has[LOGC_UNMATCHED])
        s->routes[s->nroutes++] = (struct log_route_spec){LOGC_UNMATCHED, NULL, 0};
}

enum result log_setup_configured(const struct options *o, const struct conf_snapshot *conf)
{
    struct setup s = {0};
    enum result r = RES_NOMEM;

    if (o->log_stderr) {
        log_write(LOGC_GENERAL, LVL_INFO,
                  "not using config file logging statement for logging due to -g option");
        return RES_OK;
    }
    if (!conf->has_logging)
        return log_setup_default(o);
    if (setup_alloc(&s, &conf->logging)) {
        setup_fill(&s, o, &conf->logging);
        r = log_configure(&(struct log_spec){s.channels, s.nchannels, s.routes, s.nroutes});
    }
    setup_free(&s);
    return r;
}
