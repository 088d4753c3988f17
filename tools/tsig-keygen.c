/*
 * tsig-keygen and ddns-confgen, one program: the name it is called by decides.  Makes a TSIG
 * key and prints its clause; ddns-confgen says with it where it belongs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/key_clause.h"
#include "tools/new_key.h"

struct tool {
    const char *program;
    bool ddns, quiet;
    enum tsig_algorithm algorithm;
    const char *key, *self, *zone;      /* -k or the argument, -s, -z */
    char name[NAME_TEXT_MAX];           /* of the key, when none was given */
};

static void usage(const struct tool *t, int status) __attribute__((noreturn));

static void usage(const struct tool *t, int status)
{
    if (t->ddns)
        fprintf(stderr,
                "Usage:\n"
                " ddns-confgen [-a alg] [-k keyname] [-q] [-s name | -z zone]\n"
                "  -a alg:        algorithm (default hmac-sha256)\n"
                "  -k keyname:    name of the key as it will be used in named.conf\n"
                "  -s name:       domain name to be updated using the created key\n"
                "  -z zone:       name of the zone as it will be used in named.conf\n"
                "  -q:            quiet mode: print the key, with no explanatory text\n");
    else
        fprintf(stderr, "Usage:\n"
                        " tsig-keygen [-a alg] [keyname]\n"
                        "  -a alg:        algorithm (default hmac-sha256)\n\n");
    exit(status);
}

static void take_option(struct tool *t, int c, const char *arg)
{
    switch (c) {
    case 'a':
        t->algorithm = new_key_algorithm(t->program, arg);
        break;
    case 'h':
        usage(t, 0);
    case 'k':
        t->key = arg;
        break;
    case 'M':
        break;
    case 'q':
        t->quiet = true;
        break;
    case 'r':
        tool_fail(t->program, "The -r option has been deprecated.");
    case 's':
        t->self = arg;
        break;
    case 'z':
        t->zone = arg;
        break;
    default:
        if (optopt != 0 && optopt != '?')
            fprintf(stderr, "%s: invalid argument -%c\n", t->program, optopt);
        usage(t, 1);
    }
}

static void parse_arguments(struct tool *t, int argc, char **argv)
{
    int c;

    opterr = 0;
    t->program = tool_name(argv[0]);
    t->ddns = strcmp(t->program, "ddns-confgen") == 0;
    t->algorithm = TSIG_HMAC_SHA256;
    while ((c = getopt(argc, argv, t->ddns ? "a:hk:Mqr:s:z:" : "a:hMr:")) != -1)
        take_option(t, c, optarg);
    if (!t->ddns && optind < argc)
        t->key = argv[optind++];
    if (optind < argc || (t->self != NULL && t->zone != NULL))
        usage(t, 1);
}

/* The name by default: ddns-key, with what it is for behind it. */
static const char *key_name(struct tool *t)
{
    const char *suffix = t->self != NULL ? t->self : t->zone;

    if (t->key != NULL)
        return t->key;
    if (!t->ddns || suffix == NULL)
        return t->ddns ? "ddns-key" : "tsig-key";
    if (snprintf(t->name, sizeof t->name, "ddns-key.%s", suffix) >= (int)sizeof t->name)
        tool_fail(t->program, "the name is too long for a key: %s", suffix);
    return t->name;
}

static void explain_policy(const struct tool *t, const char *key)
{
    if (t->self != NULL)
        printf("\n# Then, in the \"zone\" statement for the zone containing the\n"
               "# name \"%s\", place an \"update-policy\" statement\n"
               "# like this one, adjusted as needed for your preferred permissions:\n"
               "update-policy {\n\t  grant %s name %s ANY;\n};\n", t->self, key, t->self);
    else if (t->zone != NULL)
        printf("\n# Then, in the \"zone\" definition statement for \"%s\",\n"
               "# place an \"update-policy\" statement like this one, adjusted as \n"
               "# needed for your preferred permissions:\n"
               "update-policy {\n\t  grant %s zonesub ANY;\n};\n", t->zone, key);
    else
        printf("\n# Then, in the \"zone\" statement for each zone you wish to dynamically\n"
               "# update, place an \"update-policy\" statement granting update permission\n"
               "# to this key.  For example, the following statement grants this key\n"
               "# permission to update any name within the zone:\n"
               "update-policy {\n\tgrant %s zonesub ANY;\n};\n", key);
}

int main(int argc, char **argv)
{
    static struct tool t;
    struct new_key key;
    bool explain;
    char *clause;

    parse_arguments(&t, argc, argv);
    new_key_draw(&key, t.program, key_name(&t), t.algorithm, 0);
    clause = new_key_clause(&key, t.program, "");
    explain = t.ddns && !t.quiet;
    if (explain)
        printf("# To activate this key, place the following in named.conf, and\n"
               "# in a separate keyfile on the system or systems from which nsupdate\n"
               "# will be run:\n");
    printf("%s", clause);
    key_clause_free(clause);
    if (explain) {
        explain_policy(&t, key.name);
        printf("\n# After the keyfile has been placed, the following command will\n"
               "# execute nsupdate using this key:\nnsupdate -k <keyfile>\n");
    }
    if (fflush(stdout) != 0)
        tool_fail(t.program, "the output cannot be written");
    return 0;
}
