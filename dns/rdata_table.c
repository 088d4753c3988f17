/* The table of types: one row says all that is known of a type. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "dns/mnemonic.h"
#include "dns/rdata_field.h"

/* RFC 1035's types, whose names may be compressed in answers, and those whose names may
 * come compressed though we do not send them so (RFC 3597 §4). */
#define OLD_NAMES (RRT_COMPRESS | RRT_EXPAND | RRT_FOLD)
#define NEWER_NAMES (RRT_EXPAND | RRT_FOLD)

/* Fields that rows share: DS and kin, DNSKEY and kin, TLSA and kin. */
#define DIGEST_FIELDS                                                                             \
    {                                                                                             \
        &field_u16, &field_algorithm, &field_digest_type, &layout_open, &field_digest,            \
            &layout_close                                                                         \
    }
#define KEY_FIELDS                                                                                \
    {                                                                                             \
        &field_key_flags, &field_protocol, &field_algorithm, &field_key                           \
    }
#define CERTIFICATE_FIELDS                                                                        \
    {                                                                                             \
        &field_u8, &field_u8, &field_u8, &layout_open, &field_hex, &layout_close                  \
    }

/* In order of numbers. */
static const struct rdata_type rows[] = {
    {"A", TYPE_A, RRT_CLASS_IN, {&field_ipv4}},
    {"NS", TYPE_NS, OLD_NAMES | RRT_ADDITIONAL, {&field_name}},
    {"MD", TYPE_MD, OLD_NAMES, {&field_name}},
    {"MF", TYPE_MF, OLD_NAMES, {&field_name}},
    {"CNAME", TYPE_CNAME, OLD_NAMES | RRT_SINGLETON, {&field_name}},
    {"SOA", TYPE_SOA, OLD_NAMES | RRT_SINGLETON, {&field_name, &field_name, &field_soa_timers}},
    {"MB", TYPE_MB, OLD_NAMES | RRT_ADDITIONAL, {&field_name}},
    {"MG", TYPE_MG, OLD_NAMES, {&field_name}},
    {"MR", TYPE_MR, OLD_NAMES, {&field_name}},
    {"NULL", TYPE_NULL, 0, {&field_null}},
    {"WKS", TYPE_WKS, RRT_CLASS_IN, {&field_ipv4, &field_wks}},
    {"PTR", TYPE_PTR, OLD_NAMES, {&field_name}},
    {"HINFO", TYPE_HINFO, 0, {&field_string, &field_string}},
    {"MINFO", TYPE_MINFO, OLD_NAMES, {&field_name, &field_name}},
    {"MX", TYPE_MX, OLD_NAMES | RRT_ADDITIONAL, {&field_u16, &field_name}},
    {"TXT", TYPE_TXT, 0, {&field_strings}},
    {"RP", TYPE_RP, NEWER_NAMES, {&field_name, &field_name}},
    {"AFSDB", TYPE_AFSDB, NEWER_NAMES | RRT_ADDITIONAL, {&field_u16, &field_name}},
    {"X25", TYPE_X25, 0, {&field_x25}},
    {"ISDN", TYPE_ISDN, 0, {&field_string, &field_string_opt}},
    {"RT", TYPE_RT, NEWER_NAMES | RRT_ADDITIONAL, {&field_u16, &field_name}},
    {"NSAP", TYPE_NSAP, RRT_CLASS_IN, {&field_nsap}},
    {"NSAP-PTR", TYPE_NSAP_PTR, RRT_CLASS_IN, {&field_name}},
    {"SIG", TYPE_SIG, NEWER_NAMES,
     {&field_rrtype, &field_algorithm, &field_u8, &field_u32, &field_time, &layout_open,
      &field_time, &field_u16, &field_name, &layout_break, &field_base64, &layout_close}},
    {"KEY", TYPE_KEY, 0, {&field_key_flags, &field_protocol, &field_algorithm, &field_key_nokey}},
    {"PX", TYPE_PX, RRT_CLASS_IN | NEWER_NAMES, {&field_u16, &field_name, &field_name}},
    {"GPOS", TYPE_GPOS, 0, {&field_string, &field_string, &field_string}},
    {"AAAA", TYPE_AAAA, RRT_CLASS_IN, {&field_ipv6}},
    {"LOC", TYPE_LOC, 0, {&field_loc}},
    {"NXT", TYPE_NXT, NEWER_NAMES | RRT_SINGLETON, {&field_name, &field_nxt_bitmap}},
    {"EID", TYPE_EID, RRT_CLASS_IN, {&layout_paren, &field_hex, &layout_close}},
    {"NIMLOC", TYPE_NIMLOC, RRT_CLASS_IN, {&layout_paren, &field_hex, &layout_close}},
    {"SRV", TYPE_SRV, RRT_CLASS_IN | NEWER_NAMES | RRT_ADDITIONAL,
     {&field_u16, &field_u16, &field_u16, &field_name}},
    {"ATMA", TYPE_ATMA, RRT_CLASS_IN, {&field_atma}},
    {"NAPTR", TYPE_NAPTR, NEWER_NAMES | RRT_ADDITIONAL,
     {&field_u16, &field_u16, &field_string, &field_string, &field_naptr_regexp, &field_name}},
    {"KX", TYPE_KX, RRT_CLASS_IN | RRT_FOLD | RRT_ADDITIONAL, {&field_u16, &field_name}},
    {"CERT", TYPE_CERT, 0,
     {&field_cert_type, &field_u16, &field_cert_algorithm, &layout_open, &field_base64,
      &layout_close}},
    {"A6", TYPE_A6, RRT_CLASS_IN | RRT_FOLD, {&field_a6_suffix, &field_a6_name}},
    {"DNAME", TYPE_DNAME, RRT_SINGLETON | RRT_FOLD, {&field_name}},
    {"SINK", TYPE_SINK, 0, {&field_u8, &field_u8, &field_u8, &field_sink_data}},
    {"OPT", TYPE_OPT, RRT_META, {NULL}},
    {"APL", TYPE_APL, RRT_CLASS_IN, {&field_apl}},
    {"DS", TYPE_DS, RRT_DNSSEC, DIGEST_FIELDS},
    {"SSHFP", TYPE_SSHFP, 0,
     {&field_u8, &field_u8, &layout_open, &field_ssh_digest, &layout_close}},
    {"IPSECKEY", TYPE_IPSECKEY, 0,
     {&layout_paren, &field_u8, &field_gateway_kind, &field_u8, &field_ipsec_gateway,
      &layout_break, &field_base64, &layout_close}},
    {"RRSIG", TYPE_RRSIG, RRT_DNSSEC | RRT_FOLD,
     {&field_rrtype, &field_algorithm, &field_u8, &field_u32, &layout_open, &field_time,
      &field_time, &field_u16, &field_signer, &field_signature, &layout_close}},
    {"NSEC", TYPE_NSEC, RRT_DNSSEC, {&field_absolute_name, &field_bitmap}},
    {"DNSKEY", TYPE_DNSKEY, RRT_DNSSEC, KEY_FIELDS},
    {"DHCID", TYPE_DHCID, RRT_CLASS_IN, {&field_dhcid}},
    {"NSEC3", TYPE_NSEC3, RRT_DNSSEC,
     {&field_nsec3_hash, &field_u8, &field_u16, &field_salt, &layout_open, &field_next_hash,
      &field_nsec3_bitmap, &layout_close}},
    {"NSEC3PARAM", TYPE_NSEC3PARAM, RRT_DNSSEC,
     {&field_nsec3_hash, &field_u8, &field_u16, &field_salt}},
    {"TLSA", TYPE_TLSA, 0, CERTIFICATE_FIELDS},
    {"SMIMEA", TYPE_SMIMEA, 0, CERTIFICATE_FIELDS},
    {"HIP", TYPE_HIP, 0, {&layout_paren, &field_hip, &layout_close}},
    {"NINFO", TYPE_NINFO, 0, {&field_strings}},
    {"RKEY", TYPE_RKEY, 0, {&field_rkey_flags, &field_protocol, &field_algorithm, &field_key}},
    {"TALINK", TYPE_TALINK, 0, {&field_name, &field_name}},
    {"CDS", TYPE_CDS, 0, DIGEST_FIELDS},
    {"CDNSKEY", TYPE_CDNSKEY, 0, KEY_FIELDS},
    {"OPENPGPKEY", TYPE_OPENPGPKEY, 0, {&layout_paren, &field_base64, &layout_close}},
    {"CSYNC", TYPE_CSYNC, 0, {&field_u32, &field_u16, &field_bitmap_opt}},
    {"ZONEMD", TYPE_ZONEMD, 0,
     {&field_u32, &field_u8, &field_u8, &layout_open, &field_zonemd_digest, &layout_close}},
    {"SVCB", TYPE_SVCB, RRT_CLASS_IN | RRT_ADDITIONAL,
     {&field_u16, &field_name, &field_svc_params}},
    {"HTTPS", TYPE_HTTPS, RRT_CLASS_IN | RRT_ADDITIONAL,
     {&field_u16, &field_name, &field_svc_params}},
    {"DSYNC", TYPE_DSYNC, 0, {&field_rrtype, &field_scheme, &field_u16, &field_name}},
    {"HHIT", TYPE_HHIT, 0, {&field_drip}},
    {"BRID", TYPE_BRID, 0, {&field_drip}},
    {"SPF", TYPE_SPF, 0, {&field_strings}},
    {"UINFO", TYPE_UINFO, 0, {NULL}},
    {"UID", TYPE_UID, 0, {NULL}},
    {"GID", TYPE_GID, 0, {NULL}},
    {"UNSPEC", TYPE_UNSPEC, 0, {NULL}},
    {"NID", TYPE_NID, 0, {&field_u16, &field_locator64}},
    {"L32", TYPE_L32, 0, {&field_u16, &field_ipv4}},
    {"L64", TYPE_L64, 0, {&field_u16, &field_locator64}},
    {"LP", TYPE_LP, RRT_ADDITIONAL, {&field_u16, &field_name}},
    {"EUI48", TYPE_EUI48, 0, {&field_eui48}},
    {"EUI64", TYPE_EUI64, 0, {&field_eui64}},
    {"NXNAME", TYPE_NXNAME, RRT_META, {NULL}},
    {"TKEY", TYPE_TKEY, RRT_META, {NULL}},
    {"TSIG", TYPE_TSIG, RRT_META, {NULL}},
    {"IXFR", TYPE_IXFR, RRT_META, {NULL}},
    {"AXFR", TYPE_AXFR, RRT_META, {NULL}},
    {"MAILB", TYPE_MAILB, RRT_META, {NULL}},
    {"MAILA", TYPE_MAILA, RRT_META, {NULL}},
    {"ANY", TYPE_ANY, RRT_META, {NULL}},
    {"URI", TYPE_URI, 0, {&field_u16, &field_u16, &field_uri}},
    {"CAA", TYPE_CAA, 0, {&field_u8, &field_caa_tag, &field_caa_value}},
    {"AVC", TYPE_AVC, 0, {&field_strings}},
    {"DOA", TYPE_DOA, 0, {&field_u32, &field_u32, &field_u8, &field_string, &field_doa_data}},
    {"AMTRELAY", TYPE_AMTRELAY, 0, {&field_u8, &field_amt_relay}},
    {"RESINFO", TYPE_RESINFO, 0, {&field_strings}},
    {"WALLET", TYPE_WALLET, 0, {&field_strings}},
    {"CLA", TYPE_CLA, 0, {&field_strings}},
    {"IPN", TYPE_IPN, 0, {NULL}},
    {"TA", TYPE_TA, 0, DIGEST_FIELDS},
    {"DLV", TYPE_DLV, 0, DIGEST_FIELDS},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Class CH has an A of its own: a name and a 16-bit address in octal. */
static const struct rdata_type chaos_a = {
    "A", TYPE_A, RRT_EXPAND | RRT_FOLD, {&field_name, &field_octal}
};

enum { DIRECT = 512 };

/* Row numbers plus one of the types below DIRECT, and the shapes of those that are
 * compressed; filled before main() runs. */
static uint8_t direct[DIRECT];
static struct rdata_shape shapes[DIRECT];

/* The names of a row, and the width of the numbers before them. */
static struct rdata_shape shape_of(const struct rdata_type *row)
{
    static const uint8_t zeros[8];
    struct rdata_shape shape = {0, 0};

    for (const struct field *const *f = row->fields; *f != NULL; f++) {
        size_t len = 0;

        if ((*f)->name)
            shape.names++;
        else if (shape.names == 0 && (*f)->scan(zeros, zeros, sizeof zeros, &len) == RES_OK)
            shape.before = (uint8_t)(shape.before + len);
    }
    return shape;
}

__attribute__((constructor)) static void fill_direct(void)
{
    _Static_assert(ROWS < 255, "row numbers fit a byte");
    for (unsigned n = 0; n < ROWS; n++) {
        if (rows[n].type >= DIRECT)
            continue;
        direct[rows[n].type] = (uint8_t)(n + 1);
        if (rows[n].flags & RRT_COMPRESS)
            shapes[rows[n].type] = shape_of(&rows[n]);
    }
}

struct rdata_shape rdata_compress_shape(uint16_t type)
{
    return type < DIRECT ? shapes[type] : (struct rdata_shape){0, 0};
}

const struct rdata_type *rdata_type_row(uint16_t type)
{
    if (type < DIRECT)
        return direct[type] == 0 ? NULL : &rows[direct[type] - 1];
    for (unsigned n = ROWS; n-- > 0 && rows[n].type >= DIRECT;)   /* they stand at the end */
        if (rows[n].type == type)
            return &rows[n];
    return NULL;
}

const struct rdata_type *rdata_form(uint16_t type, uint16_t rrclass)
{
    const struct rdata_type *row = rdata_type_row(type);

    if (row == NULL || row->fields[0] == NULL)
        return NULL;
    if (rrclass == CLASS_IN || (row->flags & RRT_CLASS_IN) == 0)
        return row;
    if (type == TYPE_A)
        return rrclass == CLASS_HS ? row : rrclass == CLASS_CH ? &chaos_a : NULL;
    return NULL;
}

unsigned rdata_flags(uint16_t type)
{
    const struct rdata_type *row = rdata_type_row(type);

    return row == NULL ? 0 : row->flags & RRT_PUBLIC;
}

/* --- the names of types (dns/rrtype.h) --- */

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
    for (unsigned n = 0; n < ROWS; n++) {
        unsigned s = type_slot(rows[n].mnemonic, strlen(rows[n].mnemonic));

        while (type_slots[s] != 0)
            s = (s + 1) % TYPE_SLOTS;
        type_slots[s] = (uint8_t)(n + 1);
    }
}

enum result rrtype_from_text(uint16_t *out, const char *text, size_t len)
{
    for (unsigned s = type_slot(text, len); type_slots[s] != 0; s = (s + 1) % TYPE_SLOTS) {
        const struct rdata_type *row = &rows[type_slots[s] - 1u];

        if (strncasecmp(row->mnemonic, text, len) == 0 && row->mnemonic[len] == '\0') {
            *out = row->type;
            return RES_OK;
        }
    }
    return mnemonic_number_behind(out, "TYPE", text, len);
}

const char *rrtype_text(uint16_t type, char out[RRTYPE_TEXT])
{
    const struct rdata_type *row = rdata_type_row(type);

    if (row != NULL)
        return row->mnemonic;
    snprintf(out, RRTYPE_TEXT, "TYPE%u", type);
    return out;
}
