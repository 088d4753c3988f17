#include "tests/unit/unit.h"

#include "dns/name.h"
#include "xfr/catalog_plan.h"

enum { ENTRIES_MAX = 8 };

/* "zone label settings" each; zones are one label long. */
struct plan_case {
    const char *title;
    const char *held[ENTRIES_MAX], *wanted[ENTRIES_MAX];
    const char *moves;          /* "+new", "=kept", "~changed", "!reset", "-gone" */
};

static const struct plan_case cases[] = {
    {"nothing", {NULL}, {NULL}, ""},
    {"the first version", {NULL}, {"a 1 x", "b 2 x"}, "+a +b "},
    {"the same again", {"a 1 x", "b 2 x"}, {"a 1 x", "b 2 x"}, "=a =b "},
    {"capitals are the same label", {"a q x"}, {"a Q x"}, "=a "},
    {"other settings", {"a 1 x"}, {"a 1 y"}, "~a "},
    {"another label is another zone", {"a 1 x"}, {"a 2 x"}, "!a "},
    {"a longer label, too", {"a 1 x"}, {"a 11 x"}, "!a "},
    {"whatever its settings", {"a 1 x"}, {"a 2 y"}, "!a "},
    {"all go", {"a 1 x", "b 1 x"}, {NULL}, "-a -b "},
    {"before, between, behind", {"b 1 x", "d 1 x"}, {"a 1 x", "c 1 x", "e 1 x"},
     "+a -b +c -d +e "},
    {"all at once", {"a 1 x", "b 1 x", "c 1 x", "d 1 x"}, {"a 1 y", "b 9 x", "d 1 x", "e 1 x"},
     "~a !b -c =d +e "},
};

struct list {
    struct catalog_entry entries[ENTRIES_MAX];
    char text[ENTRIES_MAX][32];
    struct name zones[ENTRIES_MAX], labels[ENTRIES_MAX];
    size_t n;
};

static void fill(struct list *l, const char *const *from)
{
    for (l->n = 0; from[l->n] != NULL; l->n++) {
        char zone[16], label[16], *settings = l->text[l->n];

        CU_ASSERT_EQUAL_FATAL(sscanf(from[l->n], "%15s %15s %31s", zone, label, settings), 3);
        name_from_text(&l->zones[l->n], zone, strlen(zone), (const uint8_t *)"");
        name_from_text(&l->labels[l->n], label, strlen(label), (const uint8_t *)"");
        l->entries[l->n] = (struct catalog_entry){l->zones[l->n].wire, l->labels[l->n].wire,
                                                  settings};
    }
}

static void test_plan(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct list held, wanted;
        struct catalog_move moves[2 * ENTRIES_MAX];
        char got[128] = "";
        size_t n;

        fill(&held, cases[i].held);
        fill(&wanted, cases[i].wanted);
        n = catalog_plan(held.entries, held.n, wanted.entries, wanted.n, moves);
        for (size_t j = 0; j < n; j++) {
            const struct catalog_entry *e = moves[j].wanted != CATALOG_NONE
                                                ? &wanted.entries[moves[j].wanted]
                                                : &held.entries[moves[j].held];
            size_t used = strlen(got);
            CU_ASSERT_EQUAL(moves[j].held == CATALOG_NONE, moves[j].step == CATALOG_ADD);
            CU_ASSERT_EQUAL(moves[j].wanted == CATALOG_NONE, moves[j].step == CATALOG_DELETE);
            snprintf(got + used, sizeof got - used, "%c%c ", "=+~!-"[moves[j].step], e->zone[1]);
        }
        if (strcmp(got, cases[i].moves) != 0)
            printf("%s: %s\n", cases[i].title, got);
        CU_ASSERT_STRING_EQUAL(got, cases[i].moves);
    }
}

static void test_mass_removal(void)
{
    static const struct {
        size_t held, removed;
        bool is_mass;
    } rows[] = {{0, 0, false},    {9, 9, false},     {10, 10, true},      {18, 10, true},
                {20, 10, false},  {20, 11, true},    {21, 11, true},      {22, 11, false},
                {100, 50, false}, {100, 51, true},   {10000, 1, false},   {10000, 10000, true}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CU_ASSERT_EQUAL(catalog_is_mass_removal(rows[i].held, rows[i].removed), rows[i].is_mass);
}

static const struct unit_test tests[] = {
    {"what comes, changes and goes", test_plan},
    {"how many is many", test_mass_removal},
};
UNIT_MAIN(tests)
