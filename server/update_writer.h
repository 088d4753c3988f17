/*
 * The thread that carries out dynamic updates.
 *
 * It takes all requests that wait, up to a limit, processes them in the order they came,
 * commits what they changed with one sync per zone, and answers them.  While the disk is
 * busy the next ones gather: the more clients, the larger the groups that share a sync.
 *
 * Workers offer requests to it (answer/handover.h).  What it has taken is answered, also when
 * the server stops.  The zones cannot go under it: for each batch it holds the server's
 * `change` lock.
 */
#ifndef KZ_SERVER_UPDATE_WRITER_H
#define KZ_SERVER_UPDATE_WRITER_H

#include "answer/handover.h"

struct server;
struct update_writer;

/* Starts the thread.  NULL without memory or threads. */
struct update_writer *update_writer_start(struct server *s);

/* Carries out what it has taken, takes nothing more, and ends the thread.  Workers may still
 * offer requests (they are dropped), so it is freed when they have ended. */
void update_writer_stop(struct update_writer *w);
void update_writer_free(struct update_writer *w);

/* A handover_taker for UPDATE; `arg` is the update_writer. */
enum handover update_writer_offer(void *arg, const struct handover_offer *o, unsigned *rcode);

#endif
