#include "answer/query_cookie.h"

#include <string.h>

#include "answer/context.h"
#include "answer/cookie.h"

/* A client without a cookie of ours is asked to come again with the one it gets, where
 * the view insists; TCP shows its address by itself (RFC 7873 §5.2.3). */
static bool must_come_again(const struct query *q)
{
    return q->view->conf->require_server_cookie && !q->cookie_valid && !q->client->tcp;
}

bool query_check_cookie(struct query *q)
{
    const struct edns *e = &q->req.edns;
    const struct answer_server *s = q->server;
    struct cookie_maker m = {s->cookie_secrets, s->ncookie_secrets,
                             s->conf->cookie_aes ? q->ctx->aes : NULL};
    uint32_t now_s = (uint32_t)q->ctx->now_s;

    if (!e->present || e->cookie == NULL || !q->view->conf->answer_cookie)
        return true;
    q->cookie_valid = cookie_check(&m, q->client->peer, e->cookie, e->cookie_len, now_s) ==
                      COOKIE_GOOD;
    cookie_make(&m, q->client->peer, e->cookie, now_s, context_random(q->ctx), q->cookie);
    q->cookie_len = COOKIE_LEN;
    if (!must_come_again(q))
        return true;
    q->rcode = RCODE_BADCOOKIE;
    return false;
}
