/*
 * Zone files and journals that do not go together: what a recovery plans, what it leaves on
 * disk, and that a plan touches nothing.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rcu.h"
#include "dns/rdata.h"
#include "journal/journal.h"
#include "tests/unit/unit.h"
#include "zone/load.h"
#include "zone/recover.h"

static char folder[] = "/tmp/kz-recover-XXXXXX", file[64], log_path[80];
static const uint8_t origin[] = "\7example";
static struct zone_options options = {.format = FORMAT_TEXT, .style = STYLE_FULL};
static struct conf_zone conf = {.name = origin, .name_text = "example", .options = &options,
                                .file = file, .rrclass = CLASS_IN, .type = ZONE_PRIMARY};

static void write_file(const char *path, const char *text)
{
    CU_ASSERT_EQUAL_FATAL(file_replace_with(path, 0640, text, strlen(text)), RES_OK);
}

static void write_zone(uint32_t serial, const char *records)
{
    char text[2048];

    snprintf(text, sizeof text, "$TTL 300\n$ORIGIN example.\n@ SOA ns host %u 1 2 3 4\n@ NS ns\n"
             "ns A 192.0.2.53\n%s", serial, records);
    write_file(file, text);
}

static void add(struct diff *d, char sign, const char *owner, uint32_t ttl, const char *type,
                const char *text)
{
    static uint8_t rdata[RDATA_MAX_LEN];
    struct name name;
    size_t len;
    struct diff_record r = {.rdata = rdata, .ttl = ttl, .add = sign == '+'};

    CU_ASSERT_EQUAL_FATAL(name_from_text(&name, owner, strlen(owner), origin), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rrtype_from_text(&r.type, type, strlen(type)), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rdata_from_text(r.type, CLASS_IN, text, origin, rdata, &len), RES_OK);
    r.owner = name.wire;
    r.owner_len = name.len;
    r.rdlen = (uint16_t)len;
    CU_ASSERT_EQUAL_FATAL(diff_append(d, &r), RES_OK);
}

static void add_soa(struct diff *d, char sign, uint32_t serial)
{
    char text[64];

    snprintf(text, sizeof text, "ns host %u 1 2 3 4", serial);
    add(d, sign, "@", 300, "SOA", text);
}

/* A line: "from to", then "+|-owner ttl type rdata" each. */
static void take_change(struct diff *d, const char *line)
{
    char sign, owner[64], type[16], text[128];
    unsigned ttl;

    CU_ASSERT_EQUAL_FATAL(sscanf(line, "%c%63s %u %15s %127[^\n]", &sign, owner, &ttl, type, text),
                          5);
    add(d, sign, owner, ttl, type, text);
}

static void take_line(struct journal *j, const char *line)
{
    unsigned from, to;
    char copy[512], *at, *end;
    struct diff d;

    snprintf(copy, sizeof copy, "%s", line);
    diff_init(&d);
    at = strtok_r(copy, ";", &end);
    CU_ASSERT_EQUAL_FATAL(sscanf(at, "%u %u", &from, &to), 2);
    add_soa(&d, '-', from);
    add_soa(&d, '+', to);
    while ((at = strtok_r(NULL, ";", &end)) != NULL)
        take_change(&d, at);
    CU_ASSERT_EQUAL_FATAL(diff_sort(&d), RES_OK);
    CU_ASSERT_EQUAL_FATAL(journal_append(j, &d), RES_OK);
    diff_free(&d);
}

static void write_journal(const char *const *lines)
{
    struct journal *j;

    unlink(log_path);
    if (lines[0] == NULL)
        return;
    CU_ASSERT_EQUAL_FATAL(journal_open(log_path, JOURNAL_CREATE, NULL, &j), RES_OK);
    for (; *lines != NULL; lines++)
        take_line(j, *lines);
    CU_ASSERT_EQUAL_FATAL(journal_sync(j), RES_OK);
    journal_close(j);
}

struct recover_case {
    const char *what;
    uint32_t serial;
    const char *records;            /* of the edited file */
    const char *journal[4];
    enum recover_way way;
    enum recover_side prefer;
    bool possible;
    unsigned conflicts;
    uint32_t outcome;               /* serial */
    const char *has, *has_not;      /* the new file; NULL: not asked */
};

#define A4 {"1 2;+www 300 A 192.0.2.2", "2 3;-www 300 A 192.0.2.2;+www 300 A 192.0.2.3;+x 60 TXT x"}

static const struct recover_case cases[] = {
    {"file", 9, "hand A 1.1.1.1\n", A4, RECOVER_FILE, 0, true, 0, 9, "hand", "www"},
    {"merge, nothing in common", 9, "hand A 1.1.1.1\n", A4, RECOVER_MERGE, 0, true, 0, 10,
     "www.example.|192.0.2.3|hand.example.|x.example.|60 IN TXT", "192.0.2.2\n"},
    {"merge, the file is lower", 2000000000, "hand A 1.1.1.1\n",
     {"1999999990 2000000050;+www 300 A 192.0.2.2"}, RECOVER_MERGE, 0, true, 0, 2000000051,
     "www|hand", NULL},
    {"merge, the journal's second version was edited", 7,
     "www A 192.0.2.2\nhand A 1.1.1.1\n", A4, RECOVER_MERGE, 0, true, 0, 8,
     "192.0.2.3|hand", "192.0.2.2\n"},
    {"merge, both made the same change", 7, "www A 192.0.2.3\n", A4, RECOVER_MERGE, 0, true, 0, 8,
     "192.0.2.3|x.example", NULL},
    {"merge, a conflict", 7, "w A 3.3.3.3\ny A 1.1.1.1\nv A 1.1.1.1\n",
     {"1 2;-w 300 A 1.1.1.1;+w 300 A 2.2.2.2;-y 300 A 1.1.1.1",
      "2 3;+z 300 A 5.5.5.5;-v 300 A 1.1.1.1"},
     RECOVER_MERGE, 0, false, 1, 8, NULL, NULL},
    {"merge, a CNAME beside data", 7, "w TXT hand\n", {"1 2;+w 300 CNAME ns"}, RECOVER_MERGE, 0,
     false, 1, 8, NULL, NULL},
    {"merge, a CNAME beside data, the file wins", 7, "w TXT hand\n", {"1 2;+w 300 CNAME ns"},
     RECOVER_MERGE, RECOVER_PREFER_FILE, true, 1, 8, "hand", "CNAME"},
    {"merge, a CNAME beside data, the journal wins", 7, "w TXT hand\n", {"1 2;+w 300 CNAME ns"},
     RECOVER_MERGE, RECOVER_PREFER_JOURNAL, true, 1, 8, "CNAME", "hand"},
    {"merge, data replaced by a CNAME", 7, "w AAAA ::1\n",
     {"1 2;-w 300 AAAA ::1;+w 300 CNAME ns"}, RECOVER_MERGE, 0, true, 0, 8, "CNAME", "::1"},
    {"merge, two CNAMEs", 7, "w CNAME hand\n", {"1 2;+w 300 CNAME ns"}, RECOVER_MERGE,
     RECOVER_PREFER_JOURNAL, true, 1, 8, "CNAME", "hand"},
    {"merge, another TTL", 7, "w 600 A 1.1.1.1\nw 600 A 4.4.4.4\n", {"1 2;+w 300 A 2.2.2.2"},
     RECOVER_MERGE, 0, true, 0, 8, "300 IN A\t\t1.1.1.1|4.4.4.4|2.2.2.2", "600"},
    {"journal", 7, "hand A 1.1.1.1\nwww A 9.9.9.9\n", A4, RECOVER_JOURNAL, 0, true, 0, 8,
     "192.0.2.3|hand", "192.0.2.2\n"},
    {"journal, its own records come back", 7, "", {"1 2;-w 300 A 1.1.1.1;+w 300 A 2.2.2.2"},
     RECOVER_JOURNAL, 0, true, 0, 8, "2.2.2.2", "1.1.1.1"},
    {"journal, the file is too old", 1, "", {"5 6;+w 300 A 2.2.2.2"}, RECOVER_JOURNAL, 0, false, 0,
     0, NULL, NULL},
    {"journal, there is none", 1, "", {NULL}, RECOVER_JOURNAL, 0, false, 0, 0, NULL, NULL},
    {"file, without a journal", 4, "", {NULL}, RECOVER_FILE, 0, true, 0, 4, "ns", NULL},
    {"the file is broken", 1, "w A nonsense\n", A4, RECOVER_FILE, 0, false, 0, 0, NULL, NULL},
};

static void print_lines(const struct recovery *r)
{
    for (unsigned i = 0; i < r->nlines; i++)
        printf("# %s\n", r->lines[i]);
}

/* Each part of "a|b|c" is in the text. */
static bool has_all(const char *text, const char *parts)
{
    char copy[256], *end;

    snprintf(copy, sizeof copy, "%s", parts);
    for (char *p = strtok_r(copy, "|", &end); p != NULL; p = strtok_r(NULL, "|", &end))
        if (strstr(text, p) == NULL)
            return false;
    return true;
}

static char *read_whole(const char *path)
{
    char *data = NULL;
    size_t len;

    CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 20, &data, &len), RES_OK);
    return data;
}

static bool outcome_is_right(const struct recover_case *c, struct recovery *r)
{
    char *text;
    bool right = zone_recover_carry_out(r) == RES_OK && access(log_path, F_OK) != 0;

    text = read_whole(file);
    right = right && (c->has == NULL || has_all(text, c->has)) &&
            (c->has_not == NULL || strstr(text, c->has_not) == NULL);
    if (!right)
        printf("# %s\n", text);
    free(text);
    return right;
}

static void run_case(const struct recover_case *c)
{
    const struct recover_options opt = {c->way, c->prefer};
    struct zone *z = zone_new(&conf, "_default");
    struct recovery *r;
    char *was, *is;
    bool right;

    write_zone(c->serial, c->records);
    write_journal(c->journal);
    was = read_whole(file);
    CU_ASSERT_EQUAL_FATAL(zone_recover_plan(z, &opt, &r), RES_OK);
    is = read_whole(file);
    right = strcmp(was, is) == 0 && r->possible == c->possible && r->conflicts == c->conflicts &&
            (c->outcome == 0 || r->serial == c->outcome);
    if (right && r->possible)
        right = outcome_is_right(c, r);
    if (!right) {
        printf("# %s: serial %u, %u conflicts\n", c->what, r->serial, r->conflicts);
        print_lines(r);
    }
    CU_ASSERT(right);
    zone_recovery_free(r);
    zone_free(z);
    free(was);
    free(is);
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        run_case(&cases[i]);
}

static void test_changed_meanwhile(void)
{
    static const char *const lines[] = {"1 2;+www 300 A 192.0.2.2", NULL};
    const struct recover_options opt = {.way = RECOVER_MERGE};
    struct zone *z = zone_new(&conf, "_default");
    struct recovery *r;

    write_zone(7, "");
    write_journal(lines);
    CU_ASSERT_EQUAL_FATAL(zone_recover_plan(z, &opt, &r), RES_OK);
    write_zone(8, "");
    CU_ASSERT_EQUAL(zone_recover_carry_out(r), RES_UNCHANGED);
    CU_ASSERT_EQUAL(access(log_path, F_OK), 0);
    zone_recovery_free(r);
    zone_free(z);
}

static const struct unit_test tests[] = {
    {"recover: each way, with and without conflicts", test_cases},
    {"recover: files that changed after the plan are left alone", test_changed_meanwhile},
};

int main(int argc, char **argv)
{
    char command[128];
    int r;

    rcu_register_thread();
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(file, sizeof file, "%s/example.db", folder);
    snprintf(log_path, sizeof log_path, "%s.jnl", file);
    r = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        r = 1;
    rcu_unregister_thread();
    return r;
}
