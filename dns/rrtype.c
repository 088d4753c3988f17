#include "dns/rrtype.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/timefmt.h"
#include "dns/mnemonic.h"
#include "dns/rdata_field.h"

static const struct mnemonic classes[] = {
    {CLASS_IN, "IN"},     {CLASS_CH, "CH"},     {CLASS_HS, "HS"},  {CLASS_CH, "CHAOS"},
    {CLASS_HS, "HESIOD"}, {CLASS_NONE, "NONE"}, {CLASS_ANY, "ANY"}, {0, "RESERVED0"},
    {0, NULL},
};

static const struct mnemonic rcodes[] = {
    {RCODE_NOERROR, "NOERROR"},   {RCODE_FORMERR, "FORMERR"},   {RCODE_SERVFAIL, "SERVFAIL"},
    {RCODE_NXDOMAIN, "NXDOMAIN"}, {RCODE_NOTIMP, "NOTIMP"},     {RCODE_REFUSED, "REFUSED"},
    {RCODE_YXDOMAIN, "YXDOMAIN"}, {RCODE_YXRRSET, "YXRRSET"},   {RCODE_NXRRSET, "NXRRSET"},
    {RCODE_NOTAUTH, "NOTAUTH"},   {RCODE_NOTZONE, "NOTZONE"},   {RCODE_BADVERS, "BADVERS"},
    {RCODE_BADKEY, "BADKEY"},     {RCODE_BADTIME, "BADTIME"},   {RCODE_BADMODE, "BADMODE"},
    {RCODE_BADNAME, "BADNAME"},   {RCODE_BADALG, "BADALG"},     {RCODE_BADTRUNC, "BADTRUNC"},
    {RCODE_BADCOOKIE, "BADCOOKIE"}, {0, NULL},
};

static const struct mnemonic opcodes[] = {
    {OPCODE_QUERY, "QUERY"},   {OPCODE_IQUERY, "IQUERY"}, {OPCODE_STATUS, "STATUS"},
    {OPCODE_NOTIFY, "NOTIFY"}, {OPCODE_UPDATE, "UPDATE"}, {0, NULL},
};

/* The name of a number, or a prefix and the number in `out`. */
static const char *name_or_number(const struct mnemonic *table, unsigned number,
                                  const char *prefix, char out[RRTYPE_TEXT])
{
    const char *name = mnemonic_name(table, number);

    if (name != NULL)
        return name;
    snprintf(out, RRTYPE_TEXT, "%s%u", prefix, number);
    return out;
}

/* "TYPE123", "CLASS7": the number behind a prefix of letters. */
static enum result number_behind(uint16_t *out, const char *prefix, const char *text, size_t len)
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

enum { TYPE_SLOTS = 512 };  /* a power of two, four times the mnemonics or more */

/* Mnemonics by hash: row number plus one.  Filled before main() runs. */
static uint8_t type_slots[TYPE_SLOTS];

static unsigned type_slot(const char *text, size_t len)
{
    uint32_t h = (uint32_t)len;

    for (size_t i = 0; i < len; i++)
        h = h * 33 + fold_u8((uint8_t)text[i]);
    return (h ^ h >> 9) % TYPE_SLOTS;
}

__attribute__((constructor)) static void fill_type_slots(void)
{
    const struct rdata_type *row;

    for (unsigned n = 0; (row = rdata_type_nth(n)) != NULL; n++) {
        unsigned s = type_slot(row->mnemonic, strlen(row->mnemonic));

        while (type_slots[s] != 0)
            s = (s + 1) % TYPE_SLOTS;
        type_slots[s] = (uint8_t)(n + 1);
    }
}

enum result rrtype_from_text(uint16_t *out, const char *text, size_t len)
{
    for (unsigned s = type_slot(text, len); type_slots[s] != 0; s = (s + 1) % TYPE_SLOTS) {
        const struct rdata_type *row = rdata_type_nth(type_slots[s] - 1u);

        if (strncasecmp(row->mnemonic, text, len) == 0 && row->mnemonic[len] == '\0') {
            *out = row->type;
            return RES_OK;
        }
    }
    return number_behind(out, "TYPE", text, len);
}

const char *rrtype_text(uint16_t type, char out[RRTYPE_TEXT])
{
    const struct rdata_type *row = rdata_type_row(type);

    if (row != NULL)
        return row->mnemonic;
    snprintf(out, RRTYPE_TEXT, "TYPE%u", type);
    return out;
}

enum result rrclass_from_text(uint16_t *out, const char *text, size_t len)
{
    for (const struct mnemonic *row = classes; row->text != NULL; row++)
        if (strncasecmp(row->text, text, len) == 0 && row->text[len] == '\0') {
            *out = row->number;
            return RES_OK;
        }
    return number_behind(out, "CLASS", text, len);
}

const char *rrclass_text(uint16_t rrclass, char out[RRCLASS_TEXT])
{
    return name_or_number(classes, rrclass, "CLASS", out);
}

const char *rcode_text(unsigned rcode, char out[RRTYPE_TEXT])
{
    return name_or_number(rcodes, rcode, "RCODE", out);
}

const char *tsig_error_text(unsigned error, char out[RRTYPE_TEXT])
{
    return error == RCODE_BADSIG ? "BADSIG" : rcode_text(error, out);
}

const char *opcode_text(unsigned opcode, char out[RRTYPE_TEXT])
{
    return name_or_number(opcodes, opcode, "RESERVED", out);
}

enum result ttl_from_text(uint32_t *out, const char *text, size_t len)
{
    return duration_from_text(out, text, len) == RES_OK ? RES_OK : RES_BADTTL;
}
