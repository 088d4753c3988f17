/*
 * Committing edits: the journal first, then the readers; what a journal that fails leaves as it
 * was; journals that stay open, are closed for others, or are removed while they are open.
 */
#include "zone/commit.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rcu.h"
#include "dns/rdata.h"
#include "journal/journal.h"
#include "parser/master.h"
#include "tests/unit/make_zone.h"
#include "zone/build.h"
#include "zone/journals.h"

enum { ZONES = ZONE_JOURNALS_OPEN + 20 };

static const uint8_t origin[] = "\4test";
static char work[] = "/tmp/zone-commit-XXXXXX";
static struct zone_options options;

/* A zone of its own with a file name of its own. */
struct served {
    struct conf_zone conf;
    char file[64];
    struct zone *zone;
    uint32_t serial;
};
static struct served served[ZONES];

static const char three_records[] =
    "@ 300 SOA ns host 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n";

static void serve(unsigned i, const char *folder)
{
    struct served *s = &served[i];

    snprintf(s->file, sizeof s->file, "%s/%s%u.zone", work, folder, i);
    s->conf = (struct conf_zone){.name = origin, .options = &options, .rrclass = CLASS_IN,
                                 .type = ZONE_PRIMARY, .file = s->file};
    s->zone = zone_new(&s->conf, "_default");
    zone_publish(s->zone, contents_of(origin, three_records));
    zone_note_file(s->zone, 1, false);
    s->serial = 1;
}

static void set_up(unsigned n)
{
    strcpy(work + strlen(work) - 6, "XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(work));
    for (unsigned i = 0; i < n; i++)
        serve(i, "");
}

static void tear_down(unsigned n)
{
    char command[80];

    for (unsigned i = 0; i < n; i++)
        zone_free(served[i].zone);
    rcu_quiescent();        /* what edits gave to rcu_defer() may go now */
    snprintf(command, sizeof command, "rm -r '%s'", work);
    CU_ASSERT_EQUAL(system(command), 0);
}

static void change(struct zone_edit *e, bool add, const char *owner, uint16_t type,
                   const char *text)
{
    uint8_t rdata[256];
    struct name name;
    size_t len;

    CU_ASSERT_EQUAL_FATAL(name_from_text(&name, owner, strlen(owner), origin), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rdata_from_text(type, CLASS_IN, text, origin, rdata, &len), RES_OK);
    CU_ASSERT_EQUAL(add ? zone_edit_add(e, name.wire, type, 300, rdata, (uint16_t)len)
                        : zone_edit_delete(e, name.wire, type, rdata, (uint16_t)len), RES_OK);
}

/* Keeps one more message in the edit: a new address, the next serial. */
static void put_message(struct zone_edit *e, uint32_t serial)
{
    char soa[60], address[20];

    snprintf(soa, sizeof soa, "ns host %u 2 3 4 5", serial);
    change(e, false, "@", TYPE_SOA, soa);
    snprintf(soa, sizeof soa, "ns host %u 2 3 4 5", serial + 1);
    change(e, true, "@", TYPE_SOA, soa);
    snprintf(address, sizeof address, "10.0.%u.%u", serial >> 8, serial & 255);
    change(e, true, "ns", TYPE_A, address);
    CU_ASSERT_EQUAL(zone_edit_keep(e), RES_OK);
}

static struct zone_edit *begin(unsigned i, unsigned messages)
{
    struct zone_edit *e;

    CU_ASSERT_EQUAL_FATAL(zone_edit_begin(served[i].zone, &e), RES_OK);
    for (unsigned k = 0; k < messages; k++)
        put_message(e, served[i].serial + k);
    return e;
}

/* Commits messages to one zone; its result. */
static struct zone_commit commit_one(unsigned i, unsigned messages)
{
    struct zone_commit c = {.edit = begin(i, messages)};

    zone_commit(&c, 1);
    CU_ASSERT_PTR_NULL(c.edit);
    if (c.published)
        served[i].serial += messages;
    CU_ASSERT_EQUAL(served[i].zone->contents->serial, served[i].serial);
    return c;
}

static const char *journal_of(unsigned i)
{
    static char path[80];

    snprintf(path, sizeof path, "%.70s.jnl", served[i].file);
    return path;
}

/* Where the file says that the zone is; 0: there is no journal. */
static uint32_t journal_serial(unsigned i)
{
    struct journal *j;
    uint32_t serial;

    if (journal_open(journal_of(i), JOURNAL_READ, NULL, &j) != RES_OK)
        return 0;
    serial = journal_last_serial(j);
    journal_close(j);
    return serial;
}

static void test_good(void)
{
    struct zone_commit c[2];

    set_up(2);
    for (unsigned i = 0; i < 2; i++)
        c[i] = (struct zone_commit){.edit = begin(i, 3 + i)};
    zone_commit(c, 2);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(c[i].result, RES_OK);
        CU_ASSERT_TRUE(c[i].published);
        CU_ASSERT_PTR_NULL(c[i].failed);
        CU_ASSERT_EQUAL(served[i].zone->contents->serial, 4 + i);
        CU_ASSERT_EQUAL(journal_serial(i), 4 + i);
    }
    tear_down(2);
}

static void test_nothing(void)
{
    struct zone_commit c;

    set_up(1);
    c = commit_one(0, 0);
    CU_ASSERT_EQUAL(c.result, RES_OK);
    CU_ASSERT_FALSE(c.published);
    CU_ASSERT_EQUAL(access(journal_of(0), F_OK), -1);
    served[0].conf.file = NULL;         /* a zone without a file has no journal */
    c = commit_one(0, 1);
    CU_ASSERT_TRUE(c.published);
    CU_ASSERT_EQUAL(access(journal_of(0), F_OK), -1);
    tear_down(1);
}

/* One of three journals cannot be opened: the others' zones change, that one's does not, until
 * it can. */
static void test_fails(void)
{
    struct zone_commit c[3];
    char folder[80];

    set_up(1);
    serve(1, "later/");
    serve(2, "");
    for (unsigned i = 0; i < 3; i++)
        c[i] = (struct zone_commit){.edit = begin(i, 1)};
    zone_commit(c, 3);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(c[i].published, i != 1);
        CU_ASSERT_EQUAL(served[i].zone->contents->serial, i == 1 ? 1 : 2);
    }
    CU_ASSERT_EQUAL(c[1].result, RES_FILENOTFOUND);
    CU_ASSERT_STRING_EQUAL(c[1].failed, "journal open failed");
    snprintf(folder, sizeof folder, "%s/later", work);
    CU_ASSERT_EQUAL(mkdir(folder, 0755), 0);
    CU_ASSERT_TRUE(commit_one(1, 2).published);
    CU_ASSERT_EQUAL(journal_serial(1), 3);
    tear_down(3);
}

/* A journal that does not end where the zone is takes nothing. */
static void test_out_of_step(void)
{
    struct zone_commit c;

    set_up(2);
    CU_ASSERT_TRUE(commit_one(0, 4).published);
    zone_journal_close(&served[0].zone->journal);
    zone_journal_close(&served[1].zone->journal);
    CU_ASSERT_EQUAL(link(journal_of(0), served[1].file), 0);
    served[1].conf.journal = served[1].file;
    c = commit_one(1, 1);
    CU_ASSERT_FALSE(c.published);
    CU_ASSERT_NOT_EQUAL(c.result, RES_OK);
    CU_ASSERT_STRING_EQUAL(c.failed, "journal write failed");
    CU_ASSERT_EQUAL(journal_serial(0), 5);
    tear_down(2);
}

/* The file is removed while it is open: the next commit begins a new one, and it is known that the
 * zone's file must be written before they go together again. */
static void test_removed(void)
{
    struct zone *z;

    set_up(1);
    z = served[0].zone;
    CU_ASSERT_TRUE(commit_one(0, 1).published);
    CU_ASSERT_FALSE(zone_has_gap(z));
    CU_ASSERT_EQUAL(unlink(journal_of(0)), 0);
    CU_ASSERT_TRUE(commit_one(0, 1).published);
    CU_ASSERT_EQUAL(journal_serial(0), 3);
    CU_ASSERT_TRUE(zone_has_gap(z));
    zone_note_file(z, 1, false);        /* one that was being written when the journal went */
    CU_ASSERT_TRUE(zone_has_gap(z));
    zone_note_file(z, 2, false);
    CU_ASSERT_FALSE(zone_has_gap(z));
    zone_journal_close(&served[0].zone->journal);
    CU_ASSERT_PTR_NULL(served[0].zone->journal);
    CU_ASSERT_TRUE(commit_one(0, 1).published);
    CU_ASSERT_EQUAL(journal_serial(0), 4);
    tear_down(1);
}

static unsigned count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

static void test_many(void)
{
    unsigned before;

    set_up(ZONES);
    before = count_descriptors();
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < ZONES; i++)
            CU_ASSERT_TRUE(commit_one(i, 1).published);
    CU_ASSERT_EQUAL(count_descriptors(), before + ZONE_JOURNALS_OPEN);
    for (unsigned i = 0; i < ZONES; i += 37)
        CU_ASSERT_EQUAL(journal_serial(i), 3);
    for (unsigned i = 0; i < ZONES; i++)
        zone_journal_close(&served[i].zone->journal);
    CU_ASSERT_EQUAL(count_descriptors(), before);
    tear_down(ZONES);
}

/* Closed while it is in use: it goes when it is given back. */
static void test_close_in_use(void)
{
    struct zone_journal *slot = NULL;
    struct journal *j;
    unsigned before;

    set_up(1);
    before = count_descriptors();
    CU_ASSERT_EQUAL(zone_journal_take(&slot, journal_of(0), CLASS_IN, &j), RES_OK);
    CU_ASSERT_EQUAL(count_descriptors(), before + 1);
    zone_journal_close(&slot);
    CU_ASSERT_PTR_NOT_NULL(slot);
    zone_journal_give(&slot, true);
    CU_ASSERT_PTR_NULL(slot);
    CU_ASSERT_EQUAL(count_descriptors(), before);
    tear_down(1);
}

/* Long work opens the journal of a zone that the configuration drops: it goes with the zone. */
static void test_dropped(void)
{
    struct journal *j;
    struct zone *z;
    unsigned before;

    set_up(1);
    before = count_descriptors();
    z = served[0].zone;
    served[0].zone = NULL;
    zone_hold(z);
    zone_free(z);
    CU_ASSERT_EQUAL(zone_journal_take(&z->journal, journal_of(0), CLASS_IN, &j), RES_OK);
    zone_journal_give(&z->journal, true);
    CU_ASSERT_EQUAL(count_descriptors(), before + 1);
    zone_release(z);
    CU_ASSERT_EQUAL(count_descriptors(), before);
    tear_down(1);
}

/* Somebody has the zone: who does not want to wait is told so. */
static void test_busy(void)
{
    struct zone_edit *e, *second;

    set_up(1);
    e = begin(0, 1);
    CU_ASSERT_EQUAL(zone_edit_try(served[0].zone, &second), RES_LOCKBUSY);
    CU_ASSERT_PTR_NULL(second);
    zone_edit_abandon(e);
    CU_ASSERT_EQUAL_FATAL(zone_edit_try(served[0].zone, &second), RES_OK);
    zone_edit_abandon(second);
    tear_down(1);
}

static const struct unit_test tests[] = {
    {"several zones at once: in the journals, then seen", test_good},
    {"edits that change nothing, and zones without a file, touch no journal", test_nothing},
    {"a journal that cannot be opened fails its own zone, and heals", test_fails},
    {"a journal of another serial", test_out_of_step},
    {"a journal that somebody removes", test_removed},
    {"open journals are bounded in number", test_many},
    {"a journal that is closed while in use", test_close_in_use},
    {"a journal that is opened as its zone goes", test_dropped},
    {"an edit of a zone that somebody else has", test_busy},
};

int main(int argc, char **argv)
{
    int failed;

    rcu_register_thread();
    failed = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    rcu_barrier();
    rcu_unregister_thread();
    return failed;
}
