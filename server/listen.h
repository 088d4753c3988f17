/*
 * The interface manager: keeps the workers' sockets as `listen-on` wants them while the
 * host's addresses come and go (mission row E1), and publishes what `localhost` and
 * `localnets` mean.
 *
 * It lives on the maintenance thread and its event loop.  It scans when it is configured,
 * when the kernel reports a change (automatic-interface-scan), every interface-interval,
 * and soon again while an address that should serve does not (an IPv6 address that is
 * still being checked for duplicates, a port that somebody else holds).  A socket whose
 * address is still wanted is never touched.
 */
#ifndef KZ_SERVER_LISTEN_H
#define KZ_SERVER_LISTEN_H

#include "conf/settings.h"
#include "net/loop.h"
#include "server/workers.h"

struct listen;

/* NULL without memory.  `no_v4` and `no_v6` are the command line's -6 and -4. */
struct listen *listen_new(struct net_loop *loop, struct workers *ws, bool no_v4, bool no_v6);

/* Stops listening; the workers stay. */
void listen_stop(struct listen *l);

/* Stops listening if it has not yet, and frees what listen_acl_env() leads to: no worker may
 * answer any more.  NULL is fine. */
void listen_free(struct listen *l);

/* Works by a snapshot from now on, at once.  The snapshot must stay until the next call
 * has returned, or listen_stop(). */
void listen_configure(struct listen *l, const struct conf_snapshot *conf);

/* Looks at the host's addresses now (`rndc scan`). */
void listen_scan(struct listen *l);

/* Is it an address and port that is served? */
bool listen_has(const struct listen *l, const union net_addr *a);

/* How many addresses are served. */
unsigned listen_count(const struct listen *l);

/* Where the host's addresses are published, for struct answer_server; never NULL inside
 * after listen_new(), freed with the manager. */
struct acl_env *const *listen_acl_env(const struct listen *l);

#endif
