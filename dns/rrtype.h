/*
 * Numbers and names of types, classes, opcodes and rcodes (IANA's DNS parameters).
 * Static tables; any thread.
 */
#ifndef KZ_DNS_RRTYPE_H
#define KZ_DNS_RRTYPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

enum rrtype {
    TYPE_NONE = 0, TYPE_A = 1, TYPE_NS = 2, TYPE_MD = 3, TYPE_MF = 4, TYPE_CNAME = 5,
    TYPE_SOA = 6, TYPE_MB = 7, TYPE_MG = 8, TYPE_MR = 9, TYPE_NULL = 10, TYPE_WKS = 11,
    TYPE_PTR = 12, TYPE_HINFO = 13, TYPE_MINFO = 14, TYPE_MX = 15, TYPE_TXT = 16, TYPE_RP = 17,
    TYPE_AFSDB = 18, TYPE_X25 = 19, TYPE_ISDN = 20, TYPE_RT = 21, TYPE_NSAP = 22,
    TYPE_NSAP_PTR = 23, TYPE_SIG = 24, TYPE_KEY = 25, TYPE_PX = 26, TYPE_GPOS = 27,
    TYPE_AAAA = 28, TYPE_LOC = 29, TYPE_NXT = 30, TYPE_EID = 31, TYPE_NIMLOC = 32, TYPE_SRV = 33,
    TYPE_ATMA = 34, TYPE_NAPTR = 35, TYPE_KX = 36, TYPE_CERT = 37, TYPE_A6 = 38, TYPE_DNAME = 39,
    TYPE_SINK = 40, TYPE_OPT = 41, TYPE_APL = 42, TYPE_DS = 43, TYPE_SSHFP = 44,
    TYPE_IPSECKEY = 45, TYPE_RRSIG = 46, TYPE_NSEC = 47, TYPE_DNSKEY = 48, TYPE_DHCID = 49,
    TYPE_NSEC3 = 50, TYPE_NSEC3PARAM = 51, TYPE_TLSA = 52, TYPE_SMIMEA = 53, TYPE_HIP = 55,
    TYPE_NINFO = 56, TYPE_RKEY = 57, TYPE_TALINK = 58, TYPE_CDS = 59, TYPE_CDNSKEY = 60,
    TYPE_OPENPGPKEY = 61, TYPE_CSYNC = 62, TYPE_ZONEMD = 63, TYPE_SVCB = 64, TYPE_HTTPS = 65,
    TYPE_DSYNC = 66, TYPE_HHIT = 67, TYPE_BRID = 68, TYPE_SPF = 99, TYPE_UINFO = 100,
    TYPE_UID = 101, TYPE_GID = 102, TYPE_UNSPEC = 103, TYPE_NID = 104, TYPE_L32 = 105,
    TYPE_L64 = 106, TYPE_LP = 107, TYPE_EUI48 = 108, TYPE_EUI64 = 109, TYPE_NXNAME = 128,
    TYPE_TKEY = 249, TYPE_TSIG = 250, TYPE_IXFR = 251, TYPE_AXFR = 252, TYPE_MAILB = 253,
    TYPE_MAILA = 254, TYPE_ANY = 255, TYPE_URI = 256, TYPE_CAA = 257, TYPE_AVC = 258,
    TYPE_DOA = 259, TYPE_AMTRELAY = 260, TYPE_RESINFO = 261, TYPE_WALLET = 262, TYPE_CLA = 263,
    TYPE_IPN = 264, TYPE_TA = 32768, TYPE_DLV = 32769, TYPE_KEYDATA = 65533
};

enum rrclass { CLASS_IN = 1, CLASS_CH = 3, CLASS_HS = 4, CLASS_NONE = 254, CLASS_ANY = 255 };

enum opcode {
    OPCODE_QUERY = 0, OPCODE_IQUERY = 1, OPCODE_STATUS = 2, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5,
    OPCODE_DSO = 6
};

enum rcode {
    RCODE_NOERROR = 0, RCODE_FORMERR = 1, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5, RCODE_YXDOMAIN = 6, RCODE_YXRRSET = 7, RCODE_NXRRSET = 8, RCODE_NOTAUTH = 9,
    RCODE_NOTZONE = 10, RCODE_BADVERS = 16, RCODE_BADSIG = 16, RCODE_BADKEY = 17,
    RCODE_BADTIME = 18, RCODE_BADMODE = 19, RCODE_BADNAME = 20, RCODE_BADALG = 21,
    RCODE_BADTRUNC = 22, RCODE_BADCOOKIE = 23
};

enum { RRTYPE_TEXT = 16, RRCLASS_TEXT = 16 };   /* room for the texts, NUL included */

/* "A", "TYPE65280", any case; RES_UNKNOWNTYPE.  The names stand in the table of types
 * (dns/rdata_table.c). */
enum result rrtype_from_text(uint16_t *out, const char *text, size_t len);
/* Mnemonic or TYPEn; returns `out` or a static text. */
const char *rrtype_text(uint16_t type, char out[RRTYPE_TEXT]);

enum result rrclass_from_text(uint16_t *out, const char *text, size_t len);
const char *rrclass_text(uint16_t rrclass, char out[RRCLASS_TEXT]);

/* "NOERROR", "NXDOMAIN", "RCODE11" (static or `out`). */
const char *rcode_text(unsigned rcode, char out[RRTYPE_TEXT]);
const char *tsig_error_text(unsigned error, char out[RRTYPE_TEXT]);
const char *opcode_text(unsigned opcode, char out[RRTYPE_TEXT]);

/* TTL with BIND's units ("3600", "1h30m", "1W"): RES_BADTTL. */
enum result ttl_from_text(uint32_t *out, const char *text, size_t len);

#endif
