#include "base/counters.h"

#include <pthread.h>

#include "tests/unit/unit.h"

enum { THREADS = 4, ROUNDS = 20000 };

/* Counts; the even ones in a block of their own, the odd ones in the shared one. */
static void *count(void *arg)
{
    if (*(int *)arg % 2 == 0)
        CU_ASSERT_EQUAL(counters_attach(), RES_OK);
    for (int i = 0; i < ROUNDS; i++) {
        counter_add(COUNTER_RESPONSE, 1);
        counter_add(COUNTER_REQUEST_V6, 3);
    }
    counters_detach();
    return NULL;
}

static void test_sums(void)
{
    uint64_t before[COUNTERS], now[COUNTERS];
    pthread_t threads[THREADS];
    int numbers[THREADS];

    counters_sum(before);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, count, &numbers[i]), 0);
    }
    for (uint64_t last = before[COUNTER_RESPONSE]; last < before[COUNTER_RESPONSE] + ROUNDS;) {
        counters_sum(now);
        CU_ASSERT_TRUE_FATAL(now[COUNTER_RESPONSE] >= last);    /* a sum never goes back */
        last = now[COUNTER_RESPONSE];
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    counters_sum(now);
    CU_ASSERT_EQUAL(now[COUNTER_RESPONSE] - before[COUNTER_RESPONSE], THREADS * ROUNDS);
    CU_ASSERT_EQUAL(now[COUNTER_REQUEST_V6] - before[COUNTER_REQUEST_V6], 3 * THREADS * ROUNDS);
    CU_ASSERT_EQUAL(now[COUNTER_REQUEST_V4], before[COUNTER_REQUEST_V4]);
}

static void test_attached_twice(void)
{
    uint64_t now[COUNTERS], before[COUNTERS];

    counters_sum(before);
    counters_detach();
    CU_ASSERT_EQUAL(counters_attach(), RES_OK);
    CU_ASSERT_EQUAL(counters_attach(), RES_OK);
    counter_add(COUNTER_BLACKHOLED, 7);
    counters_detach();
    counters_sum(now);
    CU_ASSERT_EQUAL(now[COUNTER_BLACKHOLED] - before[COUNTER_BLACKHOLED], 7);
}

static void test_names(void)
{
    for (int c = 0; c < COUNTERS_NAMED; c++) {
        CU_ASSERT_TRUE(strlen(counter_name((enum counter)c)) > 0);
        CU_ASSERT_TRUE(strlen(counter_text((enum counter)c)) > 0);
        for (int d = 0; d < c; d++)
            CU_ASSERT_STRING_NOT_EQUAL(counter_name((enum counter)c),
                                       counter_name((enum counter)d));
    }
}

static const struct unit_test tests[] = {
    {"what threads count adds up, while they run and after", test_sums},
    {"attaching twice and detaching without a block do no harm", test_attached_twice},
    {"every counter has a name of its own and a text", test_names},
};
UNIT_MAIN(tests)
