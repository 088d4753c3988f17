#include "parser/master_check.h"

#include <arpa/inet.h>
#include <string.h>

#include "dns/rrtype.h"

/* Where a type's RDATA has a name that must be a host's, in tokens and in wire form. */
enum target_kind { TARGET_HOST, TARGET_SOA, TARGET_REVERSE };

static const struct target_row {
    uint16_t type;
    uint8_t token, offset;
    enum target_kind kind;
} target_rows[] = {
    {TYPE_NS, 0, 0, TARGET_HOST},    {TYPE_SOA, 0, 0, TARGET_SOA},
    {TYPE_MX, 1, 2, TARGET_HOST},    {TYPE_SRV, 3, 6, TARGET_HOST},
    {TYPE_AFSDB, 1, 2, TARGET_HOST}, {TYPE_RT, 1, 2, TARGET_HOST},
    {TYPE_SVCB, 1, 2, TARGET_HOST},  {TYPE_HTTPS, 1, 2, TARGET_HOST},
    {TYPE_PTR, 0, 0, TARGET_REVERSE},
};

static bool is_alnum(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10;
}

/* RFC 952 and RFC 1123 §2.1: letters, digits, and hyphens within. */
static bool label_is_host(const uint8_t *label)
{
    unsigned n = *label;

    if (!is_alnum(label[1]) || !is_alnum(label[n]))
        return false;
    for (unsigned i = 2; i < n; i++)
        if (!is_alnum(label[i]) && label[i] != '-')
            return false;
    return true;
}

static bool name_is_host(const uint8_t *name, bool wildcard)
{
    if (wildcard && name_is_wildcard(name))
        name = name_parent(name);
    for (; *name; name += 1 + *name)
        if (!label_is_host(name))
            return false;
    return true;
}

/* The first label of a mailbox may hold any printable character (RFC 1035 §8). */
static bool name_is_mailbox(const uint8_t *name)
{
    for (unsigned i = 1; i <= *name; i++)
        if (name[i] <= ' ' || name[i] >= 0x7f)
            return false;
    return name_is_host(name_parent(name), false);
}

static bool label_is(const uint8_t *label, const char *text)
{
    size_t n = strlen(text);

    return *label == n && labels_equal(label + 1, (const uint8_t *)text, n);
}

/* Active Directory's gc._msdcs.FOREST holds addresses. */
static bool is_active_directory(const uint8_t *name)
{
    return label_is(name, "gc") && label_is(name_parent(name), "_msdcs");
}

/* Names made by SPF macros (RFC 7208 §7) stand below these. */
static bool is_spf_macro(const uint8_t *name)
{
    for (; *name; name += 1 + *name)
        if (label_is(name, "_spf") || label_is(name, "_spf_rate") ||
            label_is(name, "_spf_verify"))
            return true;
    return false;
}

/* The hashed label of RFC 5155 §3: base32hex. */
static bool is_nsec3_owner(const uint8_t *name)
{
    for (unsigned i = 1; i <= *name; i++)
        if ((uint8_t)((name[i] | 0x20) - 'a') >= 22 && (uint8_t)(name[i] - '0') >= 10)
            return false;
    return *name > 0;
}

static bool owner_is_good(const uint8_t *owner, uint16_t type)
{
    switch (type) {
    case TYPE_A:
        return is_active_directory(owner) || name_is_host(owner, true) || is_spf_macro(owner);
    case TYPE_AAAA:
        return is_active_directory(owner) || name_is_host(owner, true);
    case TYPE_MX:
    case TYPE_WKS:
    case TYPE_A6:
        return name_is_host(owner, true);
    case TYPE_MB:
        return name_is_mailbox(owner);
    case TYPE_NSEC3:
        return is_nsec3_owner(owner);
    default:
        return true;
    }
}

void master_check_wildcard(struct master_parser *p, const uint8_t *name, uint64_t line)
{
    const uint8_t *label = name;
    char text[NAME_TEXT_MAX];

    if (*label == 0)
        return;
    while (*(label = name_parent(label)) != 0) {
        if (!name_is_wildcard(label))
            continue;
        name_to_text(name, text, NAME_OMIT_FINAL_DOT);
        master_tell(p, MASTER_WARNING, NULL, line,
                    "warning: ownername '%s' contains an non-terminal wildcard", text);
        return;
    }
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

    if (check == MASTER_IGNORE || owner_is_good(owner, type))
        return RES_OK;
    name_to_text(owner, text, NAME_OMIT_FINAL_DOT);
    master_tell(p, level_of(check), NULL, line, "%s: %s", text, result_text(RES_BADOWNERNAME));
    return check == MASTER_FAIL ? master_fail(p, RES_BADOWNERNAME) : RES_OK;
}

/* Does the token read as an address, a final dot aside? */
static bool token_is_address(const struct rdata_token *t)
{
    char text[INET6_ADDRSTRLEN + 1];
    struct in6_addr addr;
    size_t len = t->len;

    if (len > 0 && t->text[len - 1] == '.')
        len--;
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, t->text, len);
    text[len] = '\0';
    return inet_pton(AF_INET, text, &addr) == 1 || inet_pton(AF_INET6, text, &addr) == 1;
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

/* Is the zone one of addresses, whose PTR targets are hosts? */
static bool is_reverse_zone(const uint8_t *zone)
{
    static const uint8_t in_addr[] = "\7in-addr\4arpa";
    static const uint8_t ip6[] = "\3ip6\4arpa", ip6int[] = "\3ip6\3int";

    return name_is_below(zone, in_addr, NULL) || name_is_below(zone, ip6, NULL) ||
           name_is_below(zone, ip6int, NULL);
}

static enum result check_row(struct master_parser *p, const struct target_row *row,
                             const struct master_entry *e, unsigned first)
{
    const uint8_t *name = p->rdata + row->offset;
    enum result r = RES_OK;

    if (row->kind == TARGET_REVERSE && !is_reverse_zone(p->opt->origin))
        return RES_OK;
    if (!name_is_host(name, false))
        r = bad_target(p, e, first + row->token, name);
    if (r == RES_OK && row->kind == TARGET_SOA && !name_is_mailbox(name + name_length(name)))
        r = bad_target(p, e, first + row->token + 1, name + name_length(name));
    return r;
}

enum result master_check_target(struct master_parser *p, uint16_t type,
                                const struct master_entry *e, unsigned first)
{
    const struct rdata_token *t = &e->tok[first];
    enum result r;

    if (t->len == 2 && memcmp(t->text, "\\#", 2) == 0)
        return RES_OK;
    if (type == TYPE_MX && (r = check_mx(p, e, first + 1)) != RES_OK)
        return r;
    if (p->opt->check_names == MASTER_IGNORE)
        return RES_OK;
    for (size_t i = 0; i < sizeof target_rows / sizeof *target_rows; i++)
        if (target_rows[i].type == type)
            return check_row(p, &target_rows[i], e, first);
    return RES_OK;
}
