/* What the files of server/secondary_*.c and secondaries.c share.  For them only. */
#ifndef KZ_SERVER_SECONDARY_H
#define KZ_SERVER_SECONDARY_H

#include <pthread.h>
#include <time.h>

#include "net/loop.h"
#include "server/changes.h"
#include "server/loader.h"
#include "xfr/exchange.h"
#include "xfr/fetch.h"
#include "xfr/refresh.h"
#include "xfr/request.h"

enum secondary_phase {
    SECONDARY_IDLE,
    SECONDARY_WAITS_TO_ASK,         /* for serial-query-rate */
    SECONDARY_ASKS,
    SECONDARY_WAITS_TO_TRANSFER,    /* for transfers-in, transfers-per-ns */
    SECONDARY_TRANSFERS
};

/* Who goes first when there is a queue. */
enum secondary_rank { RANK_NOTIFIED, RANK_URGENT, RANK_ROUTINE, RANKS };

/* A primary as the round at hand uses it; the key is a copy, so that it outlives a reload. */
struct secondary_target {
    union net_addr addr, source;
    struct tsig_key key;            /* name NULL: none */
    struct name key_name;
    char key_text[NAME_TEXT_MAX];
    uint8_t *secret;                /* owned */
    bool request_ixfr, request_expire, edns;
    unsigned transfers;             /* transfers-per-ns, or what the server statement says */
};

/* A question under way. */
struct secondary_asking {
    struct exchange exchange;
    struct secondary_asking *next;  /* of those that have ended */
    struct secondary *secondary;
    struct xfr_request question;
    struct xfr_soa_answer answer;
    struct tsig_session session;
    enum result verdict;            /* of the answer that was accepted */
    uint8_t msg[XFR_REQUEST_ROOM];
};

struct secondary_queue {
    struct secondary *first, **last;
};

struct secondary {
    struct secondaries *all;
    struct zone *zone;              /* held */
    struct secondary *next;         /* in the queue it waits in */
    struct refresh machine;
    struct net_timer timer;
    enum secondary_phase phase;
    int64_t since_ms;               /* of the question or the transfer at hand */
    enum secondary_rank rank;       /* of the round */
    unsigned primary, nprimaries;   /* of the round */
    bool started;                   /* its files were read */
    bool ordered;                   /* rndc refresh before that */
    bool good;                      /* a primary of this round has what we have */
    bool whole;                     /* rndc retransfer: AXFR, whatever the serial */
    bool without_edns;              /* the primary at hand does not know it */
    bool dropped;                   /* goes as soon as its transfer has ended */
    bool has_expire;
    uint32_t expire_s;
    struct secondary_target target;
    struct secondary_asking *asking;    /* NULL: no question is under way */
    struct transfer *transfer;
    struct secondary_queue *waits_in;   /* RANKS queues; NULL: it does not wait */
    struct transfer_source *waits_at;   /* whose queues these are; NULL: those of questions */
    struct refresh_timers new_timers;   /* of the version that has just come */
    time_t last_error_s;
    char last_error[256];
};

/* A primary of transfers that run or wait. */
struct transfer_source {
    struct transfer_source *next;
    union net_addr addr;
    unsigned running, waiting, limit;   /* limit: transfers-per-ns here */
    struct secondary_queue queues[RANKS];
};

struct notice;

struct secondaries {
    struct net_loop *loop;
    struct changes *changes;
    struct loader *loader;
    const struct conf_snapshot *conf;
    struct secondary **list;        /* of all zones */
    size_t count, room;
    struct secondary_queue asks[RANKS];
    struct net_timer ask_timer;
    int64_t next_ask_us;            /* serial-query-rate */
    unsigned asking;
    struct secondary_asking *asked; /* have ended in this step of the loop; go after it */
    struct transfer_source *sources;
    unsigned transfers, deferred;   /* threads that run, zones that wait */
    int cancel_fd;                  /* an eventfd, readable when all ends */
    pthread_mutex_t lock;           /* of the two lists below, which other threads fill */
    struct transfer *finished;
    struct notice *notices, **last_notice;
    unsigned nnotices;
};

/* --- secondaries.c --- */

/* Feeds the machine and does what it says. */
void secondary_event(struct secondary *s, enum refresh_event event);
/* The round has failed at this primary: for the log of expiry and rndc zonestatus. */
void secondary_note_error(struct secondary *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Its settings; the maintenance thread holds the snapshot. */
const struct conf_zone *secondary_conf(const struct secondary *s);
void secondary_free(struct secondary *s);

void secondary_enqueue(struct secondary_queue queues[RANKS], struct secondary *s);
struct secondary *secondary_dequeue(struct secondary_queue queues[RANKS]);
void secondary_take_out(struct secondary *s);      /* fine when it waits in none */
/* The rank of the round, also of one that waits in a queue: it changes places there. */
void secondary_set_rank(struct secondary *s, enum secondary_rank rank);
void secondary_queues_init(struct secondary_queue queues[RANKS]);

/* --- secondary_round.c --- */

void round_begin(struct secondary *s);
/* The primary at hand did not help: the next one, or the end of the round. */
void round_next(struct secondary *s);
void round_stop(struct secondary *s);
void round_timer_init(struct secondaries *all);
void round_free_asked(struct secondaries *all);
void target_free(struct secondary_target *t);

/* --- secondary_transfer.c --- */

void transfer_want(struct secondary *s);
/* Takes the zone out of the queue; a transfer that runs goes on to its end. */
void transfer_stop(struct secondary *s);
void transfers_take_finished(struct secondaries *all);
void transfers_wait(struct secondaries *all);
/* Does the connection of its transfer stand? */
bool transfer_is_connected(const struct secondary *s);

/* --- secondary_notify.c --- */

void notices_take(struct secondaries *all);
void notices_free(struct secondaries *all);

#endif
