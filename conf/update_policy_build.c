/* update-policy: `local`, or rules `grant|deny IDENTITY MATCH [NAME] [TYPES]`. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/build.h"
#include "dns/rrtype.h"

/* What the rule's name is: needed, not there, or there for the form's sake; then it should be "."
 * or, of the second kind, the identity once more. */
enum name_part { NAME_NEEDED, NAME_NONE, NAME_DOT, NAME_IDENTITY };

static const struct {
    const char *word;
    enum update_match match;
    enum name_part name;
} matches[] = {
    {"name", UPDATE_NAME, NAME_NEEDED},
    {"subdomain", UPDATE_SUBDOMAIN, NAME_NEEDED},
    {"zonesub", UPDATE_ZONESUB, NAME_NONE},
    {"wildcard", UPDATE_WILDCARD, NAME_NEEDED},
    {"self", UPDATE_SELF, NAME_IDENTITY},
    {"selfsub", UPDATE_SELFSUB, NAME_IDENTITY},
    {"selfwild", UPDATE_SELFWILD, NAME_IDENTITY},
    {"ms-self", UPDATE_MS_SELF, NAME_DOT},
    {"ms-selfsub", UPDATE_MS_SELFSUB, NAME_DOT},
    {"ms-subdomain", UPDATE_MS_SUBDOMAIN, NAME_NEEDED},
    {"ms-subdomain-self-rhs", UPDATE_MS_SUBDOMAIN_SELF_RHS, NAME_NEEDED},
    {"krb5-self", UPDATE_KRB5_SELF, NAME_DOT},
    {"krb5-selfsub", UPDATE_KRB5_SELFSUB, NAME_DOT},
    {"krb5-subdomain", UPDATE_KRB5_SUBDOMAIN, NAME_NEEDED},
    {"krb5-subdomain-self-rhs", UPDATE_KRB5_SUBDOMAIN_SELF_RHS, NAME_NEEDED},
    {"tcp-self", UPDATE_TCP_SELF, NAME_DOT},
    {"6to4-self", UPDATE_6TO4_SELF, NAME_DOT},
    {"external", UPDATE_EXTERNAL, NAME_NEEDED},
};

static const uint8_t *name_share(struct conf_context *c, const struct conf_item *item)
{
    struct name name;

    if (name_from_text(&name, item->text, strlen(item->text), (const uint8_t *)"") != RES_OK)
        return NULL;
    return conf_share(c, name.wire, name.len);
}

/* "TXT", "ANY", "PTR(1)". */
static bool type_read(struct conf_context *c, const struct conf_item *item,
                      struct conf_update_type *out)
{
    size_t len = strcspn(item->text, "(");

    memset(out, 0, sizeof *out);
    if (item->text[len] == '(') {
        char *end;
        unsigned long max = strtoul(item->text + len + 1, &end, 10);
        if (strcmp(end, ")") != 0 || max > UINT16_MAX) {
            conf_error(c, item, "'%s' is not a valid type", item->text);
            return false;
        }
        out->max = (uint16_t)max;
    }
    if (rrtype_from_text(&out->type, item->text, len) == RES_OK)
        return true;
    conf_error(c, item, "'%s' is not a valid type", item->text);
    return false;
}

static bool types_read(struct conf_context *c, const struct conf_item *item,
                       struct conf_update_rule *rule)
{
    unsigned n = 0;
    bool right = true;

    for (const struct conf_item *i = item; i != NULL; i = i->next)
        n++;
    struct conf_update_type *types = region_alloc(c->scratch, n * sizeof *types + 1);
    if (types == NULL || n > UINT16_MAX)
        return false;
    for (unsigned i = 0; item != NULL; item = item->next, i++)
        right = type_read(c, item, &types[i]) && right;
    rule->ntypes = (uint16_t)n;
    rule->types = n > 0 ? conf_share(c, types, n * sizeof *types) : NULL;
    return right;
}

static bool rule_name_read(struct conf_context *c, const struct conf_item *item,
                           struct conf_update_rule *rule)
{
    rule->name = name_share(c, item);
    if (rule->name == NULL) {
        conf_error(c, item, "'%s' is not a valid name", item->text);
        return false;
    }
    if (rule->match == UPDATE_WILDCARD && !name_is_wildcard(rule->name)) {
        conf_error(c, item, "'%s' is not a wildcard", item->text);
        return false;
    }
    return true;
}

/* Is the name one, or what should stand where none is looked at?  In BIND's words. */
static bool name_fits(struct conf_context *c, const struct conf_item *item, enum name_part part,
                      const struct conf_update_rule *rule)
{
    bool is_root = *rule->name == 0;
    uint16_t type;

    if (part == NAME_NEEDED && item->next == NULL &&
        rrtype_from_text(&type, item->text, strlen(item->text)) == RES_OK)
        conf_error(c, item, "missing name field type '%s' found", item->text);
    else if (part == NAME_DOT && !is_root)
        conf_error(c, item, "name field not set to placeholder value '.'");
    else if (part == NAME_IDENTITY && !is_root && !name_equal(rule->name, rule->identity))
        conf_error(c, item, "identity and name fields are not the same");
    else
        return true;
    return false;
}

static bool rule_build(struct conf_context *c, const struct conf_stmt *s,
                       struct conf_update_rule *rule)
{
    const struct conf_item *identity = s->first->next, *word = identity->next;
    const struct conf_item *rest = word->next;
    size_t i = 0;

    while (i < sizeof matches / sizeof *matches - 1 && !value_is(word, matches[i].word))
        i++;
    if (matches[i].match >= UPDATE_MS_SELF && matches[i].match <= UPDATE_KRB5_SUBDOMAIN_SELF_RHS)
        conf_warn(c, word, "'%s' wants GSS-TSIG, which is not spoken here: it never fits",
                  word->text);
    rule->grant = value_is(s->first, "grant");
    rule->match = (uint8_t)matches[i].match;
    rule->identity_text = conf_share_text(c, identity->text);
    rule->identity = name_share(c, identity);
    if (rule->identity == NULL) {
        conf_error(c, identity, "'%s' is not a valid name", identity->text);
        return false;
    }
    if (matches[i].name == NAME_NONE)
        return types_read(c, rest, rule);
    if (rest == NULL) {
        conf_error(c, word, "expected string near ';'");
        return false;
    }
    return rule_name_read(c, rest, rule) && name_fits(c, rest, matches[i].name, rule) &&
           types_read(c, rest->next, rule);
}

const struct conf_update_policy *update_policy_build(struct conf_context *c,
                                                     const struct conf_stmt *stmt)
{
    const struct conf_block *block = stmt_block(stmt);
    struct conf_update_policy policy;
    bool right = true;

    memset(&policy, 0, sizeof policy);
    policy.is_local = block == NULL;
    for (const struct conf_stmt *s = block ? block->first : NULL; s != NULL; s = s->next)
        policy.nrules++;
    size_t size = policy.nrules * sizeof *policy.rules;
    struct conf_update_rule *rules = region_zalloc(c->scratch, size + 1), *rule = rules;
    if (rules == NULL)
        return NULL;
    for (const struct conf_stmt *s = block ? block->first : NULL; s != NULL; s = s->next)
        right = rule_build(c, s, rule++) && right;
    policy.rules = size > 0 ? conf_share(c, rules, size) : NULL;
    return right ? conf_share(c, &policy, sizeof policy) : NULL;
}
