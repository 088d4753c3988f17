/*
 * The control channel without sockets: sessions of BIND's rndc with its named, recorded once
 * (tests/vectors/control.txt), come out byte for byte; and what must be refused is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "control/dialogue.h"
#include "control/result_number.h"
#include "control/rndc_conf.h"
#include "tests/unit/hex.h"
#include "tests/unit/unit.h"

enum { MESSAGE_MAX = 1024, NOW = 1700000000 };

/* ---- The recorded sessions ---- */

struct message {
    uint8_t data[MESSAGE_MAX];
    size_t len;
};

/* Both requests and replies under one algorithm. */
struct session {
    char algorithm[8];
    uint8_t secret[64];
    struct tsig_key tsig;
    struct control_key key;
    struct message messages[4];
    unsigned count;
};

static void take_line(struct session *s, const char *line)
{
    char secret[128], hex[2 * MESSAGE_MAX + 1], who[8], algorithm[16];
    struct message *m = &s->messages[s->count++];
    enum tsig_algorithm number = TSIG_NONE;

    if (sscanf(line, "%7s %127s %7s %2048s", s->algorithm, secret, who, hex) != 4)
        CU_FAIL_FATAL("a line of control.txt has four fields");
    snprintf(algorithm, sizeof algorithm, "hmac-%s", s->algorithm);
    CU_ASSERT_EQUAL(tsig_algorithm_from_text(&number, &s->tsig.trunc_bits, algorithm), RES_OK);
    s->tsig.algorithm = (uint8_t)number;
    s->tsig.secret = s->secret;
    s->tsig.secret_len = (uint16_t)from_hex(s->secret, sizeof s->secret, secret);
    control_key_init(&s->key, &s->tsig);
    m->len = from_hex(m->data, sizeof m->data, hex);
}

/* Calls `test` for each of the sessions in the file. */
static void for_each_session(void (*test)(const struct session *s))
{
    char path[4096], line[4096];
    const char *dir = getenv("SRC");
    struct session s = {.count = 0};
    unsigned sessions = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/tests/vectors/control.txt", dir != NULL ? dir : ".");
    f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] == '#')
            continue;
        take_line(&s, line);
        if (s.count < 4)
            continue;
        test(&s);
        sessions++;
        s.count = 0;
    }
    fclose(f);
    CU_ASSERT_EQUAL(sessions, 6);
}

static int64_t time_of(const struct message *m)
{
    struct control_message parsed;
    struct control_value ctrl;
    uint32_t when = 0;

    CU_ASSERT_EQUAL(control_parse(&parsed, m->data, m->len), RES_OK);
    CU_ASSERT_TRUE(control_find_table(&parsed.top, "_ctrl", &ctrl));
    CU_ASSERT_TRUE(control_find_number(&ctrl, "_tim", &when));
    return when;
}

static bool is_message(const struct control_writer *w, const struct message *m)
{
    return w->len == m->len + 4 && get_u32(w->data) == m->len &&
           memcmp(w->data + 4, m->data, m->len) == 0;
}

static void serve_session(const struct session *s)
{
    struct control_history *h = control_history_new();
    struct control_session server = {.nonce = 0};
    struct control_answer answer = {.result = 0};
    struct control_client client;
    struct control_request q;
    struct control_reply reply;
    struct control_writer w;

    control_client_init(&client, &s->tsig, 0);
    for (unsigned i = 0; i < 4; i += 2) {
        const struct message *ask = &s->messages[i], *say = &s->messages[i + 1];
        int64_t now = time_of(ask);
        CU_ASSERT_EQUAL(control_session_take(&server, h, &s->key, 1, ask->data, ask->len, now, &q),
                        RES_OK);
        CU_ASSERT_EQUAL(q.is_greeting, i == 0);
        CU_ASSERT_EQUAL(control_client_take(&client, say->data, say->len, &reply), RES_OK);
        CU_ASSERT_EQUAL(reply.result, 0);
        server.nonce = client.nonce;
        answer.text = i == 0 ? NULL : "abcde";
        answer.text_len = 5;
        CU_ASSERT_EQUAL(control_session_reply(&server, &q, &answer, time_of(say), &w), RES_OK);
        CU_ASSERT_TRUE(is_message(&w, say));
        control_discard(&w);
    }
    CU_ASSERT_EQUAL(reply.text.len, 5);
    CU_ASSERT_NSTRING_EQUAL(q.command.data, "testgen 5", 9);
    control_history_free(h);
}

static void ask_session(const struct session *s)
{
    static const char *const commands[2] = {"null", "testgen 5"};
    struct control_client client;
    struct control_reply reply;
    struct control_writer w;
    struct control_message first;
    struct control_value ctrl;
    uint32_t serial = 0;

    CU_ASSERT_EQUAL(control_parse(&first, s->messages[0].data, s->messages[0].len), RES_OK);
    CU_ASSERT_TRUE(control_find_table(&first.top, "_ctrl", &ctrl));
    CU_ASSERT_TRUE(control_find_number(&ctrl, "_ser", &serial));
    control_client_init(&client, &s->tsig, serial);
    for (unsigned i = 0; i < 4; i += 2) {
        int64_t now = time_of(&s->messages[i]);
        CU_ASSERT_EQUAL(control_client_ask(&client, commands[i / 2], now, &w), RES_OK);
        CU_ASSERT_TRUE(is_message(&w, &s->messages[i]));
        control_discard(&w);
        CU_ASSERT_EQUAL(control_client_take(&client, s->messages[i + 1].data,
                                            s->messages[i + 1].len, &reply),
                        RES_OK);
    }
}

static void test_recorded_server(void)
{
    for_each_session(serve_session);
}

static void test_recorded_client(void)
{
    for_each_session(ask_session);
}

/* Every byte that is signed, and every one of the signature, matters. */
static void forge_session(const struct session *s)
{
    const struct message *m = &s->messages[2];
    struct control_message parsed;
    uint8_t data[MESSAGE_MAX];

    for (size_t i = 4; i < m->len; i++) {
        memcpy(data, m->data, m->len);
        data[i] ^= 1;
        if (control_parse(&parsed, data, m->len) == RES_OK)
            CU_ASSERT_FALSE(control_verify(&parsed, &s->key));
    }
    for (size_t len = 0; len < m->len; len++)
        if (control_parse(&parsed, m->data, len) == RES_OK)
            CU_ASSERT_FALSE(control_verify(&parsed, &s->key));
}

static void test_forged(void)
{
    for_each_session(forge_session);
}

/* ---- Requests of our own ---- */

static const uint8_t secret[] = "0123456789abcdef";
static const struct tsig_key tsig = {
    .name_text = "k", .algorithm = TSIG_HMAC_SHA256, .secret = secret, .secret_len = 16};
static const struct tsig_key other_tsig = {
    .name_text = "other", .algorithm = TSIG_HMAC_SHA256, .secret = secret, .secret_len = 15};

/* What a request has in `_ctrl`; NULL leaves a field out. */
struct fields {
    const char *serial, *sent, *expires, *nonce, *reply, *from;
};

static void put(struct control_writer *w, const char *name, const char *text)
{
    if (text != NULL)
        control_put_text(w, name, text);
}

static void write_request(struct control_writer *w, const struct control_key *key,
                          const struct fields *f)
{
    control_open(w, key);
    control_begin_table(w, "_ctrl");
    put(w, "_ser", f->serial);
    put(w, "_tim", f->sent);
    put(w, "_exp", f->expires);
    put(w, "_nonce", f->nonce);
    put(w, "_rpl", f->reply);
    put(w, "_frm", f->from);
    control_end_table(w);
    control_begin_table(w, "_data");
    control_put_text(w, "type", "status");
    control_end_table(w);
    CU_ASSERT_EQUAL(control_close(w), RES_OK);
}

/* What a server with the nonce 7 makes of it. */
static enum result take_fields(struct control_history *h, const struct tsig_key *by,
                               const struct fields *f, int64_t now)
{
    struct control_session server = {.nonce = 7};
    struct control_key key, known;
    struct control_request q;
    struct control_writer w;
    enum result res;

    control_key_init(&key, by);
    control_key_init(&known, &tsig);
    write_request(&w, &key, f);
    res = control_session_take(&server, h, &known, 1, w.data + 4, w.len - 4, now, &q);
    control_discard(&w);
    return res;
}

static void test_fields(void)
{
    static const struct {
        struct fields f;
        enum result res;
    } cases[] = {
        {{"1", "1700000000", "1700000060", "7", NULL, NULL}, RES_OK},
        {{"2", "1699999700", "1700000000", "7", NULL, NULL}, RES_OK},
        {{"3", "1700000300", NULL, "7", NULL, NULL}, RES_OK},
        {{"4", "1699999699", "1700000060", "7", NULL, NULL}, RES_TIMESKEW},
        {{"5", "1700000301", "1700000600", "7", NULL, NULL}, RES_TIMESKEW},
        {{"6", "1700000000", "1699999999", "7", NULL, NULL}, RES_EXPIRED},
        {{"7", NULL, "1700000060", "7", NULL, NULL}, RES_FAILURE},
        {{"8", "x", "1700000060", "7", NULL, NULL}, RES_FAILURE},
        {{"9", "99999999999", NULL, "7", NULL, NULL}, RES_FAILURE},
        {{NULL, "1700000000", "1700000060", "7", NULL, NULL}, RES_FAILURE},
        {{"1 0", "1700000000", "1700000060", "7", NULL, NULL}, RES_FAILURE},
        {{"11", "1700000000", "1700000060", "7", NULL, "a b"}, RES_FAILURE},
        {{"12", "1700000000", "1700000060", "7", "1", NULL}, RES_FAILURE},
        {{"13", "1700000000", "1700000060", "8", NULL, NULL}, RES_BADAUTH},
        {{"14", "1700000000", "1700000060", NULL, NULL, NULL}, RES_BADAUTH},
        {{"1", "1700000000", "1700000060", "7", NULL, NULL}, RES_REPLAYED},
        {{"1", "1700000000", "1700000060", "7", NULL, "me"}, RES_OK},
    };
    struct control_history *h = control_history_new();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(take_fields(h, &tsig, &cases[i].f, NOW), cases[i].res);
    CU_ASSERT_EQUAL(take_fields(h, &other_tsig, &cases[0].f, NOW), RES_BADAUTH);
    control_history_free(h);
}

/* A request is known again for 900 seconds; thousands are, and are forgotten after that. */
static void test_history(void)
{
    struct control_history *h = control_history_new();
    char serial[16], sent[16];
    struct fields f = {serial, sent, NULL, "7", NULL, NULL};

    for (unsigned i = 0; i < 5000; i++) {
        snprintf(serial, sizeof serial, "%u", i);
        snprintf(sent, sizeof sent, "%u", NOW + i / 10);
        CU_ASSERT_EQUAL(take_fields(h, &tsig, &f, NOW + i / 10), RES_OK);
    }
    CU_ASSERT_EQUAL(control_history_count(h), 5000);
    snprintf(serial, sizeof serial, "0");
    snprintf(sent, sizeof sent, "%u", NOW);
    CU_ASSERT_EQUAL(take_fields(h, &tsig, &f, NOW + 300), RES_REPLAYED);
    snprintf(serial, sizeof serial, "x");
    snprintf(sent, sizeof sent, "%u", NOW + 1000);
    CU_ASSERT_EQUAL(take_fields(h, &tsig, &f, NOW + 1000), RES_OK);
    CU_ASSERT_TRUE(control_history_count(h) < 5000);
    snprintf(sent, sizeof sent, "%u", NOW + 2000);
    CU_ASSERT_EQUAL(take_fields(h, &tsig, &f, NOW + 2000), RES_OK);
    CU_ASSERT_EQUAL(control_history_count(h), 1);
    control_history_free(h);
}

/* ---- Form ---- */

/* A message with `covered` behind an `_auth` that signs it. */
static enum result parse_covered(const uint8_t *covered, size_t len)
{
    struct control_key key;
    struct control_writer w;
    struct control_message m;
    uint8_t data[MESSAGE_MAX];
    enum result res;

    control_key_init(&key, &tsig);
    control_open(&w, &key);
    memcpy(data, w.data + 4, w.len - 4);
    memcpy(data + w.len - 4, covered, len);
    res = control_parse(&m, data, w.len - 4 + len);
    control_discard(&w);
    return res;
}

/* Tables within tables: `depth` of them below the top. */
static enum result parse_nested(unsigned depth)
{
    uint8_t data[MESSAGE_MAX], *p = data;

    for (unsigned i = 0; i < depth; i++) {
        *p++ = 1;
        *p++ = 'a';
        *p++ = CONTROL_TABLE;
        put_u32(p, 7 * (depth - 1 - i));
        p += 4;
    }
    return parse_covered(data, (size_t)(p - data));
}

static void test_form(void)
{
    static const struct {
        const char *hex;        /* behind a right `_auth` */
        enum result res;
    } cases[] = {
        {"", RES_OK},
        {"0161 01 00000000", RES_OK},
        {"00 01 00000000", RES_OK},
        {"0161 02 00000000", RES_OK},
        {"0161 03 00000005 01 00000000", RES_OK},
        {"0161 00 00000000", RES_SYNTAX},
        {"0161 04 00000000", RES_SYNTAX},
        {"0161 03 00000005 00 00000000", RES_SYNTAX},
        {"0161 01 00000001", RES_UNEXPECTEDEND},
        {"0161 01 ffffffff", RES_UNEXPECTEDEND},
        {"0161 01 000000", RES_UNEXPECTEDEND},
        {"ff61", RES_UNEXPECTEDEND},
        {"01", RES_UNEXPECTEDEND},
        {"0161 03 00000004 01 000000", RES_UNEXPECTEDEND},
    };
    char packed[64];
    uint8_t data[64];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = packed;
        for (const char *c = cases[i].hex; *c != '\0'; c++)
            if (*c != ' ')
                *out++ = *c;
        *out = '\0';
        CU_ASSERT_EQUAL(parse_covered(data, from_hex(data, sizeof data, packed)), cases[i].res);
    }
    CU_ASSERT_EQUAL(parse_nested(CONTROL_NESTING_MAX - 1), RES_OK);
    CU_ASSERT_EQUAL(parse_nested(CONTROL_NESTING_MAX), RES_MAXDEPTH);
    CU_ASSERT_EQUAL(parse_nested(100), RES_MAXDEPTH);
}

static void test_without_signature(void)
{
    static const struct {
        const char *hex;
        enum result res;
    } cases[] = {
        {"000000", RES_UNEXPECTEDEND},
        {"00000002", RES_UNKNOWNVERSION},
        {"00000001", RES_BADAUTH},
        {"000000010161010000000 0", RES_BADAUTH},
        {"00000001055f617574680200000000", RES_BADAUTH},
        {"00000001055f61757468020000000a0468736861010000000 0", RES_BADAUTH},
        {"00000001055f617574680100000000", RES_BADAUTH},
    };
    struct control_message m;
    uint8_t data[64];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char packed[128], *out = packed;
        for (const char *c = cases[i].hex; *c != '\0'; c++)
            if (*c != ' ')
                *out++ = *c;
        *out = '\0';
        CU_ASSERT_EQUAL(control_parse(&m, data, from_hex(data, sizeof data, packed)),
                        cases[i].res);
    }
}

static void test_long_reply(void)
{
    struct control_session server = {.nonce = 7};
    struct control_request q = {.key = NULL};
    struct control_answer a = {.result = 0, .text_len = 900000};
    struct control_client client;
    struct control_reply reply;
    struct control_writer w;
    char *text = malloc(a.text_len);

    memset(text, 'x', a.text_len);
    a.text = text;
    control_client_init(&client, &tsig, 1);
    q.key = &client.key;
    CU_ASSERT_EQUAL(control_session_reply(&server, &q, &a, NOW, &w), RES_OK);
    CU_ASSERT_EQUAL(control_client_take(&client, w.data + 4, w.len - 4, &reply), RES_OK);
    CU_ASSERT_EQUAL(reply.text.len, 900000);
    CU_ASSERT_EQUAL(client.nonce, 7);
    control_discard(&w);
    free(text);
}

/* ---- Numbers, files ---- */

static void test_numbers(void)
{
    CU_ASSERT_EQUAL(result_number(RES_OK), 0);
    CU_ASSERT_EQUAL(result_number(RES_NOTFOUND), 23);
    CU_ASSERT_EQUAL(result_number(RES_UNKNOWNCOMMAND), 172);
    CU_ASSERT_EQUAL(result_number(RES_NOTDYNAMIC), 181);
    CU_ASSERT_EQUAL(result_number(RES_TRUNCATED), 25);
    CU_ASSERT_STRING_EQUAL(result_number_name(0), "ISC_R_SUCCESS");
    CU_ASSERT_STRING_EQUAL(result_number_name(41), "ISC_R_RANGE");
    CU_ASSERT_PTR_NULL(result_number_name(70000));
    for (unsigned r = 1; r < RES_COUNT; r++)
        CU_ASSERT_NOT_EQUAL(result_number((enum result)r), 0);
}

static unsigned mistakes;

static void count_mistake(void *arg, const char *text)
{
    (void)arg;
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ":1: "));
    mistakes++;
}

/* NULL after mistakes. */
static struct rndc_conf *read_text(const char *text)
{
    static const struct rndc_conf_report report = {.message = count_mistake};
    char path[] = "/tmp/control_test.XXXXXX";
    struct rndc_conf *c = NULL;
    int fd = mkstemp(path);
    enum result res;

    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    mistakes = 0;
    res = rndc_conf_read(path, &report, &c);
    CU_ASSERT_EQUAL(res == RES_OK, mistakes == 0);
    CU_ASSERT_EQUAL(c != NULL, res == RES_OK);
    unlink(path);
    return c;
}

#define KEY "key k { algorithm hmac-sha256; secret \"MDEyMzQ1Njc4OWFiY2RlZg==\"; }; "

static void test_conf_file(void)
{
    struct rndc_conf *c = read_text(
        KEY "options { default-server s; default-key k; default-port 9953;"
            " default-source-address 192.0.2.1; default-source-address-v6 *; };"
            " server s { key K; port 53; addresses { 192.0.2.9; \"a.test\" port 7; };"
            " source-address 192.0.2.2; source-address-v6 2001:db8::1; };");

    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT_EQUAL(c->nkeys, 1);
    CU_ASSERT_EQUAL(c->keys[0].key.secret_len, 16);
    CU_ASSERT_EQUAL(c->keys[0].key.algorithm, TSIG_HMAC_SHA256);
    CU_ASSERT_EQUAL(c->default_port, 9953);
    const struct rndc_server *s = rndc_conf_server(c, "S");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->naddresses, 2);
    CU_ASSERT_EQUAL(s->addresses[1].port, 7);
    CU_ASSERT_STRING_EQUAL(s->addresses[1].host, "a.test");
    CU_ASSERT_EQUAL(s->source.sa.sa_family, AF_INET);
    CU_ASSERT_EQUAL(s->source_v6.sa.sa_family, AF_INET6);
    CU_ASSERT_PTR_EQUAL(rndc_conf_key(c, s->key), &c->keys[0]);
    CU_ASSERT_PTR_NULL(rndc_conf_key(c, "x"));
    rndc_conf_free(c);
}

static void test_conf_mistakes(void)
{
    static const char *const texts[] = {
        "key k { algorithm hmac-sha256; };", "key k { secret \"MDEy\"; };",
        "key k { algorithm foo; secret \"MDEy\"; };", "key { };", "key k;",
        "key k { algorithm hmac-sha256; secret \"!\"; };", "foo bar;", "options;",
        "options { default-port 0; };", "options { default-port 65536; };",
        "options { default-key nosuch; };", "options { default-source-address ::1; };",
        "options { foo 1; };", "server s { key nosuch; };", "server s { addresses 192.0.2.1; };",
        "server s { addresses { 192.0.2.1 7; }; };", "server s { port; };", "{ };",
        "key k { { }; };", "options { default-server { }; };",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CU_ASSERT_PTR_NULL(read_text(texts[i]));
    rndc_conf_free(read_text(""));
}

static const struct unit_test tests[] = {
    {"a server's side of recorded sessions, byte for byte", test_recorded_server},
    {"a client's side of recorded sessions, byte for byte", test_recorded_client},
    {"forged and truncated messages do not verify", test_forged},
    {"clock skew, expiry, replay, nonce, missing fields", test_fields},
    {"what was seen is known for 900 seconds", test_history},
    {"the form of messages, and how deep they nest", test_form},
    {"messages without a signature", test_without_signature},
    {"a long reply", test_long_reply},
    {"numbers of results", test_numbers},
    {"rndc.conf", test_conf_file},
    {"mistakes in rndc.conf", test_conf_mistakes},
};

UNIT_MAIN(tests)
