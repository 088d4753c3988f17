/*
 * A UDP worker: a thread that receives a batch of requests from one of its sockets,
 * has them answered, and sends the answers.
 *
 * It owns its sockets (one per address, the kernel spreads clients over the workers),
 * its batch memory and its answer context.  With one socket it blocks in the receive
 * itself and makes two system calls per batch; with more it waits with epoll.  The
 * functions here are called by the maintenance thread.
 */
#ifndef KZ_SERVER_WORKER_UDP_H
#define KZ_SERVER_WORKER_UDP_H

#include "answer/answer.h"
#include "base/result.h"
#include "net/addr.h"

struct worker_udp;

/* Starts the thread.  `slot` is where the server's published data stands (RCU); it must
 * outlive the worker.  NULL without memory, descriptors or threads. */
struct worker_udp *worker_udp_start(struct answer_server *const *slot, unsigned index);

/* Gives the worker a bound socket; it owns it unless the result is RES_NOMEM. */
enum result worker_udp_listen(struct worker_udp *w, int fd, const union net_addr *local);
/* Closes the socket of that address; on return it is closed. */
void worker_udp_stop_listening(struct worker_udp *w, const union net_addr *local);

/* Closes all, ends the thread and frees the worker. */
void worker_udp_end(struct worker_udp *w);

#endif
