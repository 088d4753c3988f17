/*
 * Denial of existence in zones that are signed: NSEC (RFC 4035 §3.1.3) and NSEC3
 * (RFC 5155 §7.2), for each way a name or type can be missing.  All of them add to the
 * plan's authority section, and only for a query with DO in a zone with a chain.
 */
#ifndef KZ_ANSWER_PROOF_H
#define KZ_ANSWER_PROOF_H

#include "answer/lookup.h"
#include "answer/query.h"

/* The name does not exist, nor does a wildcard for it. */
void proof_nxdomain(struct query *q, const struct lookup *l);

/* The name (or the wildcard that stands for it) has no RRset of the type. */
void proof_nodata(struct query *q, const struct lookup *l);

/* A wildcard answered: the name itself does not exist. */
void proof_wildcard(struct query *q, const struct lookup *l);

/* The delegation l->node has no DS. */
void proof_no_ds(struct query *q, const struct lookup *l);

#endif
