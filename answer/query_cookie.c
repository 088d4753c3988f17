#include "answer/query_cookie.h"

#include "answer/context.h"
#include "answer/cookie.h"

/* answer-cookie is an option of the server: all views have the same value. */
static bool cookies_are_off(const struct query *q)
{
    return q->server->conf->nviews > 0 && !q->server->conf->views[0].answer_cookie;
}

void query_take_cookie(struct query *q)
{
    const struct edns *e = &q->req.edns;
    const struct answer_server *s = q->server;
    struct cookie_maker m = {s->cookie_secrets, s->ncookie_secrets,
                             s->conf->cookie_aes ? q->ctx->aes : NULL};
    uint32_t now_s = (uint32_t)q->ctx->now_s;

    if (!e->present || e->cookie == NULL || cookies_are_off(q))
        return;
    q->cookie_valid =
        cookie_check(&m, q->client->peer, e->cookie, e->cookie_len, now_s) == COOKIE_GOOD;
    cookie_make(&m, q->client->peer, e->cookie, now_s, context_random(q->ctx), q->cookie);
    q->cookie_len = COOKIE_LEN;
}

bool query_lacks_cookie(const struct query *q)
{
    return q->view->conf->require_server_cookie && !q->client->tcp && q->cookie_len > 0 &&
           !q->cookie_valid;
}
