/* A configuration comes into force, at the start and at each reload: everything is built
 * aside first, then swapped; what a mistake is found in never gets that far. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_config.h"
#include "base/rcu.h"
#include "server/additions.h"
#include "server/catalogs.h"
#include "server/log_setup.h"
#include "server/notify.h"
#include "server/readiness.h"
#include "server/secondaries.h"
#include "server/server.h"
#include "server/update_writer.h"

/* The first mistake of a configuration, for who asked for the reload. */
struct first_mistake {
    char *text;                 /* NULL: none yet */
};

/* A message may have several lines: the place, the line it stands in, a suggestion. */
static void log_message(void *arg, int level, const char *text)
{
    struct first_mistake *first = arg;

    if (level == LVL_ERROR && first->text == NULL)
        first->text = strdup(text);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        log_write(LOGC_CONFIG, level, "%.*s", (int)len, text);
        text += len;
        text += *text == '\n';
    }
}

enum result server_read_config(struct server *s, struct conf_snapshot **out, char **mistake)
{
    struct first_mistake first = {NULL};
    enum result res;

    const struct conf_load_options opt = {.port = s->options->port};
    const struct conf_report report = {.message = log_message, .arg = &first};

    log_write(LOGC_GENERAL, LVL_INFO, "loading configuration from '%s'", s->config_path);
    res = conf_load(s->config_path, &opt, &report, out);
    if (mistake != NULL)
        *mistake = first.text;
    else
        free(first.text);
    return res;
}

bool server_enter_directory(const struct conf_snapshot *conf)
{
    char cwd[4096];

    if (conf->directory != NULL && chdir(conf->directory) != 0) {
        log_write(LOGC_CONFIG, LVL_ERROR, "change directory to '%s' failed: %s", conf->directory,
                  result_text(result_from_errno(errno)));
        return false;
    }
    if (conf->directory != NULL && getcwd(cwd, sizeof cwd) != NULL)
        log_write(LOGC_GENERAL, LVL_INFO, "the working directory is now '%s'", cwd);
    return true;
}

bool server_is_idle(const struct server *s)
{
    return !loader_is_busy(s->loader) && !upkeep_is_busy(s->upkeep);
}

void server_zone_loaded(struct server *s, struct zone *z, enum result r)
{
    secondaries_loaded(s->secondaries, z);
    if (r == RES_OK)
        changes_post(&s->changes, z);
}

static void loads_done(void *arg)
{
    struct server *s = arg;

    upkeep_loaded(s->upkeep, s->zones);
    secondaries_all_loaded(s->secondaries);
    log_write(LOGC_GENERAL, LVL_NOTICE, "all zones loaded");
    log_write(LOGC_GENERAL, LVL_NOTICE, "running");
    readiness_ready("running");
}

static void new_loads_done(void *arg)
{
    struct server *s = arg;

    secondaries_all_loaded(s->secondaries);
    log_write(LOGC_GENERAL, LVL_NOTICE, "any newly configured zones are now loaded");
    log_write(LOGC_GENERAL, LVL_NOTICE, "running");
    readiness_ready("running");
}

void server_load_zones(struct server *s)
{
    loader_start(s->loader, s->zones->loads, s->zones->nloads, loads_done, s);
}

/* `querylog` is only looked at when the file's mind has changed: what rndc switched stays. */
static void apply_querylog(struct server *s, const struct conf_snapshot *conf)
{
    bool now = log_setup_querylog(conf);

    if (s->conf == NULL || conf->responselog != s->conf->responselog)
        __atomic_store_n(&s->responselog, conf->responselog, __ATOMIC_RELAXED);

    if (s->conf == NULL || now != log_setup_querylog(s->conf))
        __atomic_store_n(&s->querylog, now, __ATOMIC_RELAXED);
}

/* Nobody changes a zone meanwhile. */
static void swap_config(struct server *s, struct conf_snapshot *conf, struct zone_set *zones,
                        struct answer_server *data)
{
    rcu_offline();
    pthread_mutex_lock(&s->change);
    rcu_online();
    zone_set_adopt(zones);
    rcu_publish(s->data, data);
    s->conf = conf;
    s->zones = zones;
    pthread_mutex_unlock(&s->change);
}

bool server_apply_config(struct server *s, struct conf_snapshot *conf)
{
    struct zone_set *zones = zone_set_new(conf, s->data), *old_zones = s->zones;
    struct answer_server *data = NULL, *old_data = s->data;
    struct conf_snapshot *old_conf = s->conf;

    session_key_configure(&s->session_key, conf);
    if (zones != NULL)
        data = answer_server_new(conf, zones->zones, listen_acl_env(s->listen), &s->querylog);
    if (data == NULL) {
        zone_set_free(zones);
        log_write(LOGC_GENERAL, LVL_ERROR, "out of memory for the new configuration");
        return false;
    }
    data->takers.update = (struct handover_taker){update_writer_offer, s->writer};
    data->takers.notify = (struct handover_taker){secondaries_take_notify, s->secondaries};
    data->takers.transfer = (struct transfer_maker){xfrout_begin, &s->transfers_out};
    apply_querylog(s, conf);
    data->responselog = &s->responselog;
    s->config_time = time(NULL);
    swap_config(s, conf, zones, data);
    notifier_configure(s->notifier, conf->notify_rate, conf->startup_notify_rate);
    listen_configure(s->listen, conf);
    command_channel_configure(s->channel, conf);
    rcu_wait();
    answer_server_free(old_data);
    zone_set_free(old_zones);
    upkeep_forget_dropped(s->upkeep);
    secondaries_configure(s->secondaries, conf, zones);
    rcu_wait();     /* who holds a dropped zone may just be reading its settings */
    conf_free(old_conf);
    return true;
}

/* The new configuration in force, or what is wrong with it and everything as before. */
static enum result reconfigure(struct server *s, char **mistake)
{
    struct conf_snapshot *conf = NULL;
    enum result res = server_read_config(s, &conf, mistake);

    if (res == RES_OK && (!server_enter_directory(conf) ||
                          !catalogs_carry(s->catalogs, &conf) || !server_apply_config(s, conf))) {
        conf_free(conf);
        catalogs_revert(s->catalogs);
        res = RES_FAILURE;
    }
    s->reload_failed = res != RES_OK;
    if (res != RES_OK) {
        log_write(LOGC_GENERAL, LVL_ERROR, "reloading configuration failed: %s", result_text(res));
        log_reopen();
        readiness_ready("running; the last reload failed");
        return res;
    }
    additions_forget(s);
    catalogs_configured(s->catalogs);
    if (log_setup_configured(s->options, s->conf) != RES_OK)
        log_write(LOGC_GENERAL, LVL_ERROR, "configuring logging: %s", result_text(RES_NOMEM));
    log_reopen();
    log_write(LOGC_GENERAL, LVL_INFO, "reloading configuration succeeded");
    return RES_OK;
}

enum result server_reload(struct server *s, enum server_reload what, char **mistake)
{
    enum result res;

    readiness_reloading();
    res = reconfigure(s, mistake);
    if (res != RES_OK)
        return res;
    if (what == RELOAD_NEW_ZONES) {
        log_write(LOGC_GENERAL, LVL_INFO, "scheduled loading new zones");
        loader_start(s->loader, s->zones->loads, s->zones->nforced, new_loads_done, s);
    } else {
        server_load_zones(s);
        log_write(LOGC_GENERAL, LVL_INFO, "reloading zones succeeded");
    }
    return RES_OK;
}
