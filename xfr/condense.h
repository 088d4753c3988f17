/*
 * The net difference of a row of transactions: what is added and taken away again, or the
 * other way round, is not in it.
 */
#ifndef KZ_XFR_CONDENSE_H
#define KZ_XFR_CONDENSE_H

#include "dns/diff.h"
#include "journal/journal.h"

/*
 * Reads the journal from where its walk is placed to the end of the transaction that leads to
 * the serial `to`.  RES_OK: `net` (empty before) is one transaction, in journal order, that does
 * the same with fewer records, and *size its bytes as max-ixfr-ratio counts them.
 * RES_UNCHANGED: it is one transaction anyway.  RES_NOMEM, or what journal_next() gives.
 */
enum result condense(struct journal *j, uint32_t to, struct diff *net, uint64_t *size);

#endif
