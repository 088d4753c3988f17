#include "conf/option_table.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "base/hash.h"

/* The words of the table's second column. */
enum {
    TOP = IN_TOP, OPTIONS = IN_OPTIONS, VIEW = IN_VIEW_BLOCK, PRIMARY = IN_PRIMARY,
    SECONDARY = IN_SECONDARY, MIRROR = IN_MIRROR, HINT = IN_HINT, STUB = IN_STUB,
    STATIC_STUB = IN_STATIC_STUB, FORWARD = IN_FORWARD, REDIRECT = IN_REDIRECT,
    DELEGATION = IN_DELEGATION, IN_VIEW = IN_IN_VIEW, KEY = IN_KEY, TLS = IN_TLS,
    HTTP = IN_HTTP, LOGGING = IN_LOGGING, CHANNEL = IN_CHANNEL, CONTROLS = IN_CONTROLS,
    STATS = IN_STATS, SERVER = IN_SERVER, POLICY = IN_POLICY, KEYSTORE = IN_KEYSTORE,
    RATE = IN_RATE, DNS64 = IN_DNS64, DLZ = IN_DLZ, MANY = OPTION_MANY,
    LEVELS = OPTIONS | VIEW | PRIMARY | SECONDARY | MIRROR,
    EVERY_LEVEL = LEVELS | STUB | STATIC_STUB | REDIRECT,
    ANY_ZONE = IN_ANY_ZONE & ~IN_IN_VIEW
};

/* Values that many rows share. */
#define ACLS "{ <address_match_element>; ... }"
#define SOURCE4 "( <ipv4_address> | * ) [ port ( <port> | * ) ] [ dscp <integer> ]"
#define SOURCE6 "( <ipv6_address> | * ) [ port ( <port> | * ) ] [ dscp <integer> ]"
#define QUERY4                                                                                     \
    "( [ address ] ( <ipv4_address> | * | none ) [ port ( <port> | * ) ] | "                       \
    "port ( <port> | * ) [ address ( <ipv4_address> | * | none ) ] )"
#define QUERY6                                                                                     \
    "( [ address ] ( <ipv6_address> | * | none ) [ port ( <port> | * ) ] | "                       \
    "port ( <port> | * ) [ address ( <ipv6_address> | * | none ) ] )"
#define REMOTES                                                                                    \
    "[ port <port> ] [ source ( <ipv4_address> | * ) ] [ source-v6 ( <ipv6_address> | * ) ] "   \
    "{ ( <ipv4_address> [ port <port> ] | <ipv6_address> [ port <port> ] | "                 \
    "<remote-servers> ) [ key <string> ] [ tls <string> ]; ... }"

const struct option_row option_rows[] = {
#define OPTION(name, places, grammar, default_text, status, what)                                  \
    {name, places, grammar, default_text, STATUS_##status, what},
#include "conf/option_table.def"
#undef OPTION
};
const unsigned option_count = sizeof option_rows / sizeof *option_rows;
_Static_assert(sizeof option_rows / sizeof *option_rows <= OPTION_ROWS_MAX,
               "tables by row have room");

/* Rows by name: chains of those that share a slot, in the order of the table. */
enum { SLOTS = 512 };
static uint16_t slot_first[SLOTS];      /* row + 1; 0: none */
static uint16_t row_next[sizeof option_rows / sizeof *option_rows];
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static unsigned slot_of(const char *name)
{
    return (unsigned)(hash_bytes(0, name, strlen(name)) >> 32) % SLOTS;
}

static void index_build(void)
{
    for (unsigned i = option_count; i-- > 0;) {
        unsigned slot = slot_of(option_rows[i].name);
        row_next[i] = slot_first[slot];
        slot_first[slot] = (uint16_t)(i + 1);
    }
}

const struct option_row *option_find(const char *name, uint32_t places)
{
    pthread_once(&index_once, index_build);
    for (unsigned i = slot_first[slot_of(name)]; i != 0; i = row_next[i - 1]) {
        const struct option_row *row = &option_rows[i - 1];
        if ((row->places & places & ~(uint32_t)OPTION_MANY) != 0 && strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

const struct option_row *option_find_anywhere(const char *name)
{
    return option_find(name, ~(uint32_t)OPTION_MANY);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* How many letters must be added, dropped, changed or swapped to make b of a (the optimal
 * string alignment distance); both shorter than 64. */
static unsigned spelling_distance(const char *a, const char *b)
{
    unsigned rows[3][64];
    unsigned *before = rows[0], *above = rows[1], *here = rows[2];
    unsigned len = (unsigned)strlen(b);

    for (unsigned j = 0; j <= len; j++)
        above[j] = j;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        here[0] = i;
        for (unsigned j = 1; j <= len; j++) {
            here[j] = min3(above[j] + 1, here[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                here[j] = min3(here[j], before[j - 2] + 1, here[j]);
        }
        unsigned *reused = before;
        before = above;
        above = here;
        here = reused;
    }
    return above[len];
}

const char *option_suggest(const char *name, uint32_t places)
{
    size_t len = strlen(name);
    unsigned best = (unsigned)(len / 4) + 2;    /* one mistake in a short word, more in a long */
    const char *found = NULL;

    if (len >= 64)
        return NULL;
    for (unsigned i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        if ((row->places & places & ~(uint32_t)OPTION_MANY) == 0 || strlen(row->name) >= 64 ||
            row->status == STATUS_GONE)
            continue;
        size_t row_len = strlen(row->name);
        if (row_len + best <= len || len + best <= row_len)
            continue;   /* the lengths alone differ too much */
        unsigned distance = spelling_distance(name, row->name);
        if (distance < best) {
            best = distance;
            found = row->name;
        }
    }
    return found;
}

static const struct {
    uint32_t place;
    const char *text;
    const char *block;      /* as the grammar names it; NULL: it does not */
} places[] = {
    {IN_TOP, "top level", NULL},
    {IN_OPTIONS, "options", "options"},
    {IN_VIEW_BLOCK, "view", "view"},
    {IN_ANY_ZONE, "zone", "zone"},
    {IN_PRIMARY, "primary zone", NULL},
    {IN_SECONDARY, "secondary zone", NULL},
    {IN_MIRROR, "mirror zone", NULL},
    {IN_HINT, "hint zone", NULL},
    {IN_STUB, "stub zone", NULL},
    {IN_STATIC_STUB, "static-stub zone", NULL},
    {IN_FORWARD, "forward zone", NULL},
    {IN_REDIRECT, "redirect zone", NULL},
    {IN_DELEGATION, "delegation-only zone", NULL},
    {IN_IN_VIEW, "zone", NULL},
    {IN_KEY, "key", "key"},
    {IN_TLS, "tls", "tls"},
    {IN_HTTP, "http", "http"},
    {IN_LOGGING, "logging", "logging"},
    {IN_CHANNEL, "channel", "channel"},
    {IN_CONTROLS, "controls", "controls"},
    {IN_STATS, "statistics-channels", "statistics-channels"},
    {IN_SERVER, "server", "server"},
    {IN_POLICY, "dnssec-policy", "dnssec-policy"},
    {IN_KEYSTORE, "key-store", "key-store"},
    {IN_RATE, "rate-limit", "rate-limit"},
    {IN_DNS64, "dns64", "dns64"},
    {IN_DLZ, "dlz", "dlz"},
};

const char *option_place_text(uint32_t place)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].place == place)
            return places[i].text;
    return "";
}

uint32_t option_block_places(const char *name)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].block != NULL && strcmp(places[i].block, name) == 0)
            return places[i].place;
    return 0;
}
