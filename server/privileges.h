/*
 * From root to somebody with less: user, groups, root directory, capabilities.
 *
 * Main only, before any other thread starts: capabilities belong to a thread and are
 * inherited by those it starts later.  Functions that fail have written why to `err`.
 */
#ifndef KZ_SERVER_PRIVILEGES_H
#define KZ_SERVER_PRIVILEGES_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct privileges {
    bool change;            /* -u was given */
    uid_t uid;
    gid_t gid;
    gid_t *groups;          /* the user's supplementary groups */
    int ngroups;
};

/* Looks up `user` (a name or a number; NULL: nothing to do) while /etc is still there. */
bool privileges_find(struct privileges *p, const char *user, FILE *err);

/* chroot(2), and "/" as working directory. */
bool privileges_enter_root(const char *dir, FILE *err);

/* Becomes the user; keeps CAP_NET_BIND_SERVICE, so that addresses that come later can be
 * served on port 53. */
bool privileges_drop(const struct privileges *p, FILE *err);

void privileges_free(struct privileges *p);

#endif
