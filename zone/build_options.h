/*
 * What a builder of contents is told, and how it reports what is wrong with a zone.
 * Belongs to the caller, who keeps it until the contents are finished.
 */
#ifndef KZ_ZONE_BUILD_OPTIONS_H
#define KZ_ZONE_BUILD_OPTIONS_H

#include <stdint.h>

#include "base/result.h"

/* What is wrong with the records as a set; `line` is where the offending one stands. */
struct zone_build_problem {
    /* RES_CNAMEANDOTHER, RES_SINGLETON, RES_NOTZONETOP (SOA), RES_TOOMANYRECORDS */
    enum result result;
    const uint8_t *owner;
    uint16_t type;
    uint32_t line;
    const char *file;
};

struct zone_build_options {
    const uint8_t *origin;              /* copied */
    uint16_t rrclass;
    uint32_t max_records_per_type, max_types_per_name;  /* 0: unlimited */
    void (*problem)(void *arg, const struct zone_build_problem *p);     /* may be NULL */
    void *arg;
};

#endif
