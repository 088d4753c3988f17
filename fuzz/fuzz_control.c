/*
 * Messages of the control channel, as they come and behind a signature that is right: the
 * server and the client take or refuse them, and what the server takes it can answer in a way
 * that the client takes.
 */
#include <string.h>

#include "control/dialogue.h"
#include "fuzz/fuzz.h"

enum { NOW = 1700000000 };

static const struct tsig_key tsig = {.name_text = "k",
                                     .algorithm = TSIG_HMAC_SHA256,
                                     .secret = (const uint8_t *)"0123456789abcdef",
                                     .secret_len = 16};

static struct control_key key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    control_key_init(&key, &tsig);
    return 0;
}

/* Answers a request that was taken; the client must understand it. */
static void answer(const struct control_session *server, const struct control_request *q)
{
    static const struct control_answer a = {25, "failure", "text", 4};
    struct control_client client = {.key = key};
    struct control_reply reply;
    struct control_writer w;

    must(control_session_reply(server, q, &a, NOW, &w) == RES_OK);
    must(control_client_take(&client, w.data + CONTROL_FRAME_HEAD, w.len - CONTROL_FRAME_HEAD,
                             &reply) == RES_OK);
    must(reply.result == 25 && reply.text.len == 4 && client.nonce == server->nonce);
    control_discard(&w);
}

/* The same request twice: the second time it is a replay. */
static void take(const uint8_t *msg, size_t len)
{
    struct control_history *h = control_history_new();
    struct control_session server = {.nonce = 7};
    struct control_client client = {.key = key};
    struct control_request q;
    struct control_reply reply;

    if (control_session_take(&server, h, &key, 1, msg, len, NOW, &q) == RES_OK) {
        answer(&server, &q);
        must(control_session_take(&server, h, &key, 1, msg, len, NOW, &q) == RES_REPLAYED);
    }
    control_client_take(&client, msg, len, &reply);
    control_history_free(h);
}

/* `data` as what stands behind the signature. */
static void take_signed(const uint8_t *data, size_t len)
{
    struct control_writer w;
    size_t head;

    control_open(&w, &key);
    head = w.len;
    uint8_t *p = realloc(w.data, head + len + 1);
    must(p != NULL);
    if (len > 0)
        memcpy(p + head, data, len);
    w.data = p;
    w.len = head + len;
    must(control_close(&w) == RES_OK);
    take(w.data + CONTROL_FRAME_HEAD, w.len - CONTROL_FRAME_HEAD);
    control_discard(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len > CONTROL_REQUEST_MAX)
        return 0;
    take(data, len);
    take_signed(data, len);
    return 0;
}
