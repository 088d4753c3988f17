#include "dns/edns.h"

#include <string.h>

#include "base/codec.h"
#include "dns/rrtype.h"

static bool check_llq(const uint8_t *data, unsigned len)
{
    (void)data;
    return len == 18;
}

static bool check_expire(const uint8_t *data, unsigned len)
{
    (void)data;
    return len == 0 || len == 4;    /* RFC 7314 §3.1 */
}

static bool check_cookie(const uint8_t *data, unsigned len)
{
    (void)data;
    return len == EDNS_CLIENT_COOKIE_LEN || (len >= 16 && len <= EDNS_COOKIE_MAX);
}

static bool check_key_tag(const uint8_t *data, unsigned len)
{
    (void)data;
    return len >= 2 && len % 2 == 0;    /* RFC 8145 §4.1 */
}

static bool check_tag(const uint8_t *data, unsigned len)
{
    (void)data;
    return len == 2;
}

static bool check_empty(const uint8_t *data, unsigned len)
{
    (void)data;
    return len == 0;
}

/* RFC 7871 §6: no address byte more or less than the prefix needs, no bit beyond it. */
static bool check_subnet(const uint8_t *data, unsigned len)
{
    unsigned family, bits, scope, bytes;

    if (len < 4)
        return false;
    family = get_u16(data);
    bits = data[2];
    scope = data[3];
    bytes = (bits + 7) / 8;
    if (family == 0)
        return bits == 0 && scope == 0 && len == 4;
    if (family > 2 || bits > (family == 1 ? 32 : 128) || scope > (family == 1 ? 32 : 128))
        return false;
    if (len != 4 + bytes)
        return false;
    return bits % 8 == 0 || (data[3 + bytes] & (0xff >> bits % 8)) == 0;
}

/* The text is UTF-8 (RFC 8914 §2); surrogates pass, as with BIND. */
static bool check_ede(const uint8_t *data, unsigned len)
{
    if (len < 2 || (len >= 5 && memcmp(data + 2, "\357\273\277", 3) == 0))
        return false;   /* too short, or a byte order mark before the text */
    for (size_t at = 2; at < len;) {
        size_t n = utf8_sequence(data + at, len - at);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

/* One row per known option: its name, and the form it must have in a request (NULL:
 * any).  What BIND 9.18 refuses is refused, and by RFC 9660 §3 a ZONEVERSION with data. */
static const struct option_row {
    const char *text;
    bool (*check)(const uint8_t *data, unsigned len);
} option_rows[EDNS_KNOWN_CODES] = {
    [EDNS_LLQ] = {"LLQ", check_llq},
    [EDNS_UPDATE_LEASE] = {"UPDATE-LEASE", NULL},
    [EDNS_NSID] = {"NSID", NULL},
    [EDNS_CLIENT_SUBNET] = {"CLIENT-SUBNET", check_subnet},
    [EDNS_EXPIRE] = {"EXPIRE", check_expire},
    [EDNS_COOKIE] = {"COOKIE", check_cookie},
    [EDNS_TCP_KEEPALIVE] = {"TCP-KEEPALIVE", NULL},
    [EDNS_PADDING] = {"PADDING", NULL},
    [EDNS_CHAIN] = {"CHAIN", NULL},
    [EDNS_KEY_TAG] = {"KEY-TAG", check_key_tag},
    [EDNS_EDE] = {"EDE", check_ede},
    [EDNS_CLIENT_TAG] = {"CLIENT-TAG", check_tag},
    [EDNS_SERVER_TAG] = {"SERVER-TAG", check_tag},
    [EDNS_REPORT_CHANNEL] = {"REPORT-CHANNEL", NULL},
    [EDNS_ZONEVERSION] = {"ZONEVERSION", check_empty},
};

const char *edns_option_text(uint16_t code)
{
    return code < EDNS_KNOWN_CODES ? option_rows[code].text : NULL;
}

const char *ede_text(unsigned code)
{
    static const char *const texts[] = {
#define EDE(id, number, text) [number] = text,
#include "dns/ede.def"
#undef EDE
    };
    return code < sizeof texts / sizeof texts[0] ? texts[code] : NULL;
}

/* Notes the first occurrence of a known option. */
static void note_option(struct edns *e, const struct edns_option *o)
{
    if ((e->seen & 1u << o->code) != 0)
        return;
    e->seen |= 1u << o->code;
    if (o->code == EDNS_COOKIE) {
        e->cookie = o->data;
        e->cookie_len = (uint8_t)o->len;
    } else if (o->code == EDNS_CLIENT_SUBNET) {
        e->subnet = o->data;
        e->subnet_len = (uint8_t)o->len;
    }
}

/* An option at `*at`, stepped over; false when it does not fit. */
static bool take_option(const struct edns *e, size_t *at, struct edns_option *out)
{
    size_t left = e->options_len - *at;

    if (left < 4)
        return false;
    out->code = get_u16(e->options + *at);
    out->len = get_u16(e->options + *at + 2);
    out->data = e->options + *at + 4;
    if (left - 4 < out->len)
        return false;
    *at += 4u + out->len;
    return true;
}

static enum result read_options(struct edns *e)
{
    size_t at = 0;

    while (at < e->options_len) {
        struct edns_option o;

        if (!take_option(e, &at, &o))
            return RES_UNEXPECTEDEND;
        if (o.code >= EDNS_KNOWN_CODES || option_rows[o.code].text == NULL)
            continue;
        if (option_rows[o.code].check != NULL && !option_rows[o.code].check(o.data, o.len))
            return RES_OPTERR;
        note_option(e, &o);
    }
    return RES_OK;
}

enum result edns_read(struct edns *e, uint16_t rrclass, uint32_t ttl, const uint8_t *rdata,
                      uint16_t len)
{
    *e = (struct edns){
        .present = true,
        .version = (uint8_t)(ttl >> 16),
        .dnssec_ok = (ttl & EDNS_FLAG_DO) != 0,
        .udp_size = rrclass,
        .options = rdata,
        .options_len = len,
    };
    return len == 0 ? RES_OK : read_options(e);
}

bool edns_next(const struct edns *e, size_t *at, struct edns_option *out)
{
    return e->present && take_option(e, at, out);
}

size_t edns_reply_len(const struct edns_reply *r)
{
    size_t len = EDNS_OPT_FIXED;

    if (r->nsid != NULL)
        len += 4 + strlen(r->nsid);
    if (r->cookie_len > 0)
        len += 4u + r->cookie_len;
    if (r->has_expire)
        len += 4 + 4;
    if (r->subnet != NULL)
        len += 4u + r->subnet_len;
    if (r->has_keepalive)
        len += 4 + 2;
    if (r->has_ede)
        len += 4 + 2 + (r->ede_extra != NULL ? strlen(r->ede_extra) : 0);
    if (r->has_zoneversion)
        len += 4 + 6;
    return len;
}

static void put_option(struct writer *w, enum edns_code code, size_t len)
{
    writer_u16(w, (uint16_t)code);
    writer_u16(w, (uint16_t)len);
}

/* RFC 7871 §7.2.1: the request's option with scope 0, as the answer suits everyone. */
static void put_subnet(struct writer *w, const struct edns_reply *r)
{
    put_option(w, EDNS_CLIENT_SUBNET, r->subnet_len);
    writer_bytes(w, r->subnet, 3);
    writer_u8(w, 0);
    writer_bytes(w, r->subnet + 4, r->subnet_len - 4u);
}

static void put_ede(struct writer *w, const struct edns_reply *r)
{
    size_t extra = r->ede_extra != NULL ? strlen(r->ede_extra) : 0;

    put_option(w, EDNS_EDE, 2 + extra);
    writer_u16(w, r->ede_code);
    writer_bytes(w, r->ede_extra, extra);
}

/* RFC 9660 §2: labels of the zone's name, type 0 (SOA-SERIAL), the serial. */
static void put_zoneversion(struct writer *w, const struct edns_reply *r)
{
    put_option(w, EDNS_ZONEVERSION, 6);
    writer_u8(w, r->zoneversion_labels);
    writer_u8(w, 0);
    writer_u32(w, r->zoneversion_serial);
}

/* Fills the message, with what follows OPT, up to the next multiple of the block. */
static void put_padding(struct writer *w, uint16_t block, size_t after_len)
{
    size_t used = writer_len(w) + 4 + after_len;
    size_t pad = (block - used % block) % block;
    uint8_t *p;

    if (!w->ok || writer_room(w) < 4 + pad + after_len)
        return;     /* no room: padding is a courtesy, the answer is not */
    put_option(w, EDNS_PADDING, pad);
    p = writer_take(w, pad);
    if (p != NULL)
        memset(p, 0, pad);
}

static void put_options(struct writer *w, const struct edns_reply *r)
{
    if (r->nsid != NULL) {
        put_option(w, EDNS_NSID, strlen(r->nsid));
        writer_bytes(w, r->nsid, strlen(r->nsid));
    }
    if (r->cookie_len > 0) {
        put_option(w, EDNS_COOKIE, r->cookie_len);
        writer_bytes(w, r->cookie, r->cookie_len);
    }
    if (r->has_expire) {
        put_option(w, EDNS_EXPIRE, 4);
        writer_u32(w, r->expire_s);
    }
    if (r->subnet != NULL)
        put_subnet(w, r);
    if (r->has_keepalive) {
        put_option(w, EDNS_TCP_KEEPALIVE, 2);
        writer_u16(w, r->keepalive_ds);
    }
    if (r->has_ede)
        put_ede(w, r);
    if (r->has_zoneversion)
        put_zoneversion(w, r);
}

void edns_write(struct writer *w, const struct edns_reply *r, size_t after_len)
{
    size_t start;

    writer_u8(w, 0);
    writer_u16(w, TYPE_OPT);
    writer_u16(w, r->udp_size);
    writer_u8(w, (uint8_t)(r->rcode >> 4));
    writer_u8(w, 0);
    writer_u16(w, r->dnssec_ok ? EDNS_FLAG_DO : 0);
    writer_u16(w, 0);
    start = writer_len(w);
    put_options(w, r);
    if (r->pad_to > 0)
        put_padding(w, r->pad_to, after_len);
    if (w->ok)
        put_u16(w->start + start - 2, (uint16_t)(writer_len(w) - start));
}
