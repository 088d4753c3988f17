#include <string.h>

#include "conf/build.h"
#include "dns/rrtype.h"

#define AT(field) offsetof(struct conf_view, field)
#define BOOL(name, field) {name, FIELD_BOOL, AT(field)}
#define ACL(name, field) {name, FIELD_ACL, AT(field)}
#define CALL(name, function) {name, FIELD_CALL, 0, 0, NULL, function}

const struct field_word transfer_format_words[] = {
    {"many-answers", false}, {"one-answer", true}, {NULL}};

static const struct field_word minimal_words[] = {
    {"no", MINIMAL_NO},
    {"yes", MINIMAL_YES},
    {"no-auth", MINIMAL_NO_AUTH},
    {"no-auth-recursive", MINIMAL_NO_AUTH_RECURSIVE},
    {NULL}};

/* What BIND does with sizes outside its bounds: moves them there. */
static uint16_t bounded(const struct conf_stmt *stmt, uint32_t least, uint32_t most)
{
    uint32_t n = most;

    value_number(stmt->first->next, &n);
    return (uint16_t)(n < least ? least : n > most ? most : n);
}

static void set_edns_udp_size(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    (void)c;
    ((struct conf_view *)target)->edns_udp_size = bounded(stmt, 512, 4096);
}

static void set_max_udp_size(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    (void)c;
    ((struct conf_view *)target)->max_udp_size = bounded(stmt, 512, 4096);
}

static void set_nocookie_udp_size(struct conf_context *c, const struct conf_stmt *stmt,
                                  void *target)
{
    (void)c;
    ((struct conf_view *)target)->nocookie_udp_size = bounded(stmt, 128, 65535);
}

static void set_preferred_glue(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_view *v = target;
    const struct conf_item *word = stmt->first->next;

    if (strcasecmp(word->text, "a") == 0)
        v->preferred_glue = TYPE_A;
    else if (strcasecmp(word->text, "aaaa") == 0)
        v->preferred_glue = TYPE_AAAA;
    else if (strcasecmp(word->text, "none") == 0)
        v->preferred_glue = TYPE_NONE;
    else
        conf_warn(c, word, "preferred-glue unexpected value '%s'", word->text);
}

/* One rule of rrset-order: `[class C] [type T] [name N] order WORD`. */
static void rrset_order_rule(struct conf_context *c, const struct conf_item *i,
                             struct rrset_order_rule *rule)
{
    static const struct field_word orders[] = {
        {"random", ORDER_RANDOM}, {"cyclic", ORDER_CYCLIC}, {"fixed", ORDER_FIXED},
        {"none", ORDER_NONE}, {NULL}};
    struct name name;

    rule->rrclass = CLASS_ANY;
    rule->type = TYPE_ANY;
    for (; i->next != NULL && i->next->next != NULL; i = i->next->next) {
        const char *text = i->next->text;
        if (value_is(i, "class") && !value_is(i->next, "any") &&
            rrclass_from_text(&rule->rrclass, text, strlen(text)) != RES_OK)
            conf_error(c, i, "rrset-order: invalid class '%s'", text);
        if (value_is(i, "type") && !value_is(i->next, "any") &&
            rrtype_from_text(&rule->type, text, strlen(text)) != RES_OK)
            conf_error(c, i, "rrset-order: invalid type '%s'", text);
        if (!value_is(i, "name") || strcmp(text, "*") == 0)
            continue;
        if (name_from_text(&name, text, strlen(text), (const uint8_t *)"") != RES_OK)
            conf_error(c, i, "rrset-order: invalid name '%s'", text);
        else
            rule->name = conf_share(c, name.wire, name.len);
    }
    if (!value_is(i, "order"))
        conf_error(c, i, "rrset-order: keyword 'order' missing");
    const struct field_word *w = orders;
    while (w->word != NULL && !value_is(i->next, w->word))
        w++;
    if (w->word == NULL)
        conf_error(c, i, "rrset-order: invalid order '%s'", value_text(i->next));
    rule->order = (enum rrset_order)w->value;
}

static void set_rrset_order(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_view *v = target;
    const struct conf_block *b = stmt_block(stmt);
    unsigned n = 0;

    for (const struct conf_stmt *s = b->first; s != NULL; s = s->next)
        n++;
    struct rrset_order_rule *rules = region_zalloc(c->memory, n * sizeof *rules + 1);
    if (rules == NULL)
        return;
    v->rrset_order = rules;
    v->nrrset_order = n;
    for (const struct conf_stmt *s = b->first; s != NULL; s = s->next)
        rrset_order_rule(c, s->first, rules++);
}

static const struct conf_field fields[] = {
    ACL("match-clients", match_clients),
    ACL("match-destinations", match_destinations),
    BOOL("match-recursive-only", match_recursive_only),
    {"minimal-responses", FIELD_WORDS, AT(minimal_responses), sizeof(enum minimal_responses),
     minimal_words},
    BOOL("minimal-any", minimal_any),
    BOOL("message-compression", message_compression),
    BOOL("require-server-cookie", require_server_cookie),
    BOOL("answer-cookie", answer_cookie),
    BOOL("provide-zoneversion", provide_zoneversion),
    BOOL("empty-zones-enable", empty_zones_enable),
    BOOL("allow-new-zones", allow_new_zones),
    ACL("no-case-compress", no_case_compress),
    CALL("rrset-order", set_rrset_order),
    CALL("catalog-zones", catalogs_build),
    CALL("edns-udp-size", set_edns_udp_size),
    CALL("max-udp-size", set_max_udp_size),
    CALL("nocookie-udp-size", set_nocookie_udp_size),
    CALL("preferred-glue", set_preferred_glue),
    {"max-query-restarts", FIELD_U32, AT(max_query_restarts)},
    {"transfer-format", FIELD_WORDS, AT(one_answer), 1, transfer_format_words},
};

const struct field_map *view_field_map(void)
{
    static struct field_map map = {fields, sizeof fields / sizeof *fields, false, {NULL}};

    return field_map_ready(&map);
}
