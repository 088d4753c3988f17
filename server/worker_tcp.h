/*
 * A TCP worker: a thread with listeners (one per address, the kernel spreads clients
 * over the workers) and the connections accepted from them.
 *
 * Requests are answered in the order they came, so that no state outlives a request but one
 * whose answer another thread makes: until that comes (worker_tcp_reply) the connection
 * stays, is not read, and has no time-out.
 * A connection is cut off that does not complete its first request within the initial
 * timeout, the next one within the idle timeout (the keepalive timeout when the client
 * sent edns-tcp-keepalive, RFC 7828), or that takes less than PROGRESS_BYTES of unsent
 * data per idle timeout.  The functions here are called by the maintenance thread.
 */
#ifndef KZ_SERVER_WORKER_TCP_H
#define KZ_SERVER_WORKER_TCP_H

#include "answer/answer.h"
#include "base/result.h"
#include "net/addr.h"
#include "server/tcp_clients.h"

struct worker_tcp;

/* Starts the thread.  `slot` (the server's published data, RCU) and `clients` must
 * outlive the worker.  NULL without memory, descriptors or threads. */
struct worker_tcp *worker_tcp_start(struct answer_server *const *slot,
                                    struct tcp_clients *clients, unsigned index);

/* Gives the worker a listening socket; it owns it unless the result is RES_NOMEM. */
enum result worker_tcp_listen(struct worker_tcp *w, int fd, const union net_addr *local);
/* Closes the listener of that address; its connections go on.  On return it is closed. */
void worker_tcp_stop_listening(struct worker_tcp *w, const union net_addr *local);

/* The answer to a request that was handed over, 0 bytes: none, close the connection.  Any
 * thread, while the worker lives; the connection may have gone.  RES_NOMEM: it goes on
 * waiting. */
enum result worker_tcp_reply(const struct answer_stream *stream, const uint8_t *msg, size_t len);

/* Closes all, ends the thread and frees the worker. */
void worker_tcp_end(struct worker_tcp *w);

#endif
