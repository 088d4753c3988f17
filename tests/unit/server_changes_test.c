/* News of changed zones: told once each, in the maintenance thread, and not of dropped ones. */
#include "server/changes.h"

#include "base/rcu.h"
#include "tests/unit/unit.h"

enum { ZONES = 50, THREADS = 4 };

static const uint8_t names[ZONES][4] = {"\1a"};
static struct conf_zone conf = {.name = names[0], .rrclass = 1};
static struct zone *zones[ZONES];
static struct changes changes;
static struct net_loop loop;
static unsigned told[ZONES], told_all;

static void hear(void *arg, struct zone *z)
{
    for (unsigned i = 0; i < ZONES; i++)
        if (zones[i] == z)
            told[i]++;
    told_all++;
    CU_ASSERT_PTR_EQUAL(arg, told);
}

static void set_up(void)
{
    CU_ASSERT_EQUAL_FATAL(net_loop_init(&loop), RES_OK);
    changes_init(&changes, &loop);
    changes_watch(&changes, hear, told);
    for (unsigned i = 0; i < ZONES; i++) {
        zones[i] = zone_new(&conf, "_default");
        told[i] = 0;
    }
    told_all = 0;
}

static void tear_down(void)
{
    for (unsigned i = 0; i < ZONES; i++)
        zone_free(zones[i]);
    changes_free(&changes);
    net_loop_free(&loop);
}

static void test_once(void)
{
    set_up();
    for (int i = 0; i < 3; i++)
        changes_post(&changes, zones[7]);
    changes_post(&changes, zones[8]);
    net_loop_step(&loop);       /* was woken: returns at once */
    changes_deliver(&changes);
    CU_ASSERT_EQUAL(told[7], 1);
    CU_ASSERT_EQUAL(told[8], 1);
    changes_deliver(&changes);
    CU_ASSERT_EQUAL(told_all, 2);
    changes_post(&changes, zones[7]);
    changes_deliver(&changes);
    CU_ASSERT_EQUAL(told[7], 2);
    changes_post(&changes, zones[9]);   /* nobody takes it */
    tear_down();
}

static void test_dropped(void)
{
    set_up();
    changes_post(&changes, zones[3]);
    changes_post(&changes, zones[4]);
    zone_free(zones[3]);
    zones[3] = NULL;
    changes_deliver(&changes);
    CU_ASSERT_EQUAL(told_all, 1);
    CU_ASSERT_EQUAL(told[4], 1);
    tear_down();
}

static void *post_many(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < 20000; i++)
        changes_post(&changes, zones[i % ZONES]);
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];

    set_up();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, post_many, NULL);
    for (int i = 0; i < 1000; i++)
        changes_deliver(&changes);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    changes_deliver(&changes);
    for (int i = 0; i < ZONES; i++)
        CU_ASSERT_TRUE(told[i] > 0);
    tear_down();
}

static const struct unit_test tests[] = {
    {"many changes of a zone are told once", test_once},
    {"nothing is told of a zone that was dropped", test_dropped},
    {"threads post while one is told", test_threads},
};

int main(int argc, char **argv)
{
    int failed;

    rcu_register_thread();
    failed = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    rcu_unregister_thread();
    return failed;
}
