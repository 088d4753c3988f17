/*
 * A journal's file as a crash, another server or a bad disk may leave it: opened, walked, asked
 * for serials, continued and made smaller.  What could be walked before is there afterwards,
 * and what was written and synced is found again without complaint.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "fuzz/fuzz.h"
#include "journal/journal.h"

static char path[64], next[64];
static unsigned said;

static void take(void *arg, int level, const char *text)
{
    (void)arg;
    (void)level;
    must(strlen(text) > 0);
    said++;
}

static const struct journal_report report = {.message = take};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    snprintf(path, sizeof path, "/dev/shm/fuzz-journal-%d.jnl", (int)getpid());
    snprintf(next, sizeof next, "/dev/shm/fuzz-journal-%d.jnw", (int)getpid());
    return 0;
}

static void write_input(const uint8_t *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    must(fd >= 0 && file_write_all(fd, data, len) == RES_OK);
    close(fd);
}

/* Walks all; true when it came to the end. */
static bool walk(struct journal *j, unsigned *records)
{
    struct journal_record r;
    enum result e = journal_seek(j, journal_first_serial(j));

    *records = 0;
    while (e == RES_OK && (e = journal_next(j, &r)) == RES_OK) {
        must(name_check(r.owner, r.owner_len) == r.owner_len);
        must(rdata_check(r.type, r.rrclass, r.rdata, r.rdlen) == RES_OK);
        (*records)++;
    }
    return e == RES_NOMORE;
}

static void add_soa(struct diff *d, uint32_t serial, bool add)
{
    static const uint8_t root[1] = {0};
    uint8_t rdata[22] = {0};
    struct diff_record r = {root, rdata, 1, TYPE_SOA, sizeof rdata, 1, add};

    put_u32(rdata + 2, serial);
    must(diff_append(d, &r) == RES_OK);
}

/* A transaction behind the last; true when it is in the file. */
static bool go_on(struct journal *j)
{
    uint32_t last = journal_last_serial(j);
    struct diff d;
    bool done;

    diff_init(&d);
    add_soa(&d, last, false);
    add_soa(&d, last + 1, true);
    done = journal_append(j, &d) == RES_OK && journal_sync(j) == RES_OK;
    if (!done)
        journal_revert(j);
    diff_free(&d);
    return done;
}

/* What could be walked before still can, unless the beginning had to go because it was too far
 * behind (RFC 1982); with it a broken part may have gone. */
static void expect_end(bool walked, unsigned records, uint32_t first, uint32_t last)
{
    struct journal *j;
    unsigned now;

    said = 0;
    must(journal_open(path, JOURNAL_READ, &report, &j) == RES_OK);
    must(said == 0 && journal_last_serial(j) == last);
    if (journal_first_serial(j) == first)
        must(walk(j, &now) == walked && (!walked || now == records));
    journal_close(j);
}

static void write_more(bool walked, unsigned records)
{
    struct journal *j;
    uint32_t first, last;
    uint64_t bytes;
    bool done;

    if (journal_open(path, JOURNAL_WRITE, &report, &j) != RES_OK)
        return;
    first = journal_first_serial(j);
    journal_size_from(j, first, &bytes);
    done = go_on(j);
    last = journal_last_serial(j);
    journal_close(j);
    if (!done)
        return;
    expect_end(walked, records + 2, first, last);
    if (journal_compact(path, last, 0, &report) == RES_OK && walked &&
        journal_open(path, JOURNAL_READ, &report, &j) == RES_OK) {
        must(journal_last_serial(j) == last && walk(j, &records));
        journal_close(j);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct journal *j;
    unsigned records = 0;
    bool walked;

    write_input(data, len);
    if (journal_open(path, JOURNAL_READ, &report, &j) == RES_OK) {
        walked = journal_is_empty(j) || walk(j, &records);
        journal_close(j);
        write_more(walked, records);
    }
    unlink(path);
    unlink(next);
    return 0;
}
