#include "server/command_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/container.h"
#include "base/log.h"

enum { FIRST_READ = 1024 };

enum conn_state { CONN_READS, CONN_RUNS, CONN_SENDS, CONN_CLOSED };

struct command_conn {
    struct net_event event;
    struct net_timer timer;
    struct command_conns *owner;
    struct command_conn *next, *prev;   /* the oldest first; `next` of the closed ones */
    const struct command_keys *keys;    /* NULL: the listener has gone */
    struct control_session session;
    struct control_request request;     /* points into `in` */
    struct control_key key;             /* that signed it: the listener's may be replaced */
    struct control_writer out;
    uint8_t *in;                        /* a frame, as much of it as came */
    size_t in_len, in_room, sent;
    union net_addr peer;
    enum conn_state state;
    bool proven;                        /* it has shown that it has a key */
};

struct command_conns {
    struct net_loop *loop;
    command_conn_run *run;
    void *arg;
    struct control_history *history;
    struct command_conn *first, *last, *closed;
    unsigned count;
};

static void unlink_conn(struct command_conn *c)
{
    struct command_conns *cs = c->owner;

    *(c->prev != NULL ? &c->prev->next : &cs->first) = c->next;
    *(c->next != NULL ? &c->next->prev : &cs->last) = c->prev;
    cs->count--;
}

/* The memory stays until the sweep: events of this step may point to it. */
static void close_conn(struct command_conn *c)
{
    struct command_conns *cs = c->owner;

    if (c->state == CONN_CLOSED)
        return;
    c->state = CONN_CLOSED;
    net_loop_unwatch(cs->loop, &c->event);
    net_timer_stop(&cs->loop->timers, &c->timer);
    close(c->event.fd);
    control_discard(&c->out);
    free(c->in);
    c->in = NULL;
    unlink_conn(c);
    c->next = cs->closed;
    cs->closed = c;
}

static void conn_timed_out(struct net_timer *t, int64_t now_ms)
{
    (void)now_ms;
    close_conn(CONTAINER_OF(t, struct command_conn, timer));
}

/* Changes what it waits for; each state has the whole time. */
static void enter_state(struct command_conn *c, enum conn_state state)
{
    struct net_loop *loop = c->owner->loop;
    uint32_t events = state == CONN_READS ? EPOLLIN : EPOLLOUT;
    bool ok = true;

    c->state = state;
    if (state == CONN_RUNS) {
        net_loop_unwatch(loop, &c->event);
        net_timer_stop(&loop->timers, &c->timer);
        return;
    }
    if (c->event.events != events)
        ok = net_loop_watch(loop, &c->event, events) == RES_OK;
    if (!ok || net_timer_set(&loop->timers, &c->timer,
                             net_now_ms() + COMMAND_CONN_TIMEOUT_MS) != RES_OK)
        close_conn(c);
}

static void refuse(struct command_conn *c, enum result why)
{
    char text[NET_ADDR_TEXT];

    log_write(LOGC_GENERAL, LVL_ERROR, "invalid command from %s: %s",
              net_addr_format(&c->peer, text), result_text(why));
    close_conn(c);
}

/* ---- Replies ---- */

/* Nothing behind a request is read before it is answered. */
static void drop_request(struct command_conn *c)
{
    free(c->in);
    c->in = NULL;
    c->in_len = c->in_room = 0;
}

static void send_more(struct command_conn *c)
{
    ssize_t n = 0;

    while (c->sent < c->out.len && n >= 0) {
        n = send(c->event.fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
        c->sent += n > 0 ? (size_t)n : 0;
        if (n < 0 && errno == EINTR)
            n = 0;
    }
    if (n < 0 && errno != EAGAIN) {
        close_conn(c);
    } else if (c->sent == c->out.len) {
        control_discard(&c->out);
        drop_request(c);
        if (c->keys == NULL)
            close_conn(c);
        else
            enter_state(c, CONN_READS);
    }
}

void command_conn_reply(struct command_conn *c, const struct control_answer *a)
{
    if (c->state != CONN_RUNS)
        return;
    if (control_session_reply(&c->session, &c->request, a, time(NULL), &c->out) != RES_OK) {
        close_conn(c);
        return;
    }
    c->sent = 0;
    enter_state(c, CONN_SENDS);
    if (c->state == CONN_SENDS)
        send_more(c);
}

/* ---- Requests ---- */

/* A request that is complete; the state afterwards says how it went. */
static void take_request(struct command_conn *c)
{
    static const struct control_answer greeting = {.result = 0};
    const uint8_t *msg = c->in + CONTROL_FRAME_HEAD;
    struct control_request *q = &c->request;
    enum result res = control_session_take(&c->session, c->owner->history, c->keys->keys,
                                           c->keys->nkeys, msg, get_u32(c->in), time(NULL), q);

    if (res != RES_OK) {
        refuse(c, res);
        return;
    }
    c->proven = true;
    c->key = *q->key;
    q->key = &c->key;
    enter_state(c, CONN_RUNS);
    if (q->is_greeting)
        command_conn_reply(c, &greeting);
    else
        c->owner->run(c->owner->arg, c, (const char *)q->command.data, q->command.len,
                      c->keys->read_only);
}

/* The bytes that the frame still lacks, as far as is known; 0: complete.  A length that no
 * request may have closes the connection. */
static size_t missing_bytes(struct command_conn *c)
{
    uint32_t len;

    if (c->in_len < CONTROL_FRAME_HEAD)
        return CONTROL_FRAME_HEAD - c->in_len;
    len = get_u32(c->in);
    if (len == 0 || len > CONTROL_REQUEST_MAX) {
        refuse(c, len == 0 ? RES_UNEXPECTEDEND : RES_RANGE);
        return 0;
    }
    return c->in_len < CONTROL_FRAME_HEAD + len ? CONTROL_FRAME_HEAD + len - c->in_len : 0;
}

/* Makes room as bytes come: a length alone costs nothing. */
static bool make_room(struct command_conn *c)
{
    size_t room = c->in_room > 0 ? 2 * c->in_room : FIRST_READ;
    uint8_t *p = c->in_len < c->in_room ? c->in : realloc(c->in, room);

    if (p == NULL)
        return false;
    if (c->in_len == c->in_room)
        c->in_room = room;
    c->in = p;
    return true;
}

/* Reads no further than this frame; false when there is nothing more now. */
static bool read_more(struct command_conn *c, size_t missing)
{
    size_t room;
    ssize_t n;

    if (!make_room(c)) {
        close_conn(c);
        return false;
    }
    room = c->in_room - c->in_len;
    n = recv(c->event.fd, c->in + c->in_len, missing < room ? missing : room, 0);
    if (n > 0)
        c->in_len += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        close_conn(c);
    return n > 0;
}

/* Reads until nothing comes or a request is whole; one request per turn of the loop. */
static void read_request(struct command_conn *c)
{
    size_t missing = missing_bytes(c);

    while (c->state == CONN_READS && missing > 0 && read_more(c, missing))
        missing = missing_bytes(c);
    if (c->state == CONN_READS && missing == 0)
        take_request(c);
}

static void conn_ready(struct net_event *e, uint32_t events)
{
    struct command_conn *c = CONTAINER_OF(e, struct command_conn, event);

    (void)events;
    if (c->state == CONN_SENDS)
        send_more(c);
    else
        read_request(c);
}

/* ---- All of them ---- */

struct command_conns *command_conns_new(struct net_loop *loop, command_conn_run *run, void *arg)
{
    struct command_conns *cs = calloc(1, sizeof *cs);

    if (cs == NULL)
        return NULL;
    cs->loop = loop;
    cs->run = run;
    cs->arg = arg;
    cs->history = control_history_new();
    if (cs->history != NULL)
        return cs;
    free(cs);
    return NULL;
}

void command_conns_free(struct command_conns *cs)
{
    if (cs == NULL)
        return;
    while (cs->first != NULL)
        close_conn(cs->first);
    command_conns_sweep(cs);
    control_history_free(cs->history);
    free(cs);
}

/* The oldest that has not shown a key, else the oldest that runs nothing. */
static struct command_conn *find_least_worth(const struct command_conns *cs)
{
    struct command_conn *idle = NULL;

    for (struct command_conn *c = cs->first; c != NULL; c = c->next) {
        if (!c->proven)
            return c;
        if (idle == NULL && c->state == CONN_READS)
            idle = c;
    }
    return idle;
}

static bool make_place(struct command_conns *cs)
{
    struct command_conn *least;

    if (cs->count < COMMAND_CONN_MAX)
        return true;
    least = find_least_worth(cs);
    if (least != NULL)
        close_conn(least);
    return least != NULL;
}

void command_conns_add(struct command_conns *cs, int fd, const union net_addr *peer,
                       const struct command_keys *keys)
{
    struct command_conn *c = make_place(cs) ? calloc(1, sizeof *c) : NULL;

    if (c == NULL) {
        close(fd);
        return;
    }
    c->owner = cs;
    c->event = (struct net_event){.ready = conn_ready, .fd = fd};
    c->timer.fire = conn_timed_out;
    c->keys = keys;
    c->peer = *peer;
    c->prev = cs->last;
    *(cs->last != NULL ? &cs->last->next : &cs->first) = c;
    cs->last = c;
    cs->count++;
    enter_state(c, CONN_READS);
}

void command_conns_detach(struct command_conns *cs, const struct command_keys *keys)
{
    struct command_conn *next;

    for (struct command_conn *c = cs->first; c != NULL; c = next) {
        next = c->next;
        if (c->keys != keys)
            continue;
        c->keys = NULL;
        if (c->state == CONN_READS)
            close_conn(c);
    }
}

void command_conns_sweep(struct command_conns *cs)
{
    while (cs->closed != NULL) {
        struct command_conn *c = cs->closed;
        cs->closed = c->next;
        free(c);
    }
}

unsigned command_conns_count(const struct command_conns *cs)
{
    return cs->count;
}
