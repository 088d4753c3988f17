#include "zone/journals.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

struct zone_journal {
    struct journal *journal;
    struct zone_journal **slot;             /* of the zone */
    struct zone_journal *newer, *older;     /* of those that nobody uses */
    dev_t device;                           /* of the file when it was opened */
    ino_t inode;
    bool in_use;
    bool doomed;                            /* close it when it is given back */
    char path[];
};

/* The journals nobody uses right now, by the time of their last use. */
static struct {
    pthread_mutex_t lock;
    struct zone_journal *newest, *oldest;
    unsigned count;
} idle = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void say(void *arg, int level, const char *text)
{
    (void)arg;
    log_write(LOGC_GENERAL, level, "%s", text);
}

const struct journal_report zone_journal_report = {.message = say};

/* Under the lock. */
static void list_remove(struct zone_journal *j)
{
    *(j->newer != NULL ? &j->newer->older : &idle.newest) = j->older;
    *(j->older != NULL ? &j->older->newer : &idle.oldest) = j->newer;
    j->newer = j->older = NULL;
    idle.count--;
}

/* Under the lock. */
static void list_add(struct zone_journal *j)
{
    j->newer = NULL;
    j->older = idle.newest;
    *(idle.newest != NULL ? &idle.newest->newer : &idle.oldest) = j;
    idle.newest = j;
    idle.count++;
}

/* Nobody uses it, and it is in no list. */
static void close_journal(struct zone_journal *j)
{
    journal_close(j->journal);
    free(j);
}

/* Takes the zone's journal out of the book; NULL: it has none open, or somebody uses it and
 * will close it. */
static struct zone_journal *take_open(struct zone_journal **slot)
{
    struct zone_journal *j;

    pthread_mutex_lock(&idle.lock);
    j = *slot;
    if (j != NULL && j->in_use) {
        j->doomed = true;
        j = NULL;
    } else if (j != NULL) {
        list_remove(j);
        *slot = NULL;
    }
    pthread_mutex_unlock(&idle.lock);
    return j;
}

/* Is the open file still the one that the path names? */
static bool is_current(const struct zone_journal *j, const char *path)
{
    struct stat st;

    return strcmp(j->path, path) == 0 && stat(path, &st) == 0 && st.st_dev == j->device &&
           st.st_ino == j->inode;
}

static enum result open_journal(const char *path, uint16_t rrclass, struct zone_journal **out)
{
    size_t len = strlen(path) + 1;
    struct zone_journal *j = malloc(sizeof *j + len);
    struct stat st = {0};
    enum result r;

    if (j == NULL)
        return RES_NOMEM;
    *j = (struct zone_journal){.in_use = true};
    memcpy(j->path, path, len);
    r = journal_open(path, JOURNAL_CREATE, &zone_journal_report, &j->journal);
    if (r != RES_OK) {
        free(j);
        return r;
    }
    journal_set_class(j->journal, rrclass);
    /* A file that goes between the two calls is one that is not current at the next use. */
    (void)stat(path, &st);
    j->device = st.st_dev;
    j->inode = st.st_ino;
    *out = j;
    return RES_OK;
}

/* The slot's journal, if that is the file at `path`; another one is closed. */
static struct zone_journal *take_current(struct zone_journal **slot, const char *path)
{
    struct zone_journal *j = take_open(slot);

    if (j == NULL || is_current(j, path))
        return j;
    close_journal(j);
    return NULL;
}

enum result zone_journal_take(struct zone_journal **slot, const char *path, uint16_t rrclass,
                              struct journal **out)
{
    struct zone_journal *j = take_current(slot, path);
    enum result r = j != NULL ? RES_OK : open_journal(path, rrclass, &j);

    *out = NULL;
    if (r != RES_OK)
        return r;
    j->slot = slot;
    pthread_mutex_lock(&idle.lock);
    j->in_use = true;
    *slot = j;
    pthread_mutex_unlock(&idle.lock);
    *out = j->journal;
    return RES_OK;
}

void zone_journal_give(struct zone_journal **slot, bool keep)
{
    struct zone_journal *closing = NULL, *j = *slot;

    if (j == NULL)
        return;
    pthread_mutex_lock(&idle.lock);
    j->in_use = false;
    list_add(j);
    if (!keep || j->doomed)
        closing = j;
    else if (idle.count > ZONE_JOURNALS_OPEN)
        closing = idle.oldest;
    if (closing != NULL) {
        list_remove(closing);
        *closing->slot = NULL;
    }
    pthread_mutex_unlock(&idle.lock);
    if (closing != NULL)
        close_journal(closing);
}

bool zone_journal_is_open(struct zone_journal **slot)
{
    bool open;

    pthread_mutex_lock(&idle.lock);
    open = *slot != NULL;
    pthread_mutex_unlock(&idle.lock);
    return open;
}

void zone_journal_close(struct zone_journal **slot)
{
    struct zone_journal *j = take_open(slot);

    if (j != NULL)
        close_journal(j);
}
