/* What a check of a delegation makes of answers; its arguments; its JSON. */
#include "xfr/delegation.h"

#include <stdlib.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "tests/unit/unit.h"

static const uint8_t zone[] = "\7example\4test";
static const uint8_t ns1[] = "\3ns1\7example\4test", ns2[] = "\3ns2\7example\4test",
                     away[] = "\4away\5other";

static union net_addr addr(const char *text)
{
    union net_addr a;

    CU_ASSERT_EQUAL(net_addr_parse(&a, text), RES_OK);
    return a;
}

static struct delegation_probe good(uint32_t serial)
{
    return (struct delegation_probe){
        .asked = true, .aa = true, .has_soa = true, .serial = serial};
}

static struct delegation_server *add_server(struct delegation *d, const char *address,
                                            const uint8_t *name, uint32_t serial)
{
    union net_addr a = addr(address);
    struct delegation_server *s = delegation_server(d, &a, name, false, NULL);

    s->udp = s->tcp = good(serial);
    s->has_ns = true;
    s->ns = 3;
    return s;
}

static void add_host(struct delegation *d, const uint8_t *name, const char *address)
{
    struct delegation_host *h = &d->hosts[delegation_host(d, name)];
    union net_addr a = addr(address);

    delegation_add_addr(&h->glue, &a);
    delegation_add_addr(&h->own, &a);
    h->asked = h->answered = 2;
}

/* A delegation without a mistake: a parent's server, two name servers. */
enum { PARENT, FIRST, SECOND };

static struct delegation *make_fine(void)
{
    struct delegation_options o;
    struct delegation_server *parent;
    union net_addr a = addr("192.0.2.100");
    struct delegation *d;

    delegation_options_init(&o);
    d = delegation_new(zone, &o);
    parent = delegation_server(d, &a, NULL, true, NULL);
    parent->udp = (struct delegation_probe){.asked = true};
    parent->has_ns = true;
    parent->ns = 3;
    add_host(d, ns1, "192.0.2.1");
    add_host(d, ns2, "192.0.2.2");
    add_server(d, "192.0.2.1", ns1, 7);
    add_server(d, "192.0.2.2", ns2, 7);
    return d;
}

/* ---- One mistake each ---- */

static void change_nothing(struct delegation *d)
{
    (void)d;
}

static void not_delegated(struct delegation *d)
{
    d->servers[PARENT].ns = 0;
}

static void only_at_parent(struct delegation *d)
{
    d->servers[FIRST].ns = d->servers[SECOND].ns = 1;
}

static void only_at_child(struct delegation *d)
{
    d->servers[PARENT].ns = 1;
}

static void children_differ(struct delegation *d)
{
    d->servers[SECOND].udp.serial = d->servers[SECOND].tcp.serial = 6;
    d->servers[SECOND].ns = 1;
}

static void newest_decides(struct delegation *d)
{
    d->servers[SECOND].udp.serial = d->servers[SECOND].tcp.serial = 6;
    d->servers[FIRST].ns = 1;
}

static void parents_differ(struct delegation *d)
{
    union net_addr a = addr("192.0.2.101");
    struct delegation_server *s = delegation_server(d, &a, NULL, true, NULL);

    s->udp = (struct delegation_probe){.asked = true};
    s->has_ns = true;
    s->ns = 1;
}

static void hidden(struct delegation *d)
{
    d->servers[PARENT].has_ns = false;
    d->servers[PARENT].serves_zone = true;
}

static void glue_missing(struct delegation *d)
{
    d->hosts[1].glue.n = 0;
}

static void glue_differs(struct delegation *d)
{
    d->hosts[1].own.at[0] = addr("192.0.2.3");
}

static void glue_lacks(struct delegation *d)
{
    union net_addr a = addr("2001:db8::2");

    delegation_add_addr(&d->hosts[1].own, &a);
}

/* Half of what it has is unknown: nothing can be said of the glue. */
static void glue_unsure(struct delegation *d)
{
    glue_differs(d);
    d->hosts[1].answered = 1;
}

static void alias(struct delegation *d)
{
    d->hosts[1].is_alias = true;
}

static void no_address(struct delegation *d)
{
    d->hosts[1].own.n = 0;
}

static void unresolved(struct delegation *d)
{
    int i = delegation_host(d, away);

    d->hosts[i].asked = 2;
    d->hosts[i].failure = RES_TIMEDOUT;
    d->servers[PARENT].ns = d->servers[FIRST].ns = d->servers[SECOND].ns = 7;
}

static void dead(struct delegation *d)
{
    d->servers[SECOND].udp = d->servers[SECOND].tcp =
        (struct delegation_probe){.asked = true, .result = RES_TIMEDOUT};
}

static void no_udp(struct delegation *d)
{
    d->servers[SECOND].udp = (struct delegation_probe){.asked = true, .result = RES_TIMEDOUT};
}

static void no_tcp(struct delegation *d)
{
    d->servers[SECOND].tcp = (struct delegation_probe){.asked = true, .result = RES_CONNREFUSED};
}

/* Without UDP the answer by TCP says what is wrong with it. */
static void no_udp_and_old(struct delegation *d)
{
    no_udp(d);
    d->servers[SECOND].tcp.serial = 3;
}

static void set_rcode(struct delegation *d, unsigned rcode)
{
    d->servers[SECOND].udp = d->servers[SECOND].tcp =
        (struct delegation_probe){.asked = true, .rcode = rcode};
    d->servers[SECOND].has_ns = false;
}

static void refused(struct delegation *d)
{
    set_rcode(d, RCODE_REFUSED);
}

static void servfail(struct delegation *d)
{
    set_rcode(d, RCODE_SERVFAIL);
}

static void notauth(struct delegation *d)
{
    set_rcode(d, RCODE_NOTAUTH);
}

static void lame(struct delegation *d)
{
    set_rcode(d, RCODE_NOERROR);
}

static void no_aa(struct delegation *d)
{
    d->servers[SECOND].udp.aa = d->servers[SECOND].tcp.aa = false;
}

static void refused_by_tcp(struct delegation *d)
{
    d->servers[SECOND].tcp = (struct delegation_probe){.asked = true, .rcode = RCODE_REFUSED};
}

static void wrapped(struct delegation *d)
{
    d->servers[SECOND].udp.serial = 0xfffffff0;
}

static void apart(struct delegation *d)
{
    d->servers[SECOND].udp.serial = 7 + 0x80000000u;
}

static void own_is_newer(struct delegation *d)
{
    d->options.has_own_serial = true;
    d->options.own_serial = 8;
}

static void own_is_older(struct delegation *d)
{
    d->options.has_own_serial = true;
    d->options.own_serial = 6;
}

static void no_ipv6_here(struct delegation *d)
{
    struct delegation_server *s = add_server(d, "2001:db8::1", ns1, 7);

    s->udp = s->tcp = (struct delegation_probe){.asked = true, .result = RES_NETUNREACH};
    s->has_ns = false;
}

static void one_server(struct delegation *d)
{
    for (unsigned i = 0; i < d->nservers; i++)
        d->servers[i].ns = 1;
}

/* The DNSKEY is four bytes and a byte; its tag is their sum (RFC 4034 appendix B). */
static const uint8_t key[] = {1, 1, 3, 13, 5};
enum { KEY_TAG = 0x0101 + 0x030d + 0x0500 };

static void add_ds(struct delegation *d, uint16_t tag, bool right)
{
    /* SHA-256 over the owner and the key, as Python's hashlib has it. */
    static const uint8_t digest[32] = {
        0x03, 0x0e, 0xb5, 0x4f, 0xd9, 0xe8, 0x5f, 0x34, 0xd5, 0x5f, 0xd8, 0x80,
        0xa5, 0xc4, 0x95, 0xdb, 0x9e, 0xf1, 0x00, 0xab, 0xd1, 0x40, 0xb7, 0xe5,
        0x44, 0xd9, 0xd9, 0x36, 0x11, 0x76, 0x8d, 0xf7};
    struct delegation_ds *ds = &d->ds[d->nds++];

    *ds = (struct delegation_ds){.tag = tag, .algorithm = 13, .digest_type = 2, .len = 32};
    memcpy(ds->digest, digest, sizeof digest);
    ds->digest[0] ^= !right;
}

static void ds_fits(struct delegation *d)
{
    add_ds(d, KEY_TAG, true);
    delegation_match_key(d, key, sizeof key);
}

static void ds_with_another_digest(struct delegation *d)
{
    add_ds(d, KEY_TAG, false);
    delegation_match_key(d, key, sizeof key);
}

static void ds_with_another_tag(struct delegation *d)
{
    add_ds(d, KEY_TAG + 1, true);
    delegation_match_key(d, key, sizeof key);
}

static void ds_to_come(struct delegation *d)
{
    ds_with_another_tag(d);
    ds_fits(d);
}

static void no_keys_seen(struct delegation *d)
{
    add_ds(d, KEY_TAG, true);
}

#define NOTHING DELEGATION_KINDS

static const struct row {
    const char *name;
    void (*change)(struct delegation *d);
    enum delegation_kind first, second;     /* NOTHING: none */
    unsigned findings;
    const char *text;                       /* of the first */
} rows[] = {
    {"fine", change_nothing, NOTHING, NOTHING, 0, ""},
    {"not delegated", not_delegated, DELEGATION_NOT_DELEGATED, NOTHING, 1, "no NS records"},
    {"only at parent", only_at_parent, DELEGATION_ONLY_AT_PARENT, NOTHING, 1, "ns2.example.test"},
    {"only at child", only_at_child, DELEGATION_ONLY_AT_CHILD, NOTHING, 1, "ns2.example.test"},
    {"children differ", children_differ, DELEGATION_CHILDREN_DIFFER, DELEGATION_STALE, 2,
     "lacks ns2.example.test"},
    {"newest decides", newest_decides, DELEGATION_CHILDREN_DIFFER, DELEGATION_ONLY_AT_PARENT, 3,
     "adds ns2.example.test"},
    {"parents differ", parents_differ, DELEGATION_PARENTS_DIFFER, NOTHING, 1,
     "lacks ns2.example.test"},
    {"hidden", hidden, DELEGATION_HIDDEN, NOTHING, 1, "cannot be seen"},
    {"glue missing", glue_missing, DELEGATION_GLUE_MISSING, NOTHING, 1, "ns2.example.test"},
    {"glue differs", glue_differs, DELEGATION_GLUE_DIFFERS, DELEGATION_GLUE_DIFFERS, 2,
     "192.0.2.2 at the parent"},
    {"glue lacks", glue_lacks, DELEGATION_GLUE_DIFFERS, NOTHING, 1, "2001:db8::2"},
    {"glue unsure", glue_unsure, NOTHING, NOTHING, 0, ""},
    {"alias", alias, DELEGATION_ALIAS, NOTHING, 1, "ns2.example.test is an alias"},
    {"no address", no_address, DELEGATION_NO_ADDRESS, NOTHING, 1, "ns2.example.test"},
    {"unresolved", unresolved, DELEGATION_UNRESOLVED, NOTHING, 1, "away.other"},
    {"dead", dead, DELEGATION_NO_ANSWER, NOTHING, 1, "timed out"},
    {"no UDP", no_udp, DELEGATION_NO_UDP, NOTHING, 1, "timed out"},
    {"no TCP", no_tcp, DELEGATION_NO_TCP, NOTHING, 1, "connection refused"},
    {"no UDP and old", no_udp_and_old, DELEGATION_NO_UDP, DELEGATION_STALE, 2, "timed out"},
    {"refused", refused, DELEGATION_REFUSED, NOTHING, 1, "REFUSED"},
    {"SERVFAIL", servfail, DELEGATION_SERVFAIL, NOTHING, 1, "SERVFAIL"},
    {"NOTAUTH", notauth, DELEGATION_BAD_RCODE, NOTHING, 1, "NOTAUTH"},
    {"lame", lame, DELEGATION_LAME, NOTHING, 1, "lame"},
    {"no AA", no_aa, DELEGATION_NO_AA, NOTHING, 1, "no AA"},
    {"refused by TCP", refused_by_tcp, DELEGATION_REFUSED, NOTHING, 1, "by TCP"},
    {"a serial before the wrap is older", wrapped, DELEGATION_STALE, NOTHING, 1,
     "serial 4294967280, which is older than 7 of 192.0.2.1#0"},
    {"serials apart", apart, DELEGATION_SERIAL_APART, NOTHING, 1, "neither"},
    {"own is newer", own_is_newer, DELEGATION_STALE, DELEGATION_STALE, 2, "of this server"},
    {"own is older", own_is_older, DELEGATION_STALE, NOTHING, 1, "this server has serial 6"},
    {"no IPv6 here", no_ipv6_here, DELEGATION_NOT_REACHED, NOTHING, 1, "network unreachable"},
    {"one server", one_server, DELEGATION_ONE_SERVER, NOTHING, 1, "only one"},
    {"DS fits", ds_fits, NOTHING, NOTHING, 0, ""},
    {"DS with another digest", ds_with_another_digest, DELEGATION_DS_MISMATCH, NOTHING, 1, "tag"},
    {"DS with another tag", ds_with_another_tag, DELEGATION_DS_MISMATCH, NOTHING, 1, "tag"},
    {"DS to come", ds_to_come, DELEGATION_DS_UNUSED, NOTHING, 1, "tag"},
    {"no keys seen", no_keys_seen, DELEGATION_NO_KEYS_SEEN, NOTHING, 1, "DNSKEY"},
};

static bool is_as_wanted(const struct delegation *d, const struct row *row)
{
    enum delegation_kind want[] = {row->first, row->second};
    unsigned problems = 0;

    for (unsigned i = 0; i < 2; i++)
        if (want[i] != NOTHING && (d->nfindings <= i || d->findings[i].kind != want[i]))
            return false;
    for (unsigned i = 0; i < d->nfindings; i++)
        problems += delegation_kind_is_problem(d->findings[i].kind);
    return d->nfindings == row->findings && d->problems == problems &&
           d->verdict == (problems > 0 ? DELEGATION_WRONG : DELEGATION_FINE) &&
           (d->nfindings == 0 || strstr(d->findings[0].text, row->text) != NULL);
}

static void test_findings(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delegation *d = make_fine();

        rows[i].change(d);
        CU_ASSERT_EQUAL(delegation_judge(d), RES_OK);
        if (!is_as_wanted(d, &rows[i])) {
            printf("# row '%s':\n", rows[i].name);
            for (unsigned f = 0; f < d->nfindings; f++)
                printf("#   %s: %s\n", delegation_kind_name(d->findings[f].kind),
                       d->findings[f].text);
            CU_FAIL("a row is not as wanted");
        }
        delegation_free(d);
    }
}

static void test_each_kind_is_told(void)
{
    for (unsigned k = 0; k < DELEGATION_KINDS; k++) {
        CU_ASSERT_PTR_NOT_NULL(delegation_kind_name((enum delegation_kind)k));
        CU_ASSERT_PTR_NOT_NULL(delegation_kind_advice((enum delegation_kind)k));
    }
}

static bool take(struct delegation_options *o, const char *line)
{
    static char copy[256], error[DELEGATION_ERROR_TEXT];
    char *argv[16] = {"x"}, *save = NULL;
    int argc = 1;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *p = strtok_r(copy, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save))
        argv[argc++] = p;
    delegation_options_init(o);
    return delegation_options_take(o, argc, argv, error);
}

static void test_options(void)
{
    static const char *const bad[] = {"-x z", "-p", "-p 0 z", "-p 65536 z", "-t 61 z", "-t x z",
                                      "-46 z", "--what z", "-r z z", "@ z", "z @a#0", "z @a..b",
                                      "a b c d e"};
    struct delegation_options o;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_FALSE(take(&o, bad[i]));
    CU_ASSERT_TRUE(take(&o, "-4j -p5300 -t 7 z IN @192.0.2.1 @ns.other#54 2001:db8::1#55 192.0.2.2 "
                            "-r 192.0.2.3"));
    CU_ASSERT_TRUE(o.without_v6 && !o.without_v4 && o.json && o.port == 5300 && o.wait_ms == 7000);
    CU_ASSERT_TRUE(o.nwords == 2 && o.parents.n == 2 && o.children.n == 2 && o.resolvers.n == 1);
    CU_ASSERT_EQUAL(net_addr_port(&o.parents.at[0].addr), 5300);
    CU_ASSERT_EQUAL(net_addr_port(&o.parents.at[1].addr), 54);
    CU_ASSERT_TRUE(name_equal(o.parents.at[1].name.wire, (const uint8_t *)"\2ns\5other"));
    CU_ASSERT_EQUAL(net_addr_port(&o.children.at[0].addr), 55);
    CU_ASSERT_EQUAL(net_addr_port(&o.children.at[1].addr), 5300);
    CU_ASSERT_EQUAL(net_addr_port(&o.resolvers.at[0].addr), 53);
}

/* A name with a quote, a backslash and a byte that is no character. */
static void test_json_strings(void)
{
    static const uint8_t odd[] = "\4a\"\\\377\4test";
    struct delegation_options o;
    struct delegation *d;
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    delegation_options_init(&o);
    d = delegation_new(odd, &o);
    CU_ASSERT_EQUAL(delegation_judge(d), RES_OK);
    delegation_print_json(d, f);
    fclose(f);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"zone\": \"a\\\\\\\"\\\\\\\\\\\\255.test\""));
    free(text);
    delegation_free(d);
}

/* More of everything than there is room for is told, and nothing is written beyond. */
static void test_bounds(void)
{
    struct delegation_options o;
    struct delegation *d;
    uint8_t name[] = "\4aaaa\4test";
    struct delegation_addrs list = {0};

    delegation_options_init(&o);
    d = delegation_new(zone, &o);
    for (unsigned i = 0; i < 1000; i++) {
        union net_addr a = addr("10.0.0.0");

        a.v4.sin_addr.s_addr = htonl(0x0a000000 + i);
        put_u16(name + 1, (uint16_t)(0x6161 + i));
        delegation_host(d, name);
        delegation_server(d, &a, NULL, false, NULL);
        delegation_add_addr(&list, &a);
    }
    CU_ASSERT_TRUE(d->is_cut);
    CU_ASSERT_EQUAL(d->nhosts, DELEGATION_HOSTS_MAX);
    CU_ASSERT_EQUAL(d->nservers, DELEGATION_SERVERS_MAX);
    CU_ASSERT_EQUAL(list.n, DELEGATION_ADDRS_MAX);
    delegation_free(d);
}

static const struct unit_test tests[] = {
    {"answers become findings", test_findings},
    {"each kind has a name and an advice", test_each_kind_is_told},
    {"arguments", test_options},
    {"strings in JSON", test_json_strings},
    {"more than there is room for", test_bounds},
};
UNIT_MAIN(tests)
