#include "dns/diff.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rdata.h"

void diff_init(struct diff *d)
{
    *d = (struct diff){0};
}

void diff_free(struct diff *d)
{
    free(d->records);
    region_free(d->memory);
    diff_init(d);
}

void diff_clear(struct diff *d)
{
    region_free(d->memory);
    d->memory = NULL;
    d->count = 0;
}

static enum result make_room(struct diff *d)
{
    if (d->memory == NULL && (d->memory = region_new()) == NULL)
        return RES_NOMEM;
    if (d->count == d->room) {
        size_t room = d->room > 0 ? d->room * 2 : 16;
        struct diff_record *p = realloc(d->records, room * sizeof *p);

        if (p == NULL)
            return RES_NOMEM;
        d->records = p;
        d->room = room;
    }
    return RES_OK;
}

enum result diff_append(struct diff *d, const struct diff_record *r)
{
    enum result e = make_room(d);
    struct diff_record *own;

    if (e != RES_OK)
        return e;
    own = &d->records[d->count];
    *own = *r;
    own->owner = region_copy(d->memory, r->owner, r->owner_len);
    own->rdata = region_copy(d->memory, r->rdata, r->rdlen);
    if (own->owner == NULL || own->rdata == NULL)
        return RES_NOMEM;
    d->count++;
    return RES_OK;
}

static bool undoes(const struct diff_record *a, const struct diff_record *b)
{
    return a->add != b->add && a->type == b->type && a->ttl == b->ttl &&
           a->owner_len == b->owner_len && a->rdlen == b->rdlen &&
           memcmp(a->rdata, b->rdata, a->rdlen) == 0 && name_equal(a->owner, b->owner);
}

enum result diff_append_minimal(struct diff *d, const struct diff_record *r)
{
    for (size_t i = d->count; i > 0; i--)
        if (undoes(&d->records[i - 1], r)) {
            memmove(&d->records[i - 1], &d->records[i], (d->count - i) * sizeof *d->records);
            d->count--;
            return RES_OK;
        }
    return diff_append(d, r);
}

static int place(const struct diff_record *r)
{
    return (r->add ? 0x20000 : 0) + (r->type == TYPE_SOA ? 0 : 1 + r->type);
}

/* Merges two sorted halves; stable, which qsort() is not. */
static void merge(struct diff_record *out, const struct diff_record *a, size_t na,
                  const struct diff_record *b, size_t nb)
{
    while (na > 0 || nb > 0) {
        bool left = nb == 0 || (na > 0 && place(a) <= place(b));

        *out++ = left ? *a++ : *b++;
        na -= left;
        nb -= !left;
    }
}

static void sort(struct diff_record *r, struct diff_record *room, size_t n)
{
    size_t half = n / 2;

    if (n < 2)
        return;
    sort(r, room, half);
    sort(r + half, room, n - half);
    memcpy(room, r, n * sizeof *r);
    merge(r, room, half, room + half, n - half);
}

enum result diff_sort(struct diff *d)
{
    struct diff_record *room;

    if (d->count < 2)
        return RES_OK;
    if ((room = malloc(d->count * sizeof *room)) == NULL)
        return RES_NOMEM;
    sort(d->records, room, d->count);
    free(room);
    return RES_OK;
}
