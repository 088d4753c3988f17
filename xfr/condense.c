#include "xfr/condense.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rrtype.h"

enum { RR_FIXED = 10 };

/* All records of the transactions, SOAs apart. */
struct story {
    struct diff all;
    struct diff soas;           /* the first, then each that came */
    unsigned transactions;
};

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
    return diff_append(r->type == TYPE_SOA ? &s->soas : &s->all, &d);
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

/* Brings what is said of one record together. */
static int compare_records(const struct diff_record *a, const struct diff_record *b)
{
    int c = name_compare(a->owner, b->owner);

    if (c == 0)
        c = (a->type > b->type) - (a->type < b->type);
    if (c == 0)
        c = (a->rdlen > b->rdlen) - (a->rdlen < b->rdlen);
    return c != 0 ? c : memcmp(a->rdata, b->rdata, a->rdlen);
}

/* … in the order in which it was said: the records lie in it. */
static int compare_places(const void *a, const void *b)
{
    const struct diff_record *x = *(const struct diff_record *const *)a;
    const struct diff_record *y = *(const struct diff_record *const *)b;
    int c = compare_records(x, y);

    return c != 0 ? c : (x > y) - (x < y);
}

static bool are_same(const struct diff_record *a, const struct diff_record *b)
{
    return a->ttl == b->ttl && a->owner_len == b->owner_len &&
           memcmp(a->owner, b->owner, a->owner_len) == 0;
}

/* What is left of a record's story: it was there before if it was taken away first, and is
 * there in the end if it was added last. */
static enum result keep_net(struct diff *net, const struct diff_record *first,
                            const struct diff_record *last)
{
    enum result r = RES_OK;

    if (!first->add && last->add && are_same(first, last))
        return RES_OK;
    if (!first->add)
        r = diff_append(net, first);
    if (r == RES_OK && last->add)
        r = diff_append(net, last);
    return r;
}

static enum result keep_all_net(const struct diff_record **sorted, size_t n, struct diff *net)
{
    enum result r = RES_OK;

    for (size_t i = 0, end; i < n && r == RES_OK; i = end) {
        for (end = i + 1; end < n && compare_records(sorted[i], sorted[end]) == 0; end++)
            continue;
        r = keep_net(net, sorted[i], sorted[end - 1]);
    }
    return r;
}

static enum result make_net(const struct story *s, struct diff *net)
{
    const struct diff_record **sorted = malloc((s->all.count + 1) * sizeof *sorted);
    enum result r;

    if (sorted == NULL)
        return RES_NOMEM;
    for (size_t i = 0; i < s->all.count; i++)
        sorted[i] = &s->all.records[i];
    qsort(sorted, s->all.count, sizeof *sorted, compare_places);
    r = diff_append(net, &s->soas.records[0]);
    if (r == RES_OK)
        r = diff_append(net, &s->soas.records[s->soas.count - 1]);
    if (r == RES_OK)
        r = keep_all_net(sorted, s->all.count, net);
    free(sorted);
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
    if (r == RES_OK && net->count - 2 == s.all.count)
        r = RES_UNCHANGED;
    if (r == RES_OK)
        r = diff_sort(net);
    *size = size_of(net);
    diff_free(&s.all);
    diff_free(&s.soas);
    return r;
}
