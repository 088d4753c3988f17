#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dns/rrtype.h"
#include "journal/internal.h"

enum { MESSAGE = 4096, HEAD_TRIES = 20 };

void journal_say(const struct journal *j, int level, const char *fmt, ...)
{
    char text[MESSAGE];
    va_list ap;

    if (j->report.message == NULL)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    j->report.message(j->report.arg, level, text);
}

static enum result say_open(struct journal *j, int err)
{
    enum result r = result_from_errno(err);

    if (r != RES_FILENOTFOUND)
        journal_say(j, LVL_ERROR, "%s: open: %s", j->path, result_text(r));
    return r;
}

static enum result open_file(struct journal *j, const char *path, int flags)
{
    struct stat st;

    j->fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (j->fd < 0)
        return say_open(j, errno);
    if (fstat(j->fd, &st) != 0)
        return say_open(j, errno);
    if (S_ISREG(st.st_mode))
        return RES_OK;
    journal_say(j, LVL_ERROR, "%s: open: %s", j->path, result_text(RES_NOTFILE));
    return RES_NOTFILE;
}

/* The name under which a compaction that was interrupted may have left the journal. */
static enum result open_backup(struct journal *j, int flags)
{
    size_t len = strlen(j->path);
    enum result r;
    char *backup;

    if (len > 4 && strcmp(j->path + len - 4, ".jnl") == 0)
        len -= 4;
    if (asprintf(&backup, "%.*s.jbk", (int)len, j->path) < 0)
        return RES_NOMEM;
    r = open_file(j, backup, flags);
    if (r == RES_OK) {
        free(j->path);
        j->path = backup;
    } else {
        free(backup);
    }
    return r;
}

/* One writer: the lock goes with the open file, so a second journal_open() in this process
 * is kept out like another process. */
static enum result lock(struct journal *j)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    enum result r;

    if (fcntl(j->fd, F_OFD_SETLK, &whole) == 0)
        return RES_OK;
    r = errno == EAGAIN || errno == EACCES ? RES_LOCKBUSY : result_from_errno(errno);
    if (r == RES_LOCKBUSY)
        journal_say(j, LVL_ERROR,
                    "%s: journal is being written by another process; two servers must not "
                    "share a zone's files", j->path);
    else
        journal_say(j, LVL_ERROR, "%s: lock: %s", j->path, result_text(r));
    return r;
}

static enum result create(struct journal *j)
{
    struct state empty = {.index_size = INDEX_DEFAULT};
    struct position index[INDEX_DEFAULT] = {{0}};
    uint8_t head[HEADER_LEN + INDEX_DEFAULT * POSITION_LEN];
    enum result r;

    journal_say(j, LVL_INFO, "journal file %s does not exist, creating it", j->path);
    if ((r = open_file(j, j->path, O_RDWR | O_CREAT | O_EXCL)) != RES_OK ||
        (r = lock(j)) != RES_OK)        /* who was quicker has found it empty and goes on with it */
        return r;
    empty.index = index;
    state_encode(&empty, head);
    if ((r = write_at(j->fd, head, sizeof head, 0)) != RES_OK) {
        journal_say(j, LVL_ERROR, "%s: create: %s", j->path, result_text(r));
        unlink(j->path);
    }
    return r;
}

/* A compaction may have put another file under the name while we waited to open this one. */
static bool is_still_named(const struct journal *j)
{
    struct stat ours, named;

    return fstat(j->fd, &ours) == 0 && stat(j->path, &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static enum result open_by_mode(struct journal *j)
{
    int flags = j->mode == JOURNAL_READ ? O_RDONLY : O_RDWR;
    enum result r = open_file(j, j->path, flags);

    if (r == RES_FILENOTFOUND)
        r = j->mode == JOURNAL_CREATE ? create(j) : open_backup(j, flags);
    return r;
}

static enum result open_and_lock(struct journal *j)
{
    for (;;) {
        enum result r = open_by_mode(j);

        if (r != RES_OK || j->mode == JOURNAL_READ || (r = lock(j)) != RES_OK)
            return r;
        if (is_still_named(j))
            return RES_OK;
        close(j->fd);
        j->fd = -1;
    }
}

static void state_drop(struct journal *j)
{
    free(j->synced.index);
    free(j->now.index);
    j->synced.index = j->now.index = NULL;
}

/* A reader may look while a writer is at it, and see half a header: it looks again. */
static enum result read_stable_head(struct journal *j)
{
    enum result r = head_read(j);

    for (int i = 0; i < HEAD_TRIES && r == RES_OK && j->mode == JOURNAL_READ &&
                    j->synced.summed && !head_sum_is_right(j); i++) {
        state_drop(j);
        r = head_read(j);
    }
    return r;
}

/* Transactions stand behind the index, and what is appended will stand behind them. */
static enum result check_state(const struct journal *j)
{
    const struct state *s = &j->synced;

    if (state_is_empty(s) || (s->begin.offset >= state_head_len(s) &&
                              s->end.offset > s->begin.offset && s->end.offset <= SIZE_MOST &&
                              s->end.serial != s->begin.serial))
        return RES_OK;
    journal_say(j, LVL_ERROR, "%s: journal corrupt: its header has impossible offsets or serials",
                j->path);
    return RES_UNEXPECTED;
}

static enum result read_state(struct journal *j)
{
    enum result r = read_stable_head(j);

    if (r != RES_OK)
        return r;
    if (journal_cut_torn(j) && j->mode != JOURNAL_READ && (r = journal_write_head(j)) != RES_OK)
        journal_say(j, LVL_ERROR, "%s: cannot cut the journal: %s", j->path, result_text(r));
    walk_place(j, j->synced.begin);
    return r == RES_OK ? check_state(j) : r;
}

enum result journal_open(const char *path, enum journal_mode mode,
                         const struct journal_report *report, struct journal **out)
{
    struct journal *j = calloc(1, sizeof *j);
    enum result r = RES_NOMEM;

    *out = NULL;
    if (j == NULL)
        return RES_NOMEM;
    j->fd = -1;
    j->mode = mode;
    j->rrclass = CLASS_IN;
    if (report != NULL)
        j->report = *report;
    if ((j->path = strdup(path)) != NULL && (r = open_and_lock(j)) == RES_OK)
        r = read_state(j);
    /* who made it may have died before its name was on disk */
    if (r == RES_OK && mode == JOURNAL_CREATE && journal_is_empty(j))
        r = file_sync_folder(j->path);
    if (r == RES_OK)
        *out = j;
    else
        journal_close(j);
    return r;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    if (j->doubtful)        /* the last chance to take out what nobody was told of */
        journal_bring_back(j);
    if (j->fd >= 0)
        close(j->fd);
    state_drop(j);
    free(j->path);
    free(j->head);
    free(j->pending);
    free(j->window.bytes);
    free(j);
}

void journal_set_class(struct journal *j, uint16_t rrclass)
{
    j->rrclass = rrclass;
}

bool journal_is_empty(const struct journal *j)
{
    return state_is_empty(&j->synced);
}

bool journal_is_old(const struct journal *j)
{
    return j->synced.old_magic;
}

uint32_t journal_first_serial(const struct journal *j)
{
    return j->synced.begin.serial;
}

uint32_t journal_last_serial(const struct journal *j)
{
    return j->synced.end.serial;
}

uint64_t journal_size(const struct journal *j)
{
    return state_append_at(&j->synced);
}

uint32_t journal_index_size(const struct journal *j)
{
    return j->synced.index_size;
}

uint32_t journal_index_offset(const struct journal *j, uint32_t i)
{
    return j->synced.index[i].offset;
}

bool journal_source_serial(const struct journal *j, uint32_t *serial)
{
    *serial = j->synced.source_serial;
    return (j->synced.flags & 1) != 0;
}
