/* named.conf's syntax: the tree, and the mistakes with their places. */
#include "parser/conf_syntax.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char told[4096];

static void tell(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                 const char *text)
{
    size_t used = strlen(told);

    (void)arg;
    (void)tree;
    snprintf(told + used, sizeof told - used, "%u: %s\n", at->line, text);
}

static const struct conf_syntax_report report = {tell, NULL};

/* The tree as one line: words with spaces, strings in quotes, blocks in braces. */
static void show(const struct conf_block *b, char *out, size_t room)
{
    for (const struct conf_stmt *s = b->first; s != NULL; s = s->next) {
        for (const struct conf_item *i = s->first; i != NULL; i = i->next) {
            size_t used = strlen(out);
            if (i->kind == CONF_BLOCK) {
                snprintf(out + used, room - used, "{ ");
                show(i->block, out, room);
                used = strlen(out);
                snprintf(out + used, room - used, "} ");
            } else {
                snprintf(out + used, room - used, i->kind == CONF_STRING ? "\"%s\" " : "%s ",
                         i->text);
            }
        }
        size_t used = strlen(out);
        snprintf(out + used, room - used, "; ");
    }
}

static void test_trees(void)
{
    static const struct {
        const char *text, *tree, *mistakes;
    } rows[] = {
        {"", "", ""},
        {"a b;", "a b ; ", ""},
        {"a \"b c\" { d; e f; };", "a \"b c\" { d ; e f ; } ; ", ""},
        {"# x\n// y\n/* z\n */ a;", "a ; ", ""},
        {"a#b\n c;", "a c ; ", ""},
        {"a/b 10/8 / c;", "a/b 10/8 / c ; ", ""},
        {"a/*x*/b//y\n;", "a b ; ", ""},
        {"a { !b; ! c; };", "a { ! b ; ! c ; } ; ", ""},
        {"a \"x\\\"y\\z\";", "a \"x\"y\\z\" ; ", ""},
        {"a { b }\n; c;", "a { b ; } ; c ; ", "1: missing ';' before '}'\n"},
        {"a;\nb", "a ; b ; ", "2: missing ';' before end of file\n"},
        {"a; };\nb;", "a ; b ; ", "1: syntax error near '}'\n1: syntax error near ';'\n"},
        {";a;", "a ; ", "1: syntax error near ';'\n"},
        {"a { ; b; };", "a { b ; } ; ", "1: '}' expected near ';'\n"},
        {"a {\n b;", NULL, "2: '}' expected near end of file\n"},
        {"a; /* b", NULL, "1: unexpected end of input\n"},
        {"a \"b\n", NULL, "2: unexpected end of input\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conf_tree *tree;
        char shown[512] = "";
        told[0] = '\0';
        CU_ASSERT_EQUAL(conf_tree_read_text("t", rows[i].text, strlen(rows[i].text), &report,
                                            &tree), RES_OK);
        show(&tree->top, shown, sizeof shown);
        if (rows[i].tree != NULL)
            CU_ASSERT_STRING_EQUAL(shown, rows[i].tree);
        CU_ASSERT_STRING_EQUAL(told, rows[i].mistakes);
        CU_ASSERT_EQUAL(tree->errors > 0, rows[i].mistakes[0] != '\0');
        conf_tree_free(tree);
    }
}

static void test_nul_byte(void)
{
    struct conf_tree *tree;

    told[0] = '\0';
    CU_ASSERT_EQUAL(conf_tree_read_text("t", "a \0 b;", 6, &report, &tree), RES_OK);
    CU_ASSERT_STRING_EQUAL(told, "1: unexpected NUL byte\n");
    conf_tree_free(tree);
}

static void test_deep_braces(void)
{
    struct conf_tree *tree;
    char text[2 * 100000];

    told[0] = '\0';
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "a{", 2);
    CU_ASSERT_EQUAL(conf_tree_read_text("t", text, sizeof text, &report, &tree), RES_OK);
    CU_ASSERT_STRING_EQUAL(told, "1: braces are nested more than 100 deep\n");
    conf_tree_free(tree);
}

static void test_places(void)
{
    struct conf_tree *tree;
    const char *text = "a;\n\n  bc \"x\ny\" d;\n";
    size_t len, column;

    CU_ASSERT_EQUAL(conf_tree_read_text("t", text, strlen(text), &report, &tree), RES_OK);
    const struct conf_item *bc = tree->top.first->next->first;
    CU_ASSERT_EQUAL(bc->line, 3);
    CU_ASSERT_EQUAL(bc->next->line, 3);
    CU_ASSERT_EQUAL(bc->next->next->line, 4);
    const char *line = conf_tree_line(tree, bc, &len, &column);
    CU_ASSERT_EQUAL_FATAL(len, 7);
    CU_ASSERT_NSTRING_EQUAL(line, "  bc \"x", len);
    CU_ASSERT_EQUAL(column, 2);
    conf_tree_free(tree);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

/* Files in a directory of its own: what `main.conf` reads as. */
static void test_includes(void)
{
    static const struct {
        const char *main, *tree, *mistakes;
    } rows[] = {
        {"x; include \"a.conf\"; y;", "x ; a ; y ; ", ""},
        {"include \"?.conf\";", "a ; b ; ", ""},
        {"o { include \"a.conf\"; };", "o { a ; } ; ", ""},
        {"include \"no.conf\"; x;", "x ; ", "1: open: no.conf: file not found\n"},
        {"include \"n*.conf\";", "", "1: open: n*.conf: file not found\n"},
        {"include \"main.conf\"; x;", "x ; ", "1: 'main.conf' includes itself\n"},
        {"include \".\";", "", "1: open: .: invalid file\n"},
        {"options { directory \"sub\"; }; include \"c.conf\";",
         "options { directory \"sub\" ; } ; c ; ", ""},
    };
    char dir[] = "/tmp/kz-conf-XXXXXX";

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    CU_ASSERT_EQUAL_FATAL(chdir(dir), 0);
    write_file("a.conf", "a;");
    write_file("b.conf", "b;");
    CU_ASSERT_EQUAL_FATAL(system("mkdir sub"), 0);
    write_file("sub/c.conf", "c;");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conf_tree *tree;
        char shown[512] = "";
        told[0] = '\0';
        write_file("main.conf", rows[i].main);
        CU_ASSERT_EQUAL_FATAL(conf_tree_read("main.conf", &report, &tree), RES_OK);
        show(&tree->top, shown, sizeof shown);
        CU_ASSERT_STRING_EQUAL(shown, rows[i].tree);
        CU_ASSERT_STRING_EQUAL(told, rows[i].mistakes);
        conf_tree_free(tree);
    }
    CU_ASSERT_EQUAL(system("rm -r a.conf b.conf main.conf sub"), 0);
    CU_ASSERT_EQUAL(chdir("/"), 0);
    rmdir(dir);
}

static void test_unreadable(void)
{
    struct conf_tree *tree;

    CU_ASSERT_EQUAL(conf_tree_read("/nonexistent/x", &report, &tree), RES_FILENOTFOUND);
    CU_ASSERT_PTR_NULL(tree);
    CU_ASSERT_EQUAL(conf_tree_read("/", &report, &tree), RES_INVALIDFILE);
}

static const struct unit_test tests[] = {
    {"trees and mistakes", test_trees},
    {"a NUL byte is a mistake", test_nul_byte},
    {"too many braces are a mistake", test_deep_braces},
    {"items know their places", test_places},
    {"files are included", test_includes},
    {"a file that cannot be read", test_unreadable},
};
UNIT_MAIN(tests)
