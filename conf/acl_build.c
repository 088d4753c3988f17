#include "conf/acl_build.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/acl_impl.h"
#include "conf/geoip.h"
#include "conf/value.h"

/* A named list, built when first used. */
struct named_acl {
    const struct conf_item *name;
    const struct conf_block *block;
    const struct acl *built;
    bool building, done;
};

enum builtin { BUILTIN_NONE, BUILTIN_ANY, BUILTIN_NOBODY, BUILTIN_LOCALHOST, BUILTIN_LOCALNETS };

static enum builtin builtin_find(const char *name)
{
    static const struct {
        const char *name;
        enum builtin which;
    } rows[] = {{"any", BUILTIN_ANY}, {"none", BUILTIN_NOBODY},
                {"localhost", BUILTIN_LOCALHOST}, {"localnets", BUILTIN_LOCALNETS}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcasecmp(rows[i].name, name) == 0)
            return rows[i].which;
    return BUILTIN_NONE;
}

/* ---- Checking ---- */

/* As BIND sees it: digits and dots are an address, whatever else they may be. */
static bool looks_like_address(const char *text)
{
    union net_addr a;
    char host[NET_ADDR_TEXT];
    size_t len = strcspn(text, "/");
    unsigned dots = 0;

    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (net_addr_parse(&a, host) == RES_OK)
        return true;
    for (const char *p = host; *p != '\0'; p++) {
        if (!isdigit((unsigned char)*p) && *p != '.')
            return false;
        dots += *p == '.';
    }
    return len > 0 && dots < 3;
}

static bool check_address(struct conf_context *c, const struct conf_item *item)
{
    struct net_prefix p;
    enum result res = net_prefix_parse(&p, item->text);
    const char *slash = strchr(item->text, '/');

    if (res == RES_OK)
        return true;
    if (slash == NULL)
        conf_error(c, item, "incomplete IPv4 address or prefix near ';'");
    else if (res == RES_RANGE && strlen(slash + 1) > 0 &&
             strspn(slash + 1, "0123456789") == strlen(slash + 1) &&
             atoi(slash + 1) <= (strchr(item->text, ':') ? 128 : 32))
        conf_error(c, item, "'%s': address/prefix length mismatch '%s'", item->text, slash + 1);
    else
        conf_error(c, item, "invalid prefix length '%s'", slash + 1);
    return false;
}

/* A name that is defined nowhere is told where it is used; within `acl` when that is. */
static bool check_name(struct conf_context *c, const struct conf_item *item)
{
    if (builtin_find(item->text) != BUILTIN_NONE || c->in_acl_statement ||
        conf_name_find(c, SPACE_ACL, item->text) != NULL)
        return true;
    conf_error(c, item, "undefined ACL '%s'", item->text);
    return false;
}

static bool expected(struct conf_context *c, const struct conf_item *at,
                     const struct conf_item *last, const char *what)
{
    conf_error(c, at != NULL ? at : last, "%s near '%s'", what, value_text(at));
    return false;
}

/* `geoip [db DATABASE] FIELD VALUE`, behind its first word. */
static bool check_geoip(struct conf_context *c, struct conf_item **at, struct conf_item **last)
{
    const struct conf_item *geoip = *last;

    for (unsigned i = 0; *at != NULL && (*at)->kind != CONF_BLOCK && i < 4; i++) {
        *last = *at;
        *at = (*at)->next;
    }
    const struct conf_item *field = geoip->next;
    const char *db = NULL;
    if (value_is(field, "db") && field->next != NULL) {
        db = field->next->text;
        field = field->next->next;
    }
    if (field == NULL || field->kind == CONF_BLOCK || field->next == NULL)
        return expected(c, field != NULL ? field->next : NULL, *last, "expected string");
    if ((db == NULL || geoip_db_from_text(db) >= 0) && geoip_field_known(field->text))
        return true;
    conf_error(c, field, "'geoip %s' is not known to this server", field->text);
    return false;
}

static bool check_nested(struct conf_context *c, const struct conf_block *block)
{
    bool right = true;

    for (struct conf_stmt *s = block->first; s != NULL; s = s->next) {
        struct conf_item *at = s->first, *last = s->first;
        right = acl_check_element(c, &at, &last) && right;
        if (at != NULL && right) {
            conf_error(c, at, "missing ';' before '%s'", value_text(at));
            right = false;
        }
    }
    return right;
}

static void note_type(struct conf_item *item, const char *type)
{
    item->note = (uint8_t)(value_type_index(value_type_find(type, strlen(type))) + 1);
}

/* "10.0.0.0 / 8" as one item: BIND takes spaces there. */
static void join_prefix(struct conf_context *c, struct conf_item *item)
{
    for (unsigned parts = 0; parts < 2; parts++) {
        const struct conf_item *next = item->next;
        size_t len = strlen(item->text);
        if (next == NULL || next->kind != CONF_WORD ||
            (next->text[0] != '/' && (len == 0 || item->text[len - 1] != '/')))
            return;
        const char *joined = region_printf(c->scratch, "%s%s", item->text, next->text);
        if (joined == NULL)
            return;
        item->text = joined;
        item->next = next->next;
    }
}

bool acl_check_element(struct conf_context *c, struct conf_item **at, struct conf_item **last)
{
    if (*at != NULL && (*at)->kind == CONF_NOT) {
        *last = *at;
        *at = (*at)->next;
    }
    struct conf_item *item = *at;
    if (item == NULL || item->kind == CONF_NOT)
        return expected(c, item, *last, "expected IP match list element");
    if (item->kind == CONF_WORD)
        join_prefix(c, item);
    *last = item;
    *at = item->next;
    if (item->kind == CONF_BLOCK)
        return check_nested(c, item->block);
    if (value_is(item, "key")) {
        if (*at == NULL || (*at)->kind == CONF_BLOCK)
            return expected(c, *at, item, "expected string");
        note_type(*at, "string");
        *last = *at;
        *at = (*at)->next;
        return true;
    }
    if (value_is(item, "geoip"))
        return check_geoip(c, at, last);
    bool address = item->kind == CONF_WORD && looks_like_address(item->text);
    note_type(item, address ? "netprefix" : "string");
    return address ? check_address(c, item) : check_name(c, item);
}

/* ---- Building ---- */

void acl_define(struct conf_context *c, struct conf_stmt *stmt)
{
    const struct conf_item *name = stmt->first->next;
    struct named_acl *own = region_zalloc(c->scratch, sizeof *own);

    if (own == NULL || name == NULL || name->kind == CONF_BLOCK || name->next == NULL ||
        name->next->kind != CONF_BLOCK)
        return;
    own->name = name;
    own->block = name->next->block;
    if (builtin_find(name->text) != BUILTIN_NONE) {
        conf_error(c, stmt->first, "attempt to redefine builtin acl '%s'", name->text);
        return;
    }
    const struct named_acl *old = conf_name_define(c, SPACE_ACL, name->text, own);
    if (old != NULL)
        conf_error(c, stmt->first, "attempt to redefine acl '%s' previous definition: %s:%u",
                   name->text, c->tree->files[old->name->file].name, old->name->line);
}

static void element_builtin(struct acl_element *e, enum builtin which)
{
    e->kind = which == BUILTIN_LOCALHOST   ? ACL_LOCALHOST
              : which == BUILTIN_LOCALNETS ? ACL_LOCALNETS
                                           : ACL_PREFIX;
    e->prefix.family = AF_UNSPEC;
    if (which == BUILTIN_NOBODY)
        e->negated = !e->negated;
}

static const struct acl *build_named(struct conf_context *c, const struct conf_item *item)
{
    struct named_acl *named = conf_name_find(c, SPACE_ACL, item->text);

    if (named == NULL) {
        conf_error(c, item, "undefined ACL '%s'", item->text);
        return NULL;
    }
    if (named->building) {
        conf_error(c, item, "acl loop detected: %s", item->text);
        return NULL;
    }
    if (c->list_depth >= CONF_MAX_NESTING) {
        conf_error(c, item, "lists are nested more than %d deep", CONF_MAX_NESTING);
        return NULL;
    }
    if (!named->done) {
        named->building = true;
        c->list_depth++;
        named->built = acl_build(c, named->block);
        c->list_depth--;
        named->building = false;
        named->done = true;
    }
    return named->built;
}

static bool element_key(struct conf_context *c, struct acl_element *e, const struct conf_item *item)
{
    struct name name;

    e->kind = ACL_KEY;
    if (name_from_text(&name, item->text, strlen(item->text), (const uint8_t *)"") != RES_OK) {
        conf_error(c, item, "key name '%s' is not a valid name", item->text);
        return false;
    }
    name_fold(name.wire, name.wire, name.len);
    e->ref = conf_share(c, name.wire, name.len);
    return true;
}

static bool element_geoip(struct conf_context *c, struct acl_element *e,
                          const struct conf_item *item)
{
    struct geoip_rule rule;

    memset(&rule, 0, sizeof rule);
    if (value_is(item, "db")) {
        rule.db = (enum geoip_db)geoip_db_from_text(item->next->text);
        item = item->next->next;
    }
    rule.field = conf_share_text(c, item->text);
    rule.value = conf_share_text(c, item->next->text);
    e->kind = ACL_GEOIP;
    c->uses_geoip = true;
    e->ref = conf_share(c, &rule, sizeof rule);
    return true;
}

static bool element_nested(struct acl_element *e, const struct acl *inner)
{
    e->kind = ACL_NESTED;
    e->ref = inner;
    return inner != NULL;
}

/* Do words follow an element as its kind needs them?  Lists are built after mistakes in them
 * were told, too, so that those of what uses them are told in the same run. */
static bool is_whole(const struct conf_item *item)
{
    unsigned words = value_is(item, "key") ? 1 : value_is(item, "geoip") ? 2 : 0;

    if (words == 2 && item->next != NULL && value_is(item->next, "db"))
        words = 4;
    for (; words > 0; words--)
        if ((item = item->next) == NULL || item->kind == CONF_BLOCK || item->kind == CONF_NOT)
            return false;
    return true;
}

static bool element_build(struct conf_context *c, struct acl_element *e,
                          const struct conf_item *item)
{
    if (item != NULL && item->kind == CONF_NOT) {
        e->negated = true;
        item = item->next;
    }
    if (item == NULL || item->kind == CONF_NOT || (item->kind != CONF_BLOCK && !is_whole(item)))
        return false;
    if (item->kind == CONF_BLOCK)
        return element_nested(e, acl_build(c, item->block));
    if (value_is(item, "key"))
        return element_key(c, e, item->next);
    if (value_is(item, "geoip"))
        return element_geoip(c, e, item->next);
    if (item->kind == CONF_WORD && looks_like_address(item->text))
        return net_prefix_parse(&e->prefix, item->text) == RES_OK;
    enum builtin which = builtin_find(item->text);
    if (which == BUILTIN_NONE)
        return element_nested(e, build_named(c, item));
    element_builtin(e, which);
    return true;
}

const struct acl *acl_build_at(struct conf_context *c, const struct conf_block *block,
                               uint16_t port, uint16_t transports)
{
    uint32_t count = 0;
    bool right = true;

    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        count++;
    size_t size = sizeof(struct acl) + count * sizeof(struct acl_element);
    struct acl *acl = region_zalloc(c->scratch, size);
    if (acl == NULL)
        return NULL;
    acl->port = port;
    acl->transports = transports;
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        right = element_build(c, &acl->elements[acl->count++], s->first) && right;
    return right ? conf_share(c, acl, size) : NULL;
}

const struct acl *acl_build(struct conf_context *c, const struct conf_block *block)
{
    return acl_build_at(c, block, 0, 0);
}
