#include "xfr/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/pool.h"
#include "dns/name.h"

enum { BUCKETS = 256 };

struct waiter {
    struct waiter *next;
    void (*told)(void *what, const uint8_t *name, const struct resolve_answer *a);
    void *what;
};

/* A name that was asked for; the answer is the pool's until it is in the finished list. */
struct question {
    struct pool_job job;
    struct question *next;          /* in its bucket */
    struct question *next_finished;
    struct resolver *resolver;
    struct waiter *waiters;
    struct name name;
    struct resolve_answer answer;
    int64_t good_until_ms;          /* 0: under way */
};

struct resolver {
    struct net_loop *loop;
    struct pool *pool;
    pthread_mutex_t lock;           /* of `finished` */
    struct question *finished;
    struct question *buckets[BUCKETS];
};

struct resolver *resolver_new(struct net_loop *loop)
{
    struct resolver *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->loop = loop;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void note_address(struct resolve_answer *a, const struct addrinfo *i)
{
    union net_addr *out = &a->addrs[a->count];

    if (i->ai_addrlen > sizeof *out || a->count == RESOLVE_ADDRESSES_MAX)
        return;
    memset(out, 0, sizeof *out);
    memcpy(out, i->ai_addr, i->ai_addrlen);
    a->count++;
}

/* In the pool. */
static void ask_system(struct pool_job *job)
{
    struct question *q = CONTAINER_OF(job, struct question, job);
    struct resolver *r = q->resolver;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *list = NULL;
    char text[NAME_TEXT_MAX];
    int error;

    name_to_text(q->name.wire, text, NAME_FINAL_DOT);   /* no search list */
    error = getaddrinfo(text, NULL, &hints, &list);
    q->answer = (struct resolve_answer){.problem = error != 0 ? gai_strerror(error) : NULL};
    for (struct addrinfo *i = error == 0 ? list : NULL; i != NULL; i = i->ai_next)
        note_address(&q->answer, i);
    if (error == 0)
        freeaddrinfo(list);
    pthread_mutex_lock(&r->lock);
    q->next_finished = r->finished;
    r->finished = q;
    pthread_mutex_unlock(&r->lock);
    net_loop_wake(r->loop);
}

static void tell(struct question *q, const struct resolve_answer *a)
{
    struct waiter *w = q->waiters, *next;

    q->waiters = NULL;
    for (; w != NULL; w = next) {
        next = w->next;
        w->told(w->what, q->name.wire, a);
        free(w);
    }
}

void resolver_check(struct resolver *r)
{
    struct question *q, *next;

    pthread_mutex_lock(&r->lock);
    q = r->finished;
    r->finished = NULL;
    pthread_mutex_unlock(&r->lock);
    for (; q != NULL; q = next) {
        next = q->next_finished;
        q->good_until_ms = net_now_ms() + (q->answer.count > 0 ? RESOLVE_KEEP_MS
                                                               : RESOLVE_FAILED_KEEP_MS);
        tell(q, &q->answer);
    }
}

void resolver_free(struct resolver *r)
{
    static const struct resolve_answer ended = {.problem = "shutting down"};

    if (r == NULL)
        return;
    pool_free(r->pool);
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct question *q = r->buckets[i], *next; q != NULL; q = next) {
            next = q->next;
            tell(q, &ended);
            free(q);
        }
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* The name's question; what nobody needs any more goes on the way. */
static struct question *find(const uint8_t *name, struct question **bucket)
{
    int64_t now_ms = net_now_ms();
    struct question *found = NULL;

    for (struct question **at = bucket; *at != NULL;) {
        struct question *q = *at;

        if (q->good_until_ms != 0 && q->good_until_ms <= now_ms) {
            *at = q->next;
            free(q);
            continue;
        }
        if (name_equal(q->name.wire, name))
            found = q;
        at = &q->next;
    }
    return found;
}

static struct question *begin(struct resolver *r, const uint8_t *name, struct question **bucket)
{
    struct question *q = calloc(1, sizeof *q);

    if (q == NULL || (r->pool == NULL && (r->pool = pool_new(1, "resolver")) == NULL)) {
        free(q);
        return NULL;
    }
    name_copy(&q->name, name);
    q->resolver = r;
    q->job.run = ask_system;
    q->next = *bucket;
    *bucket = q;
    pool_give(r->pool, &q->job);
    return q;
}

void resolver_ask(struct resolver *r, const uint8_t *name,
                  void (*told)(void *what, const uint8_t *name, const struct resolve_answer *a),
                  void *what)
{
    static const struct resolve_answer no_memory = {.problem = "out of memory"};
    struct question **bucket = &r->buckets[name_hash(name) % BUCKETS];
    struct question *q = find(name, bucket);
    struct waiter *w;

    if (q != NULL && q->good_until_ms != 0) {
        told(what, name, &q->answer);
        return;
    }
    if (q == NULL)
        q = begin(r, name, bucket);
    w = q != NULL ? malloc(sizeof *w) : NULL;
    if (w == NULL) {
        told(what, name, &no_memory);
        return;
    }
    *w = (struct waiter){q->waiters, told, what};
    q->waiters = w;
}
