#include "tests/unit/unit.h"

#include <stdlib.h>

#include "server/options.h"

enum { MAX_ARGS = 24 };

/* Splits at spaces, parses, and gives what was written as mistakes. */
static char *parse(const char *line, struct options *o)
{
    static char words[256];
    char *argv[MAX_ARGS] = {"named"}, *text = NULL, *save = NULL;
    size_t len;
    FILE *err = open_memstream(&text, &len);
    int argc = 1;

    snprintf(words, sizeof words, "%s", line);
    for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    options_parse(o, argc, argv, err);
    fclose(err);
    return text;
}

static void test_mistakes(void)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"-x", "named: unknown option '-x'\n"},
        {"-gx", "named: unknown option '-x'\n"},
        {"-c", "named: option '-c' requires an argument\n"},
        {"-4 -6", "named: cannot specify -4 and -6\n"},
        {"-64", "named: cannot specify -4 and -6\n"},
        {"-p 0", "named: port '0' out of range\n"},
        {"-p 65536", "named: port '65536' out of range\n"},
        {"-p tls=x", "named: port 'x' must be numeric\n"},
        {"-p dns=", "named: port '' must be numeric\n"},
        {"-n x", "named: number of cpus 'x' must be numeric\n"},
        {"-n -1", "named: number of cpus '-1' must be numeric\n"},
        {"-d 1x", "named: debug level '1x' must be numeric\n"},
        {"-m foo", "named: unrecognized flag 'foo'\n"},
        {"-M foo", "named: unrecognized flag 'foo'\n"},
        {"-S x", "named: argument 'x' must be numeric\n"},
        {"foo", "named: extra command line arguments\n"},
        {"-g -- -f", "named: extra command line arguments\n"},
        {"-g -", "named: extra command line arguments\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct options o;
        char *text = parse(rows[i].line, &o);
        CU_ASSERT_EQUAL(o.action, OPTIONS_WRONG);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, rows[i].says));
        free(text);
    }
}

static void test_actions(void)
{
    static const struct {
        const char *line;
        enum options_action action;
    } rows[] = {
        {"", OPTIONS_SERVE},   {"-v", OPTIONS_VERSION},       {"-V", OPTIONS_BUILD_INFO},
        {"-h", OPTIONS_HELP},  {"-C", OPTIONS_SHOW_DEFAULTS}, {"-g -v", OPTIONS_VERSION},
        {"-gv", OPTIONS_VERSION},
        {"-4 -f -s -D x -E y -m usage -M fill -S 1 -T z -U 4", OPTIONS_SERVE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct options o;
        char *text = parse(rows[i].line, &o);
        CU_ASSERT_EQUAL(o.action, rows[i].action);
        CU_ASSERT_STRING_EQUAL(text, "");
        free(text);
    }
}

static void test_values(void)
{
    struct options o;

    free(parse("-gc file -d7 -n 3 -p 5300 -p tls=8530 -p http=80 -t /jail -u bind -X none", &o));
    CU_ASSERT_EQUAL_FATAL(o.action, OPTIONS_SERVE);
    CU_ASSERT(o.log_stderr && o.foreground);
    CU_ASSERT_STRING_EQUAL(o.config_file, "file");
    CU_ASSERT_STRING_EQUAL(o.chroot_dir, "/jail");
    CU_ASSERT_STRING_EQUAL(o.user, "bind");
    CU_ASSERT_STRING_EQUAL(o.lock_file, "none");
    CU_ASSERT_EQUAL(o.debug_level, 7);
    CU_ASSERT_EQUAL(o.cpus, 3);
    CU_ASSERT_EQUAL(o.port, 5300);
    CU_ASSERT_EQUAL(o.tls_port, 8530);
    CU_ASSERT_EQUAL(o.http_port, 80);
    CU_ASSERT_EQUAL(o.https_port, 0);
    free(parse("-L log -f", &o));
    CU_ASSERT_STRING_EQUAL(o.log_file, "log");
    CU_ASSERT_STRING_EQUAL(o.config_file, SYSCONFDIR "/named.conf");
    CU_ASSERT_FALSE(o.log_stderr);
}

static const struct unit_test tests[] = {
    {"options: mistakes", test_mistakes},
    {"options: what to do", test_actions},
    {"options: values", test_values},
};
UNIT_MAIN(tests)
