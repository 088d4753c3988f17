#include "zone/flush.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/rcu.h"
#include "journal/journal.h"
#include "zone/dump.h"
#include "zone/edit.h"
#include "zone/files.h"
#include "zone/journals.h"

enum { NEW_FILE_MODE = 0644 };

uint64_t zone_journal_limit(const struct zone_options *o, uint64_t zone_bytes)
{
    if (o->max_journal_size > 0)
        return o->max_journal_size;
    return zone_bytes > INT32_MAX / 2 ? INT32_MAX : 2 * zone_bytes;
}

/* Another server on the same files knows more than we do, when it is it who has the journal: what
 * it has written and taken out of the journal must not be written over.  The lock of the zone's
 * edits is held. */
static bool is_of_another(struct zone *z)
{
    char *path = zone_journal_path(z->conf);
    struct journal *j = NULL;
    bool busy = path != NULL && !zone_journal_is_open(&z->journal) &&
                journal_open(path, JOURNAL_WRITE, NULL, &j) == RES_LOCKBUSY;

    journal_close(j);
    free(path);
    return busy;
}

/* The version in force, pinned.  An update that was in the middle of it when we came is part
 * of it: who has set `frozen` before has everything in the file. */
static const struct contents *pin_version(struct zone *z, bool *foreign)
{
    struct zone_edit *e;
    const struct contents *c;
    bool locked = zone_edit_begin(z, &e) == RES_OK;

    *foreign = locked && is_of_another(z);
    c = zone_pin(z);
    if (locked)
        zone_edit_abandon(e);
    return c;
}

static struct master_write_options write_options(const struct zone_options *o)
{
    struct master_write_options w = {.now = (uint32_t)time(NULL), .raw_version = 1};

    if (o->format == FORMAT_RAW)
        w.format = MASTER_RAW;
    else
        w.format = o->style == STYLE_FULL ? MASTER_FULL : MASTER_RELATIVE;
    return w;
}

static enum result write_file(struct zone *z, const struct contents *c, const char *path,
                              const struct master_write_options *w)
{
    struct file_replace file;
    struct stat st;
    enum result r = file_replace_begin_like(&file, path, NEW_FILE_MODE);

    if (r != RES_OK)
        return r;
    r = contents_dump(c, z->rrclass, file.fd, w);
    if (r == RES_OK && fstat(file.fd, &st) != 0)
        r = result_from_errno(errno);
    if (r != RES_OK) {
        file_replace_abort(&file);
        return r;
    }
    if ((r = file_replace_commit(&file)) == RES_OK)
        zone_files_written(z, &st);
    return r;
}

static enum result shorten_journal(struct zone *z, const struct contents *c, const char *path,
                                   bool clean)
{
    if (clean)
        return unlink(path) == 0 ? RES_OK : result_from_errno(errno);
    return journal_compact(path, c->serial,
                           zone_journal_limit(z->conf->options, contents_size_bytes(c)),
                           &zone_journal_report);
}

/* What the file holds need not stay in the journal.  Updates wait meanwhile. */
static void tidy_journal(struct zone *z, const struct contents *c, bool clean)
{
    char *path = zone_journal_path(z->conf);
    struct zone_edit *e;
    enum result r = RES_OK;

    if (path != NULL && access(path, F_OK) == 0 && zone_edit_begin(z, &e) == RES_OK) {
        zone_journal_close(&z->journal);
        r = shorten_journal(z, c, path, clean && zone_edit_contents(e)->serial == c->serial);
        zone_edit_abandon(e);
    }
    if (r != RES_OK)
        zone_log(z, LOGC_GENERAL, LVL_ERROR, "shortening journal file %s: %s", path,
                 result_text(r));
    free(path);
}

static enum result write_zone(struct zone *z, const struct contents *c)
{
    struct master_write_options w = write_options(z->conf->options);
    enum result r = write_file(z, c, z->conf->file, &w);

    if (r != RES_OK) {
        log_write(LOGC_GENERAL, LVL_ERROR, "dumping to master file: %s: %s", z->conf->file,
                  result_text(r));
        return r;
    }
    zone_note_file(z, c->serial, false);
    return RES_OK;
}

/* Has somebody taken the file away, or put another in its place?  Without the journal that would
 * be all there is.  A frozen zone's file is for others to change, and a secondary's time is set. */
static bool lacks_file(const struct zone *z)
{
    const struct conf_zone *conf = z->conf;

    if (conf->file == NULL || (conf->type != ZONE_SECONDARY && !conf->options->is_dynamic))
        return false;
    return access(conf->file, F_OK) != 0 ||
           (conf->type == ZONE_PRIMARY && zone_owns_data(z) && zone_files_changed(z));
}

static enum result refuse_foreign(const struct zone *z)
{
    zone_log(z, LOGC_GENERAL, LVL_ERROR,
             "%s stays as it is: another server has the zone's journal open; two servers must not "
             "share a zone's files", z->conf->file);
    return RES_LOCKBUSY;
}

enum result zone_flush(struct zone *z, bool clean)
{
    bool foreign, copy = z->conf->type == ZONE_SECONDARY, needed;
    const struct contents *c = pin_version(z, &foreign);
    time_t good_s;
    enum result r = RES_OK;

    if (c == NULL)
        return RES_OK;
    good_s = copy ? zone_files_time(z->conf) : 0;
    needed = zone_needs_flush(z, c) || (clean && lacks_file(z));
    if (foreign && (needed || clean))
        r = refuse_foreign(z);
    else if (needed)
        r = write_zone(z, c);
    if (r == RES_OK && (needed || clean))
        tidy_journal(z, c, clean);
    if (good_s != 0)            /* a secondary's files tell when it was refreshed */
        zone_files_touch(z->conf, good_s);
    contents_unpin(c);
    return r;
}

/* The path (from malloc; NULL: the zone has no file) and how to write, out of settings that may
 * go at any moment. */
static enum result copy_settings(const struct zone *z, char **path,
                                 struct master_write_options *w)
{
    const struct conf_zone *conf;
    enum result r = RES_OK;

    *path = NULL;
    rcu_online();
    conf = rcu_read(z->conf);
    if (conf != NULL && conf->file != NULL) {
        *path = strdup(conf->file);
        *w = write_options(conf->options);
        r = *path != NULL ? RES_OK : RES_NOMEM;
    }
    rcu_offline();
    return r;
}

enum result zone_write_version(struct zone *z, const struct contents *c)
{
    struct master_write_options w;
    char *path;
    enum result r = copy_settings(z, &path, &w);

    if (path != NULL)
        r = write_file(z, c, path, &w);
    if (r != RES_OK && path != NULL)
        log_write(LOGC_GENERAL, LVL_ERROR, "dumping to master file: %s: %s", path, result_text(r));
    else if (path != NULL)
        zone_note_file(z, c->serial, false);
    free(path);
    return r;
}
