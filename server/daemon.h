/*
 * Life as a daemon: into the background, the pid file, the lock against a second server.
 * Main only.
 */
#ifndef KZ_SERVER_DAEMON_H
#define KZ_SERVER_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

/* Forks; the parent waits and exits with 0 when the child calls daemon_is_up(), with 1 when
 * the child ends before.  Returns in the child only; false when it cannot fork.  Standard
 * error stays open until daemon_is_up(), so that a failing start shows. */
bool daemon_detach(void);
void daemon_is_up(void);

/*
 * Writes our process id to `path` and keeps the file open and locked; its folder is made
 * when missing (0755), both given to uid:gid when these are not -1.  Logs why it fails:
 * "couldn't mkdir …", "couldn't open pid file …", "could not lock …; another named process
 * may be running".
 */
bool daemon_write_pid_file(const char *path, uid_t uid, gid_t gid);

/* Removes it, unless somebody else has put another file there. */
void daemon_remove_pid_file(void);

/* Locks `path` until the process ends; false and logged when another one has it. */
bool daemon_lock(const char *path, uid_t uid, gid_t gid);

#endif
