/* ZONEMD: the examples of RFC 8976 appendix A, as files, and what is changed in them. */
#include "zone/zonemd.h"

#include <stdlib.h>

#include "dns/rrtype.h"
#include "parser/master.h"
#include "tests/unit/unit.h"
#include "zone/build.h"

static enum result take(void *arg, const struct master_record *rr)
{
    return zone_builder_add(arg, rr->owner, rr->owner_len, rr->type, rr->ttl, rr->rdata, rr->rdlen,
                            0, "");
}

static void ignore(void *arg, enum master_level level, const char *text)
{
    (void)arg;
    (void)level;
    (void)text;
}

static enum zonemd_verdict verify(const char *file)
{
    static const uint8_t origin[] = "\7example";
    struct zone_build_options opt = {.origin = origin, .rrclass = CLASS_IN};
    struct master_options in = {.origin = origin, .rrclass = CLASS_IN};
    struct zone_builder *b = zone_builder_new();
    struct master_callbacks cb = {.arg = b, .record = take, .message = ignore};
    enum zonemd_verdict v = ZONEMD_NONE;
    struct contents *c = NULL;
    const char *dir;
    char path[1024];

    dir = getenv("SRC") ? getenv("SRC") : getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/vectors/zonemd/%s", dir ? dir : ".", file);
    CU_ASSERT_EQUAL(zone_builder_start(b, &opt), RES_OK);
    CU_ASSERT_EQUAL(master_parse_file(path, &in, &cb), RES_OK);
    CU_ASSERT_EQUAL(zone_builder_finish(b, &c), RES_OK);
    zone_builder_free(b);
    if (c != NULL)
        v = zonemd_verify(c, CLASS_IN);
    contents_free(c);
    return v;
}

static void test_files(void)
{
    static const struct {
        const char *file;
        enum zonemd_verdict verdict;
    } rows[] = {
        {"simple", ZONEMD_MATCHES},         {"complex", ZONEMD_MATCHES},
        {"multiple", ZONEMD_MATCHES},       {"changed", ZONEMD_MISMATCH},
        {"other-serial", ZONEMD_WRONG_SERIAL}, {"unknown-hash", ZONEMD_UNSUPPORTED},
        {"none", ZONEMD_NONE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CU_ASSERT_EQUAL(verify(rows[i].file), rows[i].verdict);
}

static const struct unit_test tests[] = {
    {"files with digests", test_files},
};
UNIT_MAIN(tests)
