/* The prerequisite section (RFC 2136 §2.4, §3.2). */
#include <stdlib.h>

#include "dns/diff.h"
#include "update/internal.h"

static unsigned name_in_use(const struct update_run *run, bool wanted)
{
    const uint8_t *owner = run->rr.owner.wire;
    const struct znode *n = update_node(run, owner);
    bool exists = n != NULL && n->nrrsets > 0;

    if (exists == wanted)
        return RCODE_NOERROR;
    if (wanted)
        return update_fail(run->u, RCODE_NXDOMAIN, owner, TYPE_NONE,
                           "'name in use' prerequisite not satisfied");
    return update_fail(run->u, RCODE_YXDOMAIN, owner, TYPE_NONE,
                       "'name not in use' prerequisite not satisfied");
}

static unsigned rrset_exists(const struct update_run *run, bool wanted)
{
    const struct update_rr *rr = &run->rr;
    bool exists = update_find(run, rr->owner.wire, rr->type) != NULL;

    if (exists == wanted)
        return RCODE_NOERROR;
    if (wanted)
        return update_fail(run->u, RCODE_NXRRSET, rr->owner.wire, rr->type,
                           "'rrset exists (value independent)' prerequisite not satisfied");
    return update_fail(run->u, RCODE_YXRRSET, rr->owner.wire, rr->type,
                       "'rrset does not exist' prerequisite not satisfied");
}

/* Notes a record of an RRset that must be as the message has it. */
static unsigned note_value(const struct update_run *run, struct diff *values)
{
    const struct update_rr *rr = &run->rr;
    const struct diff_record r = {.owner = rr->owner.wire,
                                  .owner_len = rr->owner.len,
                                  .type = rr->type,
                                  .rdata = rr->rdata,
                                  .rdlen = rr->rdlen,
                                  .add = true};
    enum result result = diff_append(values, &r);

    return result == RES_OK ? RCODE_NOERROR
                            : update_edit_failed(run, "collecting prerequisites", result);
}

static unsigned check_one(struct update_run *run, struct diff *values)
{
    const struct update_rr *rr = &run->rr;

    if (rr->ttl != 0)
        return update_fail(run->u, RCODE_FORMERR, NULL, TYPE_NONE,
                           "prerequisite TTL is not zero");
    if (!name_is_below(rr->owner.wire, run->origin, NULL))
        return update_fail(run->u, RCODE_NOTZONE, rr->owner.wire, TYPE_NONE,
                           "prerequisite name is out of zone");
    if (rr->rrclass == CLASS_ANY || rr->rrclass == CLASS_NONE) {
        bool wanted = rr->rrclass == CLASS_ANY;

        return rr->type == TYPE_ANY ? name_in_use(run, wanted) : rrset_exists(run, wanted);
    }
    if (rr->rrclass == run->rrclass)
        return note_value(run, values);
    return update_fail(run->u, RCODE_FORMERR, NULL, TYPE_NONE, "malformed prerequisite");
}

/* By owner, type and RDATA. */
static int compare_values(const void *x, const void *y)
{
    const struct diff_record *a = x, *b = y;
    int d = name_compare(a->owner, b->owner);

    if (d == 0)
        d = (a->type > b->type) - (a->type < b->type);
    return d != 0 ? d : rdata_compare(a->type, a->rdata, a->rdlen, b->rdata, b->rdlen);
}

static size_t same_rrset(const struct diff_record *r, size_t count)
{
    size_t n = 1;

    while (n < count && r[n].type == r->type && name_equal(r[n].owner, r->owner))
        n++;
    return n;
}

/* The zone's RRset is in the same order. */
static bool rrset_equals(const struct zrrset *s, const struct diff_record *r, size_t count)
{
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    if (s == NULL || s->count != count)
        return false;
    for (size_t i = 0; i < count; i++, rr = rr_next(rr))
        if (rdata_compare(s->type, rr + 2, rr_len(rr), r[i].rdata, r[i].rdlen) != 0)
            return false;
    return true;
}

static unsigned check_values(const struct update_run *run, struct diff *values)
{
    const struct diff_record *r = values->records;
    size_t n;

    if (values->count > 0)
        qsort(values->records, values->count, sizeof *r, compare_values);
    for (size_t i = 0; i < values->count; i += n) {
        n = same_rrset(&r[i], values->count - i);
        if (!rrset_equals(update_find(run, r[i].owner, r[i].type), &r[i], n))
            return update_fail(run->u, RCODE_NXRRSET, r[i].owner, r[i].type,
                               "'RRset exists (value dependent)' prerequisite not satisfied");
    }
    return RCODE_NOERROR;
}

unsigned update_prerequisites(struct update_run *run)
{
    unsigned rcode = RCODE_NOERROR;
    struct diff values;

    diff_init(&values);
    update_section_begin(run, SECTION_PREREQUISITE);
    while (rcode == RCODE_NOERROR && update_section_next(run))
        rcode = check_one(run, &values);
    if (rcode == RCODE_NOERROR)
        rcode = check_values(run, &values);
    diff_free(&values);
    return rcode;
}
