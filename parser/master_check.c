#include "parser/master_check.h"

#include <string.h>

#include "dns/hostname.h"
#include "dns/rrtype.h"

void master_check_wildcard(struct master_parser *p, const uint8_t *name, uint64_t line)
{
    char text[NAME_TEXT_MAX];

    if (!hostname_has_inner_wildcard(name))
        return;
    name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    master_tell(p, MASTER_WARNING, NULL, line,
                "warning: ownername '%s' contains an non-terminal wildcard", text);
}

static enum master_level level_of(enum master_check check)
{
    return check == MASTER_FAIL ? MASTER_ERROR : MASTER_WARNING;
}

enum result master_check_owner(struct master_parser *p, uint16_t type, uint64_t line)
{
    const uint8_t *owner = p->file->owner.wire;
    enum master_check check = p->opt->check_names;
    char text[NAME_TEXT_MAX];

    if (check == MASTER_IGNORE || hostname_owner_is_good(owner, type))
        return RES_OK;
    name_to_text(owner, text, NAME_OMIT_FINAL_DOT);
    master_tell(p, level_of(check), NULL, line, "%s: %s", text, result_text(RES_BADOWNERNAME));
    return check == MASTER_FAIL ? master_fail(p, RES_BADOWNERNAME) : RES_OK;
}

static bool token_is_address(const struct rdata_token *t)
{
    return hostname_is_address(t->text, t->len);
}

enum result master_check_ns(struct master_parser *p, const struct master_entry *e, unsigned i)
{
    enum master_check check = p->opt->check_ns;

    if (check == MASTER_IGNORE || !token_is_address(&e->tok[i]))
        return RES_OK;
    master_tell(p, level_of(check), NULL, e->line, "NS record '%.*s' appears to be an address",
                (int)e->tok[i].len, e->tok[i].text);
    return check == MASTER_FAIL ? master_fail(p, RES_NSISADDRESS) : RES_OK;
}

/* A token that is refused, told as an error of the RDATA. */
static enum result refuse_token(struct master_parser *p, const struct master_entry *e, unsigned i,
                                enum result r)
{
    master_tell(p, MASTER_ERROR, "dns_rdata_fromtext", master_entry_line(e, i), "near '%.*s': %s",
                (int)e->tok[i].len, e->tok[i].text, result_text(r));
    return r;
}

static enum result check_mx(struct master_parser *p, const struct master_entry *e, unsigned i)
{
    enum master_check check = p->opt->check_mx;

    if (check == MASTER_IGNORE || !token_is_address(&e->tok[i]))
        return RES_OK;
    if (check == MASTER_FAIL)
        return refuse_token(p, e, i, RES_MXISADDRESS);
    master_tell(p, MASTER_WARNING, NULL, master_entry_token_line(e, i), "warning: '%.*s': %s",
                (int)e->tok[i].len, e->tok[i].text, result_text(RES_MXISADDRESS));
    return RES_OK;
}

static enum result bad_target(struct master_parser *p, const struct master_entry *e, unsigned i,
                              const uint8_t *name)
{
    char text[NAME_TEXT_MAX];

    if (p->opt->check_names == MASTER_FAIL)
        return refuse_token(p, e, i, RES_BADNAME);
    name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    master_tell(p, MASTER_WARNING, NULL, master_entry_token_line(e, i), "warning: %s: %s", text,
                result_text(RES_BADNAME));
    return RES_OK;
}

enum result master_check_target(struct master_parser *p, uint16_t type,
                                const struct master_entry *e, unsigned first)
{
    const struct rdata_token *t = &e->tok[first];
    enum result r = RES_OK;

    if (t->len == 2 && memcmp(t->text, "\\#", 2) == 0)
        return RES_OK;
    if (type == TYPE_MX && (r = check_mx(p, e, first + 1)) != RES_OK)
        return r;
    if (p->opt->check_names == MASTER_IGNORE)
        return RES_OK;
    for (unsigned i = 0; r == RES_OK; i++) {
        const uint8_t *name = hostname_bad_target(type, p->rdata, p->opt->origin, &i);

        if (name == NULL)
            break;
        r = bad_target(p, e, first + i, name);
    }
    return r;
}
