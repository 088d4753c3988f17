#include "xfr/condense.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dns/name.h"
#include "dns/rrtype.h"

enum {
    RR_FIXED = 10,
    CONDENSE_ROOM = 4 * 1024 * 1024     /* bytes of records that are held */
};

/* All records of the transactions, SOAs apart. */
struct story {
    struct diff all;
    struct diff soas;           /* what goes first, and what comes last */
    unsigned transactions;
    size_t bytes;               /* of what is kept */
};

/* The first SOA stays, of the others the last. */
static enum result tell_soa(struct diff *soas, const struct diff_record *r)
{
    struct diff_record *last = soas->count == 2 ? &soas->records[1] : NULL;

    if (last == NULL || last->rdlen != r->rdlen || last->owner_len != r->owner_len) {
        if (last != NULL)
            soas->count = 1;
        return diff_append(soas, r);
    }
    /* Mostly it differs in the serial alone: the copy is ours to change. */
    memcpy((uint8_t *)(uintptr_t)last->owner, r->owner, r->owner_len);
    memcpy((uint8_t *)(uintptr_t)last->rdata, r->rdata, r->rdlen);
    last->ttl = r->ttl;
    last->add = r->add;
    return RES_OK;
}

static enum result tell(struct story *s, const struct journal_record *r)
{
    struct diff_record d = {.owner = r->owner,
                            .rdata = r->rdata,
                            .ttl = r->ttl,
                            .type = r->type,
                            .rdlen = r->rdlen,
                            .owner_len = r->owner_len,
                            .add = r->add};

    s->transactions += r->first_of_transaction;
    s->bytes += r->type == TYPE_SOA ? 0 : sizeof d + r->owner_len + (size_t)r->rdlen;
    if (s->bytes > CONDENSE_ROOM)
        return RES_UNCHANGED;
    return r->type == TYPE_SOA ? tell_soa(&s->soas, &d) : diff_append(&s->all, &d);
}

static enum result read_story(struct journal *j, uint32_t to, struct story *s)
{
    struct journal_record record;
    bool reached = false;
    enum result r;

    while ((r = journal_next(j, &record)) == RES_OK) {
        if (record.first_of_transaction && reached)
            return RES_OK;
        if ((r = tell(s, &record)) != RES_OK)
            return r;
        reached = journal_transaction(j)->to == to;
    }
    if (r == RES_NOMORE)
        return reached ? RES_OK : RES_UNEXPECTEDEND;
    return r;
}

/* What is said of one record: where it begins and ends. */
struct thread {
    uint32_t first, last;
};

/* All of them, found by the record; a slot is empty or has the place of a thread, plus 1. */
struct threads {
    struct thread *list;
    uint32_t *slots;
    size_t count, nslots;       /* a power of two */
};

static bool same_record(const struct diff_record *a, const struct diff_record *b)
{
    return a->type == b->type && a->rdlen == b->rdlen &&
           memcmp(a->rdata, b->rdata, a->rdlen) == 0 && name_equal(a->owner, b->owner);
}

static void add_to_thread(struct threads *t, const struct diff_record *all, uint32_t i)
{
    const struct diff_record *r = &all[i];
    uint64_t hash = hash_bytes(hash_folded(r->type, r->owner, r->owner_len), r->rdata, r->rdlen);
    size_t at = hash & (t->nslots - 1);

    for (; t->slots[at] != 0; at = (at + 1) & (t->nslots - 1)) {
        struct thread *known = &t->list[t->slots[at] - 1];

        if (same_record(&all[known->first], r)) {
            known->last = i;
            return;
        }
    }
    t->list[t->count++] = (struct thread){i, i};
    t->slots[at] = (uint32_t)t->count;
}

static bool as_before(const struct diff_record *a, const struct diff_record *b)
{
    return a->ttl == b->ttl && a->owner_len == b->owner_len &&
           memcmp(a->owner, b->owner, a->owner_len) == 0;
}

/* Marks what is left of a record's story: it was there before if it was taken away first, and
 * is there in the end if it was added last. */
static void mark_net(const struct diff_record *all, const struct thread *t, bool *keep)
{
    const struct diff_record *before = &all[t->first], *after = &all[t->last];

    if (!before->add && after->add && as_before(before, after))
        return;
    keep[t->first] = !before->add;
    if (after->add)
        keep[t->last] = true;
}

static enum result mark_all_net(const struct story *s, bool *keep)
{
    size_t n = s->all.count;
    struct threads t = {.nslots = 16};

    while (t.nslots < 2 * n)
        t.nslots *= 2;
    t.list = malloc((n + 1) * sizeof *t.list);
    t.slots = calloc(t.nslots, sizeof *t.slots);
    if (t.list != NULL && t.slots != NULL)
        for (size_t i = 0; i < n; i++)
            add_to_thread(&t, s->all.records, (uint32_t)i);
    for (size_t i = 0; i < t.count; i++)
        mark_net(s->all.records, &t.list[i], keep);
    free(t.list);
    free(t.slots);
    return t.count > 0 || n == 0 ? RES_OK : RES_NOMEM;
}

static enum result keep_marked(const struct story *s, const bool *keep, struct diff *net)
{
    enum result r = diff_append(net, &s->soas.records[0]);

    if (r == RES_OK)
        r = diff_append(net, &s->soas.records[1]);
    for (size_t i = 0; i < s->all.count && r == RES_OK; i++)
        if (keep[i])
            r = diff_append(net, &s->all.records[i]);
    return r;
}

static enum result make_net(const struct story *s, struct diff *net)
{
    bool *keep = calloc(s->all.count + 1, sizeof *keep);
    enum result r = keep != NULL ? mark_all_net(s, keep) : RES_NOMEM;

    if (r == RES_OK)
        r = keep_marked(s, keep, net);
    free(keep);
    return r;
}

static uint64_t size_of(const struct diff *d)
{
    uint64_t size = 0;

    for (size_t i = 0; i < d->count; i++)
        size += d->records[i].owner_len + RR_FIXED + (uint64_t)d->records[i].rdlen;
    return size;
}

enum result condense(struct journal *j, uint32_t to, struct diff *net, uint64_t *size)
{
    struct story s = {0};
    enum result r = read_story(j, to, &s);

    if (r == RES_OK && s.transactions < 2)
        r = RES_UNCHANGED;
    if (r == RES_OK)
        r = make_net(&s, net);
    if (r == RES_OK)
        r = diff_sort(net);
    *size = size_of(net);
    diff_free(&s.all);
    diff_free(&s.soas);
    return r;
}
