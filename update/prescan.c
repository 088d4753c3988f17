/* The update section looked through before anything is changed (RFC 2136 §3.4.1): form,
 * names that are fit for their types, and permission for each record. */
#include <stdlib.h>

#include "dns/hostname.h"
#include "dns/svcb.h"
#include "update/permission.h"

static unsigned check_names(struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    enum check_severity severity = run->u->conf->options->check_names;
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], bad[NAME_TEXT_MAX];
    const uint8_t *name;
    unsigned field = 0;

    if (severity == CHECK_IGNORE)
        return RCODE_NOERROR;
    name_to_text(rr->owner.wire, owner, NAME_OMIT_FINAL_DOT);
    rrtype_text(rr->type, type);
    if (!hostname_owner_is_good(rr->owner.wire, rr->type))
        zone_log(run->u->zone, LOGC_GENERAL, severity == CHECK_FAIL ? LVL_ERROR : LVL_WARNING,
                 "%s/%s: %s", owner, rrtype_text(rr->type, type), result_text(RES_BADOWNERNAME));
    else if ((name = hostname_bad_target(rr->type, rr->rdata, run->origin, &field)) != NULL)
        zone_log(run->u->zone, LOGC_GENERAL, severity == CHECK_FAIL ? LVL_ERROR : LVL_WARNING,
                 "%s/%s: %.*s: %s", owner, rrtype_text(rr->type, type),
                 (int)name_to_text(name, bad, NAME_OMIT_FINAL_DOT), bad, result_text(RES_BADNAME));
    else
        return RCODE_NOERROR;
    return severity == CHECK_FAIL ? RCODE_REFUSED : RCODE_NOERROR;
}

/* check-svcb: a DNS server's record that no client can use (RFC 9461). */
static unsigned check_svcb(struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    const char *mistake;

    if (rr->type != TYPE_SVCB || !run->u->conf->options->check_svcb)
        return RCODE_NOERROR;
    mistake = svcb_dns_mistake(rr->owner.wire, rr->rdata, rr->rdlen);
    if (mistake == NULL)
        return RCODE_NOERROR;
    return update_fail(run->u, RCODE_REFUSED, rr->owner.wire, rr->type, mistake);
}

/* RFC 2136 §3.4.1.2 and 3. */
static unsigned check_form(struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    bool meta = update_is_meta(rr->type), wrong = meta;
    unsigned rcode;

    if (rr->rrclass == CLASS_ANY) {
        wrong = rr->ttl != 0 || rr->rdlen != 0 || (meta && rr->type != TYPE_ANY);
    } else if (rr->rrclass == CLASS_NONE) {
        wrong = rr->ttl != 0 || meta;
    } else if (rr->rrclass != run->rrclass) {
        update_log(run->u, LVL_WARNING, "update RR has incorrect class %u", rr->rrclass);
        return RCODE_FORMERR;
    }
    if (wrong)
        return update_fail(run->u, RCODE_FORMERR, NULL, TYPE_NONE, "meta-RR in update");
    if (rr->rrclass != run->rrclass)
        return RCODE_NOERROR;
    rcode = check_names(run);
    return rcode == RCODE_NOERROR ? check_svcb(run) : rcode;
}

/* What a signer makes is not for clients to change. */
static unsigned check_dnssec(struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    const char *why;

    if (rr->type == TYPE_NSEC3)
        why = "explicit NSEC3 updates are not allowed in secure zones";
    else if (rr->type == TYPE_NSEC)
        why = "explicit NSEC updates are not allowed in secure zones";
    else if (rr->type == TYPE_RRSIG && !name_equal(rr->owner.wire, run->origin))
        why = "explicit RRSIG updates are currently not supported in secure zones except at the "
              "apex";
    else
        return RCODE_NOERROR;
    return update_fail(run->u, RCODE_REFUSED, NULL, TYPE_NONE, why);
}

/* Of PTR and SRV BIND asks for each record that goes, so for none when there is none. */
static bool deletes_nothing(const struct update_run *run)
{
    const struct update_rr *rr = &run->rr;
    const struct zrrset *s = update_find(run, rr->owner.wire, rr->type);
    const uint8_t *p = s != NULL ? rrset_data(s) : NULL;

    if ((rr->type != TYPE_PTR && rr->type != TYPE_SRV) || rr->rrclass == run->rrclass)
        return false;
    for (unsigned i = 0; s != NULL && i < s->count; i++, p = rr_next(p))
        if (rr->rrclass == CLASS_ANY ||
            rdata_compare(rr->type, p + 2, rr_len(p), rr->rdata, rr->rdlen) == 0)
            return false;
    return true;
}

static unsigned check_policy(struct update_run *run, unsigned index)
{
    const struct update_rr *rr = &run->rr;
    uint16_t max = 0;
    bool allowed;

    if (run->u->conf->options->update_policy == NULL)
        return RCODE_NOERROR;
    if (rr->rrclass == CLASS_ANY && rr->type == TYPE_ANY)
        allowed = permission_allows_all(run, rr->owner.wire);
    else
        allowed = deletes_nothing(run) ||
                  permission_allows(run, rr->owner.wire, rr->type, &max);
    if (!allowed)
        return update_fail(run->u, RCODE_REFUSED, NULL, TYPE_NONE, "rejected by secure update");
    if (max == 0)
        return RCODE_NOERROR;
    if (run->max_by_policy == NULL)
        run->max_by_policy = calloc(run->u->req->count[SECTION_UPDATE], sizeof max);
    if (run->max_by_policy == NULL)
        return update_edit_failed(run, "checking the policy", RES_NOMEM);
    run->max_by_policy[index] = max;
    return RCODE_NOERROR;
}

unsigned update_prescan(struct update_run *run)
{
    unsigned rcode = RCODE_NOERROR;

    update_section_begin(run, SECTION_UPDATE);
    for (unsigned i = 0; rcode == RCODE_NOERROR && update_section_next(run); i++) {
        if (!name_is_below(run->rr.owner.wire, run->origin, NULL))
            return update_fail(run->u, RCODE_NOTZONE, NULL, TYPE_NONE,
                               "update RR is outside zone");
        rcode = check_form(run);
        if (rcode == RCODE_NOERROR)
            rcode = check_dnssec(run);
        if (rcode == RCODE_NOERROR)
            rcode = check_policy(run, i);
    }
    return rcode;
}
