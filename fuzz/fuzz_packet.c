/*
 * A packet as a client may send it: parsed, its options walked, its signature checked,
 * its question echoed, an error response signed; then as a server's answer to us.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/rrtype.h"
#include "dns/tsig.h"
#include "fuzz/fuzz.h"

enum { NOW_S = 1795214539, ROOM = 65535 };

static const struct tsig_key keys[] = {
    {(const uint8_t *)"\4k256", "k256", TSIG_HMAC_SHA256, 0,
     (const uint8_t *)"secret-secret-secret-secret-1234", 32},
    {(const uint8_t *)"\4kmd5", "kmd5", TSIG_HMAC_MD5, 0, (const uint8_t *)"secret", 6},
    {(const uint8_t *)"\5k512t", "k512t", TSIG_HMAC_SHA512, 256, (const uint8_t *)"secret", 6},
};

static uint8_t out[ROOM];

/* The label offsets must be those of the name. */
static void check_question(const struct message_request *q)
{
    uint8_t at[NAME_MAX_LABELS];

    must(name_check(q->qname, q->qname_len) == q->qname_len);
    must(name_label_offsets(q->qname, at) == q->nlabels + 1u);
    must(memcmp(at, q->label_at, q->nlabels + 1u) == 0);
}

static void walk_options(const struct edns *e)
{
    struct edns_option o;
    size_t at = 0;

    while (edns_next(e, &at, &o))
        must(o.data + o.len <= e->options + e->options_len);
    must(at == e->options_len);
}

static void walk_records(const struct message_request *q)
{
    size_t at = q->section_at[SECTION_ANSWER];
    unsigned n = q->count[SECTION_ANSWER] + q->count[SECTION_AUTHORITY] +
                 q->count[SECTION_ADDITIONAL];
    struct message_record rr;

    while (n-- > 0)
        must(message_read_record(&rr, q->msg, q->len, &at) == RES_OK);
    must(at == q->end_at);
}

/* An answer as the server writes one: question, OPT, signature. */
static void answer(const struct message_request *q)
{
    struct writer w = writer_of(out, sizeof out);
    struct edns_reply opt = {.udp_size = 1232, .cookie_len = q->edns.cookie_len, .pad_to = 128};
    struct tsig_session s;
    uint8_t *header = writer_take(&w, MESSAGE_HEADER_LEN);

    memset(header, 0, MESSAGE_HEADER_LEN);
    put_u16(header, q->id);
    put_u16(header + 4, message_write_question(&w, q));
    if (q->edns.present) {
        if (q->edns.cookie != NULL)
            memcpy(opt.cookie, q->edns.cookie, q->edns.cookie_len);
        opt.subnet = q->edns.subnet;
        opt.subnet_len = q->edns.subnet_len;
        edns_write(&w, &opt, 0);
    }
    if (q->tsig_at != 0) {
        size_t before = writer_len(&w);

        tsig_verify_request(&s, q, keys, sizeof keys / sizeof keys[0], NOW_S);
        if (tsig_sign_response(&s, &w, NOW_S) == RES_OK)
            must(writer_len(&w) - before == tsig_response_len(&s));
    }
}

/* The bytes as an answer to a signed request of ours. */
static void take_as_response(const uint8_t *data, size_t len)
{
    uint8_t request[256] = {0};
    struct writer w = writer_of(request, sizeof request);
    struct tsig_session s;

    writer_take(&w, MESSAGE_HEADER_LEN);
    must(tsig_sign_request(&s, &keys[0], &w, NOW_S) == RES_OK);
    must(tsig_verify_response(&s, data, len, NOW_S) != RES_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct message_request q;
    enum message_verdict v = message_parse_request(&q, data, len);

    if (v != MESSAGE_DROP) {
        if (q.has_question && q.count[SECTION_QUESTION] > 0)
            check_question(&q);
        if (v == MESSAGE_OK) {
            walk_records(&q);
            if (q.edns.present)
                walk_options(&q.edns);
        }
        answer(&q);
    }
    take_as_response(data, len);
    return 0;
}
