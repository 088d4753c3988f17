/* The order in which the server comes up, and goes down again:
 *
 *   event loop and signals, configuration, working directory, pid file (needs root),
 *   privileges dropped, then everything that has threads: pool, workers, listeners;
 *   last the configured logging and the zones. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/additions.h"
#include "server/catalogs.h"
#include "server/cpus.h"
#include "server/daemon.h"
#include "server/log_setup.h"
#include "server/notify.h"
#include "server/readiness.h"
#include "server/rndc.h"
#include "server/secondaries.h"
#include "server/server.h"
#include "server/update_forward.h"
#include "server/update_writer.h"

/* Relative to where we were started, so that a reload finds it from the new directory. */
static char *absolute_path(const char *path)
{
    char cwd[PATH_MAX], *out;

    if (*path == '/' || getcwd(cwd, sizeof cwd) == NULL)
        return strdup(path);
    return asprintf(&out, "%s%s%s", cwd, strcmp(cwd, "/") == 0 ? "" : "/", path) < 0 ? NULL : out;
}

static void take_signal(struct net_event *e, uint32_t events)
{
    struct server *s = CONTAINER_OF(e, struct server, signals);
    struct signalfd_siginfo info;

    (void)events;
    while (read(e->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            log_write(LOGC_GENERAL, LVL_INFO, "received SIGHUP signal to reload zones");
            s->reload_wanted = true;
        } else {
            s->stop_wanted = true;
        }
    }
}

/* Signals are read from a descriptor by the loop; the threads to come inherit the mask. */
static bool watch_signals(struct server *s)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    s->signals = (struct net_event){
        .ready = take_signal, .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    return s->signals.fd >= 0 && net_loop_watch(&s->loop, &s->signals, EPOLLIN) == RES_OK;
}

static bool write_pid_file(const struct server *s, const struct conf_snapshot *conf)
{
    const struct privileges *p = &s->privileges;
    uid_t uid = p->change ? p->uid : (uid_t)-1;
    gid_t gid = p->change ? p->gid : (gid_t)-1;
    const char *lock = s->options->lock_file;

    if (lock != NULL && strcmp(lock, "none") != 0 && !daemon_lock(lock, uid, gid))
        return false;
    return conf->pid_file == NULL || daemon_write_pid_file(conf->pid_file, uid, gid);
}

static void check_directory_writable(void)
{
    if (access(".", W_OK) != 0)
        log_write(LOGC_GENERAL, LVL_ERROR, "the working directory is not writable");
}

static unsigned count_threads(const struct options *o)
{
    return o->cpus > 0 ? o->cpus : cpus_available();
}

/* Sockets, connections and zone files: as many as we may have (BIND does so, too). */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_write(LOGC_GENERAL, LVL_WARNING, "could not raise the limit of open files: %s",
                  result_text(result_from_errno(errno)));
}

static bool start_threads(struct server *s)
{
    const struct options *o = s->options;

    s->nthreads = count_threads(o);
    s->pool = pool_new(s->nthreads, "named-pool");
    s->workers = workers_start(s->nthreads, &s->data);
    if (s->pool == NULL || s->workers == NULL) {
        log_write(LOGC_GENERAL, LVL_CRITICAL, "starting threads: %s", result_text(RES_NORESOURCES));
        return false;
    }
    s->writer = update_writer_start(s);
    s->forwards = update_forwards_new(s);
    s->listen = listen_new(&s->loop, s->workers, o->ipv6_only, o->ipv4_only);
    s->loader = loader_new(s->pool, &s->loop, o->log_stderr);
    if (s->loader != NULL)
        s->upkeep = upkeep_new(s->pool, &s->loop, s->loader);
    s->rndc = rndc_new(s);
    s->secondaries = secondaries_new(&s->loop, &s->changes, s->loader);
    s->additions = additions_new();
    s->catalogs = catalogs_new(s);
    if (s->listen != NULL && s->rndc != NULL && s->upkeep != NULL)
        s->channel =
            command_channel_new(&s->loop, listen_acl_env(s->listen), rndc_run, s->rndc);
    if (s->channel == NULL || s->additions == NULL || s->writer == NULL || s->forwards == NULL ||
        s->secondaries == NULL || s->catalogs == NULL)
        return false;
    changes_watch(&s->changes, upkeep_changed, s->upkeep);
    changes_watch(&s->changes, catalogs_changed, s->catalogs);
    s->notifier = notify_new(s);
    return s->notifier != NULL;
}

static bool load_first_config(struct server *s, struct conf_snapshot **conf)
{
    char cwd[PATH_MAX];
    enum result r;

    log_write(LOGC_GENERAL, LVL_INFO, "found %u CPU%s, using %u worker thread%s", cpus_available(),
              cpus_available() == 1 ? "" : "s", count_threads(s->options),
              count_threads(s->options) == 1 ? "" : "s");
    if (getcwd(cwd, sizeof cwd) != NULL)
        log_write(LOGC_GENERAL, LVL_INFO, "the initial working directory is '%s'", cwd);
    r = server_read_config(s, conf, NULL);
    if (r == RES_OK && !server_enter_directory(*conf)) {
        conf_free(*conf);
        r = RES_FAILURE;
    }
    if (r != RES_OK)
        log_write(LOGC_GENERAL, LVL_CRITICAL, "loading configuration: %s", result_text(r));
    return r == RES_OK;
}

bool server_start(struct server *s)
{
    struct conf_snapshot *conf;

    rcu_register_thread();
    raise_file_limit();
    s->boot_time = time(NULL);
    pthread_mutex_init(&s->change, NULL);
    changes_init(&s->changes, &s->loop);
    s->config_path = absolute_path(s->options->config_file);
    if (s->config_path == NULL || net_loop_init(&s->loop) != RES_OK || !watch_signals(s) ||
        !load_first_config(s, &conf))
        return false;
    if (!write_pid_file(s, conf)) {
        log_write(LOGC_GENERAL, LVL_CRITICAL, "loading configuration: failure");
        conf_free(conf);
        return false;
    }
    if (!privileges_drop(&s->privileges, stderr) ||
        !start_threads(s) || !server_apply_config(s, conf)) {
        conf_free(conf);
        return false;
    }
    catalogs_configured(s->catalogs);
    check_directory_writable();
    log_setup_configured(s->options, s->conf);
    server_load_zones(s);
    return true;
}

void server_run(struct server *s)
{
    while (!s->stop_wanted) {
        net_loop_step(&s->loop);
        loader_check(s->loader);
        upkeep_check(s->upkeep);
        secondaries_check(s->secondaries);
        update_forwards_check(s->forwards);
        rndc_check(s->rndc);
        command_channel_sweep(s->channel);
        changes_deliver(&s->changes);
        notifier_check(s->notifier);
        catalogs_check(s->catalogs);
        if (s->reload_wanted && server_is_idle(s)) {
            s->reload_wanted = false;
            server_reload(s, RELOAD_ALL, NULL);
        }
        upkeep_hold(s->upkeep, s->reload_wanted || rndc_is_waiting(s->rndc) ||
                                   catalogs_are_waiting(s->catalogs));
    }
}

/* Frees what no thread uses any more. */
static void free_all(struct server *s)
{
    pool_free(s->checks);
    pool_free(s->pool);
    rndc_free(s->rndc);
    upkeep_free(s->upkeep);
    loader_free(s->loader);
    answer_server_free(s->data);
    zone_set_free(s->zones);
    conf_free(s->conf);
    additions_free(s->additions);
    catalogs_free(s->catalogs);
    changes_free(&s->changes);
    pthread_mutex_destroy(&s->change);
    close(s->signals.fd);
    net_loop_free(&s->loop);
    free(s->config_path);
    rcu_barrier();
    rcu_unregister_thread();
}

bool server_end(struct server *s)
{
    __atomic_store_n(&s->is_ending, true, __ATOMIC_RELAXED);
    session_key_free(s->session_key);
    update_writer_stop(s->writer);      /* its answers need the sockets */
    listen_stop(s->listen);
    log_write(LOGC_GENERAL, LVL_INFO, "shutting down%s",
              s->halt_wanted ? "" : ": flushing changes");
    rndc_shut_down(s->rndc);
    command_channel_free(s->channel);
    workers_end(s->workers);
    update_writer_free(s->writer);
    update_forwards_free(s->forwards);
    secondaries_free(s->secondaries);
    notifier_free(s->notifier);
    if (!s->halt_wanted)
        upkeep_flush_all(s->upkeep, s->zones);
    listen_free(s->listen);     /* connections that were open have read its ACL environment */
    if (loader_is_busy(s->loader)) {
        loader_cancel(s->loader);
        return false;
    }
    free_all(s);
    return true;
}
