/*
 * named-checkzone and named-compilezone, one program: the name it is called by decides.
 * Loads a zone as the server would, says what is wrong in BIND's words, and writes it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "tools/zone_outside.h"
#include "zone/dump.h"
#include "zone/load.h"

struct tool {
    const char *name;           /* as called, without its directory */
    bool compile, debug, quiet, dump, journal_wanted;
    const char *journal;
    const char *class_text, *zone_text, *file, *output;
    uint16_t rrclass;
    bool ask_outside;
    enum check_severity check_ns;
    struct zone_options options;
    struct master_write_options write;
    struct zone_outside outside;
    FILE *out;                  /* where messages go */
};

static void usage(const struct tool *t) __attribute__((noreturn));

static void usage(const struct tool *t)
{
    fprintf(stderr,
            "usage: %s [-djqvD] [-c class] [-f inputformat] [-F outputformat] [-J filename] "
            "[-s (full|relative)] [-t directory] [-w directory] [-k (ignore|warn|fail)] "
            "[-m (ignore|warn|fail)] [-n (ignore|warn|fail)] [-r (ignore|warn|fail)] "
            "[-i (full|full-sibling|local|local-sibling|none)] [-M (ignore|warn|fail)] "
            "[-S (ignore|warn|fail)] [-W (ignore|warn)] %s zonename [ (filename|-) ]\n",
            t->name, t->compile ? "-o filename" : "[-o filename]");
    exit(1);
}

static void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    exit(1);
}

static enum check_severity severity(int option, const char *text)
{
    static const char *const words[] = {"ignore", "warn", "fail"};

    for (unsigned i = 0; i < 3; i++)
        if (strcmp(text, words[i]) == 0)
            return (enum check_severity)i;
    die("invalid argument to -%c: %s\n", option, text);
}

static bool warn_or_ignore(int option, const char *text)
{
    if (strcmp(text, "warn") != 0 && strcmp(text, "ignore") != 0)
        die("invalid argument to -%c: %s\n", option, text);
    return text[0] == 'w';
}

/* -i MODE: with "local" nothing outside the zone is asked for. */
static void set_integrity(struct tool *t, const char *mode)
{
    static const struct {
        const char *mode;
        bool check, sibling, outside;
    } rows[] = {
        {"full", true, true, true},    {"full-sibling", true, false, true},
        {"local", true, true, false},  {"local-sibling", true, false, false},
        {"none", false, false, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].mode, mode) != 0)
            continue;
        t->options.check_integrity = rows[i].check;
        t->options.check_sibling = rows[i].sibling;
        t->ask_outside = rows[i].outside;
        return;
    }
    die("invalid argument to -i: %s\n", mode);
}

static void set_input_format(struct tool *t, const char *text)
{
    if (strcasecmp(text, "text") == 0)
        t->options.format = FORMAT_TEXT;
    else if (strcasecmp(text, "raw") == 0)
        t->options.format = FORMAT_RAW;
    else
        die("unknown file format: %s\n", text);
}

static void set_output_format(struct tool *t, const char *text)
{
    if (strcasecmp(text, "text") == 0)
        return;
    if (strncasecmp(text, "raw", 3) != 0 || (text[3] != '\0' && text[3] != '='))
        die("unknown file format: %s\n", text);
    t->write.format = MASTER_RAW;
    if (text[3] == '\0')
        return;
    if ((text[4] != '0' && text[4] != '1') || text[5] != '\0')
        die("unknown raw format version\n");
    t->write.raw_version = (unsigned)(text[4] - '0');
}

static void set_style(struct tool *t, const char *text)
{
    if (strcmp(text, "full") != 0 && strcmp(text, "relative") != 0)
        die("unknown or unsupported style: %s\n", text);
    if (t->write.format != MASTER_RAW)
        t->write.format = text[0] == 'f' ? MASTER_FULL : MASTER_RELATIVE;
}

static uint32_t number(const char *text, const char *what)
{
    char *end;
    unsigned long v = strtoul(text, &end, 0);

    if (*end != '\0' || end == text)
        die("%s must be numeric", what);
    return (uint32_t)v;
}

static void enter_root(const char *dir)
{
    if (chroot(dir) != 0 || chdir("/") != 0)
        die("isc_dir_chroot: %s: %s\n", dir, result_text(result_from_errno(errno)));
}

static void enter_directory(const char *dir)
{
    if (chdir(dir) != 0)
        die("isc_dir_chdir: %s: %s\n", dir, result_text(result_from_errno(errno)));
}

/* The checks' options; false when `c` is none of them. */
static bool take_check(struct tool *t, int c, const char *arg)
{
    struct zone_options *o = &t->options;

    switch (c) {
    case 'i':
        set_integrity(t, arg);
        return true;
    case 'k':
        o->check_names = severity(c, arg);
        return true;
    case 'm':
        o->check_mx = severity(c, arg);
        return true;
    case 'M':
        o->check_mx_cname = severity(c, arg);
        return true;
    case 'n':
        t->check_ns = severity(c, arg);
        return true;
    case 'r':
        o->check_dup_records = severity(c, arg);
        return true;
    case 'S':
        o->check_srv_cname = severity(c, arg);
        return true;
    case 'T':
        o->check_spf = warn_or_ignore(c, arg);
        return true;
    case 'W':
        o->check_wildcard = warn_or_ignore(c, arg);
        return true;
    default:
        return false;
    }
}

/* What is written and how; false when `c` is none of it. */
static bool take_output(struct tool *t, int c, const char *arg)
{
    switch (c) {
    case 'D':
        t->dump = true;
        return true;
    case 'F':
        set_output_format(t, arg);
        return true;
    case 'L':
        t->write.source_serial = number(arg, "source serial number");
        t->write.have_source_serial = true;
        return true;
    case 'o':
        t->output = arg;
        return true;
    case 's':
        set_style(t, arg);
        return true;
    default:
        return false;
    }
}

/* What is read; false when `c` is none of it. */
static bool take_input(struct tool *t, int c, const char *arg)
{
    switch (c) {
    case 'c':
        t->class_text = arg;
        return true;
    case 'f':
        set_input_format(t, arg);
        return true;
    case 'J':
        t->journal = arg;
        t->journal_wanted = true;
        return true;
    case 'j':
        t->journal_wanted = true;
        return true;
    case 'l':
        t->options.max_zone_ttl = number(arg, "maximum TTL");
        return true;
    case 't':
        enter_root(arg);
        return true;
    case 'w':
        enter_directory(arg);
        return true;
    default:
        return false;
    }
}

static void take_option(struct tool *t, int c, const char *arg)
{
    if (take_check(t, c, arg) || take_output(t, c, arg) || take_input(t, c, arg))
        return;
    switch (c) {
    case 'd':
        t->debug = true;
        break;
    case 'q':
        t->quiet = true;
        break;
    case 'v':
        printf("%s\n", PACKAGE_VERSION);
        exit(0);
    default:
        if (c == '?' && optopt != '?' && optopt != 'h')
            fprintf(stderr, "%s: invalid argument -%c\n", t->name, optopt);
        usage(t);
    }
}

static void set_defaults(struct tool *t, const char *argv0)
{
    const char *slash = strrchr(argv0, '/');

    t->name = slash != NULL ? slash + 1 : argv0;
    if (strncmp(t->name, "lt-", 3) == 0)
        t->name += 3;
    t->compile = strcmp(t->name, "named-compilezone") == 0;
    t->class_text = "IN";
    t->ask_outside = true;
    t->check_ns = t->compile ? CHECK_FAIL : CHECK_WARN;
    t->options = (struct zone_options){
        .format = FORMAT_TEXT,
        .check_names = t->compile ? CHECK_FAIL : CHECK_WARN,
        .check_mx = CHECK_WARN,
        .check_mx_cname = CHECK_WARN,
        .check_srv_cname = CHECK_WARN,
        .check_dup_records = CHECK_WARN,
        .check_integrity = true,
        .check_sibling = true,
        .check_wildcard = true,
        .check_spf = true,
        .check_svcb = true,
    };
    t->write = (struct master_write_options){
        .format = MASTER_FULL, .raw_version = 1, .now = (uint32_t)time(NULL)};
    t->outside.mx_cname = t->outside.srv_cname = CHECK_WARN;
}

static void parse_arguments(struct tool *t, int argc, char **argv)
{
    int c;

    set_defaults(t, argv[0]);
    opterr = 0;
    while ((c = getopt(argc, argv, "c:df:hi:jJ:k:L:l:m:n:qr:s:t:o:vw:DF:M:S:T:W:")) != -1)
        take_option(t, c, optarg);
    if (argc - optind < 1 || argc - optind > 2)
        usage(t);
    if (t->compile && t->output == NULL) {
        fprintf(stderr, "output file required, but not specified\n");
        usage(t);
    }
    t->zone_text = argv[optind++];
    t->file = optind < argc ? argv[optind] : "-";
    t->outside.mx_cname = t->options.check_mx_cname;
    t->outside.srv_cname = t->options.check_srv_cname;
    t->dump |= t->output != NULL;
    if (t->output != NULL && strcmp(t->output, "-") == 0)
        t->output = NULL;
    t->out = t->dump && t->output == NULL ? stderr : stdout;
}

static void print_message(void *arg, int level, const char *text)
{
    struct tool *t = arg;

    if (!t->quiet && (level < LVL_DYNAMIC || t->debug))
        fprintf(t->out, "%s\n", text);
}

static bool ask(void *arg, const struct zone_check_outside *o)
{
    struct tool *t = arg;

    return zone_outside_ask(&t->outside, o);
}

static enum result load(struct tool *t, struct zone *z, struct contents **c)
{
    const struct zone_load_sink sink = {.message = print_message,
                                        .outside = t->ask_outside ? ask : NULL,
                                        .keep_going = true,
                                        .stream = true,
                                        .check_ns = (enum master_check)t->check_ns,
                                        .journal = t->journal_wanted ? ZONE_JOURNAL_READ
                                                                     : ZONE_JOURNAL_NONE,
                                        .arg = t};
    struct zone_builder *b = zone_builder_new();
    char zone[ZONE_TEXT];
    enum result r = RES_NOMEM;

    if (b != NULL) {
        r = zone_load_file(z, b, &sink, c);
        zone_outside_free(&t->outside);
        zone_builder_free(b);
    }
    if (r == RES_OK && !t->quiet)
        fprintf(t->out, "zone %s: loaded serial %u%s\n", zone_text(z, zone), (*c)->serial,
                (*c)->is_signed ? " (DNSSEC signed)" : "");
    return r;
}

/* Writes the zone where -o says. */
static enum result dump(struct tool *t, const struct contents *c)
{
    bool to_file = t->output != NULL, say = t->compile && to_file && !t->quiet;
    int fd = STDOUT_FILENO;
    enum result r;

    if (t->debug && to_file)
        fprintf(stderr, "dumping \"%s\" to \"%s\"\n", t->zone_text, t->output);
    else if (t->debug)
        fprintf(stderr, "dumping \"%s\"\n", t->zone_text);
    if (say)
        fprintf(t->out, "dump zone to %s...", t->output);
    if (to_file && (fd = open(t->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0) {
        fprintf(stderr, "could not open output file \"%s\" for writing\n", t->output);
        r = result_from_errno(errno);
    } else {
        r = contents_dump(c, t->rrclass, fd, &t->write);
    }
    if (to_file && fd >= 0 && close(fd) != 0 && r == RES_OK)
        r = result_from_errno(errno);
    if (r != RES_OK && fd >= 0)
        fprintf(stderr, "dumping to %s: %s\n", to_file ? t->output : "stream", result_text(r));
    if (say)
        fprintf(t->out, "done\n");
    return r;
}

/* The zone as if a configuration had named it. */
static struct zone *make_zone(struct tool *t, struct conf_zone *conf, struct name *name)
{
    *conf = (struct conf_zone){.name = name->wire,
                               .name_text = t->zone_text,
                               .options = &t->options,
                               .file = t->file,
                               .journal = t->journal,
                               .rrclass = t->rrclass,
                               .type = ZONE_PRIMARY};
    return zone_new(conf, "_default");
}

int main(int argc, char **argv)
{
    static struct tool t;
    static const uint8_t root[1] = {0};
    struct contents *c = NULL;
    struct conf_zone conf;
    struct zone *z;
    struct name name;
    enum result r;

    parse_arguments(&t, argc, argv);
    if (rrclass_from_text(&t.rrclass, t.class_text, strlen(t.class_text)) != RES_OK ||
        name_from_text(&name, t.zone_text, strlen(t.zone_text), root) != RES_OK)
        return 1;
    if (t.debug)
        fprintf(stderr, "loading \"%s\" from \"%s\" class \"%s\"\n", t.zone_text, t.file,
                t.class_text);
    if ((z = make_zone(&t, &conf, &name)) == NULL)
        die("%s\n", result_text(RES_NOMEM));
    r = load(&t, z, &c);
    if (r == RES_OK && t.dump)
        r = dump(&t, c);
    if (r == RES_OK && !t.quiet)
        fprintf(t.out, "OK\n");
    contents_free(c);
    zone_free(z);
    return r == RES_OK ? 0 : 1;
}
