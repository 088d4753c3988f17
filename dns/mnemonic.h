/*
 * Small numbers with names: DNSSEC algorithms, digests, key flags and kin.  Static
 * tables; any thread.
 */
#ifndef KZ_DNS_MNEMONIC_H
#define KZ_DNS_MNEMONIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

enum { MNEMONIC_TEXT = 16 };    /* room for a text, NUL included */

/* A table ends in a row without text.  Of names of one number the first is printed. */
struct mnemonic {
    uint16_t number;
    const char *text;
};

extern const struct mnemonic mnemonic_algorithms[];     /* DNSSEC algorithms (RFC 8624) */
extern const struct mnemonic mnemonic_digests[];        /* DS digest types */
extern const struct mnemonic mnemonic_nsec3_hashes[];
extern const struct mnemonic mnemonic_key_protocols[];  /* RFC 2535 §3.1.3 */
extern const struct mnemonic mnemonic_cert_types[];     /* RFC 4398 §2.1 */
extern const struct mnemonic mnemonic_dsync_schemes[];  /* RFC 9859 */

/* A name (any case) or a decimal number up to `max`.  RES_UNKNOWNTYPE, RES_RANGE. */
enum result mnemonic_from_text(const struct mnemonic *table, uint32_t max, const char *text,
                               size_t len, uint16_t *out);

/* The name of a number, or NULL. */
const char *mnemonic_name(const struct mnemonic *table, unsigned number);

/* The name of a number, or the number in `out`. */
const char *mnemonic_text(const struct mnemonic *table, unsigned number, char out[MNEMONIC_TEXT]);

/* "TYPE123", "CLASS7": the number behind a prefix of letters (any case).
 * RES_UNKNOWNTYPE, RES_RANGE. */
enum result mnemonic_number_behind(uint16_t *out, const char *prefix, const char *text,
                                   size_t len);

/* Flags of KEY and DNSKEY: a number, or names joined by '|'.  RES_UNKNOWNFLAG, RES_RANGE. */
enum result key_flags_from_text(const char *text, size_t len, uint16_t *out);

#endif
