/*
 * A worker's scratch memory for one query: names of CNAME targets and CNAMEs made
 * from DNAMEs, one per restart.  Private to answer/.
 */
#ifndef KZ_ANSWER_SCRATCH_H
#define KZ_ANSWER_SCRATCH_H

#include "answer/query.h"

/* The one for restart number `n`, below MAX_RESTARTS + 1. */
struct hashed_name *scratch_name(struct answer_ctx *ctx, unsigned n);
struct made_cname *scratch_cname(struct answer_ctx *ctx, unsigned n);

/* A name for an additional target, overwritten by the next call unless kept; NULL when
 * TARGETS_MAX are kept. */
void scratch_targets_reset(struct answer_ctx *ctx);
struct hashed_name *scratch_target(struct answer_ctx *ctx);
void scratch_target_keep(struct answer_ctx *ctx);

#endif
