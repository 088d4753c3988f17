#include "dns/svcb.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "dns/name.h"

enum { KEY_ALPN = 1, KEY_DOHPATH = 7 };

static bool is_label(const uint8_t *label, const char *text, size_t len)
{
    return *label == len && labels_equal(label + 1, (const uint8_t *)text, len);
}

static bool is_port(const uint8_t *label)
{
    if (*label < 2 || label[1] != '_')
        return false;
    for (unsigned i = 2; i <= *label; i++)
        if (label[i] < '0' || label[i] > '9')
            return false;
    return true;
}

static bool is_dns_server(const uint8_t *owner)
{
    if (is_port(owner))
        owner = name_parent(owner);
    return is_label(owner, "_dns", 4);
}

/* The value of a parameter, NULL when it is absent. */
static const uint8_t *find_param(const uint8_t *rdata, size_t len, uint16_t key, size_t *value_len)
{
    struct reader r = reader_of(rdata, len);

    reader_bytes(&r, 2 + name_length(rdata + 2));
    while (r.ok && reader_left(&r) > 0) {
        uint16_t k = reader_u16(&r);

        *value_len = reader_u16(&r);
        if (k == key)
            return reader_bytes(&r, *value_len);
        reader_bytes(&r, *value_len);
    }
    return NULL;
}

static bool speaks_http(const uint8_t *alpn, size_t len)
{
    static const char *const ids[] = {"h2", "h3", "http/1.1"};
    const uint8_t *end = alpn + len;

    for (; alpn < end; alpn += 1 + *alpn)
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
            if (is_label(alpn, ids[i], strlen(ids[i])))
                return true;
    return false;
}

const char *svcb_dns_mistake(const uint8_t *owner, const uint8_t *rdata, size_t len)
{
    const uint8_t *alpn;
    size_t alpn_len, path_len;

    if (get_u16(rdata) == 0 || !is_dns_server(owner))
        return NULL;
    if ((alpn = find_param(rdata, len, KEY_ALPN, &alpn_len)) == NULL)
        return "no ALPN";
    if (speaks_http(alpn, alpn_len) && find_param(rdata, len, KEY_DOHPATH, &path_len) == NULL)
        return "no DOHPATH";
    return NULL;
}
