/* Versions of zones made of text, for tests. */
#ifndef KZ_TESTS_MAKE_ZONE_H
#define KZ_TESTS_MAKE_ZONE_H

#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "parser/master.h"
#include "tests/unit/unit.h"
#include "zone/build.h"

/* Gives the builder a record in presentation form, names relative to the origin. */
static inline void make_record(struct zone_builder *b, const uint8_t *origin, const char *owner,
                               const char *type, uint32_t ttl, const char *text)
{
    static uint8_t rdata[RDATA_MAX_LEN];
    struct name name;
    uint16_t t;
    size_t len;

    CU_ASSERT_EQUAL_FATAL(name_from_text(&name, owner, strlen(owner), origin), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rrtype_from_text(&t, type, strlen(type)), RES_OK);
    CU_ASSERT_EQUAL_FATAL(rdata_from_text(t, CLASS_IN, text, origin, rdata, &len), RES_OK);
    CU_ASSERT_EQUAL_FATAL(
        zone_builder_add(b, name.wire, name.len, t, ttl, rdata, (uint16_t)len, 1, "f"), RES_OK);
}

static inline enum result make_zone_take(void *arg, const struct master_record *rr)
{
    return zone_builder_add(arg, rr->owner, rr->owner_len, rr->type, rr->ttl, rr->rdata, rr->rdlen,
                            (uint32_t)rr->line, rr->file);
}

static inline void make_zone_complain(void *arg, enum master_level level, const char *text)
{
    (void)arg;
    (void)level;
    printf("# %s\n", text);
}

/* A version out of a master file's text. */
static inline struct contents *contents_of(const uint8_t *origin, const char *text)
{
    struct zone_builder *b = zone_builder_new();
    struct zone_build_options bo = {.origin = origin, .rrclass = CLASS_IN};
    struct master_options mo = {.origin = origin, .rrclass = CLASS_IN};
    struct master_callbacks cb = {
        .arg = b, .record = make_zone_take, .message = make_zone_complain};
    struct contents *c = NULL;

    CU_ASSERT_EQUAL_FATAL(zone_builder_start(b, &bo), RES_OK);
    CU_ASSERT_EQUAL_FATAL(master_parse_text(text, strlen(text), "text", &mo, &cb), RES_OK);
    CU_ASSERT_EQUAL_FATAL(zone_builder_finish(b, &c), RES_OK);
    zone_builder_free(b);
    return c;
}

#endif
