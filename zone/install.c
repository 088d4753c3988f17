#include "zone/install.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rcu.h"
#include "dns/rrtype.h"
#include "dns/serial.h"
#include "zone/commit.h"
#include "zone/compare.h"
#include "zone/edit.h"
#include "zone/flush.h"
#include "zone/journals.h"
#include "zone/zonemd.h"

static enum result refuse(const struct install *in, enum result r, const char *text)
{
    snprintf(in->reason, in->reason_room, "%s", text);
    zone_log(in->zone, LOGC_XFER_IN, LVL_ERROR, "transferred version refused: %s", text);
    return r;
}

/* What no zone can do without, and that it leads forward. */
static enum result check(const struct install *in, const struct contents *c,
                         const struct contents *old)
{
    char text[96];

    if (node_rrset(c, contents_apex(c), TYPE_SOA) == NULL)
        return refuse(in, RES_BADZONE, "has 0 SOA records");
    if (node_rrset(c, contents_apex(c), TYPE_NS) == NULL)
        return refuse(in, RES_BADZONE, "has no NS records");
    switch (zonemd_verify(c, in->zone->rrclass)) {
    case ZONEMD_MISMATCH:
        return refuse(in, RES_BADZONE, "its ZONEMD does not match what came (RFC 8976)");
    case ZONEMD_WRONG_SERIAL:
        return refuse(in, RES_BADZONE, "its ZONEMD is of another serial (RFC 8976)");
    case ZONEMD_NONE:
    case ZONEMD_MATCHES:
    case ZONEMD_UNSUPPORTED:
    default:
        break;
    }
    if (old == NULL || in->any_serial || serial_gt(c->serial, old->serial))
        return RES_OK;
    snprintf(text, sizeof text, "serial %u is not newer than ours (%u)", c->serial, old->serial);
    return refuse(in, RES_BADZONE, text);
}

/* --- differences --- */

/* Online for each record, since the zone's limits are settings that may go at any moment; not for
 * all of them, which would hold up everybody's grace periods. */
static enum result apply_record(struct zone_edit *e, const struct diff_record *d)
{
    enum result r;

    rcu_online();
    if (d->add)
        r = zone_edit_add(e, d->owner, d->type, d->ttl, d->rdata, d->rdlen);
    else
        r = zone_edit_delete(e, d->owner, d->type, d->rdata, d->rdlen);
    rcu_offline();
    return r;
}

static enum result does_not_apply(const struct install *in, const struct diff_record *r,
                                  enum result why)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], text[256];

    name_to_text(r->owner, owner, NAME_OMIT_FINAL_DOT);
    snprintf(text, sizeof text, "a difference does not apply: %s %.120s %s: %s",
             r->add ? "adding" : "deleting", owner, rrtype_text(r->type, type),
             why != RES_UNCHANGED ? result_text(why)
                                  : r->add ? "it is there already" : "it is not there");
    return refuse(in, why == RES_NOMEM ? why : RES_BADZONE, text);
}

static enum result apply(const struct install *in, struct zone_edit *e, const struct diff *d)
{
    for (size_t i = 0; i < d->count; i++) {
        enum result r = apply_record(e, &d->records[i]);

        if (r != RES_OK) {
            zone_edit_undo(e);
            return does_not_apply(in, &d->records[i], r);
        }
    }
    return zone_edit_keep(e);
}

static enum result apply_all(const struct install *in, struct zone_edit *e,
                             const struct diff *diffs, unsigned n)
{
    enum result r = RES_OK;

    for (unsigned i = 0; i < n && r == RES_OK; i++)
        r = apply(in, e, &diffs[i]);
    return r == RES_OK ? check(in, zone_edit_contents(e), NULL) : r;
}

enum result install_differences(const struct install *in, const struct diff *diffs, unsigned n)
{
    struct zone_commit commit = {0};
    enum result r = zone_edit_begin(in->zone, &commit.edit);
    char text[128];

    if (r != RES_OK)
        return refuse(in, r, result_text(r));
    if ((r = apply_all(in, commit.edit, diffs, n)) != RES_OK) {
        zone_edit_abandon(commit.edit);
        return r;
    }
    rcu_online();
    zone_commit(&commit, 1);
    rcu_offline();
    if (commit.result == RES_OK)
        return RES_OK;
    snprintf(text, sizeof text, "%s: %s", commit.failed, result_text(commit.result));
    return refuse(in, commit.result, text);
}

/* --- whole versions --- */

/* With ixfr-from-differences our own secondaries are to have differences, too. */
static enum result install_as_difference(const struct install *in, const struct contents *old,
                                         struct contents **c)
{
    struct diff d;
    enum result r;

    diff_init(&d);
    r = contents_diff(old, *c, &d);
    if (r == RES_OK)
        r = install_differences(in, &d, 1);
    diff_free(&d);
    if (r != RES_OK)
        return r;
    contents_free(*c);
    *c = NULL;
    return RES_OK;
}

/* A crash before this leaves a journal that does not fit the file: the load says so, and the
 * file, being a whole version, serves. */
static void remove_journal(struct zone *z)
{
    const struct conf_zone *conf;
    char *path;

    rcu_online();
    conf = rcu_read(z->conf);
    path = conf != NULL ? zone_journal_path(conf) : NULL;
    rcu_offline();
    zone_journal_close(&z->journal);
    if (path != NULL && unlink(path) != 0 && errno != ENOENT)
        zone_log(z, LOGC_GENERAL, LVL_ERROR, "removing journal file %s: %s", path,
                 result_text(result_from_errno(errno)));
    free(path);
}

static enum result say_out_of_range(const struct zone *z, const struct contents *old,
                                    const struct contents *c)
{
    zone_log(z, LOGC_GENERAL, LVL_ERROR,
             "ixfr-from-differences: new serial (%u) out of range [%u - %u]", c->serial,
             serial_next(old->serial), old->serial + 0x7fffffffu);
    return RES_RANGE;
}

static enum result install_changes(struct zone *z, const struct contents *old,
                                   const struct contents *c)
{
    char reason[256];
    const struct install in = {.zone = z, .reason = reason, .reason_room = sizeof reason};
    struct diff d;
    enum result r;

    diff_init(&d);
    r = contents_diff(old, c, &d);
    if (r == RES_OK && d.count == 0) {
        zone_log(z, LOGC_GENERAL, LVL_INFO, "ixfr-from-differences: unchanged");
        r = RES_UNCHANGED;
    } else if (r == RES_OK) {
        r = serial_gt(c->serial, old->serial) ? install_differences(&in, &d, 1)
                                              : say_out_of_range(z, old, c);
    }
    diff_free(&d);
    return r;
}

enum result install_reloaded(struct zone *z, struct contents **c)
{
    const struct contents *old = zone_pin(z);
    enum result r;

    if (old == NULL) {      /* gone meanwhile: there is nothing to differ from */
        zone_publish(z, *c);
        *c = NULL;
        return RES_OK;
    }
    r = install_changes(z, old, *c);
    contents_unpin(old);
    if (r == RES_OK || r == RES_UNCHANGED) {
        contents_free(*c);
        *c = NULL;
    }
    return r;
}

/* When the disk does not take it, it serves all the same: the files keep the version before, whole,
 * and the upkeep tries again. */
static enum result install_in_file(const struct install *in, struct contents **c)
{
    enum result r = zone_write_version(in->zone, *c);

    if (r == RES_NOMEM)
        return refuse(in, r, result_text(r));
    if (r == RES_OK)
        remove_journal(in->zone);
    else
        zone_log(in->zone, LOGC_XFER_IN, LVL_ERROR,
                 "serial %u serves from memory only: its file cannot be written: %s",
                 (*c)->serial, result_text(r));
    __atomic_store_n(&in->zone->expired, false, __ATOMIC_RELAXED);
    zone_publish(in->zone, *c);
    *c = NULL;
    __atomic_store_n(&in->zone->loaded_s, time(NULL), __ATOMIC_RELAXED);
    return RES_OK;
}

static bool wants_difference(const struct zone *z)
{
    const struct conf_zone *conf;
    bool wants;

    rcu_online();
    conf = rcu_read(z->conf);
    wants = conf != NULL && conf->options->ixfr_from_differences != 0;
    rcu_offline();
    return wants;
}

enum result install_whole(const struct install *in, struct contents **c)
{
    const struct contents *old = zone_pin(in->zone);
    enum result r = check(in, *c, old);

    if (r == RES_OK) {
        if (old != NULL && serial_gt((*c)->serial, old->serial) && wants_difference(in->zone))
            r = install_as_difference(in, old, c);
        else
            r = install_in_file(in, c);
    }
    if (old != NULL)
        contents_unpin(old);
    return r;
}

/* --- facts --- */

void contents_timers(const struct contents *c, uint32_t *refresh_s, uint32_t *retry_s,
                     uint32_t *expire_s)
{
    const struct zrrset *soa = node_rrset(c, contents_apex(c), TYPE_SOA);
    const uint8_t *rr = rrset_data(soa), *numbers = rr + 2 + rr_len(rr) - 20;

    *refresh_s = get_u32(numbers + 4);
    *retry_s = get_u32(numbers + 8);
    *expire_s = get_u32(numbers + 12);
}

void zone_expire(struct zone *z)
{
    __atomic_store_n(&z->expired, true, __ATOMIC_RELAXED);
    rcu_offline();          /* who has the zone's lock may wait for the disk, or for readers */
    zone_publish(z, NULL);
    rcu_online();
}
