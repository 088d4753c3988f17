#include "base/log_roll.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STAMP_DIGITS = 17 };

static bool version_path(char out[PATH_MAX], const char *path, int version)
{
    return snprintf(out, PATH_MAX, "%s.%d", path, version) < PATH_MAX;
}

/* The first version number that is free or falls away. */
static int find_last(const char *path, int versions)
{
    char name[PATH_MAX];
    int n = 0;

    while ((versions < 0 || n < versions - 1) && n < INT_MAX - 1 &&
           version_path(name, path, n) && access(name, F_OK) == 0)
        n++;
    return n;
}

enum result log_roll_increment(const char *path, int versions)
{
    char from[PATH_MAX], to[PATH_MAX];

    for (int n = find_last(path, versions); n > 0; n--)
        if (!version_path(from, path, n - 1) || !version_path(to, path, n) || rename(from, to) != 0)
            return result_from_errno(errno);
    if (!version_path(to, path, 0))
        return result_from_errno(ENAMETOOLONG);
    return rename(path, to) == 0 || errno == ENOENT ? RES_OK : result_from_errno(errno);
}

static bool is_stamp(const char *s)
{
    size_t n = 0;

    while (isdigit((unsigned char)s[n]))
        n++;
    return n == STAMP_DIGITS && s[n] == '\0';
}

struct versions {
    const char *base;       /* the file's name without its folder */
    size_t base_len;
    size_t count;
    char oldest[STAMP_DIGITS + 1];
};

/* Counts the versions in `dir` and finds the oldest. */
static void scan_versions(DIR *dir, struct versions *v)
{
    const struct dirent *e;

    v->count = 0;
    v->oldest[0] = '\0';
    rewinddir(dir);
    while ((e = readdir(dir)) != NULL) {
        const char *stamp = e->d_name + v->base_len + 1;
        if (strncmp(e->d_name, v->base, v->base_len) != 0 || e->d_name[v->base_len] != '.' ||
            !is_stamp(stamp))
            continue;
        if (v->count++ == 0 || strcmp(stamp, v->oldest) < 0)
            memcpy(v->oldest, stamp, sizeof v->oldest);
    }
}

static void remove_oldest(const char *path, size_t keep)
{
    char folder[PATH_MAX], name[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct versions v = {.base = slash != NULL ? slash + 1 : path};
    DIR *dir;

    v.base_len = strlen(v.base);
    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path + 1) : 1,
             slash != NULL ? path : ".");
    dir = opendir(folder);
    if (dir == NULL)
        return;
    for (scan_versions(dir, &v); v.count > keep; scan_versions(dir, &v)) {
        int n = snprintf(name, sizeof name, "%s.%s", path, v.oldest);
        if (n >= (int)sizeof name || unlink(name) != 0)
            break;
    }
    closedir(dir);
}

enum result log_roll_timestamp(const char *path, int versions)
{
    char stamp[32], to[PATH_MAX];
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &tm);
    if (snprintf(to, sizeof to, "%s.%s%03ld", path, stamp, now.tv_nsec / 1000000) >= (int)sizeof to)
        return result_from_errno(ENAMETOOLONG);
    if (rename(path, to) != 0 && errno != ENOENT)
        return result_from_errno(errno);
    if (versions > 0)
        remove_oldest(path, (size_t)versions);
    return RES_OK;
}
