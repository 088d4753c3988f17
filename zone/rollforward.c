#include "zone/rollforward.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log_category.h"
#include "dns/rrtype.h"

enum { MESSAGE = 4096, DEBUG_1 = 1, DEBUG_3 = 3 };

/* What keeps a journal as it is at a compaction: more than any. */
static const uint64_t any_size = UINT32_MAX;

static void say(const struct journal_report *report, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct journal_report *report, int level, const char *fmt, ...)
{
    char text[MESSAGE];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    report->message(report->arg, level, text);
}

static void say_zone(const struct zone *z, const struct journal_report *report, int level,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void say_zone(const struct zone *z, const struct journal_report *report, int level,
                     const char *fmt, ...)
{
    char zone[ZONE_TEXT], text[MESSAGE - ZONE_TEXT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    say(report, level, "zone %s: %s", zone_text(z, zone), text);
}

/* One line more than BIND's server has: the way out. */
static void say_way_out(const struct rollforward *f, const struct journal *j, uint32_t serial)
{
    char name[NAME_TEXT_MAX];

    if (f->read_only || f->zone->conf->type == ZONE_SECONDARY)
        return;
    name_to_text(f->zone->name, name, NAME_OMIT_FINAL_DOT);
    say_zone(f->zone, &f->report, LVL_ERROR,
             "the zone file has serial %u, the journal %s leads from %u to %u; nothing was "
             "changed. 'rndc recover %s file' serves the file, '... journal' what the journal "
             "ends with, '... merge' both where they do not contradict each other (-n: only show)",
             serial, f->path, journal_first_serial(j), journal_last_serial(j), name);
}

/* The same for a journal that says nothing of use. */
static void say_way_without(const struct rollforward *f)
{
    char name[NAME_TEXT_MAX];

    if (f->read_only || f->zone->conf->type == ZONE_SECONDARY)
        return;
    name_to_text(f->zone->name, name, NAME_OMIT_FINAL_DOT);
    say_zone(f->zone, &f->report, LVL_ERROR,
             "the journal %s is left as it is; 'rndc recover %s file' serves the zone file "
             "without it", f->path, name);
}

static void say_inexact(const struct rollforward *f, const struct journal_record *r)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], rrclass[RRCLASS_TEXT];

    name_to_text(r->owner, owner, NAME_OMIT_FINAL_DOT);
    say(&f->report, LVL_ERROR, "dns_diff_apply: %s/%s/%s: %s%s not exact", owner,
        rrtype_text(r->type, type), rrclass_text(r->rrclass, rrclass), r->add ? "add" : "del",
        f->read_only ? "" : "-resign");     /* BIND's tools and its server word it so */
}

static void say_no_effect(const struct rollforward *f)
{
    char zone[ZONE_TEXT];

    say(&f->report, LVL_WARNING, "%s: dns_diff_apply: update with no effect",
        zone_text(f->zone, zone));
}

static void say_outside(const struct rollforward *f, const struct journal_record *r)
{
    char owner[NAME_TEXT_MAX];

    name_to_text(r->owner, owner, NAME_OMIT_FINAL_DOT);
    say_zone(f->zone, &f->report, LVL_WARNING, "%s: %s is out of zone: ignored", f->path, owner);
}

static enum result apply_record(const struct rollforward *f, const struct journal_record *r)
{
    const struct build_change change = {.owner = r->owner,
                                       .rdata = r->rdata,
                                       .file = f->path,
                                       .ttl = r->ttl,
                                       .type = r->type,
                                       .rdlen = r->rdlen,
                                       .owner_len = r->owner_len,
                                       .add = r->add};
    enum result e = zone_builder_change(f->builder, &change);

    if (e == RES_NOTEXACT)
        say_inexact(f, r);
    else if (e == RES_UNCHANGED)
        say_no_effect(f);
    else if (e == RES_NOTSUBDOMAIN)
        say_outside(f, r);
    return e == RES_UNCHANGED || e == RES_NOTSUBDOMAIN ? RES_OK : e;
}

static enum result apply(const struct rollforward *f, struct journal *j)
{
    struct journal_record record;
    enum result r;

    while ((r = journal_next(j, &record)) == RES_OK)
        if ((r = apply_record(f, &record)) != RES_OK)
            return r;
    return r == RES_NOMORE ? RES_OK : r;
}

/* From the file's serial on; without any (no SOA) the checks will say what is missing. */
static enum result roll(const struct rollforward *f, struct journal *j, bool *applied)
{
    uint32_t serial;
    enum result r;

    if (!zone_builder_serial(f->builder, &serial))
        return RES_OK;
    r = journal_seek(j, serial);
    if (r == RES_RANGE || r == RES_NOTFOUND) {
        say_zone(f->zone, &f->report, LVL_ERROR,
                 "journal rollforward failed: journal out of sync with zone");
        say_way_out(f, j, serial);
        return r;
    }
    *applied = r == RES_OK && serial != journal_last_serial(j);
    if (*applied)
        r = apply(f, j);
    if (r == RES_OK) {
        say_zone(f->zone, &f->report, DEBUG_1, "journal rollforward completed successfully: %s",
                 result_text(*applied ? RES_OK : RES_UPTODATE));
        return RES_OK;
    }
    say_zone(f->zone, &f->report, LVL_ERROR, "journal rollforward failed: %s", result_text(r));
    if (r == RES_NOTEXACT)
        say_way_out(f, j, serial);
    else if (r == RES_UNEXPECTED)
        say_way_without(f);
    return r;
}

/* To write, so that a torn tail is cut off at once; to read where that cannot be. */
static enum result open_journal(const struct rollforward *f, struct journal **out)
{
    enum result r = RES_LOCKBUSY;

    if (!f->read_only && faccessat(AT_FDCWD, f->path, W_OK, AT_EACCESS) == 0)
        r = journal_open(f->path, JOURNAL_WRITE, &f->report, out);
    if (r == RES_LOCKBUSY)
        r = journal_open(f->path, JOURNAL_READ, &f->report, out);
    return r;
}

/* A journal in an older form is written anew in ours, as BIND does after such a load. */
static void renew(const struct rollforward *f, uint32_t serial)
{
    enum result r = journal_compact(f->path, serial, any_size, &f->report);

    if (r != RES_OK)
        say_zone(f->zone, &f->report, LVL_WARNING, "journal file %s keeps its old format: %s",
                 f->path, result_text(r));
}

enum result zone_rollforward(const struct rollforward *f, bool *applied)
{
    struct journal *j;
    enum result r = open_journal(f, &j);
    bool old;
    uint32_t last;

    *applied = false;
    if (r == RES_FILENOTFOUND) {
        say_zone(f->zone, &f->report, DEBUG_3, "no journal file, but that's OK ");
        return RES_OK;
    }
    if (r != RES_OK) {
        say_zone(f->zone, &f->report, LVL_ERROR, "journal open failed: %s", result_text(r));
        say_way_without(f);
        return r;
    }
    if (journal_is_empty(j))
        say_zone(f->zone, &f->report, DEBUG_1, "journal empty");
    else
        r = roll(f, j, applied);
    old = journal_is_old(j) && !journal_is_empty(j);
    last = journal_last_serial(j);
    journal_close(j);
    if (r == RES_OK && old && !f->read_only)
        renew(f, last);
    return r;
}

void zone_remove_outdated_journal(const struct zone *z, const char *path, uint32_t serial,
                                  const struct journal_report *report)
{
    struct journal *j;

    if (journal_open(path, JOURNAL_READ, NULL, &j) != RES_OK)
        return;
    if (journal_last_serial(j) != serial) {
        if (!journal_is_empty(j))
            say_zone(z, report, LVL_INFO, "journal file is out of date: removing journal file");
        if (unlink(path) != 0 && errno != ENOENT)
            say_zone(z, report, LVL_WARNING, "unable to remove journal '%s': '%s'", path,
                     strerror(errno));
    }
    journal_close(j);
}

/* Can a file be made beside `path`? */
static bool folder_is_writable(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    bool right = folder == NULL || faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
    int err = errno;

    free(folder);
    errno = err;
    return right;
}

void zone_warn_unwritable(const struct zone *z, const char *path,
                          const struct journal_report *report)
{
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0 &&
        (errno != ENOENT || !folder_is_writable(path)))
        say_zone(z, report, LVL_WARNING,
                 "updates will fail: the journal %s cannot be written: %s", path, strerror(errno));
    else if (!folder_is_writable(z->conf->file))
        say_zone(z, report, LVL_WARNING,
                 "updates will stay in the journal: the folder of %s cannot be written: %s",
                 z->conf->file, strerror(errno));
}

/* "FOLDER/jn-XXXXXX" for a file in FOLDER. */
static char *aside_name(const char *path, const char *prefix)
{
    const char *slash = strrchr(path, '/');
    char *name;

    if (asprintf(&name, "%.*s%s-XXXXXX", slash != NULL ? (int)(slash - path) + 1 : 0, path,
                 prefix) < 0)
        return NULL;
    return name;
}

static void set_aside(const struct zone *z, const char *path, const char *prefix,
                      const struct journal_report *report)
{
    char *name = aside_name(path, prefix);
    int fd = -1;

    if (name != NULL && access(path, F_OK) == 0 && (fd = mkostemp(name, O_CLOEXEC)) >= 0) {
        say_zone(z, report, LVL_WARNING,
                 "unable to load from '%s'; renaming file to '%s' for failure analysis and "
                 "retransferring.", path, name);
        if (rename(path, name) != 0) {
            say_zone(z, report, LVL_WARNING, "renaming '%s' to '%s': %s", path, name,
                     strerror(errno));
            unlink(name);
        }
        close(fd);
    }
    free(name);
}

void zone_set_journal_aside(const struct zone *z, const char *path,
                            const struct journal_report *report)
{
    set_aside(z, path, "jn", report);
}

void zone_set_file_aside(const struct zone *z, const struct journal_report *report)
{
    set_aside(z, z->conf->file, "db", report);
}
