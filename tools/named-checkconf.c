/*
 * named-checkconf: reads named.conf as named would, says what is wrong, and on demand
 * prints it, lists its zones or loads them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "conf/print.h"
#include "config.h"
#include "dns/rrtype.h"
#include "zone/load.h"

struct request {
    const char *file, *root;
    bool print, hide, list, load, journals;
    struct conf_load_options options;
};

static void usage(FILE *out)
{
    fputs("usage: named-checkconf [-achijklnvz] [-p [-x]] [-t directory] [named.conf]\n", out);
}

static int fail_usage(const char *text, int option)
{
    if (option != 0)
        fprintf(stderr, "named-checkconf: %s -%c\n", text, option);
    else
        fprintf(stderr, "named-checkconf: %s\n", text);
    usage(stderr);
    return 1;
}

/* -1 to go on, else the exit status. */
static int option_take(struct request *r, int option)
{
    switch (option) {
    case 'a': case 'k': case 'n':
        return -1;  /* about algorithms and key files: nothing differs */
    case 'j':
        r->journals = true;
        return -1;
    case 'c':
        r->options.no_plugins = true;
        return -1;
    case 'i':
        r->options.ignore_deprecated = true;
        return -1;
    case 'l':
        r->list = true;
        return -1;
    case 'p':
        r->print = true;
        return -1;
    case 't':
        r->root = optarg;
        return -1;
    case 'x':
        r->hide = true;
        return -1;
    case 'z':
        r->load = true;
        return -1;
    case 'v':
        puts(PACKAGE_VERSION);
        return 0;
    case 'h':
        usage(stdout);
        return 0;
    default:
        return fail_usage("invalid argument", optopt);
    }
}

static int options_take(struct request *r, int argc, char **argv)
{
    int option;

    opterr = 0;
    while ((option = getopt(argc, argv, ":achijklnpt:vxz")) != -1) {
        int status = option == ':' ? fail_usage("missing argument of", optopt)
                                   : option_take(r, option);
        if (status >= 0)
            return status;
    }
    if (r->hide && !r->print) {
        fprintf(stderr, "named-checkconf: -x cannot be used without -p\n");
        return 1;
    }
    if (argc - optind > 1)
        return fail_usage("more than one file", 0);
    if (optind < argc)
        r->file = argv[optind];
    return -1;
}

/* What -p and -l print goes to standard output alone. */
static FILE *messages_to(const struct request *r)
{
    return r->print || r->list ? stderr : stdout;
}

static void say(void *arg, int level, const char *text)
{
    if (level < LVL_DYNAMIC)
        fprintf(arg, "%s\n", text);
}

/* NAME CLASS VIEW TYPE, the view left out when there is but the default one. */
static void list_zones(const struct conf_snapshot *s)
{
    char text[RRCLASS_TEXT];

    for (unsigned v = 0; v < s->nviews; v++) {
        const char *view = s->views[v].name;
        bool show = strcmp(view, "_default") != 0;
        for (unsigned i = 0; i < s->views[v].nzones; i++) {
            const struct conf_zone *z = &s->views[v].zones[i];
            printf("%s %s %s%s%s", z->name_text, rrclass_text(z->rrclass, text), show ? view : "",
                   show ? " " : "", conf_zone_type_text(z->type));
            if (z->type == ZONE_IN_VIEW)
                printf(" %s", z->in_view);
            putchar('\n');
        }
    }
}

/* BIND's lines here leave the view out, but for the one that says what failed. */
static bool load_zone(const struct request *r, const struct conf_zone *conf, const char *view,
                      struct zone_builder *b)
{
    const struct zone_load_sink sink = {
        .message = say,
        .arg = stdout,
        .journal = r->journals ? ZONE_JOURNAL_READ : ZONE_JOURNAL_NONE};
    struct zone *z = zone_new(conf, "_default");
    struct contents *contents = NULL;
    char class_text[RRCLASS_TEXT], name[ZONE_TEXT];

    if (z == NULL)
        return false;
    enum result res = zone_load_file(z, b, &sink, &contents);
    if (res == RES_OK) {
        printf("zone %s: loaded serial %u%s\n", zone_text(z, name), contents->serial,
               contents->is_signed ? " (DNSSEC signed)" : "");
        contents_free(contents);
    } else {
        fflush(stdout);
        fprintf(stderr, "%s/%s/%s: %s\n", view, conf->name_text,
                rrclass_text(conf->rrclass, class_text), result_text(res));
    }
    zone_free(z);
    return res == RES_OK;
}

/* Loads what named would load: primaries. */
static bool load_zones(const struct request *r, const struct conf_snapshot *s)
{
    struct zone_builder *b = zone_builder_new();
    bool right = b != NULL;

    if (s->directory != NULL && chdir(s->directory) != 0) {
        fprintf(stderr, "named-checkconf: cannot change to directory '%s'\n", s->directory);
        right = false;
    }
    for (unsigned v = 0; b != NULL && v < s->nviews; v++)
        for (unsigned i = 0; i < s->views[v].nzones; i++)
            if (s->views[v].zones[i].type == ZONE_PRIMARY)
                right = load_zone(r, &s->views[v].zones[i], s->views[v].name, b) && right;
    zone_builder_free(b);
    return right;
}

static int run(const struct request *r)
{
    const struct conf_report report = {say, messages_to(r)};
    struct conf_snapshot *s;
    int status = 0;

    if (conf_load(r->file, &r->options, &report, &s) != RES_OK)
        return 1;
    if (r->print && conf_print(r->file, &r->options, r->hide, stdout) != RES_OK)
        status = 1;
    if (r->list)
        list_zones(s);
    if (r->load && !load_zones(r, s))
        status = 1;
    conf_free(s);
    return status;
}

int main(int argc, char **argv)
{
    struct request r = {.file = SYSCONFDIR "/named.conf", .options = {.check_only = true}};
    int status = options_take(&r, argc, argv);

    if (status >= 0)
        return status;
    if (r.root != NULL && (chroot(r.root) != 0 || chdir("/") != 0)) {
        fprintf(stderr, "named-checkconf: cannot change root to '%s'\n", r.root);
        return 1;
    }
    hash_init();
    return run(&r);
}
