#include "answer/proof.h"

#include "answer/proof_nsec.h"

typedef void (*proof_fn)(struct query *q, const struct lookup *l);

static void prove(struct query *q, const struct lookup *l, proof_fn nsec, proof_fn nsec3)
{
    if (!q->dnssec)
        return;
    if (q->c->denial == DENIAL_NSEC)
        nsec(q, l);
    else if (q->c->denial == DENIAL_NSEC3)
        nsec3(q, l);
}

void proof_nxdomain(struct query *q, const struct lookup *l)
{
    prove(q, l, nsec_nxdomain, nsec3_nxdomain);
}

void proof_nodata(struct query *q, const struct lookup *l)
{
    prove(q, l, nsec_nodata, nsec3_nodata);
}

void proof_wildcard(struct query *q, const struct lookup *l)
{
    prove(q, l, nsec_wildcard, nsec3_wildcard);
}

void proof_no_ds(struct query *q, const struct lookup *l)
{
    prove(q, l, nsec_no_ds, nsec3_no_ds);
}
