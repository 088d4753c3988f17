#include "tests/unit/unit.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/log_config.h"

static char folder[64];

/* A folder of its own for each test, entered. */
static void enter_folder(void)
{
    strcpy(folder, "/tmp/base_log_test.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_FATAL(chdir(folder) == 0);
}

static unsigned leave_folder(void)
{
    DIR *d = opendir(".");
    const struct dirent *e;
    unsigned n = 0;

    while ((e = readdir(d)) != NULL)
        if (e->d_name[0] != '.') {
            unlink(e->d_name);
            n++;
        }
    closedir(d);
    CU_ASSERT(chdir("/tmp") == 0);
    rmdir(folder);
    return n;
}

static void configure_one(const struct log_channel_spec *c)
{
    static const uint16_t first[] = {0};
    static const struct log_route_spec route = {LOGC_DEFAULT, first, 1};
    struct log_spec spec = {c, 1, &route, 1};

    CU_ASSERT_EQUAL_FATAL(log_configure(&spec), RES_OK);
}

static const char *content(const char *path)
{
    static char *data;
    size_t len;

    free(data);
    data = NULL;
    return file_read(path, 1 << 26, &data, &len) == RES_OK ? data : "(none)";
}

static void test_formats(void)
{
    static const struct {
        enum log_stamp stamp;
        const char *text;
    } rows[] = {
        {LOG_STAMP_NONE, ""},
        {LOG_STAMP_LOCAL, "21-Nov-2026 00:03:04.056 "},
        {LOG_STAMP_ISO8601, "2026-11-21T00:03:04.056 "},
        {LOG_STAMP_ISO8601_UTC, "2026-11-20T22:03:04.056Z "},
    };
    struct timespec at = {1795212184, 56999999};

    setenv("TZ", "UTC-2", 1);
    tzset();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[LOG_STAMP_TEXT] = "";
        size_t len = log_format_stamp(rows[i].stamp, &at, out);
        CU_ASSERT_EQUAL(len, strlen(rows[i].text));
        CU_ASSERT_STRING_EQUAL(out, rows[i].text);
    }
    setenv("TZ", "UTC", 1);
    tzset();
}

static void test_prefixes(void)
{
    static const struct {
        bool category, level;
        int at;
        const char *text;
    } rows[] = {
        {false, false, LVL_INFO, "hello 1\n"},
        {true, false, LVL_INFO, "xfer-in: hello 1\n"},
        {false, true, LVL_ERROR, "error: hello 1\n"},
        {true, true, LVL_CRITICAL, "xfer-in: critical: hello 1\n"},
        {true, true, 7, "xfer-in: debug 7: hello 1\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enter_folder();
        configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .level = 9,
                                                 .print_category = rows[i].category,
                                                 .print_level = rows[i].level});
        log_write(LOGC_XFER_IN, rows[i].at, "hello %d", 1);
        CU_ASSERT_STRING_EQUAL(content("a"), rows[i].text);
        log_close();
        leave_folder();
    }
}

static void test_levels(void)
{
    static const struct {
        int channel, debug, message;
        bool debug_only, taken;
    } rows[] = {
        {LVL_INFO, 0, LVL_INFO, false, true},      {LVL_INFO, 9, 1, false, false},
        {LVL_NOTICE, 0, LVL_INFO, false, false},   {LVL_NOTICE, 0, LVL_CRITICAL, false, true},
        {LVL_DYNAMIC, 0, LVL_INFO, false, true},   {LVL_DYNAMIC, 0, 1, false, false},
        {LVL_DYNAMIC, 3, 3, false, true},          {LVL_DYNAMIC, 3, 4, false, false},
        {3, 0, 3, false, true},                    {LVL_DYNAMIC, 0, LVL_ERROR, true, false},
        {LVL_DYNAMIC, 1, LVL_ERROR, true, true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enter_folder();
        log_set_debug_level(rows[i].debug);
        configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a",
                                                 .level = rows[i].channel,
                                                 .debug_only = rows[i].debug_only});
        CU_ASSERT_EQUAL(log_wants(LOGC_GENERAL, rows[i].message), rows[i].taken);
        log_write(LOGC_GENERAL, rows[i].message, "x");
        CU_ASSERT_STRING_EQUAL(content("a"), rows[i].taken        ? "x\n"
                                             : rows[i].debug_only ? "(none)"
                                                                  : "");
        log_close();
        leave_folder();
    }
    log_set_debug_level(0);
}

static void test_routes(void)
{
    static const struct log_channel_spec channels[] = {
        {.sink = LOG_SINK_FILE, .path = "all", .level = LVL_INFO},
        {.sink = LOG_SINK_FILE, .path = "errors", .level = LVL_ERROR},
        {.sink = LOG_SINK_NULL},
    };
    static const uint16_t both[] = {0, 1}, none[] = {2};
    static const struct log_route_spec routes[] = {{LOGC_DEFAULT, both, 2}, {LOGC_UPDATE, none, 1}};
    static const struct log_spec spec = {channels, 3, routes, 2};

    enter_folder();
    CU_ASSERT_EQUAL(log_configure(&spec), RES_OK);
    CU_ASSERT_FALSE(log_wants(LOGC_UPDATE, LVL_CRITICAL));
    log_write(LOGC_UPDATE, LVL_CRITICAL, "silent");
    log_write(LOGC_NOTIFY, LVL_INFO, "info");
    log_write(LOGC_NOTIFY, LVL_ERROR, "error");
    CU_ASSERT_STRING_EQUAL(content("all"), "info\nerror\n");
    CU_ASSERT_STRING_EQUAL(content("errors"), "error\n");
    log_close();
    leave_folder();
}

static void test_forged_and_long_lines(void)
{
    char *big = malloc(3 * LOG_MESSAGE);

    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a"});
    log_write(LOGC_GENERAL, LVL_INFO, "a\nb\033[31m\tc\x7f");
    CU_ASSERT_STRING_EQUAL(content("a"), "a?b?[31m c?\n");
    memset(big, 'x', 3 * LOG_MESSAGE);
    big[3 * LOG_MESSAGE - 1] = '\0';
    log_write(LOGC_GENERAL, LVL_INFO, "%s", big);
    CU_ASSERT_EQUAL(strlen(content("a")), 12 + LOG_MESSAGE + 1);
    free(big);
    log_close();
    leave_folder();
}

static void write_lines(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        log_write(LOGC_GENERAL, LVL_INFO, "line %03u", i);    /* nine bytes each */
}

static void test_roll_increment(void)
{
    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .versions = 2,
                                             .size_max = 45});
    write_lines(23);
    CU_ASSERT_STRING_EQUAL(content("a"), "line 020\nline 021\nline 022\n");
    CU_ASSERT_EQUAL(strncmp(content("a.0"), "line 015\n", 9), 0);
    CU_ASSERT_EQUAL(strncmp(content("a.1"), "line 010\n", 9), 0);
    CU_ASSERT_NOT_EQUAL(access("a.2", F_OK), 0);
    log_close();
    CU_ASSERT_EQUAL(leave_folder(), 3);
}

static void test_roll_unlimited(void)
{
    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .versions = -1,
                                             .size_max = 9});
    write_lines(13);
    CU_ASSERT_STRING_EQUAL(content("a.11"), "line 000\n");
    log_close();
    CU_ASSERT_EQUAL(leave_folder(), 13);
}

static void test_roll_timestamp(void)
{
    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .versions = 2,
                                             .suffix_timestamp = true});
    for (unsigned i = 0; i < 4; i++) {
        write_lines(i + 1);
        usleep(2000);
        log_roll();
    }
    CU_ASSERT_STRING_EQUAL(content("a"), "");
    log_close();
    CU_ASSERT_EQUAL(leave_folder(), 3);
}

static void test_roll_at_start(void)
{
    const struct log_channel_spec c = {.sink = LOG_SINK_FILE, .path = "a", .versions = 3};

    enter_folder();
    CU_ASSERT_EQUAL(file_replace_with("a", 0644, "old\n", 4), RES_OK);
    configure_one(&c);
    write_lines(1);
    configure_one(&c);          /* a reload does not roll */
    write_lines(1);
    CU_ASSERT_STRING_EQUAL(content("a"), "line 000\nline 000\n");
    CU_ASSERT_STRING_EQUAL(content("a.0"), "old\n");
    log_close();
    CU_ASSERT_EQUAL(leave_folder(), 2);
}

static void test_full_without_versions(void)
{
    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .size_max = 18});
    write_lines(4);
    CU_ASSERT_STRING_EQUAL(content("a"), "line 000\nline 001\n");
    CU_ASSERT_EQUAL(rename("a", "b"), 0);
    usleep(1100000);
    write_lines(1);
    CU_ASSERT_STRING_EQUAL(content("a"), "line 000\n");
    log_close();
    leave_folder();
}

static void test_reopen(void)
{
    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a"});
    write_lines(1);
    log_reopen();               /* still there: nothing happens */
    CU_ASSERT_EQUAL(rename("a", "a.moved"), 0);
    write_lines(1);
    log_reopen();
    write_lines(1);
    CU_ASSERT_STRING_EQUAL(content("a.moved"), "line 000\nline 000\n");
    CU_ASSERT_STRING_EQUAL(content("a"), "line 000\n");
    log_close();
    leave_folder();
}

/* Standard error is caught in a file while `run` runs. */
static void with_stderr(const char *path, void (*run)(void))
{
    int saved = dup(STDERR_FILENO);

    CU_ASSERT_PTR_NOT_NULL_FATAL(freopen(path, "w", stderr));
    run();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static void log_to_missing_folder(void)
{
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "no/a"});
    write_lines(50);
    CU_ASSERT_EQUAL(mkdir("no", 0755), 0);
    log_reopen();
    write_lines(1);
    CU_ASSERT_STRING_EQUAL(content("no/a"), "line 000\n");
    log_close();
    unlink("no/a");
    rmdir("no");
}

static void log_to_full_disk(void)
{
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "/dev/full"});
    write_lines(50);
    log_close();
}

static void log_to_stderr(void)
{
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_STDERR, .print_level = true});
    write_lines(1);
    log_close();
    log_write(LOGC_GENERAL, LVL_INFO, "bare");
}

static void test_stderr_and_failures(void)
{
    enter_folder();
    with_stderr("err", log_to_missing_folder);
    CU_ASSERT_STRING_EQUAL(content("err"), "logging to 'no/a': open: file not found\n");
    with_stderr("err", log_to_full_disk);
    CU_ASSERT_STRING_EQUAL(content("err"), "logging to '/dev/full': write: disc full\n");
    with_stderr("err", log_to_stderr);
    CU_ASSERT_STRING_EQUAL(content("err"), "info: line 000\nbare\n");
    leave_folder();
}

enum { THREADS = 4, LINES = 4000 };

static void *thread_lines(void *arg)
{
    for (unsigned i = 0; i < LINES; i++)
        log_write(LOGC_GENERAL, LVL_INFO, "<%c %05u 0123456789012345678901234567890123456789>",
                  *(const char *)arg, i);
    return NULL;
}

/* Whole lines, each thread's in order; returns how many. */
static unsigned check_lines(const char *path, unsigned next[THREADS])
{
    FILE *f = fopen(path, "r");
    char line[128], who;
    unsigned n = 0, number, torn = 0;

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        n++;
        if (strlen(line) != 51 || sscanf(line, "<%c %05u", &who, &number) != 2)
            torn++;
        else if (number != next[who - 'a']++)
            torn++;
    }
    if (f != NULL)
        fclose(f);
    CU_ASSERT_EQUAL(torn, 0);
    return n;
}

static void run_threads(const struct log_channel_spec *c)
{
    static char names[] = "abcd";
    pthread_t t[THREADS];

    configure_one(c);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, thread_lines, &names[i]);
    for (int i = 0; i < 20; i++) {      /* reloads meanwhile */
        configure_one(c);
        log_reopen();
        usleep(500);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    log_close();
}

static void test_threads(void)
{
    unsigned next[THREADS] = {0};

    enter_folder();
    run_threads(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a"});
    CU_ASSERT_EQUAL(check_lines("a", next), THREADS * LINES);
    leave_folder();
}

static void test_buffered(void)
{
    char name = 'a';

    enter_folder();
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .buffered = true});
    for (int i = 0; i < 7; i++)     /* more than both halves hold */
        thread_lines(&name);
    log_close();
    CU_ASSERT_EQUAL(strlen(content("a")), 7UL * LINES * 51);
    leave_folder();
}

static void test_threads_rolling(void)
{
    unsigned next[THREADS] = {0}, n = 0;
    char path[16];

    enter_folder();
    run_threads(&(struct log_channel_spec){.sink = LOG_SINK_FILE, .path = "a", .versions = -1,
                                           .size_max = 100000});
    for (int i = 20; i >= 0; i--) {
        snprintf(path, sizeof path, "a.%d", i);
        if (access(path, F_OK) == 0)
            n += check_lines(path, next);
    }
    n += check_lines("a", next);
    CU_ASSERT_EQUAL(n, THREADS * LINES);
    CU_ASSERT(leave_folder() > 5);
}

static void test_syslog_and_null_take_lines(void)
{
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_SYSLOG, .facility = LOG_DAEMON});
    write_lines(1);
    configure_one(&(struct log_channel_spec){.sink = LOG_SINK_NULL});
    CU_ASSERT_FALSE(log_wants(LOGC_GENERAL, LVL_CRITICAL));
    log_close();
    CU_ASSERT(log_wants(LOGC_GENERAL, LVL_INFO));
}

static const struct unit_test tests[] = {
    {"log: stamps", test_formats},
    {"log: category and level before the message", test_prefixes},
    {"log: levels, debug levels, thresholds", test_levels},
    {"log: routes", test_routes},
    {"log: no forged lines, long ones cut", test_forged_and_long_lines},
    {"log: versions by number", test_roll_increment},
    {"log: versions without limit", test_roll_unlimited},
    {"log: versions by time", test_roll_timestamp},
    {"log: rolled at the start only", test_roll_at_start},
    {"log: full without versions", test_full_without_versions},
    {"log: reopened when moved", test_reopen},
    {"log: standard error, failures said once", test_stderr_and_failures},
    {"log: many threads, none torn", test_threads},
    {"log: buffered", test_buffered},
    {"log: many threads while rolling", test_threads_rolling},
    {"log: syslog and null", test_syslog_and_null_take_lines},
};
UNIT_MAIN(tests)
