#include "dns/hostname.h"

#include <arpa/inet.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rrtype.h"

/* Where a type's RDATA has a name that must be a host's, as field of its text and in wire
 * form; behind an SOA's stands a mailbox. */
enum target_kind { TARGET_HOST, TARGET_SOA, TARGET_REVERSE };

static const struct target_row {
    uint16_t type;
    uint8_t field, offset;
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

bool hostname_owner_is_good(const uint8_t *owner, uint16_t type)
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

/* Is the zone one of addresses, whose PTR targets are hosts? */
static bool is_reverse_zone(const uint8_t *zone)
{
    static const uint8_t in_addr[] = "\7in-addr\4arpa";
    static const uint8_t ip6[] = "\3ip6\4arpa", ip6int[] = "\3ip6\3int";

    return name_is_below(zone, in_addr, NULL) || name_is_below(zone, ip6, NULL) ||
           name_is_below(zone, ip6int, NULL);
}

static const struct target_row *row_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof target_rows / sizeof *target_rows; i++)
        if (target_rows[i].type == type)
            return &target_rows[i];
    return NULL;
}

const uint8_t *hostname_bad_target(uint16_t type, const uint8_t *rdata, const uint8_t *zone,
                                   unsigned *field)
{
    const struct target_row *row = row_of(type);
    const uint8_t *name;

    if (row == NULL || (row->kind == TARGET_REVERSE && !is_reverse_zone(zone)))
        return NULL;
    name = rdata + row->offset;
    if (*field <= row->field && !name_is_host(name, false)) {
        *field = row->field;
        return name;
    }
    name += name_length(name);
    if (row->kind == TARGET_SOA && *field <= row->field + 1u && !name_is_mailbox(name)) {
        *field = row->field + 1u;
        return name;
    }
    return NULL;
}

bool hostname_has_inner_wildcard(const uint8_t *name)
{
    if (*name == 0)
        return false;
    while (*(name = name_parent(name)) != 0)
        if (name_is_wildcard(name))
            return true;
    return false;
}

bool hostname_is_address(const char *text, size_t len)
{
    char copy[INET6_ADDRSTRLEN + 1];
    struct in6_addr addr;

    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(AF_INET, copy, &addr) == 1 || inet_pton(AF_INET6, copy, &addr) == 1;
}
