/*
 * The session key: a TSIG key that the server makes when it starts and leaves in a file that
 * only its own user can read, for `nsupdate -l` and `update-policy local`.
 *
 * It stays the same over reloads as long as its file, name and algorithm do, and its file goes
 * with the server.  The maintenance thread's.
 */
#ifndef KZ_SERVER_SESSION_KEY_H
#define KZ_SERVER_SESSION_KEY_H

#include "conf/settings.h"

struct session_key;

/*
 * Makes the key that the configuration wants, unless *key is that one, writes its file and
 * makes it a key of every view of `conf`.  Whatever fails is logged as BIND does, and the server
 * goes on without a session key: then `update-policy local` lets nobody in.
 */
void session_key_configure(struct session_key **key, struct conf_snapshot *conf);

/* Removes the file and frees the key; NULL is fine. */
void session_key_free(struct session_key *key);

#endif
