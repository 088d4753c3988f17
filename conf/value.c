#include "conf/value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "dns/rrtype.h"

const char *value_text(const struct conf_item *item)
{
    if (item == NULL)
        return ";";
    return item->kind == CONF_BLOCK ? "{" : item->text;
}

static bool is_word(const struct conf_item *item)
{
    return item != NULL && item->kind == CONF_WORD;
}

bool value_is(const struct conf_item *item, const char *word)
{
    return is_word(item) && strcasecmp(item->text, word) == 0;
}

bool value_boolean(const struct conf_item *item, bool *out)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};

    for (unsigned i = 0; i < 6; i++) {
        if (value_is(item, words[i])) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static bool is_digits(const struct conf_item *item)
{
    return is_word(item) && item->text[strspn(item->text, "0123456789")] == '\0';
}

/* Decimal digits at *text, stepped over; false without one or beyond 64 bits. */
static bool digits_read(const char **text, uint64_t *out)
{
    const char *p = *text;
    uint64_t n = 0;

    while (isdigit((unsigned char)*p)) {
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            return false;
        p++;
    }
    bool any = p != *text;
    *text = p;
    *out = n;
    return any;
}

bool value_number(const struct conf_item *item, uint32_t *out)
{
    uint64_t n;
    const char *p = is_word(item) ? item->text : "";

    if (!digits_read(&p, &n) || *p != '\0' || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

bool value_size(const struct conf_item *item, uint64_t *out)
{
    static const char units[] = "kmg";
    uint64_t n;
    const char *p = is_word(item) ? item->text : "";

    if (!digits_read(&p, &n))
        return false;
    if (*p != '\0') {
        const char *unit = strchr(units, tolower((unsigned char)*p));
        if (unit == NULL || p[1] != '\0' ||
            __builtin_mul_overflow(n, (uint64_t)1 << 10 * (unit - units + 1), &n))
            return false;
    }
    *out = n;
    return true;
}

bool value_percentage(const struct conf_item *item, uint32_t *out)
{
    uint64_t n;
    const char *p = is_word(item) ? item->text : "";

    if (!digits_read(&p, &n) || strcmp(p, "%") != 0 || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

/* Sums the parts "5D", "3H" … of one half of an ISO 8601 duration up to a 'T' or the end;
 * `units` are its letters in order. */
static bool iso_half(const char **text, const char *units, const uint32_t *seconds, uint64_t *sum)
{
    while (**text != '\0' && toupper((unsigned char)**text) != 'T') {
        uint64_t n;
        if (!digits_read(text, &n) || **text == '\0')
            return false;
        const char *unit = strchr(units, toupper((unsigned char)**text));
        if (unit == NULL || n > UINT32_MAX)
            return false;
        *sum += n * seconds[unit - units];
        ++*text;
    }
    return true;
}

/* "P1Y2M3DT4H5M6S", "P2W": years of 365 days, months of 31, as BIND counts. */
static bool iso_duration(const char *p, uint64_t *out)
{
    static const uint32_t date_s[] = {31536000, 2678400, 604800, 86400};
    static const uint32_t time_s[] = {3600, 60, 1};
    uint64_t sum = 0;

    if (toupper((unsigned char)*p) != 'P' || p[1] == '\0')
        return false;
    p++;
    if (!iso_half(&p, "YMWD", date_s, &sum))
        return false;
    if (*p != '\0') {
        p++;
        if (*p == '\0' || !iso_half(&p, "HMS", time_s, &sum) || *p != '\0')
            return false;
    }
    *out = sum;
    return true;
}

bool value_duration(const struct conf_item *item, uint32_t *out)
{
    uint64_t n;

    if (!is_word(item))
        return false;
    if (iso_duration(item->text, &n)) {
        *out = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
        return true;
    }
    return ttl_from_text(out, item->text, strlen(item->text)) == RES_OK;
}

/* ---- The types ---- */

static const char *check_string(const struct conf_item *item)
{
    return item->kind == CONF_WORD || item->kind == CONF_STRING ? NULL : "expected string";
}

static const char *check_quoted(const struct conf_item *item)
{
    return item->kind == CONF_STRING ? NULL : "expected quoted string";
}

static const char *check_word(const struct conf_item *item)
{
    return item->kind == CONF_WORD ? NULL : "expected unquoted string";
}

static const char *check_boolean(const struct conf_item *item)
{
    bool b;
    return value_boolean(item, &b) ? NULL : "boolean expected";
}

static const char *check_integer(const struct conf_item *item)
{
    uint32_t n;
    if (!is_digits(item))
        return "expected number";
    return value_number(item, &n) ? NULL : "out of range";
}

static const char *check_port(const struct conf_item *item)
{
    uint32_t n;
    if (!value_number(item, &n))
        return "expected port number";
    return n <= UINT16_MAX ? NULL : "port number out of range";
}

static const char *check_size(const struct conf_item *item)
{
    uint64_t n;
    return value_size(item, &n) ? NULL : "expected integer and optional unit";
}

static const char *check_log_size(const struct conf_item *item)
{
    return value_is(item, "unlimited") || value_is(item, "default") ? NULL : check_size(item);
}

static const char *check_percentage(const struct conf_item *item)
{
    uint32_t n;
    return value_percentage(item, &n) ? NULL : "expected percentage";
}

static const char *check_duration(const struct conf_item *item)
{
    uint32_t n;
    return value_duration(item, &n) ? NULL : "expected ISO 8601 duration or TTL value";
}

static bool is_address(const struct conf_item *item, int family)
{
    union net_addr a;
    return item->kind == CONF_WORD && net_addr_parse(&a, item->text) == RES_OK &&
           (family == AF_UNSPEC || a.sa.sa_family == family);
}

static const char *check_ipv4(const struct conf_item *item)
{
    return is_address(item, AF_INET) ? NULL : "expected IPv4 address";
}

static const char *check_ipv6(const struct conf_item *item)
{
    return is_address(item, AF_INET6) ? NULL : "expected IPv6 address";
}

static const char *check_address(const struct conf_item *item)
{
    return is_address(item, AF_UNSPEC) ? NULL : "expected IP address";
}

static const char *check_prefix(const struct conf_item *item)
{
    struct net_prefix p;
    if (item->kind == CONF_WORD && net_prefix_parse(&p, item->text) == RES_OK)
        return NULL;
    return "expected IP address or prefix";
}

static const char *check_fixedpoint(const struct conf_item *item)
{
    const char *p = is_word(item) ? item->text : "x";
    p += strspn(p, "0123456789");
    if (*p == '.')
        p += 1 + strspn(p + 1, "0123456789");
    return *p == '\0' ? NULL : "expected fixed point number";
}

static const char *check_anything(const struct conf_item *item)
{
    (void)item;
    return NULL;
}

static const struct value_type types[] = {
    {"string", check_string, true},
    {"quoted_string", check_quoted, true},
    {"text", check_string, false},
    {"word", check_word, false},
    {"class", check_word, false},
    {"boolean", check_boolean, false},
    {"integer", check_integer, false},
    {"port", check_port, false},
    {"sizeval", check_size, false},
    {"size", check_log_size, false},
    {"percentage", check_percentage, false},
    {"duration", check_duration, false},
    {"ipv4_address", check_ipv4, false},
    {"ipv6_address", check_ipv6, false},
    {"address", check_address, false},
    {"netprefix", check_prefix, false},
    {"fixedpoint", check_fixedpoint, false},
    {"remote-servers", check_string, true},
    /* These take more than one item; the grammar's matcher knows them. */
    {"address_match_element", check_anything, false},
    {"portrange", check_anything, false},
    {"rrtypelist", check_anything, true},
    {"unspecified-text", check_anything, false},
};

const struct value_type *value_type_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == len && memcmp(types[i].name, name, len) == 0)
            return &types[i];
    return NULL;
}

unsigned value_type_index(const struct value_type *type)
{
    return (unsigned)(type - types);
}

const struct value_type *value_type_at(unsigned index)
{
    return &types[index];
}
