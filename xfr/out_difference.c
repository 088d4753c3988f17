#include "xfr/out_difference.h"

#include <stdlib.h>
#include <string.h>

#include "dns/serial.h"
#include "xfr/condense.h"

enum {
    /* More than this is sent as it stands: a net difference is made at once. */
    CONDENSE_MOST = 16 * 1024 * 1024,
    SOA_RDATA_MAX = 2 * NAME_MAX_LEN + 20
};

enum phase { PHASE_FIRST_SOA, PHASE_RECORDS, PHASE_LAST_SOA, PHASE_END };

struct difference_source {
    struct xfrout_source source;
    struct journal *journal;        /* NULL: the difference is in `net` */
    struct diff net;
    size_t at;                      /* in net */
    uint32_t to;
    enum phase phase;
    bool reached;                   /* the transaction at hand leads to `to` */
    struct name owner_name, origin;
    struct hashed_name owner;
    uint32_t soa_ttl;
    uint16_t soa_len;
    uint8_t soa[SOA_RDATA_MAX];     /* of the version that it leads to */
};

/* The owner's name is kept here: what it stands in may go with the next record. */
static void set_owner(struct difference_source *s, struct xfrout_record *out,
                      const uint8_t *owner, size_t len)
{
    out->owner_again = s->owner.wire != NULL && len == s->owner_name.len &&
                       memcmp(owner, s->owner_name.wire, len) == 0;
    out->owner = &s->owner;
    if (out->owner_again)
        return;
    s->owner_name.len = (uint8_t)len;
    memcpy(s->owner_name.wire, owner, len);
    hashed_name_set(&s->owner, s->owner_name.wire);
}

static enum result give_soa(struct difference_source *s, struct xfrout_record *out)
{
    set_owner(s, out, s->origin.wire, s->origin.len);
    out->type = TYPE_SOA;
    out->ttl = s->soa_ttl;
    out->rdata = s->soa;
    out->rdlen = s->soa_len;
    s->phase++;
    return RES_OK;
}

static enum result next_of_net(struct difference_source *s, struct xfrout_record *out)
{
    const struct diff_record *r;

    if (s->at == s->net.count)
        return RES_NOMORE;
    r = &s->net.records[s->at++];
    set_owner(s, out, r->owner, r->owner_len);
    out->type = r->type;
    out->ttl = r->ttl;
    out->rdata = r->rdata;
    out->rdlen = r->rdlen;
    return RES_OK;
}

/* The journal may hold more by now than the version that is sent. */
static enum result next_of_journal(struct difference_source *s, struct xfrout_record *out)
{
    struct journal_record r;
    enum result e = journal_next(s->journal, &r);

    if (e == RES_NOMORE || (e == RES_OK && r.first_of_transaction && s->reached))
        return s->reached ? RES_NOMORE : RES_UNEXPECTEDEND;
    if (e != RES_OK)
        return e;
    s->reached = journal_transaction(s->journal)->to == s->to;
    set_owner(s, out, r.owner, r.owner_len);
    out->type = r.type;
    out->ttl = r.ttl;
    out->rdata = r.rdata;
    out->rdlen = r.rdlen;
    return RES_OK;
}

static enum result difference_next(struct xfrout_source *source, struct xfrout_record *out)
{
    struct difference_source *s = (struct difference_source *)source;
    enum result r;

    if (s->phase == PHASE_FIRST_SOA)
        return give_soa(s, out);
    if (s->phase == PHASE_RECORDS) {
        r = s->journal != NULL ? next_of_journal(s, out) : next_of_net(s, out);
        if (r != RES_NOMORE)
            return r;
        s->phase = PHASE_LAST_SOA;
    }
    return s->phase == PHASE_LAST_SOA ? give_soa(s, out) : RES_NOMORE;
}

static void difference_end(struct xfrout_source *source)
{
    struct difference_source *s = (struct difference_source *)source;

    journal_close(s->journal);
    diff_free(&s->net);
    free(s);
}

static void set_soa(struct difference_source *s, const struct contents *c)
{
    const struct zrrset *soa = node_rrset(c, contents_apex(c), TYPE_SOA);

    name_copy(&s->origin, c->origin);
    s->to = c->serial;
    s->soa_ttl = soa->ttl;
    s->soa_len = rr_len(rrset_data(soa));
    memcpy(s->soa, rrset_data(soa) + 2, s->soa_len);
}

/* Both versions stand in the journal, the client's first. */
static enum result find_versions(struct journal *j, uint32_t from, uint32_t to, uint64_t *size)
{
    uint64_t behind;
    enum result r = journal_size_from(j, to, &behind);

    if (r != RES_OK || (r = journal_size_from(j, from, size)) != RES_OK)
        return r;
    *size -= behind;
    return journal_seek(j, from);
}

/* Puts the net difference in place of the transactions when it is the smaller one. */
static enum result try_condensed(struct difference_source *s, uint32_t from, uint64_t *size)
{
    uint64_t net_size = 0;
    enum result r;

    if (*size > CONDENSE_MOST)
        return RES_OK;
    r = condense(s->journal, s->to, &s->net, &net_size);
    if (r == RES_OK) {
        *size = net_size;
        journal_close(s->journal);
        s->journal = NULL;
        return RES_OK;
    }
    diff_free(&s->net);
    return r == RES_UNCHANGED ? journal_seek(s->journal, from) : r;
}

enum result xfrout_difference_source(const char *path, const struct journal_report *report,
                                     uint32_t from, const struct contents *c, uint64_t *size,
                                     struct xfrout_source **out)
{
    struct difference_source *s = calloc(1, sizeof *s);
    enum result r;

    if (s == NULL)
        return RES_NOMEM;
    s->source = (struct xfrout_source){.next = difference_next, .end = difference_end};
    diff_init(&s->net);
    set_soa(s, c);
    r = journal_open(path, JOURNAL_READ, report, &s->journal);
    if (r == RES_OK)
        r = find_versions(s->journal, from, s->to, size);
    if (r == RES_OK)
        r = try_condensed(s, from, size);
    if (r == RES_OK)
        *out = &s->source;
    else
        difference_end(&s->source);
    return r;
}
