/*
 * named: an authoritative DNS server for BIND's configurations and zone files.
 *
 * main reads the command line, goes into the background, and becomes the maintenance
 * thread; see server/startup.c for the order in which the rest comes up.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/log_config.h"
#include "server/banner.h"
#include "server/daemon.h"
#include "server/defaults.h"
#include "server/log_setup.h"
#include "server/readiness.h"
#include "server/server.h"

static int act(const struct options *o)
{
    switch (o->action) {
    case OPTIONS_VERSION:
        banner_print_version(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_BUILD_INFO:
        banner_print_build(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_SHOW_DEFAULTS:
        defaults_print(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_HELP:
        options_print_help(stdout);
        return EXIT_SUCCESS;
    default:
        return EXIT_FAILURE;
    }
}

/* What must be opened or read while the real root directory is still there. */
static bool prepare(struct server *s)
{
    const struct options *o = s->options;

    tzset();
    openlog("named", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    readiness_open();
    hash_init();
    log_set_debug_level(o->debug_level);
    return privileges_find(&s->privileges, o->user, stderr) &&
           privileges_enter_root(o->chroot_dir, stderr) && log_setup_default(o) == RES_OK;
}

static bool go_background(const struct options *o)
{
    if (o->foreground || daemon_detach())
        return true;
    fprintf(stderr, "named: fork(): %s\n", strerror(errno));
    return false;
}

/* -s: what was used at most, and what the heap still holds. */
static void print_memory_stats(void)
{
    struct mallinfo2 heap = mallinfo2();
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    printf("memory: %ld kB resident at most, %zu bytes in use on the heap\n", use.ru_maxrss,
           heap.uordblks + heap.hblkhd);
    fflush(stdout);
}

/* From a started server to a stopped one; false when threads are still at work. */
static bool run(struct server *s)
{
    bool clean;

    daemon_is_up();
    server_run(s);
    readiness_stopping();
    if (s->options->memory_stats)
        print_memory_stats();
    clean = server_end(s);
    log_write(LOGC_GENERAL, LVL_NOTICE, "exiting");
    return clean;
}

static int serve(struct server *s, int argc, char **argv)
{
    bool clean = true, started;

    if (!prepare(s) || !go_background(s->options))
        return EXIT_FAILURE;
    banner_log(argc, argv);
    started = server_start(s);
    if (started)
        clean = run(s);
    else
        log_write(LOGC_GENERAL, LVL_CRITICAL, "exiting (due to fatal error)");
    daemon_remove_pid_file();
    privileges_free(&s->privileges);
    readiness_close();
    log_close();
    if (!clean)
        _exit(EXIT_SUCCESS);
    return started ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct options options;
    static struct server server = {.options = &options};

    options_parse(&options, argc, argv, stderr);
    return options.action == OPTIONS_SERVE ? serve(&server, argc, argv) : act(&options);
}
