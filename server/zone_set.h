/*
 * The zones of a configuration: those that were served before go on with what they have,
 * new ones are made empty.  The maintenance thread builds and swaps; see server/reload.c.
 */
#ifndef KZ_SERVER_ZONE_SET_H
#define KZ_SERVER_ZONE_SET_H

#include "answer/server_data.h"
#include "conf/settings.h"
#include "server/loader.h"

struct zone_set {
    const struct conf_snapshot *conf;
    struct zone ***zones;       /* [view][zone], as in the snapshot; NULL: serves nothing here */
    struct loader_item *loads;  /* what must be loaded or looked at, loads[i].zone once each */
    uint32_t nloads, nforced;   /* the forced ones come first */
};

/* Zones that are `served` (NULL: none is) are taken over where name, class, view and type are
 * the same; nothing of them is changed yet.  NULL without memory. */
struct zone_set *zone_set_new(const struct conf_snapshot *conf,
                              const struct answer_server *served);

/* Makes every zone's settings those of this set's snapshot. */
void zone_set_adopt(struct zone_set *s);

/* Frees the set and those of its zones whose settings are its snapshot's: zones that another
 * set has adopted stay, and so do those that it took over and never adopted.  No reader may
 * hold a zone that goes.  NULL is fine. */
void zone_set_free(struct zone_set *s);

#endif
