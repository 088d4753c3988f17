/*
 * named-checkzone's questions to the host's resolver: do the targets that are not in the
 * zone have addresses, and does the glue agree with them.  Blocks; one thread.
 */
#ifndef KZ_TOOLS_ZONE_OUTSIDE_H
#define KZ_TOOLS_ZONE_OUTSIDE_H

#include "zone/check.h"

struct zone_outside {
    enum check_severity mx_cname, srv_cname;
    struct told *told;                      /* what was said once is not said again */
};

/* For zone_check.outside, by way of zone_load_sink. */
bool zone_outside_ask(struct zone_outside *z, const struct zone_check_outside *o);

void zone_outside_free(struct zone_outside *z);

#endif
