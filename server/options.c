#include "server/options.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_FILE SYSCONFDIR "/named.conf"

/* Takes an option's argument (NULL without); false after having reported a mistake. */
typedef bool take_fn(struct options *o, const char *arg, FILE *err);

static bool read_number(const char *text, unsigned long max, unsigned long *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && *out <= max;
}

static bool take_count(const char *what, const char *arg, unsigned long max, unsigned long *n,
                       FILE *err)
{
    if (read_number(arg, max, n))
        return true;
    fprintf(err, "named: %s '%s' must be numeric\n", what, arg);
    return false;
}

static bool take_family(struct options *o, bool v4, FILE *err)
{
    if (v4 ? o->ipv6_only : o->ipv4_only) {
        fprintf(err, "named: cannot specify -4 and -6\n");
        return false;
    }
    *(v4 ? &o->ipv4_only : &o->ipv6_only) = true;
    return true;
}

static bool take_4(struct options *o, const char *arg, FILE *err)
{
    (void)arg;
    return take_family(o, true, err);
}

static bool take_6(struct options *o, const char *arg, FILE *err)
{
    (void)arg;
    return take_family(o, false, err);
}

static bool take_c(struct options *o, const char *arg, FILE *err)
{
    (void)err;
    o->config_file = arg;
    return true;
}

static bool take_d(struct options *o, const char *arg, FILE *err)
{
    unsigned long n;

    if (!take_count("debug level", arg, 99, &n, err))
        return false;
    o->debug_level = (int)n;
    return true;
}

static bool take_f(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    o->foreground = true;
    return true;
}

static bool take_g(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    o->foreground = o->log_stderr = true;
    return true;
}

static bool take_L(struct options *o, const char *arg, FILE *err)
{
    (void)err;
    o->log_file = arg;
    return true;
}

static bool take_n(struct options *o, const char *arg, FILE *err)
{
    unsigned long n;

    if (!take_count("number of cpus", arg, 1024, &n, err))
        return false;
    o->cpus = n > 0 ? (unsigned)n : 1;
    return true;
}

/* "53", "dns=53", "tls=853", "https=443", "http=80". */
static bool take_p(struct options *o, const char *arg, FILE *err)
{
    const struct {
        const char *prefix;
        uint16_t *port;
    } rows[] = {
        {"dns=", &o->port}, {"tls=", &o->tls_port}, {"https=", &o->https_port},
        {"http=", &o->http_port}, {"", &o->port},
    };
    size_t i = 0;
    unsigned long n;

    while (strncmp(arg, rows[i].prefix, strlen(rows[i].prefix)) != 0)
        i++;
    arg += strlen(rows[i].prefix);
    if (!take_count("port", arg, ~0UL, &n, err))
        return false;
    if (n == 0 || n > UINT16_MAX) {
        fprintf(err, "named: port '%s' out of range\n", arg);
        return false;
    }
    *rows[i].port = (uint16_t)n;
    return true;
}

static bool take_s(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    o->memory_stats = true;
    return true;
}

static bool take_t(struct options *o, const char *arg, FILE *err)
{
    (void)err;
    o->chroot_dir = arg;
    return true;
}

static bool take_u(struct options *o, const char *arg, FILE *err)
{
    (void)err;
    o->user = arg;
    return true;
}

static bool take_X(struct options *o, const char *arg, FILE *err)
{
    (void)err;
    o->lock_file = arg;
    return true;
}

/* BIND's tuning options whose effect we do not need: the value must be sound. */
static bool take_ignored(struct options *o, const char *arg, FILE *err)
{
    (void)o, (void)arg, (void)err;
    return true;
}

static bool take_ignored_count(struct options *o, const char *arg, FILE *err)
{
    unsigned long n;

    (void)o;
    return take_count("argument", arg, 1UL << 30, &n, err);
}

static bool take_word(const char *arg, const char *const *words, FILE *err)
{
    for (; *words != NULL; words++)
        if (strcmp(arg, *words) == 0)
            return true;
    fprintf(err, "named: unrecognized flag '%s'\n", arg);
    return false;
}

static bool take_m(struct options *o, const char *arg, FILE *err)
{
    static const char *const words[] = {"usage", "trace", "record", NULL};

    (void)o;
    return take_word(arg, words, err);
}

static bool take_M(struct options *o, const char *arg, FILE *err)
{
    static const char *const words[] = {"fill", "nofill", NULL};

    (void)o;
    return take_word(arg, words, err);
}

static bool take_action(struct options *o, enum options_action action)
{
    o->action = action;
    return true;
}

static bool take_v(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    return take_action(o, OPTIONS_VERSION);
}

static bool take_V(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    return take_action(o, OPTIONS_BUILD_INFO);
}

static bool take_C(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    return take_action(o, OPTIONS_SHOW_DEFAULTS);
}

static bool take_h(struct options *o, const char *arg, FILE *err)
{
    (void)arg, (void)err;
    return take_action(o, OPTIONS_HELP);
}

/* One row per option: letter, name of its argument (NULL: none), what it does. */
static const struct letter_row {
    char letter;
    const char *arg;
    take_fn *take;
    const char *help;
} rows[] = {
    {'4', NULL, take_4, "use IPv4 only"},
    {'6', NULL, take_6, "use IPv6 only"},
    {'C', NULL, take_C, "print the built-in default configuration and exit"},
    {'D', "comment", take_ignored, "a text that shows in the process list"},
    {'E', "engine", take_ignored, "accepted, no effect"},
    {'L', "logfile", take_L, "log to this file instead of the system log"},
    {'M', "fill|nofill", take_M, "accepted, no effect"},
    {'S', "sockets", take_ignored_count, "accepted, no effect"},
    {'T', "test", take_ignored, "accepted, no effect"},
    {'U', "listeners", take_ignored_count, "accepted, no effect: one per worker"},
    {'V', NULL, take_V, "print version, build options and paths, and exit"},
    {'X', "lockfile", take_X, "lock this file against a second server; 'none': no lock"},
    {'c', "conffile", take_c, "configuration file (default " CONFIG_FILE ")"},
    {'d', "debuglevel", take_d, "debug level"},
    {'f', NULL, take_f, "stay in the foreground"},
    {'g', NULL, take_g, "stay in the foreground and log to standard error"},
    {'h', NULL, take_h, "print this help and exit"},
    {'m', "usage|trace|record", take_m, "accepted, no effect"},
    {'n', "number_of_cpus", take_n, "worker threads (default: one per CPU)"},
    {'p', "port", take_p, "port to listen on; also tls=PORT, https=PORT, http=PORT"},
    {'s', NULL, take_s, "print memory use when it exits"},
    {'t', "chrootdir", take_t, "change the root directory"},
    {'u', "username", take_u, "run as this user"},
    {'v', NULL, take_v, "print the version and exit"},
};

static const struct letter_row *find_row(char letter)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

static void print_usage(FILE *out)
{
    fputs("usage: named [-4|-6] [-c conffile] [-d debuglevel] [-D comment] [-E engine]\n"
          "             [-f|-g] [-L logfile] [-n number_of_cpus] [-p port] [-s]\n"
          "             [-S sockets] [-t chrootdir] [-u username] [-U listeners]\n"
          "             [-X lockfile] [-m {usage|trace|record}]\n"
          "             [-M fill|nofill]\n"
          "usage: named [-v|-V|-C|-h]\n", out);
}

void options_print_help(FILE *out)
{
    print_usage(out);
    fputc('\n', out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        fprintf(out, "  -%c %-19s %s\n", rows[i].letter, rows[i].arg != NULL ? rows[i].arg : "",
                rows[i].help);
}

/* The letters of one argument, "-gc FILE" and "-gcFILE" as getopt(3) reads them.
 * Returns the index of the last argument used, or 0 after a mistake. */
static int parse_letters(struct options *o, int argc, char **argv, int i, FILE *err)
{
    for (const char *p = argv[i] + 1; *p != '\0'; p++) {
        const struct letter_row *row = find_row(*p);
        const char *arg = NULL;
        if (row == NULL) {
            print_usage(err);
            fprintf(err, "named: unknown option '-%c'\n", *p);
            return 0;
        }
        if (row->arg != NULL) {
            arg = p[1] != '\0' ? p + 1 : i + 1 < argc ? argv[++i] : NULL;
            if (arg == NULL) {
                print_usage(err);
                fprintf(err, "named: option '-%c' requires an argument\n", *p);
                return 0;
            }
        }
        if (!row->take(o, arg, err))
            return 0;
        if (arg != NULL)
            break;
    }
    return i;
}

void options_parse(struct options *o, int argc, char **argv, FILE *err)
{
    int i = 1;

    *o = (struct options){.action = OPTIONS_SERVE, .config_file = CONFIG_FILE};
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        i = parse_letters(o, argc, argv, i, err);
        if (i == 0) {
            o->action = OPTIONS_WRONG;
            return;
        }
    }
    if (i < argc) {
        print_usage(err);
        fprintf(err, "named: extra command line arguments\n");
        o->action = OPTIONS_WRONG;
    }
}
