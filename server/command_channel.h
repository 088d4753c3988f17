/*
 * The control channel's listeners, as `controls` wants them: opened, kept and closed when a
 * configuration comes into force, on the maintenance thread.
 *
 * Without a controls statement there are two, 127.0.0.1 and ::1 port 953, with the key of
 * SYSCONFDIR/rndc.key; `controls { };` means none.  A listener that is still wanted is never
 * touched, only its keys and its ACL change; a connection through it goes on.
 */
#ifndef KZ_SERVER_COMMAND_CHANNEL_H
#define KZ_SERVER_COMMAND_CHANNEL_H

#include "conf/settings.h"
#include "server/command_conn.h"

struct command_channel;

/* NULL without memory.  `env` is where the host's addresses are published, for ACLs. */
struct command_channel *command_channel_new(struct net_loop *loop, struct acl_env *const *env,
                                            command_conn_run *run, void *arg);

/* Works by a snapshot from now on.  The snapshot must stay until the next call has returned,
 * or command_channel_stop(). */
void command_channel_configure(struct command_channel *ch, const struct conf_snapshot *conf);

/* Frees what was closed; call after each step of the loop. */
void command_channel_sweep(struct command_channel *ch);

/* Stops listening; connections end.  NULL is fine, here and below. */
void command_channel_stop(struct command_channel *ch);
void command_channel_free(struct command_channel *ch);

#endif
