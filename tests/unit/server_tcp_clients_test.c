#include "server/tcp_clients.h"

#include <pthread.h>
#include <sched.h>

#include "base/rcu.h"
#include "tests/unit/unit.h"

enum { WORKERS = 4, PLACES = 3, ROUNDS = 3000 };

static struct tcp_clients clients;

struct worker {
    pthread_t thread;
    struct net_loop loop;
    struct tcp_waiter waiter;
    unsigned above_limit;
};

/* Takes a place, or waits to be woken; gives it back. */
static void *work(void *arg)
{
    struct worker *w = arg;

    rcu_register_thread();
    for (int taken = 0; taken < ROUNDS;) {
        if (!tcp_clients_take(&clients, &w->waiter)) {
            while (tcp_clients_is_waiting(&w->waiter))
                net_loop_step(&w->loop);
            continue;
        }
        tcp_clients_note_high_water(&clients);
        w->above_limit += tcp_clients_used(&clients) > PLACES;
        sched_yield();
        tcp_clients_give(&clients);
        taken++;
    }
    rcu_unregister_thread();
    return NULL;
}

/* Nobody waits for ever, and the limit holds. */
static void test_places(void)
{
    static struct worker workers[WORKERS];

    tcp_clients_init(&clients);
    tcp_clients_configure(&clients, PLACES, 1, 1, 1);
    for (int i = 0; i < WORKERS; i++) {
        CU_ASSERT_EQUAL_FATAL(net_loop_init(&workers[i].loop), RES_OK);
        workers[i].waiter.loop = &workers[i].loop;
        tcp_clients_join(&clients, &workers[i].waiter);
    }
    for (int i = 0; i < WORKERS; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        CU_ASSERT_EQUAL(workers[i].above_limit, 0);
        tcp_clients_leave(&clients, &workers[i].waiter);
        net_loop_free(&workers[i].loop);
    }
    CU_ASSERT_EQUAL(tcp_clients_used(&clients), 0);
    CU_ASSERT_TRUE(tcp_clients_high_water(&clients) <= PLACES);
    CU_ASSERT_EQUAL(clients.nwaiting, 0);
    tcp_clients_free(&clients);
}

static void test_raised_limit_wakes(void)
{
    struct net_loop loop;
    struct tcp_waiter w = {.loop = &loop};

    CU_ASSERT_EQUAL_FATAL(net_loop_init(&loop), RES_OK);
    tcp_clients_init(&clients);
    tcp_clients_join(&clients, &w);
    tcp_clients_configure(&clients, 1, 1, 1, 1);
    CU_ASSERT_TRUE(tcp_clients_take(&clients, &w));
    CU_ASSERT_FALSE(tcp_clients_take(&clients, &w));
    CU_ASSERT_TRUE(tcp_clients_is_waiting(&w));
    tcp_clients_configure(&clients, 2, 1, 1, 1);
    CU_ASSERT_FALSE(tcp_clients_is_waiting(&w));
    CU_ASSERT_TRUE(tcp_clients_try(&clients));
    tcp_clients_configure(&clients, 1, 1, 1, 1);       /* lower than what is in use */
    CU_ASSERT_FALSE(tcp_clients_try(&clients));
    tcp_clients_give(&clients);
    CU_ASSERT_FALSE(tcp_clients_try(&clients));
    tcp_clients_give(&clients);
    CU_ASSERT_TRUE(tcp_clients_try(&clients));
    tcp_clients_leave(&clients, &w);
    net_loop_free(&loop);
    tcp_clients_free(&clients);
}

static void test_log_once_a_second(void)
{
    tcp_clients_init(&clients);
    CU_ASSERT_TRUE(tcp_clients_may_log(&clients, 0));
    CU_ASSERT_FALSE(tcp_clients_may_log(&clients, 999));
    CU_ASSERT_TRUE(tcp_clients_may_log(&clients, 1000));
    CU_ASSERT_FALSE(tcp_clients_may_log(&clients, 1500));
    tcp_clients_free(&clients);
}

static const struct unit_test tests[] = {
    {"places go round between workers, never more than there are", test_places},
    {"a raised limit wakes who waits, a lowered one sends nobody away", test_raised_limit_wakes},
    {"a flood is told of once a second", test_log_once_a_second},
};
UNIT_MAIN(tests)
