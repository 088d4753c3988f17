/*
 * The members of a catalog zone with their settings: what is in force of it, or will be.  A list
 * owns its memory.  Maintenance thread.
 */
#ifndef KZ_SERVER_CATALOG_MEMBERS_H
#define KZ_SERVER_CATALOG_MEMBERS_H

#include "base/region.h"
#include "conf/settings.h"
#include "xfr/catalog.h"
#include "xfr/catalog_plan.h"

struct member {
    struct catalog_entry entry;
    const uint8_t *coo;             /* the catalog that may take it over; NULL: none */
    const char *group, *file;       /* NULL: none */
    struct conf_snapshot *now;      /* its settings, read, … */
    unsigned at;                    /* … and where in it; NULL: not yet */
    bool is_reset;                  /* what was served of it goes first */
};

struct members {
    struct region *memory;
    struct member *list;            /* by canonical order of zones */
    size_t n, room;
};

/* An empty list with room.  NULL without memory. */
struct members *members_new(size_t room);
void members_free(struct members *m);           /* NULL is fine */

/* Adds a copy of `from`, with its settings.  At the end, in order; there is room. */
struct member *members_add(struct members *m, const struct member *from);

/* The member with this zone; NULL: there is none. */
const struct member *members_find(const struct members *m, const uint8_t *zone);

/*
 * What a catalog lists, as members without `now`: their files and the text of their statements,
 * made out of the properties in it and what `conf` says.  Zones without primaries are told of;
 * their text is "".  NULL without memory.
 */
struct members *members_of_catalog(const struct catalog *k, const struct conf_catalog *conf,
                                   const char *view);

/*
 * Reads the statements of all that have no settings yet but a text, within snapshot `s`, for view
 * number `view`.  Those that cannot be read are told of and stay without.  False without memory.
 */
bool members_load(struct members *m, const struct conf_snapshot *s, unsigned view,
                  const char *catalog);

/* Those without settings go; and those that are to be reset. */
void members_drop_unloaded(struct members *m);
void members_drop_resets(struct members *m);

#endif
