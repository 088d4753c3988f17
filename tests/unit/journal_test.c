/*
 * Journals: what is appended comes back, torn ones are cut back to the last whole sync, and
 * those that BIND wrote are read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log_category.h"
#include "dns/rrtype.h"
#include "journal/journal.h"
#include "tests/unit/unit.h"

/* A disk that fails: how many of the next writes and syncs go well; negative: all do. */
static int good_writes = -1, good_syncs = -1, cut_write;

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    if (good_writes == 0) {
        if (cut_write > 0 && len > 1) {     /* one that writes a part only */
            cut_write = 0;
            return syscall(SYS_pwrite64, fd, data, len / 2, at);
        }
        errno = ENOSPC;
        return -1;
    }
    good_writes -= good_writes > 0;
    return syscall(SYS_pwrite64, fd, data, len, at);
}

int fdatasync(int fd)
{
    (void)fd;
    if (good_syncs == 0) {
        errno = EIO;
        return -1;
    }
    good_syncs -= good_syncs > 0;
    return 0;
}

enum { HEAD = 512, ROOM = 64 * 1024 };

static const uint8_t apex[] = "\7example";
static const uint8_t host[] = "\1a\7example";
static char folder[] = "/dev/shm/kz-journal-XXXXXX", path[64], said[4096];
static unsigned errors;

static void take(void *arg, int level, const char *text)
{
    (void)arg;
    errors += level == LVL_ERROR;
    snprintf(said, sizeof said, "%s", text);
}

static const struct journal_report report = {take, NULL};

static struct journal *open_as(enum journal_mode mode)
{
    struct journal *j = NULL;

    errors = 0;
    said[0] = '\0';
    CU_ASSERT_EQUAL(journal_open(path, mode, &report, &j), RES_OK);
    return j;
}

static struct diff_record soa(uint32_t serial, bool add, uint8_t rdata[22])
{
    memset(rdata, 0, 22);
    put_u32(rdata + 2, serial);
    return (struct diff_record){apex, rdata, 300, TYPE_SOA, 22, sizeof apex, add};
}

/* From a serial to a serial, with `n` bytes of TXT, each `fill`. */
static void make_diff(struct diff *d, uint32_t from, uint32_t to, uint8_t n, uint8_t fill)
{
    uint8_t rdata[22], text[256];
    struct diff_record r = {host, text, 60, TYPE_TXT, (uint16_t)(n + 1), sizeof host, true}, a;

    diff_init(d);
    text[0] = n;
    memset(text + 1, fill, n);
    a = soa(from, false, rdata);
    CU_ASSERT_EQUAL(diff_append(d, &a), RES_OK);
    a = soa(to, true, rdata);
    CU_ASSERT_EQUAL(diff_append(d, &a), RES_OK);
    CU_ASSERT_EQUAL(diff_append(d, &r), RES_OK);
}

static enum result append(struct journal *j, uint32_t from, uint32_t to, uint8_t n)
{
    struct diff d;
    enum result r;

    make_diff(&d, from, to, n, (uint8_t)to);
    r = journal_append(j, &d);
    diff_free(&d);
    return r;
}

/* A journal from 1 on, one sync per entry of `group`: so many transactions each. */
static void make_journal(const unsigned *group, unsigned syncs)
{
    struct journal *j;
    uint32_t serial = 1;

    unlink(path);
    j = open_as(JOURNAL_CREATE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    for (unsigned i = 0; i < syncs; i++) {
        for (unsigned k = 0; k < group[i]; k++, serial++)
            CU_ASSERT_EQUAL(append(j, serial, serial + 1, 40), RES_OK);
        CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    }
    journal_close(j);
}

/* Walks all; the serial the walk ends at, or 0 for one that fails. */
static uint32_t walk(struct journal *j, unsigned *records)
{
    struct journal_record r;
    uint32_t at = 0;
    enum result e;

    *records = 0;
    if (journal_is_empty(j))
        return journal_last_serial(j);
    CU_ASSERT_EQUAL(journal_seek(j, journal_first_serial(j)), RES_OK);
    while ((e = journal_next(j, &r)) == RES_OK) {
        (*records)++;
        at = journal_transaction(j)->to;
    }
    return e == RES_NOMORE ? at : 0;
}

static void test_round_trip(void)
{
    struct journal *j;
    unsigned records;

    make_journal((unsigned[]){1, 3, 2}, 3);
    j = open_as(JOURNAL_READ);
    CU_ASSERT_EQUAL(journal_first_serial(j), 1);
    CU_ASSERT_EQUAL(journal_last_serial(j), 7);
    CU_ASSERT_EQUAL(walk(j, &records), 7);
    CU_ASSERT_EQUAL(records, 18);
    CU_ASSERT_STRING_EQUAL(said, "");
    journal_close(j);
}

static void test_seek(void)
{
    struct journal *j;
    uint64_t bytes, all;

    make_journal((unsigned[]){100, 100}, 2);
    j = open_as(JOURNAL_READ);
    for (uint32_t s = 1; s <= 201; s++)
        CU_ASSERT_EQUAL(journal_seek(j, s), RES_OK);
    CU_ASSERT_EQUAL(journal_seek(j, 0), RES_RANGE);
    CU_ASSERT_EQUAL(journal_seek(j, 202), RES_RANGE);
    CU_ASSERT_EQUAL(journal_size_from(j, 1, &all), RES_OK);
    CU_ASSERT_EQUAL(journal_size_from(j, 101, &bytes), RES_OK);
    CU_ASSERT_EQUAL(all, bytes * 2);
    journal_close(j);
}

static void test_malformed(void)
{
    struct journal *j;
    uint8_t rdata[22];
    struct diff d;
    struct diff_record r;

    make_journal((unsigned[]){1}, 1);
    j = open_as(JOURNAL_WRITE);
    CU_ASSERT_EQUAL(append(j, 1, 2, 4), RES_UNEXPECTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "last serial 2 != transaction first serial 1"));
    CU_ASSERT_EQUAL(append(j, 2, 2, 4), RES_UNEXPECTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "serial number did not increase"));
    diff_init(&d);
    r = soa(2, false, rdata);
    CU_ASSERT_EQUAL(diff_append(&d, &r), RES_OK);
    CU_ASSERT_EQUAL(journal_append(j, &d), RES_UNEXPECTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "malformed transaction: 1 SOAs"));
    diff_free(&d);
    journal_revert(j);
    CU_ASSERT_EQUAL(append(j, 2, 3, 4), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    journal_close(j);
}

static size_t read_file(uint8_t *out)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, out, ROOM);

    close(fd);
    return n > 0 ? (size_t)n : 0;
}

static void write_file(const uint8_t *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CU_ASSERT_EQUAL(file_write_all(fd, bytes, len), RES_OK);
    close(fd);
}

/* Opens what is there both ways: it ends at `least` or later, whole, and goes on. */
static void expect_whole(uint32_t least, uint32_t most)
{
    struct journal *j = open_as(JOURNAL_READ);
    uint32_t last;
    unsigned records;

    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    last = journal_last_serial(j);
    CU_ASSERT_EQUAL(walk(j, &records), last);
    CU_ASSERT(last >= least && last <= most);
    journal_close(j);
    j = open_as(JOURNAL_WRITE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    CU_ASSERT_EQUAL(journal_last_serial(j), last);
    CU_ASSERT_EQUAL(append(j, last, last + 1, 9), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    CU_ASSERT_EQUAL(walk(j, &records), last + 1);
    journal_close(j);
    j = open_as(JOURNAL_READ);
    CU_ASSERT_EQUAL(walk(j, &records), last + 1);
    CU_ASSERT_STRING_EQUAL(said, "");
    journal_close(j);
}

static uint8_t before[ROOM], after[ROOM], torn[ROOM];

/* The file before and after the last sync, which brought serials `*acknowledged` + 1 … */
static size_t make_states(size_t *before_len)
{
    struct journal *j;

    make_journal((unsigned[]){2, 2}, 2);
    *before_len = read_file(before);
    j = open_as(JOURNAL_WRITE);
    for (uint32_t s = 5; s < 8; s++)
        CU_ASSERT_EQUAL(append(j, s, s + 1, 200), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    journal_close(j);
    return read_file(after);
}

/* New header, data only up to some byte, then nothing, zeros or what was there by chance. */
static void test_header_ahead(void)
{
    size_t old, len = make_states(&old);

    for (size_t cut = old; cut < len; cut++) {
        write_file(after, cut);
        expect_whole(5, 5);
        memcpy(torn, after, len);
        memset(torn + cut, 0, len - cut);
        write_file(torn, len);
        expect_whole(5, 5);
        memset(torn + cut, 0xa5, len - cut);
        write_file(torn, len);
        expect_whole(5, 5);
    }
}

/* Any one byte of the new data wrong. */
static void test_flipped(void)
{
    size_t old, len = make_states(&old);

    for (size_t at = old; at < len; at++) {
        memcpy(torn, after, len);
        torn[at] ^= 0x20;
        write_file(torn, len);
        expect_whole(5, 5);
    }
}

/* Old header, new data up to any byte. */
static void test_data_ahead(void)
{
    size_t old, len = make_states(&old);

    for (size_t cut = old; cut <= len; cut++) {
        memcpy(torn, after, cut);
        memcpy(torn, before, HEAD);
        write_file(torn, cut);
        expect_whole(5, 5);
    }
}

/* A header that is new up to some byte and old from there, or the other way; data there or not. */
static void test_header_torn(void)
{
    size_t old, len = make_states(&old);

    for (size_t cut = 0; cut <= HEAD; cut++)
        for (unsigned way = 0; way < 4; way++) {
            memcpy(torn, after, len);
            memcpy(torn, way & 1 ? before : after, cut);
            memcpy(torn + cut, (way & 1 ? after : before) + cut, HEAD - cut);
            write_file(torn, way & 2 ? len : old);
            expect_whole(5, 8);
        }
}

enum { HIGH = 3000000000u, MIDDLE = 852516351, LOW = 2006021501 };

/* The way from a serial to the end of the journal, in records; 0 when it is not found. */
static unsigned records_from(uint32_t serial)
{
    struct journal *j = open_as(JOURNAL_READ);
    struct journal_record r;
    unsigned n = 0;

    if (journal_seek(j, serial) == RES_OK)
        while (journal_next(j, &r) == RES_OK)
            n++;
    journal_close(j);
    return n;
}

/* A serial that goes round the number space (RFC 1982 §7) leaves all that was there behind:
 * not addressable, but there, for a zone's file that still has the old serial. */
static void test_wrap(void)
{
    struct journal *j;
    size_t old, len;

    unlink(path);
    j = open_as(JOURNAL_CREATE);
    CU_ASSERT_EQUAL(append(j, HIGH, MIDDLE, 40), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    old = read_file(before);
    CU_ASSERT_EQUAL(append(j, MIDDLE, LOW, 40), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    journal_close(j);
    len = read_file(after);
    CU_ASSERT_TRUE_FATAL(len > old);

    j = open_as(JOURNAL_READ);
    CU_ASSERT_STRING_EQUAL(said, "");
    CU_ASSERT_EQUAL(journal_last_serial(j), LOW);
    CU_ASSERT_EQUAL(journal_first_serial(j), MIDDLE);
    journal_close(j);
    CU_ASSERT_EQUAL(records_from(MIDDLE), 3);
    CU_ASSERT_EQUAL(records_from(HIGH), 6);
    CU_ASSERT_EQUAL(records_from(HIGH + 1), 0);

    for (size_t cut = old; cut < len; cut++) {      /* torn: what was synced before is there */
        write_file(after, cut);
        j = open_as(JOURNAL_READ);
        CU_ASSERT_EQUAL(journal_last_serial(j), MIDDLE);
        CU_ASSERT_EQUAL(journal_first_serial(j), HIGH);
        journal_close(j);
        CU_ASSERT_EQUAL(records_from(HIGH), 3);
    }
}

/* The first sync of a new file, torn: it is empty, or what was synced is there. */
static void test_first_torn(void)
{
    size_t len;

    make_journal((unsigned[]){1}, 1);
    len = read_file(after);
    for (size_t cut = 0; cut < len; cut++) {
        struct journal *j;

        write_file(after, cut);
        j = open_as(JOURNAL_WRITE);
        CU_ASSERT_PTR_NOT_NULL_FATAL(j);
        CU_ASSERT(journal_is_empty(j));
        CU_ASSERT_STRING_NOT_EQUAL(said, "");
        CU_ASSERT_EQUAL(append(j, 1, 2, 9), RES_OK);
        CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
        journal_close(j);
        j = open_as(JOURNAL_READ);
        CU_ASSERT_EQUAL(journal_last_serial(j), 2);
        journal_close(j);
    }
}

static void test_revert(void)
{
    struct journal *j;
    unsigned records;

    make_journal((unsigned[]){2}, 1);
    j = open_as(JOURNAL_WRITE);
    CU_ASSERT_EQUAL(append(j, 3, 4, 9), RES_OK);
    journal_revert(j);
    CU_ASSERT_EQUAL(journal_last_serial(j), 3);
    CU_ASSERT_EQUAL(append(j, 3, 9, 9), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    CU_ASSERT_EQUAL(walk(j, &records), 9);
    journal_close(j);
}

/* An append and a sync on a disk that fails at some point; what is reported is what is there,
 * and when the disk is well again the journal goes on. */
static void fail_once(int writes, int syncs, int cut)
{
    struct journal *j;
    uint32_t last = 3;
    bool done;
    unsigned records;

    make_journal((unsigned[]){1, 1}, 2);
    j = open_as(JOURNAL_WRITE);
    good_writes = writes;
    good_syncs = syncs;
    cut_write = cut;
    done = append(j, 3, 4, 200) == RES_OK && journal_sync(j) == RES_OK;
    if (done)
        last = 4;
    else
        journal_revert(j);
    CU_ASSERT_EQUAL(journal_last_serial(j), last);
    if (writes == 0 || syncs == 0)
        CU_ASSERT(!done && errors > 0);
    good_writes = good_syncs = -1;
    CU_ASSERT_EQUAL(append(j, last, 50, 9), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    CU_ASSERT_EQUAL(walk(j, &records), 50);
    journal_close(j);
    j = open_as(JOURNAL_READ);
    CU_ASSERT_EQUAL(walk(j, &records), 50);
    CU_ASSERT_STRING_EQUAL(said, "");
    journal_close(j);
}

static void test_failing_disk(void)
{
    for (int writes = -1; writes < 4; writes++)
        for (int syncs = -1; syncs < 2; syncs++)
            for (int cut = 0; cut < 2; cut++)
                fail_once(writes, syncs, cut);
}

/* The disk does not come back while the journal is open: nothing more is taken, and whatever
 * reached the file, the next open finds a whole state. */
static void test_broken_disk(void)
{
    for (int writes = 0; writes < 4; writes++) {
        struct journal *j;

        make_journal((unsigned[]){1, 1}, 2);
        j = open_as(JOURNAL_WRITE);
        good_writes = writes;
        good_syncs = 0;
        CU_ASSERT(append(j, 3, 4, 200) != RES_OK || journal_sync(j) != RES_OK);
        good_writes = 0;
        journal_revert(j);
        CU_ASSERT_NOT_EQUAL(append(j, 3, 4, 9), RES_OK);
        CU_ASSERT_EQUAL(journal_last_serial(j), 3);
        journal_close(j);
        good_writes = good_syncs = -1;
        expect_whole(3, 4);
    }
}

static void test_one_writer(void)
{
    struct journal *j, *second;

    make_journal((unsigned[]){1}, 1);
    j = open_as(JOURNAL_WRITE);
    CU_ASSERT_EQUAL(journal_open(path, JOURNAL_WRITE, &report, &second), RES_LOCKBUSY);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "being written by another process"));
    CU_ASSERT_EQUAL(journal_open(path, JOURNAL_READ, &report, &second), RES_OK);
    journal_close(second);
    journal_close(j);
}

static void test_compact(void)
{
    struct journal *j;
    unsigned records;
    uint64_t before_size;

    make_journal((unsigned[]){200}, 1);
    j = open_as(JOURNAL_READ);
    before_size = journal_size(j);
    journal_close(j);
    CU_ASSERT_EQUAL(journal_compact(path, 201, 1 << 20, &report), RES_OK);
    CU_ASSERT_EQUAL(journal_compact(path, 500, 4096, &report), RES_RANGE);
    CU_ASSERT_EQUAL(journal_compact(path, 150, 8192, &report), RES_OK);
    j = open_as(JOURNAL_READ);
    CU_ASSERT(journal_size(j) < before_size);
    CU_ASSERT(journal_first_serial(j) <= 150);
    CU_ASSERT_EQUAL(walk(j, &records), 201);
    journal_close(j);
    CU_ASSERT_EQUAL(journal_compact(path, 201, 8192, &report), RES_OK);
    j = open_as(JOURNAL_WRITE);
    CU_ASSERT(journal_size(j) <= 8192);
    CU_ASSERT_EQUAL(walk(j, &records), 201);
    CU_ASSERT_EQUAL(append(j, 201, 202, 9), RES_OK);
    CU_ASSERT_EQUAL(journal_sync(j), RES_OK);
    journal_close(j);
}

static const struct unit_test tests[] = {
    {"journal: what is appended comes back", test_round_trip},
    {"journal: seeks and sizes", test_seek},
    {"journal: malformed transactions are refused", test_malformed},
    {"journal: torn, header ahead of data", test_header_ahead},
    {"journal: torn, one byte of data wrong", test_flipped},
    {"journal: torn, data ahead of header", test_data_ahead},
    {"journal: torn within the header", test_header_torn},
    {"journal: torn at its first sync", test_first_torn},
    {"journal: a serial that goes round", test_wrap},
    {"journal: reverted", test_revert},
    {"journal: a disk that fails once", test_failing_disk},
    {"journal: a disk that stays broken", test_broken_disk},
    {"journal: one writer", test_one_writer},
    {"journal: compacted", test_compact},
};

int main(int argc, char **argv)
{
    int r;

    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/zone.jnl", folder);
    r = unit_run(tests, sizeof tests / sizeof *tests, argc, argv);
    unlink(path);
    rmdir(folder);
    return r;
}
