/* Values that are of the right type and yet wrong: BIND's bounds, and its words. */
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "conf/build.h"
#include "conf/policy_check.h"
#include "dns/mnemonic.h"

static uint32_t number(const struct conf_stmt *s)
{
    uint32_t n = 0;

    if (!value_number(s->first->next, &n))
        value_duration(s->first->next, &n);
    return n;
}

/* Bounds of numbers; `unit` is what BIND counts them in, in units of the option. */
static const struct {
    const char *name;
    uint32_t least, most, unit;
    const char *complaint;      /* with the value, least and most */
} bounds[] = {
    {"max-transfer-idle-in", 0, 40320, 1, "max-transfer-idle-in '%u' is out of range (%u..%u)"},
    {"max-transfer-idle-out", 0, 40320, 1, "max-transfer-idle-out '%u' is out of range (%u..%u)"},
    {"max-transfer-time-in", 0, 40320, 1, "max-transfer-time-in '%u' is out of range (%u..%u)"},
    {"max-transfer-time-out", 0, 40320, 1, "max-transfer-time-out '%u' is out of range (%u..%u)"},
    {"heartbeat-interval", 0, 40320, 1, "heartbeat-interval '%u' is out of range (%u..%u)"},
    {"interface-interval", 0, 2419200, 60, "interface-interval '%u' is out of range (%u..%u)"},
    {"min-refresh-time", 1, UINT32_MAX, 1, "'min-refresh-time' must not be zero"},
    {"max-refresh-time", 1, UINT32_MAX, 1, "'max-refresh-time' must not be zero"},
    {"min-retry-time", 1, UINT32_MAX, 1, "'min-retry-time' must not be zero"},
    {"max-retry-time", 1, UINT32_MAX, 1, "'max-retry-time' must not be zero"},
    {"nta-lifetime", 0, 604800, 1, "'nta-lifetime' cannot exceed one week"},
    {"slip", 0, 10, 1, "slip %u > 10"},
    {"window", 1, 3600, 1, "window %u < 1 or > 3600"},
    {"ipv4-prefix-length", 1, 32, 1, "invalid 'ipv4-prefix-length %u'"},
    {"ipv6-prefix-length", 1, 128, 1, "invalid 'ipv6-prefix-length %u'"},
};

static void check_bounds(struct conf_context *c, const struct conf_stmt *s, unsigned i)
{
    uint32_t n = number(s), unit = bounds[i].unit;

    if (n < bounds[i].least || n > bounds[i].most)
        conf_error(c, s->first, bounds[i].complaint, n / unit, bounds[i].least,
                   bounds[i].most / unit);
}

static void check_exponent(struct conf_context *c, const struct conf_stmt *s)
{
    uint32_t n = number(s);

    if (n != 0 && (n < 35 || n > 4096))
        conf_error(c, s->first, "max-rsa-exponent-size '%u' is out of range (35..4096)", n);
}

static void check_name(struct conf_context *c, const struct conf_stmt *s)
{
    const struct conf_item *item = s->first->next;
    struct name name;

    if (name_from_text(&name, item->text, strlen(item->text), (const uint8_t *)"") != RES_OK)
        conf_error(c, item, "%s: invalid name '%s'", stmt_name(s), item->text);
}

static void check_mnemonics(struct conf_context *c, const struct conf_stmt *s,
                            const struct mnemonic *table, const char *complaint)
{
    uint16_t n;

    for (const struct conf_stmt *i = stmt_block(s)->first; i != NULL; i = i->next)
        if (mnemonic_from_text(table, 255, i->first->text, strlen(i->first->text), &n) != RES_OK)
            conf_error(c, i->first, "%s '%s'", complaint, i->first->text);
}

static void check_algorithms(struct conf_context *c, const struct conf_stmt *s)
{
    check_mnemonics(c, s, mnemonic_algorithms, "invalid algorithm");
}

static void check_digests(struct conf_context *c, const struct conf_stmt *s)
{
    check_mnemonics(c, s, mnemonic_digests, "invalid digest type");
}

static void check_anchors(struct conf_context *c, const struct conf_stmt *s)
{
    for (const struct conf_stmt *i = stmt_block(s)->first; i != NULL; i = i->next) {
        const struct conf_item *data = i->first;
        size_t room = 0, len;
        while (data->next != NULL)
            data = data->next;
        room = strlen(data->text);
        uint8_t *key = region_alloc(c->scratch, room + 1);
        bool is_ds = i->first->next != NULL && strstr(value_text(i->first->next), "-ds") != NULL;
        enum result res = key == NULL ? RES_NOMEM
                          : is_ds     ? hex_decode(data->text, room, key, room, &len)
                                      : base64_decode(data->text, room, key, room, &len);
        if (res != RES_OK)
            conf_error(c, i->first, "%s", result_text(res));
    }
}

static void check_endpoints(struct conf_context *c, const struct conf_stmt *s)
{
    for (const struct conf_stmt *i = stmt_block(s)->first; i != NULL; i = i->next)
        if (i->first->text[0] != '/')
            conf_error(c, i->first, "endpoint '%s' is not a valid absolute HTTP path",
                       i->first->text);
}

static void check_tls(struct conf_context *c, const struct conf_stmt *s)
{
    const struct conf_block *b = stmt_block(s);

    if (b != NULL && !block_find(b, "cert-file") != !block_find(b, "key-file"))
        conf_error(c, s->first, "tls '%s': 'cert-file' and 'key-file' must both be specified, or "
                   "both omitted", s->first->next->text);
}

static void check_dns64(struct conf_context *c, const struct conf_stmt *s)
{
    struct net_prefix p;
    const char *text = s->first->next->text;

    if (net_prefix_parse(&p, text) != RES_OK || p.family != AF_INET6)
        conf_error(c, s->first, "dns64 requires a IPv6 prefix");
    else if (p.bits != 96 && (p.bits < 32 || p.bits > 64 || p.bits % 8 != 0))
        conf_error(c, s->first, "dns64 prefix %s length is not 32/40/48/56/64/96", text);
}

static void check_directory(struct conf_context *c, const struct conf_stmt *s)
{
    struct stat st;
    const char *path = s->first->next->text;

    if (stat(path, &st) != 0)
        conf_error(c, s->first, "change directory to '%s' failed: file not found", path);
    else if (!S_ISDIR(st.st_mode))
        conf_error(c, s->first, "change directory to '%s' failed: invalid file", path);
}

static void check_key_directory(struct conf_context *c, const struct conf_stmt *s)
{
    struct stat st;
    const char *path = s->first->next->text;

    if (stat(path, &st) != 0)
        conf_warn(c, s->first, "key-directory: '%s' does not exist", path);
    else if (!S_ISDIR(st.st_mode))
        conf_warn(c, s->first, "key-directory: '%s' is not a directory", path);
}

static void check_cookie_algorithm(struct conf_context *c, const struct conf_stmt *s)
{
    if (value_is(s->first->next, "aes") && !c->options->ignore_deprecated)
        conf_warn(c, s->first, "cookie-algorithm 'aes' is deprecated");
}

/* Addresses to send from took a port once. */
static void check_source(struct conf_context *c, const struct conf_stmt *s)
{
    for (const struct conf_item *i = s->first->next; i != NULL; i = i->next)
        if ((value_is(i, "port") || value_is(i, "dscp")) && !c->options->ignore_deprecated)
            conf_warn(c, i, "token '%s' is deprecated", i->text);
}

static void check_protocols(struct conf_context *c, const struct conf_stmt *s)
{
    for (const struct conf_stmt *i = stmt_block(s)->first; i != NULL; i = i->next)
        if (strcmp(i->first->text, "TLSv1.2") != 0 && strcmp(i->first->text, "TLSv1.3") != 0)
            conf_error(c, i->first, "'%s' is not a valid TLS protocol version", i->first->text);
}

static void check_mapsize(struct conf_context *c, const struct conf_stmt *s)
{
    uint64_t size;

    if (value_size(s->first->next, &size) && size < 1 << 20)
        conf_error(c, s->first, "'lmdb-mapsize %llu' is too small", (unsigned long long)size);
}

/* What checks an option, wherever it stands. */
static const struct {
    const char *name;
    void (*check)(struct conf_context *c, const struct conf_stmt *s);
} checks[] = {
    {"max-rsa-exponent-size", check_exponent},
    {"disable-empty-zone", check_name},
    {"empty-server", check_name},
    {"empty-contact", check_name},
    {"disable-algorithms", check_algorithms},
    {"disable-ds-digests", check_digests},
    {"trust-anchors", check_anchors},
    {"managed-keys", check_anchors},
    {"trusted-keys", check_anchors},
    {"endpoints", check_endpoints},
    {"tls", check_tls},
    {"dns64", check_dns64},
    {"directory", check_directory},
    {"key-directory", check_key_directory},
    {"cookie-algorithm", check_cookie_algorithm},
    {"notify-source", check_source},
    {"notify-source-v6", check_source},
    {"transfer-source", check_source},
    {"transfer-source-v6", check_source},
    {"parental-source", check_source},
    {"parental-source-v6", check_source},
    {"query-source", check_source},
    {"query-source-v6", check_source},
    {"alt-transfer-source", check_source},
    {"alt-transfer-source-v6", check_source},
    {"dnssec-policy", policy_check},
    {"protocols", check_protocols},
    {"lmdb-mapsize", check_mapsize},
};

/* The two tables by row of the option table: index + 1; made by the first load. */
struct check_map {
    bool made;
    uint8_t bound[OPTION_ROWS_MAX], check[OPTION_ROWS_MAX];
};

static void check_map_fill(struct check_map *m)
{
    for (unsigned row = 0; row < option_count && !m->made; row++) {
        for (unsigned i = 0; i < sizeof bounds / sizeof *bounds; i++)
            if (strcmp(bounds[i].name, option_rows[row].name) == 0)
                m->bound[row] = (uint8_t)(i + 1);
        for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++)
            if (strcmp(checks[i].name, option_rows[row].name) == 0)
                m->check[row] = (uint8_t)(i + 1);
    }
    m->made = true;
}

/* `check-names master …; check-names primary …;` say two things of one kind of zone. */
static void check_names_twice(struct conf_context *c, const struct conf_block *block)
{
    static const char *const pairs[][2] = {{"primary", "master"}, {"secondary", "slave"}};
    unsigned seen[2] = {0, 0};

    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next) {
        const struct conf_item *kind = s->first->next;
        if (strcmp(stmt_name(s), "check-names") != 0 || kind->next == NULL)
            continue;
        for (unsigned i = 0; i < 2; i++) {
            unsigned bit = value_is(kind, pairs[i][0]) ? 1 : value_is(kind, pairs[i][1]) ? 2 : 0;
            if (bit != 0 && seen[i] != 0 && seen[i] != bit)
                conf_error(c, s->first, "'check-names' cannot take both '%s' and '%s'",
                           pairs[i][0], pairs[i][1]);
            seen[i] |= bit;
        }
    }
}

static void check_block(struct conf_context *c, const struct check_map *m,
                        const struct conf_block *block)
{
    const struct conf_stmt *forward = block_find(block, "forward");

    check_names_twice(c, block);
    if (forward != NULL && block_find(block, "forwarders") == NULL)
        conf_error(c, forward->first, "no matching 'forwarders' statement");
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next) {
        if (s->note == NULL)
            continue;
        unsigned row = option_index(s->note);
        if (m->bound[row] != 0)
            check_bounds(c, s, m->bound[row] - 1u);
        if (m->check[row] != 0)
            checks[m->check[row] - 1].check(c, s);
        const struct conf_block *inner = stmt_block(s);
        if (inner != NULL && inner->first != NULL && inner->first->note != NULL)
            check_block(c, m, inner);
    }
}

void check_file(struct conf_context *c)
{
    static struct check_map m;

    check_map_fill(&m);
    check_block(c, &m, &c->tree->top);
}

/* `zone NAME …` in each statement of the list must be a zone of the view. */
static void check_listed_zones(struct conf_context *c, const struct conf_stmt *list, unsigned view,
                               const char *what)
{
    struct name name;

    for (const struct conf_stmt *s = list ? stmt_block(list)->first : NULL; s; s = s->next) {
        const struct conf_item *item = s->first->next;
        if (name_from_text(&name, item->text, strlen(item->text), (const uint8_t *)"") != RES_OK)
            conf_error(c, item, "%s: invalid name '%s'", what, item->text);
        else if (!c->options->is_part && conf_zone_find(c, view, name.wire) == NULL)
            conf_error(c, item, "%s zone '%s' is not a primary or secondary zone", what,
                       item->text);
    }
}

void check_view_zones(struct conf_context *c, const struct conf_block *block, unsigned view)
{
    check_listed_zones(c, block_find(block, "catalog-zones"), view, "catalog");
    check_listed_zones(c, block_find(block, "response-policy"), view, "response-policy");
}
