#include "config.h"

#include "tools/nsupdate_options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/rdata.h"

#define SESSION_KEY LOCALSTATEDIR "/run/named/session.key"

static void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static const char usage[] =
    "usage: nsupdate [-CdDi] [-L level] [-l] [-y keyname:secret | -k keyfile] [-p port] "
    "[-r udpretries] [-t timeout] [-u udptimeout] [-v] [-V] [-P] [-T] [-4 | -6] [filename]";

static void help(void) __attribute__((noreturn));

static void help(void)
{
    puts(usage);
    puts("  -4, -6                IPv4 only, IPv6 only\n"
         "  -C resolv.conf        where resolvers are found, instead of /etc/resolv.conf\n"
         "  -d, -D                tells what is done\n"
         "  -i                    prompts even where the input is no terminal\n"
         "  -k keyfile            signs with the key of this file\n"
         "  -l                    to this host's named, with its session key\n"
         "  -p port               to this port (53)\n"
         "  -P, -T                lists the types of records\n"
         "  -r udpretries         how often UDP is tried again (3)\n"
         "  -t timeout            seconds that one update may take (300)\n"
         "  -u udptimeout         seconds to wait for one answer by UDP (3)\n"
         "  -v                    by TCP\n"
         "  -V                    prints the version\n"
         "  -y [hmac:]name:secret signs with this key, which others on this host can see\n"
         "The line 'help' lists the commands.");
    exit(fflush(stdout) == 0 ? 0 : 1);
}

static uint32_t number(const char *text, const char *what, unsigned long max)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (*end != '\0' || *text < '0' || *text > '9' || n > max)
        die("bad %s '%s'", what, text);
    return (uint32_t)n;
}

/* The types whose RDATA has a form of its own.  None of BIND's private ones is known. */
static void list_types(void)
{
    char text[RRTYPE_TEXT];

    for (unsigned t = 1; t < TYPE_KEYDATA; t++) {
        const char *name = rrtype_text((uint16_t)t, text);

        if (name != text && !(rdata_flags((uint16_t)t) & RRT_META))
            puts(name);
    }
}

/* How messages go out; false when `c` is none of it. */
static bool take_transport(struct update_sender *u, int c, const char *arg)
{
    switch (c) {
    case '4':
        u->no_v6 = true;
        return true;
    case '6':
        u->no_v4 = true;
        return true;
    case 'C':
        u->resolv_conf = arg;
        return true;
    case 'p':
        u->script->port = (uint16_t)number(arg, "port number", 65535);
        return true;
    case 'r':
        u->retries = number(arg, "udp retries", 1000);
        return true;
    case 't':
        u->timeout_s = number(arg, "timeout", 4000000);
        return true;
    case 'u':
        u->udp_s = number(arg, "udp timeout", 4000000);
        return true;
    case 'v':
        u->tcp = true;
        return true;
    default:
        return false;
    }
}

static void refuse(int c)
{
    if (c == 'g' || c == 'o')
        die("-%c: GSS-TSIG needs Kerberos, which this program does without: sign with a key "
            "(-k, -y)",
            c);
    die("-%c: updates over TLS are not supported: sign them with a key (-k, -y)", c);
}

static void take_option(struct nsupdate_options *o, int c, const char *arg, const char *program)
{
    switch (c) {
    case 'd':
    case 'D':
        o->script->debug = true;
        break;
    case 'i':
        o->interactive = true;
        break;
    case 'k':
        o->key_file = arg;
        break;
    case 'l':
        o->script->local_only = true;
        break;
    case 'L':
        number(arg, "library debug value", INT32_MAX);
        break;
    case 'M':
        break;
    case 'V':
        fprintf(stderr, "nsupdate %s\n", PACKAGE_VERSION);
        exit(0);
    case 'y':
        o->key_text = arg;
        break;
    case 'h':
        help();
    case '?':
        fprintf(stderr, "%s: invalid argument -%c\n", program, optopt);
        die("%s", usage);
    default:
        refuse(c);
    }
}

static void take_key(struct nsupdate_options *o)
{
    struct update_script *s = o->script;
    char why[CLIENT_KEY_WHY];
    enum result r = RES_OK;

    if (o->key_text != NULL)
        r = client_key_from_text(&s->key, o->key_text, why);
    else if (o->key_file != NULL || s->local_only)
        r = client_key_read(&s->key, o->key_file != NULL ? o->key_file : SESSION_KEY, why);
    else
        return;
    if (r != RES_OK)
        die("%s%s", why,
            s->local_only && o->key_file == NULL
                ? "\n  named writes it when a zone has 'update-policy local'; is it running, and "
                  "may you read the file?"
                : "");
    s->has_key = true;
}

/* This host, by the families that are wanted. */
static void use_local_server(struct nsupdate_options *o)
{
    struct update_script *s = o->script;

    s->nservers = update_resolve("127.0.0.1", s->port, s->servers, 1);
    s->nservers += update_resolve("::1", s->port, s->servers + s->nservers, 1);
}

void nsupdate_options_take(struct nsupdate_options *o, int argc, char **argv)
{
    bool types = false;
    int c;

    opterr = 0;
    while ((c = getopt(argc, argv, "46C:dDghik:lL:Mop:Pr:St:Tu:vVy:A:E:H:K:O")) != -1) {
        types |= c == 'T' || c == 'P';
        if (c == 'T')
            list_types();
        else if (c != 'P' && !take_transport(o->sender, c, optarg))
            take_option(o, c, optarg, argv[0]);
    }
    if (types)
        exit(0);
    if (o->sender->no_v4 && o->sender->no_v6)
        die("only one of -4 and -6 allowed");
    if (o->key_file != NULL && o->key_text != NULL)
        die("%s: cannot specify both -k and -y", argv[0]);
    if (optind < argc)
        o->file = argv[optind];
    update_resolve_without(o->sender->no_v4, o->sender->no_v6);
    take_key(o);
    if (o->script->local_only)
        use_local_server(o);
}
