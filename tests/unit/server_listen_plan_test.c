#include "server/listen_plan.h"

#include <stdlib.h>

#include "tests/unit/acl_hand.h"
#include "tests/unit/unit.h"

struct iface_row {
    const char *name, *addr;
    uint8_t bits;
};

static const struct iface_row host[] = {
    {"lo", "127.0.0.1", 8},     {"eth0", "192.0.2.1", 24}, {"eth0", "192.0.2.7", 24},
    {"lo", "::1", 128},         {"eth0", "2001:db8::1", 64}, {"eth0", "fe80::1", 64},
    {"eth0", "192.0.2.1", 32},  /* the same address again, on a tunnel perhaps */
};

static struct net_ifaces *make_host(void)
{
    enum { COUNT = sizeof host / sizeof *host };
    struct net_ifaces *r = calloc(1, sizeof *r + COUNT * sizeof *r->list);

    for (unsigned i = 0; i < COUNT; i++) {
        struct net_iface *f = &r->list[r->count++];
        size_t len;
        strcpy(f->name, host[i].name);
        CU_ASSERT_EQUAL(net_addr_parse(&f->addr, host[i].addr), RES_OK);
        f->network.family = f->addr.sa.sa_family;
        f->network.bits = host[i].bits;
        memcpy(f->network.addr, net_addr_bytes(&f->addr, &len), host[i].bits / 8);
    }
    return r;
}

/* "127.0.0.1#53 192.0.2.1#53", for comparing. */
static char *places_text(const struct listen_places *p)
{
    static char out[1024];
    char text[NET_ADDR_TEXT];

    *out = 0;
    for (unsigned i = 0; i < p->count; i++) {
        strcat(out, i ? " " : "");
        strcat(out, net_addr_format(&p->list[i].addr, text));
    }
    return out;
}

static void test_wanted(void)
{
    static const struct {
        sa_family_t family;
        uint16_t port;
        const char *acl, *second;       /* a second list, on port 5353 */
        const char *tls, *expect;
    } rows[] = {
        {AF_INET, 53, "any", NULL, NULL, "127.0.0.1#53 192.0.2.1#53 192.0.2.7#53"},
        {AF_INET6, 53, "any", NULL, NULL, "::1#53 2001:db8::1#53 fe80::1#53"},
        {AF_INET, 53, "!any", NULL, NULL, ""},
        {AF_INET, 53, "192.0.2.0/24", NULL, NULL, "192.0.2.1#53 192.0.2.7#53"},
        {AF_INET, 53, "192.0.2.7", "127.0.0.1", NULL, "127.0.0.1#5353 192.0.2.7#53"},
        {AF_INET, 53, "127.0.0.1", "any", NULL,
         "127.0.0.1#53 127.0.0.1#5353 192.0.2.1#5353 192.0.2.7#5353"},
        {AF_INET, 53, "198.51.100.1", NULL, NULL, ""},
        {AF_INET, 53, "localhost", NULL, NULL, "127.0.0.1#53 192.0.2.1#53 192.0.2.7#53"},
        {AF_INET6, 53, "localnets", NULL, NULL, "::1#53 2001:db8::1#53 fe80::1#53"},
        {AF_INET, 853, "any", NULL, "cert", ""},
        {AF_INET, 853, "any", "any", "cert", "127.0.0.1#5353 192.0.2.1#5353 192.0.2.7#5353"},
    };
    struct net_ifaces *ifaces = make_host();
    struct acl_env *env = listen_plan_env(ifaces);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct acl *first = acl_hand(rows[i].acl);
        struct acl *second = acl_hand(rows[i].second ? rows[i].second : "any");
        struct conf_listener lists[] = {
            {.port = rows[i].port, .family = rows[i].family, .acl = first, .tls = rows[i].tls},
            {.port = 5353, .family = rows[i].family, .acl = second},
        };
        struct listen_wishes wishes = {lists, rows[i].second ? 2 : 1, false};
        struct listen_places wanted = {0};
        CU_ASSERT_EQUAL(listen_plan_wanted(&wanted, ifaces, rows[i].family, &wishes, env), RES_OK);
        CU_ASSERT_STRING_EQUAL(places_text(&wanted), rows[i].expect);
        listen_places_free(&wanted);
        free(first);
        free(second);
    }
    free(env);
    free(ifaces);
}

static void test_places(void)
{
    struct listen_places set = {0};
    union net_addr other_scope;

    for (unsigned i = 0; i < 20; i++) {
        struct listen_place p = {0};
        net_addr_parse(&p.addr, "fe80::1");
        p.addr.v6.sin6_scope_id = i + 1;
        net_addr_set_port(&p.addr, 53);
        CU_ASSERT_FALSE(listen_places_have(&set, &p.addr));
        CU_ASSERT_EQUAL(listen_places_add(&set, &p), RES_OK);
        CU_ASSERT_TRUE(listen_places_have(&set, &p.addr));
        other_scope = p.addr;
    }
    listen_places_remove(&set, 19);
    CU_ASSERT_FALSE(listen_places_have(&set, &other_scope));
    for (unsigned i = 19; i > 0; i--)
        listen_places_remove(&set, 0);
    CU_ASSERT_EQUAL(set.count, 0);
    listen_places_free(&set);
}

static void test_env(void)
{
    struct net_ifaces *ifaces = make_host();
    struct acl_env *a = listen_plan_env(ifaces), *b = listen_plan_env(ifaces), *c;
    union net_addr near, here, far;

    net_addr_parse(&here, "192.0.2.7");
    net_addr_parse(&near, "192.0.2.200");
    net_addr_parse(&far, "198.51.100.1");
    CU_ASSERT_TRUE(listen_env_equal(a, b));
    ifaces->list[0].addr.v4.sin_addr.s_addr++;
    c = listen_plan_env(ifaces);
    CU_ASSERT_FALSE(listen_env_equal(a, c));
    CU_ASSERT_TRUE(net_prefix_match(&a->localhost[2], &here));
    CU_ASSERT_FALSE(net_prefix_match(&a->localhost[2], &near));
    CU_ASSERT_TRUE(net_prefix_match(&a->localnets[2], &near));
    CU_ASSERT_FALSE(net_prefix_match(&a->localnets[2], &far));
    free(a);
    free(b);
    free(c);
    free(ifaces);
}

/* What the system really says: the loopback address is there, with its network. */
static void test_real_host(void)
{
    struct net_ifaces *ifaces;
    bool found = false;
    char text[NET_ADDR_TEXT];

    CU_ASSERT_EQUAL_FATAL(net_ifaces_get(&ifaces), RES_OK);
    for (unsigned i = 0; i < ifaces->count; i++) {
        const struct net_iface *f = &ifaces->list[i];
        CU_ASSERT_TRUE(net_prefix_match(&f->network, &f->addr));
        CU_ASSERT_EQUAL(net_addr_port(&f->addr), 0);
        found |= strcmp(net_addr_format_host(&f->addr, text), "127.0.0.1") == 0 &&
                 f->network.bits == 8;
    }
    CU_ASSERT_TRUE(found);
    free(ifaces);
}

static const struct unit_test tests[] = {
    {"listen-on lists choose addresses, each once per port", test_wanted},
    {"a set of places tells scopes apart", test_places},
    {"localhost and localnets are the host's addresses and networks", test_env},
    {"the system's own addresses", test_real_host},
};
UNIT_MAIN(tests)
