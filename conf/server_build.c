/* What belongs to the whole server: listeners, the command channel, server statements. */
#include <string.h>

#include "conf/build.h"

/* ---- listen-on ---- */

static void check_reference(struct conf_context *c, enum conf_space space, const char *what,
                            const struct conf_item *name)
{
    static const char *const built_in[] = {"none", "ephemeral", "default"};

    for (unsigned i = 0; i < 3; i++)
        if (strcmp(built_in[i], name->text) == 0)
            return;
    if (conf_name_find(c, space, name->text) == NULL)
        conf_error(c, name, "%s '%s' is not defined", what, name->text);
}

static void listener_fill(struct conf_context *c, const struct conf_stmt *s,
                          struct conf_listener *l)
{
    uint32_t port = 0;
    bool has_tls = false;

    for (const struct conf_item *i = s->first->next; i != NULL && i->next != NULL; i = i->next) {
        if (value_is(i, "port"))
            value_number(i->next, &port);
        if (value_is(i, "tls")) {
            has_tls = true;
            check_reference(c, SPACE_TLS, "tls", i->next);
            l->tls = value_is(i->next, "none") ? NULL : conf_share_text(c, i->next->text);
        }
        if (value_is(i, "http")) {
            check_reference(c, SPACE_HTTP, "http", i->next);
            l->http = conf_share_text(c, i->next->text);
        }
    }
    if (port > UINT16_MAX)
        conf_error(c, s->first, "port value '%u' is out of range", port);
    if (l->http != NULL && !has_tls)
        conf_error(c, s->first, "http must specify a 'tls' statement, 'tls ephemeral', or "
                                "'tls none'");
    if (port == 0)
        port = l->http != NULL  ? (l->tls != NULL ? 443 : 80)
               : l->tls != NULL ? c->snapshot->tls_port
                                : c->snapshot->port;
    l->port = (uint16_t)port;
    l->acl = acl_build(c, stmt_block(s));
}

static const struct conf_listener *listeners_of(struct conf_context *c,
                                                const struct conf_block *options,
                                                const char *name, sa_family_t family,
                                                unsigned *count)
{
    const struct conf_block *from = block_find(options, name) ? options : c->default_block;
    unsigned n = 0;

    for (const struct conf_stmt *s = from->first; s != NULL; s = s->next)
        n += strcmp(stmt_name(s), name) == 0;
    struct conf_listener *l = region_zalloc(c->memory, n * sizeof *l + 1);
    *count = 0;
    for (const struct conf_stmt *s = from->first; l != NULL && s != NULL; s = s->next) {
        if (strcmp(stmt_name(s), name) != 0)
            continue;
        l[*count].family = family;
        listener_fill(c, s, &l[(*count)++]);
    }
    return l;
}

void listeners_build(struct conf_context *c, const struct conf_block *options)
{
    struct conf_snapshot *s = c->snapshot;

    s->listeners = listeners_of(c, options, "listen-on", AF_INET, &s->nlisteners);
    s->listeners_v6 = listeners_of(c, options, "listen-on-v6", AF_INET6, &s->nlisteners_v6);
}

/* ---- controls ---- */

/* The names in `keys { … }`; each must be a key. */
static void control_keys(struct conf_context *c, const struct conf_block *block,
                         struct conf_control *control)
{
    unsigned n = 0;

    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        n++;
    const struct tsig_key **keys = region_zalloc(c->memory, n * sizeof *keys + 1);
    for (const struct conf_stmt *s = block->first; keys != NULL && s != NULL; s = s->next) {
        const struct tsig_key *key = key_find(c, s->first->text, NULL);
        if (key != NULL)
            keys[control->nkeys++] = key;
        else
            conf_error(c, s->first, "unknown key '%s'", s->first->text);
    }
    control->keys = keys;
}

static void control_fill(struct conf_context *c, const struct conf_stmt *s,
                         struct conf_control *control)
{
    const struct conf_item *address = s->first->next;
    uint32_t port = 953;

    if (value_is(address, "*"))
        net_addr_parse(&control->addr, "0.0.0.0");
    else
        net_addr_parse(&control->addr, address->text);
    for (const struct conf_item *i = address->next; i != NULL && i->next != NULL; i = i->next) {
        if (value_is(i, "port"))
            value_number(i->next, &port);
        else if (value_is(i, "allow"))
            control->allow = acl_build(c, i->next->block);
        else if (value_is(i, "keys"))
            control_keys(c, i->next->block, control);
        else if (value_is(i, "read-only"))
            value_boolean(i->next, &control->read_only);
    }
    net_addr_set_port(&control->addr, (uint16_t)port);
    control->file = conf_share_text(c, c->tree->files[s->first->file].name);
    control->line = s->first->line;
}

void controls_build(struct conf_context *c)
{
    struct conf_snapshot *snapshot = c->snapshot;
    unsigned n = 0;
    struct conf_control *all = NULL;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (const struct conf_stmt *s = c->tree->top.first; s != NULL; s = s->next) {
            if (strcmp(stmt_name(s), "controls") != 0)
                continue;
            snapshot->has_controls = true;
            for (const struct conf_stmt *i = stmt_block(s)->first; i != NULL; i = i->next) {
                if (strcmp(stmt_name(i), "inet") != 0)
                    continue;
                if (all != NULL)
                    control_fill(c, i, &all[snapshot->ncontrols++]);
                else
                    n++;
            }
        }
        if (all == NULL)
            all = region_zalloc(c->memory, n * sizeof *all + 1);
    }
    snapshot->controls = all;
}

/* ---- server ---- */

#define AT(field) offsetof(struct conf_server, field)
#define BOOL(name, field) {name, FIELD_BOOL, AT(field)}
#define SOURCE(name, field) {name, FIELD_SOURCE, AT(field)}

static const struct field_word flag_words[] = {{"yes", 1}, {"no", 0}, {NULL}};

static void set_server_key(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_server *server = target;
    const struct conf_item *name = stmt->first->next;

    if (name->kind == CONF_BLOCK)
        name = name->block->first != NULL ? name->block->first->first : NULL;
    if (name == NULL)
        return;
    server->key = key_find(c, name->text, c->view_name);
    if (server->key == NULL)
        conf_error(c, name, "unknown key '%s'", name->text);
}

static const struct conf_field server_fields[] = {
    {"keys", FIELD_CALL, 0, 0, NULL, set_server_key},
    BOOL("bogus", bogus),
    BOOL("edns", edns),
    BOOL("tcp-only", tcp_only),
    BOOL("tcp-keepalive", tcp_keepalive),
    {"provide-ixfr", FIELD_WORDS, AT(provide_ixfr), 1, flag_words},
    {"request-ixfr", FIELD_WORDS, AT(request_ixfr), 1, flag_words},
    {"request-expire", FIELD_WORDS, AT(request_expire), 1, flag_words},
    {"transfer-format", FIELD_WORDS, AT(one_answer), 1, transfer_format_words},
    {"edns-udp-size", FIELD_U16, AT(edns_udp_size)},
    {"max-udp-size", FIELD_U16, AT(max_udp_size)},
    {"padding", FIELD_U16, AT(padding)},
    {"transfers", FIELD_U32, AT(transfers)},
    SOURCE("notify-source", notify_source),
    SOURCE("notify-source-v6", notify_source_v6),
    SOURCE("transfer-source", transfer_source),
    SOURCE("transfer-source-v6", transfer_source_v6),
};

static void server_fill(struct conf_context *c, const struct field_map *fields,
                        const struct conf_stmt *s, struct conf_server *server)
{
    const struct conf_item *prefix = s->first->next;

    net_prefix_parse(&server->prefix, prefix->text);
    server->edns = true;
    server->provide_ixfr = server->request_ixfr = server->request_expire = -1;
    server->one_answer = -1;
    field_apply_block(c, fields, stmt_block(s), server);
    const char *key = region_printf(c->scratch, "%s/%s", c->view_name ? c->view_name : "",
                                    prefix->text);
    const struct conf_item *old =
        key != NULL ? conf_name_define(c, SPACE_SERVER, key, s->first) : NULL;
    if (old != NULL && old != s->first)
        conf_error(c, s->first, "server '%s/%u': already exists previous definition: %s:%u",
                   prefix->text, server->prefix.bits, c->tree->files[old->file].name, old->line);
}

/* Those of the view first: they count more. */
void servers_build(struct conf_context *c, const struct conf_block *own, struct conf_view *v)
{
    const struct conf_block *blocks[] = {own, &c->tree->top};
    static struct field_map map = {server_fields, sizeof server_fields / sizeof *server_fields,
                                   false, {NULL}};
    const struct field_map *fields = field_map_ready(&map);
    unsigned n = 0;

    for (unsigned i = 0; i < 2; i++)
        for (const struct conf_stmt *s = blocks[i] ? blocks[i]->first : NULL; s; s = s->next)
            n += strcmp(stmt_name(s), "server") == 0;
    struct conf_server *all = region_zalloc(c->memory, n * sizeof *all + 1);
    v->servers = all;
    for (unsigned i = 0; i < 2 && all != NULL; i++)
        for (const struct conf_stmt *s = blocks[i] ? blocks[i]->first : NULL; s; s = s->next)
            if (strcmp(stmt_name(s), "server") == 0)
                server_fill(c, fields, s, &all[v->nservers++]);
}

const struct conf_server *conf_server_find(const struct conf_view *v, const union net_addr *a)
{
    const struct conf_server *best = NULL;

    for (unsigned i = 0; i < v->nservers; i++) {
        const struct conf_server *s = &v->servers[i];

        if (net_prefix_match(&s->prefix, a) && (best == NULL || s->prefix.bits > best->prefix.bits))
            best = s;
    }
    return best;
}
