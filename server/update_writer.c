#include "server/update_writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "answer/handed.h"
#include "answer/server_data.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/server.h"
#include "server/update_forward.h"
#include "server/worker_tcp.h"
#include "update/update.h"
#include "zone/commit.h"

/* Requests of one batch: so many that a sync is shared well, so few that the first of them
 * does not wait for long. */
enum { BATCH = 256, GATHER_MAX_NS = 20000000 };

/* Until it is tried again when all that waits is for zones that somebody else has. */
enum { BUSY_PAUSE_US = 1000 };

/* A request under way. */
struct job {
    struct handed_request *h;
    struct update_request u;
    unsigned rcode;
    struct zone *zone;      /* NULL: it is gone */
    struct zone_commit *commit;         /* its zone's */
    bool depends;           /* on changes that are not committed yet, its own or earlier ones */
};

struct update_writer {
    struct server *server;
    struct answer_ctx *answers;
    pthread_t thread;
    pthread_mutex_t lock;           /* of the queue */
    pthread_cond_t wake;
    struct handed_request *first, **last;
    unsigned queued, goal;          /* how many wait; how many the thread would like to have */
    bool stopping, running;
    unsigned held;                  /* atomic: taken and not done, what update-quota bounds */

    /* The batch: the thread's own. */
    struct job jobs[BATCH];
    unsigned njobs, nzones, nbusy;
    uint64_t commit_ns;             /* how long the last one took … */
    unsigned under_way;             /* … and how many requests waited for it or after it */
    struct zone *zones[BATCH];      /* of the requests, by address: the order of locking */
    struct zone *busy[BATCH];       /* those that somebody else has, in the same order */
    struct zone_commit commits[BATCH];
    struct udp_reply replies[BATCH];
    uint8_t responses[BATCH][ANSWER_UDP_ROOM];
};

/* --- the workers' side --- */

static void fill_request(struct update_request *u, const struct answer_server *server,
                         const struct answer_client *client, const struct tsig_key *key,
                         const struct message_request *req, struct zone *zone, const char *view)
{
    const struct tsig_key *session = server->conf->session_key;

    *u = (struct update_request){
        .req = req,
        .zone = zone,
        .conf = rcu_read(zone->conf),
        .who = {.peer = client->peer,
                .key = key != NULL ? key->name : NULL,
                .env = rcu_read(*server->acl_env),
                .local_port = net_addr_port(client->local),
                .transport = client->tcp ? ACL_TCP : ACL_UDP,
                .match_mapped = server->conf->match_mapped_addresses},
        .client = {.request = req, .peer = client->peer, .key = key != NULL ? key->name : NULL,
                   .view = view},
        .key = key,
        .session_key = session != NULL ? session->name : NULL,
        .now_s = (uint64_t)time(NULL)};
}

static void give_places(struct update_writer *w, unsigned n)
{
    __atomic_sub_fetch(&w->held, n, __ATOMIC_RELAXED);
}

/* Takes a place under update-quota (0: unlimited). */
static bool take_place(struct update_writer *w, unsigned quota)
{
    unsigned held = __atomic_add_fetch(&w->held, 1, __ATOMIC_RELAXED);

    if (quota == 0 || held <= quota)
        return true;
    give_places(w, 1);
    return false;
}

/* False: the thread takes nothing more. */
static bool enqueue(struct update_writer *w, struct handed_request *h)
{
    bool open;

    h->next = NULL;
    pthread_mutex_lock(&w->lock);
    open = !w->stopping;
    if (open) {
        *w->last = h;
        w->last = &h->next;
        if (++w->queued == 1 || w->queued == w->goal)
            pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
    return open;
}

static enum handover take(struct update_writer *w, const struct handover_offer *o, unsigned *rcode)
{
    struct handed_request *h = handed_request_new(o);

    if (h != NULL && enqueue(w, h))
        return HANDOVER_TAKEN;
    give_places(w, 1);
    *rcode = RCODE_SERVFAIL;
    if (h == NULL)
        return HANDOVER_ANSWER;
    handed_request_free(h);
    return HANDOVER_DROP;
}

enum handover update_writer_offer(void *arg, const struct handover_offer *o, unsigned *rcode)
{
    struct update_writer *w = arg;
    struct update_request u;

    fill_request(&u, o->server, o->client, o->key, o->req, o->zone, o->view->conf->name);
    if (update_may_forward(&u))
        return update_forwards_take(w->server->forwards, o, rcode);
    *rcode = update_admit(&u);
    if (*rcode != RCODE_NOERROR)
        return HANDOVER_ANSWER;
    if (take_place(w, o->server->conf->update_quota))
        return take(w, o, rcode);
    counter_add(COUNTER_UPDATE_QUOTA, 1);
    update_log(&u, LVL_INFO, "update failed: too many DNS UPDATEs queued (%s)",
               result_text(RES_QUOTA));
    return HANDOVER_DROP;
}

/* --- the thread's --- */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * Clients that were answered together come back together, a moment after a batch could begin
 * with the others, and the two halves would take turns for ever, with two syncs where one does.
 * So a batch waits until as many are there as were under way when the last one was done, for a
 * part of the time that a commit takes.  Under the lock.
 */
static void gather(struct update_writer *w)
{
    uint64_t until = now_ns() + (w->commit_ns < GATHER_MAX_NS ? w->commit_ns : GATHER_MAX_NS) / 2;
    struct timespec end = {.tv_sec = (time_t)(until / 1000000000u),
                           .tv_nsec = (long)(until % 1000000000u)};

    w->goal = w->under_way < BATCH ? w->under_way : BATCH;
    while (w->queued < w->goal && !w->stopping)
        if (pthread_cond_timedwait(&w->wake, &w->lock, &end) != 0)
            break;
    w->goal = 0;
}

/* Waits for requests and takes up to a batch of them; 0: it is time to end. */
static unsigned take_batch(struct update_writer *w)
{
    unsigned n = 0;

    pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !w->stopping)
        pthread_cond_wait(&w->wake, &w->lock);
    gather(w);
    while (w->first != NULL && n < BATCH) {
        w->jobs[n++] = (struct job){.h = w->first};
        w->first = w->first->next;
    }
    w->queued -= n;
    if (w->first == NULL)
        w->last = &w->first;
    pthread_mutex_unlock(&w->lock);
    return n;
}

/* The zone that the request is for; a reload may have taken it away meanwhile. */
static struct zone *find_zone(const struct answer_server *server, const struct handed_request *h)
{
    const struct answer_view *v = answer_server_view(server, h->view);

    return v != NULL ? zone_table_get(v->zones, h->req.qname) : NULL;
}

static int by_address(const void *a, const void *b)
{
    struct zone *x = *(struct zone *const *)a, *y = *(struct zone *const *)b;

    return (x > y) - (x < y);
}

/* Notes each request's zone, and each zone once, in an order in which they can be locked. */
static void find_zones(struct update_writer *w, const struct answer_server *server)
{
    struct zone *last = NULL;
    unsigned n = 0;

    for (unsigned i = 0; i < w->njobs; i++) {
        struct job *j = &w->jobs[i];

        j->zone = find_zone(server, j->h);
        if (j->zone != NULL)
            w->zones[n++] = j->zone;
    }
    qsort(w->zones, n, sizeof *w->zones, by_address);
    w->nzones = 0;
    for (unsigned i = 0; i < n; i++)
        if (w->zones[i] != last)
            last = w->zones[w->nzones++] = w->zones[i];
}

/*
 * Begins the edits of the batch's zones.  Those that cannot be begun are left out.  Somebody may
 * have a zone for long, while its journal is shortened: that must not hold up all others, and who
 * wants the server's lock.
 */
static void begin_edits(struct update_writer *w)
{
    unsigned n = 0;

    w->nbusy = 0;
    for (unsigned i = 0; i < w->nzones; i++) {
        struct zone_edit *e;
        enum result r = zone_edit_try(w->zones[i], &e);

        if (r == RES_LOCKBUSY)
            w->busy[w->nbusy++] = w->zones[i];
        if (r != RES_OK)
            continue;
        w->zones[n] = w->zones[i];
        w->commits[n++] = (struct zone_commit){.edit = e};
    }
    w->nzones = n;
}

static bool is_busy(const struct update_writer *w, struct zone *z)
{
    return z != NULL && bsearch(&z, w->busy, w->nbusy, sizeof *w->busy, by_address) != NULL;
}

/* The requests for busy zones are the first of the queue again, in their order. */
static void put_back(struct update_writer *w)
{
    struct handed_request *first = NULL, **last = &first;
    unsigned n = 0;

    for (unsigned i = 0; i < w->njobs; i++) {
        if (!is_busy(w, w->jobs[i].zone)) {
            w->jobs[n++] = w->jobs[i];
            continue;
        }
        *last = w->jobs[i].h;
        last = &w->jobs[i].h->next;
    }
    if (n == w->njobs)
        return;
    pthread_mutex_lock(&w->lock);
    if ((*last = w->first) == NULL)
        w->last = last;
    w->first = first;
    w->queued += w->njobs - n;
    pthread_mutex_unlock(&w->lock);
    w->njobs = n;
}

/* The commit that a zone's requests are part of; NULL: its edit could not be begun. */
static struct zone_commit *find_commit(struct update_writer *w, struct zone *z)
{
    struct zone **at = bsearch(&z, w->zones, w->nzones, sizeof *w->zones, by_address);

    return at != NULL ? &w->commits[at - w->zones] : NULL;
}

static void process(struct update_writer *w, struct job *j, const struct answer_server *server)
{
    struct answer_client client = {.peer = &j->h->peer, .local = &j->h->local, .tcp = j->h->tcp};

    if (j->zone == NULL) {
        j->rcode = RCODE_NOTAUTH;
        return;
    }
    j->commit = find_commit(w, j->zone);
    if (j->commit == NULL) {
        j->rcode = RCODE_SERVFAIL;
        return;
    }
    fill_request(&j->u, server, &client, j->h->key, &j->h->req, j->zone, j->h->view);
    j->rcode = update_process(&j->u, j->commit->edit);
    j->depends = zone_edit_kept(j->commit->edit) > 0;
}

/* What becomes of a request when its zone's journal failed: whatever was found out with the
 * help of changes that are lost is void. */
static void settle(struct job *j)
{
    const struct zone_commit *c = j->commit;

    if (c == NULL || c->result == RES_OK || !j->depends)
        return;
    if (j->rcode == RCODE_NOERROR)
        update_log(&j->u, LVL_INFO, "error: %s: %s", c->failed, result_text(c->result));
    j->rcode = RCODE_SERVFAIL;
}

/* All of a batch but the answers, under the server's lock. */
static void carry_out(struct update_writer *w)
{
    const struct answer_server *server = rcu_read(w->server->data);
    uint64_t began_ns;

    find_zones(w, server);
    begin_edits(w);
    put_back(w);
    if (w->njobs == 0)
        return;
    for (unsigned i = 0; i < w->njobs; i++)
        process(w, &w->jobs[i], server);
    began_ns = now_ns();
    zone_commit(w->commits, w->nzones);
    w->commit_ns = now_ns() - began_ns;
    w->under_way = __atomic_load_n(&w->held, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < w->njobs; i++)
        settle(&w->jobs[i]);
    for (unsigned i = 0; i < w->nzones; i++)
        if (w->commits[i].published)
            changes_post(&w->server->changes, w->zones[i]);
}

/* Without memory for it there is nothing else to do but to try again: the connection waits. */
static void reply_tcp(const struct handed_request *h, const uint8_t *msg, size_t len)
{
    while (worker_tcp_reply(&h->stream, msg, len) != RES_OK)
        usleep(1000);
}

static void answer_all(struct update_writer *w)
{
    for (unsigned i = 0; i < w->njobs; i++) {
        struct job *j = &w->jobs[i];
        uint8_t *msg = w->responses[i];
        size_t len = handed_request_answer(w->answers, j->h, j->rcode, msg, sizeof w->responses[i]);

        w->replies[i] = (struct udp_reply){.peer = &j->h->peer, .local = &j->h->local,
                                           .msg = msg, .len = j->h->tcp ? 0 : len};
        if (j->h->tcp)
            reply_tcp(j->h, msg, len);
    }
    udp_replies_send(workers_udp_replies(w->server->workers), w->replies, w->njobs);
    for (unsigned i = 0; i < w->njobs; i++)
        handed_request_free(w->jobs[i].h);
}

static void *run(void *arg)
{
    struct update_writer *w = arg;

    pthread_setname_np(pthread_self(), "named-update");
    rcu_register_thread();
    if (counters_attach() != RES_OK)
        log_write(LOGC_GENERAL, LVL_WARNING, "updates are counted slowly: out of memory");
    rcu_offline();
    while ((w->njobs = take_batch(w)) > 0) {
        pthread_mutex_lock(&w->server->change);
        rcu_online();
        carry_out(w);
        pthread_mutex_unlock(&w->server->change);
        give_places(w, w->njobs);   /* before the clients can send the next ones */
        if (w->njobs > 0)
            answer_all(w);
        rcu_offline();
        if (w->njobs == 0)
            usleep(BUSY_PAUSE_US);
    }
    rcu_online();
    counters_detach();
    rcu_unregister_thread();
    return NULL;
}

struct update_writer *update_writer_start(struct server *s)
{
    struct update_writer *w = calloc(1, sizeof *w);
    pthread_condattr_t monotonic;

    if (w == NULL)
        return NULL;
    w->server = s;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    w->answers = answer_ctx_new(&s->data);
    w->running = w->answers != NULL && pthread_create(&w->thread, NULL, run, w) == 0;
    if (w->running)
        return w;
    update_writer_free(w);
    return NULL;
}

void update_writer_stop(struct update_writer *w)
{
    if (w == NULL || !w->running)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    w->running = false;
}

void update_writer_free(struct update_writer *w)
{
    if (w == NULL)
        return;
    answer_ctx_free(w->answers);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
