/* dns/diff: minimal differences, short and long, and the order of the journal. */
#include <stdlib.h>

#include "dns/diff.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "unit.h"

static struct diff_record record(struct name *owner, const char *name, uint16_t type,
                                 const char *rdata, bool add)
{
    CU_ASSERT(name_from_text(owner, name, strlen(name), NULL) == RES_OK);
    return (struct diff_record){.owner = owner->wire, .owner_len = owner->len, .type = type,
                                .rdata = (const uint8_t *)rdata, .rdlen = (uint16_t)strlen(rdata),
                                .ttl = 300, .add = add};
}

static void append(struct diff *d, const char *name, uint16_t type, const char *rdata, bool add)
{
    struct name owner;
    struct diff_record r = record(&owner, name, type, rdata, add);

    CU_ASSERT(diff_append_minimal(d, &r) == RES_OK);
}

static bool holds(const struct diff *d, const char *name, const char *rdata, bool add)
{
    struct name owner;
    struct diff_record r = record(&owner, name, TYPE_TXT, rdata, add);
    unsigned n = 0;

    for (size_t i = 0; i < d->count; i++)
        n += d->records[i].add == add && d->records[i].rdlen == r.rdlen &&
             memcmp(d->records[i].rdata, r.rdata, r.rdlen) == 0 &&
             name_equal(d->records[i].owner, r.owner);
    return n == 1;
}

static void test_undone(void)
{
    struct diff d;

    diff_init(&d);
    append(&d, "a.test.", TYPE_TXT, "x", true);
    append(&d, "b.test.", TYPE_TXT, "x", true);
    append(&d, "A.TEST.", TYPE_TXT, "x", false);
    CU_ASSERT(d.count == 1 && holds(&d, "b.test.", "x", true));
    append(&d, "b.test.", TYPE_TXT, "X", false);
    append(&d, "b.test.", TYPE_A, "x", false);
    CU_ASSERT(d.count == 3);
    diff_free(&d);
}

/* Random changes of few records, against a plain array of what is in and what is out. */
static void test_long(void)
{
    enum { RECORDS = 300, CHANGES = 20000 };
    int state[RECORDS] = {0};   /* 1: added, -1: taken away */
    char name[32], rdata[16];
    struct diff d;
    size_t expected = 0;

    srand(7);
    diff_init(&d);
    for (int i = 0; i < CHANGES; i++) {
        int k = rand() % RECORDS;
        int to = state[k] != 0 ? 0 : rand() % 2 ? 1 : -1;

        snprintf(name, sizeof name, "n%d.test.", k / 3);
        snprintf(rdata, sizeof rdata, "r%d", k % 3);
        append(&d, name, TYPE_TXT, rdata, state[k] != 0 ? state[k] < 0 : to > 0);
        state[k] = to;
    }
    for (int k = 0; k < RECORDS; k++) {
        snprintf(name, sizeof name, "n%d.test.", k / 3);
        snprintf(rdata, sizeof rdata, "r%d", k % 3);
        expected += state[k] != 0;
        CU_ASSERT(holds(&d, name, rdata, true) == (state[k] > 0));
        CU_ASSERT(holds(&d, name, rdata, false) == (state[k] < 0));
    }
    CU_ASSERT(d.count == expected);
    diff_free(&d);
}

/* A table from before must not be used after sorting or clearing. */
static void test_again(void)
{
    char name[32];
    struct diff d;

    diff_init(&d);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200; i++) {
            snprintf(name, sizeof name, "n%d.test.", i);
            append(&d, name, TYPE_TXT, "x", i % 2);
        }
        CU_ASSERT(diff_sort(&d) == RES_OK);
        for (int i = 0; i < 200; i += 2) {
            snprintf(name, sizeof name, "n%d.test.", i);
            append(&d, name, TYPE_TXT, "x", true);
        }
        CU_ASSERT(d.count == 100);
        diff_clear(&d);
        CU_ASSERT(d.count == 0);
    }
    diff_free(&d);
}

static void test_order(void)
{
    static const struct {
        uint16_t type;
        bool add;
    } right[] = {{TYPE_SOA, false}, {TYPE_A, false}, {TYPE_TXT, false},
                 {TYPE_SOA, true},  {TYPE_NS, true}, {TYPE_TXT, true}};
    static const unsigned from[] = {5, 1, 3, 0, 4, 2};
    struct diff d;

    diff_init(&d);
    for (unsigned i = 0; i < 6; i++)
        append(&d, "a.test.", right[from[i]].type, right[from[i]].add ? "new" : "old",
               right[from[i]].add);
    CU_ASSERT(diff_sort(&d) == RES_OK);
    for (unsigned i = 0; i < 6; i++)
        CU_ASSERT(d.records[i].type == right[i].type && d.records[i].add == right[i].add);
    diff_free(&d);
}

static const struct unit_test tests[] = {
    {"what undoes an earlier change takes it out", test_undone},
    {"a long difference is as minimal as a short one", test_long},
    {"a difference is used again after sorting and clearing", test_again},
    {"the journal's order: deletions first, the SOA first in each half", test_order},
};
UNIT_MAIN(tests)
