/* NSEC's and NSEC3's way of each proof; chosen by proof.c.  Private to answer/. */
#ifndef KZ_ANSWER_PROOF_NSEC_H
#define KZ_ANSWER_PROOF_NSEC_H

#include "answer/lookup.h"
#include "answer/query.h"

void nsec_nxdomain(struct query *q, const struct lookup *l);
void nsec_nodata(struct query *q, const struct lookup *l);
void nsec_wildcard(struct query *q, const struct lookup *l);
void nsec_no_ds(struct query *q, const struct lookup *l);

void nsec3_nxdomain(struct query *q, const struct lookup *l);
void nsec3_nodata(struct query *q, const struct lookup *l);
void nsec3_wildcard(struct query *q, const struct lookup *l);
void nsec3_no_ds(struct query *q, const struct lookup *l);

#endif
