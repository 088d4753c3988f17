/*
 * named-checkdelegation: whether parent and zone name the same servers, and each of them answers.
 * The check is xfr/delegation.h's.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/rcu.h"
#include "xfr/delegation.h"

enum { EXIT_FINE = 0, EXIT_PROBLEMS = 1, EXIT_UNKNOWN = 2 };

static void usage(FILE *out)
{
    fputs("usage: named-checkdelegation [-46hjv] [-p port] [-r resolver[#port]] [-t seconds]\n"
          "                             zone [@parent-server[#port] ...] [address[#port] ...]\n"
          "  -4, -6    asks by IPv4 only, by IPv6 only\n"
          "  -j        prints JSON (also --json)\n"
          "  -p port   of name servers, by default 53\n"
          "  -r addr   the resolver, by default those of /etc/resolv.conf\n"
          "  -t secs   how long to wait for an answer, by default 3\n"
          "  -h, -v    prints this, prints the version\n"
          "@ names a server of the parent zone; other addresses are more servers of the zone.\n"
          "exit status: 0 fine, 1 something is wrong, 2 it cannot be checked\n",
          out);
}

static int complain(const char *what)
{
    fprintf(stderr, "named-checkdelegation: %s\n", what);
    usage(stderr);
    return EXIT_UNKNOWN;
}

static int check(const struct delegation_options *o, const struct name *zone)
{
    static const int status[] = {[DELEGATION_FINE] = EXIT_FINE,
                                 [DELEGATION_WRONG] = EXIT_PROBLEMS,
                                 [DELEGATION_UNKNOWN] = EXIT_UNKNOWN};
    struct delegation *d = delegation_new(zone->wire, o);
    enum result r = d != NULL ? delegation_check(d) : RES_NOMEM;
    int code = EXIT_UNKNOWN;

    if (r != RES_OK) {
        fprintf(stderr, "named-checkdelegation: cannot check: %s\n", result_text(r));
    } else {
        (o->json ? delegation_print_json : delegation_print_table)(d, stdout);
        code = status[d->verdict];
    }
    delegation_free(d);
    if (fflush(stdout) != 0) {
        perror("named-checkdelegation: standard output");
        return EXIT_UNKNOWN;
    }
    return code;
}

int main(int argc, char **argv)
{
    char error[DELEGATION_ERROR_TEXT];
    struct delegation_options o;
    struct name zone;
    int code;

    delegation_options_init(&o);
    if (!delegation_options_take(&o, argc, argv, error))
        return complain(error);
    if (o.help || o.version) {
        if (o.version)
            printf("named-checkdelegation %s\n", PACKAGE_VERSION);
        else
            usage(stdout);
        return EXIT_FINE;
    }
    if (o.nwords != 1)
        return complain(o.nwords == 0 ? "which zone?" : "one zone at a time");
    if (name_from_text(&zone, o.words[0], strlen(o.words[0]), (const uint8_t *)"") != RES_OK)
        return complain("the zone is no domain name");
    if (zone.len == 1)
        return complain("the root is delegated by nobody");
    rcu_register_thread();
    rcu_offline();
    code = check(&o, &zone);
    rcu_unregister_thread();
    return code;
}
