#include "config.h"

#include "answer/builtin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/rdata.h"
#include "zone/build.h"

enum { BUILTIN_ZONES = 4 };

struct builtin_view {
    struct conf_view conf;
    struct zone_options options;
    struct conf_zone confs[BUILTIN_ZONES];
    struct zone *zones[BUILTIN_ZONES];
    struct name names[BUILTIN_ZONES];
};

/* One zone: its name and the text of its TXT record, NULL for none. */
struct row {
    const char *name, *text;
};

static enum result add(struct zone_builder *b, const struct name *origin, uint16_t type,
                       uint32_t ttl, const uint8_t *rdata, size_t len)
{
    return zone_builder_add(b, origin->wire, origin->len, type, ttl, rdata, (uint16_t)len, 0, "");
}

static enum result add_from_text(struct zone_builder *b, const struct name *origin, uint16_t type,
                                 uint32_t ttl, const char *text)
{
    uint8_t rdata[NAME_MAX_LEN * 2 + 20];
    size_t len;
    enum result r = rdata_from_text(type, CLASS_CH, text, origin->wire, rdata, &len);

    return r == RES_OK ? add(b, origin, type, ttl, rdata, len) : r;
}

/* A TXT of one character-string, cut at its 255 bytes. */
static enum result add_txt(struct zone_builder *b, const struct name *origin, const char *text)
{
    uint8_t rdata[256];
    size_t len = strlen(text) < 255 ? strlen(text) : 255;

    rdata[0] = (uint8_t)len;
    memcpy(rdata + 1, text, len);
    return add(b, origin, TYPE_TXT, 0, rdata, len + 1);
}

static enum result build(struct zone_builder *b, const struct name *origin, const char *text,
                         struct contents **out)
{
    struct zone_build_options opt = {.origin = origin->wire, .rrclass = CLASS_CH};
    enum result r;

    *out = NULL;
    if ((r = zone_builder_start(b, &opt)) != RES_OK ||
        (r = add_from_text(b, origin, TYPE_SOA, 86400,
                           "@ hostmaster 0 28800 7200 604800 86400")) != RES_OK ||
        (r = add_from_text(b, origin, TYPE_NS, 0, "@")) != RES_OK ||
        (text != NULL && (r = add_txt(b, origin, text)) != RES_OK))
        return r;
    return zone_builder_finish(b, out);
}

static bool add_zone(struct builtin_view *v, unsigned i, struct zone_builder *b,
                     const struct row *row)
{
    struct conf_zone *c = &v->confs[i];
    struct contents *contents;

    if (name_from_text(&v->names[i], row->name, strlen(row->name), NULL) != RES_OK ||
        build(b, &v->names[i], row->text, &contents) != RES_OK)
        return false;
    *c = (struct conf_zone){.name = v->names[i].wire, .name_text = row->name,
                            .options = &v->options, .type = ZONE_PRIMARY, .rrclass = CLASS_CH};
    if ((v->zones[i] = zone_new(c, "_bind")) == NULL) {
        contents_free(contents);
        return false;
    }
    v->zones[i]->contents = contents;
    return true;
}

static bool add_zones(struct builtin_view *v, const struct conf_snapshot *conf)
{
    char host[256] = "";
    const struct row rows[BUILTIN_ZONES] = {
        {"version.bind.", conf->version != NULL && conf->version[0] == '\0' ? PACKAGE_VERSION
                                                                            : conf->version},
        {"hostname.bind.", conf->hostname != NULL && conf->hostname[0] == '\0' ? host
                                                                               : conf->hostname},
        /* who hides the version hides who made it, as in BIND */
        {"authors.bind.", conf->version != NULL && conf->version[0] == '\0' ? "The Kizuna authors"
                                                                            : NULL},
        {"id.server.", conf->server_id != NULL && conf->server_id[0] == '\0' ? host
                                                                             : conf->server_id}};
    struct zone_builder *b = zone_builder_new();
    bool ok = b != NULL;

    gethostname(host, sizeof host - 1);
    for (unsigned i = 0; ok && i < BUILTIN_ZONES; i++)
        ok = add_zone(v, i, b, &rows[i]);
    zone_builder_free(b);
    return ok;
}

struct builtin_view *builtin_view_new(const struct conf_snapshot *conf,
                                      const struct conf_view **view, struct zone_table **zones)
{
    struct builtin_view *v = calloc(1, sizeof *v);

    if (v == NULL)
        return NULL;
    if (!add_zones(v, conf)) {
        builtin_view_free(v);
        return NULL;
    }
    v->conf = (struct conf_view){.name = "_bind", .rrclass = CLASS_CH, .message_compression = true,
                                 .minimal_responses = MINIMAL_NO_AUTH_RECURSIVE,
                                 .answer_cookie = true, .edns_udp_size = 1232,
                                 .max_udp_size = 1232, .nocookie_udp_size = 4096,
                                 .max_query_restarts = 11};
    if (conf->nviews > 0) {     /* who signs may ask for the version too */
        v->conf.keys = conf->views[0].keys;
        v->conf.nkeys = conf->views[0].nkeys;
    }
    v->options.allow_query = v->options.allow_query_on = acl_any();
    v->options.zero_no_soa_ttl = true;
    *view = &v->conf;
    if ((*zones = zone_table_new(v->zones, BUILTIN_ZONES)) == NULL) {
        builtin_view_free(v);
        return NULL;
    }
    return v;
}

void builtin_view_free(struct builtin_view *v)
{
    for (unsigned i = 0; v != NULL && i < BUILTIN_ZONES; i++)
        zone_free(v->zones[i]);
    free(v);
}
