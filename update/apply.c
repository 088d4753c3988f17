/* The update section carried out (RFC 2136 §3.4.2): what makes no sense is ignored with a
 * line in the log, as the RFC and BIND have it. */
#include <stdio.h>
#include <string.h>

#include "dns/hostname.h"
#include "dns/serial.h"
#include "update/internal.h"

/* BIND's working records of a signer (sig-signing-type). */
enum { TYPE_SIGNING = 65534, NSEC3_OPT_OUT = 1 };

static bool at_apex(const struct update_run *run)
{
    return name_equal(run->rr.owner.wire, run->origin);
}

static bool ignore(const struct update_run *run, const char *what)
{
    update_log(run->u, LVL_INFO, "%s", what);
    return true;
}

/* Types that may stand beside a CNAME (RFC 4034 §2.5, RFC 3007 §3.1.1). */
static bool bears_cname(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_KEY || type == TYPE_SIG || type == TYPE_NXT ||
           type == TYPE_RRSIG || type == TYPE_NSEC;
}

static bool has_other_than_cname(const struct update_run *run)
{
    const struct znode *n = update_node(run, run->rr.owner.wire);

    if (n == NULL)
        return false;
    NODE_FOR_EACH_RRSET(zone_edit_contents(run->e), n, s) {
        if (s->count > 0 && !bears_cname(s->type))
            return true;
    }
    return false;
}

static bool ignores_cname(const struct update_run *run)
{
    const struct update_rr *rr = &run->rr;

    if (rr->type == TYPE_CNAME && has_other_than_cname(run))
        return ignore(run, "attempt to add CNAME alongside non-CNAME ignored");
    if (!bears_cname(rr->type) && update_find(run, rr->owner.wire, TYPE_CNAME) != NULL)
        return ignore(run, "attempt to add non-CNAME alongside CNAME ignored");
    return false;
}

static uint32_t soa_serial(const uint8_t *rdata)
{
    const uint8_t *rname = rdata + name_length(rdata);

    return get_u32(rname + name_length(rname));
}

/* Only the apex has an SOA, and its serial only rises (RFC 1982). */
static bool ignores_soa(const struct update_run *run)
{
    const struct zrrset *s = update_find(run, run->rr.owner.wire, TYPE_SOA);
    uint32_t serial;

    if (run->rr.type != TYPE_SOA)
        return false;
    if (s == NULL)
        return ignore(run, "attempt to create 2nd SOA ignored");
    serial = soa_serial(run->rr.rdata);
    if (serial == 0 || !serial_gt(serial, soa_serial(rrset_data(s) + 2)))
        return ignore(run, "SOA update failed to increment serial, ignoring it");
    return false;
}

static bool ignores_type(const struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    bool wild = name_is_wildcard(rr->owner.wire);

    switch (rr->type) {
    case TYPE_MD:
        return ignore(run, "attempt to add MD ignored");
    case TYPE_MF:
        return ignore(run, "attempt to add MF ignored");
    case TYPE_NS:
        return wild && ignore(run, "attempt to add wildcard NS record ignored");
    case TYPE_DNAME:
        return wild && ignore(run, "attempt to add wildcard DNAME record ignored");
    case TYPE_DS:
        return at_apex(run) && ignore(run, "attempt to add a DS record at zone apex ignored");
    case TYPE_SIGNING:
        return ignore(run, "attempt to add a private type (65534) record rejected internal use "
                           "only");
    case TYPE_NSEC3PARAM:
        if ((rr->rdata[1] & ~NSEC3_OPT_OUT) != 0)
            return ignore(run, "attempt to add NSEC3PARAM record with non OPTOUT flag");
        /* BIND would begin to make a chain; who signs elsewhere loads the zone anew */
        return at_apex(run) &&
               ignore(run, "attempt to add NSEC3PARAM record ignored: the zone is not signed here");
    default:
        return false;
    }
}

static void adjust(struct update_run *run)
{
    const struct zone_options *o = run->u->conf->options;
    char owner[NAME_TEXT_MAX];

    if (o->check_wildcard && hostname_has_inner_wildcard(run->rr.owner.wire)) {
        name_to_text(run->rr.owner.wire, owner, NAME_OMIT_FINAL_DOT);
        update_log(run->u, LVL_WARNING,
                   "warning: ownername '%s' contains a non-terminal wildcard", owner);
    }
    if (o->max_zone_ttl > 0 && run->rr.ttl > o->max_zone_ttl) {
        run->rr.ttl = o->max_zone_ttl;
        update_log(run->u, LVL_INFO, "reducing TTL to the configured max-zone-ttl %u",
                   o->max_zone_ttl);
    }
}

/* A policy's limit for the type: reached means that even what is there already is not added. */
static bool exceeds_policy(const struct update_run *run, uint16_t max)
{
    const struct zrrset *s = update_find(run, run->rr.owner.wire, run->rr.type);

    if (max == 0 || s == NULL || s->count < max)
        return false;
    update_log(run->u, LVL_INFO,
               "attempt to add more records than permitted by policy max=%u", max);
    return true;
}

static void log_add(const struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    const struct rdata_style style = {.origin = NULL};
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], text[2048];
    size_t len;

    if (!log_wants(LOGC_UPDATE, LVL_INFO))
        return;
    name_to_text(rr->owner.wire, owner, NAME_OMIT_FINAL_DOT);
    if (rdata_to_text(rr->type, run->rrclass, rr->rdata, rr->rdlen, &style, text, sizeof text,
                      &len) != RES_OK)
        strcpy(text, "(too long to show)");
    update_log(run->u, LVL_INFO, "adding an RR at '%s' %s %s", owner, rrtype_text(rr->type, type),
               text);
}

static void log_delete(const struct update_run *run, const char *fmt_before, const char *after,
                       bool with_type)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];

    if (!log_wants(LOGC_UPDATE, LVL_INFO))
        return;
    name_to_text(run->rr.owner.wire, owner, NAME_OMIT_FINAL_DOT);
    update_log(run->u, LVL_INFO, "%s%s%s%s%s", fmt_before, owner, after, with_type ? " " : "",
               with_type ? rrtype_text(run->rr.type, type) : "");
}

/* The record that a new one takes the place of: the only one of its type, or the WKS of the
 * same address and protocol (RFC 2136 §1.1.5). */
static bool replaces(const struct update_rr *rr, const uint8_t *old, size_t old_len)
{
    if (rr->type == TYPE_WKS)
        return old_len >= 5 && rr->rdlen >= 5 && memcmp(rr->rdata, old, 5) == 0;
    return (rdata_flags(rr->type) & RRT_SINGLETON) != 0;
}

enum standing { STANDS_NOT, STANDS_SAME, STANDS_OTHERWISE, STANDS_IN_ITS_PLACE };

/* How the record stands in the zone; of one in its place a copy in `old`. */
static enum standing find_standing(const struct update_run *run, const struct zrrset *s,
                                   uint8_t *old, size_t *old_len)
{
    const struct update_rr *rr = &run->rr;
    const uint8_t *p = s != NULL ? rrset_data(s) : NULL;

    for (unsigned i = 0; s != NULL && i < s->count; i++, p = rr_next(p)) {
        if (rdata_compare(rr->type, p + 2, rr_len(p), rr->rdata, rr->rdlen) == 0)
            return s->ttl == rr->ttl ? STANDS_SAME : STANDS_OTHERWISE;
        if (!replaces(rr, p + 2, rr_len(p)))
            continue;
        *old_len = rr_len(p);
        memcpy(old, p + 2, *old_len);
        return STANDS_IN_ITS_PLACE;
    }
    return STANDS_NOT;
}

static unsigned too_many(const struct update_run *run, unsigned max)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], zone[ZONE_TEXT];

    name_to_text(run->rr.owner.wire, owner, NAME_OMIT_FINAL_DOT);
    log_write(LOGC_UPDATE, LVL_ERROR,
              "error updating '%s/%s' in '%s' (zone): too many records (must not exceed %u)",
              owner, rrtype_text(run->rr.type, type), zone_text(run->u->zone, zone), max);
    return update_edit_failed(run, "adding an RR", RES_TOOMANYRECORDS);
}

static unsigned count_types(const struct update_run *run)
{
    const struct znode *n = update_node(run, run->rr.owner.wire);
    unsigned count = 0;

    if (n != NULL)
        NODE_FOR_EACH_RRSET(zone_edit_contents(run->e), n, s)
            count += s->count > 0;
    return count;
}

/* max-records-per-type and max-types-per-name, when one more comes. */
static unsigned check_limits(const struct update_run *run, const struct zrrset *s)
{
    const struct zone_options *o = run->u->conf->options;

    if (s != NULL && o->max_records_per_type > 0 && s->count >= o->max_records_per_type)
        return too_many(run, o->max_records_per_type);
    if (s == NULL && o->max_types_per_name > 0 && count_types(run) >= o->max_types_per_name)
        return too_many(run, o->max_types_per_name);
    return RCODE_NOERROR;
}

static unsigned put(struct update_run *run)
{
    struct update_rr *rr = &run->rr;
    const struct zrrset *s = update_find(run, rr->owner.wire, rr->type);
    uint8_t old[RDATA_MAX_LEN];
    size_t old_len = 0;
    unsigned rcode = RCODE_NOERROR;
    enum result r = RES_OK;

    switch (find_standing(run, s, old, &old_len)) {
    case STANDS_SAME:
        return RCODE_NOERROR;
    case STANDS_NOT:
        rcode = check_limits(run, s);
        break;
    case STANDS_IN_ITS_PLACE:
        r = zone_edit_delete(run->e, rr->owner.wire, rr->type, old, (uint16_t)old_len);
        break;
    case STANDS_OTHERWISE:
        break;
    }
    if (rcode != RCODE_NOERROR)
        return rcode;
    if (r == RES_OK)
        r = zone_edit_add(run->e, rr->owner.wire, rr->type, rr->ttl, rr->rdata, rr->rdlen);
    run->soa_changed |= r == RES_OK && rr->type == TYPE_SOA;
    return r == RES_OK || r == RES_UNCHANGED ? RCODE_NOERROR
                                             : update_edit_failed(run, "adding an RR", r);
}

static unsigned add(struct update_run *run, uint16_t max)
{
    if (ignores_type(run) || ignores_cname(run) || ignores_soa(run))
        return RCODE_NOERROR;
    adjust(run);
    if (exceeds_policy(run, max))
        return RCODE_NOERROR;
    log_add(run);
    return put(run);
}

unsigned update_delete_rrset(struct update_run *run, const uint8_t *owner, uint16_t type)
{
    enum result r = zone_edit_delete_rrset(run->e, owner, type);

    return r == RES_OK || r == RES_UNCHANGED ? RCODE_NOERROR
                                             : update_edit_failed(run, "deleting an rrset", r);
}

/* Of a name everything goes, of the apex all but SOA and NS; what a signer makes stays. */
static bool goes_with_name(bool apex, uint16_t type)
{
    return apex ? type != TYPE_SOA && type != TYPE_NS : type != TYPE_NSEC;
}

static unsigned delete_name(struct update_run *run)
{
    const struct znode *n = update_node(run, run->rr.owner.wire);
    bool apex = at_apex(run);
    uint16_t types[UINT8_MAX];
    unsigned count = 0, rcode = RCODE_NOERROR;

    log_delete(run, "delete all rrsets from name '", "'", false);
    if (n == NULL)
        return RCODE_NOERROR;
    NODE_FOR_EACH_RRSET(zone_edit_contents(run->e), n, s) {
        if (s->count > 0 && goes_with_name(apex, s->type))
            types[count++] = s->type;
    }
    for (unsigned i = 0; i < count && rcode == RCODE_NOERROR; i++)
        rcode = update_delete_rrset(run, run->rr.owner.wire, types[i]);
    return rcode;
}

static unsigned delete_rrset(struct update_run *run)
{
    uint16_t type = run->rr.type;

    if (type == TYPE_ANY)
        return delete_name(run);
    if (at_apex(run) && (type == TYPE_SOA || type == TYPE_NS)) {
        ignore(run, "attempt to delete all SOA or NS records ignored");
        return RCODE_NOERROR;
    }
    log_delete(run, "deleting rrset at '", "'", true);
    return update_delete_rrset(run, run->rr.owner.wire, type);
}

/* RFC 2136 §3.4.2.4: the apex keeps its SOA and an NS. */
static bool keeps_record(const struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    const struct zrrset *s;

    if (!at_apex(run))
        return false;
    if (rr->type == TYPE_SOA)
        return ignore(run, "attempt to delete SOA ignored");
    s = rr->type == TYPE_NS ? update_find(run, rr->owner.wire, TYPE_NS) : NULL;
    return s != NULL && s->count == 1 && ignore(run, "attempt to delete last NS ignored");
}

static unsigned delete_record(struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    enum result r;

    if (keeps_record(run))
        return RCODE_NOERROR;
    log_delete(run, "deleting an RR at ", "", true);
    r = zone_edit_delete(run->e, rr->owner.wire, rr->type, rr->rdata, rr->rdlen);
    return r == RES_OK || r == RES_UNCHANGED ? RCODE_NOERROR
                                             : update_edit_failed(run, "deleting an RR", r);
}

unsigned update_apply(struct update_run *run)
{
    unsigned rcode = RCODE_NOERROR;

    update_section_begin(run, SECTION_UPDATE);
    for (unsigned i = 0; rcode == RCODE_NOERROR && update_section_next(run); i++) {
        if (run->rr.rrclass == run->rrclass)
            rcode = add(run, run->max_by_policy != NULL ? run->max_by_policy[i] : 0);
        else if (run->rr.rrclass == CLASS_ANY)
            rcode = delete_rrset(run);
        else
            rcode = delete_record(run);
    }
    return rcode;
}
