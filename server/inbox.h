/*
 * How the maintenance thread hands sockets to a worker and takes them back, and other
 * threads the answers that they made in its stead.
 *
 * Any number of threads may post; one worker reads.  Posting ends with a wake-up
 * (an eventfd that the worker polls while it is idle); a busy worker looks at
 * inbox_is_full(), one relaxed load, once per batch.
 */
#ifndef KZ_SERVER_INBOX_H
#define KZ_SERVER_INBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "net/addr.h"

enum inbox_kind {
    INBOX_LISTEN,
    INBOX_STOP_LISTENING,
    INBOX_REPLY,            /* an answer that another thread made, in an order of its own kind */
    INBOX_EXIT
};

struct inbox_order {
    struct inbox_order *next;
    enum inbox_kind kind;
    int fd;                     /* INBOX_LISTEN: the worker owns it from now on */
    union net_addr local;       /* the address, port and scope of the socket */
};

struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t taken;       /* `handled` has moved */
    struct inbox_order *first, **last;
    uint64_t posted, handled;
    bool full;
    int wake_fd;                /* an eventfd, owned by the worker */
};

/* `wake_fd` is written to after each order. */
void inbox_init(struct inbox *in, int wake_fd);
/* Also closes the sockets of orders that nobody took. */
void inbox_free(struct inbox *in);

/* RES_NOMEM leaves `fd` with the caller. */
enum result inbox_post(struct inbox *in, enum inbox_kind kind, int fd, const union net_addr *local);
/* The same with an order that the caller has made (from malloc, perhaps the head of a larger
 * one): it is the inbox's now, and the handler's argument later. */
void inbox_post_order(struct inbox *in, struct inbox_order *o);
/* Waits until the worker has carried out all that was posted. */
void inbox_wait(struct inbox *in);

static inline bool inbox_is_full(const struct inbox *in)
{
    return __atomic_load_n(&in->full, __ATOMIC_RELAXED);
}

/* The worker: runs `handle` on every order, in their sequence. */
void inbox_handle(struct inbox *in, void (*handle)(void *arg, const struct inbox_order *o),
                  void *arg);

#endif
