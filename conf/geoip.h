/*
 * `geoip` elements of address match lists, from MaxMind's databases.
 *
 * The databases of a directory are opened once per process and stay open; opening is
 * the maintenance thread's, matching any thread's.  Built without libmaxminddb nothing
 * ever matches and conf refuses the element.
 */
#ifndef KZ_CONF_GEOIP_H
#define KZ_CONF_GEOIP_H

#include <stdbool.h>

#include "net/addr.h"

/* What an element looks up, and in which of the databases. */
enum geoip_db { GEOIP_DB_ANY, GEOIP_DB_CITY, GEOIP_DB_COUNTRY, GEOIP_DB_ASNUM, GEOIP_DB_ISP,
                GEOIP_DB_DOMAIN };

struct geoip_rule {
    enum geoip_db db;
    const char *field;          /* "country", "asnum" … */
    const char *value;
};

/* The database that `geoip db WORD` means (enum geoip_db), -1 for none; is WORD a field
 * ("country", "asnum" …)?  Without libmaxminddb none is. */
int geoip_db_from_text(const char *word);
bool geoip_field_known(const char *word);

/* Opens what GeoIP2 and GeoLite2 databases `directory` holds. */
void geoip_open(const char *directory);

bool geoip_match(const struct geoip_rule *rule, const union net_addr *addr);

#endif
