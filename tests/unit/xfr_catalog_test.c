/* Catalog zones: what their records mean, and what in them is ignored. */
#include "xfr/catalog.h"

#include "dns/rdata.h"
#include "tests/unit/make_zone.h"
#include "zone/build.h"

static const uint8_t origin[] = "\3cat\7example";
static char said[2048];

struct record {
    const char *owner, *type, *rdata;
};

static void on_message(void *arg, const char *text)
{
    (void)arg;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
}

static enum result read(const struct record *records, struct catalog **out)
{
    static const struct record soa = {"@", "SOA", "invalid. invalid. 7 1 1 1 1"};
    const struct catalog_report report = {.message = on_message};
    struct zone_build_options opt = {.origin = origin, .rrclass = CLASS_IN};
    struct zone_builder *b = zone_builder_new();
    struct contents *c = NULL;
    enum result r;

    said[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(zone_builder_start(b, &opt), RES_OK);
    make_record(b, origin, soa.owner, soa.type, 0, soa.rdata);
    for (; records->owner != NULL; records++)
        make_record(b, origin, records->owner, records->type, 0, records->rdata);
    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(b, &c), RES_OK);
    zone_builder_free(b);
    r = catalog_read(c, &report, out);
    contents_free(c);
    return r;
}

static const struct catalog_member *find(const struct catalog *k, const char *zone)
{
    struct name name;

    name_from_text(&name, zone, strlen(zone), NULL);
    return catalog_find(k, name.wire);
}

static void test_members(void)
{
    static const struct record records[] = {
        {"version", "TXT", "2"},
        {"Aa.zones", "PTR", "One.example."},
        {"group.aa.zones", "TXT", "operators"},
        {"b.zones", "PTR", "two.example."},
        {"coo.b.zones", "PTR", "Other.example."},
        {"primaries.ext.b.zones", "A", "192.0.2.1"},
        {"k1.primaries.ext.b.zones", "AAAA", "2001:db8::1"},
        {"k1.primaries.ext.b.zones", "TXT", "key-one"},
        {"allow-transfer.ext.b.zones", "APL", "1:192.0.2.0/24 !2:2001:db8::/32"},
        {"unknown.ext.b.zones", "TXT", "ignored"},
        {NULL, NULL, NULL},
    };
    const struct catalog_member *m;
    struct catalog *k;

    CU_ASSERT_EQUAL_FATAL(read(records, &k), RES_OK);
    CU_ASSERT_STRING_EQUAL(said, "");
    CU_ASSERT_EQUAL(k->serial, 7);
    CU_ASSERT_EQUAL_FATAL(k->nmembers, 2);
    m = find(k, "ONE.example.");
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    CU_ASSERT_STRING_EQUAL(m->group, "operators");
    CU_ASSERT_TRUE(m->coo == NULL && m->options.nprimaries == 0);
    CU_ASSERT_EQUAL(memcmp(m->unique, "\2aa", 3), 0);
    m = find(k, "two.example.");
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    CU_ASSERT_TRUE(name_equal(m->coo, (const uint8_t *)"\5other\7example"));
    CU_ASSERT_EQUAL_FATAL(m->options.nprimaries, 2);
    CU_ASSERT_PTR_NULL(m->options.primaries[0].key);
    CU_ASSERT_STRING_EQUAL(m->options.primaries[1].key, "key-one");
    CU_ASSERT_STRING_EQUAL(m->options.allow_transfer, "192.0.2.0/24; !2001:db8::/32; ");
    catalog_free(k);
}

/* The catalog's own properties are for all members; in BIND's first version without "ext". */
static void test_options(void)
{
    static const struct record records[] = {
        {"version", "TXT", "1"},        {"masters", "A", "192.0.2.1"},
        {"masters", "A", "192.0.2.2"},  {"x.masters", "A", "192.0.2.3"},
        {"allow-query", "APL", "1:10.0.0.0/8"}, {"a.zones", "PTR", "one.example."},
        {"masters.a.zones", "A", "192.0.2.4"},  {NULL, NULL, NULL},
    };
    struct catalog *k;

    CU_ASSERT_EQUAL_FATAL(read(records, &k), RES_OK);
    CU_ASSERT_EQUAL(k->version, 1);
    CU_ASSERT_EQUAL(k->options.nprimaries, 3);
    CU_ASSERT_STRING_EQUAL(k->options.allow_query, "10.0.0.0/8; ");
    CU_ASSERT_EQUAL(k->members[0].options.nprimaries, 1);
    CU_ASSERT_TRUE(catalog_options_equal(&k->options, &k->options));
    CU_ASSERT_FALSE(catalog_options_equal(&k->options, &k->members[0].options));
    catalog_free(k);
}

static void test_broken(void)
{
    static const struct record no_version[] = {{"a.zones", "PTR", "one.example."},
                                               {NULL, NULL, NULL}};
    static const struct record other_version[] = {{"version", "TXT", "3"}, {NULL, NULL, NULL}};
    static const struct record two_versions[] = {{"version", "TXT", "1"}, {"version", "TXT", "2"},
                                                 {NULL, NULL, NULL}};
    static const struct record members[] = {
        {"version", "TXT", "2"},
        {"a.zones", "PTR", "one.example."},
        {"a.zones", "PTR", "two.example."},     /* two: none */
        {"b.zones", "PTR", "three.example."},
        {"c.zones", "PTR", "three.example."},   /* again */
        {"group.d.zones", "TXT", "nobody"},     /* no zone */
        {"allow-query", "APL", "1:10.0.0.0/8"}, /* not in version 2 */
        {NULL, NULL, NULL},
    };
    struct catalog *k;

    CU_ASSERT_EQUAL(read(no_version, &k), RES_BADZONE);
    CU_ASSERT_EQUAL(read(other_version, &k), RES_BADZONE);
    CU_ASSERT_EQUAL(read(two_versions, &k), RES_BADZONE);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "version"));
    CU_ASSERT_EQUAL_FATAL(read(members, &k), RES_OK);
    CU_ASSERT_EQUAL(k->nmembers, 1);
    CU_ASSERT_EQUAL(memcmp(k->members[0].unique, "\1b", 2), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "'a.zones' has 2 PTR records"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "zone 'three.example' is listed twice"));
    CU_ASSERT_PTR_NULL(k->options.allow_query);
    catalog_free(k);
}

static const struct unit_test tests[] = {
    {"members and their properties", test_members},
    {"properties of the catalog", test_options},
    {"what is broken", test_broken},
};
UNIT_MAIN(tests)
