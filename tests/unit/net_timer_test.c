#include "net/timer.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

struct probe {
    struct net_timer timer;
    struct net_timers *timers;
    int fired;
    int64_t again_ms;           /* set itself again, this much later; 0: not */
};

static int64_t last_due_ms;
static bool in_order;

static void probe_fire(struct net_timer *t, int64_t now_ms)
{
    struct probe *p = (struct probe *)t;

    p->fired++;
    in_order = in_order && t->due_ms >= last_due_ms && t->due_ms <= now_ms;
    last_due_ms = t->due_ms;
    if (p->again_ms != 0)
        net_timer_set(p->timers, t, now_ms + p->again_ms);
}

static struct probe probe_of(struct net_timers *ts)
{
    return (struct probe){.timer.fire = probe_fire, .timers = ts};
}

static void test_order(void)
{
    enum { COUNT = 500 };
    struct net_timers ts = {0};
    struct probe probes[COUNT];
    int fired = 0;

    srand(1);
    in_order = true;
    last_due_ms = 0;
    for (int i = 0; i < COUNT; i++) {
        probes[i] = probe_of(&ts);
        CU_ASSERT_EQUAL(net_timer_set(&ts, &probes[i].timer, rand() % 1000), RES_OK);
    }
    for (int i = 0; i < COUNT; i += 3)      /* later, sooner */
        net_timer_set(&ts, &probes[i].timer, rand() % 1000);
    for (int i = 1; i < COUNT; i += 5)
        net_timer_stop(&ts, &probes[i].timer);
    for (int64_t now = 0; now < 1000; now += 7)
        net_timers_run(&ts, now);
    net_timers_run(&ts, 1000);
    for (int i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(probes[i].fired, i % 5 == 1 ? 0 : 1);
        fired += probes[i].fired;
    }
    CU_ASSERT_EQUAL(fired, COUNT - COUNT / 5);
    CU_ASSERT_TRUE(in_order);
    CU_ASSERT_EQUAL(net_timers_wait_ms(&ts, 0), -1);
    net_timers_free(&ts);
}

static void test_moved_later(void)
{
    struct net_timers ts = {0};
    struct probe p = probe_of(&ts);

    net_timer_set(&ts, &p.timer, 10);
    net_timer_set(&ts, &p.timer, 50);
    net_timers_run(&ts, 20);
    CU_ASSERT_EQUAL(p.fired, 0);
    CU_ASSERT_EQUAL(net_timers_wait_ms(&ts, 20), 30);
    net_timer_set(&ts, &p.timer, 30);
    net_timers_run(&ts, 30);
    CU_ASSERT_EQUAL(p.fired, 1);
    net_timers_run(&ts, 100);
    CU_ASSERT_EQUAL(p.fired, 1);
    net_timers_free(&ts);
}

static void test_sets_itself(void)
{
    struct net_timers ts = {0};
    struct probe p = probe_of(&ts), past = probe_of(&ts);

    p.again_ms = 10;
    past.again_ms = -5;         /* must not hold net_timers_run() for ever */
    net_timer_set(&ts, &p.timer, 10);
    net_timers_run(&ts, 10);
    net_timers_run(&ts, 19);
    CU_ASSERT_EQUAL(p.fired, 1);
    net_timer_set(&ts, &past.timer, 0);
    net_timers_run(&ts, 20);
    CU_ASSERT_EQUAL(p.fired, 2);
    CU_ASSERT_EQUAL(past.fired, 1);
    CU_ASSERT_EQUAL(net_timers_wait_ms(&ts, 20), 1);
    net_timers_free(&ts);
}

static void test_wait_is_bounded(void)
{
    struct net_timers ts = {0};
    struct probe p = probe_of(&ts);

    net_timer_set(&ts, &p.timer, INT64_MAX / 2);
    CU_ASSERT_EQUAL(net_timers_wait_ms(&ts, 0), 24 * 3600 * 1000);
    net_timer_stop(&ts, &p.timer);
    net_timer_stop(&ts, &p.timer);
    CU_ASSERT_EQUAL(ts.count, 0);
    net_timers_free(&ts);
}

static const struct unit_test tests[] = {
    {"timers fire once, in order, wherever they were moved", test_order},
    {"a deadline that moves later fires at its last value", test_moved_later},
    {"a timer may set itself again, also into the past", test_sets_itself},
    {"the wait is bounded; stopping twice is harmless", test_wait_is_bounded},
};
UNIT_MAIN(tests)
