/*
 * What a catalog zone says (RFC 9432, schema version 2; BIND's version 1 and its properties
 * for primaries and permissions too): the zones that its consumers are to serve.
 *
 * Read from a version of the zone; the result owns its memory.  Any thread.
 */
#ifndef KZ_XFR_CATALOG_H
#define KZ_XFR_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/region.h"
#include "base/result.h"
#include "dns/name.h"
#include "net/addr.h"
#include "zone/contents.h"

struct catalog_primary {
    union net_addr addr;        /* port 0: the default */
    const uint8_t *label;       /* the property's first label, that ties address and key; NULL */
    const char *key;            /* of the TSIG key, text; NULL: none */
};

/* Properties of a member, or of the catalog for all its members. */
struct catalog_options {
    struct catalog_primary *primaries;
    size_t nprimaries;
    const char *allow_query, *allow_transfer;   /* "192.0.2.0/24; !10.0.0.1/32; ", NULL: none */
};

struct catalog_member {
    const uint8_t *zone;        /* name, small letters */
    const uint8_t *unique;      /* its label in the catalog, small letters: a member that gets
                                 * another one is a new zone (RFC 9432 §5.4) */
    const uint8_t *coo;         /* the catalog that may take it over; NULL: none */
    const char *group;          /* NULL: none */
    struct catalog_options options;
};

struct catalog {
    unsigned version;
    uint32_t serial;
    struct catalog_options options;
    struct catalog_member *members;     /* by canonical order of their zones */
    size_t nmembers;
    struct region *memory;
};

/* Messages about what cannot be used: one line each, the catalog's name is the caller's. */
struct catalog_report {
    void (*message)(void *arg, const char *text);
    void *arg;
};

/* RES_OK; RES_BADZONE for a zone that is no catalog we know (no version, or another): what was
 * in force stays (RFC 9432 §4.2).  RES_NOMEM.  On error *out holds nothing. */
enum result catalog_read(const struct contents *c, const struct catalog_report *report,
                         struct catalog **out);
void catalog_free(struct catalog *k);

/* The member with this zone; NULL when there is none. */
const struct catalog_member *catalog_find(const struct catalog *k, const uint8_t *zone);

/* Do the two ask for the same settings? */
bool catalog_options_equal(const struct catalog_options *a, const struct catalog_options *b);

#endif
