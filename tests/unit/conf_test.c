/* From named.conf's text to settings: the table of options, defaults, inheritance, lists,
 * and what is said of mistakes. */
#include "conf/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/build.h"
#include "conf/grammar_compile.h"
#include "conf/option_table.h"
#include "dns/rrtype.h"
#include "tests/unit/unit.h"

static char told[8192];

static void tell(void *arg, int level, const char *text)
{
    size_t used = strlen(told);

    (void)arg;
    (void)level;
    snprintf(told + used, sizeof told - used, "%s\n", text);
}

static struct conf_snapshot *load(const char *text)
{
    static const struct conf_load_options options = {0};
    static const struct conf_report report = {tell, NULL};
    struct conf_snapshot *s;

    told[0] = '\0';
    enum result res = conf_load_text("t", text, strlen(text), &options, &report, &s);
    CU_ASSERT_EQUAL(res == RES_OK, s != NULL);
    return s;
}

/* ---- The table ---- */

/* Signs of a grammar that was read to the end: every type and block is known. */
static bool nodes_are_known(const struct grammar_node *n)
{
    for (; n != NULL; n = n->next) {
        if (n->kind == G_TYPE && n->type == NULL)
            return false;
        if (n->kind == G_BLOCK && n->places == 0)
            return false;
        if (n->kind == G_WORD && strpbrk(n->word, "[](){}<>|;@") != NULL)
            return false;
        if (!nodes_are_known(n->child))
            return false;
    }
    return true;
}

static void test_table(void)
{
    struct conf_context c = {.scratch = region_new()};

    CU_ASSERT(option_count > 300);
    CU_ASSERT(option_count <= OPTION_ROWS_MAX);
    c.grammars = region_zalloc(c.scratch, option_count * sizeof *c.grammars);
    for (unsigned i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        const struct grammar_node *n = grammar_of(&c, row);
        CU_ASSERT_EQUAL(n != NULL, row->grammar[0] != '\0');
        if (!nodes_are_known(n))
            CU_FAIL(row->name);
        CU_ASSERT_PTR_EQUAL(option_find(row->name, row->places & (~row->places + 1)), row);
    }
    region_free(c.scratch);
}

static void test_suggestions(void)
{
    CU_ASSERT_STRING_EQUAL(option_suggest("recursoin", IN_OPTIONS), "recursion");
    CU_ASSERT_STRING_EQUAL(option_suggest("alow-query", IN_OPTIONS), "allow-query");
    CU_ASSERT_STRING_EQUAL(option_suggest("allow-transfers", IN_PRIMARY), "allow-transfer");
    CU_ASSERT_PTR_NULL(option_suggest("qwertyuiop", IN_OPTIONS));
}

/* ---- Defaults and inheritance ---- */

static void test_defaults(void)
{
    struct conf_snapshot *s = load("zone p { type primary; file \"p\"; };"
                                   "zone s { type secondary; primaries { 192.0.2.1; }; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_STRING_EQUAL(told, "");
    const struct conf_view *v = &s->views[0];
    const struct zone_options *p = v->zones[0].options, *z = v->zones[1].options;
    CU_ASSERT_STRING_EQUAL(v->name, "_default");
    CU_ASSERT(acl_is_any(p->allow_query) && acl_is_none(p->allow_transfer));
    CU_ASSERT(acl_is_none(p->allow_update) && !p->is_dynamic);
    CU_ASSERT_EQUAL(p->check_names, CHECK_FAIL);
    CU_ASSERT_EQUAL(z->check_names, CHECK_WARN);
    CU_ASSERT_EQUAL(p->format, FORMAT_TEXT);
    CU_ASSERT_EQUAL(z->format, FORMAT_RAW);
    CU_ASSERT_EQUAL(p->notify, NOTIFY_YES);
    CU_ASSERT_EQUAL(p->max_records_per_type, 100);
    CU_ASSERT_EQUAL(z->min_refresh_s, 300);
    CU_ASSERT_EQUAL(z->max_transfer_time_in_s, 7200);
    CU_ASSERT_EQUAL(p->max_ixfr_ratio_pct, 100);
    CU_ASSERT_EQUAL(p->max_zone_ttl, 0);
    CU_ASSERT_EQUAL(v->edns_udp_size, 1232);
    CU_ASSERT_EQUAL(v->nocookie_udp_size, 4096);
    CU_ASSERT_EQUAL(v->minimal_responses, MINIMAL_NO_AUTH_RECURSIVE);
    CU_ASSERT(v->answer_cookie && v->message_compression);
    CU_ASSERT_EQUAL(s->port, 53);
    CU_ASSERT_EQUAL(s->tcp_clients, 150);
    CU_ASSERT_EQUAL(s->tcp_idle_timeout_ms, 30000);
    CU_ASSERT_EQUAL(s->interface_interval_s, 3600);
    CU_ASSERT_EQUAL(s->nlisteners, 1);
    CU_ASSERT_EQUAL(s->nlisteners_v6, 1);
    CU_ASSERT(acl_is_any(s->listeners[0].acl) && s->listeners[0].port == 53);
    CU_ASSERT_STRING_EQUAL(s->version, "");
    CU_ASSERT_PTR_NULL(s->server_id);
    CU_ASSERT_EQUAL(v->zones[1].nprimaries, 1);
    CU_ASSERT_EQUAL(net_addr_port(&v->zones[1].primaries[0].addr), 53);
    conf_free(s);
}

static void test_inheritance(void)
{
    struct conf_snapshot *s = load(
        "options { notify no; check-names primary warn; max-records 5; };"
        "template t { type primary; file \"$view/$name.$type.$label1\"; max-records 9; };"
        "view a { max-records 7; zone x { type primary; file \"x\"; notify explicit; };"
        " zone w.y { template t; }; };"
        "view b { zone x { type primary; file \"xb\"; check-names ignore; };"
        " zone w.y { in-view a; }; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->nviews, 2);
    const struct conf_zone *x = &s->views[0].zones[0], *y = &s->views[0].zones[1];
    CU_ASSERT_EQUAL(x->options->notify, NOTIFY_EXPLICIT);
    CU_ASSERT_EQUAL(x->options->check_names, CHECK_WARN);
    CU_ASSERT_EQUAL(x->options->max_records, 7);
    CU_ASSERT_EQUAL(y->options->max_records, 9);
    CU_ASSERT_EQUAL(y->options->notify, NOTIFY_NO);
    CU_ASSERT_STRING_EQUAL(y->file, "a/w.y.primary.y");
    x = &s->views[1].zones[0];
    CU_ASSERT_EQUAL(x->options->max_records, 5);
    CU_ASSERT_EQUAL(x->options->check_names, CHECK_IGNORE);
    CU_ASSERT_EQUAL(s->views[1].zones[1].type, ZONE_IN_VIEW);
    CU_ASSERT_STRING_EQUAL(s->views[1].zones[1].in_view, "a");
    conf_free(s);
}

static void test_sharing(void)
{
    struct conf_snapshot *s = load(
        "zone a { type primary; file \"a\"; }; zone b { type primary; file \"b\"; };"
        "zone c { type primary; file \"c\"; allow-update { 10/8; !key k; }; };"
        "zone d { type primary; file \"d\"; allow-update { 10.0.0.0/8; ! key \"K.\"; }; };"
        "zone e { type primary; file \"e\"; allow-update { 10/8; }; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct conf_zone *z = s->views[0].zones;
    CU_ASSERT_PTR_EQUAL(z[0].options, z[1].options);
    CU_ASSERT_PTR_EQUAL(z[2].options, z[3].options);
    CU_ASSERT_PTR_NOT_EQUAL(z[0].options, z[2].options);
    CU_ASSERT_PTR_NOT_EQUAL(z[2].options, z[4].options);
    CU_ASSERT(z[2].options->is_dynamic);
    conf_free(s);
}

/* ---- Lists ---- */

static void test_acls(void)
{
    static const struct {
        const char *list, *peer;
        const uint8_t *key;
        int match;
    } rows[] = {
        {"any;", "192.0.2.1", NULL, 1},
        {"none;", "192.0.2.1", NULL, -1},
        {"", "192.0.2.1", NULL, 0},
        {"192.0.2/24;", "192.0.2.1", NULL, 1},
        {"192.0.2/24;", "192.0.3.1", NULL, 0},
        {"!192.0.2.1; 192.0.2/24;", "192.0.2.1", NULL, -1},
        {"192.0.2/24; !192.0.2.1;", "192.0.2.1", NULL, 1},
        {"{ !192.0.2.1; 192.0.2/24; };", "192.0.2.1", NULL, 0},
        {"{ !192.0.2.1; any; }; 192.0.2.1;", "192.0.2.1", NULL, 1},
        {"!{ !192.0.2.1; any; }; any;", "192.0.2.1", NULL, 1},
        {"!{ !192.0.2.1; any; }; any;", "192.0.2.2", NULL, -1},
        {"key k;", "192.0.2.1", NULL, 0},
        {"key K.;", "192.0.2.1", (const uint8_t *)"\1k", 1},
        {"key k;", "192.0.2.1", (const uint8_t *)"\1j", 0},
        {"!key k; any;", "192.0.2.1", (const uint8_t *)"\1k", -1},
        {"named;", "2001:db8::1", NULL, 1},
        {"!named; any;", "2001:db8::1", NULL, -1},
        {"localhost;", "127.0.0.1", NULL, 1},
        {"localhost;", "127.0.0.2", NULL, 0},
        {"localnets;", "127.0.0.2", NULL, 1},
        {"192.0.2/24;", "::ffff:192.0.2.1", NULL, 1},
        {"::/0;", "192.0.2.1", NULL, 0},
    };
    struct net_prefix host, net;
    const struct acl_env env = {1, 1, &host, &net};

    net_prefix_parse(&host, "127.0.0.1");
    net_prefix_parse(&net, "127/8");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        union net_addr peer;
        snprintf(text, sizeof text, "acl named { 2001:db8::/32; };\nzone z { type primary; "
                 "file \"z\"; allow-query { %s }; };", rows[i].list);
        struct conf_snapshot *s = load(text);
        CU_ASSERT_PTR_NOT_NULL_FATAL(s);
        net_addr_parse(&peer, rows[i].peer);
        const struct acl_who who = {
            .peer = &peer, .key = rows[i].key, .env = &env, .match_mapped = true};
        const struct acl *acl = s->views[0].zones[0].options->allow_query;
        if (acl_match(acl, &who) != rows[i].match)
            CU_FAIL(rows[i].list);
        CU_ASSERT_EQUAL(acl_allows(acl, &who), rows[i].match > 0);
        conf_free(s);
    }
}

/* What lets strangers in for an address that anybody can forge. */
static void test_trusting(void)
{
    static const struct {
        const char *list;
        bool trusts;
    } rows[] = {
        {"any;", true},          {"none;", false},         {"127.0.0.1; ::1; localhost;", false},
        {"127.0.0.0/8;", true},  {"! 192.0.2.1;", false},  {"key k;", false},
        {"localnets;", true},    {"{ key k; ::2; };", true}, {"{ key k; }; localhost;", false},
    };
    char text[256];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "key k { algorithm hmac-sha256; secret \"c2VjcmV0\"; };"
                 "zone z { type primary; file \"z\"; allow-update { %s }; };", rows[i].list);
        struct conf_snapshot *s = load(text);
        CU_ASSERT_PTR_NOT_NULL_FATAL(s);
        if (acl_trusts_addresses(s->views[0].zones[0].options->allow_update) != rows[i].trusts)
            CU_FAIL(rows[i].list);
        conf_free(s);
    }
}

static void test_transfer_door(void)
{
    struct conf_snapshot *s = load("zone z { type primary; file \"z\"; "
                                   "allow-transfer port 853 transport tls { any; }; };");
    union net_addr peer;
    struct acl_who who = {.peer = &peer, .local_port = 853, .transport = ACL_TLS};

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct acl *acl = s->views[0].zones[0].options->allow_transfer;
    net_addr_parse(&peer, "192.0.2.1");
    CU_ASSERT(acl_allows(acl, &who));
    who.transport = ACL_TCP;
    CU_ASSERT(!acl_allows(acl, &who));
    who.transport = ACL_TLS;
    who.local_port = 53;
    CU_ASSERT(!acl_allows(acl, &who));
    conf_free(s);
}

static void test_remotes(void)
{
    struct conf_snapshot *s = load(
        "key k { algorithm hmac-sha256-128; secret \"c2VjcmV0\"; };"
        "primaries up port 5301 { 192.0.2.1 key k; more; 2001:db8::1 port 99; };"
        "remote-servers more source 192.0.2.9 { 192.0.2.2; };"
        "zone s { type slave; masters { up; 192.0.2.3; }; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct conf_zone *z = &s->views[0].zones[0];
    CU_ASSERT_EQUAL_FATAL(z->nprimaries, 4);
    static const char *const shown[] = {"192.0.2.1#5301", "192.0.2.2#5301", "2001:db8::1#99",
                                        "192.0.2.3#53"};
    for (unsigned i = 0; i < 4; i++) {
        char text[NET_ADDR_TEXT];
        CU_ASSERT_STRING_EQUAL(net_addr_format(&z->primaries[i].addr, text), shown[i]);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(z->primaries[0].key);
    CU_ASSERT_EQUAL(z->primaries[0].key->trunc_bits, 128);
    CU_ASSERT_EQUAL(z->primaries[0].key->secret_len, 6);
    CU_ASSERT_EQUAL(z->primaries[1].source.sa.sa_family, AF_INET);
    CU_ASSERT_EQUAL(z->primaries[3].source.sa.sa_family, AF_UNSPEC);
    conf_free(s);
}

static void test_update_policy(void)
{
    struct conf_snapshot *s = load("zone z { type primary; file \"z\"; update-policy { "
                                   "grant k zonesub TXT(3) A; deny * name a.z.; }; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct conf_update_policy *p = s->views[0].zones[0].options->update_policy;
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL_FATAL(p->nrules, 2);
    CU_ASSERT(p->rules[0].grant && p->rules[0].match == UPDATE_ZONESUB);
    CU_ASSERT_EQUAL_FATAL(p->rules[0].ntypes, 2);
    CU_ASSERT_EQUAL(p->rules[0].types[0].type, TYPE_TXT);
    CU_ASSERT_EQUAL(p->rules[0].types[0].max, 3);
    CU_ASSERT(!p->rules[1].grant && p->rules[1].match == UPDATE_NAME);
    CU_ASSERT(name_equal(p->rules[1].name, (const uint8_t *)"\1a\1z"));
    conf_free(s);
}

static void test_logging(void)
{
    struct conf_snapshot *s = load(
        "logging { channel q { file \"q.log\" versions 3 size 10m suffix timestamp; severity "
        "debug 3; print-time iso8601; print-category yes; }; category queries { q; null; }; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    const struct conf_logging *l = &s->logging;
    CU_ASSERT_EQUAL_FATAL(l->nchannels, 5);
    const struct conf_channel *q = &l->channels[4];
    CU_ASSERT_STRING_EQUAL(q->file, "q.log");
    CU_ASSERT_EQUAL(q->versions, 3);
    CU_ASSERT_EQUAL(q->size, 10 << 20);
    CU_ASSERT(q->suffix_timestamp && q->print_category && !q->print_severity);
    CU_ASSERT_EQUAL(q->severity, 3);
    CU_ASSERT_EQUAL(q->print_time, LOG_TIME_ISO8601);
    CU_ASSERT_EQUAL_FATAL(l->ncategories, 1);
    CU_ASSERT_EQUAL(l->categories[0].category, LOGC_QUERIES);
    CU_ASSERT_EQUAL(l->categories[0].channels[0], 4);
    CU_ASSERT_EQUAL(l->categories[0].channels[1], 3);
    conf_free(s);
}

/* ---- What is said ---- */

static void test_messages(void)
{
    static const struct {
        const char *text, *told;
    } rows[] = {
        {"options {\n\trecursoin no;\n};\n",
         "t:2: unknown option 'recursoin'\n  \trecursoin no;\n  \t^\n"
         "  did you mean 'recursion'?\n"},
        {"listen-on { any; };\n",
         "t:1: unknown option 'listen-on'\n  listen-on { any; };\n  ^\n"
         "  'listen-on' belongs in: options\n"},
        {"options { querylog maybe; port x; };",
         "t:1: boolean expected near 'maybe'\n  options { querylog maybe; port x; };\n"
         "                     ^\n"
         "t:1: expected number near 'x'\n  options { querylog maybe; port x; };\n"
         "                                 ^\n"},
        {"options { recursion yes; max-cache-size 5; lame-ttl 3; dnssec-validation no; };",
         "t:1: 3 options of resolvers have no effect on this authoritative server "
         "(recursion, max-cache-size, lame-ttl)\n"},
        {"options { allow-query { nope; }; };\nview a { }; view b { };",
         "t:1: undefined ACL 'nope'\n  options { allow-query { nope; }; };\n"
         "                          ^\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        conf_free(load(rows[i].text));
        CU_ASSERT_STRING_EQUAL(told, rows[i].told);
        if (strcmp(told, rows[i].told) != 0)
            printf("# said:\n%s", told);
    }
}

static void test_many_zones(void)
{
    enum { ZONES = 20000 };
    char *text = malloc(ZONES * 64), *at = text;

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (int i = 0; i < ZONES; i++)
        at += sprintf(at, "zone z%d { type primary; file \"z%d\"; };\n", i, i);
    struct conf_snapshot *s = load(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->views[0].nzones, ZONES);
    for (int i = 1; i < ZONES; i++)
        if (s->views[0].zones[i].options != s->views[0].zones[0].options)
            CU_FAIL("zones without options of their own share theirs");
    CU_ASSERT(region_size(s->memory) < ZONES * 256);
    conf_free(s);
    memcpy(at - 64, "zone z1 { type primary; file \"other\"; };", 40);
    memset(at - 24, ' ', 23);
    CU_ASSERT_PTR_NULL(load(text));
    free(text);
}

static const struct unit_test tests[] = {
    {"the table of options is sound", test_table},
    {"suggestions for misspelt options", test_suggestions},
    {"defaults", test_defaults},
    {"options, view, template and zone", test_inheritance},
    {"equal settings are one object", test_sharing},
    {"address match lists", test_acls},
    {"lists that trust addresses", test_trusting},
    {"allow-transfer with port and transport", test_transfer_door},
    {"lists of remote servers", test_remotes},
    {"update-policy", test_update_policy},
    {"logging", test_logging},
    {"messages show the place and advise", test_messages},
    {"20,000 zones", test_many_zones},
};
UNIT_MAIN(tests)
