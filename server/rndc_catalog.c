/* rndc catalog-confirm: a word that a catalog zone's removal of many members is meant. */
#include "server/catalogs.h"
#include "server/rndc_zone.h"

enum result rndc_catalog_confirm(struct rndc_call *call)
{
    struct zone *z;
    size_t count = 0;
    char text[ZONE_TEXT];
    enum result r = rndc_find_zone(call, 1, &z);

    if (r != RES_OK)
        return r == RES_NOMORE ? RES_UNEXPECTEDEND : r;
    r = catalogs_confirm(call->server->catalogs, z, &count);
    if (r == RES_NOTFOUND)
        rndc_say(call, "zone %s is not listed in catalog-zones", rndc_zone_text(z, text));
    else if (r == RES_UNCHANGED)
        rndc_say(call, "catalog zone %s lists all of its members: none waits to be removed",
                 rndc_zone_text(z, text));
    else
        rndc_say(call, "%zu members of catalog zone %s will be removed", count,
                 rndc_zone_text(z, text));
    return r == RES_UNCHANGED ? RES_OK : r;
}
