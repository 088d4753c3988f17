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

struct rndc_call {
    struct server *server;
    char *line;                 /* the command line as it came */
    char **argv;                /* split as named.conf tokens; argv[0] is the command */
    int argc;
    bool quoted_rest;           /* reserved for addzone/modzone: `rest` is configuration text */
    const char *rest;           /* the line behind the command word */
    char *text;                 /* what was said, NUL terminated; NULL: nothing */
    size_t text_len, text_room;
    const char *error;          /* instead of the result's text; NULL: that */
    void *connection;           /* server/control.c's; NULL once the client has gone */
    void *state;                /* the command's, while pending */
};

typedef enum result rndc_command(struct rndc_call *call);

/* Appends to the answer's text (no newline at the end; lines are joined by "\n"). */
void rndc_say(struct rndc_call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends a call that was RES_PENDING; frees it. */
void rndc_finish(struct rndc_call *call, enum result result);

/* The zone that argv[at] [class [view]] names.  RES_OK; else BIND's texts were said ("no
 * matching zone 'Z' in any view", "zone 'Z' was found in multiple views", "no matching view
 * 'V'") and the result is the command's.  RES_NOMORE: no zone was named. */
enum result rndc_find_zone(struct rndc_call *call, int at, struct zone **out);

#endif
