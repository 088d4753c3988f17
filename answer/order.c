#include "answer/order.h"

#include "answer/context.h"

static bool rule_matches(const struct query *q, const struct rrset_order_rule *rule,
                         uint16_t type)
{
    if (rule->rrclass != CLASS_ANY && rule->rrclass != q->rrclass)
        return false;
    if (rule->type != TYPE_ANY && rule->type != type)
        return false;
    if (rule->name == NULL)
        return true;
    if (name_is_wildcard(rule->name))
        return name_is_below(q->qname.wire, rule->name + 2, NULL);
    return name_equal(q->qname.wire, rule->name);
}

/* BIND's default is random; with rules, what none of them matches is too. */
static enum rrset_order order_of(const struct query *q, uint16_t type)
{
    const struct conf_view *v = q->view->conf;

    for (unsigned i = 0; i < v->nrrset_order; i++)
        if (rule_matches(q, &v->rrset_order[i], type))
            return v->rrset_order[i].order;
    return ORDER_RANDOM;
}

static void shuffle(struct answer_ctx *ctx, uint8_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = context_random(ctx) % (i + 1);

        order[i] = order[j];
        order[j] = (uint8_t)i;
    }
}

/* An RRset turns by one with each response that holds it.  With one count for all, two that
 * are asked in turn, or that stand in one response, would never turn. */
static uint32_t next_turn(struct answer_ctx *ctx, const void *rrset)
{
    uint64_t mixed = (uint64_t)(uintptr_t)rrset * 0x9E3779B97F4A7C15;

    return ctx->cycle[mixed >> 56 & (CYCLES - 1)]++;
}

void order_choose(struct query *q, struct render_rrset *s, uint8_t order[ORDER_MAX])
{
    switch (order_of(q, s->type)) {
    case ORDER_RANDOM:
        if (s->count == 2) {
            s->first = context_random(q->ctx) & 1;
        } else if (s->count <= ORDER_MAX) {
            shuffle(q->ctx, order, s->count);
            s->order = order;
        } else {
            s->first = context_random(q->ctx) % s->count;
        }
        break;
    case ORDER_CYCLIC:
        s->first = next_turn(q->ctx, s->data) % s->count;
        break;
    case ORDER_FIXED:
    case ORDER_NONE:
        break;
    }
}
