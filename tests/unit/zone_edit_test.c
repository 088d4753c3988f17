/*
 * Changing a zone: thousands of random messages, kept, undone, abandoned and published, after
 * each of which the version in the making, the one in force and those that are pinned are
 * what a builder makes of the same records; readers beside a writer; memory that comes back.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/rcu.h"
#include "dns/rdata.h"
#include "tests/unit/unit.h"
#include "tests/unit/zone_model.h"
#include "zone/compare.h"
#include "zone/edit.h"
#include "zone/retire.h"

#ifdef RCU_TSAN             /* many times slower */
enum { PINS = 4, SEEDS = 2, CHANGES = 16000 };
#else
enum { PINS = 4, SEEDS = 10, CHANGES = 100000 };
#endif

static struct zone_options options;
static struct conf_zone conf;
static struct zone *zone;
static uint32_t serial;

/* --- random records --- */

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

/* Lets all grace periods pass that have begun: they end in the order they came. */
static void let_pass(void)
{
    struct rcu_grace *g = rcu_grace_new();

    CU_ASSERT_PTR_NOT_NULL_FATAL(g);
    rcu_grace_start(g);
    rcu_offline();
    while (!rcu_grace_is_over(g))
        usleep(200);
    rcu_online();
    rcu_grace_drop(g);
}

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
    let_pass();
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

/* --- differences --- */

/* What a difference makes of a model. */
static void model_apply(struct model *m, const struct diff *d)
{
    for (unsigned add = 0; add <= 1; add++)
        for (size_t i = 0; i < d->count; i++) {
            const struct diff_record *x = &d->records[i];
            struct record r = {.type = x->type, .rdlen = x->rdlen, .ttl = x->ttl};
            int at;

            if (x->add != (add == 1))
                continue;
            name_copy(&r.owner, x->owner);
            memcpy(r.rdata, x->rdata, x->rdlen);
            at = model_find(m, &r);
            CU_ASSERT_FATAL((at >= 0) == !x->add);
            if (x->add) {
                model_add(m, &r);
            } else {
                CU_ASSERT_EQUAL(m->r[at].ttl, x->ttl);
                model_remove(m, (unsigned)at);
            }
        }
}

/* Every version comes from another by their difference. */
static void check_difference(const struct pin *p)
{
    static struct model m;
    struct diff d;

    if (p->c == NULL)
        return;
    m = p->model;
    diff_init(&d);
    CU_ASSERT_EQUAL(contents_diff(p->c, rcu_read(zone->contents), &d), RES_OK);
    model_apply(&m, &d);
    check_version(rcu_read(zone->contents), &m);
    diff_free(&d);
}

/* The kept messages' differences lead from the model before to the one after. */
static void check_kept(const struct zone_edit *e, const struct model *before,
                       const struct model *after)
{
    static struct model m;
    struct contents *c, *d;

    m = *before;
    for (unsigned i = 0; i < zone_edit_kept(e); i++)
        model_apply(&m, zone_edit_kept_diff(e, i));
    c = build(&m);
    d = build(after);
    CU_ASSERT_TRUE_FATAL(same_facts(c, d) && same_order(c, d));
    contents_free(c);
    contents_free(d);
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
    check_kept(e, m, &now);
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
        if (dice(10) == 0)
            let_pass();
        if (dice(4) == 0)
            change_pin(&m);
        if (dice(8) == 0)
            check_difference(&pins[dice(PINS)]);
        if (dice(200) == 0)
            zone_publish(zone, build(&m));      /* as a reload does */
    }
    drop_pins();
    end_zone();
}

static void test_random(void)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++)
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

/* --- memory --- */

static void change_one(unsigned i)
{
    struct zone_edit *e = begin();
    struct record r = {.ttl = 300};
    char text[40];

    name_of(&r.owner, "www");
    snprintf(text, sizeof text, "192.0.%u.%u", i / 200 % 200, i % 200);
    set_rdata(&r, TYPE_A, text);
    zone_edit_delete_rrset(e, r.owner.wire, TYPE_A);
    CU_ASSERT_EQUAL(zone_edit_add(e, r.owner.wire, TYPE_A, 300, r.rdata, 4), RES_OK);
    if (i % 3 == 0) {       /* a name that comes and goes */
        snprintf(text, sizeof text, "n%u.deep", i % 7);
        name_of(&r.owner, text);
        if (zone_edit_add(e, r.owner.wire, TYPE_A, 300, r.rdata, 4) == RES_UNCHANGED ||
            i % 2 == 0)
            zone_edit_delete_rrset(e, r.owner.wire, TYPE_A);
    }
    if (i % 5 == 0)
        zone_edit_undo(e);
    else
        zone_edit_keep(e);
    zone_edit_publish(e);
}

/* A zone that changes for ever stays as large as it is.  A pin sees to it that pieces come back
 * all at once, and not when liburcu finds time. */
static void test_steady(void)
{
    static struct model m;
    const struct contents *pinned = NULL;
    uint32_t used = 0;

    start_zone(&m);
    for (unsigned i = 0; i < CHANGES; i++) {
        if (i % 500 == 0) {
            if (pinned != NULL)
                contents_unpin(pinned);
            let_pass();
            pinned = rcu_read(zone->contents);
            contents_pin(pinned);
        }
        if (i == CHANGES / 2)
            used = zone->contents->store->used;
        change_one(i);
    }
    CU_ASSERT_EQUAL(zone->contents->store->used, used);
    contents_unpin(pinned);
    end_zone();
}

static unsigned fail_in;        /* the allocation after so many more fails; 0: none */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails(void)
{
    return fail_in > 0 && --fail_in == 0;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

/* Adds and deletes until memory fails; true when it did. */
static bool run_dry(struct zone_edit *e, const struct model *m)
{
    enum result r = RES_OK;

    for (unsigned i = 0; i < 40 && r != RES_NOMEM; i++) {
        struct record x;

        random_record(&x);
        if (dice(3) > 0)
            r = zone_edit_add(e, x.owner.wire, x.type, x.ttl, x.rdata, x.rdlen);
        else
            r = zone_edit_delete_rrset(e, m->r[dice(m->n)].owner.wire, TYPE_A);
    }
    return r == RES_NOMEM;
}

static void test_no_memory(void)
{
    static struct model m;
    unsigned failed = 0;

    srand(3);
    start_zone(&m);
    for (unsigned i = 0; i < 600; i++) {
        struct zone_edit *e = NULL;

        rcu_quiescent();
        fail_in = dice(20) + 1;
        if (zone_edit_begin(zone, &e) == RES_NOMEM)
            e = begin();
        failed += run_dry(e, &m);
        fail_in = dice(20) == 0;
        if (dice(2) == 0 || zone_edit_diff(e)->count == 0)
            zone_edit_undo(e);
        fail_in = 0;
        zone_edit_undo(e);
        check_version(zone_edit_contents(e), &m);
        random_message(e, &m, 40);
        CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
        zone_edit_publish(e);
        check_version(rcu_read(zone->contents), &m);
    }
    CU_ASSERT(failed > 50);
    end_zone();
}

/* --- what the functions say --- */

static enum result add_text(struct zone_edit *e, const char *owner, uint16_t type, uint32_t ttl,
                            const char *text)
{
    struct record r;

    name_of(&r.owner, owner);
    set_rdata(&r, type, text);
    return zone_edit_add(e, r.owner.wire, type, ttl, r.rdata, r.rdlen);
}

static enum result delete_text(struct zone_edit *e, const char *owner, uint16_t type,
                               const char *text)
{
    struct record r;

    name_of(&r.owner, owner);
    set_rdata(&r, type, text);
    return zone_edit_delete(e, r.owner.wire, type, r.rdata, r.rdlen);
}

static size_t ndiff(const struct zone_edit *e)
{
    return zone_edit_diff(e)->count;
}

static void test_records(void)
{
    static struct model m;
    const struct znode *n;
    struct zone_edit *e;
    struct name www;

    start_zone(&m);
    options.max_records_per_type = 3;
    name_of(&www, "www");
    e = begin();
    CU_ASSERT_EQUAL(add_text(e, "www.other.", TYPE_A, 1, "192.0.2.1"), RES_NOTSUBDOMAIN);
    CU_ASSERT_EQUAL(delete_text(e, "www", TYPE_A, "192.0.2.1"), RES_UNCHANGED);
    CU_ASSERT_EQUAL(zone_edit_delete_rrset(e, www.wire, TYPE_A), RES_UNCHANGED);
    CU_ASSERT_EQUAL(zone_edit_delete_rrset(e, www.wire, TYPE_RRSIG), RES_UNCHANGED);
    CU_ASSERT_EQUAL(add_text(e, "www", TYPE_A, 300, "192.0.2.1"), RES_OK);
    CU_ASSERT_EQUAL(add_text(e, "WWW", TYPE_A, 300, "192.0.2.1"), RES_UNCHANGED);
    CU_ASSERT_EQUAL(add_text(e, "www", TYPE_A, 300, "192.0.2.2"), RES_OK);
    CU_ASSERT_EQUAL(ndiff(e), 2);
    /* another TTL is that of the whole RRset */
    CU_ASSERT_EQUAL(add_text(e, "www", TYPE_A, 60, "192.0.2.3"), RES_OK);
    CU_ASSERT_EQUAL(ndiff(e), 3);
    CU_ASSERT_EQUAL(add_text(e, "www", TYPE_A, 60, "192.0.2.4"), RES_TOOMANYRECORDS);
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
    CU_ASSERT_EQUAL(add_text(e, "www", TYPE_A, 90, "192.0.2.3"), RES_OK);
    CU_ASSERT_EQUAL(ndiff(e), 6);
    CU_ASSERT_EQUAL(add_text(e, "www", TYPE_A, 60, "192.0.2.3"), RES_OK);
    CU_ASSERT_EQUAL(ndiff(e), 0);       /* as if nothing had been */
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
    CU_ASSERT_EQUAL(zone_edit_kept(e), 1);
    /* RDATA in another case replaces */
    CU_ASSERT_EQUAL(add_text(e, "mx", TYPE_MX, 60, "1 mail"), RES_OK);
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
    CU_ASSERT_EQUAL(add_text(e, "mx", TYPE_MX, 60, "1 MAIL"), RES_OK);
    CU_ASSERT_EQUAL(ndiff(e), 2);
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
    /* a name that comes back comes in its new case */
    CU_ASSERT_EQUAL(zone_edit_delete_rrset(e, www.wire, TYPE_A), RES_OK);
    CU_ASSERT_PTR_NULL(contents_find_name(zone_edit_contents(e), www.wire));
    CU_ASSERT_EQUAL(add_text(e, "WwW", TYPE_A, 60, "192.0.2.3"), RES_OK);
    n = contents_find_name(zone_edit_contents(e), www.wire);
    CU_ASSERT_FATAL(n != NULL && memcmp(n->name, "\3WwW", 4) == 0);
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
    zone_edit_publish(e);
    n = contents_find_name(rcu_read(zone->contents), www.wire);
    CU_ASSERT_FATAL(n != NULL && memcmp(n->name, "\3WwW", 4) == 0);
    end_zone();
}

static void test_not_loaded(void)
{
    static struct model m;
    struct zone *z;
    struct zone_edit *e;

    start_zone(&m);
    z = zone_new(&conf, "_default");
    CU_ASSERT_EQUAL(zone_edit_begin(z, &e), RES_NOTLOADED);
    zone_free(z);
    end_zone();
}

/* --- readers beside a writer --- */

enum { READERS = 3, EDITS = 3000 };

static bool stop;

static uint8_t octet_of(const struct contents *c, const struct name *name)
{
    const struct znode *n = contents_find_name(c, name->wire);
    const struct zrrset *s = n != NULL ? node_rrset(c, n, TYPE_A) : NULL;

    return s != NULL ? rrset_data(s)[5] : 255;
}

/* Both names change together; what the walk gives is what the version says it has. */
static bool is_whole(const struct contents *c, bool walk)
{
    struct name left, right;
    struct contents_walk w;
    unsigned n = 0;

    name_of(&left, "left");
    name_of(&right, "right.below");
    if (octet_of(c, &left) != octet_of(c, &right))
        return false;
    if (!walk)
        return true;
    contents_walk_begin(&w, c);
    while (contents_walk_next(&w) != NULL)
        n++;
    return n == c->nnodes;
}

static void *read_on(void *arg)
{
    bool *good = arg;
    const struct contents *pinned = NULL;
    uint8_t octet = 0;
    struct name left;

    rcu_register_thread();
    name_of(&left, "left");
    for (unsigned i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
        const struct contents *c = rcu_read(zone->contents);

        *good = *good && is_whole(c, i % 8 == 0);
        if (i % 64 == 0 && pinned == NULL) {
            contents_pin(c);
            pinned = c;
            octet = octet_of(c, &left);
        } else if (i % 64 == 63 && pinned != NULL) {
            *good = *good && octet_of(pinned, &left) == octet && is_whole(pinned, true);
            contents_unpin(pinned);
            pinned = NULL;
        }
        rcu_quiescent();
    }
    if (pinned != NULL)
        contents_unpin(pinned);
    rcu_unregister_thread();
    return NULL;
}

static void add_octet(struct zone_edit *e, const char *owner, unsigned octet)
{
    struct record r;
    char text[40];

    snprintf(text, sizeof text, "192.0.2.%u", octet);
    name_of(&r.owner, owner);
    set_rdata(&r, TYPE_A, text);
    zone_edit_delete_rrset(e, r.owner.wire, TYPE_A);
    zone_edit_add(e, r.owner.wire, TYPE_A, 300, r.rdata, 4);
}

/* The pair, and names that come and go beside them, the pair's parent too. */
static void change_pair(unsigned i)
{
    struct zone_edit *e = begin();
    char text[40];

    if (i % 4 == 0) {
        add_octet(e, "left", 222);
        snprintf(text, sizeof text, "x%u", dice(1000));
        add_octet(e, text, 1);
        zone_edit_undo(e);
    }
    add_octet(e, "left", i % 200);
    snprintf(text, sizeof text, "h%u.x%u", dice(20), dice(100));
    if (dice(2) == 0) {
        add_octet(e, text, 1);
    } else {
        struct name name;

        name_of(&name, text);
        zone_edit_delete_rrset(e, name.wire, TYPE_A);
    }
    add_octet(e, "right.below", i % 200);
    zone_edit_keep(e);
    if (i % 16 == 5)
        zone_edit_abandon(e);
    else
        zone_edit_publish(e);
}

static void test_concurrent(void)
{
    static struct model m;
    pthread_t threads[READERS];
    bool good[READERS] = {true, true, true};

    srand(11);
    start_zone(&m);
    stop = false;
    for (unsigned i = 0; i < READERS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, read_on, &good[i]), 0);
    for (unsigned i = 0; i < EDITS; i++) {
        change_pair(i);
        if (i == EDITS / 2)
            zone_publish(zone, build(&m));
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    rcu_offline();
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_TRUE(good[i]);
    }
    rcu_online();
    end_zone();
}

static const struct unit_test tests[] = {
    {"random messages agree with a builder, in every version", test_random},
    {"many names come and go", test_many},
    {"what additions and deletions say, and their differences", test_records},
    {"a zone without contents cannot be edited", test_not_loaded},
    {"a zone that changes for ever stays as large as it is", test_steady},
    {"without memory a message is undone and nothing is lost", test_no_memory},
    {"readers beside a writer see whole versions", test_concurrent},
};

UNIT_MAIN(tests)
