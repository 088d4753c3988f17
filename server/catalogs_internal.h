/*
 * What catalogs.c and catalog_update.c share.  Maintenance thread.
 */
#ifndef KZ_SERVER_CATALOGS_INTERNAL_H
#define KZ_SERVER_CATALOGS_INTERNAL_H

#include "net/timer.h"
#include "server/additions.h"
#include "server/catalog_members.h"
#include "server/server.h"

/* One catalog of one view. */
struct catalog_state {
    struct catalogs *all;
    char *view;
    uint8_t *name;                  /* wire, small letters */
    char *text;                     /* the name, for messages */
    struct members *held;           /* in force */
    struct members *next;           /* while a change is being made: what will be; NULL: the same */
    struct net_timer timer;         /* the end of min-update-interval */
    int64_t updated_ms;             /* when it was read last; 0: never */
    size_t missing;                 /* members that it lists no more, until that is confirmed */
    bool due;                       /* has something to be read */
    bool refused;                   /* lists zones that another catalog has */
    bool is_fresh;                  /* was read in the change at hand */
    bool confirmed;                 /* the removal of those that are missing */
    bool is_listed;                 /* in the configuration that is coming */
};

/* What is left to do when the new configuration is in force. */
enum catalog_effect_kind { EFFECT_LOAD, EFFECT_REMOVE, EFFECT_MOVE };

struct catalog_effect {
    enum catalog_effect_kind what;
    bool is_reset;                  /* EFFECT_REMOVE: before the zone comes again */
    const char *view;
    const uint8_t *zone;
    const char *file, *to;          /* EFFECT_MOVE: from file to `to` */
};

struct catalogs {
    struct server *s;
    struct catalog_state **list;
    unsigned n, room;
    struct region *memory;          /* of the effects */
    struct catalog_effect *effects;
    size_t neffects, effects_room;
    bool is_changed;                /* the change at hand changes the configuration */
    bool has_resets, skip_resets;
    struct addition_members carried;    /* between catalogs_carry() and what ends it */
    struct loader_item *items;      /* of the run that loads new members */
};

/* Members as they are, or will be when the change at hand is done. */
static inline struct members *catalog_members(const struct catalog_state *st)
{
    return st->next != NULL ? st->next : st->held;
}

/* Notes an effect; strings are copied.  Out of memory shows in the region. */
void catalogs_note(struct catalogs *all, const struct catalog_effect *e);

/* What the configuration says of the catalog, and its view's number; NULL: nothing. */
const struct conf_catalog *catalog_conf(const struct conf_snapshot *conf,
                                        const struct catalog_state *st, unsigned *view);

/* ---- catalog_update.c ---- */

/* Reads the catalog and makes `next` of it and of what is in force, also those of catalogs that
 * give zones to it.  False without memory: some `next` may be there already. */
bool catalog_prepare(struct catalog_state *st);

#endif
