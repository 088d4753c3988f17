/*
 * The two sides of a control connection's dialogue, without sockets and without a clock
 * (doc/control-channel.md).
 *
 * The server answers a connection's first request with a nonce and does not run it; every
 * later one must carry that nonce.  Requests are checked in BIND's order: signature, time,
 * expiry, replay, nonce.
 *
 * What a request holds points into the caller's buffer.  One thread per server and per
 * client; a history may be shared by the connections of one thread.
 */
#ifndef KZ_CONTROL_DIALOGUE_H
#define KZ_CONTROL_DIALOGUE_H

#include "control/message.h"

enum {
    CONTROL_SKEW_S = 300,       /* how far the client's clock may be off */
    CONTROL_HISTORY_S = 900,    /* how long a request is remembered, to know it again */
    CONTROL_LIFE_S = 60         /* how long a message of ours is valid */
};

/* ---- The server ---- */

/* Requests that were seen lately; NULL without memory. */
struct control_history;
struct control_history *control_history_new(void);
void control_history_free(struct control_history *h);
/* How many are remembered. */
size_t control_history_count(const struct control_history *h);

struct control_session {
    uint32_t nonce;             /* 0: not given out yet */
};

struct control_request {
    const struct control_key *key;      /* that signed it; one of the caller's */
    struct control_value serial, from, to;      /* data NULL: not there */
    struct control_value command;       /* the command line; data NULL: none */
    bool is_greeting;                   /* answer with the nonce, run nothing */
};

/* Takes a request.  RES_OK; else it must not be answered, and the connection ends:
 * control_parse()'s results, RES_BADAUTH, RES_FAILURE (a reply, or a field that is missing),
 * RES_TIMESKEW, RES_EXPIRED, RES_REPLAYED, RES_NOMEM. */
enum result control_session_take(struct control_session *s, struct control_history *h,
                                 const struct control_key *keys, unsigned nkeys,
                                 const uint8_t *msg, size_t len, int64_t now_s,
                                 struct control_request *out);

struct control_answer {
    uint32_t result;            /* BIND's number; 0: success */
    const char *error;          /* its text; sent when result is not 0 */
    const char *text;           /* NULL or "": none */
    size_t text_len;
};

/* Writes the reply to `q`; `w` is then the caller's.  RES_NOMEM. */
enum result control_session_reply(const struct control_session *s,
                                  const struct control_request *q,
                                  const struct control_answer *a, int64_t now_s,
                                  struct control_writer *w);

/* ---- The client ---- */

struct control_client {
    struct control_key key;
    uint32_t serial;            /* of the next request; starts at random */
    uint32_t nonce;             /* 0: none was told yet */
};

void control_client_init(struct control_client *c, const struct tsig_key *key, uint32_t serial);

/* Writes a request; `w` is then the caller's.  RES_NOMEM. */
enum result control_client_ask(struct control_client *c, const char *command, int64_t now_s,
                               struct control_writer *w);

/* Takes a reply: its result, error (or NULL) and text (or NULL), not NUL terminated.
 * RES_BADAUTH, RES_UNEXPECTEDEND …; RES_FAILURE: it is no reply. */
struct control_reply {
    uint32_t result;
    struct control_value error, text;   /* data NULL: none */
};
enum result control_client_take(struct control_client *c, const uint8_t *msg, size_t len,
                                struct control_reply *out);

#endif
