#include "dns/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "dns/name.h"
#include "dns/rdata.h"

void diff_init(struct diff *d)
{
    *d = (struct diff){0};
}

void diff_free(struct diff *d)
{
    free(d->records);
    free(d->slots);
    region_free(d->memory);
    diff_init(d);
}

static enum result make_room(struct diff *d)
{
    if (d->memory == NULL && (d->memory = region_new()) == NULL)
        return RES_NOMEM;
    return ARRAY_ROOM(d->records, d->count, d->room) ? RES_OK : RES_NOMEM;
}

static bool undoes(const struct diff_record *a, const struct diff_record *b)
{
    return a->add != b->add && a->type == b->type && a->ttl == b->ttl &&
           a->owner_len == b->owner_len && a->rdlen == b->rdlen &&
           memcmp(a->rdata, b->rdata, a->rdlen) == 0 && name_equal(a->owner, b->owner);
}

/*
 * Long diffs have a hash table (open addressing) of the places of their records, plus one.  A
 * record taken out leaves SLOT_GONE; so does the last record that moves into its place.
 */
enum { SLOT_FREE = 0, LONG_DIFF = 64 };
#define SLOT_GONE UINT32_MAX

static void drop_slots(struct diff *d)
{
    free(d->slots);
    d->slots = NULL;
    d->nslots = d->nused = 0;
}

void diff_clear(struct diff *d)
{
    drop_slots(d);
    region_free(d->memory);
    d->memory = NULL;
    d->count = 0;
}

static size_t first_slot(const struct diff *d, const struct diff_record *r)
{
    uint64_t h = hash_folded(r->type, r->owner, r->owner_len);

    return hash_bytes(h ^ r->ttl, r->rdata, r->rdlen) & (d->nslots - 1);
}

static void put_slot(struct diff *d, size_t index)
{
    size_t i = first_slot(d, &d->records[index]);

    while (d->slots[i] != SLOT_FREE)
        i = (i + 1) & (d->nslots - 1);
    d->slots[i] = (uint32_t)index + 1;
    d->nused++;
}

static void take_slot(struct diff *d, size_t index)
{
    size_t i = first_slot(d, &d->records[index]);

    while (d->slots[i] != index + 1)
        i = (i + 1) & (d->nslots - 1);
    d->slots[i] = SLOT_GONE;
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
    if (d->slots != NULL)
        put_slot(d, d->count - 1);
    return RES_OK;
}

/* A table of all records, with room for as many more. */
static enum result build_slots(struct diff *d)
{
    size_t n = 4 * LONG_DIFF;

    drop_slots(d);
    while (n < 4 * (d->count + 1))
        n *= 2;
    if ((d->slots = calloc(n, sizeof *d->slots)) == NULL)
        return RES_NOMEM;
    d->nslots = n;
    for (size_t i = 0; i < d->count; i++)
        put_slot(d, i);
    return RES_OK;
}

static bool find_undone(const struct diff *d, const struct diff_record *r, size_t *index)
{
    size_t i;

    if (d->slots == NULL) {
        for (i = d->count; i > 0 && !undoes(&d->records[i - 1], r);)
            i--;
        *index = i - 1;
        return i > 0;
    }
    for (i = first_slot(d, r); d->slots[i] != SLOT_FREE; i = (i + 1) & (d->nslots - 1))
        if (d->slots[i] != SLOT_GONE && undoes(&d->records[d->slots[i] - 1], r)) {
            *index = d->slots[i] - 1;
            return true;
        }
    return false;
}

/* Order is kept while that costs little. */
static void take_out(struct diff *d, size_t index)
{
    size_t last = d->count - 1;

    if (d->slots == NULL) {
        memmove(&d->records[index], &d->records[index + 1], (last - index) * sizeof *d->records);
        d->count--;
        return;
    }
    take_slot(d, index);
    d->count--;
    if (index == last)
        return;
    take_slot(d, last);
    d->records[index] = d->records[last];
    put_slot(d, index);
}

enum result diff_append_minimal(struct diff *d, const struct diff_record *r)
{
    size_t index;
    enum result e = RES_OK;

    if (d->count >= LONG_DIFF && 2 * (d->nused + 2) > d->nslots)
        e = build_slots(d);
    if (e != RES_OK)
        return e;
    if (find_undone(d, r, &index)) {
        take_out(d, index);
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

    drop_slots(d);
    if (d->count < 2)
        return RES_OK;
    if ((room = malloc(d->count * sizeof *room)) == NULL)
        return RES_NOMEM;
    sort(d->records, room, d->count);
    free(room);
    return RES_OK;
}
