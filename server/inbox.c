#include "server/inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void inbox_init(struct inbox *in, int wake_fd)
{
    *in = (struct inbox){.wake_fd = wake_fd};
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->taken, NULL);
    in->last = &in->first;
}

/* Cuts the list of orders off. */
static struct inbox_order *take_all(struct inbox *in)
{
    struct inbox_order *list;

    pthread_mutex_lock(&in->lock);
    list = in->first;
    in->first = NULL;
    in->last = &in->first;
    __atomic_store_n(&in->full, false, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&in->lock);
    return list;
}

void inbox_free(struct inbox *in)
{
    for (struct inbox_order *o = take_all(in), *next; o != NULL; o = next) {
        next = o->next;
        if (o->fd >= 0)
            close(o->fd);
        free(o);
    }
    pthread_cond_destroy(&in->taken);
    pthread_mutex_destroy(&in->lock);
}

enum result inbox_post(struct inbox *in, enum inbox_kind kind, int fd, const union net_addr *local)
{
    struct inbox_order *o = calloc(1, sizeof *o);

    if (o == NULL)
        return RES_NOMEM;
    o->kind = kind;
    o->fd = fd;
    if (local != NULL)
        o->local = *local;
    inbox_post_order(in, o);
    return RES_OK;
}

void inbox_post_order(struct inbox *in, struct inbox_order *o)
{
    o->next = NULL;
    pthread_mutex_lock(&in->lock);
    *in->last = o;
    in->last = &o->next;
    in->posted++;
    __atomic_store_n(&in->full, true, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&in->lock);
    while (write(in->wake_fd, &(uint64_t){1}, sizeof(uint64_t)) < 0 && errno == EINTR)
        continue;
}

void inbox_wait(struct inbox *in)
{
    pthread_mutex_lock(&in->lock);
    for (uint64_t goal = in->posted; in->handled < goal;)
        pthread_cond_wait(&in->taken, &in->lock);
    pthread_mutex_unlock(&in->lock);
}

void inbox_handle(struct inbox *in, void (*handle)(void *arg, const struct inbox_order *o),
                  void *arg)
{
    struct inbox_order *next;
    uint64_t count = 0;

    for (struct inbox_order *o = take_all(in); o != NULL; o = next) {
        next = o->next;
        handle(arg, o);
        free(o);
        count++;
    }
    pthread_mutex_lock(&in->lock);
    in->handled += count;
    pthread_cond_broadcast(&in->taken);
    pthread_mutex_unlock(&in->lock);
}
