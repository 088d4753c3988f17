#include "net/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

/* The input of one round: what is in scratch->in. */
struct input {
    size_t at, len;
};

void net_stream_init(struct net_stream *s, int fd)
{
    *s = (struct net_stream){.fd = fd, .why = RES_CANCELED};
}

static void end_producer(struct net_stream *s, enum result why)
{
    struct net_producer *p = s->producer;

    s->producer = NULL;
    if (p != NULL)
        p->end(p, why);
}

void net_stream_free(struct net_stream *s)
{
    end_producer(s, s->why);
    free(s->in);
    free(s->out);
    s->in = s->out = NULL;
    s->in_len = s->out_at = s->out_len = 0;
}

/* Sends what the socket takes; *done counts it.  False: the connection is lost. */
static bool send_some(struct net_stream *s, const uint8_t *data, size_t len, size_t *done)
{
    *done = 0;
    while (*done < len) {
        ssize_t n = send(s->fd, data + *done, len - *done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            *done += (size_t)n;
            s->sent += (uint64_t)n;
        } else if (errno != EINTR) {
            s->why = result_from_errno(errno);
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
    }
    return true;
}

/* Sends what an earlier call left. */
static enum net_stream_want send_kept(struct net_stream *s)
{
    size_t done;

    if (s->out == NULL)
        return NET_STREAM_INPUT;
    if (!send_some(s, s->out + s->out_at, s->out_len - s->out_at, &done))
        return NET_STREAM_LOST;
    s->out_at += done;
    if (s->out_at < s->out_len)
        return NET_STREAM_ROOM;
    free(s->out);
    s->out = NULL;
    s->out_at = s->out_len = 0;
    return NET_STREAM_INPUT;
}

/* Sends the scratch output; what does not go is kept. */
static enum net_stream_want send_scratch(struct net_stream *s, struct net_scratch *scratch)
{
    size_t len = scratch->out_len, done;

    scratch->out_len = 0;
    if (!send_some(s, scratch->out, len, &done))
        return NET_STREAM_LOST;
    if (done == len)
        return NET_STREAM_INPUT;
    s->out = malloc(len - done);
    if (s->out == NULL)
        return NET_STREAM_LOST;
    memcpy(s->out, scratch->out + done, len - done);
    s->out_len = len - done;
    return NET_STREAM_ROOM;
}

/* Lets the producer write until it ends, the socket is full or its turn is over: with room
 * left, the next call follows at once, after those of other streams. */
static enum net_stream_want produce(struct net_stream *s, struct net_scratch *scratch)
{
    enum net_stream_want want = NET_STREAM_INPUT;
    uint64_t until = s->sent + NET_STREAM_TURN;

    while (s->producer != NULL && want == NET_STREAM_INPUT) {
        ssize_t n;

        if (s->sent >= until)
            return NET_STREAM_ROOM;
        n = s->producer->more(s->producer, scratch->out + scratch->out_len);
        if (n < 0)
            return NET_STREAM_LOST;
        scratch->out_len += (size_t)n;
        if (n == 0)
            end_producer(s, RES_OK);
        else if (scratch->out_len >= NET_STREAM_SEND_AT)
            want = send_scratch(s, scratch);
    }
    return want;
}

/* The length of the frame at the start of the input when it is complete, 0 if not. */
static size_t whole_frame(const uint8_t *in, size_t len)
{
    size_t need;

    if (len < 2)
        return 0;
    need = 2 + (size_t)get_u16(in);
    return len >= need ? need : 0;
}

/* Answers one framed message into the scratch output. */
static enum net_stream_want answer_frame(struct net_stream *s, struct net_scratch *scratch,
                                         const uint8_t *frame, size_t frame_len,
                                         net_stream_answer *answer, void *arg)
{
    uint8_t *out = scratch->out + scratch->out_len;
    size_t n = answer(arg, frame + 2, frame_len - 2, out + 2, &s->producer);

    s->answered++;
    if (s->producer != NULL)
        return produce(s, scratch);
    if (n == NET_STREAM_PENDING) {
        s->pending = true;
        return NET_STREAM_REPLY;
    }
    if (n == 0) {
        s->closing = true;
        return NET_STREAM_END;
    }
    put_u16(out, (uint16_t)n);
    scratch->out_len += 2 + n;
    return scratch->out_len >= NET_STREAM_SEND_AT ? send_scratch(s, scratch) : NET_STREAM_INPUT;
}

/* Answers the complete messages of the input while their answers go out. */
static enum net_stream_want answer_input(struct net_stream *s, struct net_scratch *scratch,
                                         struct input *in, net_stream_answer *answer, void *arg)
{
    enum net_stream_want want = NET_STREAM_INPUT;
    size_t n;

    while (want == NET_STREAM_INPUT &&
           (n = whole_frame(scratch->in + in->at, in->len - in->at)) > 0) {
        want = answer_frame(s, scratch, scratch->in + in->at, n, answer, arg);
        in->at += n;
    }
    return want;
}

/* Puts the kept input to the scratch buffer. */
static void load_input(struct net_stream *s, struct net_scratch *scratch, struct input *in)
{
    *in = (struct input){.len = s->in_len};
    if (s->in == NULL)
        return;
    memcpy(scratch->in, s->in, s->in_len);
    free(s->in);
    s->in = NULL;
    s->in_len = 0;
}

/* Keeps what is left of the input; false without memory. */
static bool keep_input(struct net_stream *s, struct net_scratch *scratch, const struct input *in)
{
    size_t len = in->len - in->at;

    if (len == 0 || s->closing)
        return true;
    s->in = malloc(len);
    if (s->in == NULL)
        return false;
    memcpy(s->in, scratch->in + in->at, len);
    s->in_len = len;
    return true;
}

/* How much to ask for: the rest of a long message, or a good number of short ones. */
static size_t read_size(const struct net_scratch *scratch, size_t have)
{
    size_t need = have >= 2 ? 2 + (size_t)get_u16(scratch->in) - have : 0;
    return need > NET_STREAM_READ_MAX ? need : NET_STREAM_READ_MAX;
}

/* Reads once; false: the connection is lost. */
static bool read_input(struct net_stream *s, struct net_scratch *scratch, struct input *in)
{
    ssize_t n = recv(s->fd, scratch->in + in->len, read_size(scratch, in->len), MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (n == 0)
        s->eof = true;
    in->len += (size_t)n;
    return true;
}

/* Reads, unless a complete message waits already, and answers. */
static enum net_stream_want do_round(struct net_stream *s, struct net_scratch *scratch,
                                     net_stream_answer *answer, void *arg)
{
    enum net_stream_want want;
    struct input in;

    load_input(s, scratch, &in);
    if (!s->eof && whole_frame(scratch->in, in.len) == 0 && !read_input(s, scratch, &in))
        return NET_STREAM_LOST;
    want = answer_input(s, scratch, &in, answer, arg);
    if (want == NET_STREAM_LOST || !keep_input(s, scratch, &in))
        return NET_STREAM_LOST;
    if (want != NET_STREAM_ROOM && scratch->out_len > 0)
        want = send_scratch(s, scratch);
    return want;
}

enum result net_stream_reply(struct net_stream *s, const uint8_t *msg, size_t len)
{
    size_t kept = s->out_len - s->out_at;
    uint8_t *out;

    s->pending = false;
    if (len == 0) {
        s->closing = true;
        return RES_OK;
    }
    out = malloc(kept + 2 + len);
    if (out == NULL)
        return RES_NOMEM;
    if (kept > 0)
        memcpy(out, s->out + s->out_at, kept);
    put_u16(out + kept, (uint16_t)len);
    memcpy(out + kept + 2, msg, len);
    free(s->out);
    s->out = out;
    s->out_at = 0;
    s->out_len = kept + 2 + len;
    return RES_OK;
}

enum net_stream_want net_stream_pump(struct net_stream *s, struct net_scratch *scratch,
                                     net_stream_answer *answer, void *arg)
{
    enum net_stream_want want = send_kept(s);

    scratch->out_len = 0;
    if (want == NET_STREAM_INPUT && s->producer != NULL) {
        want = produce(s, scratch);
        if (want == NET_STREAM_INPUT && scratch->out_len > 0)
            want = send_scratch(s, scratch);
    }
    if (want == NET_STREAM_INPUT && !s->closing && !s->pending)
        want = do_round(s, scratch, answer, arg);
    if (want == NET_STREAM_INPUT && s->pending)
        return NET_STREAM_REPLY;
    if (want == NET_STREAM_INPUT && (s->eof || s->closing))
        want = NET_STREAM_END;
    return want == NET_STREAM_END && s->out != NULL ? NET_STREAM_ROOM : want;
}
