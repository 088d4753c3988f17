/*
 * named-journalprint: a zone's journal as text, in BIND's form; or the journal made smaller
 * or written in the other form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log_category.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "journal/journal.h"

enum { TAB = 8, TEXT_ROOM = 512 * 1024, INDEX_PER_LINE = 8 };

struct request {
    const char *path;
    bool details, compact, upgrade, downgrade;
    uint32_t serial;
};

static void say(void *arg, int level, const char *text)
{
    (void)arg;
    if (level < LVL_DYNAMIC)
        fprintf(stderr, "%s\n", text);
}

static const struct journal_report report = {.message = say};

static int usage(void)
{
    fputs("Usage: named-journalprint [-dux] [-c serial] journal\n", stderr);
    return 1;
}

static int help(void)
{
    puts("Usage: named-journalprint [-dux] [-c serial] journal\n"
         "  -x         prints the header, the index and each transaction's place, too\n"
         "  -c serial  drops the transactions before this serial\n"
         "  -d         writes the journal in the form that BIND up to 9.16.11 read\n"
         "  -u         writes it in the form of today");
    return fflush(stdout) == 0 ? 0 : 1;
}

/* From column `from` to `to`, or one on when that is passed, with a tab where one gets there;
 * the column reached. */
static unsigned column(unsigned from, unsigned to)
{
    unsigned tabs;

    if (from >= to)
        to = from + 1;
    tabs = to / TAB - from / TAB;
    if (tabs == 0)
        putchar(' ');
    for (; tabs > 0; tabs--)
        putchar('\t');
    return to;
}

static unsigned print(unsigned at, const char *text)
{
    fputs(text, stdout);
    return at + (unsigned)strlen(text);
}

static enum result print_record(const struct journal_record *r, char *text)
{
    static const struct rdata_style style;
    char owner[NAME_TEXT_MAX], ttl[16], rrclass[RRCLASS_TEXT], type[RRTYPE_TEXT];
    size_t len;
    unsigned at;
    enum result e =
        rdata_to_text(r->type, r->rrclass, r->rdata, r->rdlen, &style, text, TEXT_ROOM, &len);

    if (e != RES_OK)
        return e;
    fputs(r->add ? "add " : "del ", stdout);
    name_to_text(r->owner, owner, NAME_FINAL_DOT);
    snprintf(ttl, sizeof ttl, "%u", r->ttl);
    at = column(print(0, owner), 3 * TAB);
    at = column(print(at, ttl), 4 * TAB);
    at = column(print(at, rrclass_text(r->rrclass, rrclass)), 5 * TAB);
    column(print(at, rrtype_text(r->type, type)), 6 * TAB);
    puts(text);
    return RES_OK;
}

static void print_header(const struct journal *j)
{
    uint32_t size = journal_index_size(j);

    printf("Journal format = BIND LOG %s\n", journal_is_old(j) ? "V9" : "V9.2");
    printf("Header version = %d\n", journal_is_old(j) ? 1 : 2);
    printf("Start serial = %u\n", journal_first_serial(j));
    printf("End serial = %u\n", journal_last_serial(j));
    printf("Index (size = %u):\n", size);
    for (uint32_t i = 0; i < size && journal_index_offset(j, i) != 0; i++)
        printf("%u%c", journal_index_offset(j, i),
               i % INDEX_PER_LINE == INDEX_PER_LINE - 1 ? '\n' : ' ');
    putchar('\n');
}

/* The index names some of the transactions, in the order they stand in the file. */
static void print_transaction(const struct journal *j, const struct journal_transaction *t,
                              uint32_t *next)
{
    printf("Transaction: version %u offset %llu size %u rrcount %u start %u end %u\n", t->version,
           (unsigned long long)t->offset, t->size, t->count, t->from, t->to);
    if (*next >= journal_index_size(j) || t->offset < journal_index_offset(j, *next))
        return;
    if (t->offset > journal_index_offset(j, *next))
        printf("ERROR: Offset mismatch, expected %u\n", journal_index_offset(j, *next));
    else
        (*next)++;
}

static enum result print_records(struct journal *j, bool details)
{
    char *text = malloc(TEXT_ROOM);
    struct journal_record record;
    uint32_t next = 0;
    enum result r = text != NULL ? journal_seek(j, journal_first_serial(j)) : RES_NOMEM;

    while (r == RES_OK && (r = journal_next(j, &record)) == RES_OK) {
        if (details && record.first_of_transaction)
            print_transaction(j, journal_transaction(j), &next);
        r = print_record(&record, text);
    }
    free(text);
    return r == RES_NOMORE ? RES_OK : r;
}

static int print_journal(const struct request *q)
{
    struct journal *j;
    uint32_t source;
    enum result r = journal_open(q->path, JOURNAL_READ, &report, &j);

    if (r == RES_FILENOTFOUND) {
        fprintf(stderr, "no journal\n");
        return 1;
    }
    if (r != RES_OK) {
        fprintf(stderr, "journal open failure: %s: %s\n", result_text(r), q->path);
        return 1;
    }
    if (q->details)
        print_header(j);
    if (journal_source_serial(j, &source))
        printf("Source serial = %u\n", source);
    if (!journal_is_empty(j))
        r = print_records(j, q->details);
    journal_close(j);
    if (r != RES_OK)
        fprintf(stderr, "%s: cannot print: %s\n", q->path,
                r == RES_UNEXPECTED ? "journal file corrupt" : result_text(r));
    if (fflush(stdout) != 0) {
        perror("named-journalprint: standard output");
        return 1;
    }
    return r == RES_OK ? 0 : 1;
}

static int run(const struct request *q)
{
    enum result r;

    if (!q->compact && !q->upgrade && !q->downgrade)
        return print_journal(q);
    r = q->compact ? journal_compact(q->path, q->serial, 0, &report)
                   : journal_rewrite(q->path, q->downgrade, &report);
    if (r != RES_OK)
        fprintf(stderr, "named-journalprint: %s: %s\n", q->path,
                r == RES_RANGE ? "the serial is not within the journal" : result_text(r));
    return r == RES_OK ? 0 : 1;
}

static bool take_serial(struct request *q, const char *text)
{
    char *end;
    unsigned long v = strtoul(text, &end, 0);

    q->compact = true;
    q->serial = (uint32_t)v;
    if (*text != '\0' && *end == '\0' && v <= UINT32_MAX)
        return true;
    fprintf(stderr, "invalid serial: %s\n", text);
    return false;
}

int main(int argc, char **argv)
{
    struct request q = {0};
    int c;

    while ((c = getopt(argc, argv, "c:duxh")) != -1) {
        if (c == 'c' && !take_serial(&q, optarg))
            return 1;
        q.details |= c == 'x';
        q.upgrade |= c == 'u';
        q.downgrade |= c == 'd';
        if (c == 'h')
            return help();
        if (c == '?')
            return usage();
    }
    if (argc - optind != 1)
        return usage();
    if (q.upgrade && q.downgrade) {
        fputs("named-journalprint: -d and -u contradict each other\n", stderr);
        return 1;
    }
    q.path = argv[optind];
    return run(&q);
}
