/*
 * The running server: what main builds, the maintenance thread (which main becomes) owns,
 * and reload swaps.  Workers see of it only what `data` points to, under RCU.
 */
#ifndef KZ_SERVER_SERVER_H
#define KZ_SERVER_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "answer/server_data.h"
#include "base/pool.h"
#include "net/loop.h"
#include "server/changes.h"
#include "server/command_channel.h"
#include "server/listen.h"
#include "server/loader.h"
#include "server/options.h"
#include "server/privileges.h"
#include "server/session_key.h"
#include "server/upkeep.h"
#include "server/workers.h"
#include "server/zone_set.h"
#include "xfr/out.h"

struct additions;
struct catalogs;
struct notifier;
struct rndc;
struct update_forwards;
struct update_writer;
struct secondaries;

struct server {
    const struct options *options;
    struct privileges privileges;
    char *config_path;              /* absolute */
    struct net_loop loop;
    struct net_event signals;       /* a signalfd */
    struct pool *pool;
    struct pool *checks;            /* checks of delegations, which wait for others; or NULL */
    struct workers *workers;
    struct listen *listen;
    struct loader *loader;
    struct upkeep *upkeep;
    struct additions *additions;    /* zones that rndc has added, changed, deleted */
    struct catalogs *catalogs;      /* zones that catalog zones have brought */
    struct command_channel *channel;
    struct secondaries *secondaries;
    struct update_forwards *forwards;   /* updates on their way to primaries */
    struct rndc *rndc;              /* commands that came through it */
    struct conf_snapshot *conf;     /* in force, with its zones and what workers see */
    struct zone_set *zones;
    struct answer_server *data;     /* RCU */
    time_t boot_time, config_time;  /* when it started / was configured last */
    unsigned nthreads;              /* workers of each kind */
    struct xfrout transfers_out;
    /* Held by the update writer for each batch, and by the maintenance thread while it swaps
     * the configuration: zones and settings do not go under who changes zones.  Taken before
     * any zone's edit, by a thread that is RCU-offline while it waits. */
    pthread_mutex_t change;
    struct changes changes;         /* zones that have changed, for the maintenance thread */
    struct notifier *notifier;
    struct update_writer *writer;
    struct session_key *session_key;
    bool querylog, responselog;     /* atomic: rndc switches them */
    bool reload_failed;             /* the last one */
    bool stop_wanted, reload_wanted;    /* asked for by a signal, carried out by the loop */
    bool flush_wanted;              /* rndc stop: say that changes are written before the end */
    bool is_ending;                 /* atomic: who waits for others gives up */
    bool halt_wanted;               /* rndc halt: end without writing them */
};

/* Reads the configuration; every message goes to the log, category config.  The first mistake is
 * the caller's in *mistake (NULL: there was none), unless `mistake` is NULL. */
enum result server_read_config(struct server *s, struct conf_snapshot **out, char **mistake);

/* Enters the configuration's directory; logs what is wrong with it. */
bool server_enter_directory(const struct conf_snapshot *conf);

/* Makes `conf` the configuration in force and starts to load what it wants loaded.  False
 * (nothing changed, conf still the caller's) without memory. */
bool server_apply_config(struct server *s, struct conf_snapshot *conf);

/* No zone is loading or being written: the configuration may be swapped. */
bool server_is_idle(const struct server *s);

/* A zone was loaded by itself, with this result. */
void server_zone_loaded(struct server *s, struct zone *z, enum result r);

/* Starts loading the zones in force that need it. */
void server_load_zones(struct server *s);

/* Brings a server up; see startup.c for the order.  False: it was logged why. */
bool server_start(struct server *s);

/* The maintenance thread's life: until a signal asks to stop. */
void server_run(struct server *s);

/* What `rndc reload` and SIGHUP do, and `rndc reconfig`, which leaves the files of zones that
 * are served alone: not while the loader is busy.  After a mistake everything is as it was; the
 * first one is told as in server_read_config(). */
enum server_reload { RELOAD_ALL, RELOAD_NEW_ZONES };
enum result server_reload(struct server *s, enum server_reload what, char **mistake);

/* Stops listening, ends the workers and frees everything; `s` itself is the caller's.  False
 * when a long load is still running: nothing is freed then, and the process must _exit(2). */
bool server_end(struct server *s);

#endif
