/*
 * Zones that rndc has added, changed or deleted since the configuration was loaded, and the
 * way in which such a change comes into force: a new snapshot out of the loaded one and all
 * changes, applied like any other configuration.  A reload of the configuration makes the
 * list empty: what was added then comes from its file, what was deleted from named.conf is
 * back.  Maintenance thread, only while no zone is loading or being written.
 */
#ifndef KZ_SERVER_ADDITIONS_H
#define KZ_SERVER_ADDITIONS_H

#include "conf/added.h"
#include "server/server.h"

/* Beside them, the zones that catalogs list (server/catalogs.h, who owns what they point to): the
 * list, from malloc, changes places with the one there.  Then all comes into force once more;
 * false without memory: nothing has changed. */
struct addition_members {
    struct conf_zone_change *list;
    unsigned n;
};
void additions_swap_members(struct additions *a, struct addition_members *m);
bool additions_apply_all(struct server *s);

/* A configuration was loaded and is in force: the list is empty. */
void additions_forget(struct server *s);

/* What a zone was before a change, for going back. */
struct addition_before {
    bool listed;                    /* a change of it stood in the list */
    struct conf_snapshot *then;     /* kept; NULL: it was deleted */
};

/*
 * Puts the zone's new settings (`now` is kept; NULL: it goes) into force.  RES_NOMEM:
 * nothing has changed.  *before may be NULL, or belongs to the caller, who ends it with
 * additions_revert() or additions_settle().
 */
enum result additions_apply(struct server *s, const char *view, const uint8_t *name,
                            struct conf_snapshot *now, struct addition_before *before);
enum result additions_revert(struct server *s, const char *view, const uint8_t *name,
                             struct addition_before *before);
void additions_settle(struct addition_before *before);

/* The list that a server begins with: empty.  NULL without memory. */
struct additions *additions_new(void);
void additions_free(struct additions *a);       /* NULL is fine */

#endif
