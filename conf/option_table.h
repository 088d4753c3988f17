/*
 * The table of named.conf's options (conf/option_table.def).  Static; any thread.
 */
#ifndef KZ_CONF_OPTION_TABLE_H
#define KZ_CONF_OPTION_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Where an option may stand: bits. */
enum option_place {
    IN_TOP = 1 << 0, IN_OPTIONS = 1 << 1, IN_VIEW_BLOCK = 1 << 2, IN_PRIMARY = 1 << 3,
    IN_SECONDARY = 1 << 4, IN_MIRROR = 1 << 5, IN_HINT = 1 << 6, IN_STUB = 1 << 7,
    IN_STATIC_STUB = 1 << 8, IN_FORWARD = 1 << 9, IN_REDIRECT = 1 << 10,
    IN_DELEGATION = 1 << 11, IN_IN_VIEW = 1 << 12, IN_KEY = 1 << 13, IN_TLS = 1 << 14,
    IN_HTTP = 1 << 15, IN_LOGGING = 1 << 16, IN_CHANNEL = 1 << 17, IN_CONTROLS = 1 << 18,
    IN_STATS = 1 << 19, IN_SERVER = 1 << 20, IN_POLICY = 1 << 21, IN_KEYSTORE = 1 << 22,
    IN_RATE = 1 << 23, IN_DNS64 = 1 << 24, IN_DLZ = 1 << 25,
    OPTION_MANY = 1 << 26       /* may stand more than once */
};
enum {
    IN_ANY_ZONE = IN_PRIMARY | IN_SECONDARY | IN_MIRROR | IN_HINT | IN_STUB | IN_STATIC_STUB |
                  IN_FORWARD | IN_REDIRECT | IN_DELEGATION | IN_IN_VIEW
};

enum option_status {
    STATUS_WORKS,
    STATUS_NOTED,       /* read, checked and kept; what it asks for is not done yet */
    STATUS_NO_EFFECT,   /* accepted; there is nothing for it to do here */
    STATUS_RESOLVER,    /* concerns resolvers: accepted, one warning for all of them */
    STATUS_DEPRECATED,  /* accepted with a warning, no effect */
    STATUS_OBSOLETE,    /* the same, in BIND's other words */
    STATUS_REFUSED,     /* an error: not supported */
    STATUS_GONE         /* an error in BIND too, which knows the name still */
};

struct option_row {
    const char *name;
    uint32_t places;            /* enum option_place */
    const char *grammar;
    const char *default_text;   /* NULL: none */
    enum option_status status;
    const char *what;
};

enum { OPTION_ROWS_MAX = 512 };     /* room in tables that are indexed by row */

extern const struct option_row option_rows[];
extern const unsigned option_count;

static inline unsigned option_index(const struct option_row *row)
{
    return (unsigned)(row - option_rows);
}

/* The row of a name at one of `places`; NULL when there is none. */
const struct option_row *option_find(const char *name, uint32_t places);

/* A row of that name wherever it may stand. */
const struct option_row *option_find_anywhere(const char *name);

/* The name of an option at `places` that a typing mistake may have made `name` of; NULL
 * when none is near. */
const char *option_suggest(const char *name, uint32_t places);

/* "options", "primary zone", … for each bit; the words of the manual. */
const char *option_place_text(uint32_t place);

/* The bits of a block that the grammar calls `@name`; 0 for none. */
uint32_t option_block_places(const char *name);

#endif
