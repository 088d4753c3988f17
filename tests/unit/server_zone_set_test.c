#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rcu.h"
#include "server/zone_set.h"

static struct acl_env no_addresses;
static struct acl_env *env = &no_addresses;
static bool querylog;

static void say(void *arg, int level, const char *text)
{
    (void)arg, (void)level;
    printf("# %s\n", text);
}

/* A configuration as it would be read from a file with this text. */
static struct conf_snapshot *conf_of(const char *text)
{
    static const struct conf_load_options opt = {.check_only = true};
    static const struct conf_report report = {.message = say};
    char path[] = "/tmp/zone_set_test.XXXXXX";
    struct conf_snapshot *conf = NULL;
    int fd = mkstemp(path);

    CU_ASSERT_EQUAL_FATAL(file_write_all(fd, text, strlen(text)), RES_OK);
    close(fd);
    CU_ASSERT_EQUAL_FATAL(conf_load(path, &opt, &report, &conf), RES_OK);
    unlink(path);
    return conf;
}

struct side {
    struct conf_snapshot *conf;
    struct zone_set *set;
    struct answer_server *served;
};

static struct side side_of(const char *text, const struct side *before)
{
    struct side s = {.conf = conf_of(text)};

    s.set = zone_set_new(s.conf, before != NULL ? before->served : NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.set);
    s.served = answer_server_new(s.conf, s.set->zones, &env, &querylog);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.served);
    return s;
}

static void side_free(struct side *s)
{
    answer_server_free(s->served);
    zone_set_free(s->set);
    conf_free(s->conf);
}

#define ZONE(name, rest) "zone \"" name "\" { type primary; file \"" name "\"; " rest "};\n"

/* What becomes of zone a.test from one configuration to the next. */
static void test_takes_over(void)
{
    static const struct {
        const char *before, *after;
        bool same, forced;
    } rows[] = {
        {ZONE("a.test", ""), ZONE("a.test", ""), true, false},
        {ZONE("a.test", ""), ZONE("A.test", ""), true, true},      /* another file name */
        {ZONE("a.test", ""), ZONE("a.test", "check-names ignore; "), true, true},
        {ZONE("a.test", ""), ZONE("a.test", "notify no; "), true, false},
        {ZONE("a.test", ""), ZONE("b.test", ""), false, true},
        {ZONE("a.test", ""), "view v { " ZONE("a.test", "") "};", false, true},
        {"view v { " ZONE("a.test", "") "};", "view v { " ZONE("a.test", "") "};", true, false},
        {ZONE("a.test", ""),
         "zone \"a.test\" { type secondary; file \"a.test\"; primaries { 127.0.0.9; }; };\n", false,
         true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct side old = side_of(rows[i].before, NULL), new;
        struct zone *was = old.set->zones[0][0], *is;
        static struct contents loaded;
        was->contents = &loaded;
        was->last_result = RES_OK;
        CU_ASSERT(old.set->loads[0].forced);
        new = side_of(rows[i].after, &old);
        is = new.set->zones[0][0];
        CU_ASSERT_EQUAL(is == was, rows[i].same);
        CU_ASSERT_EQUAL(new.set->loads[0].zone == is, true);
        CU_ASSERT_EQUAL(new.set->loads[0].forced, rows[i].forced);
        CU_ASSERT_PTR_EQUAL(was->conf, &old.conf->views[0].zones[0]);
        zone_set_adopt(new.set);
        CU_ASSERT_PTR_EQUAL(is->conf, &new.conf->views[0].zones[0]);
        was->contents = NULL;
        side_free(&old);        /* a zone that was taken over stays (the sanitizers watch) */
        CU_ASSERT_EQUAL(is->name_len, 8);
        side_free(&new);
    }
}

/* A configuration that does not come into force leaves the old one whole. */
static void test_dropped(void)
{
    struct side old = side_of(ZONE("a.test", "") ZONE("b.test", ""), NULL);
    struct side new = side_of(ZONE("c.test", "") ZONE("b.test", ""), &old);

    CU_ASSERT_PTR_EQUAL(new.set->zones[0][1], old.set->zones[0][1]);
    side_free(&new);
    CU_ASSERT_PTR_EQUAL(old.set->zones[0][1]->conf, &old.conf->views[0].zones[1]);
    side_free(&old);
}

/* Failed before: tried again, though its file is what it was. */
static void test_failed_is_tried_again(void)
{
    struct side old = side_of(ZONE("a.test", ""), NULL), new;
    static struct contents loaded;

    old.set->zones[0][0]->contents = &loaded;
    old.set->zones[0][0]->last_result = RES_SYNTAX;
    new = side_of(ZONE("a.test", ""), &old);
    CU_ASSERT(new.set->loads[0].forced);
    old.set->zones[0][0]->contents = NULL;
    zone_set_adopt(new.set);
    side_free(&old);
    side_free(&new);
}

/* An in-view zone is another view's: it is neither loaded nor freed twice. */
static void test_in_view_and_hint(void)
{
    static const char text[] =
        "view x { " ZONE("a.test", "") "};\n"
        "view y { zone \"a.test\" { in-view x; }; zone \".\" { type hint; file \"root\"; }; };\n";
    struct side old = side_of(text, NULL), new;

    CU_ASSERT_EQUAL(old.set->nloads, 1);
    CU_ASSERT_PTR_NULL(old.set->zones[1][0]);
    new = side_of(text, &old);
    CU_ASSERT_EQUAL(new.set->nloads, 1);
    CU_ASSERT_PTR_EQUAL(new.set->zones[0][0], old.set->zones[0][0]);
    zone_set_adopt(new.set);
    side_free(&old);
    side_free(&new);
}

static const struct unit_test tests[] = {
    {"zone set: what is taken over, what is loaded", test_takes_over},
    {"zone set: dropped", test_dropped},
    {"zone set: failed zones are tried again", test_failed_is_tried_again},
    {"zone set: in-view, hint", test_in_view_and_hint},
};
UNIT_MAIN(tests)
