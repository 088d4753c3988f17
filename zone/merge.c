#include "zone/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dns/rdata.h"

enum { FIRST_ROOM = 256 };

/* The RRs of a type, or the signatures over one. */
struct rrs {
    const uint8_t *data;
    uint32_t count, ttl;
};

static uint16_t covered(uint16_t type, const uint8_t *rdata, uint16_t rdlen)
{
    return type == TYPE_RRSIG && rdlen >= 2 ? get_u16(rdata) : 0;
}

static struct rrs rrs_find(const struct contents *c, const struct znode *n, uint16_t type,
                           uint16_t covers)
{
    if (n == NULL)
        return (struct rrs){0};
    NODE_FOR_EACH_RRSET(c, n, s) {
        const struct zsigs *g = rrset_sigs(s);

        if (type == TYPE_RRSIG && s->type == covers && g != NULL)
            return (struct rrs){sigs_data(g), g->count, g->ttl};
        if (type != TYPE_RRSIG && s->type == type)
            return (struct rrs){rrset_data(s), s->count, s->ttl};
    }
    return (struct rrs){0};
}

static int64_t rrs_ttl_of(const struct rrs *x, uint16_t type, const uint8_t *rdata, uint16_t rdlen)
{
    const uint8_t *at = x->data;

    for (uint32_t i = 0; i < x->count; i++, at = rr_next(at))
        if (rdata_compare(type, at + 2, rr_len(at), rdata, rdlen) == 0)
            return x->ttl;
    return MERGE_ABSENT;
}

/* --- what the journal mentions --- */

static uint64_t record_hash(const struct journal_record *r)
{
    uint64_t h = hash_folded(r->type, r->owner, r->owner_len);

    return hash_folded(h, r->rdata, r->rdlen);      /* equal RDATA differ at most in case */
}

static bool same_record(const struct merge_record *a, const struct journal_record *b)
{
    return a->type == b->type && a->rdlen == b->rdlen && a->owner_len == b->owner_len &&
           name_equal(a->owner, b->owner) &&
           rdata_compare(a->type, a->rdata, a->rdlen, b->rdata, b->rdlen) == 0;
}

static uint64_t hash_of(const struct merge_record *m)
{
    const struct journal_record r = {.owner = m->owner, .owner_len = m->owner_len,
                                     .rdata = m->rdata, .rdlen = m->rdlen, .type = m->type};

    return record_hash(&r);
}

static void link_record(struct merge *m, uint32_t i)
{
    uint32_t *head = &m->heads[hash_of(&m->records[i]) & (m->nheads - 1)];

    m->records[i].next = *head;
    *head = i;
}

static enum result grow(struct merge *m)
{
    uint32_t room = m->room > 0 ? m->room * 2 : FIRST_ROOM;
    struct merge_record *records;
    uint32_t *heads;

    if (room > UINT32_MAX / 2)
        return RES_RANGE;
    if ((records = realloc(m->records, (size_t)room * sizeof *records)) == NULL)
        return RES_NOMEM;
    m->records = records;
    if ((heads = calloc(room, sizeof *heads)) == NULL)
        return RES_NOMEM;
    free(m->heads);
    m->heads = heads;
    m->nheads = m->room = room;
    for (uint32_t i = 1; i <= m->count; i++)
        link_record(m, i);
    return RES_OK;
}

static struct merge_record *find_record(const struct merge *m, const struct journal_record *r)
{
    uint32_t i = m->nheads > 0 ? m->heads[record_hash(r) & (m->nheads - 1)] : 0;

    while (i != 0 && !same_record(&m->records[i], r))
        i = m->records[i].next;
    return i != 0 ? &m->records[i] : NULL;
}

static int64_t value_after(const struct journal_record *r)
{
    return r->add ? (int64_t)r->ttl : MERGE_ABSENT;
}

/* A record that is deleted when it is first heard of was there from the begin. */
static enum result note_record(struct merge *m, const struct journal_record *r)
{
    struct merge_record *own = find_record(m, r);
    enum result e;

    if (own != NULL) {
        own->last = value_after(r);
        return RES_OK;
    }
    if (m->count + 1 >= m->room && (e = grow(m)) != RES_OK)
        return e;
    own = &m->records[++m->count];
    *own = (struct merge_record){.owner = region_copy(m->memory, r->owner, r->owner_len),
                                 .rdata = region_copy(m->memory, r->rdata, r->rdlen),
                                 .first = r->add ? MERGE_ABSENT : (int64_t)r->ttl,
                                 .last = value_after(r),
                                 .type = r->type,
                                 .rdlen = r->rdlen,
                                 .rrclass = r->rrclass,
                                 .owner_len = r->owner_len};
    if (region_failed(m->memory)) {
        m->count--;
        return RES_NOMEM;
    }
    link_record(m, m->count);
    return RES_OK;
}

static enum result note_soa(struct merge *m, const struct journal_record *r, struct merge_soa *out)
{
    *out = (struct merge_soa){region_copy(m->memory, r->rdata, r->rdlen), r->ttl, r->rdlen};
    return region_failed(m->memory) ? RES_NOMEM : RES_OK;
}

/* --- the version that was edited --- */

static enum result walk_from_first(struct journal *j)
{
    return journal_seek(j, journal_first_serial(j));
}

static enum result read_records(struct merge *m, struct journal *j)
{
    struct journal_record r;
    enum result e = walk_from_first(j);

    while (e == RES_OK && (e = journal_next(j, &r)) == RES_OK)
        if (r.type != TYPE_SOA)
            e = note_record(m, &r);
    return e == RES_NOMORE ? RES_OK : e;
}

static void compare_with_file(struct merge *m)
{
    m->differ = 0;
    for (uint32_t i = 1; i <= m->count; i++) {
        struct merge_record *r = &m->records[i];
        struct rrs x = rrs_find(m->file, contents_find_name(m->file, r->owner), r->type,
                                covered(r->type, r->rdata, r->rdlen));

        r->now = r->base = r->first;
        r->file = rrs_ttl_of(&x, r->type, r->rdata, r->rdlen);
        m->differ += r->now != r->file;
    }
}

/* Steps `now` over a record; how many more (or fewer) differ from the file by it. */
static int step_record(struct merge *m, const struct journal_record *r)
{
    struct merge_record *own = find_record(m, r);
    int before;

    if (own == NULL)
        return 0;
    before = own->now != own->file;
    own->now = value_after(r);
    return (own->now != own->file) - before;
}

/* Walks all versions; the first of those that agree best is the base. */
static enum result find_base(struct merge *m, struct journal *j)
{
    uint64_t differ = m->differ;
    struct journal_record r;
    bool found = false;
    enum result e = walk_from_first(j);

    while (e == RES_OK && (e = journal_next(j, &r)) == RES_OK) {
        if (r.type != TYPE_SOA) {
            differ = (uint64_t)((int64_t)differ + step_record(m, &r));
        } else if (r.add) {
            e = note_soa(m, &r, &m->last_soa);
        } else if (!found || differ < m->differ) {
            found = true;
            m->differ = differ;
            m->base_serial = journal_transaction(j)->from;
            e = note_soa(m, &r, &m->base_soa);
        }
    }
    if (e == RES_NOMORE && found && differ < m->differ) {
        m->differ = differ;
        m->base_serial = journal_last_serial(j);
        m->base_soa = m->last_soa;
    }
    return e == RES_NOMORE ? RES_OK : e;
}

static enum result set_base(struct merge *m, struct journal *j)
{
    struct journal_record r;
    enum result e = walk_from_first(j);

    while (e == RES_OK && (e = journal_next(j, &r)) == RES_OK) {
        struct merge_record *own = find_record(m, &r);

        if (journal_transaction(j)->from == m->base_serial)
            break;
        if (own != NULL)
            own->base = value_after(&r);
    }
    return e == RES_NOMORE ? RES_OK : e;
}

static int compare_sets(const struct merge_record *a, const struct merge_record *b)
{
    int d = name_compare(a->owner, b->owner);

    if (d == 0)
        d = (int)a->type - (int)b->type;
    if (d == 0)
        d = (int)covered(a->type, a->rdata, a->rdlen) - (int)covered(b->type, b->rdata, b->rdlen);
    return d;
}

static int compare_records(const void *x, const void *y)
{
    const struct merge_record *a = x, *b = y;
    int d = compare_sets(a, b);

    return d != 0 ? d : rdata_compare(a->type, a->rdata, a->rdlen, b->rdata, b->rdlen);
}

enum result merge_read(struct merge *m, struct journal *j, const struct contents *file)
{
    enum result r;

    *m = (struct merge){.file = file, .memory = region_new()};
    if (m->memory == NULL)
        return RES_NOMEM;
    if ((r = read_records(m, j)) != RES_OK)
        return r;
    compare_with_file(m);
    if ((r = find_base(m, j)) != RES_OK || (r = set_base(m, j)) != RES_OK)
        return r;
    free(m->heads);             /* the sort moves what it points to */
    m->heads = NULL;
    m->nheads = 0;
    if (m->count > 1)
        qsort(m->records + 1, m->count, sizeof *m->records, compare_records);
    return RES_OK;
}

void merge_free(struct merge *m)
{
    region_free(m->memory);
    free(m->records);
    free(m->heads);
    *m = (struct merge){0};
}

/* --- verdicts --- */

/* RRs that the file has of the set and that the journal never mentions. */
static uint32_t unknown_in_file(const struct merge *m, const struct merge_set *s)
{
    const struct merge_record *r = &m->records[s->first];
    struct rrs x = rrs_find(m->file, contents_find_name(m->file, r->owner), r->type,
                            covered(r->type, r->rdata, r->rdlen));
    uint32_t known = 0;

    for (uint32_t i = s->first; i < s->last; i++)
        known += m->records[i].file != MERGE_ABSENT;
    return x.count - known;
}

static bool set_remains(const struct merge *m, const struct merge_set *s)
{
    for (uint32_t i = s->first; i < s->last; i++)
        if (m->records[i].last != MERGE_ABSENT)
            return true;
    return false;
}

static bool may_stand_beside_cname(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_KEY;
}

/* The end of the set that begins at `first`. */
static uint32_t set_end(const struct merge *m, uint32_t first)
{
    uint32_t last = first + 1;

    while (last <= m->count && compare_sets(&m->records[first], &m->records[last]) == 0)
        last++;
    return last;
}

/* Does the file have data of `type` at the name that the journal leaves there? */
static bool file_keeps(const struct merge *m, const uint8_t *owner, const struct zrrset *s)
{
    const uint8_t *at = rrset_data(s);

    for (uint32_t i = 0; i < s->count; i++, at = rr_next(at)) {
        const struct journal_record r = {.owner = owner, .rdata = at + 2, .type = s->type,
                                         .owner_len = (uint8_t)name_length(owner),
                                         .rdlen = rr_len(at)};
        const struct merge_record key = {.owner = owner, .rdata = r.rdata, .type = r.type,
                                         .owner_len = r.owner_len, .rdlen = r.rdlen};
        const struct merge_record *known =
            m->count > 0 ? bsearch(&key, m->records + 1, m->count, sizeof key, compare_records)
                         : NULL;

        if (known == NULL || known->last != MERGE_ABSENT)
            return true;
    }
    return false;
}

/* A CNAME stands alone (RFC 2181 §10.1), a singleton once. */
static bool cannot_stand(const struct merge *m, const struct merge_set *set)
{
    const struct merge_record *r = &m->records[set->first];
    const struct znode *n = contents_find_name(m->file, r->owner);

    if (!set_remains(m, set))
        return false;
    if (rdata_flags(r->type) & RRT_SINGLETON && unknown_in_file(m, set) > 0)
        return true;
    if (n == NULL || (may_stand_beside_cname(r->type) && r->type != TYPE_CNAME))
        return false;
    NODE_FOR_EACH_RRSET(m->file, n, s)
        if (s->type != r->type && s->count > 0 &&
            (r->type == TYPE_CNAME ? !may_stand_beside_cname(s->type) : s->type == TYPE_CNAME) &&
            file_keeps(m, r->owner, s))
            return true;
    return false;
}

struct merge_set merge_judge(const struct merge *m, uint32_t first)
{
    struct merge_set s = {.first = first, .last = set_end(m, first)};
    bool edited = false, done = true;

    for (uint32_t i = s.first; i < s.last; i++) {
        const struct merge_record *r = &m->records[i];

        s.journal_changed = s.journal_changed || r->last != r->base;
        edited = edited || r->file != r->base;
        done = done && r->file == r->last;
    }
    if (!s.journal_changed || done)
        return s;
    s.cannot_stand = cannot_stand(m, &s);
    s.verdict = edited || s.cannot_stand ? MERGE_CONFLICT : MERGE_APPLY;
    return s;
}

/* --- changes --- */

static enum result change(struct diff *d, const struct merge_record *r, int64_t ttl, bool add)
{
    const struct diff_record c = {.owner = r->owner, .owner_len = r->owner_len,
                                  .rdata = r->rdata, .rdlen = r->rdlen, .type = r->type,
                                  .ttl = (uint32_t)ttl, .add = add};

    return diff_append(d, &c);
}

/* Takes what the file has of a type at a name, but for what the set itself mentions. */
static enum result take_away(const struct merge *m, const struct merge_set *set,
                             const struct zrrset *s, struct diff *d)
{
    const struct merge_record *r = &m->records[set->first];
    const uint8_t *at = rrset_data(s);
    enum result e = RES_OK;

    for (uint32_t i = 0; e == RES_OK && i < s->count; i++, at = rr_next(at)) {
        const struct merge_record key = {.owner = r->owner, .owner_len = r->owner_len,
                                         .rdata = at + 2, .rdlen = rr_len(at), .type = s->type};

        if (bsearch(&key, m->records + 1, m->count, sizeof key, compare_records) == NULL)
            e = change(d, &key, s->ttl, false);
    }
    return e;
}

static enum result make_room(const struct merge *m, const struct merge_set *set, struct diff *d)
{
    const struct merge_record *r = &m->records[set->first];
    const struct znode *n = contents_find_name(m->file, r->owner);
    enum result e = RES_OK;

    if (n == NULL)
        return RES_OK;
    NODE_FOR_EACH_RRSET(m->file, n, s) {
        bool same = s->type == r->type && rdata_flags(r->type) & RRT_SINGLETON;
        bool beside = r->type == TYPE_CNAME ? !may_stand_beside_cname(s->type)
                                            : s->type == TYPE_CNAME;

        if (e == RES_OK && (same || beside))
            e = take_away(m, set, s, d);
    }
    return e;
}

/* RRs of one RRset have one TTL: the journal's, where it has any left in it. */
static enum result level_ttl(const struct merge *m, const struct merge_set *set, int64_t ttl,
                             struct diff *d)
{
    const struct merge_record *r = &m->records[set->first];
    struct rrs x = rrs_find(m->file, contents_find_name(m->file, r->owner), r->type,
                            covered(r->type, r->rdata, r->rdlen));
    enum result e = RES_OK;

    for (uint32_t i = 0; e == RES_OK && i < x.count && x.ttl != ttl;
         i++, x.data = rr_next(x.data)) {
        const struct merge_record key = {.owner = r->owner, .owner_len = r->owner_len,
                                         .rdata = x.data + 2, .rdlen = rr_len(x.data),
                                         .type = r->type};

        if (bsearch(&key, m->records + 1, m->count, sizeof key, compare_records) == NULL &&
            (e = change(d, &key, x.ttl, false)) == RES_OK)
            e = change(d, &key, ttl, true);
    }
    return e;
}

enum result merge_take_journal(const struct merge *m, const struct merge_set *s,
                               struct diff *changes)
{
    int64_t ttl = MERGE_ABSENT;
    enum result e = RES_OK;

    for (uint32_t i = s->first; e == RES_OK && i < s->last; i++) {
        const struct merge_record *r = &m->records[i];

        if (r->last != MERGE_ABSENT)
            ttl = r->last;
        if (r->last == r->file)
            continue;
        if (r->file != MERGE_ABSENT)
            e = change(changes, r, r->file, false);
        if (e == RES_OK && r->last != MERGE_ABSENT)
            e = change(changes, r, r->last, true);
    }
    if (e == RES_OK && s->cannot_stand)
        return make_room(m, s, changes);
    return e == RES_OK && ttl != MERGE_ABSENT ? level_ttl(m, s, ttl, changes) : e;
}
