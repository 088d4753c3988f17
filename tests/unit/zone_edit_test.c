/*
 * Changing a zone: thousands of random messages, kept, undone, abandoned and published, after
 * each of which the version in the making, the one in force and those that are pinned are
 * what a builder makes of the same records; readers beside a writer; memory that comes back.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/rcu.h"
#include "dns/rdata.h"
#include "tests/unit/unit.h"
#include "zone/build.h"
#include "zone/edit.h"
#include "zone/retire.h"

enum { RECORDS_MAX = 6000, RDATA_ROOM = 64, PINS = 4 };

struct record {
    struct name owner;
    uint16_t type, rdlen;
    uint32_t ttl;
    uint8_t rdata[RDATA_ROOM];
};

struct model {
    unsigned n;
    struct record r[RECORDS_MAX];
};

static struct name origin;
static struct zone_options options;
static struct conf_zone conf;
static struct zone *zone;
static struct zone_builder *builder;
static uint32_t serial;

static uint32_t dice(uint32_t n)
{
    return (uint32_t)rand() % n;
}

/* --- the model --- */

static uint16_t covers(const struct record *r)
{
    return r->type == TYPE_RRSIG ? get_u16(r->rdata) : 0;
}

static bool same_rrset(const struct record *a, const struct record *b)
{
    return a->type == b->type && covers(a) == covers(b) &&
           name_equal(a->owner.wire, b->owner.wire);
}

static int model_find(const struct model *m, const struct record *r)
{
    for (unsigned i = 0; i < m->n; i++)
        if (same_rrset(&m->r[i], r) && rdata_compare(r->type, m->r[i].rdata, m->r[i].rdlen,
                                                     r->rdata, r->rdlen) == 0)
            return (int)i;
    return -1;
}

/* Did that change anything? */
static bool model_add(struct model *m, const struct record *r)
{
    int at = model_find(m, r);

    if (at >= 0 && m->r[at].ttl == r->ttl)
        return false;
    for (unsigned i = 0; i < m->n; i++)
        if (same_rrset(&m->r[i], r))
            m->r[i].ttl = r->ttl;
    if (at < 0) {
        CU_ASSERT_FATAL(m->n < RECORDS_MAX);
        m->r[m->n++] = *r;
    }
    return true;
}

static void model_remove(struct model *m, unsigned at)
{
    memmove(&m->r[at], &m->r[at + 1], (--m->n - at) * sizeof *m->r);
}

static bool model_delete_rrset(struct model *m, const struct name *owner, uint16_t type)
{
    bool any = false;

    for (unsigned i = m->n; i-- > 0;)
        if (m->r[i].type == type && name_equal(m->r[i].owner.wire, owner->wire)) {
            model_remove(m, i);
            any = true;
        }
    return any;
}

static struct contents *build(const struct model *m)
{
    struct zone_build_options opt = {.origin = origin.wire, .rrclass = CLASS_IN};
    struct contents *c = NULL;

    CU_ASSERT_EQUAL_FATAL(zone_builder_start(builder, &opt), RES_OK);
    for (unsigned i = 0; i < m->n; i++)
        zone_builder_add(builder, m->r[i].owner.wire, m->r[i].owner.len, m->r[i].type, m->r[i].ttl,
                         m->r[i].rdata, m->r[i].rdlen, i, "f");
    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(builder, &c), RES_OK);
    return c;
}

/* --- comparing versions --- */

static bool same_sets(const struct contents *c, const struct znode *n, const struct contents *d,
                      const struct znode *m)
{
    const struct zrrset *t = m->nrrsets > 0 ? node_first(d, m) : NULL;
    unsigned i = 0;

    if (n->nrrsets != m->nrrsets)
        return false;
    NODE_FOR_EACH_RRSET(c, n, s) {
        const struct zsigs *g = rrset_sigs(s), *h = rrset_sigs(t);

        if (s->type != t->type || s->count != t->count || s->data_len != t->data_len ||
            (s->count > 0 && s->ttl != t->ttl) ||
            memcmp(rrset_data(s), rrset_data(t), rrset_data_len(s)) != 0 ||
            (g != NULL && (g->ttl != h->ttl || g->count != h->count || g->data_len != h->data_len ||
                           memcmp(sigs_data(g), sigs_data(h), g->data_len) != 0)))
            return false;
        if (++i < n->nrrsets)
            t = rrset_next(t);
    }
    return true;
}

static bool same_node(const struct contents *c, const struct znode *n, const struct contents *d,
                      const struct znode *m)
{
    if (n == NULL || m == NULL)
        return n == m;
    return n->name_len == m->name_len && labels_equal(n->name, m->name, n->name_len) &&
           ((n->flags ^ m->flags) & ~ZN_VERSIONED) == 0 && same_sets(c, n, d, m);
}

static bool same_walks(struct contents_walk *v, struct contents_walk *w)
{
    const struct znode *n, *m;

    do {
        n = contents_walk_next(v);
        m = contents_walk_next(w);
        if (!same_node(v->c, n, w->c, m))
            return false;
    } while (n != NULL);
    do {
        n = contents_walk_prev(v);
        m = contents_walk_prev(w);
        if (!same_node(v->c, n, w->c, m))
            return false;
    } while (n != NULL);
    return true;
}

static bool same_order(const struct contents *c, const struct contents *d)
{
    struct contents_walk v, w;

    contents_walk_begin(&v, c);
    contents_walk_begin(&w, d);
    if (!same_walks(&v, &w))
        return false;
    contents_walk_begin_nsec3(&v, c);
    contents_walk_begin_nsec3(&w, d);
    return same_walks(&v, &w);
}

static bool same_lookups(const struct contents *c, const struct contents *d)
{
    struct contents_walk w;
    const struct znode *m;

    contents_walk_begin(&w, d);
    while ((m = contents_walk_next(&w)) != NULL) {
        struct name name;
        const struct znode *n;

        contents_node_name(d, m, &name);
        n = contents_find_name(c, name.wire);
        if (!same_node(c, n, d, m) ||
            !same_node(c, node_parent(c, n), d, node_parent(d, m)) ||
            !same_node(c, contents_cut_above(c, n), d, contents_cut_above(d, m)))
            return false;
    }
    return true;
}

static bool same_facts(const struct contents *c, const struct contents *d)
{
    return c->nnodes == d->nnodes && c->nnsec3 == d->nnsec3 && c->nrecords == d->nrecords &&
           c->serial == d->serial && c->denial == d->denial && c->is_signed == d->is_signed &&
           contents_size_bytes(c) == contents_size_bytes(d) &&
           (c->denial != DENIAL_NSEC3 || c->nsec3_iterations == d->nsec3_iterations);
}

static void random_name(struct name *out);

static bool same_stranger(const struct contents *c, const struct contents *d,
                          const struct name *name)
{
    struct contents_walk v, w;
    size_t rel_len;

    name_is_below(name->wire, origin.wire, &rel_len);
    return same_node(c, contents_find_name(c, name->wire), d, contents_find_name(d, name->wire)) &&
           same_node(c, contents_predecessor(c, name->wire, rel_len, &v), d,
                     contents_predecessor(d, name->wire, rel_len, &w)) &&
           same_node(c, contents_walk_prev(&v), d, contents_walk_prev(&w));
}

static bool same_nsec3(const struct contents *c, const struct contents *d)
{
    uint8_t hash[20];
    const struct znode *n, *m;
    bool x, y;

    memset(hash, (int)dice(256), sizeof hash);
    n = contents_nsec3(c, hash, &x);
    m = contents_nsec3(d, hash, &y);
    return c->denial != DENIAL_NSEC3 || (same_node(c, n, d, m) && x == y);
}

static bool same_strangers(const struct contents *c, const struct contents *d)
{
    for (unsigned i = 0; i < 10; i++) {
        struct name name;

        random_name(&name);
        if (!same_stranger(c, d, &name) || !same_nsec3(c, d))
            return false;
    }
    return true;
}

static void check_version(const struct contents *c, const struct model *m)
{
    struct contents *d = build(m);

    CU_ASSERT_TRUE_FATAL(same_facts(c, d));
    CU_ASSERT_TRUE_FATAL(same_order(c, d));
    CU_ASSERT_TRUE_FATAL(same_lookups(c, d));
    CU_ASSERT_TRUE_FATAL(same_strangers(c, d));
    contents_free(d);
}

/* --- random records --- */

static void name_of(struct name *out, const char *text)
{
    CU_ASSERT_EQUAL_FATAL(name_from_text(out, text, strlen(text), origin.wire), RES_OK);
}

static void random_name(struct name *out)
{
    static const char *const labels[] = {"a", "b", "*", "c", "d", "e", "A", "\\001a"};
    char text[64] = "";
    unsigned n = dice(4);

    for (unsigned i = 0; i < n; i++) {
        if (i > 0)
            strcat(text, ".");
        strcat(text, labels[dice(8)]);
    }
    name_of(out, n == 0 ? "@" : text);
}

static void set_rdata(struct record *r, uint16_t type, const char *text)
{
    size_t len;

    r->type = type;
    CU_ASSERT_EQUAL_FATAL(rdata_from_text(type, CLASS_IN, text, origin.wire, r->rdata, &len),
                          RES_OK);
    r->rdlen = (uint16_t)len;
}

static void make_soa(struct record *r)
{
    char text[80];

    r->owner = origin;
    r->ttl = 300;
    snprintf(text, sizeof text, "ns host %u 2 3 4 5", serial);
    set_rdata(r, TYPE_SOA, text);
}

static void make_signature(struct record *r, const char *type)
{
    char text[90];

    snprintf(text, sizeof text, "%s 13 1 300 20300101000000 20200101000000 %u @ AAAA", type,
             dice(3));
    set_rdata(r, TYPE_RRSIG, text);
}

static void random_nsec3(struct record *r)
{
    static const char hex[] = "0123456789abcdefghijklmnopqrstuv";
    char text[40] = "";

    memset(text, hex[dice(32)], 32);
    name_of(&r->owner, text);
    if (dice(3) == 0)
        make_signature(r, "NSEC3");
    else
        set_rdata(r, TYPE_NSEC3, dice(2) ? "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A"
                                         : "1 0 1 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A");
}

static void random_signing(struct record *r)
{
    r->owner = origin;
    switch (dice(4)) {
    case 0:
        set_rdata(r, TYPE_DNSKEY, "256 3 13 AAAA");
        break;
    case 1:
        set_rdata(r, TYPE_NSEC, "a A NS SOA RRSIG NSEC DNSKEY");
        break;
    case 2:
        make_signature(r, "NSEC");
        break;
    default:
        set_rdata(r, TYPE_NSEC3PARAM, "1 0 0 -");
        break;
    }
}

static void random_record(struct record *r)
{
    char text[40];

    memset(r, 0, sizeof *r);
    r->ttl = dice(8) == 0 ? 60 : 300;
    if (dice(8) == 0) {
        random_nsec3(r);
        return;
    }
    if (dice(12) == 0) {
        random_signing(r);
        return;
    }
    random_name(&r->owner);
    if (r->owner.wire[0] == 1 && r->owner.wire[1] == 'c') {
        set_rdata(r, TYPE_CNAME, "target");
        return;
    }
    snprintf(text, sizeof text, "192.0.2.%u", dice(5));
    switch (dice(9)) {
    case 0:
        set_rdata(r, TYPE_NS, dice(2) ? "ns.a" : "ns");
        break;
    case 1:
        set_rdata(r, TYPE_DNAME, "other.");
        break;
    case 2:
        set_rdata(r, TYPE_TXT, dice(2) ? "\"some longer text to move things\"" : "x");
        break;
    case 3:
        make_signature(r, dice(2) ? "A" : "TXT");
        break;
    default:
        set_rdata(r, TYPE_A, text);
        break;
    }
}

/* --- messages --- */

static void add_both(struct zone_edit *e, struct model *m, const struct record *r)
{
    enum result got = zone_edit_add(e, r->owner.wire, r->type, r->ttl, r->rdata, r->rdlen);

    CU_ASSERT_EQUAL_FATAL(got, model_add(m, r) ? RES_OK : RES_UNCHANGED);
}

static void delete_both(struct zone_edit *e, struct model *m, const struct record *r)
{
    int at = model_find(m, r);

    CU_ASSERT_EQUAL_FATAL(zone_edit_delete(e, r->owner.wire, r->type, r->rdata, r->rdlen),
                          at >= 0 ? RES_OK : RES_UNCHANGED);
    if (at >= 0)
        model_remove(m, (unsigned)at);
}

static void new_serial(struct zone_edit *e, struct model *m)
{
    struct record soa = {.type = TYPE_SOA};

    CU_ASSERT_EQUAL(zone_edit_delete_rrset(e, origin.wire, TYPE_SOA), RES_OK);
    model_delete_rrset(m, &origin, TYPE_SOA);
    serial++;
    make_soa(&soa);
    add_both(e, m, &soa);
}

/* Deletes what is there, mostly. */
static void random_delete(struct zone_edit *e, struct model *m)
{
    struct record r = m->r[dice(m->n)];
    bool whole = dice(3) == 0;

    if (dice(4) == 0)
        random_record(&r);
    if (r.type == TYPE_SOA)
        return;
    if (!whole) {
        delete_both(e, m, &r);
        return;
    }
    CU_ASSERT_EQUAL_FATAL(zone_edit_delete_rrset(e, r.owner.wire, r.type),
                          model_delete_rrset(m, &r.owner, r.type) ? RES_OK : RES_UNCHANGED);
}

static void random_message(struct zone_edit *e, struct model *m, unsigned target)
{
    for (unsigned i = dice(6) + 1; i > 0; i--) {
        struct record r;

        if (dice(m->n + target) >= target) {
            random_delete(e, m);
            continue;
        }
        random_record(&r);
        add_both(e, m, &r);
    }
    new_serial(e, m);
}

/* --- a zone to work on --- */

static void start_zone(struct model *m)
{
    struct record r = {.ttl = 300};

    rcu_register_thread();
    name_from_text(&origin, "example.", 8, NULL);
    builder = zone_builder_new();
    options = (struct zone_options){0};
    conf = (struct conf_zone){.name = origin.wire, .options = &options, .rrclass = CLASS_IN};
    zone = zone_new(&conf, "_default");
    CU_ASSERT_FATAL(builder != NULL && zone != NULL);
    serial = 1;
    m->n = 0;
    make_soa(&r);
    model_add(m, &r);
    set_rdata(&r, TYPE_NS, "ns");
    model_add(m, &r);
    zone_publish(zone, build(m));
}

/* Versions that waited for a grace period are freed before the leaks are counted. */
static void end_zone(void)
{
    zone_free(zone);
    zone_builder_free(builder);
    rcu_quiescent();
    rcu_offline();
    rcu_barrier();
    rcu_online();
    rcu_unregister_thread();
}

static struct zone_edit *begin(void)
{
    struct zone_edit *e;

    rcu_quiescent();
    CU_ASSERT_EQUAL_FATAL(zone_edit_begin(zone, &e), RES_OK);
    return e;
}

struct pin {
    const struct contents *c;
    struct model model;
};

static struct pin pins[PINS];

static void change_pin(const struct model *m)
{
    struct pin *p = &pins[dice(PINS)];

    if (p->c != NULL) {
        check_version(p->c, &p->model);
        contents_unpin(p->c);
        p->c = NULL;
        return;
    }
    p->c = rcu_read(zone->contents);
    p->model = *m;
    contents_pin(p->c);
}

static void drop_pins(void)
{
    for (unsigned i = 0; i < PINS; i++)
        if (pins[i].c != NULL) {
            check_version(pins[i].c, &pins[i].model);
            contents_unpin(pins[i].c);
            pins[i].c = NULL;
        }
}

/* One edit of a few messages. */
static void random_edit(struct model *m, unsigned target)
{
    static struct model now, before;
    struct zone_edit *e = begin();

    now = *m;
    for (unsigned k = dice(4) + 1; k > 0; k--) {
        before = now;
        random_message(e, &now, target);
        if (dice(3) == 0)
            check_version(zone_edit_contents(e), &now);
        if (dice(4) == 0) {
            zone_edit_undo(e);
            now = before;
            check_version(zone_edit_contents(e), &now);
        } else {
            CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
        }
    }
    if (dice(3) == 0)
        check_version(rcu_read(zone->contents), m);
    if (dice(5) == 0) {
        zone_edit_abandon(e);
        return;
    }
    zone_edit_publish(e);
    *m = now;
}

static void run_random(unsigned seed, unsigned edits, unsigned target)
{
    static struct model m;

    srand(seed);
    start_zone(&m);
    for (unsigned i = 0; i < edits; i++) {
        random_edit(&m, target);
        check_version(rcu_read(zone->contents), &m);
        if (dice(4) == 0)
            change_pin(&m);
        if (dice(200) == 0)
            zone_publish(zone, build(&m));      /* as a reload does */
    }
    drop_pins();
    end_zone();
}

static void test_random(void)
{
    for (unsigned seed = 1; seed <= 40; seed++)
        run_random(seed, 150, seed % 3 == 0 ? 200 : 40);
}

/* --- many names --- */

static void make_host(struct record *r, unsigned i)
{
    char text[40];

    memset(r, 0, sizeof *r);
    snprintf(text, sizeof text, "h%u", i * 7919 % 10007);
    name_of(&r->owner, text);
    r->ttl = 300;
    snprintf(text, sizeof text, "192.0.2.%u", i % 200);
    set_rdata(r, TYPE_A, text);
}

/* Enough names for pages to divide and to be put together, for the index to grow and for the
 * store to move and to be mapped. */
static void test_many(void)
{
    static struct model m;
    enum { HOSTS = 5000 };

    srand(7);
    start_zone(&m);
    for (unsigned round = 0; round < 60; round++) {
        struct zone_edit *e = begin();

        for (unsigned k = 0; k < 400; k++) {
            struct record r;

            make_host(&r, dice(HOSTS));
            if (round == 20 && k < 3) {
                random_signing(&r);
                r.ttl = 300;
            }
            if (dice(100) < (round < 30 ? 70u : 25u))
                add_both(e, &m, &r);
            else
                delete_both(e, &m, &r);
        }
        new_serial(e, &m);
        CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
        zone_edit_publish(e);
        if (round % 4 == 0)
            check_version(rcu_read(zone->contents), &m);
    }
    check_version(rcu_read(zone->contents), &m);
    end_zone();
}

static const struct unit_test tests[] = {
    {"random messages agree with a builder, in every version", test_random},
    {"many names come and go", test_many},
};

UNIT_MAIN(tests)
