/*
 * Catalog zones (RFC 9432), as their consumer: the zones that they list are served as
 * secondaries, come, change and go as the catalogs do.
 *
 *   a catalog's new version -> read (xfr/catalog.h) -> compared with what is in force
 *   (xfr/catalog_plan.h) -> settings for what is new (conf/added.h) -> one new configuration for
 *   all of it (server/additions.h) -> files of what went are removed, what came is loaded.
 *
 * Nothing of it is kept on disk: at the start members come out of the catalogs' own files.
 * All of it is the maintenance thread's.
 */
#ifndef KZ_SERVER_CATALOGS_H
#define KZ_SERVER_CATALOGS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/added.h"
#include "server/server.h"

struct catalogs;

/* NULL without memory. */
struct catalogs *catalogs_new(struct server *s);
void catalogs_free(struct catalogs *all);       /* NULL is fine */

/* For changes_watch(): the zone may be a catalog. */
void catalogs_changed(void *all, struct zone *z);

/* Call after each step of the loop: what has changed comes into force while the server is
 * idle; something waits for that. */
void catalogs_check(struct catalogs *all);
bool catalogs_are_waiting(const struct catalogs *all);

/*
 * A configuration was loaded: *conf becomes one that has the members, too, so that they are
 * served without a gap.  When it is in force comes catalogs_configured(), which also looks at
 * all catalogs anew; when it does not come into force, catalogs_revert().  False without memory:
 * *conf is as it was.
 */
bool catalogs_carry(struct catalogs *all, struct conf_snapshot **conf);
void catalogs_configured(struct catalogs *all);
void catalogs_revert(struct catalogs *all);

/* Removes the members that a catalog lists no more, as many as they are; *count gets their
 * number.  RES_NOTFOUND: it is no catalog; RES_UNCHANGED: there are none. */
enum result catalogs_confirm(struct catalogs *all, const struct zone *z, size_t *count);

#endif
