/* Lists of remote servers: primaries, also-notify, and the named lists within them. */
#include <string.h>

#include "conf/build.h"

struct named_remotes {
    const struct conf_stmt *stmt;
    bool building;
};

/* What holds for all servers of a list, unless they say otherwise. */
struct remote_defaults {
    uint16_t port;                  /* 0: not said */
    union net_addr source, source_v6;
};

struct remote_list {
    struct conf_remote *servers;
    unsigned count, room;
};

void remotes_define(struct conf_context *c, const struct conf_stmt *stmt)
{
    const struct conf_item *name = stmt->first->next;
    struct named_remotes *own = region_zalloc(c->scratch, sizeof *own);

    if (own == NULL)
        return;
    own->stmt = stmt;
    const struct named_remotes *old = conf_name_define(c, SPACE_REMOTES, name->text, own);
    if (old != NULL)
        conf_error(c, stmt->first, "%s list '%s' is duplicated: also defined at %s:%u",
                   stmt_name(stmt), name->text, c->tree->files[old->stmt->first->file].name,
                   old->stmt->first->line);
}

static bool list_add(struct conf_context *c, struct remote_list *l, const struct conf_remote *r)
{
    if (l->count == l->room) {
        unsigned room = l->room * 2 + 4;
        struct conf_remote *more = region_zalloc(c->scratch, room * sizeof *more);
        if (more == NULL)
            return false;
        if (l->count > 0)
            memcpy(more, l->servers, l->count * sizeof *more);
        l->servers = more;
        l->room = room;
    }
    l->servers[l->count++] = *r;
    return true;
}

static bool list_build(struct conf_context *c, const struct conf_item *from,
                       const struct remote_defaults *outer, struct remote_list *out);

static bool add_named(struct conf_context *c, const struct conf_item *item,
                      const struct remote_defaults *d, struct remote_list *out)
{
    struct named_remotes *named = conf_name_find(c, SPACE_REMOTES, item->text);

    if (named == NULL) {
        conf_error(c, item, "unable to find primaries list '%s'", item->text);
        return false;
    }
    if (named->building)    /* a list within itself adds nothing */
        return true;
    if (c->list_depth >= CONF_MAX_NESTING) {
        conf_error(c, item, "lists are nested more than %d deep", CONF_MAX_NESTING);
        return false;
    }
    named->building = true;
    c->list_depth++;
    bool right = list_build(c, named->stmt->first->next->next, d, out);
    c->list_depth--;
    named->building = false;
    return right;
}

static bool check_tls(struct conf_context *c, const struct conf_item *item)
{
    if (strcmp(item->text, "ephemeral") == 0 || strcmp(item->text, "none") == 0 ||
        conf_name_find(c, SPACE_TLS, item->text) != NULL)
        return true;
    conf_error(c, item, "tls '%s' is not defined", item->text);
    return false;
}

/* `[port N] [key K] [tls T]` behind an address. */
static bool remote_details(struct conf_context *c, const struct conf_item *i,
                           struct conf_remote *r, uint32_t *port)
{
    bool right = true;

    for (; i != NULL && i->next != NULL; i = i->next->next) {
        if (value_is(i, "port"))
            value_number(i->next, port);
        if (value_is(i, "tls") && strcmp(i->next->text, "none") != 0) {
            right = check_tls(c, i->next) && right;
            r->tls = conf_share_text(c, i->next->text);
        }
        if (value_is(i, "key")) {
            r->key = key_find(c, i->next->text, c->view_name);
            if (r->key == NULL) {
                conf_error(c, i->next, "key '%s' is not defined", i->next->text);
                right = false;
            }
        }
    }
    return right;
}

static bool add_element(struct conf_context *c, const struct conf_item *item,
                        const struct remote_defaults *d, struct remote_list *out)
{
    struct conf_remote r;
    uint32_t port = d->port;

    memset(&r, 0, sizeof r);
    if (item->kind != CONF_WORD || net_addr_parse(&r.addr, item->text) != RES_OK)
        return add_named(c, item, d, out);
    if (!remote_details(c, item->next, &r, &port))
        return false;
    if (port == 0)
        port = r.tls != NULL ? c->snapshot->tls_port : c->snapshot->port;
    net_addr_set_port(&r.addr, (uint16_t)port);
    r.source = r.addr.sa.sa_family == AF_INET6 ? d->source_v6 : d->source;
    return list_add(c, out, &r);
}

static bool list_build(struct conf_context *c, const struct conf_item *from,
                       const struct remote_defaults *outer, struct remote_list *out)
{
    struct remote_defaults d = *outer;
    bool right = true;
    uint32_t port;

    for (; from != NULL && from->kind != CONF_BLOCK; from = from->next) {
        if (value_is(from, "port") && value_number(from->next, &port))
            d.port = (uint16_t)port;
        if (value_is(from, "source") && !value_is(from->next, "*"))
            net_addr_parse(&d.source, from->next->text);
        if (value_is(from, "source-v6") && !value_is(from->next, "*"))
            net_addr_parse(&d.source_v6, from->next->text);
    }
    if (from == NULL)
        return false;
    for (const struct conf_stmt *s = from->block->first; s != NULL; s = s->next)
        right = add_element(c, s->first, &d, out) && right;
    return right;
}

const struct conf_remote *remotes_build(struct conf_context *c, const struct conf_item *from,
                                        unsigned *count)
{
    struct remote_defaults none;
    struct remote_list list = {0};

    memset(&none, 0, sizeof none);
    *count = 0;
    if (!list_build(c, from, &none, &list) || list.count == 0)
        return NULL;
    *count = list.count;
    return conf_share(c, list.servers, list.count * sizeof *list.servers);
}
