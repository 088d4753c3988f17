/*
 * The records of an IXFR (RFC 1995 §4): what the journal holds between the client's version and
 * the one that is sent.
 *
 * It reads the file for itself while others append to it: what is newer than the version it
 * leads to is left out.  Several transactions are sent as one, their net difference, unless they
 * are too long for that: then they stand in the response as they stand in the journal.
 */
#ifndef KZ_XFR_OUT_DIFFERENCE_H
#define KZ_XFR_OUT_DIFFERENCE_H

#include "journal/journal.h"
#include "xfr/out_source.h"

/*
 * From the serial `from` to the version `c`.  *size gets its bytes as BIND counts them for
 * max-ixfr-ratio.  RES_FILENOTFOUND, RES_RANGE, RES_NOTFOUND: the journal does not go from one
 * to the other; else what is wrong with it, which was reported.  Within an RCU read side.
 */
enum result xfrout_difference_source(const char *path, const struct journal_report *report,
                                     uint32_t from, const struct contents *c, uint64_t *size,
                                     struct xfrout_source **out);

#endif
