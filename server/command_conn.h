/*
 * Connections of the control channel: frames of four bytes length and a message, one
 * request at a time, on the maintenance thread's loop.
 *
 * Clients may be slow or hostile: nothing blocks; a whole request must come, and a reply
 * must be taken, within COMMAND_CONN_TIMEOUT_MS; a connection holds memory only for bytes
 * that came; there are at most COMMAND_CONN_MAX.  When one more comes, the one that has
 * been silent longest without proving that it has a key makes room.
 *
 * A command may finish long after it came.  Its connection waits for it, unless the server
 * ends first.
 */
#ifndef KZ_SERVER_COMMAND_CONN_H
#define KZ_SERVER_COMMAND_CONN_H

#include "control/dialogue.h"
#include "net/addr.h"
#include "net/loop.h"

enum { COMMAND_CONN_MAX = 100, COMMAND_CONN_TIMEOUT_MS = 30000 };

struct command_conns;
struct command_conn;

/* What stands behind a listener; the connections keep pointing to it until
 * command_conns_detach(). */
struct command_keys {
    struct control_key *keys;
    unsigned nkeys;
    bool read_only;
};

/* Runs a command line, `len` bytes that are no text yet; it ends in command_conn_reply(). */
typedef void command_conn_run(void *arg, struct command_conn *c, const char *line, size_t len,
                              bool read_only);

/* NULL without memory. */
struct command_conns *command_conns_new(struct net_loop *loop, command_conn_run *run, void *arg);
/* Closes all; calls that are still going on must not reply any more.  NULL is fine. */
void command_conns_free(struct command_conns *cs);

/* Takes over a connected socket. */
void command_conns_add(struct command_conns *cs, int fd, const union net_addr *peer,
                       const struct command_keys *keys);

/* The listener's keys go: connections that came through it end, at once or, when a command
 * runs, behind its reply. */
void command_conns_detach(struct command_conns *cs, const struct command_keys *keys);

/* Frees what was closed; call after each step of the loop. */
void command_conns_sweep(struct command_conns *cs);

unsigned command_conns_count(const struct command_conns *cs);

/* Sends the reply to the command that the connection waits for; `a` is the caller's. */
void command_conn_reply(struct command_conn *c, const struct control_answer *a);

#endif
