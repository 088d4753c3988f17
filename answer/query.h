/*
 * A query under way: what was asked, by whom, where its answer lies, and the plan of
 * the response.  Decide, then encode: the steps in resolve.c, proof*.c and
 * additional.c only add to the plan; respond.c writes it.  Private to answer/.
 */
#ifndef KZ_ANSWER_QUERY_H
#define KZ_ANSWER_QUERY_H

#include "answer/worker.h"
#include "answer/server_data.h"
#include "dns/message.h"
#include "dns/render.h"
#include "dns/tsig.h"
#include "zone/contents.h"

enum {
    PLAN_MAX = 400,         /* RRsets of one response: more than fit into 64 KB in practice */
    MAX_RESTARTS = 64,      /* bound of max-query-restarts */
    TARGETS_MAX = 32        /* wildcard owners that additional data may have */
};

/* A CNAME made from a DNAME (RFC 6672 §3.1): one RR as RRsets hold it. */
struct made_cname {
    uint32_t ttl;
    uint8_t rr[2 + NAME_MAX_LEN];
};

/* One RRset of the response. */
struct plan_rrset {
    const struct contents *c;
    const struct zrrset *rrset;         /* NULL: `made` stands for it */
    const struct made_cname *made;
    const struct znode *node;           /* the owner, unless owner_name says otherwise */
    const struct hashed_name *owner_name; /* wildcards: the name that was asked; else NULL */
    uint32_t ttl_max;                   /* the TTL is cut to this */
    uint8_t section;
    bool rrs, sigs;                     /* write the RRs, the signatures over them */
    bool required;                      /* additional: truncate when it does not fit */
};

struct query {
    const struct answer_server *server;
    const struct answer_client *client;
    struct answer_ctx *ctx;
    const struct answer_view *view;
    struct zone *zone;                  /* of the name now looked for */
    const struct contents *c;           /* its version */
    const struct hashed_name *name;     /* the name now looked for: qname, later a CNAME's target */
    unsigned zone_label;                /* where in `name` the zone's origin begins */
    uint16_t rrclass;                   /* of the records: the zone's */
    uint16_t rcode;
    uint8_t restarts;
    bool aa, tc, dnssec;                /* dnssec: DO, and the zone is signed */
    bool no_authority, no_additional;   /* minimal-responses */
    bool answer_has_ns;                 /* the apex NS stands in the answer already */
    bool fold_case;                     /* no-case-compress */
    bool no_opt;                        /* an error that carries no OPT although asked with one */
    bool cookie_valid;
    uint8_t cookie_len;
    uint8_t cookie[EDNS_COOKIE_MAX];    /* to send back */
    uint16_t ede;                       /* enum ede_code + 1; 0: none */
    const char *ede_text;
    const uint8_t *key;                 /* name of the TSIG key that verified */
    size_t tsig_room;                   /* bytes its signature will take; 0: unsigned */
    enum result tsig_result;            /* of verifying with the view's keys */
    uint8_t version_labels;             /* ZONEVERSION: labels of the question's zone … */
    uint32_t version_serial;            /* … and its serial (RFC 9660) */
    bool has_version;
    struct net_producer *producer;      /* makes the response (a transfer) */
    unsigned nplan;
    struct plan_rrset *plan;            /* PLAN_MAX, the context's */

    /* From here on nothing is cleared between queries. */
    struct message_request req;
    struct hashed_name qname;           /* as asked */
    struct tsig_session tsig;           /* valid when the request has a TSIG */
};

/* Adds a node's RRset to the plan; false when the plan is full. */
bool plan_add(struct query *q, unsigned section, const struct znode *node,
              const struct zrrset *rrset);

/* The same under another owner (a wildcard's). */
bool plan_add_as(struct query *q, unsigned section, const struct hashed_name *owner,
                 const struct znode *node, const struct zrrset *rrset);

/* True when the plan has the RRs of this RRset already, not just its signatures. */
bool plan_has(const struct query *q, const struct zrrset *rrset);

/* The same, under that owner (NULL: its node's). */
bool plan_has_as(const struct query *q, const struct hashed_name *owner,
                 const struct zrrset *rrset);

/* minimal-any: of ANY and RRSIG over UDP only the first RRset is given. */
static inline bool query_gives_one(const struct query *q)
{
    return q->view->conf->minimal_any && !q->client->tcp;
}

/* Resolvers prime themselves with the root's name servers (RFC 9609 §4.2): they need the
 * addresses, also those that stand below delegations. */
static inline bool query_is_priming(const struct query *q)
{
    return q->req.qtype == TYPE_NS && *q->qname.wire == 0;
}

/* Sets rcode and the reason (an enum ede_code, its extra text or NULL). */
void query_fail(struct query *q, unsigned rcode, unsigned ede, const char *text);

/* The zone that answers for q->name, and its version: sets zone, zone_label, c, dnssec.
 * False when there is none in the view. */
bool query_find_zone(struct query *q);

/* allow-query and allow-query-on of q->zone; when they say no: REFUSED is set. */
bool query_allowed(struct query *q);

/* Appends the signature that the request's TSIG asks for; the message's new length. */
size_t query_sign(struct query *q, uint8_t *resp, size_t len, size_t room);

/* The whole answer for a question: fills the plan. */
void query_resolve(struct query *q);

/* Adds the addresses of the names that the plan's RRsets mention. */
void query_additional(struct query *q);

#endif
