#include "zone/commit.h"

#include <stdlib.h>

#include "base/rcu.h"
#include "journal/journal.h"
#include "zone/journals.h"

static void fail(struct zone_commit *c, enum result r, const char *what)
{
    c->result = r;
    c->failed = what;
}

static enum result take_journal(struct zone_commit *c)
{
    struct zone *z = zone_edit_zone(c->edit);
    const struct conf_zone *conf = rcu_read(z->conf);
    enum result r;
    char *path;

    if (conf == NULL)
        return RES_CANCELED;        /* the configuration has dropped it */
    if (conf->journal == NULL && conf->file == NULL)
        return RES_OK;
    path = zone_journal_path(conf);
    r = path != NULL ? zone_journal_take(&z->journal, path, z->rrclass, &c->journal) : RES_NOMEM;
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

/* The outcome is certain: the journal is put away, readers see the new version or never. */
static void conclude(struct zone_commit *c)
{
    bool good = c->result == RES_OK, keep = good;

    if (!good && c->journal != NULL)
        keep = !journal_revert(c->journal);     /* it must be brought back by who holds it open */
    if (c->journal != NULL)
        zone_journal_give(&zone_edit_zone(c->edit)->journal, keep);
    c->published = good && zone_edit_kept(c->edit) > 0;
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
    for (unsigned i = 0; i < n; i++)
        if (zone_edit_kept(commits[i].edit) > 0)
            append_changes(&commits[i]);
    rcu_offline();
    for (unsigned i = 0; i < n; i++)
        sync_journal(&commits[i]);
    rcu_online();
    for (unsigned i = 0; i < n; i++)
        conclude(&commits[i]);
}
