#include "net/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t *net_addr_bytes(const union net_addr *a, size_t *len)
{
    bool six = a->sa.sa_family == AF_INET6;

    *len = six ? 16 : 4;
    return six ? a->v6.sin6_addr.s6_addr : (const uint8_t *)&a->v4.sin_addr;
}

/* The number behind '%': an interface's name or its index. */
static uint32_t scope_parse(const char *text)
{
    char *end;
    uint32_t index = if_nametoindex(text);

    if (index != 0)
        return index;
    unsigned long n = strtoul(text, &end, 10);
    return *text != '\0' && *end == '\0' && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static enum result addr6_parse(union net_addr *out, const char *text)
{
    char host[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "%");

    if (len >= sizeof host)
        return RES_BADADDRESSFORM;
    memcpy(host, text, len);
    host[len] = '\0';
    if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) != 1)
        return RES_BADADDRESSFORM;
    out->v6.sin6_family = AF_INET6;
    if (text[len] == '%') {
        out->v6.sin6_scope_id = scope_parse(text + len + 1);
        if (out->v6.sin6_scope_id == 0)
            return RES_BADADDRESSFORM;
    }
    return RES_OK;
}

enum result net_addr_parse(union net_addr *out, const char *text)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        return RES_OK;
    }
    return addr6_parse(out, text);
}

const char *net_addr_format_host(const union net_addr *a, char out[NET_ADDR_TEXT])
{
    size_t len;
    const uint8_t *bytes = net_addr_bytes(a, &len);

    if (inet_ntop(a->sa.sa_family, bytes, out, NET_ADDR_TEXT) == NULL) {
        snprintf(out, NET_ADDR_TEXT, "<unknown address, family %u>", a->sa.sa_family);
        return out;
    }
    if (a->sa.sa_family == AF_INET6 && a->v6.sin6_scope_id != 0) {
        char ifname[IF_NAMESIZE];
        size_t used = strlen(out);
        if (if_indextoname(a->v6.sin6_scope_id, ifname) != NULL)
            snprintf(out + used, NET_ADDR_TEXT - used, "%%%s", ifname);
        else
            snprintf(out + used, NET_ADDR_TEXT - used, "%%%u", a->v6.sin6_scope_id);
    }
    return out;
}

const char *net_addr_format(const union net_addr *a, char out[NET_ADDR_TEXT])
{
    net_addr_format_host(a, out);
    size_t used = strlen(out);
    snprintf(out + used, NET_ADDR_TEXT - used, "#%u", net_addr_port(a));
    return out;
}

static bool equal_host(const union net_addr *a, const union net_addr *b)
{
    size_t len;

    if (a->sa.sa_family != b->sa.sa_family)
        return false;
    const uint8_t *bytes = net_addr_bytes(a, &len);
    if (memcmp(bytes, net_addr_bytes(b, &len), len) != 0)
        return false;
    return a->sa.sa_family != AF_INET6 || a->v6.sin6_scope_id == b->v6.sin6_scope_id ||
           a->v6.sin6_scope_id == 0 || b->v6.sin6_scope_id == 0;
}

bool net_addr_equal(const union net_addr *a, const union net_addr *b)
{
    return equal_host(a, b) && net_addr_port(a) == net_addr_port(b);
}

/* An IPv4 address that may lack its last bytes ("10", "192.168"), as prefixes do. */
static bool short4_parse(uint8_t out[4], const char *text)
{
    for (unsigned i = 0; i < 4; i++) {
        char *end;
        if (*text < '0' || *text > '9')
            return false;
        unsigned long n = strtoul(text, &end, 10);
        if (n > 255 || end - text > 3)
            return false;
        out[i] = (uint8_t)n;
        if (*end == '\0')
            return true;
        if (*end != '.')
            return false;
        text = end + 1;
    }
    return false;
}

/* The length behind the slash; -1 when it is none. */
static int prefix_bits(const char *text, unsigned max)
{
    char *end;

    if (*text < '0' || *text > '9')
        return -1;
    unsigned long n = strtoul(text, &end, 10);
    return *end == '\0' && n <= max ? (int)n : -1;
}

static bool host_bits_are_zero(const struct net_prefix *p, size_t len)
{
    for (size_t i = p->bits / 8; i < len; i++) {
        uint8_t mask = i == p->bits / 8 ? (uint8_t)(0xff >> p->bits % 8) : 0xff;
        if (p->addr[i] & mask)
            return false;
    }
    return true;
}

enum result net_prefix_parse(struct net_prefix *out, const char *text)
{
    char host[NET_ADDR_TEXT];
    union net_addr a;
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);

    memset(out, 0, sizeof *out);
    if (len == 0 || len >= sizeof host)
        return RES_BADADDRESSFORM;
    memcpy(host, text, len);
    host[len] = '\0';
    if (net_addr_parse(&a, host) == RES_OK) {
        out->family = a.sa.sa_family;
        const uint8_t *bytes = net_addr_bytes(&a, &len);
        memcpy(out->addr, bytes, len);
    } else if (slash && short4_parse(out->addr, host)) {
        out->family = AF_INET;
        len = 4;
    } else {
        return RES_BADADDRESSFORM;
    }
    int bits = slash ? prefix_bits(slash + 1, (unsigned)len * 8) : (int)len * 8;
    if (bits < 0)
        return RES_RANGE;
    out->bits = (uint8_t)bits;
    return host_bits_are_zero(out, len) ? RES_OK : RES_RANGE;
}

bool net_prefix_match(const struct net_prefix *p, const union net_addr *a)
{
    size_t len;

    if (p->family == AF_UNSPEC)
        return true;
    if (p->family != a->sa.sa_family)
        return false;
    const uint8_t *bytes = net_addr_bytes(a, &len);
    size_t whole = p->bits / 8;
    if (memcmp(p->addr, bytes, whole) != 0)
        return false;
    unsigned rest = p->bits % 8;
    return rest == 0 || (p->addr[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}
