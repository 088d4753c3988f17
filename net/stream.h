/*
 * DNS over a stream (RFC 1035 section 4.2.2, RFC 7766): messages behind two bytes of
 * length, many in one segment or one in many.
 *
 * A thread has one net_scratch, large buffers in which the work is done.  A stream
 * holds memory of its own only for what outlives a call: an unfinished message, and
 * bytes that the peer does not take yet.  While there are unsent bytes nothing is read
 * and nothing is answered, so a slow reader holds what one round made and no more.
 * Long responses come from a producer, asked for more whenever the socket has room; after
 * NET_STREAM_TURN bytes of it others have their turn.  When
 * an answer is pending (another thread makes it), what was answered before goes out, but
 * nothing more is read or answered: answers keep the order of their requests.
 *
 * No call blocks.  A stream belongs to one thread.
 */
#ifndef KZ_NET_STREAM_H
#define KZ_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/result.h"

enum {
    NET_MESSAGE_MAX = 65535,
    NET_FRAME_MAX = 2 + NET_MESSAGE_MAX,
    NET_STREAM_READ_MAX = 16 * 1024,        /* bytes taken by one read, if no message is longer */
    NET_STREAM_SEND_AT = 64 * 1024,         /* bytes gathered before they are sent */
    NET_STREAM_TURN = 512 * 1024,           /* bytes of a producer's that one call sends */
    NET_STREAM_PAD = 64                     /* readable bytes after a message */
};

struct net_scratch {
    size_t out_len;
    uint8_t in[NET_FRAME_MAX + NET_STREAM_READ_MAX + NET_STREAM_PAD];
    uint8_t out[NET_STREAM_SEND_AT + NET_FRAME_MAX];
};

/* The rest of a response that is too long for one message, made piece by piece. */
struct net_producer {
    /* Writes framed messages (whole frames, NET_FRAME_MAX bytes of room); returns their
     * bytes, 0 at the end, -1 to give up and close the stream. */
    ssize_t (*more)(struct net_producer *p, uint8_t *room);
    /* Called once, at the end (RES_OK) or when the stream goes, with the reason; frees the
     * producer. */
    void (*end)(struct net_producer *p, enum result why);
    /* For who keeps the stream's time: how long nothing may be sent, and how long all may take;
     * 0: no bound of its own. */
    uint32_t idle_s, total_s;
};

/* What a net_stream_answer returns when the answer comes later, by net_stream_reply(). */
#define NET_STREAM_PENDING SIZE_MAX

/* Answers a message of `len` bytes: writes at most NET_MESSAGE_MAX bytes to `resp`, or sets
 * *producer (and returns 0), or returns NET_STREAM_PENDING.  0 without a producer closes the
 * stream. */
typedef size_t net_stream_answer(void *arg, const uint8_t *msg, size_t len, uint8_t *resp,
                                 struct net_producer **producer);

struct net_stream {
    int fd;
    bool eof;               /* the peer sends no more */
    bool closing;           /* close when all is sent */
    bool pending;           /* an answer comes later */
    enum result why;        /* why it ends before its producer: set by who closes it */
    uint8_t *in, *out;      /* kept between calls, or NULL */
    size_t in_len, out_at, out_len;
    struct net_producer *producer;
    uint64_t answered;      /* messages */
    uint64_t sent;          /* bytes */
};

enum net_stream_want {
    NET_STREAM_INPUT,       /* call again when readable */
    NET_STREAM_ROOM,        /* call again when writable */
    NET_STREAM_REPLY,       /* call again after net_stream_reply(), not before */
    NET_STREAM_END,         /* all is done: close it */
    NET_STREAM_LOST         /* the connection failed, or no memory: close it */
};

/* Takes over `fd` (non-blocking); the caller closes it. */
void net_stream_init(struct net_stream *s, int fd);
/* Frees what it holds and ends its producer; does not close. */
void net_stream_free(struct net_stream *s);

/* Does what can be done now: sends, answers what is there, reads once. */
enum net_stream_want net_stream_pump(struct net_stream *s, struct net_scratch *scratch,
                                     net_stream_answer *answer, void *arg);

/* The pending answer: at most NET_MESSAGE_MAX bytes, 0 to close the stream when all before
 * is sent.  Then call net_stream_pump().  RES_NOMEM: close it. */
enum result net_stream_reply(struct net_stream *s, const uint8_t *msg, size_t len);

#endif
