#include "control/rndc_conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "parser/conf_syntax.h"

struct loading {
    struct rndc_conf *conf;
    const struct conf_tree *tree;
    const struct rndc_conf_report *report;
    const struct conf_item **key_at;    /* where each server's key is named */
    const struct conf_item *default_key_at;
    unsigned mistakes;
};

static void tell(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                 const char *text)
{
    struct loading *l = arg;
    char line[1024];

    l->mistakes++;
    snprintf(line, sizeof line, "%s:%u: %s", tree->files[at->file].name, at->line, text);
    l->report->message(l->report->arg, line);
}

static void mistake(struct loading *l, const struct conf_item *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void mistake(struct loading *l, const struct conf_item *at, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    tell(l, l->tree, at, text);
}

/* ---- Values: the item behind a word, which must be there ---- */

static const char *text_of(struct loading *l, const struct conf_item *i)
{
    if (i->next != NULL && i->next->kind <= CONF_STRING)
        return i->next->text;
    mistake(l, i, "'%s' wants a value", i->text);
    return NULL;
}

static uint16_t port_of(struct loading *l, const struct conf_item *i)
{
    const char *text = text_of(l, i);
    char *end = NULL;
    unsigned long n = text != NULL ? strtoul(text, &end, 10) : 0;

    if (text != NULL && (*end != '\0' || end == text || n == 0 || n > 65535))
        mistake(l, i->next, "port '%s' is not a number from 1 to 65535", text);
    return (uint16_t)n;
}

/* An address of one family, or "*". */
static void source_of(struct loading *l, const struct conf_item *i, sa_family_t family,
                      union net_addr *out)
{
    const char *text = text_of(l, i);

    if (text == NULL || strcmp(text, "*") == 0)
        return;
    if (net_addr_parse(out, text) != RES_OK || out->sa.sa_family != family)
        mistake(l, i->next, "'%s' is no IPv%c address", text, family == AF_INET ? '4' : '6');
}

/* ---- Statements ---- */

typedef void take_option(struct loading *l, const struct conf_item *word, void *target);

/* Gives each statement of the block that stands last in `s` to `take`. */
static void take_block(struct loading *l, const struct conf_stmt *s, take_option *take,
                       void *target)
{
    const struct conf_item *i = s->first;

    while (i->next != NULL)
        i = i->next;
    if (i->kind != CONF_BLOCK) {
        mistake(l, i, "'{' expected behind '%s'", s->first->text);
        return;
    }
    for (const struct conf_stmt *o = i->block->first; o != NULL; o = o->next) {
        if (o->first->kind == CONF_BLOCK)
            mistake(l, o->first, "a name is expected, not '{'");
        else
            take(l, o->first, target);
    }
}

static bool is(const struct conf_item *i, const char *word)
{
    return strcasecmp(i->text, word) == 0;
}

static void take_secret(struct loading *l, const struct conf_item *word, struct tsig_key *key)
{
    const char *text = text_of(l, word);
    size_t len = text != NULL ? strlen(text) : 0;
    uint8_t *secret = region_alloc(l->tree->memory, len + 1);

    if (text == NULL || secret == NULL)
        return;
    enum result res = base64_decode(text, len, secret, len, &len);
    if (res != RES_OK || len > UINT16_MAX) {
        mistake(l, word->next, "bad secret: %s", result_text(res != RES_OK ? res : RES_RANGE));
        return;
    }
    key->secret = secret;
    key->secret_len = (uint16_t)len;
}

static void take_key_option(struct loading *l, const struct conf_item *word, void *target)
{
    struct tsig_key *key = target;
    enum tsig_algorithm algorithm = TSIG_NONE;
    const char *text;

    if (is(word, "secret")) {
        take_secret(l, word, key);
    } else if (is(word, "algorithm")) {
        text = text_of(l, word);
        if (text != NULL &&
            tsig_algorithm_from_text(&algorithm, &key->trunc_bits, text) != RES_OK)
            mistake(l, word->next, "unsupported algorithm: %s", text);
        key->algorithm = (uint8_t)algorithm;
    } else {
        mistake(l, word, "unknown option '%s'", word->text);
    }
}

static void take_key(struct loading *l, const struct conf_stmt *s)
{
    struct rndc_key *k = &l->conf->keys[l->conf->nkeys];
    unsigned before = l->mistakes;

    k->name = k->key.name_text = text_of(l, s->first);
    take_block(l, s, take_key_option, &k->key);
    if (l->mistakes == before && (k->key.algorithm == TSIG_NONE || k->key.secret == NULL))
        mistake(l, s->first, "key '%s' must have both 'secret' and 'algorithm' defined",
                k->name);
    l->conf->nkeys += l->mistakes == before;
}

static void take_default(struct loading *l, const struct conf_item *word, void *target)
{
    struct rndc_conf *c = target;

    if (is(word, "default-server"))
        c->default_server = text_of(l, word);
    else if (is(word, "default-key"))
        c->default_key = text_of(l, l->default_key_at = word);
    else if (is(word, "default-port"))
        c->default_port = port_of(l, word);
    else if (is(word, "default-source-address"))
        source_of(l, word, AF_INET, &c->source);
    else if (is(word, "default-source-address-v6"))
        source_of(l, word, AF_INET6, &c->source_v6);
    else
        mistake(l, word, "unknown option '%s'", word->text);
}

static void take_address(struct loading *l, const struct conf_item *host, void *target)
{
    struct rndc_server *server = target;
    struct rndc_address *a = &server->addresses[server->naddresses++];

    a->host = host->text;
    if (host->next != NULL && host->next->kind == CONF_WORD && is(host->next, "port"))
        a->port = port_of(l, host->next);
    else if (host->next != NULL)
        mistake(l, host->next, "'port' or ';' expected");
}

static unsigned count_statements(const struct conf_block *block, const char *word)
{
    unsigned n = 0;

    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        n += s->first->kind != CONF_BLOCK && (word == NULL || is(s->first, word));
    return n;
}

static void take_addresses(struct loading *l, const struct conf_item *word,
                           struct rndc_server *server)
{
    const struct conf_stmt s = {.first = (struct conf_item *)word};
    unsigned n = word->next != NULL && word->next->kind == CONF_BLOCK
                     ? count_statements(word->next->block, NULL)
                     : 0;

    server->addresses = region_zalloc(l->tree->memory, n * sizeof *server->addresses + 1);
    server->naddresses = 0;
    if (server->addresses != NULL)
        take_block(l, &s, take_address, server);
}

static void take_server_option(struct loading *l, const struct conf_item *word, void *target)
{
    struct rndc_server *server = target;

    if (is(word, "key"))
        server->key = text_of(l, l->key_at[server - l->conf->servers] = word);
    else if (is(word, "port"))
        server->port = port_of(l, word);
    else if (is(word, "addresses"))
        take_addresses(l, word, server);
    else if (is(word, "source-address"))
        source_of(l, word, AF_INET, &server->source);
    else if (is(word, "source-address-v6"))
        source_of(l, word, AF_INET6, &server->source_v6);
    else
        mistake(l, word, "unknown option '%s'", word->text);
}

static void take_server(struct loading *l, const struct conf_stmt *s)
{
    struct rndc_server *server = &l->conf->servers[l->conf->nservers++];

    server->name = text_of(l, s->first);
    take_block(l, s, take_server_option, server);
}

static void take_statement(struct loading *l, const struct conf_stmt *s)
{
    if (s->first->kind == CONF_BLOCK)
        mistake(l, s->first, "a name is expected, not '{'");
    else if (is(s->first, "key"))
        take_key(l, s);
    else if (is(s->first, "server"))
        take_server(l, s);
    else if (is(s->first, "options"))
        take_block(l, s, take_default, l->conf);
    else
        mistake(l, s->first, "unknown option '%s'", s->first->text);
}

/* The names that it refers to are there. */
static void check_names(struct loading *l)
{
    struct rndc_conf *c = l->conf;

    if (c->default_key != NULL && rndc_conf_key(c, c->default_key) == NULL)
        mistake(l, l->default_key_at, "no key definition for name %s", c->default_key);
    for (unsigned i = 0; i < c->nservers; i++)
        if (c->servers[i].key != NULL && rndc_conf_key(c, c->servers[i].key) == NULL)
            mistake(l, l->key_at[i], "no key definition for name %s", c->servers[i].key);
}

static enum result build(struct loading *l, struct conf_tree *tree)
{
    struct rndc_conf *c = region_zalloc(tree->memory, sizeof *c);

    if (c == NULL)
        return RES_NOMEM;
    c->tree = tree;
    c->keys = region_zalloc(tree->memory, count_statements(&tree->top, "key") * sizeof *c->keys);
    unsigned nservers = count_statements(&tree->top, "server");
    c->servers = region_zalloc(tree->memory, nservers * sizeof *c->servers);
    l->key_at = region_zalloc(tree->memory, nservers * sizeof *l->key_at);
    if (region_failed(tree->memory))
        return RES_NOMEM;
    l->conf = c;
    for (const struct conf_stmt *s = tree->top.first; s != NULL; s = s->next)
        take_statement(l, s);
    if (l->mistakes == 0)
        check_names(l);
    if (region_failed(tree->memory))
        return RES_NOMEM;
    return l->mistakes == 0 ? RES_OK : RES_FAILURE;
}

enum result rndc_conf_read(const char *path, const struct rndc_conf_report *report,
                           struct rndc_conf **out)
{
    struct loading l = {.report = report};
    const struct conf_syntax_report syntax = {.error = tell, .arg = &l};
    struct conf_tree *tree;
    enum result res = conf_tree_read(path, &syntax, &tree);

    *out = NULL;
    if (res != RES_OK)
        return res;
    l.tree = tree;
    res = build(&l, tree);
    if (res == RES_OK)
        *out = l.conf;
    else
        conf_tree_free(tree);
    return res;
}

void rndc_conf_free(struct rndc_conf *c)
{
    if (c != NULL)
        conf_tree_free(c->tree);
}

const struct rndc_key *rndc_conf_key(const struct rndc_conf *c, const char *name)
{
    for (unsigned i = 0; i < c->nkeys; i++)
        if (strcasecmp(c->keys[i].name, name) == 0)
            return &c->keys[i];
    return NULL;
}

const struct rndc_server *rndc_conf_server(const struct rndc_conf *c, const char *name)
{
    for (unsigned i = 0; i < c->nservers; i++)
        if (c->servers[i].name != NULL && strcasecmp(c->servers[i].name, name) == 0)
            return &c->servers[i];
    return NULL;
}
