#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rcu.h"
#include "server/upkeep.h"
#include "zone/edit.h"
#include "zone/files.h"
#include "zone/flush.h"
#include "zone/load.h"

static void test_delays(void)
{
    static const uint32_t retries_s[] = {60, 120, 240, 480, 900, 900};

    CU_ASSERT_EQUAL(upkeep_delay_ms(0), 900 * 1000);
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t ms = upkeep_delay_ms(i * 42949u);
        CU_ASSERT_TRUE_FATAL(ms > 675 * 1000 && ms <= 900 * 1000);
    }
    for (unsigned i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(upkeep_retry_ms(i + 1), retries_s[i] * 1000);
    CU_ASSERT_EQUAL(upkeep_retry_ms(1000000), 900 * 1000);
}

static void test_journal_limits(void)
{
    struct zone_options o = {0};

    CU_ASSERT_EQUAL(zone_journal_limit(&o, 1000), 2000);
    CU_ASSERT_EQUAL(zone_journal_limit(&o, 1ULL << 40), INT32_MAX);
    o.max_journal_size = 5000;
    CU_ASSERT_EQUAL(zone_journal_limit(&o, 1000), 5000);
}

/* ---- A zone, its file, and a loop ---- */

static char folder[] = "/tmp/upkeep_test.XXXXXX";
static struct conf_snapshot *conf;
static struct zone_set *zones;
static struct zone *zone;
static struct net_loop loop;
static struct pool *pool;
static struct loader *loader;
static struct upkeep *upkeep;

static const char zone_text_1[] =
    "$TTL 300\n@ SOA ns h 1 3600 900 604800 300\n NS ns\nns A 192.0.2.1\n";

static void say(void *arg, int level, const char *text)
{
    (void)arg, (void)level, (void)text;
}

static char *in_folder(const char *name)
{
    char *path;

    CU_ASSERT_FATAL(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void load_zone(void)
{
    const struct zone_load_sink sink = {.message = say};
    struct zone_builder *b = zone_builder_new();

    rcu_offline();
    CU_ASSERT_EQUAL_FATAL(zone_load(zone, b, &sink), RES_OK);
    rcu_online();
    zone_builder_free(b);
}

static void set_up(void)
{
    static const struct conf_load_options opt = {.check_only = true};
    static const struct conf_report report = {.message = say};
    char *file, *text;

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    file = in_folder("zone");
    CU_ASSERT_FATAL(asprintf(&text, "zone \"z.test\" { type primary; file \"%s\"; "
                             "allow-update { any; }; };", file) > 0);
    CU_ASSERT_EQUAL_FATAL(conf_load_text("test", text, strlen(text), &opt, &report, &conf), RES_OK);
    CU_ASSERT_EQUAL_FATAL(file_replace_with(file, 0640, zone_text_1, strlen(zone_text_1)), RES_OK);
    free(file);
    free(text);
    rcu_register_thread();
    zones = zone_set_new(conf, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zones);
    zone = zones->loads[0].zone;
    CU_ASSERT_EQUAL_FATAL(net_loop_init(&loop), RES_OK);
    pool = pool_new(2, "test");
    loader = loader_new(pool, &loop, false);
    upkeep = upkeep_new(pool, &loop, loader);
    load_zone();
}

static void tear_down(void)
{
    char *file = in_folder("zone");

    pool_free(pool);
    upkeep_free(upkeep);
    loader_free(loader);
    net_loop_free(&loop);
    zone_set_free(zones);
    conf_free(conf);
    rcu_barrier();
    rcu_unregister_thread();
    unlink(file);
    rmdir(folder);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    free(file);
}

/* A new version: the serial goes up. */
static void change_zone(void)
{
    struct zone_edit *e;
    const struct contents *c;
    const struct zrrset *soa;
    uint8_t rdata[512];
    uint16_t len;

    CU_ASSERT_EQUAL_FATAL(zone_edit_begin(zone, &e), RES_OK);
    c = zone_edit_contents(e);
    soa = node_rrset(c, contents_apex(c), TYPE_SOA);
    len = rr_len(rrset_data(soa));
    memcpy(rdata, rrset_data(soa) + 2, len);
    CU_ASSERT_EQUAL(zone_edit_delete(e, zone->name, TYPE_SOA, rdata, len), RES_OK);
    put_u32(rdata + len - 20, get_u32(rdata + len - 20) + 1);
    CU_ASSERT_EQUAL(zone_edit_add(e, zone->name, TYPE_SOA, 300, rdata, len), RES_OK);
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
    zone_edit_publish(e);
}

static void wait_until_idle(void)
{
    upkeep_check(upkeep);
    while (upkeep_is_busy(upkeep)) {
        net_loop_step(&loop);
        upkeep_check(upkeep);
    }
}

static bool file_has(const char *text)
{
    char *file = in_folder("zone"), *data;
    size_t len;
    bool found;

    CU_ASSERT_EQUAL_FATAL(file_read(file, 1 << 20, &data, &len), RES_OK);
    found = strstr(data, text) != NULL;
    free(data);
    free(file);
    return found;
}

/* A change is written in the end, and only then; a second one does not put it off. */
static void test_timer(void)
{
    int64_t now;

    set_up();
    upkeep_changed(upkeep, zone);
    CU_ASSERT_EQUAL(loop.timers.count, 0);      /* nothing has changed */
    change_zone();
    now = net_now_ms();
    upkeep_changed(upkeep, zone);
    change_zone();
    upkeep_changed(upkeep, zone);
    CU_ASSERT_EQUAL(loop.timers.count, 1);
    CU_ASSERT_TRUE(loop.timers.heap[0]->due_ms <= now + 1000 + 900 * 1000);
    net_timers_run(&loop.timers, now + 670 * 1000);
    wait_until_idle();
    CU_ASSERT_TRUE(file_has("h 1 3600"));
    net_timers_run(&loop.timers, now + 901 * 1000);
    wait_until_idle();
    CU_ASSERT_TRUE(file_has("3          ; serial"));
    CU_ASSERT_FALSE(zone_needs_flush(zone, zone->contents));
    CU_ASSERT_FALSE(zone_files_changed(zone));
    CU_ASSERT_EQUAL(loop.timers.count, 0);
    tear_down();
}

struct waiter {
    struct upkeep_wait wait;
    enum result result;
    unsigned calls;
};

static void note(struct upkeep_wait *w, enum result r)
{
    struct waiter *n = (struct waiter *)w;

    n->result = r;
    n->calls++;
}

/* Who waits is told; while held nothing is begun; a failure is tried again. */
static void test_waiting(void)
{
    struct waiter a = {.wait.done = note}, b = {.wait.done = note};

    set_up();
    change_zone();
    upkeep_hold(upkeep, true);
    upkeep_write(upkeep, zone, &a.wait);
    upkeep_write(upkeep, zone, &b.wait);
    wait_until_idle();
    CU_ASSERT_EQUAL(a.calls + b.calls, 0);
    upkeep_hold(upkeep, false);
    wait_until_idle();
    CU_ASSERT_TRUE(a.calls == 1 && b.calls == 1 && a.result == RES_OK && b.result == RES_OK);
    CU_ASSERT_TRUE(file_has("2          ; serial"));
    if (geteuid() != 0) {
        change_zone();
        chmod(folder, 0500);
        upkeep_write(upkeep, zone, &a.wait);
        wait_until_idle();
        CU_ASSERT_TRUE(a.calls == 2 && a.result == RES_NOPERM);
        CU_ASSERT_EQUAL(loop.timers.count, 1);
        chmod(folder, 0700);
    }
    tear_down();
}

static void test_end(void)
{
    set_up();
    change_zone();
    upkeep_changed(upkeep, zone);
    upkeep_flush_all(upkeep, zones);
    CU_ASSERT_TRUE(file_has("2          ; serial"));
    tear_down();
}

static const struct unit_test tests[] = {
    {"upkeep: when files are written", test_delays},
    {"upkeep: how long journals become", test_journal_limits},
    {"upkeep: a change is written in a while", test_timer},
    {"upkeep: who waits is told", test_waiting},
    {"upkeep: the end writes what is left", test_end},
};
UNIT_MAIN(tests)
