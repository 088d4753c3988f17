/*
 * All workers: as many UDP and TCP threads as the server runs, which share one set of
 * addresses.  Called by the maintenance thread only.
 */
#ifndef KZ_SERVER_WORKERS_H
#define KZ_SERVER_WORKERS_H

#include "answer/answer.h"
#include "net/addr.h"
#include "net/socket.h"
#include "server/tcp_clients.h"
#include "server/udp_replies.h"

struct workers;

/* Starts `n` threads for UDP and as many for TCP; they have no sockets yet.  Raises the
 * process's limit on descriptors as far as it may go.  `slot` must outlive the threads.  NULL
 * when one could not start (the others are ended). */
struct workers *workers_start(unsigned n, struct answer_server *const *slot);
/* Closes all sockets and connections and ends the threads. */
void workers_end(struct workers *ws);

/* The limits and the numbers of TCP connections. */
struct tcp_clients *workers_tcp_clients(struct workers *ws);

/* For answers that other threads than the workers make. */
struct udp_replies *workers_udp_replies(struct workers *ws);

/* Opens a socket per worker on an address.  RES_ADDRINUSE when another process has it,
 * RES_ADDRNOTAVAIL when the host does not have it (yet). */
enum result workers_listen_udp(struct workers *ws, const union net_addr *addr,
                               const struct net_socket_options *o);
enum result workers_listen_tcp(struct workers *ws, const union net_addr *addr,
                               const struct net_socket_options *o);
/* Closes the sockets of an address; on return they are closed. */
void workers_stop_listening(struct workers *ws, const union net_addr *addr);

#endif
