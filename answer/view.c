#include "answer/view.h"

#include "answer/context.h"
#include "base/rcu.h"

bool view_acl_allows(const struct query *q, const struct acl *acl, const union net_addr *who)
{
    struct acl_who w = {.peer = who,
                        .key = q->key,
                        .local_port = net_addr_port(q->client->local),
                        .transport = q->client->tcp ? ACL_TCP : ACL_UDP,
                        .match_mapped = q->server->conf->match_mapped_addresses};

    if (acl_is_any(acl))
        return true;
    w.env = rcu_read(*q->server->acl_env);
    return acl_allows(acl, &w);
}

static void check_signature(struct query *q, const struct answer_view *v)
{
    q->key = NULL;
    q->tsig_result = RES_OK;
    if (q->req.tsig_at == 0)
        return;
    q->tsig_result = tsig_verify_request(&q->tsig, &q->req, v->conf->keys, v->conf->nkeys,
                                         (uint64_t)q->ctx->now_s);
    q->tsig_room = tsig_response_len(&q->tsig);
    if (q->tsig_result == RES_OK)
        q->key = q->tsig.key->name;
}

static bool view_matches(struct query *q, const struct answer_view *v)
{
    if (q->req.rrclass != v->conf->rrclass && q->req.rrclass != CLASS_ANY)
        return false;
    check_signature(q, v);
    if (v->everyone)
        return true;
    return view_acl_allows(q, v->conf->match_clients, q->client->peer) &&
           view_acl_allows(q, v->conf->match_destinations, q->client->local) &&
           (!v->conf->match_recursive_only || (q->req.flags & FLAG_RD));
}

bool view_choose(struct query *q)
{
    for (unsigned i = 0; i < q->server->nviews; i++)
        if (view_matches(q, &q->server->views[i])) {
            q->view = &q->server->views[i];
            return true;
        }
    q->tsig_room = 0;
    return false;
}
