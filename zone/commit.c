#include "zone/commit.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/rcu.h"
#include "journal/journal.h"
#include "zone/journals.h"

static void fail(struct zone_commit *c, enum result r, const char *what)
{
    c->result = r;
    c->failed = what;
}

/* Where the journal is: from malloc, NULL when the zone has none. */
static enum result find_journal(const struct zone_commit *c, char **path)
{
    const struct conf_zone *conf = rcu_read(zone_edit_zone(c->edit)->conf);

    *path = NULL;
    if (conf == NULL)
        return RES_CANCELED;        /* the configuration has dropped it */
    if (conf->journal == NULL && conf->file == NULL)
        return RES_OK;
    *path = zone_journal_path(conf);
    return *path != NULL ? RES_OK : RES_NOMEM;
}

static enum result take_journal(struct zone_commit *c)
{
    struct zone *z = zone_edit_zone(c->edit);
    enum result r;
    char *path;

    rcu_online();
    r = find_journal(c, &path);
    rcu_offline();
    if (r == RES_OK && path != NULL)
        r = zone_journal_take(&z->journal, path, z->rrclass, &c->journal);
    free(path);
    return r;
}

/* Opens the journal and appends what the edit's messages changed. */
static void append_changes(struct zone_commit *c)
{
    unsigned n = zone_edit_kept(c->edit);
    enum result r = take_journal(c);

    if (r != RES_OK) {
        fail(c, r, "journal open failed");
        return;
    }
    c->begins = c->journal != NULL && journal_is_empty(c->journal);
    for (unsigned i = 0; c->journal != NULL && i < n && c->result == RES_OK; i++) {
        r = journal_append(c->journal, zone_edit_kept_diff(c->edit, i));
        if (r != RES_OK)
            fail(c, r, "journal write failed");
    }
}

static void sync_journal(struct zone_commit *c)
{
    enum result r = c->journal != NULL && c->result == RES_OK ? journal_sync(c->journal) : RES_OK;

    if (r != RES_OK)
        fail(c, r, "journal write failed");
}

static void note_begin(const struct zone_commit *c)
{
    struct zone *z = zone_edit_zone(c->edit);
    uint32_t serial = journal_first_serial(c->journal);

    if (zone_note_journal(z, serial))
        zone_log(z, LOGC_GENERAL, LVL_WARNING,
                 "the journal begins anew at serial %u, and the zone file holds less: it is "
                 "written at once", serial);
}

/* The outcome is certain, also in the file. */
static void put_away(struct zone_commit *c)
{
    bool keep = c->result == RES_OK;

    if (c->journal == NULL)
        return;
    if (!keep)
        keep = !journal_revert(c->journal);     /* it must be brought back by who holds it open */
    else if (c->begins)
        note_begin(c);
    zone_journal_give(&zone_edit_zone(c->edit)->journal, keep);
}

/* Readers see the new version, or never. */
static void conclude(struct zone_commit *c)
{
    c->published = c->result == RES_OK && zone_edit_kept(c->edit) > 0;
    if (c->published)
        zone_edit_publish(c->edit);
    else
        zone_edit_abandon(c->edit);
    c->edit = NULL;
}

void zone_commit(struct zone_commit *commits, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct zone_commit *c = &commits[i];

        *c = (struct zone_commit){.edit = c->edit};
    }
    rcu_offline();
    for (unsigned i = 0; i < n; i++)
        if (zone_edit_kept(commits[i].edit) > 0)
            append_changes(&commits[i]);
    for (unsigned i = 0; i < n; i++)
        sync_journal(&commits[i]);
    for (unsigned i = 0; i < n; i++)
        put_away(&commits[i]);
    rcu_online();
    for (unsigned i = 0; i < n; i++)
        conclude(&commits[i]);
}
