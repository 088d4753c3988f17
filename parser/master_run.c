/* The records of one owner that stand together: their TTLs agree, and what they may not
 * be together (a CNAME and other data, RFC 1034 §3.6.2) is told as BIND tells it, with
 * the line of the last record. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "dns/rrtype.h"
#include "parser/master_parser.h"

static struct run_type *run_find(struct master_run *run, uint16_t type, uint16_t covers)
{
    for (unsigned i = run->ntypes; i-- > 0;)
        if (run->types[i].type == type && run->types[i].covers == covers)
            return &run->types[i];
    return NULL;
}

static struct run_type *run_append(struct master_run *run)
{
    if (!ARRAY_ROOM(run->types, run->ntypes, run->room))
        return NULL;
    return &run->types[run->ntypes++];
}

static void keep_single(struct master_run *run, uint16_t type, const uint8_t *rdata, size_t len)
{
    if (run->single_type != 0 || len > MASTER_SINGLE_MAX_LEN)
        return;
    run->single_type = type;
    run->single_len = (uint16_t)len;
    memcpy(run->single, rdata, len);
}

static bool single_differs(const struct master_run *run, uint16_t type, const uint8_t *rdata,
                           size_t len)
{
    return run->single_type == type &&
           rdata_compare(type, run->single, run->single_len, rdata, len) != 0;
}

/* A zone has one SOA, wherever a second may stand. */
static bool soa_differs(struct master_run *run, const uint8_t *rdata, size_t len)
{
    if (run->soa_len > 0)
        return rdata_compare(TYPE_SOA, run->soa, run->soa_len, rdata, len) != 0;
    run->soa_len = (uint16_t)len;
    memcpy(run->soa, rdata, len);
    return false;
}

enum result master_run_add(struct master_parser *p, uint16_t type, size_t rdlen, uint64_t line)
{
    struct master_run *run = &p->run;
    uint16_t covers = type == TYPE_RRSIG || type == TYPE_SIG ? get_u16(p->rdata) : 0;
    struct run_type *t = run_find(run, type, covers);

    run->line = line;
    if (t == NULL) {
        if ((t = run_append(run)) == NULL)
            return RES_NOMEM;
        *t = (struct run_type){.type = type, .covers = covers, .ttl = p->ttl};
        t->conflict = type == TYPE_SOA && soa_differs(run, p->rdata, rdlen);
        if (rdata_flags(type) & RRT_SINGLETON)
            keep_single(run, type, p->rdata, rdlen);
        return RES_OK;
    }
    t->conflict |= single_differs(run, type, p->rdata, rdlen);
    if (t->ttl != p->ttl)
        master_tell(p, MASTER_WARNING, NULL, line, "TTL set to prior TTL (%u)", t->ttl);
    p->ttl = t->ttl;
    return RES_OK;
}

/* May stand beside a CNAME (RFC 4034 §3 and §4, RFC 2181 §10.1). */
static bool may_join_cname(uint16_t type)
{
    return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_KEY || type == TYPE_SIG;
}

/* What adding this RRset to the node meets; the state is of those added before. */
static enum result run_type_verdict(const struct run_type *t, bool is_wildcard, bool *cname,
                                    bool *other)
{
    if (is_wildcard && t->type == TYPE_NS)
        return RES_INVALIDNS;
    if (is_wildcard && t->type == TYPE_NSEC3)
        return RES_INVALIDNSEC3;
    if (t->conflict)
        return RES_SINGLETON;
    if (t->type == TYPE_CNAME)
        *cname = true;
    else if (!may_join_cname(t->type))
        *other = true;
    return *cname && *other ? RES_CNAMEANDOTHER : RES_OK;
}

/* Every type of the run, the last one first as BIND adds them. */
static enum result run_check(struct master_parser *p, const uint8_t *owner)
{
    bool cname = false, other = false;
    char text[NAME_TEXT_MAX];
    enum result r;

    for (unsigned i = p->run.ntypes; i-- > 0;) {
        r = run_type_verdict(&p->run.types[i], name_is_wildcard(owner), &cname, &other);
        if (r == RES_OK)
            continue;
        name_to_text(owner, text, NAME_OMIT_FINAL_DOT);
        master_tell(p, MASTER_ERROR, "dns_master_load", p->run.line, "%s: %s", text,
                    result_text(r));
        if ((r = master_fail(p, r)) != RES_OK)
            return r;
    }
    return RES_OK;
}

enum result master_run_end(struct master_parser *p, const uint8_t *owner)
{
    enum result r = RES_OK;

    if (p->run.ntypes == 0)
        return RES_OK;
    if (p->run.ntypes > 1 || p->run.types[0].conflict || name_is_wildcard(owner))
        r = run_check(p, owner);
    p->run.ntypes = 0;
    p->run.single_type = 0;
    return r;
}
