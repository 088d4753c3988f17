#include "dns/rrtype.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/timefmt.h"
#include "dns/mnemonic.h"

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

enum result rrclass_from_text(uint16_t *out, const char *text, size_t len)
{
    for (const struct mnemonic *row = classes; row->text != NULL; row++)
        if (strncasecmp(row->text, text, len) == 0 && row->text[len] == '\0') {
            *out = row->number;
            return RES_OK;
        }
    return mnemonic_number_behind(out, "CLASS", text, len);
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
