/*
 * A zone's contents: what the builder makes of records in any order, compared with a
 * plain model, and the flags and neighbours that answers rely on.
 */
#include <stdlib.h>

#include "dns/rdata.h"
#include "tests/unit/unit.h"
#include "zone/build.h"

static struct name origin;
static struct zone_builder *builder;

static void start(void (*problem)(void *, const struct zone_build_problem *), void *arg)
{
    struct zone_build_options opt = {.origin = origin.wire, .rrclass = CLASS_IN,
                                     .max_records_per_type = 100, .max_types_per_name = 100,
                                     .problem = problem, .arg = arg};

    CU_ASSERT_EQUAL_FATAL(zone_builder_start(builder, &opt), RES_OK);
}

static enum result add(const char *owner, const char *type, const char *text, uint32_t line)
{
    uint8_t rdata[1024];
    struct name name;
    uint16_t t;
    size_t len;

    CU_ASSERT_EQUAL_FATAL(name_from_text(&name, owner, strlen(owner), origin.wire), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rrtype_from_text(&t, type, strlen(type)), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rdata_from_text(t, CLASS_IN, text, origin.wire, rdata, &len), RES_OK);
    return zone_builder_add(builder, name.wire, name.len, t, 300, rdata, (uint16_t)len, line, "f");
}

static void add_apex(void)
{
    add("@", "SOA", "ns hostmaster 7 2 3 4 5", 1);
    add("@", "NS", "ns", 2);
    add("ns", "A", "192.0.2.1", 3);
}

static void set_up(void)
{
    name_from_text(&origin, "example.", 8, NULL);
    builder = zone_builder_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(builder);
}

static struct contents *finish(void)
{
    struct contents *c = NULL;

    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(builder, &c), RES_OK);
    return c;
}

static const struct znode *find(const struct contents *c, const char *text)
{
    struct name name;

    CU_ASSERT_EQUAL_FATAL(name_from_text(&name, text, strlen(text), origin.wire), RES_OK);
    return contents_find_name(c, name.wire);
}

static void tear_down(struct contents *c)
{
    contents_free(c);
    zone_builder_free(builder);
}

static void test_flags(void)
{
    static const struct {
        const char *name;
        int flags;      /* -1: no such node */
    } rows[] = {
        {"@", ZN_APEX | ZN_HAS_WILD}, {"ns", 0},          {"sub", ZN_CUT},
        {"ns.sub", ZN_OCCLUDED},      {"x.ns.sub", -1},   {"deep.ent", 0},
        {"ent", 0},                   {"*", ZN_WILD},     {"d", ZN_DNAME},
        {"below.d", ZN_OCCLUDED},     {"alias", ZN_CNAME}, {"NS.SUB", ZN_OCCLUDED},
        {"deep.sub.ns.sub", ZN_OCCLUDED}, {"sub.ns.sub", ZN_OCCLUDED}};
    struct contents *c;

    set_up();
    start(NULL, NULL);
    add_apex();
    add("deep.ent", "TXT", "x", 4);
    add("sub", "NS", "ns.sub", 5);
    add("ns.sub", "A", "192.0.2.2", 6);
    add("*", "A", "192.0.2.3", 7);
    add("d", "DNAME", "other.", 8);
    add("below.d", "A", "192.0.2.4", 9);
    add("alias", "CNAME", "ns", 10);
    add("deep.sub.ns.sub", "NS", "ns", 11);
    c = finish();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct znode *n = find(c, rows[i].name);

        CU_ASSERT_EQUAL(n == NULL, rows[i].flags < 0);
        if (n != NULL && n->flags != (rows[i].flags | (n->flags & ZN_CUT))) {
            printf("# %s: flags %x\n", rows[i].name, n->flags);
            CU_FAIL("flags");
        }
    }
    CU_ASSERT_EQUAL(find(c, "ent")->nrrsets, 0);
    CU_ASSERT_PTR_EQUAL(contents_cut_above(c, find(c, "deep.sub.ns.sub")), find(c, "sub"));
    CU_ASSERT_PTR_EQUAL(contents_cut_above(c, find(c, "below.d")), find(c, "d"));
    CU_ASSERT_PTR_NULL(contents_cut_above(c, find(c, "deep.ent")));
    CU_ASSERT_EQUAL(c->serial, 7);
    tear_down(c);
}

static void test_rrsets(void)
{
    struct contents *c;
    const struct zrrset *s;
    const struct zsigs *g;

    set_up();
    start(NULL, NULL);
    add("ns", "A", "192.0.2.9", 1);
    add_apex();
    add("ns", "A", "192.0.2.9", 4); /* a duplicate */
    add("ns", "RRSIG", "A 13 2 300 20300101000000 20200101000000 1 example. AAAA", 5);
    add("ns", "RRSIG", "TXT 13 2 300 20300101000000 20200101000000 1 example. AAAA", 6);
    add("ns", "AAAA", "2001:db8::1", 7);
    c = finish();
    s = node_rrset(c, find(c, "ns"), TYPE_A);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->count, 2);
    CU_ASSERT_EQUAL(rrset_data(s)[5], 1);                   /* canonical order */
    CU_ASSERT_EQUAL(rr_next(rrset_data(s))[5], 9);
    g = rrset_sigs(s);
    CU_ASSERT_PTR_NOT_NULL_FATAL(g);
    CU_ASSERT_EQUAL(g->count, 1);
    CU_ASSERT_PTR_NULL(node_rrset(c, find(c, "ns"), TYPE_TXT));     /* only a signature */
    CU_ASSERT_PTR_NULL(rrset_sigs(node_rrset(c, find(c, "ns"), TYPE_AAAA)));
    CU_ASSERT_EQUAL(c->nrecords, 7);
    tear_down(c);
}

struct seen {
    enum result results[4];
    uint32_t lines[4];
    unsigned n;
};

static void note(void *arg, const struct zone_build_problem *p)
{
    struct seen *s = arg;

    if (s->n < 4) {
        s->results[s->n] = p->result;
        s->lines[s->n] = p->line;
    }
    s->n++;
}

static void test_problems(void)
{
    static const struct {
        const char *owner, *type, *text;
        enum result result;
    } rows[] = {{"ns", "CNAME", "x", RES_CNAMEANDOTHER},
                {"@", "SOA", "ns other 7 2 3 4 5", RES_SINGLETON},
                {"ns", "SOA", "ns other 7 2 3 4 5", RES_NOTZONETOP}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct contents *c = (void *)1;
        struct seen seen = {.n = 0};

        set_up();
        start(note, &seen);
        add_apex();
        add(rows[i].owner, rows[i].type, rows[i].text, 44);
        CU_ASSERT_EQUAL(zone_builder_finish(builder, &c), rows[i].result);
        CU_ASSERT_PTR_NULL(c);
        CU_ASSERT_EQUAL(seen.n, 1);
        CU_ASSERT_EQUAL(seen.results[0], rows[i].result);
        CU_ASSERT(seen.lines[0] == 44 || seen.lines[0] == 3);
        tear_down(NULL);
    }
    set_up();
    start(NULL, NULL);
    CU_ASSERT_EQUAL(add("other.", "A", "192.0.2.1", 1), RES_NOTSUBDOMAIN);
    tear_down(NULL);
}

/* --- random zones against a model --- */

static int by_name(const void *a, const void *b)
{
    return name_compare(((const struct name *)a)->wire, ((const struct name *)b)->wire);
}

/* Names of few letters, so that they meet: shared parents, wildcards, capitals. */
static void random_name(struct name *out, unsigned max_labels)
{
    static const char *const labels[] = {"a", "B", "b", "ab", "*", "A", "zz", "\\000", "a-b", "ba"};
    char text[100] = "";
    unsigned n = (unsigned)rand() % max_labels + 1;

    while (n-- > 0) {
        strcat(text, labels[(unsigned)rand() % 10]);
        strcat(text, ".");
    }
    strcat(text, "example.");
    CU_ASSERT_EQUAL_FATAL(name_from_text(out, text, strlen(text), NULL), RES_OK);
}

static unsigned model_add(struct name *model, unsigned n, const struct name *name)
{
    for (unsigned i = 0; i < n; i++)
        if (name_equal(model[i].wire, name->wire))
            return n;
    model[n] = *name;
    return n + 1;
}

static unsigned fill(struct name *model, unsigned names)
{
    uint8_t a[4] = {192, 0, 2, 1};
    unsigned n = 0;

    n = model_add(model, n, &origin);
    add_apex();
    name_from_text(&model[n], "ns", 2, origin.wire);
    n++;
    for (unsigned i = 0; i < names; i++) {
        struct name name;
        const uint8_t *p;

        random_name(&name, 4);
        CU_ASSERT_EQUAL(zone_builder_add(builder, name.wire, name.len, TYPE_A, 1, a, 4, 1, "f"),
                        RES_OK);
        for (p = name.wire; !name_equal(p, origin.wire); p = name_parent(p)) {
            struct name copy;

            name_copy(&copy, p);
            n = model_add(model, n, &copy);
        }
    }
    qsort(model, n, sizeof *model, by_name);
    return n;
}

static void check_order(const struct contents *c, const struct name *model, unsigned n)
{
    struct contents_walk w;

    CU_ASSERT_EQUAL_FATAL(c->nnodes, n);
    contents_walk_begin(&w, c);
    for (unsigned i = 0; i < n; i++) {
        const struct znode *node = contents_walk_next(&w);
        struct name name;

        CU_ASSERT_PTR_NOT_NULL_FATAL(node);
        contents_node_name(c, node, &name);
        CU_ASSERT(name_equal(name.wire, model[i].wire));
        CU_ASSERT_PTR_EQUAL(contents_find_name(c, model[i].wire), node);
    }
    CU_ASSERT_PTR_NULL(contents_walk_next(&w));
}

static void check_strangers(const struct contents *c, const struct name *model, unsigned n)
{
    for (unsigned k = 0; k < 200; k++) {
        struct name name, got;
        size_t rel_len;
        struct contents_walk w;
        const struct znode *node;
        unsigned want = 0;
        bool known = false;

        random_name(&name, 5);
        for (unsigned i = 0; i < n; i++) {
            known = known || name_equal(model[i].wire, name.wire);
            if (name_compare(model[i].wire, name.wire) <= 0)
                want = i;
        }
        CU_ASSERT_EQUAL(contents_find_name(c, name.wire) != NULL, known);
        CU_ASSERT(name_is_below(name.wire, origin.wire, &rel_len));
        node = contents_predecessor(c, name.wire, rel_len, &w);
        contents_node_name(c, node, &got);
        CU_ASSERT(name_equal(got.wire, model[want].wire));
        if (k % 2 == 0 && want + 1 < n) {
            contents_node_name(c, contents_walk_next(&w), &got);
            CU_ASSERT(name_equal(got.wire, model[want + 1].wire));
            CU_ASSERT_PTR_EQUAL(contents_walk_prev(&w), node);
        }
        for (; want > 0; want--) {
            contents_node_name(c, contents_walk_prev(&w), &got);
            CU_ASSERT(name_equal(got.wire, model[want - 1].wire));
        }
        CU_ASSERT_PTR_NULL(contents_walk_prev(&w));
    }
}

static void sign_apex(void)
{
    add("@", "DNSKEY", "256 3 13 AAAA", 1);
    add("@", "NSEC", "a A NS SOA RRSIG NSEC DNSKEY", 1);
    add("@", "RRSIG", "NSEC 13 1 300 20300101000000 20200101000000 1 example. AAAA", 1);
}

static void test_model(void)
{
    static struct name model[4000];

    set_up();
    for (unsigned round = 0; round < 60; round++) {
        struct contents *c;
        unsigned n;

        srand(round);
        start(NULL, NULL);      /* one builder for all of them */
        n = fill(model, round * 7);
        if (round % 2 == 1)
            sign_apex();        /* predecessors are then looked for by another way */
        c = finish();
        CU_ASSERT_EQUAL(c->denial == DENIAL_NSEC, round % 2 == 1);
        check_order(c, model, n);
        check_strangers(c, model, n);
        contents_free(c);
    }
    tear_down(NULL);
}

/* Enough names for the mapped block and the second sorting thread, in reverse order. */
/* Is every node behind the one before it, and found by its name? */
static void check_nodes(const struct contents *c)
{
    bool ordered = true, found = true;
    struct contents_walk w;
    const struct znode *p, *n;

    contents_walk_begin(&w, c);
    for (p = contents_walk_next(&w); (n = contents_walk_next(&w)) != NULL; p = n) {
        ordered = ordered && name_labels_compare(p->name, p->name_len, n->name, n->name_len) < 0;
        found = found && contents_find(c, name_hash_relative(c->origin_hash, n->name, n->name_len),
                                       n->name, n->name_len) == n;
    }
    CU_ASSERT_TRUE(ordered);
    CU_ASSERT_TRUE(found);
}

static void add_address(const char *owner)
{
    static const uint8_t a[4] = {192, 0, 2, 1};
    struct name name;

    name_from_text(&name, owner, strlen(owner), origin.wire);
    zone_builder_add(builder, name.wire, name.len, TYPE_A, 1, a, 4, 1, "f");
}

static void test_large(void)
{
    enum { N = 120000 };
    struct contents *c;

    set_up();
    start(NULL, NULL);
    add_apex();
    for (unsigned i = 0; i < N; i++) {
        char text[40];

        snprintf(text, sizeof text, "host%06u", (N - i) * 7919 % 1000003);
        add_address(text);
    }
    c = finish();
    CU_ASSERT_EQUAL(c->nnodes, N + 2);
    check_nodes(c);
    tear_down(c);
}

/* As in a reverse zone of IPv6: names of many short labels, most nodes empty. */
static void test_deep(void)
{
    struct contents *c;

    set_up();
    start(NULL, NULL);
    add_apex();
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t bits = i * 2654435761u;
        char text[40], *at = text;

        for (unsigned nibble = 0; nibble < 16; nibble++, bits = bits >> 2 | bits << 30)
            at += sprintf(at, "%x.", bits & 15);
        at[-1] = '\0';
        add_address(text);
    }
    c = finish();
    CU_ASSERT(c->nnodes > 100000);
    check_nodes(c);
    tear_down(c);
}

/* Owners of NSEC3 that are no children of the apex, with equal first labels. */
static void test_odd_nsec3(void)
{
    struct contents *c;

    set_up();
    start(NULL, NULL);
    add_apex();
    for (unsigned i = 0; i < 9; i++) {
        char text[48];

        snprintf(text, sizeof text, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.s%u", 8 - i);
        add(text, "NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A", 4);
    }
    c = finish();
    CU_ASSERT_EQUAL(c->nnsec3, 9);
    CU_ASSERT_EQUAL(c->nnodes, 2);
    tear_down(c);
}

/* The origin is no hash: an NSEC3 there is data like other. */
static void test_nsec3_at_origin(void)
{
    static const char rdata[] = "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A";
    struct contents *c;

    set_up();
    start(NULL, NULL);
    add_apex();
    add("@", "NSEC3", rdata, 4);
    add("\\000", "NSEC3", rdata, 5);
    c = finish();
    CU_ASSERT_EQUAL(c->nnsec3, 1);
    CU_ASSERT_PTR_NOT_NULL(node_rrset(c, find(c, "@"), TYPE_NSEC3));
    tear_down(c);
}

static const struct unit_test tests[] = {
    {"nodes know cuts, DNAMEs, wildcards and empty non-terminals", test_flags},
    {"RRsets are sorted, without duplicates, with their signatures", test_rrsets},
    {"what cannot stand together is refused with its line", test_problems},
    {"random zones agree with a model", test_model},
    {"a large zone in reverse order is sorted and found", test_large},
    {"a deep zone is sorted and found", test_deep},
    {"owners of NSEC3 at odd places are sorted too", test_odd_nsec3},
    {"an NSEC3 at the origin is no owner", test_nsec3_at_origin},
};

UNIT_MAIN(tests)
