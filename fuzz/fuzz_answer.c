/*
 * A packet through the whole answer pipeline, over the zones of fuzz/answer/named.conf.
 * The first byte says how it came: bit 0 over TCP, bits 1 and 2 from which client.  What
 * goes out must be a response that its own parser reads, of a size that fits.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/answer.h"
#include "answer/server_data.h"
#include "base/log.h"
#include "dns/message.h"
#include "fuzz/fuzz.h"
#include "zone/load.h"

static struct answer_server *server;
static struct answer_ctx *ctx;
static struct zone ***zones;    /* by view, as in the configuration */
static uint8_t responses[2][MESSAGE_MAX_LEN];

static void complain(void *arg, int level, const char *text)
{
    (void)arg;
    (void)level;
    fprintf(stderr, "%s\n", text);
}

/* A zone that does not load stays empty: SERVFAIL is an answer too. */
static struct zone *load_zone(const struct conf_zone *conf, const char *view)
{
    const struct zone_load_sink sink = {.message = complain};
    struct zone_builder *b = zone_builder_new();
    struct zone *z = zone_new(conf, view);
    struct contents *c = NULL;

    must(b != NULL && z != NULL);
    if (zone_load_file(z, b, &sink, &c) == RES_OK)
        z->contents = c;
    zone_builder_free(b);
    return z;
}

static void load_zones(const struct conf_snapshot *conf)
{
    zones = calloc(conf->nviews, sizeof *zones);
    for (unsigned i = 0; i < conf->nviews; i++) {
        const struct conf_view *v = &conf->views[i];

        zones[i] = calloc(v->nzones, sizeof **zones);
        for (unsigned j = 0; j < v->nzones; j++)
            if (v->zones[j].type == ZONE_PRIMARY)
                zones[i][j] = load_zone(&v->zones[j], v->name);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct acl_env *env;
    static bool querylog;
    const struct conf_load_options opt = {.port = 53};
    const struct conf_report report = {.message = complain};
    struct conf_snapshot *conf = NULL;
    int back = open(".", O_RDONLY | O_DIRECTORY);

    (void)argc;
    (void)argv;
    must(back >= 0 && chdir(FUZZ_DIR "/answer") == 0);
    must(conf_load("named.conf", &opt, &report, &conf) == RES_OK);
    load_zones(conf);
    server = answer_server_new(conf, zones, &env, &querylog);
    ctx = answer_ctx_new(&server);
    must(server != NULL && ctx != NULL && fchdir(back) == 0);
    close(back);
    for (unsigned i = 0; i < LOGC_COUNT; i++)   /* a line per bad signature would fill disks */
        log_threshold[i] = LVL_CRITICAL;
    return 0;
}

static void check_response(const uint8_t *req, const uint8_t *resp, size_t len, size_t most)
{
    size_t at = MESSAGE_HEADER_LEN;
    unsigned records = 0;
    struct message_record rr;
    struct name name;

    if (len == 0)
        return;
    must(len >= MESSAGE_HEADER_LEN && len <= most);
    must(memcmp(req, resp, 2) == 0 && (resp[2] & 0x80) != 0);
    must((req[2] & 0x78) == (resp[2] & 0x78));
    for (unsigned n = get_u16(resp + 4); n > 0; n--, at += 4)
        must(name_from_message(&name, resp, len, &at) == RES_OK && len - at >= 4);
    for (unsigned s = SECTION_ANSWER; s < SECTION_COUNT; s++)
        records += get_u16(resp + 4 + 2 * s);
    while (records-- > 0)
        must(message_read_record(&rr, resp, len, &at) == RES_OK);
    must(at == len);
}

/* A question that is in order goes through in the same batch. */
static struct answer_item companion(const struct answer_client *client)
{
    static const uint8_t req[32 + ANSWER_PAD] = "\x77\x77\1\0\0\1\0\0\0\0\0\0"
                                                "\3www\5nsec3\4test\0\0\1\0\1";
    return (struct answer_item){.req = req, .req_len = 32, .client = *client,
                                .resp = responses[1], .room = ANSWER_UDP_ROOM};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const peers[] = {"127.0.0.1", "127.0.0.2", "::1", "192.0.2.1"};
    union net_addr peer, local;
    struct answer_client client = {.peer = &peer, .local = &local};
    struct answer_stream_hint hint;
    uint8_t *req;

    if (len == 0)
        return 0;
    must(net_addr_parse(&peer, peers[data[0] >> 1 & 3]) == RES_OK);
    must(net_addr_parse(&local, "127.0.0.1") == RES_OK);
    client.tcp = (data[0] & 1) != 0;
    len--;
    req = memcpy(calloc(1, len + ANSWER_PAD), data + 1, len);
    if (client.tcp) {
        size_t n = answer_tcp(ctx, &client, req, len, responses[0], &hint);

        check_response(req, responses[0], n, MESSAGE_MAX_LEN);
    } else {
        struct answer_item items[2] = {{.req = req, .req_len = len, .client = client,
                                        .resp = responses[0], .room = ANSWER_UDP_ROOM},
                                       companion(&client)};

        answer_batch(ctx, items, 2);
        check_response(req, responses[0], items[0].resp_len, ANSWER_UDP_ROOM);
        check_response(items[1].req, responses[1], items[1].resp_len, 512);
        must(items[1].resp_len > 0);
    }
    free(req);
    return 0;
}
