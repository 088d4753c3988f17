/*
 * A request for a transfer, through the answer pipeline to the last message of the stream.  The
 * zone has a journal of a few transactions, one of which undoes another.  The first byte: bit 0
 * is set for UDP.  What goes out must be messages that our own parser reads, and a transfer must
 * begin and end with the zone's SOA.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "answer/answer.h"
#include "answer/server_data.h"
#include "base/log.h"
#include "dns/rdata.h"
#include "fuzz/fuzz.h"
#include "journal/journal.h"
#include "net/stream.h"
#include "xfr/out.h"
#include "zone/load.h"

enum { FIRST = 10, LAST = 14 };

static struct answer_server *server;
static struct answer_ctx *ctx;
static struct xfrout shared;
static char folder[] = "/tmp/fuzz-ixfr-XXXXXX";
static uint8_t room[NET_FRAME_MAX];

static void complain(void *arg, int level, const char *text)
{
    (void)arg;
    (void)level;
    fprintf(stderr, "%s\n", text);
}

static void path_of(char out[64], const char *name)
{
    snprintf(out, 64, "%s/%s", folder, name);
}

static void append(struct diff *d, const char *owner, uint16_t type, const char *text, bool add)
{
    uint8_t rdata[512];
    struct diff_record r = {.ttl = 300, .type = type, .rdata = rdata, .add = add};
    struct name name;
    size_t len;

    must(name_from_text(&name, owner, strlen(owner), NULL) == RES_OK);
    must(rdata_from_text(type, CLASS_IN, text, NULL, rdata, &len) == RES_OK);
    r.owner = name.wire;
    r.owner_len = name.len;
    r.rdlen = (uint16_t)len;
    must(diff_append(d, &r) == RES_OK);
}

static void write_transaction(struct journal *j, unsigned serial)
{
    char text[80], owner[40];
    struct diff d;

    diff_init(&d);
    snprintf(text, sizeof text, "ns.a.test. h.a.test. %u 2 3 4 5", serial);
    append(&d, "a.test.", TYPE_SOA, text, false);
    snprintf(text, sizeof text, "ns.a.test. h.a.test. %u 2 3 4 5", serial + 1);
    append(&d, "a.test.", TYPE_SOA, text, true);
    snprintf(owner, sizeof owner, "n%u.a.test.", serial / 2);
    append(&d, owner, TYPE_A, "192.0.2.1", serial % 2 == 0);
    append(&d, "m.a.test.", TYPE_TXT, serial % 2 == 0 ? "one" : "two", true);
    must(diff_sort(&d) == RES_OK && journal_append(j, &d) == RES_OK);
    diff_free(&d);
}

static void write_files(void)
{
    struct journal *j;
    char path[64];
    FILE *f;

    path_of(path, "a.db");
    must((f = fopen(path, "w")) != NULL);
    fprintf(f, "$TTL 300\n$ORIGIN a.test.\n@ SOA ns h %u 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n", LAST);
    for (unsigned i = 0; i < 3000; i++)
        fprintf(f, "host%u A 10.0.%u.%u\n", i, i / 256, i % 256);
    must(fclose(f) == 0);
    path_of(path, "a.db.jnl");
    must(journal_open(path, JOURNAL_CREATE, NULL, &j) == RES_OK);
    for (unsigned serial = FIRST; serial < LAST; serial++)
        write_transaction(j, serial);
    must(journal_sync(j) == RES_OK);
    journal_close(j);
}

static struct zone *load_zone(const struct conf_zone *conf, const char *view)
{
    const struct zone_load_sink sink = {.message = complain};
    struct zone_builder *b = zone_builder_new();
    struct zone *z = zone_new(conf, view);
    struct contents *c = NULL;

    must(b != NULL && z != NULL && zone_load_file(z, b, &sink, &c) == RES_OK);
    z->contents = c;
    zone_builder_free(b);
    return z;
}

static void remove_files(void)
{
    char path[64];

    path_of(path, "a.db");
    unlink(path);
    path_of(path, "a.db.jnl");
    unlink(path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct acl_env *env;
    static bool querylog;
    static struct zone *view_zones[1], **zones[1] = {view_zones};
    const struct conf_load_options opt = {.port = 53};
    const struct conf_report report = {.message = complain};
    struct conf_snapshot *conf = NULL;
    char text[400];

    (void)argc;
    (void)argv;
    must(mkdtemp(folder) != NULL && atexit(remove_files) == 0);
    write_files();
    snprintf(text, sizeof text,
             "options { allow-transfer { any; }; transfer-message-size 1024; }; "
             "zone \"a.test\" { type primary; file \"%s/a.db\"; max-ixfr-ratio unlimited; };",
             folder);
    must(conf_load_text("fuzz", text, strlen(text), &opt, &report, &conf) == RES_OK);
    view_zones[0] = load_zone(&conf->views[0].zones[0], conf->views[0].name);
    server = answer_server_new(conf, zones, &env, &querylog);
    must(server != NULL);
    server->takers.transfer = (struct transfer_maker){xfrout_begin, &shared};
    ctx = answer_ctx_new(&server);
    must(ctx != NULL);
    for (unsigned i = 0; i < LOGC_COUNT; i++)
        log_threshold[i] = LVL_CRITICAL;
    return 0;
}

/* Reads a message; *first and *last get the types of its outermost answers. */
static void check_message(const uint8_t *req, const uint8_t *msg, size_t len, uint16_t *first,
                          uint16_t *last)
{
    size_t at = MESSAGE_HEADER_LEN;
    unsigned answers = get_u16(msg + 6), more = get_u16(msg + 8) + get_u16(msg + 10);
    struct message_record rr;
    struct name name;

    must(len >= MESSAGE_HEADER_LEN && memcmp(req, msg, 2) == 0 && (msg[2] & 0x80) != 0);
    for (unsigned n = get_u16(msg + 4); n > 0; n--, at += 4)
        must(name_from_message(&name, msg, len, &at) == RES_OK && len - at >= 4);
    for (unsigned i = 0; i < answers + more; i++) {
        must(message_read_record(&rr, msg, len, &at) == RES_OK);
        if (i == 0)
            *first = rr.type;
        if (i < answers)
            *last = rr.type;
    }
    must(at == len);
}

static void drain(const uint8_t *req, struct net_producer *p)
{
    uint16_t first, last = TYPE_NONE, ignored;
    unsigned messages = 0;
    ssize_t n;

    must(shared.running == 1);
    while ((n = p->more(p, room)) > 0) {
        must(n > 2 && (size_t)n == 2u + get_u16(room));
        check_message(req, room + 2, (size_t)n - 2, messages == 0 ? &first : &ignored, &last);
        messages++;
    }
    must(n == 0 && messages > 0 && first == TYPE_SOA && last == TYPE_SOA);
    p->end(p, RES_OK);
    must(shared.running == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    union net_addr peer, local;
    struct answer_client client = {.peer = &peer, .local = &local};
    struct answer_stream_hint hint = {0};
    uint16_t first, last;
    uint8_t *req;
    size_t n;

    if (len == 0)
        return 0;
    net_addr_parse(&peer, "127.0.0.1");
    net_addr_parse(&local, "127.0.0.1");
    net_addr_set_port(&local, 53);
    client.tcp = (data[0] & 1) == 0;
    req = calloc(1, len - 1 + ANSWER_PAD);
    must(req != NULL);
    memcpy(req, data + 1, len - 1);
    if (client.tcp) {
        n = answer_tcp(ctx, &client, req, len - 1, room, &hint);
    } else {
        struct answer_item item = {.req = req, .req_len = len - 1, .client = client,
                                   .resp = room, .room = ANSWER_UDP_ROOM};

        answer_batch(ctx, &item, 1);
        n = item.resp_len;
    }
    if (hint.producer != NULL)
        drain(req, hint.producer);
    else if (n > 0)
        check_message(req, room, n, &first, &last);
    free(req);
    return 0;
}
