#include "server/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct passwd *find_user(const char *user)
{
    char *end;
    unsigned long uid = strtoul(user, &end, 10);

    if (*user != '\0' && *end == '\0')     /* a number too large must not become another user */
        return uid <= UINT32_MAX ? getpwuid((uid_t)uid) : NULL;
    return getpwnam(user);
}

bool privileges_find(struct privileges *p, const char *user, FILE *err)
{
    const struct passwd *pw;

    *p = (struct privileges){0};
    if (user == NULL)
        return true;
    pw = find_user(user);
    if (pw == NULL) {
        fprintf(err, "named: user '%s' unknown\n", user);
        return false;
    }
    *p = (struct privileges){.change = true, .uid = pw->pw_uid, .gid = pw->pw_gid};
    p->ngroups = 0;
    getgrouplist(pw->pw_name, pw->pw_gid, NULL, &p->ngroups);
    p->groups = calloc((size_t)p->ngroups + 1, sizeof *p->groups);
    if (p->groups != NULL && getgrouplist(pw->pw_name, pw->pw_gid, p->groups, &p->ngroups) >= 0)
        return true;
    fprintf(err, "named: groups of user '%s' cannot be read\n", user);
    return false;
}

bool privileges_enter_root(const char *dir, FILE *err)
{
    if (dir == NULL)
        return true;
    if (chroot(dir) != 0) {
        fprintf(err, "named: chroot(): %s\n", strerror(errno));
        return false;
    }
    if (chdir("/") != 0) {
        fprintf(err, "named: chdir(/): %s\n", strerror(errno));
        return false;
    }
    return true;
}

static bool is_user_already(const struct privileges *p)
{
    return geteuid() != 0 && geteuid() == p->uid && getuid() == p->uid;
}

bool privileges_drop(const struct privileges *p, FILE *err)
{
    bool may_bind;

    if (!p->change || is_user_already(p))
        return true;
    may_bind = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_BIND_SERVICE);
    if (setgroups((size_t)p->ngroups, p->groups) != 0) {
        fprintf(err, "named: setgroups(): %s\n", strerror(errno));
        return false;
    }
    capng_clear(CAPNG_SELECT_BOTH);
    if (may_bind)
        capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_BIND_SERVICE);
    if (capng_change_id((int)p->uid, (int)p->gid, CAPNG_NO_FLAG) != 0) {
        fprintf(err, "named: setuid(): %s\n", strerror(errno));
        return false;
    }
    return true;
}

void privileges_free(struct privileges *p)
{
    free(p->groups);
    *p = (struct privileges){0};
}
