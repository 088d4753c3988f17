/* What a check of a delegation is told by its arguments, those of the program and those of rndc. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "xfr/delegation.h"

enum { WAIT_S = 3, WAIT_MAX_S = 60, DNS_PORT = 53 };

void delegation_options_init(struct delegation_options *o)
{
    *o = (struct delegation_options){
        .port = DNS_PORT, .wait_ms = WAIT_S * 1000, .resolv_conf = "/etc/resolv.conf"};
}

static bool wrong(char *error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(char *error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(error, DELEGATION_ERROR_TEXT, fmt, args);
    va_end(args);
    return false;
}

static bool take_number(const char *text, unsigned long max, unsigned long *out)
{
    char *end;

    *out = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *out > 0 && *out <= max;
}

/* ADDRESS[#PORT], or where names are taken NAME[#PORT]. */
static bool read_target(const char *text, bool is_name_fine, struct delegation_target *t)
{
    const char *hash = strchr(text, '#');
    size_t len = hash != NULL ? (size_t)(hash - text) : strlen(text);
    unsigned long port = 0;
    char host[NAME_TEXT_MAX];

    *t = (struct delegation_target){.name.len = 0};
    if (len == 0 || len >= sizeof host || (hash != NULL && !take_number(hash + 1, 65535, &port)))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (net_addr_parse(&t->addr, host) != RES_OK) {
        static const uint8_t root[] = "";

        if (!is_name_fine || name_from_text(&t->name, host, len, root) != RES_OK)
            return false;
        t->addr.sa.sa_family = AF_INET;
    }
    net_addr_set_port(&t->addr, (uint16_t)port);
    return true;
}

static bool add_target(struct delegation_targets *to, const char *text, bool is_name_fine,
                       char *error)
{
    struct delegation_target t;

    if (!read_target(text, is_name_fine, &t))
        return wrong(error, "'%.100s' is not ADDRESS[#PORT]%s", text,
                     is_name_fine ? " or NAME[#PORT]" : "");
    if (to->n == DELEGATION_TARGETS_MAX)
        return wrong(error, "more than %d servers of one kind", DELEGATION_TARGETS_MAX);
    to->at[to->n++] = t;
    return true;
}

static bool take_value(struct delegation_options *o, char letter, const char *value, char *error)
{
    unsigned long n;

    if (letter == 'r')
        return add_target(&o->resolvers, value, false, error);
    if (!take_number(value, letter == 'p' ? 65535 : WAIT_MAX_S, &n))
        return letter == 'p' ? wrong(error, "-p wants a port from 1 to 65535")
                             : wrong(error, "-t wants seconds from 1 to %d", WAIT_MAX_S);
    if (letter == 'p')
        o->port = (uint16_t)n;
    else
        o->wait_ms = (uint32_t)n * 1000;
    return true;
}

/* A letter without a value; false: there is no such. */
static bool take_flag(struct delegation_options *o, char letter)
{
    switch (letter) {
    case '4':
        o->without_v6 = true;
        return true;
    case '6':
        o->without_v4 = true;
        return true;
    case 'j':
        o->json = true;
        return true;
    case 'h':
        o->help = true;
        return true;
    case 'v':
        o->version = true;
        return true;
    default:
        return false;
    }
}

/* "-46", "-p 53", "-p53".  *i steps over a value that stands by itself. */
static bool take_letters(struct delegation_options *o, int argc, char **argv, int *i, char *error)
{
    for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
        if (take_flag(o, *p))
            continue;
        if (strchr("prt", *p) == NULL)
            return wrong(error, "unknown option -%c", *p);
        if (p[1] != '\0')
            return take_value(o, *p, p + 1, error);
        if (*i + 1 >= argc)
            return wrong(error, "-%c wants a value", *p);
        return take_value(o, *p, argv[++*i], error);
    }
    return true;
}

static bool take_word(struct delegation_options *o, const char *word, char *error)
{
    struct delegation_target t;

    if (*word == '@')
        return add_target(&o->parents, word + 1, true, error);
    if (o->nwords > 0 && read_target(word, false, &t))
        return add_target(&o->children, word, false, error);
    if (o->nwords == sizeof o->words / sizeof *o->words)
        return wrong(error, "too many arguments: '%.100s'", word);
    o->words[o->nwords++] = word;
    return true;
}

static void set_ports(struct delegation_targets *of, uint16_t port)
{
    for (unsigned i = 0; i < of->n; i++)
        if (net_addr_port(&of->at[i].addr) == 0)
            net_addr_set_port(&of->at[i].addr, port);
}

bool delegation_options_take(struct delegation_options *o, int argc, char **argv,
                             char error[DELEGATION_ERROR_TEXT])
{
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool ok = true;

        if (strcmp(arg, "--json") == 0)
            o->json = true;
        else if (strcmp(arg, "--help") == 0)
            o->help = true;
        else if (strcmp(arg, "--version") == 0)
            o->version = true;
        else if (strncmp(arg, "--", 2) == 0)
            ok = wrong(error, "unknown option %.100s", arg);
        else if (arg[0] == '-' && arg[1] != '\0')
            ok = take_letters(o, argc, argv, &i, error);
        else
            ok = take_word(o, arg, error);
        if (!ok)
            return false;
    }
    if (o->without_v4 && o->without_v6)
        return wrong(error, "-4 and -6 together leave nothing to ask");
    set_ports(&o->parents, o->port);
    set_ports(&o->children, o->port);
    set_ports(&o->resolvers, DNS_PORT);
    return true;
}
