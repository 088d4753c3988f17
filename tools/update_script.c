#include "tools/update_script.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/rrtype.h"
#include "tools/update_records.h"

#define GSS_REASON \
    "GSS-TSIG needs Kerberos, which this program does without: sign with a key instead (key, -k)"

uint16_t update_script_class(const struct update_script *s)
{
    return s->zone_class != 0 ? s->zone_class : s->default_class;
}

/* ---- Settings ---- */

/* A port that may follow; `fallback` when none does. */
static enum script_step read_port(struct update_script *s, char **at, uint16_t *port,
                                  uint16_t fallback)
{
    char *word = script_word(at), *end;
    unsigned long n;

    *port = fallback;
    if (word == NULL)
        return SCRIPT_MORE;
    n = strtoul(word, &end, 10);
    if (*end != '\0' || *word == '-')
        return script_mistake(s, "port '%s' is not numeric", word);
    if (n < 1 || n > 65535)
        return script_mistake(s, "port '%s' is out of range (1 to 65535)", word);
    *port = (uint16_t)n;
    return SCRIPT_MORE;
}

static unsigned resolve(const struct update_script *s, const char *host, uint16_t port,
                        union net_addr *out)
{
    if (s->resolve != NULL)
        return s->resolve(host, port, out, SCRIPT_SERVERS_MAX);
    if (net_addr_parse(out, host) != RES_OK)
        return 0;
    net_addr_set_port(out, port);
    return 1;
}

static enum script_step do_server(struct update_script *s, char *at)
{
    union net_addr found[SCRIPT_SERVERS_MAX];
    char *host = script_word(&at);
    uint16_t port;
    unsigned n;

    if (s->local_only)
        return script_mistake(s, "cannot reset server in localhost-only mode");
    if (host == NULL)
        return script_mistake(s, "could not read server name");
    if (read_port(s, &at, &port, s->port) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    if ((n = resolve(s, host, port, found)) == 0)
        return script_mistake(s, "couldn't get address for '%s': not found", host);
    memcpy(s->servers, found, n * sizeof *found);
    s->nservers = n;
    return SCRIPT_MORE;
}

static enum script_step do_local(struct update_script *s, char *at)
{
    char *text = script_word(&at);
    union net_addr addr;
    uint16_t port;

    if (text == NULL)
        return script_mistake(s, "could not read server name");
    if (net_addr_parse(&addr, text) != RES_OK)
        return script_mistake(s, "invalid address %s", text);
    if (read_port(s, &at, &port, 0) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    net_addr_set_port(&addr, port);
    *(addr.sa.sa_family == AF_INET6 ? &s->local6 : &s->local4) = addr;
    return SCRIPT_MORE;
}

static enum script_step do_zone(struct update_script *s, char *at)
{
    char *text = script_word(&at);
    struct name zone;
    enum result r;

    if (text == NULL)
        return script_mistake(s, "could not read zone name");
    r = name_from_text(&zone, text, strlen(text), (const uint8_t *)"");
    if (r != RES_OK)
        return script_mistake(s, "could not parse zone name '%s': %s", text, result_text(r));
    s->zone = zone;
    return SCRIPT_MORE;
}

static enum script_step do_class(struct update_script *s, char *at)
{
    char *text = script_word(&at);
    uint16_t rrclass;

    if (text == NULL)
        return script_mistake(s, "could not read class name");
    if (rrclass_from_text(&rrclass, text, strlen(text)) != RES_OK)
        return script_mistake(s, "could not parse class name: %s", text);
    if (rrclass == 0 || rrclass >= CLASS_NONE)
        return script_mistake(s, "bad default class: %s", text);
    s->default_class = rrclass;
    return SCRIPT_MORE;
}

static enum script_step do_ttl(struct update_script *s, char *at)
{
    char *text = script_word(&at), *end;
    unsigned long n;

    if (text == NULL)
        return script_mistake(s, "could not read ttl");
    if (strcasecmp(text, "none") == 0) {
        s->has_ttl = false;
        return SCRIPT_MORE;
    }
    n = strtoul(text, &end, 10);
    if (*end != '\0' || *text < '0' || *text > '9')
        return script_mistake(s, "ttl '%s': %s", text, result_text(RES_BADNUMBER));
    if (n > INT32_MAX)
        return script_mistake(s, "ttl '%s' is out of range (0 to %d)", text, INT32_MAX);
    s->has_ttl = true;
    s->ttl = (uint32_t)n;
    return SCRIPT_MORE;
}

static enum script_step do_key(struct update_script *s, char *at)
{
    char *name = script_word(&at), *colon, *secret, why[CLIENT_KEY_WHY];
    const char *algorithm = CLIENT_KEY_ALGORITHM;

    if (name == NULL)
        return script_mistake(s, "could not read key name");
    secret = script_rest(at);
    if (*secret == '\0')
        return script_mistake(s, "could not read key secret");
    if ((colon = strchr(name, ':')) != NULL) {
        *colon = '\0';
        algorithm = name;
        name = colon + 1;
    }
    if (client_key_set(&s->key, algorithm, name, secret, why) != RES_OK)
        return script_mistake(s, "%s", why);
    s->has_key = true;
    return SCRIPT_MORE;
}

static enum script_step do_check_names(struct update_script *s, char *at)
{
    char *word = script_word(&at);

    if (word == NULL)
        return script_mistake(s, "could not read check-names directive");
    if (strcasecmp(word, "on") == 0 || strcasecmp(word, "yes") == 0)
        s->check_names = true;
    else if (strcasecmp(word, "off") == 0 || strcasecmp(word, "no") == 0)
        s->check_names = false;
    else
        return script_mistake(s, "incorrect check-names directive: %s", word);
    return SCRIPT_MORE;
}

static enum script_step do_debug(struct update_script *s, char *at)
{
    (void)at;
    s->debug = true;
    return SCRIPT_MORE;
}

static enum script_step refuse_gss(struct update_script *s, char *at)
{
    (void)at;
    s->form = NULL;
    return script_mistake(s, GSS_REASON);
}

static enum script_step refuse_tls(struct update_script *s, char *at)
{
    (void)at;
    s->form = NULL;
    return script_mistake(s, "updates over TLS are not supported: sign them with a key, which also "
                             "protects them from changes on the way (key, -k)");
}

/* ---- The table ---- */

static script_command do_prereq, do_update;

static const struct command {
    const char *name;
    script_command *run;        /* NULL: `step` is all */
    enum script_step step;
    const char *form, *help;    /* help NULL: another row's text tells it */
} commands[] = {
    {"local", do_local, SCRIPT_MORE, "local ADDRESS [PORT]", "send from this address"},
    {"server", do_server, SCRIPT_MORE, "server HOST [PORT]", "send to this server"},
    {"zone", do_zone, SCRIPT_MORE, "zone NAME", "the zone to change; else it is looked for"},
    {"class", do_class, SCRIPT_MORE, "class CLASS", "the zone's class: IN (default), CH, HS"},
    {"ttl", do_ttl, SCRIPT_MORE, "ttl SECONDS|none", "the TTL of records added without one"},
    {"key", do_key, SCRIPT_MORE, "key [HMAC:]NAME SECRET", "sign with TSIG"},
    {"check-names", do_check_names, SCRIPT_MORE, "check-names on|off",
     "refuse names that no host has"},
    {"prereq", do_prereq, SCRIPT_MORE, "prereq nxdomain|yxdomain|nxrrset|yxrrset …", NULL},
    {"nxdomain", script_nxdomain, SCRIPT_MORE, "[prereq] nxdomain NAME",
     "the name must not exist"},
    {"yxdomain", script_yxdomain, SCRIPT_MORE, "[prereq] yxdomain NAME", "the name must exist"},
    {"nxrrset", script_nxrrset, SCRIPT_MORE, "[prereq] nxrrset NAME [CLASS] TYPE",
     "the RRset must not exist"},
    {"yxrrset", script_yxrrset, SCRIPT_MORE, "[prereq] yxrrset NAME [CLASS] TYPE [DATA]",
     "the RRset must exist, and be this"},
    {"update", do_update, SCRIPT_MORE, "update add|delete …", NULL},
    {"add", script_add, SCRIPT_MORE, "[update] add NAME TTL [CLASS] TYPE DATA",
     "add a record; after 'ttl' without a TTL, too"},
    {"delete", script_delete, SCRIPT_MORE, "[update] del[ete] NAME [TTL] [CLASS] [TYPE [DATA]]",
     "delete a record, an RRset, a name"},
    {"del", script_delete, SCRIPT_MORE, "[update] del[ete] NAME [TTL] [CLASS] [TYPE [DATA]]",
     NULL},
    {"show", NULL, SCRIPT_SHOW, "show", "print the message as it stands"},
    {"send", NULL, SCRIPT_SEND, "send", "send it; an empty line does, too"},
    {"answer", NULL, SCRIPT_ANSWER, "answer", "print the answer to the last one"},
    {"debug", do_debug, SCRIPT_MORE, "debug", "tell what is done"},
    {"quit", NULL, SCRIPT_QUIT, "quit", "end; what was not sent is lost"},
    {"help", NULL, SCRIPT_HELP, "help", "print this"},
    {"version", NULL, SCRIPT_VERSION, "version", "print the program's version"},
    {"gsstsig", refuse_gss, SCRIPT_MORE, "gsstsig", NULL},
    {"oldgsstsig", refuse_gss, SCRIPT_MORE, "oldgsstsig", NULL},
    {"realm", refuse_gss, SCRIPT_MORE, "realm", NULL},
    {"overtls", refuse_tls, SCRIPT_MORE, "overtls", NULL},
};

enum { NCOMMANDS = sizeof commands / sizeof *commands };

void update_script_help(FILE *out)
{
    for (unsigned i = 0; i < NCOMMANDS; i++)
        if (commands[i].help != NULL)
            fprintf(out, "%-52s (%s)\n", commands[i].form, commands[i].help);
}

static enum script_step run(struct update_script *s, const struct command *c, char *at)
{
    uint16_t zone_class = s->zone_class;
    enum script_step step;

    if (c->run == NULL)
        return c->step;
    s->form = c->form;
    step = c->run(s, at);
    if (step == SCRIPT_ERROR)
        s->zone_class = zone_class;
    else
        s->form = NULL;
    return step;
}

/* The word behind "prereq" or "update": a command whose form begins with `group`. */
static enum script_step run_operation(struct update_script *s, char *at, const char *group)
{
    char *word = script_word(&at);

    if (word == NULL)
        return script_mistake(s, "could not read operation code");
    for (unsigned i = 0; i < NCOMMANDS; i++)
        if (strcasecmp(word, commands[i].name) == 0 &&
            strncmp(commands[i].form, group, strlen(group)) == 0)
            return run(s, &commands[i], at);
    return script_mistake(s, "incorrect operation code: %s", word);
}

static enum script_step do_prereq(struct update_script *s, char *at)
{
    return run_operation(s, at, "[prereq] ");
}

static enum script_step do_update(struct update_script *s, char *at)
{
    return run_operation(s, at, "[update] ");
}

enum script_step update_script_line(struct update_script *s, char *line)
{
    char *word = script_word(&line);

    s->error[0] = '\0';
    s->form = NULL;
    if (word == NULL)
        return SCRIPT_SEND;
    if (*word == ';')
        return SCRIPT_MORE;
    for (unsigned i = 0; i < NCOMMANDS; i++)
        if (strcasecmp(word, commands[i].name) == 0)
            return run(s, &commands[i], line);
    s->form = "help lists the commands";
    return script_mistake(s, "incorrect section name: %s", word);
}

void update_script_init(struct update_script *s)
{
    *s = (struct update_script){.default_class = CLASS_IN, .check_names = true, .port = 53};
}

void update_script_next(struct update_script *s)
{
    update_message_clear(&s->message);
    s->zone_class = 0;
}

void update_script_free(struct update_script *s)
{
    update_message_free(&s->message);
    explicit_bzero(&s->key, sizeof s->key);
}
