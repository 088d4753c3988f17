#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/added.h"

static char folder[] = "/tmp/conf_added_test.XXXXXX";
static char said[4096];      /* all that was said */

static void say(void *arg, int level, const char *text)
{
    size_t used = strlen(said);

    (void)arg, (void)level;
    snprintf(said + used, sizeof said - used, "%s\n", text);
}

static const struct conf_report report = {.message = say};

static char *in_folder(const char *name)
{
    char *path;

    CU_ASSERT_FATAL(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void remove_file(const char *name)
{
    char *path = in_folder(name);

    unlink(path);
    free(path);
}

static struct conf_snapshot *load(const char *body)
{
    static const struct conf_load_options opt = {0};
    struct conf_snapshot *s = NULL;
    char *text;

    CU_ASSERT_FATAL(asprintf(&text, "options { directory \"%s\"; };\nacl mine { 10/8; };\n%s",
                             folder, body) > 0);
    CU_ASSERT_EQUAL(conf_load_text("test", text, strlen(text), &opt, &report, &s), RES_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    free(text);
    return s;
}

static const char two_views[] =
    "view a { allow-new-zones yes; match-clients { mine; };\n"
    "    zone \"one.test\" { type primary; file \"one\"; }; };\n"
    "view b { allow-new-zones yes; allow-query { mine; }; };\n"
    "view c { zone \"one.test\" { type primary; file \"one\"; }; };\n";

static enum result add(const struct conf_snapshot *s, unsigned view, const char *name,
                       const char *body, struct conf_snapshot **out)
{
    const struct conf_zone_text t = {
        .command = "addzone", .name = name, .rrclass = "", .body = body, .is_added = true};

    return conf_zone_load(s, view, &t, &report, out);
}

static void test_texts(void)
{
    struct conf_snapshot *s = load(two_views);

    CU_ASSERT_STRING_EQUAL(s->views[0].zones[0].text,
                           "zone \"one.test\" { type primary; file \"one\"; }");
    CU_ASSERT_FALSE(s->views[0].zones[0].is_added);
    CU_ASSERT_PTR_NULL(s->views[2].zones[0].text);
    CU_ASSERT_PTR_NULL(s->views[2].added_zones_file);
    CU_ASSERT_PTR_NULL(strstr(s->frame, "one.test"));
    conf_free(s);
}

static void test_mistakes(void)
{
    static const struct {
        const char *body;
        enum result result;
        const char *says;
    } rows[] = {
        {"{ type primary; file \"x\"; }", RES_UNEXPECTEDTOKEN, "missing ';'"},
        {"{ type primary; file \"x\"; }; zone \"y\" { type primary; };", RES_UNEXPECTEDTOKEN, ""},
        {"{ type primary; file \"x\"; ", RES_UNEXPECTEDTOKEN, "'}' expected"},
        {"{ type primary; };", RES_FAILURE, "file"},
        {"{ type primary; file \"x\"; nonsense 1; };", RES_FAILURE, ""},
        {"{ type primary; file \"x\"; allow-query { nobody-knows; }; };", RES_FAILURE, ""},
        {"{ type primary; file \"x\"; }; };", RES_UNEXPECTEDTOKEN, ""},
        {"", RES_UNEXPECTEDTOKEN, ""},
    };
    struct conf_snapshot *s = load(two_views), *one;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        said[0] = '\0';
        enum result r = add(s, 0, "new.test", rows[i].body, &one);
        if (r != rows[i].result)
            printf("# %s: %s\n", rows[i].body, result_text(r));
        CU_ASSERT_EQUAL(r, rows[i].result);
        CU_ASSERT_PTR_NULL(one);
        CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].says));
    }
    conf_free(s);
}

/* Names of the configuration mean in the zone what they mean there; the whole is made again. */
static void test_derive(void)
{
    struct conf_snapshot *s = load(two_views), *one, *gone, *whole;
    struct conf_zone_change changes[2];

    CU_ASSERT_EQUAL_FATAL(add(s, 1, "new.test", "{ type primary; file \"n\"; allow-update "
                              "{ mine; }; };", &one), RES_OK);
    CU_ASSERT_TRUE(one->views[1].zones[0].options->is_dynamic);
    CU_ASSERT_FALSE(acl_is_any(one->views[1].zones[0].options->allow_query));
    gone = NULL;
    changes[0] = (struct conf_zone_change){"b", (uint8_t *)"\3new\4test", one, false};
    changes[1] = (struct conf_zone_change){"a", (uint8_t *)"\3one\4test", gone, true};
    whole = conf_derive(s, changes, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    conf_free(one);
    conf_free(s);       /* the whole keeps both */
    CU_ASSERT_EQUAL(whole->views[0].nzones, 0);
    CU_ASSERT_EQUAL(whole->views[1].nzones, 1);
    CU_ASSERT_EQUAL(whole->views[2].nzones, 1);
    CU_ASSERT_STRING_EQUAL(whole->views[1].zones[0].text, "zone \"new.test\" { type primary; "
                           "file \"n\"; allow-update { \"mine\"; }; }");
    CU_ASSERT_EQUAL(conf_added_write(&whole->views[1]), RES_OK);
    conf_free(whole);

    s = load(two_views);        /* a restart */
    CU_ASSERT_EQUAL(s->views[0].nzones, 1);
    CU_ASSERT_EQUAL_FATAL(s->views[1].nzones, 1);
    CU_ASSERT_STRING_EQUAL(s->views[1].zones[0].name_text, "new.test");
    CU_ASSERT_TRUE(s->views[1].zones[0].is_added);
    CU_ASSERT_FALSE(s->views[0].zones[0].is_added);
    CU_ASSERT_EQUAL(conf_added_write(&s->views[0]), RES_OK);    /* an empty one */
    conf_free(s);
    s = load(two_views);
    CU_ASSERT_EQUAL(s->views[0].nzones, 1);
    conf_free(s);
    remove_file("a.nzf");
    remove_file("b.nzf");
}

/* The file's name: as BIND's, also beside one that BIND has made. */
static void test_names(void)
{
    struct conf_snapshot *s = load(
        "view Internal { allow-new-zones yes; };\n"
        "view low { allow-new-zones yes; new-zones-directory \"/x\"; };");
    const char *hashed = strrchr(s->views[0].added_zones_file, '/') + 1;

    CU_ASSERT_EQUAL(strspn(hashed, "0123456789abcdef"), 16);
    CU_ASSERT_STRING_EQUAL(hashed + 16, ".nzf");
    CU_ASSERT_STRING_EQUAL(s->views[1].added_zones_file, "/x/low.nzf");
    conf_free(s);
    s = load("view Inside { allow-new-zones yes; };");
    CU_ASSERT_STRING_EQUAL(strrchr(s->views[0].added_zones_file, '/'), "/123a3ebc57e39958.nzf");
    conf_free(s);
}

static const struct unit_test tests[] = {
    {"added zones: texts", test_texts},
    {"added zones: mistakes", test_mistakes},
    {"added zones: the whole again, and a restart", test_derive},
    {"added zones: names of files", test_names},
};

int main(int argc, char **argv)
{
    int status;

    if (mkdtemp(folder) == NULL)
        return 2;
    status = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    rmdir(folder);
    return status;
}
