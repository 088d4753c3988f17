#include "dns/mnemonic.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"

const struct mnemonic mnemonic_algorithms[] = {
    {1, "RSAMD5"},          {2, "DH"},                 {3, "DSA"},
    {4, "ECC"},             {5, "RSASHA1"},            {6, "NSEC3DSA"},
    {7, "NSEC3RSASHA1"},    {8, "RSASHA256"},          {10, "RSASHA512"},
    {12, "ECCGOST"},        {13, "ECDSAP256SHA256"},   {13, "ECDSA256"},
    {14, "ECDSAP384SHA384"}, {14, "ECDSA384"},         {15, "ED25519"},
    {16, "ED448"},          {252, "INDIRECT"},         {253, "PRIVATEDNS"},
    {254, "PRIVATEOID"},    {0, NULL},
};

const struct mnemonic mnemonic_digests[] = {
    {1, "SHA-1"}, {1, "SHA1"},     {2, "SHA-256"}, {2, "SHA256"},
    {3, "GOST"},  {4, "SHA-384"},  {4, "SHA384"},  {0, NULL},
};

const struct mnemonic mnemonic_nsec3_hashes[] = {{1, "SHA-1"}, {0, NULL}};

const struct mnemonic mnemonic_key_protocols[] = {
    {0, "NONE"}, {1, "TLS"}, {2, "EMAIL"}, {3, "DNSSEC"}, {4, "IPSEC"}, {255, "ALL"}, {0, NULL},
};

const struct mnemonic mnemonic_cert_types[] = {
    {1, "PKIX"},   {2, "SPKI"},  {3, "PGP"},    {4, "IPKIX"}, {5, "ISPKI"},
    {6, "IPGP"},   {7, "ACPKIX"}, {8, "IACPKIX"}, {253, "URI"}, {254, "OID"}, {0, NULL},
};

const struct mnemonic mnemonic_dsync_schemes[] = {{1, "NOTIFY"}, {0, NULL}};

static const struct mnemonic key_flags[] = {
    {0x4000, "NOCONF"}, {0x8000, "NOAUTH"}, {0xc000, "NOKEY"}, {0x2000, "FLAG2"},
    {0x1000, "EXTEND"}, {0x0800, "FLAG4"},  {0x0400, "FLAG5"}, {0x0000, "USER"},
    {0x0100, "ZONE"},   {0x0200, "HOST"},   {0x0300, "NTYP3"}, {0x0080, "FLAG8"},
    {0x0040, "FLAG9"},  {0x0020, "FLAG10"}, {0x0010, "FLAG11"}, {0, "SIG0"},
    {1, "SIG1"},        {2, "SIG2"},        {3, "SIG3"},       {4, "SIG4"},
    {5, "SIG5"},        {6, "SIG6"},        {7, "SIG7"},       {8, "SIG8"},
    {9, "SIG9"},        {10, "SIG10"},      {11, "SIG11"},     {12, "SIG12"},
    {13, "SIG13"},      {14, "SIG14"},      {15, "SIG15"},     {1, "KSK"},
    {0, NULL},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct mnemonic *find_text(const struct mnemonic *row, const char *text, size_t len)
{
    for (; row->text != NULL; row++)
        if (strncasecmp(row->text, text, len) == 0 && row->text[len] == '\0')
            return row;
    return NULL;
}

enum result mnemonic_from_text(const struct mnemonic *table, uint32_t max, const char *text,
                               size_t len, uint16_t *out)
{
    const struct mnemonic *row;
    uint64_t v = 0;
    size_t i = 0;

    for (; i < len && i < 10 && is_digit(text[i]); i++)
        v = v * 10 + (uint64_t)(text[i] - '0');
    if (len > 0 && i == len) {
        *out = (uint16_t)v;
        return v > max ? RES_RANGE : RES_OK;
    }
    if ((row = find_text(table, text, len)) == NULL)
        return RES_UNKNOWNTYPE;
    *out = row->number;
    return RES_OK;
}

const char *mnemonic_name(const struct mnemonic *row, unsigned number)
{
    for (; row->text != NULL; row++)
        if (row->number == number)
            return row->text;
    return NULL;
}

const char *mnemonic_text(const struct mnemonic *table, unsigned number, char out[MNEMONIC_TEXT])
{
    const char *name = mnemonic_name(table, number);

    if (name != NULL)
        return name;
    snprintf(out, MNEMONIC_TEXT, "%u", number);
    return out;
}

/* 257 or 0x101. */
static enum result flags_number(const char *text, size_t len, uint16_t *out)
{
    bool hex = len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
    unsigned base = hex ? 16 : 10, v = 0;

    for (size_t i = hex ? 2 : 0; i < len; i++) {
        int d = hex_digit_value(text[i]);

        if (d < 0 || (unsigned)d >= base)
            return RES_BADNUMBER;
        if ((v = v * base + (unsigned)d) > 65535)
            return RES_RANGE;
    }
    *out = (uint16_t)v;
    return RES_OK;
}

enum result key_flags_from_text(const char *text, size_t len, uint16_t *out)
{
    const char *end = text + len;
    unsigned value = 0;

    if (len > 0 && is_digit(*text))
        return flags_number(text, len, out);
    while (text < end) {
        const char *bar = memchr(text, '|', (size_t)(end - text)), *stop = bar ? bar : end;
        const struct mnemonic *row = find_text(key_flags, text, (size_t)(stop - text));

        if (row == NULL)
            return RES_UNKNOWNFLAG;
        value |= row->number;
        text = bar ? bar + 1 : end;
    }
    *out = (uint16_t)value;
    return RES_OK;
}

enum result mnemonic_number_behind(uint16_t *out, const char *prefix, const char *text, size_t len)
{
    size_t n = strlen(prefix);
    uint32_t v = 0;

    if (len <= n || len > n + 5 || strncasecmp(text, prefix, n) != 0)
        return RES_UNKNOWNTYPE;
    for (size_t i = n; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return RES_UNKNOWNTYPE;
        v = v * 10 + (uint32_t)(text[i] - '0');
    }
    if (v > 65535)
        return RES_RANGE;
    *out = (uint16_t)v;
    return RES_OK;
}
