/* rndc notify, refresh, retransfer: what a zone should do with other servers. */
#include "server/rndc_zone.h"
#include "server/secondaries.h"

enum result rndc_notify(struct rndc_call *call)
{
    struct zone *z;
    enum result r = rndc_find_zone(call, 1, &z);

    if (r != RES_OK)
        return r;
    changes_post(&call->server->changes, z);    /* as if it had just changed */
    rndc_say(call, "zone notify queued");
    return RES_OK;
}

/* The secondary zone that the call names; RES_FAILURE for others, of which `refused` says why. */
static enum result find_secondary(struct rndc_call *call, const char *refused, struct zone **z)
{
    enum result r = rndc_find_zone(call, 1, z);

    if (r != RES_OK || (*z)->conf->type == ZONE_SECONDARY)
        return r;
    rndc_say(call, "%s", refused);
    return RES_FAILURE;
}

enum result rndc_refresh(struct rndc_call *call)
{
    struct zone *z;
    enum result r = find_secondary(call, "not a secondary, mirror, or stub zone", &z);

    if (r == RES_OK && (r = secondaries_refresh(call->server->secondaries, z)) == RES_OK)
        rndc_say(call, "zone refresh queued");
    return r;
}

enum result rndc_retransfer(struct rndc_call *call)
{
    struct zone *z;
    enum result r = find_secondary(call, "retransfer: inappropriate zone type: primary", &z);

    return r == RES_OK ? secondaries_retransfer(call->server->secondaries, z) : r;
}
