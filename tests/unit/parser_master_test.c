/* Master files: what is taken, what is told, and that what is written reads back. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns/rdata.h"
#include "parser/master.h"
#include "parser/master_write.h"
#include "tests/unit/unit.h"

static const uint8_t zone[] = "\1w\4test";

/* What a parse gave: records as "OWNER TTL TYPE RDATA", messages, one after the other. */
struct taken {
    char records[8192], messages[8192];
    unsigned nrecords;
    bool last_only;     /* keep the last record only */
};

static enum result take_record(void *arg, const struct master_record *rr)
{
    static char rdata[300000];
    struct taken *t = arg;
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];
    struct rdata_style style = {0};
    size_t used = t->last_only ? 0 : strlen(t->records), n;

    name_to_text(rr->owner, owner, NAME_OMIT_FINAL_DOT);
    if (rdata_to_text(rr->type, rr->rrclass, rr->rdata, rr->rdlen, &style, rdata, sizeof rdata,
                      &n) != RES_OK)
        return RES_FAILURE;
    snprintf(t->records + used, sizeof t->records - used, "%s %u %s %s\n", owner, rr->ttl,
             rrtype_text(rr->type, type), rdata);
    t->nrecords++;
    return RES_OK;
}

static void take_message(void *arg, enum master_level level, const char *text)
{
    struct taken *t = arg;
    size_t used = strlen(t->messages);

    (void)level;
    snprintf(t->messages + used, sizeof t->messages - used, "%s\n", text);
}

static struct master_options default_options(void)
{
    return (struct master_options){
        .origin = zone, .rrclass = CLASS_IN, .default_ttl = 60, .have_default_ttl = true};
}

static enum result parse(const char *text, const struct master_options *opt, struct taken *t)
{
    const struct master_callbacks cb = {.arg = t, .record = take_record, .message = take_message};

    t->records[0] = t->messages[0] = '\0';
    t->nrecords = 0;
    return master_parse_text(text, strlen(text), "f", opt, &cb);
}

/* Shows both when they differ. */
static void check_same(const char *got, const char *want, const char *of)
{
    if (strcmp(got, want) != 0)
        printf("# of: %s\n# got:  %s\n# want: %s\n", of, got, want);
    CU_ASSERT_STRING_EQUAL(got, want);
}

static void test_forms(void)
{
    static const struct {
        const char *text, *records;
    } rows[] = {
        {"a A 1.2.3.4\n", "a.w.test 60 A 1.2.3.4\n"},
        {"a 5 A 1.2.3.4\n", "a.w.test 5 A 1.2.3.4\n"},
        {"a IN 5 A 1.2.3.4\n", "a.w.test 5 A 1.2.3.4\n"},
        {"a 5 IN A 1.2.3.4\n", "a.w.test 5 A 1.2.3.4\n"},
        {"a class1 1h5s type1 1.2.3.4\n", "a.w.test 3605 A 1.2.3.4\n"},
        {"@ TXT x", "w.test 60 TXT \"x\"\n"},
        {"a A 1.2.3.4\n\tAAAA ::1 ; c\n\n ; d\n TXT y\n",
         "a.w.test 60 A 1.2.3.4\na.w.test 60 AAAA ::1\na.w.test 60 TXT \"y\"\n"},
        {"a TXT ( \"b\"\n c ; d )\n )\nb A 1.1.1.1\n",
         "a.w.test 60 TXT \"b\" \"c\"\nb.w.test 60 A 1.1.1.1\n"},
        {"a TXT \"x;y\" \"(\" \"a\\\"b\"\n", "a.w.test 60 TXT \"x;y\" \"(\" \"a\\\"b\"\n"},
        {"a\\.b.c CNAME d\\032e\n", "a\\.b.c.w.test 60 CNAME d\\032e.w.test.\n"},
        {"$ORIGIN x\na A 1.1.1.1\n$ORIGIN y.w.test.\nb A 1.1.1.1\n",
         "a.x.w.test 60 A 1.1.1.1\nb.y.w.test 60 A 1.1.1.1\n"},
        {"$TTL 7\na A 1.1.1.1\n$TTL 1h\nb A 1.1.1.1\n",
         "a.w.test 7 A 1.1.1.1\nb.w.test 3600 A 1.1.1.1\n"},
        {"a TYPE65534 \\# 3 ab cd ef\n", "a.w.test 60 TYPE65534 \\# 3 ABCDEF\n"},
        {"a A 1.1.1.1\r\nb A 2.2.2.2\r\n", "a.w.test 60 A 1.1.1.1\nb.w.test 60 A 2.2.2.2\n"},
        {"a A 1.1.1.1\nA A 2.2.2.2\na A 3.3.3.3\n",
         "a.w.test 60 A 1.1.1.1\nA.w.test 60 A 2.2.2.2\na.w.test 60 A 3.3.3.3\n"},
        {"$GENERATE 8-10/2 h${-8,2,x} A 10.0.0.$\n",
         "h00.w.test 60 A 10.0.0.8\nh02.w.test 60 A 10.0.0.10\n"},
        {"$GENERATE 18-18 ${0,5,n} 9 TXT $$\n", "2.1.0.w.test 9 TXT \"$\"\n"},
        {"a 9 A 1.1.1.1\n 8 A 1.1.1.2\n", "a.w.test 9 A 1.1.1.1\na.w.test 9 A 1.1.1.2\n"},
        {"x.other. A 1.1.1.1\n A 1.1.1.2\nb A 1.1.1.3\n", "b.w.test 60 A 1.1.1.3\n"},
        {"", ""},
        {"; only\n\n \n(\n)\n", ""},
    };
    struct master_options opt = default_options();
    struct taken t = {0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(parse(rows[i].text, &opt, &t), RES_OK);
        check_same(t.records, rows[i].records, rows[i].text);
    }
}

static void test_errors(void)
{
    static const struct {
        const char *text;
        enum result result;
        const char *messages;
    } rows[] = {
        {"a A 1.2.3\n", RES_BADDOTTEDQUAD,
         "dns_rdata_fromtext: f:1: near '1.2.3': bad dotted quad\n"},
        {"\na A\n", RES_UNEXPECTEDEND,
         "dns_rdata_fromtext: f:2: near eol: unexpected end of input\n"},
        {"a A 1.1.1.1 x\n", RES_EXTRATOKEN,
         "dns_rdata_fromtext: f:1: near 'x': extra input text\n"},
        {"a FOO x\n", RES_UNKNOWNTYPE, "f:1: unknown RR type 'FOO'\n"},
        {"a CH A 1.1.1.1\n", RES_BADCLASS, "f:1: class 'CH' != zone class 'IN'\n"},
        {" A 1.1.1.1\n", RES_NOOWNER, "f:1: no current owner name\n"},
        {"a..b A 1.1.1.1\n", RES_EMPTYLABEL, "dns_master_load: f:1: empty label\n"},
        {"a MX (\n x\n b )\n", RES_BADNUMBER,
         "dns_rdata_fromtext: f:1: near 'x': not a valid number\n"},
        {"a TXT \"x\n", RES_UNBALANCEDQUOTES, "dns_rdata_fromtext: f:1: unbalanced quotes\n"},
        {"a A 1.1.1.1 )\n", RES_UNBALANCED, "dns_rdata_fromtext: f:1: unbalanced parentheses\n"},
        {"x SOA a b 1 2 3 4 5\n", RES_NOTZONETOP,
         "f:1: SOA record not at top of zone (x.w.test)\n"},
        {"a CNAME b\na A 1.1.1.1\nb A 1.1.1.1\n", RES_CNAMEANDOTHER,
         "dns_master_load: f:2: a.w.test: CNAME and other data\n"},
        {"a CNAME b\na CNAME c\n", RES_SINGLETON,
         "dns_master_load: f:2: a.w.test: multiple RRs of singleton type\n"},
        {"*.a NS b\n", RES_INVALIDNS,
         "dns_master_load: f:1: *.a.w.test: invalid NS owner name (wildcard)\n"},
        {"a MD b\n", RES_OBSOLETE, "f:1: type 'MD': obsolete\n"},
        {"$INCLUDE /nonexistent/file\n", RES_FILENOTFOUND,
         "dns_master_load: f:1: /nonexistent/file: file not found\n"},
        {"$FOO\n", RES_SYNTAX, "dns_master_load: f:1: unknown $ directive '$FOO'\n"},
        {"$TTL\n", RES_UNEXPECTEDEND,
         "dns_master_load: f:1: unexpected end of line\n"
         "dns_master_load: f:1: unexpected end of input\n"},
        {"$GENERATE 3-1 a$ A 1.1.1.1\n", RES_SYNTAX, "$GENERATE: f:1: invalid range '3-1'\n"},
        {"$GENERATE 1-1 a${0 A 1.1.1.1\n", RES_SYNTAX, "$GENERATE: f:1: syntax error\n"},
        {"$GENERATE 1-1 a${0,3,d,x} A 1.1.1.1\n", RES_SYNTAX, "$GENERATE: f:1: syntax error\n"},
        {"$GENERATE 1-1/0 a$ A 1.1.1.1\n", RES_SYNTAX, "$GENERATE: f:1: invalid range '1-1/0'\n"},
    };
    struct master_options opt = default_options();
    struct taken t = {0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(parse(rows[i].text, &opt, &t), rows[i].result);
        check_same(t.messages, rows[i].messages, rows[i].text);
    }
}

static void test_ttl_rules(void)
{
    static const struct {
        const char *text;
        enum result result;
        const char *records, *messages;
    } rows[] = {
        {"@ SOA a b 1 2 3 4 5\na A 1.1.1.1\n", RES_OK,
         "w.test 5 SOA a.w.test. b.w.test. 1 2 3 4 5\na.w.test 5 A 1.1.1.1\n",
         "f:1: no TTL specified; using SOA MINTTL instead\n"},
        {"a A 1.1.1.1\n", RES_NOTTL, "", "f:1: no TTL specified; zone rejected\n"},
        {"a 9 A 1.1.1.1\nb A 1.1.1.1\nc A 1.1.1.1\n", RES_OK,
         "a.w.test 9 A 1.1.1.1\nb.w.test 9 A 1.1.1.1\nc.w.test 9 A 1.1.1.1\n",
         "f:2: using RFC1035 TTL semantics\n"},
        {"a 2147483648 A 1.1.1.1\n", RES_OK, "a.w.test 0 A 1.1.1.1\n",
         "dns_master_load: f:1: $TTL 2147483648 > MAXTTL, setting $TTL to 0\n"},
        {"a 9 A 1.1.1.1\na 8 A 1.1.1.2\n", RES_OK,
         "a.w.test 9 A 1.1.1.1\na.w.test 9 A 1.1.1.2\n", "f:2: TTL set to prior TTL (9)\n"},
    };
    struct master_options opt = {.origin = zone, .rrclass = CLASS_IN};
    struct taken t = {0};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CU_ASSERT_EQUAL(parse(rows[i].text, &opt, &t), rows[i].result);
        check_same(t.records, rows[i].records, rows[i].text);
        check_same(t.messages, rows[i].messages, rows[i].text);
    }
}

static void test_keep_going(void)
{
    struct master_options opt = default_options();
    struct taken t = {0};

    opt.keep_going = true;
    CU_ASSERT_EQUAL(parse("a A x\nb FOO\nc A 1.1.1.1\nd A y\n", &opt, &t), RES_BADDOTTEDQUAD);
    check_same(t.messages,
               "dns_rdata_fromtext: f:1: near 'x': bad dotted quad\nf:2: unknown RR type 'FOO'\n"
               "dns_rdata_fromtext: f:4: near 'y': bad dotted quad\n", "keep_going");
    check_same(t.records, "c.w.test 60 A 1.1.1.1\n", "keep_going");
}

static void test_max_ttl(void)
{
    struct master_options opt = default_options();
    struct taken t = {0};

    opt.max_ttl = 100;
    CU_ASSERT_EQUAL(parse("a 100 A 1.1.1.1\nb 101 A 1.1.1.1\n", &opt, &t), RES_RANGE);
    check_same(t.messages,
               "dns_master_load: f:2: TTL 101 exceeds configured max-zone-ttl 100\n"
               "dns_master_load: f:2: out of range\n", "max_ttl");
    CU_ASSERT_EQUAL(t.nrecords, 1);
}

static void test_check_names(void)
{
    static const char text[] = "a_b A 1.1.1.1\n MX 1 c_d\n TXT x\nm MX 1 1.2.3.4\nx.*.y TXT x\n";
    struct master_options opt = default_options();
    struct taken t = {0};

    opt.check_names = opt.check_mx = MASTER_WARN;
    opt.check_wildcard = true;
    CU_ASSERT_EQUAL(parse(text, &opt, &t), RES_OK);
    check_same(t.messages,
               "f:1: a_b.w.test: bad owner name (check-names)\n"
               "f:2: a_b.w.test: bad owner name (check-names)\n"
               "f:2: warning: c_d.w.test: bad name (check-names)\n"
               "f:4: warning: '1.2.3.4': MX is an address\n"
               "f:5: warning: ownername 'x.*.y.w.test' contains an non-terminal wildcard\n",
               "check_names");
    opt.check_names = MASTER_FAIL;
    CU_ASSERT_EQUAL(parse("b NS c_d\n", &opt, &t), RES_BADNAME);
    CU_ASSERT_EQUAL(parse("a_b A 1.1.1.1\n", &opt, &t), RES_BADOWNERNAME);
}

/* A temporary file with the bytes; its path in `path`. */
static int temp_file(const void *data, size_t len, char path[64])
{
    int fd = memfd_create("zone", 0);

    CU_ASSERT_FATAL(fd >= 0 && pwrite(fd, data, len, 0) == (ssize_t)len);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static enum result parse_file(const char *path, struct taken *t)
{
    struct master_options opt = default_options();
    const struct master_callbacks cb = {.arg = t, .record = take_record, .message = take_message};

    t->records[0] = t->messages[0] = '\0';
    t->nrecords = 0;
    return master_parse_file(path, &opt, &cb);
}

/* Entries lie across the ends of the window wherever these can be. */
static void test_windows(void)
{
    enum { LINES = 40000 };
    char *text = malloc(LINES * 40u), *at = text, path[64], want[64];
    struct taken t = {.last_only = true};
    int fd;

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (unsigned i = 0; i < LINES; i++)
        at += sprintf(at, i % 3 ? "n%u A 10.0.%u.%u\n" : "n%u ( A\n 10.0.%u.%u )\n", i,
                      i / 250 % 250, i % 250);
    fd = temp_file(text, (size_t)(at - text), path);
    CU_ASSERT_EQUAL(parse_file(path, &t), RES_OK);
    CU_ASSERT_EQUAL(t.nrecords, LINES);
    snprintf(want, sizeof want, "n%u.w.test 60 A 10.0.%u.%u\n", LINES - 1,
             (LINES - 1) / 250 % 250, (LINES - 1) % 250);
    check_same(t.records, want, "windows");
    close(fd);
    free(text);
}

/* RDATA of the largest size, in many lines and in one. */
static void test_large_entries(void)
{
    static const unsigned widths[] = {2, 64, 2 * RDATA_MAX_LEN};
    enum { ROOM = 4 * RDATA_MAX_LEN + 100 };
    char *text = malloc(ROOM), path[64];
    struct taken t = {.last_only = true};

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (unsigned w = 0; w < 3; w++) {
        char *at = text + sprintf(text, "a TYPE65534 ( \\# %d ", RDATA_MAX_LEN);
        int fd;

        for (unsigned i = 0; i < RDATA_MAX_LEN; i++)
            at += sprintf(at, i * 2 % widths[w] == 0 ? "\nab" : "ab");
        at += sprintf(at, ")\n");
        fd = temp_file(text, (size_t)(at - text), path);
        CU_ASSERT_EQUAL(parse_file(path, &t), RES_OK);
        CU_ASSERT_EQUAL(t.nrecords, 1);
        close(fd);
    }
    free(text);
}

static void test_endless_entry(void)
{
    size_t len = 40u << 20;
    char *text = malloc(len), path[64];
    struct taken t = {0};
    int fd;

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'x', len);
    memcpy(text, "a TXT ( ", 8);
    fd = temp_file(text, len, path);
    CU_ASSERT_EQUAL(parse_file(path, &t), RES_NOSPACE);
    CU_ASSERT_PTR_NOT_NULL(strstr(t.messages, ":1: ran out of space\n"));
    close(fd);
    free(text);
}

static void test_includes(void)
{
    char inner[64], outer[64], loop[64], text[256];
    struct taken t = {0};
    int a, b, c;

    a = temp_file("i A 1.1.1.1\n$ORIGIN deep\nj A 1.1.1.1\n", 37, inner);
    snprintf(text, sizeof text, "o A 1.1.1.1\n$INCLUDE %s sub\n TXT x\nk A 1.1.1.1\n", inner);
    b = temp_file(text, strlen(text), outer);
    CU_ASSERT_EQUAL(parse_file(outer, &t), RES_OK);
    check_same(t.records,
               "o.w.test 60 A 1.1.1.1\ni.sub.w.test 60 A 1.1.1.1\nj.deep.sub.w.test 60 A 1.1.1.1\n"
               "o.w.test 60 TXT \"x\"\nk.w.test 60 A 1.1.1.1\n", "include");
    c = temp_file("", 0, loop);
    snprintf(text, sizeof text, "$INCLUDE %s\n", loop);
    CU_ASSERT_EQUAL(pwrite(c, text, strlen(text), 0), (ssize_t)strlen(text));
    CU_ASSERT_EQUAL(parse_file(loop, &t), RES_TOOMANYHOPS);
    close(a);
    close(b);
    close(c);
}

/* Files that each name the next one twice, 40 of them: a million million readings. */
static void test_doubling_includes(void)
{
    enum { LEVELS = 40 };
    char path[LEVELS + 1][64], text[160];
    struct taken t = {0};
    int fd[LEVELS + 1];

    fd[LEVELS] = temp_file("", 0, path[LEVELS]);
    for (unsigned i = LEVELS; i > 0; i--) {
        snprintf(text, sizeof text, "$INCLUDE %s\n$INCLUDE %s\n", path[i], path[i]);
        fd[i - 1] = temp_file(text, strlen(text), path[i - 1]);
    }
    CU_ASSERT_EQUAL(parse_file(path[0], &t), RES_QUOTA);
    for (unsigned i = 0; i <= LEVELS; i++)
        close(fd[i]);
}

/* A pipe nobody writes to must not be waited for, unless a pipe is what is wanted. */
static void test_pipes(void)
{
    struct master_options opt = default_options();
    struct taken t = {0};
    const struct master_callbacks cb = {.arg = &t, .record = take_record, .message = take_message};
    struct master_raw_header header;
    char folder[] = "/tmp/kz-pipe-XXXXXX", pipe_path[64], outer[64], text[128];
    int fd, writer;

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    CU_ASSERT_EQUAL_FATAL(mkfifo(pipe_path, 0600), 0);
    snprintf(text, sizeof text, "$INCLUDE %s\n", pipe_path);
    fd = temp_file(text, strlen(text), outer);
    CU_ASSERT_EQUAL(parse_file(outer, &t), RES_NOTFILE);
    CU_ASSERT_EQUAL(master_parse_file(pipe_path, &opt, &cb), RES_NOTFILE);
    CU_ASSERT_EQUAL(master_parse_raw(pipe_path, &opt, &cb, &header), RES_NOTFILE);
    CU_ASSERT_EQUAL(master_parse_raw("/tmp", &opt, &cb, &header), RES_NOTFILE);

    opt.stream = true;
    writer = open(pipe_path, O_RDWR | O_CLOEXEC);
    CU_ASSERT_EQUAL(write(writer, "\0\0\0\3", 4), 4);    /* the header of no raw file */
    CU_ASSERT_EQUAL(write(writer, "\0\0\0\0\0\0\0\0", 8), 8);
    CU_ASSERT_EQUAL(master_parse_raw(pipe_path, &opt, &cb, &header), RES_NOTIMPLEMENTED);
    close(writer);
    close(fd);
    unlink(pipe_path);
    rmdir(folder);
}

/* Writes two RRsets in a format and gives what stands in the file. */
static size_t write_zone(enum master_format format, char *out, size_t room, int *fd)
{
    static const uint8_t soa[] = "\0\37\1a\1w\4test\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
    static const uint8_t a[] = {0, 4, 1, 2, 3, 4, 0, 4, 1, 2, 3, 5}, below[] = "\1b\1w\4test";
    const struct master_write_options opt = {.format = format, .raw_version = 1};
    struct master_rrset s = {.owner = zone, .origin = (const uint8_t *)"", .data = soa,
                             .count = 1, .ttl = 3600, .rrclass = CLASS_IN, .type = TYPE_SOA};
    struct master_writer *w;
    ssize_t n;

    *fd = memfd_create("out", 0);
    w = master_writer_new(*fd, &opt);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    CU_ASSERT_EQUAL(master_writer_add(w, &s), RES_OK);
    s = (struct master_rrset){.owner = below, .origin = zone, .data = a, .count = 2, .ttl = 60,
                              .rrclass = CLASS_IN, .type = TYPE_A};
    CU_ASSERT_EQUAL(master_writer_add(w, &s), RES_OK);
    CU_ASSERT_EQUAL(master_writer_finish(w), RES_OK);
    n = pread(*fd, out, room - 1, 0);
    CU_ASSERT_FATAL(n > 0);
    out[n] = '\0';
    return (size_t)n;
}

static void test_writing(void)
{
    char out[4096];
    int fd;

    write_zone(MASTER_FULL, out, sizeof out, &fd);
    close(fd);
    check_same(out,
               "w.test.\t\t\t\t\t      3600 IN SOA\ta.w.test. . 1 2 3 4 5\n"
               "b.w.test.\t\t\t\t      60 IN A\t\t1.2.3.4\n"
               "b.w.test.\t\t\t\t      60 IN A\t\t1.2.3.5\n", "full");
    write_zone(MASTER_RELATIVE, out, sizeof out, &fd);
    close(fd);
    check_same(out,
               "$ORIGIN .\n$TTL 3600\t; 1 hour\n"
               "w.test\t\t\tIN SOA\ta.w.test. . (\n"
               "\t\t\t\t1          ; serial\n"
               "\t\t\t\t2          ; refresh (2 seconds)\n"
               "\t\t\t\t3          ; retry (3 seconds)\n"
               "\t\t\t\t4          ; expire (4 seconds)\n"
               "\t\t\t\t5          ; minimum (5 seconds)\n"
               "\t\t\t\t)\n"
               "$ORIGIN w.test.\n$TTL 60\t; 1 minute\n"
               "b\t\t\tA\t1.2.3.4\n\t\t\tA\t1.2.3.5\n", "relative");
}

static void test_raw(void)
{
    struct master_options opt = default_options();
    struct taken t = {0};
    const struct master_callbacks cb = {.arg = &t, .record = take_record, .message = take_message};
    struct master_raw_header header;
    char out[4096], path[64];
    size_t len;
    int fd;

    len = write_zone(MASTER_RAW, out, sizeof out, &fd);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CU_ASSERT_EQUAL(master_parse_raw(path, &opt, &cb, &header), RES_OK);
    CU_ASSERT_EQUAL(header.version, 1);
    check_same(t.records,
               "w.test 3600 SOA a.w.test. . 1 2 3 4 5\nb.w.test 60 A 1.2.3.4\n"
               "b.w.test 60 A 1.2.3.5\n", "raw");
    for (size_t cut = 1; cut < len; cut++) {    /* a cut between RRsets cannot be noticed */
        enum result r;

        CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)(len - cut)), 0);
        t.nrecords = 0;
        r = master_parse_raw(path, &opt, &cb, &header);
        CU_ASSERT(r == RES_EOF || (r == RES_OK && t.nrecords < 2));
    }
    close(fd);
}

static const struct unit_test tests[] = {
    {"owners, TTLs, classes, types and directives in all their forms", test_forms},
    {"errors in BIND's words, with their line", test_errors},
    {"where a TTL comes from", test_ttl_rules},
    {"as many errors as there are when asked", test_keep_going},
    {"max-zone-ttl", test_max_ttl},
    {"check-names, check-mx, check-wildcard", test_check_names},
    {"entries across the window's ends", test_windows},
    {"RDATA of 65,535 bytes", test_large_entries},
    {"an entry without an end is refused", test_endless_entry},
    {"includes keep owner and origin outside; a loop is refused", test_includes},
    {"includes that double come to an end", test_doubling_includes},
    {"pipes are read only when asked for", test_pipes},
    {"both styles of text", test_writing},
    {"raw files read back, cut ones are refused", test_raw},
};

UNIT_MAIN(tests)
