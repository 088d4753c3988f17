/*
 * Messages of the control channel, as rndc and named exchange them
 * (doc/control-channel.md): a version, then a table of tables of bytes, signed with an
 * HMAC.  Numbers are decimal text.
 *
 * A message that is read is not copied: what is found in it points into the caller's
 * buffer.  A message that is written grows in memory of its own.  Nothing here knows of
 * sockets or clocks; one thread per message.
 */
#ifndef KZ_CONTROL_MESSAGE_H
#define KZ_CONTROL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hmac.h"
#include "base/result.h"
#include "dns/tsig.h"

enum {
    CONTROL_FRAME_HEAD = 4,             /* bytes of the length in front of a message */
    CONTROL_REQUEST_MAX = 32768,        /* bytes; a longer request is refused */
    CONTROL_REPLY_MAX = 1024 * 1024,    /* BIND's rndc takes no longer reply */
    CONTROL_NESTING_MAX = 10            /* tables and lists within each other */
};

enum control_type { CONTROL_STRING, CONTROL_BINARY, CONTROL_TABLE, CONTROL_LIST };

struct control_value {
    const uint8_t *data;
    uint32_t len;
    uint8_t type;                       /* enum control_type */
};

/* A key made ready: the HMAC begun with its secret. */
struct control_key {
    uint8_t algorithm;                  /* enum tsig_algorithm */
    struct hmac begun;
};

void control_key_init(struct control_key *out, const struct tsig_key *key);

/* A request or reply that was read. */
struct control_message {
    struct control_value top;           /* the whole table, `_auth` included */
    struct control_value auth;          /* the value of its hmd5 or hsha */
    bool is_md5;
    const uint8_t *covered;             /* what the MAC covers: to the end of the message */
    size_t covered_len;
};

/* Checks the form of all of it, and finds the parts; `msg` is what stands behind the length.
 * RES_UNEXPECTEDEND, RES_UNKNOWNVERSION, RES_SYNTAX, RES_MAXDEPTH; RES_BADAUTH when its first
 * entry is no `_auth` with a MAC of the right length. */
enum result control_parse(struct control_message *out, const uint8_t *msg, size_t len);

/* Whether `key` signed it; takes as long for a wrong MAC as for a right one. */
bool control_verify(const struct control_message *m, const struct control_key *key);

/* The value of `name` in a table; false when there is none or `table` is no table. */
bool control_find(const struct control_value *table, const char *name,
                  struct control_value *out);
/* The same, only bytes / only a table / a number of 32 bits. */
bool control_find_bytes(const struct control_value *table, const char *name,
                        struct control_value *out);
bool control_find_table(const struct control_value *table, const char *name,
                        struct control_value *out);
bool control_find_number(const struct control_value *table, const char *name, uint32_t *out);

/* A message being written.  Without memory it is `failed`, and control_close() says so. */
struct control_writer {
    uint8_t *data;                      /* the frame, its length in front */
    size_t len, room;
    size_t tables[CONTROL_NESTING_MAX]; /* where the lengths of open tables stand */
    unsigned depth;
    size_t covered_at;                  /* where the signed bytes begin */
    const struct control_key *key;
    bool failed;
};

/* Begins a message that `key` will sign; the key must stay until control_close(). */
void control_open(struct control_writer *w, const struct control_key *key);
void control_begin_table(struct control_writer *w, const char *name);
void control_end_table(struct control_writer *w);
void control_put(struct control_writer *w, const char *name, const void *data, size_t len);
void control_put_text(struct control_writer *w, const char *name, const char *text);
void control_put_number(struct control_writer *w, const char *name, uint32_t value);
/* Signs it: the whole frame is in data, len.  RES_NOMEM: nothing is. */
enum result control_close(struct control_writer *w);
/* Frees what it holds. */
void control_discard(struct control_writer *w);

#endif
