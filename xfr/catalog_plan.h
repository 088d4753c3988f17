/*
 * From what is in force of a catalog zone to what it says now: which zones come, change, are
 * reset and go (RFC 9432 §5), and whether so many would go that somebody should look first.
 *
 * Pure; any thread.
 */
#ifndef KZ_XFR_CATALOG_PLAN_H
#define KZ_XFR_CATALOG_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A member, as far as plans are concerned. */
struct catalog_entry {
    const uint8_t *zone;        /* name, small letters */
    const uint8_t *unique;      /* its label in the catalog, small letters */
    const char *settings;       /* all that is set for it, as text */
};

enum catalog_step {
    CATALOG_KEEP,
    CATALOG_ADD,
    CATALOG_MODIFY,             /* other settings; what is served stays */
    CATALOG_RESET,              /* the same name, but a new zone: nothing of the old one stays
                                 * (RFC 9432 §5.4) */
    CATALOG_DELETE
};

/* Numbers of entries; CATALOG_NONE where there is none. */
#define CATALOG_NONE SIZE_MAX
struct catalog_move {
    enum catalog_step step;
    size_t held, wanted;
};

/* Both lists are in canonical order of zones, each zone once.  `out` has room for nheld +
 * nwanted; returns how many there are, in the order of zones. */
size_t catalog_plan(const struct catalog_entry *held, size_t nheld,
                    const struct catalog_entry *wanted, size_t nwanted, struct catalog_move *out);

/* Is this more than is believed without asking: at least ten zones, and over half of them? */
bool catalog_is_mass_removal(size_t held, size_t removed);

#endif
