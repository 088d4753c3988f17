/* Which view answers a client, and what its ACLs say.  Private to answer/. */
#ifndef KZ_ANSWER_VIEW_H
#define KZ_ANSWER_VIEW_H

#include "answer/query.h"

/* Sets q->view to the first that matches the message's class, the client, its TSIG key
 * and the address that was asked; q->tsig_result is what that view's keys say to the
 * signature (RES_OK without one).  False: none matches. */
bool view_choose(struct query *q);

/* Does the list allow this query's client (or its local address, for the -on lists)? */
bool view_acl_allows(const struct query *q, const struct acl *acl, const union net_addr *who);

#endif
