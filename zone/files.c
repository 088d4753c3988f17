#include "zone/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What the newest of the zone's files looks like; false when the zone file is gone. */
static bool files_state(const char *file, char *const *includes, struct timespec *newest,
                        uint64_t *size)
{
    struct stat st;

    if (stat(file, &st) != 0)
        return false;
    *newest = st.st_mtim;
    *size = (uint64_t)st.st_size;
    for (char *const *p = includes; p != NULL && *p != NULL; p++) {
        if (stat(*p, &st) != 0)
            continue;
        *size += (uint64_t)st.st_size;
        if (st.st_mtim.tv_sec > newest->tv_sec ||
            (st.st_mtim.tv_sec == newest->tv_sec && st.st_mtim.tv_nsec > newest->tv_nsec))
            *newest = st.st_mtim;
    }
    return true;
}

void zone_files_note(struct zone *z)
{
    if (!files_state(z->conf->file, z->includes, &z->file_mtime, &z->file_size))
        z->file_size = 0;
}

bool zone_files_changed(const struct zone *z)
{
    struct timespec newest;
    uint64_t size;

    return z->conf->file == NULL || !files_state(z->conf->file, z->includes, &newest, &size) ||
           size != z->file_size || newest.tv_sec != z->file_mtime.tv_sec ||
           newest.tv_nsec != z->file_mtime.tv_nsec;
}

void zone_files_written(struct zone *z, const struct stat *st)
{
    zone_set_includes(z, NULL);
    z->file_mtime = st->st_mtim;
    z->file_size = (uint64_t)st->st_size;
}

time_t zone_files_time(const struct conf_zone *conf)
{
    char *journal = zone_journal_path(conf);
    struct stat st;
    time_t t = 0;

    if (journal != NULL && stat(journal, &st) == 0)
        t = st.st_mtim.tv_sec;
    else if (conf->file != NULL && stat(conf->file, &st) == 0)
        t = st.st_mtim.tv_sec;
    free(journal);
    return t;
}

void zone_files_touch(const struct conf_zone *conf, time_t good_s)
{
    const struct timespec times[2] = {{.tv_sec = good_s}, {.tv_sec = good_s}};
    char *journal = zone_journal_path(conf);

    if ((journal == NULL || utimensat(AT_FDCWD, journal, times, 0) != 0) && conf->file != NULL)
        utimensat(AT_FDCWD, conf->file, times, 0);
    free(journal);
}
