/*
 * The secondary zones of the server: when each asks its primaries, what it takes from them,
 * and that none goes stale in silence.
 *
 *   timer or NOTIFY -> xfr/refresh (when) -> a round over the primaries: SOA question by UDP
 *   (secondary_round.c), a transfer where there is something newer (secondary_transfer.c,
 *   a thread each, as many as transfers-in and transfers-per-ns allow) -> checked, durable,
 *   published -> the next refresh.
 *
 * All of it is the maintenance thread's but for what secondary_transfer.c says and
 * secondaries_take_notify(), which any worker may call.
 */
#ifndef KZ_SERVER_SECONDARIES_H
#define KZ_SERVER_SECONDARIES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "answer/handover.h"
#include "net/loop.h"
#include "server/changes.h"
#include "server/zone_set.h"

struct secondaries;

/* `changes` hears of each new version; `loader` is asked for a zone's files before they are
 * written.  NULL without memory. */
struct secondaries *secondaries_new(struct net_loop *loop, struct changes *changes,
                                    struct loader *loader);

/* Ends what is under way, waits for the threads of transfers, frees all.  NULL is fine. */
void secondaries_free(struct secondaries *all);

/* A configuration has come into force: new secondary zones wait for secondaries_loaded(),
 * dropped ones end, and rounds that are under way begin anew with the new settings. */
void secondaries_configure(struct secondaries *all, const struct conf_snapshot *conf,
                           const struct zone_set *zones);

/* The zone's files were read, or there are none: it begins to ask.  Others than secondaries
 * are ignored. */
void secondaries_loaded(struct secondaries *all, struct zone *z);

/* The same for all of them: a run of loads has ended. */
void secondaries_all_loaded(struct secondaries *all);

/* Call after each step of the loop: takes what threads have finished and workers have heard. */
void secondaries_check(struct secondaries *all);

/* The taker of NOTIFY requests (answer/handover.h): answers at once; any worker. */
enum handover secondaries_take_notify(void *all, const struct handover_offer *o, unsigned *rcode);

/* rndc refresh, retransfer.  RES_NOTFOUND: no secondary zone of ours. */
enum result secondaries_refresh(struct secondaries *all, struct zone *z);
enum result secondaries_retransfer(struct secondaries *all, struct zone *z);

/* For rndc zonestatus; false for a zone that is no secondary. */
struct secondary_status {
    time_t next_refresh_s, expires_s;   /* expires_s 0: there is no version */
    time_t last_error_s;                /* 0: none since the last success */
    char last_error[256];
    char under_way[160];                /* what the round waits for; empty: there is none */
};
bool secondaries_status(const struct secondaries *all, const struct zone *z,
                        struct secondary_status *out);

/* For rndc status. */
struct secondaries_totals {
    unsigned transfers, deferred, soa_queries;
    unsigned first;                     /* zones that wait for their first version */
};
void secondaries_count(const struct secondaries *all, struct secondaries_totals *out);

#endif
