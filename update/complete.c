/* What must hold after the changes of a message, and the new serial. */
#include <stdlib.h>
#include <string.h>

#include "dns/hostname.h"
#include "update/internal.h"
#include "update/serial.h"
#include "zone/check.h"

static void say(void *arg, int level, const char *text, const struct zone_place *place)
{
    const struct update_run *run = arg;

    (void)place;
    update_log(run->u, level > LVL_INFO ? level : LVL_INFO, "%s", text);
}

static struct zone_check check_of(struct update_run *run)
{
    return (struct zone_check){.opt = run->u->conf->options,
                               .rrclass = run->rrclass,
                               .message = say,
                               .arg = run};
}

static unsigned check_apex_ns(struct update_run *run)
{
    const struct zone_check k = check_of(run);

    if (zone_check_apex_ns(zone_edit_contents(run->e), &k) == RES_OK)
        return RCODE_NOERROR;
    update_log(run->u, LVL_INFO,
               "update rejected: post update name server sanity check failed");
    return RCODE_REFUSED;
}

/* Writes the SOA's next serial, unless the message has set one. */
static unsigned raise_serial(struct update_run *run)
{
    const struct zrrset *s = update_find(run, run->origin, TYPE_SOA);
    uint8_t old[2 * NAME_MAX_LEN + 20], new[sizeof old];
    uint16_t len = rr_len(rrset_data(s));
    uint32_t ttl = s->ttl;
    uint8_t *serial;
    enum result r;

    if (run->soa_changed)
        return RCODE_NOERROR;
    memcpy(old, rrset_data(s) + 2, len);
    memcpy(new, old, len);
    serial = new + len - 20;    /* five numbers end the RDATA, the serial is the first */
    put_u32(serial, serial_after(get_u32(serial), run->u->conf->options->serial_update_method,
                                 run->u->now_s));
    r = zone_edit_delete(run->e, run->origin, TYPE_SOA, old, len);
    if (r == RES_OK)
        r = zone_edit_add(run->e, run->origin, TYPE_SOA, ttl, new, len);
    return r == RES_OK ? RCODE_NOERROR : update_edit_failed(run, "raising the serial", r);
}

/* check-mx: an MX that names an address leads nowhere. */
static unsigned check_mx_address(const struct update_run *run, const char *owner,
                                 const uint8_t *target)
{
    enum check_severity severity = run->u->conf->options->check_mx;
    char text[NAME_TEXT_MAX];
    size_t len = name_to_text(target, text, NAME_OMIT_FINAL_DOT);

    if (severity == CHECK_IGNORE || !hostname_is_address(text, len))
        return RCODE_NOERROR;
    update_log(run->u, LVL_WARNING, "%s/MX: %s'%s': %s", owner,
               severity == CHECK_FAIL ? "" : "warning: ", text, result_text(RES_MXISADDRESS));
    return severity == CHECK_FAIL ? RCODE_REFUSED : RCODE_NOERROR;
}

/* An added MX must lead to an address; BIND asks that of updates more strictly than of zone
 * files. */
static unsigned check_mx(struct update_run *run, const struct diff_record *r)
{
    const struct zone_check k = check_of(run);
    char owner[NAME_TEXT_MAX];
    unsigned rcode;

    name_to_text(r->owner, owner, NAME_OMIT_FINAL_DOT);
    rcode = check_mx_address(run, owner, r->rdata + 2);
    if (rcode != RCODE_NOERROR || !k.opt->check_integrity)
        return rcode;
    return zone_check_mx(zone_edit_contents(run->e), &k, r->owner, r->rdata + 2) == RES_OK
               ? RCODE_NOERROR
               : RCODE_REFUSED;
}

static unsigned check_added_mx(struct update_run *run)
{
    const struct diff *d = zone_edit_diff(run->e);
    unsigned rcode = RCODE_NOERROR;

    for (size_t i = 0; i < d->count && rcode == RCODE_NOERROR; i++)
        if (d->records[i].add && d->records[i].type == TYPE_MX)
            rcode = check_mx(run, &d->records[i]);
    return rcode;
}

/* Names where a DS may have lost the delegation it belongs to, or never had one. */
static bool may_orphan_ds(const struct diff_record *r)
{
    return r->add ? r->type == TYPE_DS : r->type == TYPE_NS;
}

/* Their removal changes the diff, so it is done for a list. */
static unsigned remove_orphaned_ds(struct update_run *run)
{
    const struct diff *d = zone_edit_diff(run->e);
    unsigned rcode = RCODE_NOERROR;
    struct diff orphans;

    diff_init(&orphans);
    for (size_t i = 0; rcode == RCODE_NOERROR && i < d->count; i++) {
        const struct diff_record *r = &d->records[i];
        enum result result = RES_OK;

        if (may_orphan_ds(r) && update_find(run, r->owner, TYPE_NS) == NULL)
            result = diff_append(&orphans, r);
        if (result != RES_OK)
            rcode = update_edit_failed(run, "looking for DS records", result);
    }
    for (size_t i = 0; rcode == RCODE_NOERROR && i < orphans.count; i++)
        rcode = update_delete_rrset(run, orphans.records[i].owner, TYPE_DS);
    diff_free(&orphans);
    return rcode;
}

static bool changes_keys(const struct update_run *run, bool *had_key)
{
    const struct diff *d = zone_edit_diff(run->e);
    bool changes = false;

    for (size_t i = 0; i < d->count; i++)
        if (d->records[i].type == TYPE_DNSKEY && name_equal(d->records[i].owner, run->origin)) {
            changes = true;
            *had_key |= !d->records[i].add;
        }
    return changes;
}

/* A signed zone cannot be changed without its private keys: nobody could believe it. */
static unsigned check_signing(struct update_run *run)
{
    bool has_key = update_find(run, run->origin, TYPE_DNSKEY) != NULL, had_key = false;
    bool changes = changes_keys(run, &had_key);
    bool chain = update_find(run, run->origin, TYPE_NSEC) != NULL ||
                 update_find(run, run->origin, TYPE_NSEC3PARAM) != NULL;

    if (had_key && !has_key) {
        update_log(run->u, LVL_INFO, "update rejected: all DNSKEY records removed and "
                                     "'dnssec-secure-to-insecure' not set");
        return RCODE_REFUSED;
    }
    if (!has_key || (!chain && !changes))
        return RCODE_NOERROR;
    update_log(run->u, LVL_ERROR,
               "found no active private keys, unable to generate any signatures");
    update_log(run->u, LVL_ERROR, "RRSIG/NSEC/NSEC3 update failed: not found");
    return RCODE_SERVFAIL;
}

static unsigned check_max_records(const struct update_run *run)
{
    uint32_t max = run->u->conf->options->max_records;
    uint32_t count = zone_edit_contents(run->e)->nrecords;

    if (max == 0 || count <= max)
        return RCODE_NOERROR;
    update_log(run->u, LVL_ERROR, "records in zone (%u) exceeds max-records (%u)", count, max);
    return RCODE_SERVFAIL;
}

unsigned update_complete(struct update_run *run)
{
    static unsigned (*const steps[])(struct update_run * run) = {
        check_apex_ns, raise_serial, check_added_mx, remove_orphaned_ds, check_signing};
    unsigned rcode = RCODE_NOERROR;

    for (size_t i = 0; rcode == RCODE_NOERROR && i < sizeof steps / sizeof *steps; i++)
        rcode = steps[i](run);
    return rcode == RCODE_NOERROR ? check_max_records(run) : rcode;
}
