#include "answer/context.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "answer/cookie.h"

struct answer_ctx *answer_ctx_new(struct answer_server *const *slot)
{
    struct answer_ctx *ctx = calloc(1, sizeof *ctx);

    if (ctx == NULL)
        return NULL;
    ctx->slot = slot;
    render_init(&ctx->render, ctx->name_slots, NAME_SLOTS);
    ctx->aes = cookie_cipher_new();
    if (getrandom(&ctx->random, sizeof ctx->random, GRND_NONBLOCK) < 0 || ctx->random == 0)
        ctx->random = (uint64_t)(uintptr_t)ctx ^ 0x9e3779b97f4a7c15ULL;
    if (gethostname(ctx->hostname, sizeof ctx->hostname - 1) != 0)
        ctx->hostname[0] = '\0';
    return ctx;
}

void answer_ctx_free(struct answer_ctx *ctx)
{
    if (ctx == NULL)
        return;
    cookie_cipher_free(ctx->aes);
    free(ctx);
}

struct hashed_name *scratch_name(struct answer_ctx *ctx, unsigned n)
{
    return &ctx->names[n];
}

struct made_cname *scratch_cname(struct answer_ctx *ctx, unsigned n)
{
    return &ctx->cnames[n];
}

void scratch_targets_reset(struct answer_ctx *ctx)
{
    ctx->ntargets = 0;
}

struct hashed_name *scratch_target(struct answer_ctx *ctx)
{
    return ctx->ntargets < TARGETS_MAX ? &ctx->targets[ctx->ntargets] : NULL;
}

void scratch_target_keep(struct answer_ctx *ctx)
{
    ctx->ntargets++;
}
