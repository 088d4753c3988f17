/* The table of types: one row says all that is known of a type. */
#include "dns/rdata_field.h"

/* RFC 1035's types, whose names may be compressed in answers, and those whose names may
 * come compressed though we do not send them so (RFC 3597 §4). */
#define OLD_NAMES (RRT_COMPRESS | RRT_EXPAND | RRT_FOLD)
#define NEWER_NAMES (RRT_EXPAND | RRT_FOLD)

static const struct rdata_type rows[] = {
    {"A", TYPE_A, RRT_CLASS_IN, {&field_ipv4}},
    {"NS", TYPE_NS, OLD_NAMES | RRT_ADDITIONAL, {&field_name}},
    {"CNAME", TYPE_CNAME, OLD_NAMES | RRT_SINGLETON, {&field_name}},
    {"SOA", TYPE_SOA, OLD_NAMES | RRT_SINGLETON, {&field_name, &field_name, &field_soa_timers}},
    {"PTR", TYPE_PTR, OLD_NAMES, {&field_name}},
    {"MX", TYPE_MX, OLD_NAMES | RRT_ADDITIONAL, {&field_u16, &field_name}},
    {"TXT", TYPE_TXT, 0, {&field_strings}},
    {"AAAA", TYPE_AAAA, RRT_CLASS_IN, {&field_ipv6}},
    {"SRV", TYPE_SRV, RRT_CLASS_IN | NEWER_NAMES | RRT_ADDITIONAL,
     {&field_u16, &field_u16, &field_u16, &field_name}},
    {"DNAME", TYPE_DNAME, RRT_SINGLETON | RRT_FOLD, {&field_name}},
    {"DS", TYPE_DS, RRT_DNSSEC,
     {&field_u16, &field_algorithm, &field_digest_type, &layout_open, &field_digest, &layout_close}},
    {"RRSIG", TYPE_RRSIG, RRT_DNSSEC | RRT_FOLD,
     {&field_rrtype, &field_algorithm, &field_u8, &field_u32, &layout_open, &field_time, &field_time,
      &field_u16, &field_name, &field_signature, &layout_close}},
    {"NSEC", TYPE_NSEC, RRT_DNSSEC | RRT_SINGLETON, {&field_name, &field_bitmap}},
    {"DNSKEY", TYPE_DNSKEY, RRT_DNSSEC,
     {&field_key_flags, &field_protocol, &field_algorithm, &field_key}},
    {"NSEC3", TYPE_NSEC3, RRT_DNSSEC,
     {&field_nsec3_hash, &field_u8, &field_u16, &field_salt, &layout_open,
      &field_next_hash, &field_bitmap_opt, &layout_close}},
    {"NSEC3PARAM", TYPE_NSEC3PARAM, RRT_DNSSEC,
     {&field_nsec3_hash, &field_u8, &field_u16, &field_salt}},
    {"OPT", TYPE_OPT, RRT_META, {NULL}},
    {"NXNAME", TYPE_NXNAME, RRT_META, {NULL}},
    {"TKEY", TYPE_TKEY, RRT_META, {NULL}},
    {"TSIG", TYPE_TSIG, RRT_META, {NULL}},
    {"IXFR", TYPE_IXFR, RRT_META, {NULL}},
    {"AXFR", TYPE_AXFR, RRT_META, {NULL}},
    {"MAILB", TYPE_MAILB, RRT_META, {NULL}},
    {"MAILA", TYPE_MAILA, RRT_META, {NULL}},
    {"ANY", TYPE_ANY, RRT_META, {NULL}},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Class CH has an A of its own: a name and a 16-bit address in octal. */
static const struct rdata_type chaos_a = {
    "A", TYPE_A, RRT_EXPAND | RRT_FOLD, {&field_name, &field_octal}
};

enum { DIRECT = 512 };

/* Row numbers plus one of the types below DIRECT; filled before main() runs. */
static uint8_t direct[DIRECT];

__attribute__((constructor)) static void fill_direct(void)
{
    _Static_assert(ROWS < 255, "row numbers fit a byte");
    for (unsigned n = 0; n < ROWS; n++)
        if (rows[n].type < DIRECT)
            direct[rows[n].type] = (uint8_t)(n + 1);
}

const struct rdata_type *rdata_type_nth(unsigned n)
{
    return n < ROWS ? &rows[n] : NULL;
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
