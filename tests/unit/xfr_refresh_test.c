/* The refresh machine, as rows of events: what it does, and when it wants to be called. */
#include "xfr/refresh.h"

#include "tests/unit/unit.h"

static const struct refresh_bounds bounds = {300, 2419200, 500, 1209600};
static const struct refresh_timers soa = {10800, 3600, 604800};

/* Seconds everywhere; `random` 0: no jitter, as the longest delay comes of it. */
struct row {
    enum refresh_event event;
    int64_t at_s;
    unsigned actions;       /* expected … */
    int64_t wake_s;         /* -1: not looked at */
    int64_t age_s;
    uint32_t expire_option_s;   /* 0: none */
};

static void run(struct refresh *r, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        struct refresh_input in = {.event = row->event,
                                   .now_ms = row->at_s * 1000,
                                   .timers = soa,
                                   .age_ms = row->age_s * 1000,
                                   .has_expire_option = row->expire_option_s > 0,
                                   .expire_option_s = row->expire_option_s};
        unsigned actions = refresh_step(r, &in);

        CU_ASSERT_EQUAL(actions, row->actions);
        if (row->wake_s >= 0)
            CU_ASSERT_EQUAL(refresh_wake_ms(r), row->wake_s * 1000);
        if (actions != row->actions)
            printf("row %zu: actions %u, not %u\n", i, actions, row->actions);
    }
}
#define RUN(r, rows) run((r), (rows), sizeof(rows) / sizeof *(rows))

static void test_new_zone(void)
{
    static const struct row rows[] = {
        {REFRESH_START, 0, REFRESH_ASK, -1, 0, 0},
        {REFRESH_FAILED, 1, 0, 61, 0, 0},           /* 60 s, then doubled */
        {REFRESH_DUE, 30, 0, 61, 0, 0},             /* too early: nothing */
        {REFRESH_DUE, 61, REFRESH_ASK, -1, 0, 0},
        {REFRESH_FAILED, 62, 0, 182, 0, 0},
        {REFRESH_DUE, 182, REFRESH_ASK, -1, 0, 0},
        {REFRESH_NEWER, 183, 0, -1, 0, 0},
        {REFRESH_TRANSFERRED, 190, 0, 190 + 10800, 0, 0},
    };
    struct refresh r;

    refresh_init(&r, &bounds);
    RUN(&r, rows);
    CU_ASSERT_TRUE(r.has_version);
    CU_ASSERT_EQUAL(r.expire_at_ms, (190 + 604800) * 1000);
}

/* Its RETRY is known: the doubling of unloaded zones ends there. */
static void test_expired_zone_keeps_its_retry(void)
{
    struct refresh_input in = {.event = REFRESH_LOADED, .timers = {10800, 3600, 604800},
                               .age_ms = INT64_C(700000) * 1000};
    struct refresh r;

    refresh_init(&r, &bounds);
    CU_ASSERT_EQUAL(refresh_step(&r, &in), REFRESH_EXPIRE);
    for (int i = 0; i < 20; i++) {
        in.event = REFRESH_DUE;
        in.now_ms = r.ask_at_ms;
        CU_ASSERT_EQUAL_FATAL(refresh_step(&r, &in), REFRESH_ASK);
        in.event = REFRESH_FAILED;
        refresh_step(&r, &in);
        CU_ASSERT_TRUE_FATAL(r.ask_at_ms > in.now_ms && r.ask_at_ms - in.now_ms <= 3600 * 1000);
    }
}

static void test_unloaded_retries_are_bounded(void)
{
    struct refresh r;
    int64_t now = 0;

    refresh_init(&r, &bounds);
    for (int i = 0; i < 40; i++) {
        struct refresh_input in = {.event = i == 0 ? REFRESH_START : REFRESH_DUE, .now_ms = now};

        CU_ASSERT_EQUAL_FATAL(refresh_step(&r, &in), REFRESH_ASK);
        in.event = REFRESH_FAILED;
        refresh_step(&r, &in);
        CU_ASSERT_TRUE_FATAL(r.ask_at_ms > now && r.ask_at_ms - now <= REFRESH_LAST_RETRY_S * 1000);
        now = r.ask_at_ms;
    }
}

static void test_steady(void)
{
    static const struct row rows[] = {
        {REFRESH_LOADED, 0, 0, 3600, 100, 0},       /* within RETRY */
        {REFRESH_DUE, 3600, REFRESH_ASK, -1, 0, 0},
        {REFRESH_UP_TO_DATE, 3601, 0, 3601 + 10800, 0, 0},
        {REFRESH_DUE, 14401, REFRESH_ASK, -1, 0, 0},
        {REFRESH_FAILED, 14410, 0, 14410 + 3600, 0, 0},
        {REFRESH_DUE, 18010, REFRESH_ASK, -1, 0, 0},
        {REFRESH_UP_TO_DATE, 18011, 0, 18011 + 10800, 0, 0},
    };
    struct refresh r;

    refresh_init(&r, &bounds);
    RUN(&r, rows);
}

static void test_notify(void)
{
    static const struct row rows[] = {
        {REFRESH_LOADED, 0, 0, 3600, 0, 0},
        {REFRESH_NOTIFIED, 10, REFRESH_ASK, -1, 0, 0},
        {REFRESH_NOTIFIED, 11, REFRESH_QUEUED, -1, 0, 0},
        {REFRESH_NOTIFIED, 12, REFRESH_QUEUED, -1, 0, 0},
        {REFRESH_TRANSFERRED, 13, REFRESH_ASK, -1, 0, 0},   /* one more round for both */
        {REFRESH_UP_TO_DATE, 14, 0, 14 + 10800, 0, 0},
        {REFRESH_ORDERED, 20, REFRESH_ASK, -1, 0, 0},
    };
    struct refresh r;

    refresh_init(&r, &bounds);
    RUN(&r, rows);
}

/* EXPIRE 604800: half at 302400, three quarters at 453600, nine tenths at 544320. */
static void test_expiry(void)
{
    static const struct row rows[] = {
        {REFRESH_LOADED, 0, 0, 3600, 0, 0},
        {REFRESH_DUE, 3600, REFRESH_ASK, 302400, 0, 0},
        {REFRESH_DUE, 302400, REFRESH_WARN, 453600, 0, 0},
        {REFRESH_DUE, 302401, 0, 453600, 0, 0},     /* said once */
        {REFRESH_FAILED, 302402, 0, 306002, 0, 0},
        {REFRESH_DUE, 544320, REFRESH_ASK | REFRESH_WARN, 604800, 0, 0},
        {REFRESH_DUE, 604800, REFRESH_EXPIRE, -1, 0, 0},
        {REFRESH_DUE, 604900, 0, -1, 0, 0},         /* struck once */
        {REFRESH_FAILED, 604901, 0, 604961, 0, 0},
        {REFRESH_DUE, 604961, REFRESH_ASK, -1, 0, 0},
        {REFRESH_TRANSFERRED, 604970, 0, 604970 + 10800, 0, 0},
    };
    struct refresh r;

    refresh_init(&r, &bounds);
    RUN(&r, rows);
    CU_ASSERT_FALSE(r.expired);
    CU_ASSERT_TRUE(r.has_version);
}

static void test_restart_keeps_expiry(void)
{
    static const struct row nearly[] = {{REFRESH_LOADED, 0, REFRESH_WARN, 0, 604000, 0}};
    static const struct row over[] = {{REFRESH_LOADED, 0, REFRESH_EXPIRE, -1, 604801, 0}};
    struct refresh r;

    refresh_init(&r, &bounds);
    RUN(&r, nearly);
    CU_ASSERT_EQUAL(r.warned_pct, 90);
    CU_ASSERT_TRUE(refresh_is_urgent(&r, 0));
    CU_ASSERT_EQUAL(r.ask_at_ms, 0);        /* RETRY would come too late: at once */
    refresh_init(&r, &bounds);
    RUN(&r, over);
    CU_ASSERT_TRUE(r.expired);
}

static void test_expire_option(void)
{
    static const struct row rows[] = {
        {REFRESH_LOADED, 0, 0, 3600, 0, 0},
        {REFRESH_DUE, 3600, REFRESH_ASK, -1, 0, 0},
        {REFRESH_UP_TO_DATE, 3600, 0, 3600 + 500, 0, 1000},     /* half of what is left there */
        {REFRESH_DUE, 4599, REFRESH_WARN, 4600, 0, 0},
        {REFRESH_DUE, 4600, REFRESH_EXPIRE, -1, 0, 0},
    };
    struct refresh r;

    refresh_init(&r, &bounds);
    RUN(&r, rows);
}

static void test_bounds(void)
{
    static const struct {
        struct refresh_timers in, out;
    } rows[] = {
        {{1, 1, 1}, {300, 500, 800}},
        {{0xffffffff, 0xffffffff, 0xffffffff}, {2419200, 1209600, REFRESH_EXPIRE_MAX_S}},
        {{3600, 600, 3600}, {3600, 600, 4200}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct refresh_input in = {.event = REFRESH_LOADED, .timers = rows[i].in};
        struct refresh r;

        refresh_init(&r, &bounds);
        refresh_step(&r, &in);
        CU_ASSERT_EQUAL(r.timers.refresh_s, rows[i].out.refresh_s);
        CU_ASSERT_EQUAL(r.timers.retry_s, rows[i].out.retry_s);
        CU_ASSERT_EQUAL(r.timers.expire_s, rows[i].out.expire_s);
    }
}

static void test_jitter(void)
{
    static const struct {
        enum refresh_event event;
        int64_t low_s, high_s;
    } rows[] = {
        {REFRESH_LOADED, 900, 3600},
        {REFRESH_UP_TO_DATE, 8100, 10800},
        {REFRESH_FAILED, 2700, 3600},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (uint64_t random = 0; random <= UINT32_MAX; random += 0x11111111) {
            struct refresh_input in = {.event = REFRESH_LOADED, .timers = soa};
            struct refresh r;

            refresh_init(&r, &bounds);
            in.random = (uint32_t)random;
            refresh_step(&r, &in);
            in.event = rows[i].event;
            refresh_step(&r, &in);
            CU_ASSERT_TRUE(r.ask_at_ms >= rows[i].low_s * 1000);
            CU_ASSERT_TRUE(r.ask_at_ms <= rows[i].high_s * 1000);
        }
}

static const struct unit_test tests[] = {
    {"a new zone asks at once, then ever more rarely", test_new_zone},
    {"retries of a zone never had stay below six hours", test_unloaded_retries_are_bounded},
    {"an expired zone goes on asking at its RETRY", test_expired_zone_keeps_its_retry},
    {"refresh after success, retry after failure", test_steady},
    {"a notify asks at once, or once more after the round under way", test_notify},
    {"warnings, expiry, recovery", test_expiry},
    {"a restart keeps the expiry", test_restart_keeps_expiry},
    {"the primary's own remaining time bounds ours", test_expire_option},
    {"what a zone may ask is bounded", test_bounds},
    {"delays are spread", test_jitter},
};
UNIT_MAIN(tests)
