/*
 * rndc commands: one row each in server/rndc_commands.def, run by the maintenance thread.
 *
 * A command writes its text with rndc_say(), and returns its result, or RES_PENDING when a
 * pool job, a load or a timer will finish the call later with rndc_finish(), from the
 * maintenance thread.  The client's connection may be gone by then: rndc_finish() copes.
 */
#ifndef KZ_SERVER_RNDC_H
#define KZ_SERVER_RNDC_H

#include <stdbool.h>

#include "base/result.h"
#include "server/server.h"

struct rndc_call;

typedef enum result rndc_command(struct rndc_call *call);

struct rndc_call {
    struct server *server;
    char *line;                 /* the command line as it came */
    char **argv;                /* its tokens, as in named.conf; the command first, NULL last */
    int argc;
    const char *rest;           /* the line behind the command word, without leading blanks */
    char *text;                 /* what was said, NUL terminated; NULL: nothing */
    size_t text_len, text_room;
    const char *error;          /* instead of the result's text; NULL: that */
    void *connection;           /* server/command_conn.c's; NULL: nobody waits for the end */
    void *state;                /* the command's, while pending */
    void (*release)(struct rndc_call *call);    /* frees `state` when the call ends; or NULL */
    bool is_read_only;          /* it came through a read-only listener */
    bool ends_server;           /* the server stops when the reply is on its way */
    /* rndc.c's: */
    rndc_command *waiting;      /* to be run when no zone loads; NULL: it is not waiting */
    enum result result;         /* for rndc_finish_soon() */
    bool is_cut;                /* the text has become too long */
    struct rndc_call *next, *next_finished;
};

/* The commands. */
#define RNDC(name, function, min_args, access) rndc_command function;
#include "server/rndc_commands.def"
#undef RNDC

/* Longer texts are cut. */
enum { RNDC_TEXT_MAX = CONTROL_REPLY_MAX - 64 * 1024 };

/* Appends to the answer's text (no newline at the end; lines are joined by "\n"). */
void rndc_say(struct rndc_call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends a call that was RES_PENDING; frees it. */
void rndc_finish(struct rndc_call *call, enum result result);

/* The same from any thread: the maintenance thread finishes the call in its next turn. */
void rndc_finish_soon(struct rndc_call *call, enum result result);

/* Has `then` run as the command when the server is idle (server_is_idle), before it is not again;
 * returns RES_PENDING, for the command to return. */
enum result rndc_when_idle(struct rndc_call *call, rndc_command *then);

/* The zone that argv[at] [class [view]] names.  RES_OK; else BIND's texts were said ("no
 * matching zone 'Z' in any view", "zone 'Z' was found in multiple views", "no matching view
 * 'V'") and the result is the command's.  RES_NOMORE: no zone was named. */
enum result rndc_find_zone(struct rndc_call *call, int at, struct zone **out);

/* The view of a name (NULL: said, "view 'V' not found"). */
const struct answer_view *rndc_find_view(struct rndc_call *call, const char *name);

/* ---- For the server ---- */

/* NULL without memory. */
struct rndc *rndc_new(struct server *s);
/* The server ends: who waits for a call is told so, and calls that finish later tell nobody. */
void rndc_shut_down(struct rndc *r);
/* Calls that are pending are dropped without an answer; nothing may finish them any more. */
void rndc_free(struct rndc *r);

/* Runs a command line for a connection; a command_conn_run, `arg` is the struct rndc. */
void rndc_run(void *arg, struct command_conn *c, const char *line, size_t len, bool read_only);

/* A call waits until the server is idle. */
bool rndc_is_waiting(const struct rndc *r);

/* Ends what was finished elsewhere, and runs what has waited for the loader; call after each
 * step of the loop. */
void rndc_check(struct rndc *r);

#endif
