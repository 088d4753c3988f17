/* Addresses and prefixes: text to value to text, and matching. */
#include "net/addr.h"

#include <string.h>

#include "tests/unit/unit.h"

static void test_parse(void)
{
    static const struct {
        const char *text, *shown;   /* shown NULL: refused */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"fe80::1%lo", "fe80::1%lo"},
        {"fe80::1%nosuchinterface", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.1.", NULL},
        {"", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"example.com", NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        union net_addr a;
        char text[NET_ADDR_TEXT];
        enum result res = net_addr_parse(&a, rows[i].text);
        CU_ASSERT_EQUAL(res == RES_OK, rows[i].shown != NULL);
        if (res == RES_OK && rows[i].shown != NULL)
            CU_ASSERT_STRING_EQUAL(net_addr_format_host(&a, text), rows[i].shown);
    }
}

static void test_format_port(void)
{
    union net_addr a;
    char text[NET_ADDR_TEXT];

    CU_ASSERT_EQUAL(net_addr_parse(&a, "2001:db8::5"), RES_OK);
    net_addr_set_port(&a, 5300);
    CU_ASSERT_STRING_EQUAL(net_addr_format(&a, text), "2001:db8::5#5300");
}

static void test_prefix_parse(void)
{
    static const struct {
        const char *text;
        enum result result;
        unsigned bits;
    } rows[] = {
        {"10/8", RES_OK, 8},
        {"192.168/16", RES_OK, 16},
        {"192.0.2.0/24", RES_OK, 24},
        {"192.0.2.1", RES_OK, 32},
        {"0/0", RES_OK, 0},
        {"2001:db8::/32", RES_OK, 32},
        {"::1", RES_OK, 128},
        {"192.0.2.1/24", RES_RANGE, 0},
        {"2001:db8::1/64", RES_RANGE, 0},
        {"10.1/8", RES_RANGE, 0},
        {"192.0.2.0/33", RES_RANGE, 0},
        {"::/129", RES_RANGE, 0},
        {"192.0.2.0/", RES_RANGE, 0},
        {"192.0.2.0/-1", RES_RANGE, 0},
        {"10", RES_BADADDRESSFORM, 0},
        {"300/8", RES_BADADDRESSFORM, 0},
        {"", RES_BADADDRESSFORM, 0},
        {"/8", RES_BADADDRESSFORM, 0},
        {"1.2.3.4.5/8", RES_BADADDRESSFORM, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net_prefix p;
        CU_ASSERT_EQUAL(net_prefix_parse(&p, rows[i].text), rows[i].result);
        if (rows[i].result == RES_OK)
            CU_ASSERT_EQUAL(p.bits, rows[i].bits);
    }
}

static void test_prefix_match(void)
{
    static const struct {
        const char *prefix, *address;
        bool matches;
    } rows[] = {
        {"10/8", "10.255.0.1", true},        {"10/8", "11.0.0.1", false},
        {"10/8", "::ffff:10.0.0.1", false},  {"0/0", "192.0.2.1", true},
        {"0/0", "::1", false},               {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.200", true}, {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false}, {"192.0.2.1", "192.0.2.1", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct net_prefix p;
        union net_addr a;
        CU_ASSERT_EQUAL(net_prefix_parse(&p, rows[i].prefix), RES_OK);
        CU_ASSERT_EQUAL(net_addr_parse(&a, rows[i].address), RES_OK);
        CU_ASSERT_EQUAL(net_prefix_match(&p, &a), rows[i].matches);
    }
}

static const struct unit_test tests[] = {
    {"addresses from text and back", test_parse},
    {"an address with its port", test_format_port},
    {"prefixes from text", test_prefix_parse},
    {"which addresses a prefix matches", test_prefix_match},
};
UNIT_MAIN(tests)
