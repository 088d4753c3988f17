#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/rcu.h"

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t has_job, is_idle;
    struct pool_job *first, **last;
    unsigned nthreads, nrunning;
    bool stop;
    pthread_t threads[];
};

/* The next job, or NULL when the pool ends.  The lock is held. */
static struct pool_job *take_job(struct pool *p)
{
    struct pool_job *job;

    while (p->first == NULL && !p->stop)
        pthread_cond_wait(&p->has_job, &p->lock);
    job = p->first;
    if (job == NULL)
        return NULL;
    p->first = job->next;
    if (p->first == NULL)
        p->last = &p->first;
    return job;
}

static void *thread_main(void *arg)
{
    struct pool *p = arg;
    struct pool_job *job;

    rcu_register_thread();
    rcu_offline();
    pthread_mutex_lock(&p->lock);
    while ((job = take_job(p)) != NULL) {
        p->nrunning++;
        pthread_mutex_unlock(&p->lock);
        job->run(job);
        pthread_mutex_lock(&p->lock);
        if (--p->nrunning == 0 && p->first == NULL)
            pthread_cond_broadcast(&p->is_idle);
    }
    pthread_mutex_unlock(&p->lock);
    rcu_unregister_thread();
    return NULL;
}

struct pool *pool_new(unsigned nthreads, const char *name)
{
    struct pool *p = calloc(1, sizeof *p + nthreads * sizeof *p->threads);

    if (p == NULL)
        return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->has_job, NULL);
    pthread_cond_init(&p->is_idle, NULL);
    p->last = &p->first;
    while (p->nthreads < nthreads &&
           pthread_create(&p->threads[p->nthreads], NULL, thread_main, p) == 0)
        pthread_setname_np(p->threads[p->nthreads++], name);
    if (p->nthreads > 0)
        return p;
    pool_free(p);
    return NULL;
}

void pool_give(struct pool *p, struct pool_job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&p->lock);
    *p->last = job;
    p->last = &job->next;
    pthread_cond_signal(&p->has_job);
    pthread_mutex_unlock(&p->lock);
}

unsigned pool_threads(const struct pool *p)
{
    return p->nthreads;
}

void pool_wait(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->first != NULL || p->nrunning > 0)
        pthread_cond_wait(&p->is_idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->has_job);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->nthreads; i++)
        pthread_join(p->threads[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->has_job);
    pthread_cond_destroy(&p->is_idle);
    free(p);
}
