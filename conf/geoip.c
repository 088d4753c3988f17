#include "conf/geoip.h"

#include <string.h>

#include "config.h"

#ifdef HAVE_MAXMINDDB

#include <maxminddb.h>
#include <stdio.h>
#include <strings.h>

/* One row per database: its word in `geoip db WORD …` and the files that hold it. */
static struct {
    const char *word;
    const char *files[3];
    bool open;
    MMDB_s db;
} databases[] = {
    [GEOIP_DB_ANY] = {"", {NULL}, false, {0}},
    [GEOIP_DB_CITY] = {"city", {"GeoIP2-City.mmdb", "GeoLite2-City.mmdb", NULL}, false, {0}},
    [GEOIP_DB_COUNTRY] = {"country", {"GeoIP2-Country.mmdb", "GeoLite2-Country.mmdb", NULL},
                          false, {0}},
    [GEOIP_DB_ASNUM] = {"asnum", {"GeoIP2-ASN.mmdb", "GeoLite2-ASN.mmdb", NULL}, false, {0}},
    [GEOIP_DB_ISP] = {"isp", {"GeoIP2-ISP.mmdb", NULL}, false, {0}},
    [GEOIP_DB_DOMAIN] = {"domain", {"GeoIP2-Domain.mmdb", NULL}, false, {0}},
};
enum { DATABASE_COUNT = sizeof databases / sizeof *databases };

/* One row per field: its word, the databases that know it in the order to ask, where it
 * lies in a record, and where a value of more than two letters does, a name and no code. */
static const struct field {
    const char *word;
    enum geoip_db dbs[2];
    const char *path[4], *name_path[5];
} fields[] = {
    {"continent", {GEOIP_DB_CITY, GEOIP_DB_COUNTRY}, {"continent", "code", NULL},
     {"continent", "names", "en", NULL}},
    {"country", {GEOIP_DB_COUNTRY, GEOIP_DB_CITY}, {"country", "iso_code", NULL},
     {"country", "names", "en", NULL}},
    {"region", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"subdivisions", "0", "iso_code", NULL},
     {"subdivisions", "0", "names", "en", NULL}},
    {"subdivision", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"subdivisions", "0", "iso_code", NULL},
     {"subdivisions", "0", "names", "en", NULL}},
    {"city", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"city", "names", "en", NULL}, {NULL}},
    {"postal", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"postal", "code", NULL}, {NULL}},
    {"postalcode", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"postal", "code", NULL}, {NULL}},
    {"metro", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"location", "metro_code", NULL}, {NULL}},
    {"metrocode", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"location", "metro_code", NULL}, {NULL}},
    {"tz", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"location", "time_zone", NULL}, {NULL}},
    {"timezone", {GEOIP_DB_CITY, GEOIP_DB_ANY}, {"location", "time_zone", NULL}, {NULL}},
    {"asnum", {GEOIP_DB_ASNUM, GEOIP_DB_ISP}, {"autonomous_system_number", NULL}, {NULL}},
    {"isp", {GEOIP_DB_ISP, GEOIP_DB_ANY}, {"isp", NULL}, {NULL}},
    {"org", {GEOIP_DB_ASNUM, GEOIP_DB_ISP}, {"autonomous_system_organization", NULL}, {NULL}},
    {"domain", {GEOIP_DB_DOMAIN, GEOIP_DB_ANY}, {"domain", NULL}, {NULL}},
};

static const struct field *field_find(const char *word)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcasecmp(fields[i].word, word) == 0)
            return &fields[i];
    return NULL;
}

int geoip_db_from_text(const char *word)
{
    for (int i = 0; i < DATABASE_COUNT; i++)
        if (strcasecmp(databases[i].word, word) == 0)
            return i;
    return -1;
}

bool geoip_field_known(const char *word)
{
    return field_find(word) != NULL;
}

void geoip_open(const char *directory)
{
    for (int i = 0; i < DATABASE_COUNT; i++) {
        for (const char *const *file = databases[i].files; *file && !databases[i].open; file++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", directory, *file);
            bool open = MMDB_open(path, MMDB_MODE_MMAP, &databases[i].db) == MMDB_SUCCESS;
            __atomic_store_n(&databases[i].open, open, __ATOMIC_RELEASE);
        }
    }
}

/* "AS64496 Example", "as64496" and "64496" all mean the number. */
static bool asnum_equal(uint32_t number, const char *text)
{
    char own[16];

    if (strncasecmp(text, "AS", 2) == 0)
        text += 2;
    int len = snprintf(own, sizeof own, "%u", number);
    return strncmp(own, text, (size_t)len) == 0 && (text[len] == '\0' || text[len] == ' ');
}

static bool entry_equal(const MMDB_entry_data_s *e, const char *value)
{
    if (!e->has_data)
        return false;
    switch (e->type) {
    case MMDB_DATA_TYPE_UTF8_STRING:
        return e->data_size == strlen(value) &&
               strncasecmp(e->utf8_string, value, e->data_size) == 0;
    case MMDB_DATA_TYPE_UINT16:
        return asnum_equal(e->uint16, value);
    case MMDB_DATA_TYPE_UINT32:
        return asnum_equal(e->uint32, value);
    default:
        return false;
    }
}

static bool database_match(enum geoip_db which, const struct field *f, const char *value,
                           const union net_addr *addr)
{
    bool is_name = f->name_path[0] != NULL && strlen(value) > 2;
    const char *const *path = is_name ? f->name_path : f->path;
    int err = MMDB_SUCCESS;
    MMDB_entry_data_s data;

    if (!__atomic_load_n(&databases[which].open, __ATOMIC_ACQUIRE))
        return false;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&databases[which].db, &addr->sa, &err);
    if (err != MMDB_SUCCESS || !found.found_entry)
        return false;
    return MMDB_aget_value(&found.entry, &data, path) == MMDB_SUCCESS && entry_equal(&data, value);
}

bool geoip_match(const struct geoip_rule *rule, const union net_addr *addr)
{
    const struct field *f = field_find(rule->field);

    if (f == NULL)
        return false;
    if (rule->db != GEOIP_DB_ANY)
        return database_match(rule->db, f, rule->value, addr);
    return database_match(f->dbs[0], f, rule->value, addr) ||
           (f->dbs[1] != GEOIP_DB_ANY && database_match(f->dbs[1], f, rule->value, addr));
}

#else

int geoip_db_from_text(const char *word)
{
    (void)word;
    return -1;
}

bool geoip_field_known(const char *word)
{
    (void)word;
    return false;
}

void geoip_open(const char *directory)
{
    (void)directory;
}

bool geoip_match(const struct geoip_rule *rule, const union net_addr *addr)
{
    (void)rule;
    (void)addr;
    return false;
}

#endif
