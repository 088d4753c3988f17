#include "answer/handed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer/context.h"
#include "answer/respond.h"
#include "base/rcu.h"

/* What stands behind a request in its block. */
struct tail {
    size_t view, key_name, key_text, secret, message, end;
};

static struct tail plan_tail(const struct handover_offer *o)
{
    const struct tsig_key *k = o->key;
    struct tail t;

    t.view = sizeof(struct handed_request);
    t.key_name = t.view + strlen(o->view->conf->name) + 1;
    t.key_text = t.key_name + (k != NULL ? name_length(k->name) : 0);
    t.secret = t.key_text + (k != NULL ? strlen(k->name_text) + 1 : 0);
    t.message = t.secret + (k != NULL ? k->secret_len : 0u);
    t.end = t.message + o->req->len + ANSWER_PAD;
    return t;
}

static void copy_key(struct handed_request *h, const struct tail *t, const struct tsig_key *key)
{
    uint8_t *block = (uint8_t *)h;

    if (key == NULL)
        return;
    h->own_key = *key;
    h->own_key.name = memcpy(block + t->key_name, key->name, t->key_text - t->key_name);
    h->own_key.name_text = memcpy(block + t->key_text, key->name_text, t->secret - t->key_text);
    h->own_key.secret = memcpy(block + t->secret, key->secret, t->message - t->secret);
    h->key = &h->own_key;
}

/* The session's own copy signs with the copied key. */
static void copy_session(struct handed_request *h, const struct query *q)
{
    h->tsig_room = q->tsig_room;
    if (q->tsig_room == 0)
        return;
    h->tsig = q->tsig;
    h->tsig.key = h->key;
}

struct handed_request *handed_request_new(const struct handover_offer *o)
{
    const struct query *q = o->query;
    struct tail t = plan_tail(o);
    struct handed_request *h = malloc(t.end);
    uint8_t *block = (uint8_t *)h;

    if (h == NULL)
        return NULL;
    memset(h, 0, offsetof(struct handed_request, req));
    h->peer = *o->client->peer;
    h->local = *o->client->local;
    h->tcp = o->client->tcp;
    if (o->client->stream != NULL)
        h->stream = *o->client->stream;
    h->view = memcpy(block + t.view, o->view->conf->name, t.key_name - t.view);
    copy_key(h, &t, o->key);
    copy_session(h, q);
    h->cookie_valid = q->cookie_valid;
    h->cookie_len = q->cookie_len;
    memcpy(h->cookie, q->cookie, q->cookie_len);
    memcpy(block + t.message, o->req->msg, o->req->len);
    memset(block + t.message + o->req->len, 0, ANSWER_PAD);
    message_parse_request(&h->req, block + t.message, o->req->len);
    return h;
}

void handed_request_free(struct handed_request *h)
{
    free(h);
}

size_t handed_request_answer(struct answer_ctx *ctx, struct handed_request *h, unsigned rcode,
                             uint8_t *resp, size_t room)
{
    struct query *q = &ctx->queries[0];
    struct answer_client client = {.peer = &h->peer, .local = &h->local, .tcp = h->tcp};

    memset(q, 0, offsetof(struct query, req));
    ctx->now_s = time(NULL);
    q->ctx = ctx;
    q->plan = ctx->plan;
    q->server = rcu_read(*ctx->slot);
    q->client = &client;
    q->view = answer_server_view(q->server, h->view);   /* NULL: a reload took it away */
    q->rcode = (uint16_t)rcode;
    q->cookie_valid = h->cookie_valid;
    q->cookie_len = h->cookie_len;
    memcpy(q->cookie, h->cookie, h->cookie_len);
    q->tsig_room = h->tsig_room;
    if (h->tsig_room > 0)
        q->tsig = h->tsig;
    message_parse_request(&q->req, h->req.msg, h->req.len);
    return respond_error(q, resp, room);
}
