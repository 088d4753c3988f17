/*
 * What makes one version of a zone another: for ixfr-from-differences, for what was edited
 * while a zone was frozen, and for recovery.
 */
#ifndef KZ_ZONE_COMPARE_H
#define KZ_ZONE_COMPARE_H

#include "dns/diff.h"
#include "zone/contents.h"

/* Appends to `out` the records that `from` has and `to` has not, and the other way round: by
 * name, in each by type (diff_sort() makes a transaction of it).  The versions may be of one
 * store or of two, of one zone.  RES_NOMEM.  Any thread that holds both. */
enum result contents_diff(const struct contents *from, const struct contents *to,
                          struct diff *out);

#endif
