/*
 * Update messages through the whole of update/, on the zones of fuzz/update/named.conf.
 *
 * The input is a row of messages: a byte that says how it came (bits 0 and 1 the key, 2 over
 * TCP, 3 from which client, 4 the edit is published after it), two bytes of length, and the
 * message.  After each the zone must be what its records alone would make, with an SOA whose
 * serial has not gone back and an NS; what was not NOERROR must have changed nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rcu.h"
#include "dns/serial.h"
#include "fuzz/fuzz.h"
#include "update/update.h"
#include "zone/load.h"

enum { ZONES_MAX = 8, MESSAGES_MAX = 16 };

static struct conf_snapshot *conf;
static struct zone_builder *builder;
static struct contents *originals[ZONES_MAX];

/* The zone that the input works on. */
static struct zone *zone;
static struct zone_edit *edit;

static void complain(void *arg, int level, const char *text)
{
    (void)arg;
    (void)level;
    fprintf(stderr, "%s\n", text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct conf_load_options opt = {.port = 53};
    const struct conf_report report = {.message = complain};
    const struct zone_load_sink sink = {.message = complain};
    int back = open(".", O_RDONLY | O_DIRECTORY);

    (void)argc;
    (void)argv;
    rcu_register_thread();
    must(back >= 0 && chdir(FUZZ_DIR "/update") == 0);
    must(conf_load("named.conf", &opt, &report, &conf) == RES_OK);
    builder = zone_builder_new();
    must(builder != NULL && conf->views[0].nzones <= ZONES_MAX);
    for (unsigned i = 0; i < conf->views[0].nzones; i++) {
        struct zone *z = zone_new(&conf->views[0].zones[i], "_default");

        must(z != NULL && zone_load_file(z, builder, &sink, &originals[i]) == RES_OK);
        zone_free(z);
    }
    must(fchdir(back) == 0);
    close(back);
    for (unsigned i = 0; i < LOGC_COUNT; i++)
        log_threshold[i] = LVL_CRITICAL;
    return 0;
}

static void give_rrs(const uint8_t *owner, uint16_t type, uint32_t ttl, const uint8_t *p,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, p = rr_next(p))
        must(zone_builder_add(builder, owner, name_length(owner), type, ttl, p + 2, rr_len(p), 1,
                              "f") == RES_OK);
}

/* A version with the same records, made from nothing. */
static struct contents *rebuild(const struct contents *c, const struct conf_zone *z)
{
    const struct zone_build_options opt = {.origin = z->name, .rrclass = z->rrclass};
    struct contents_walk w;
    const struct znode *n;
    struct contents *out;
    struct name owner;

    must(zone_builder_start(builder, &opt) == RES_OK);
    for (int tree = 0; tree < 2; tree++) {
        (tree ? contents_walk_begin_nsec3 : contents_walk_begin)(&w, c);
        while ((n = contents_walk_next(&w)) != NULL) {
            contents_node_name(c, n, &owner);
            NODE_FOR_EACH_RRSET(c, n, s) {
                const struct zsigs *g = rrset_sigs(s);

                give_rrs(owner.wire, s->type, s->ttl, rrset_data(s), s->count);
                if (g != NULL)
                    give_rrs(owner.wire, TYPE_RRSIG, g->ttl, sigs_data(g), g->count);
            }
        }
    }
    must(zone_builder_finish(builder, &out) == RES_OK);
    return out;
}

static void must_be_equal_rrsets(const struct contents *a, const struct znode *x,
                                 const struct contents *b, const struct znode *y)
{
    const struct zrrset *t = y->nrrsets > 0 ? node_first(b, y) : NULL;
    unsigned left = y->nrrsets;

    NODE_FOR_EACH_RRSET(a, x, s) {
        must(s->type == t->type && s->ttl == t->ttl && s->count == t->count);
        must(s->data_len == t->data_len);
        must(memcmp(rrset_data(s), rrset_data(t), rrset_data_len(s)) == 0);
        t = --left > 0 ? rrset_next(t) : t;
    }
}

static void must_be_equal(const struct contents *a, const struct contents *b)
{
    struct contents_walk v, w;
    const struct znode *x, *y;

    must(a->nrecords == b->nrecords && a->serial == b->serial);
    contents_walk_begin(&v, a);
    contents_walk_begin(&w, b);
    while ((x = contents_walk_next(&v)) != NULL) {
        struct name p, q;

        must((y = contents_walk_next(&w)) != NULL);
        contents_node_name(a, x, &p);
        contents_node_name(b, y, &q);
        must(name_equal(p.wire, q.wire) && x->nrrsets == y->nrrsets);
        must(((x->flags ^ y->flags) & (ZN_CUT | ZN_OCCLUDED | ZN_DNAME | ZN_HAS_WILD | ZN_WILD |
                                       ZN_CNAME | ZN_APEX)) == 0);
        must(contents_find_name(a, q.wire) == x);
        must_be_equal_rrsets(a, x, b, y);
    }
    must(contents_walk_next(&w) == NULL);
}

static void check_apex(const struct contents *c, uint32_t serial_before)
{
    const struct zrrset *soa = node_rrset(c, contents_apex(c), TYPE_SOA);
    const struct zrrset *ns = node_rrset(c, contents_apex(c), TYPE_NS);

    must(soa != NULL && soa->count == 1 && ns != NULL && ns->count > 0);
    must(get_u32(rrset_data(soa) + 2 + rr_len(rrset_data(soa)) - 20) == c->serial);
    must(serial_ge(c->serial, serial_before));
}

static void check_after(unsigned rcode, struct contents *before)
{
    const struct contents *now = zone_edit_contents(edit);
    struct contents *again = rebuild(now, zone->conf);

    must_be_equal(now, again);
    if (rcode != RCODE_NOERROR)
        must_be_equal(now, before);
    check_apex(now, before->serial);
    contents_free(again);
}

static void process(const struct message_request *req, uint8_t how)
{
    static const char *const peers[] = {"127.0.0.1", "127.0.0.2"};
    static const uint8_t *const keys[] = {NULL, (const uint8_t *)"\5admin",
                                          (const uint8_t *)"\4host\3pol\4test",
                                          (const uint8_t *)"\1x\3sub\3pol\4test"};
    struct contents *before = rebuild(zone_edit_contents(edit), zone->conf);
    struct update_request u = {.req = req, .zone = zone, .conf = zone->conf, .now_s = 1700000000};
    union net_addr peer;
    unsigned rcode;

    must(net_addr_parse(&peer, peers[how >> 3 & 1]) == RES_OK);
    u.who = (struct acl_who){.peer = &peer, .key = keys[how & 3],
                             .transport = how & 4 ? ACL_TCP : ACL_UDP};
    u.client = (struct client_id){.request = &u, .peer = &peer, .key = u.who.key};
    rcode = update_process(&u, edit);
    must(rcode <= RCODE_NOTZONE);
    check_after(rcode, before);
    contents_free(before);
    if (how & 16) {
        zone_edit_publish(edit);
        must(zone_edit_begin(zone, &edit) == RES_OK);
    }
}

/* The zone of the first message is that of all. */
static bool open_zone(const struct message_request *req)
{
    if (zone != NULL)
        return name_equal(zone->name, req->qname);
    for (unsigned i = 0; i < conf->views[0].nzones; i++) {
        const struct conf_zone *z = &conf->views[0].zones[i];

        if (!name_equal(z->name, req->qname))
            continue;
        must((zone = zone_new(z, "_default")) != NULL);
        zone->contents = rebuild(originals[i], z);
        must(zone_edit_begin(zone, &edit) == RES_OK);
        return true;
    }
    return false;
}

static void close_zone(void)
{
    if (zone == NULL)
        return;
    zone_edit_abandon(edit);
    zone_free(zone);
    zone = NULL;
    rcu_quiescent();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct message_request req;

    for (unsigned i = 0; i < MESSAGES_MAX && len > 3; i++) {
        uint8_t how = data[0];
        size_t n = get_u16(data + 1) < len - 3 ? get_u16(data + 1) : len - 3;
        uint8_t *msg = memcpy(malloc(n + 1), data + 3, n);

        data += 3 + n;
        len -= 3 + n;
        if (message_parse_request(&req, msg, n) == MESSAGE_OK && req.opcode == OPCODE_UPDATE &&
            req.count[SECTION_ZONE] == 1 && req.has_question && req.rrclass == CLASS_IN &&
            open_zone(&req))
            process(&req, how);
        free(msg);
    }
    close_zone();
    return 0;
}
