/*
 * What the workers share: views in order, each with its zones and precomputed choices,
 * and the settings they run by.  Immutable; the whole is swapped under RCU on a reload
 * and freed after a grace period.
 */
#ifndef KZ_ANSWER_SERVER_DATA_H
#define KZ_ANSWER_SERVER_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/handover.h"
#include "conf/settings.h"
#include "zone/table.h"
#include "zone/transfer.h"

struct answer_view {
    const struct conf_view *conf;
    struct zone_table *zones;   /* owned */
    bool everyone;              /* matches every client: no ACL needs a look */
};

/* Who takes what the workers do not answer themselves; zeroed: nobody, it is REFUSED. */
struct answer_takers {
    struct handover_taker update, notify;
    struct transfer_maker transfer;
};

struct answer_server {
    struct answer_view *views;
    unsigned nviews;
    const struct conf_snapshot *conf;       /* not owned: freed by who loaded it, after this */
    const uint8_t (*cookie_secrets)[16];    /* the configured ones, else the process's own */
    unsigned ncookie_secrets;               /* at least 1 */
    struct acl_env *const *acl_env;         /* slot the interface scan publishes to (RCU) */
    struct builtin_view *builtin;           /* owned: version.bind and its kin, the last view */
    struct answer_takers takers;            /* set before it is published */
    uint32_t advertised_ms;                 /* tcp-advertised-timeout; atomic: rndc changes it */
    const bool *responselog;                /* atomic; NULL: answers are not logged */
    bool *querylog;                         /* switched by rndc querylog; shared over reloads */
};

static inline bool server_logs_queries(const struct answer_server *s)
{
    return __atomic_load_n(s->querylog, __ATOMIC_RELAXED);
}

static inline bool server_logs_responses(const struct answer_server *s)
{
    return s->responselog != NULL && __atomic_load_n(s->responselog, __ATOMIC_RELAXED);
}

/* The view of that name, NULL: there is none. */
const struct answer_view *answer_server_view(const struct answer_server *s, const char *name);

static inline uint32_t server_advertised_ms(const struct answer_server *s)
{
    return __atomic_load_n(&s->advertised_ms, __ATOMIC_RELAXED);
}

/* The maintenance thread; until the next configuration. */
static inline void server_set_advertised(struct answer_server *s, uint32_t ms)
{
    __atomic_store_n(&s->advertised_ms, ms, __ATOMIC_RELAXED);
}

/* Builds it for a snapshot; `zones[i]` are the zones of view i (zones[i][j] for conf zone j;
 * NULL entries (types that serve nothing) are left out).  Zones of type in-view are resolved
 * here.  NULL without memory or without randomness for the cookies' secret. */
struct answer_server *answer_server_new(const struct conf_snapshot *conf, struct zone ***zones,
                                        struct acl_env *const *acl_env, bool *querylog);
void answer_server_free(struct answer_server *s);

#endif
