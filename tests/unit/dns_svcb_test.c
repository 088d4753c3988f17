/* What check-svcb says to SVCB records of DNS servers (RFC 9461) and to others. */
#include "dns/svcb.h"

#include "dns/rdata.h"
#include "tests/unit/unit.h"

static const struct {
    const char *owner, *rdata, *want;   /* want NULL: nothing is wrong */
} rows[] = {
    {"_dns.example.", "1 ns. alpn=dot", NULL},
    {"_dns.example.", "1 ns. port=53", "no ALPN"},
    {"_DNS.example.", "1 ns.", "no ALPN"},
    {"_853._dns.example.", "1 ns.", "no ALPN"},
    {"_dns.example.", "0 ns.", NULL},
    {"_dns.example.", "1 ns. alpn=dot,h2", "no DOHPATH"},
    {"_dns.example.", "1 ns. alpn=h3 port=443", "no DOHPATH"},
    {"_dns.example.", "1 ns. alpn=h2 dohpath=/q{?dns}", NULL},
    {"dns.example.", "1 ns. port=53", NULL},
    {"_x._dns.example.", "1 ns. port=53", NULL},
    {"_853.dns.example.", "1 ns. port=53", NULL},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t rdata[512];
        struct name owner;
        const char *got;
        size_t len;

        CU_ASSERT_EQUAL_FATAL(name_from_text(&owner, rows[i].owner, strlen(rows[i].owner), NULL),
                              RES_OK);
        CU_ASSERT_EQUAL_FATAL(
            rdata_from_text(TYPE_SVCB, CLASS_IN, rows[i].rdata, NULL, rdata, &len), RES_OK);
        got = svcb_dns_mistake(owner.wire, rdata, len);
        CU_ASSERT_EQUAL(got == NULL, rows[i].want == NULL);
        if (got != NULL && rows[i].want != NULL)
            CU_ASSERT_STRING_EQUAL(got, rows[i].want);
    }
}

static const struct unit_test tests[] = {{"SVCB records of DNS servers", test_rows}};

UNIT_MAIN(tests)
