/*
 * Where a name stands in a zone (RFC 1034 §4.3.2 with RFC 4592 and RFC 6672).
 * Pure reads of one version.
 */
#ifndef KZ_ANSWER_LOOKUP_H
#define KZ_ANSWER_LOOKUP_H

#include "dns/render.h"
#include "zone/contents.h"

enum lookup_kind {
    LOOKUP_NODE,        /* the name exists; node may be an empty non-terminal */
    LOOKUP_WILD,        /* a wildcard stands for it */
    LOOKUP_CUT,         /* it is at or below a delegation */
    LOOKUP_DNAME,       /* it is below a DNAME */
    LOOKUP_NXDOMAIN
};

struct lookup {
    enum lookup_kind kind;
    const struct znode *node;       /* the name's, the wildcard's, the cut's or the DNAME's */
    const struct znode *encloser;   /* closest encloser; the node itself with LOOKUP_NODE */
    unsigned encloser_label;        /* where in the name the closest encloser begins */
};

/* `zone_label`: where in `name` the zone's origin begins. */
void lookup_name(struct lookup *out, const struct contents *c, const struct hashed_name *name,
                 unsigned zone_label);

#endif
