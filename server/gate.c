#include "server/gate.h"

#include "base/rcu.h"

const struct acl *gate_blackhole(const struct answer_server *s)
{
    const struct acl *a = s != NULL && s->conf != NULL ? s->conf->blackhole : NULL;
    return a == NULL || acl_is_none(a) ? NULL : a;
}

bool gate_is_blackholed(const struct answer_server *s, const struct acl *blackhole,
                        const union net_addr *peer)
{
    struct acl_who who = {
        .peer = peer,
        .env = s->acl_env != NULL ? rcu_read(*s->acl_env) : NULL,
        .match_mapped = s->conf->match_mapped_addresses,
    };
    return acl_allows(blackhole, &who);
}
