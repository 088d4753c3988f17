#include "server/rndc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "control/result_number.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "server/command_conn.h"

enum { TEXT_FIRST = 256 };

enum access { CHANGES, READS, QUIET };

struct row {
    const char *name;
    rndc_command *run;
    int min_args;
    enum access access;
};

static const struct row rows[] = {
#define RNDC(name, function, min_args, access) {name, function, min_args, access},
#include "server/rndc_commands.def"
#undef RNDC
};

struct rndc {
    struct server *server;
    struct rndc_call *calls;        /* all that are not finished, the newest first */
    struct rndc_call *finished;     /* by other threads; atomic, the newest first */
};

/* ---- Text ---- */

static bool make_room(struct rndc_call *call, size_t more)
{
    size_t room = call->text_room > 0 ? call->text_room : TEXT_FIRST;
    char *text;

    while (room < call->text_len + more)
        room *= 2;
    if (room == call->text_room)
        return true;
    text = realloc(call->text, room);
    if (text == NULL)
        return false;
    call->text = text;
    call->text_room = room;
    return true;
}

/* One line; what does not fit is left out, with a last line that says so. */
static void add_line(struct rndc_call *call, const char *line, size_t len)
{
    if (call->is_cut)
        return;
    call->is_cut = call->text_len + len > RNDC_TEXT_MAX;
    if (call->is_cut) {
        line = "(more was cut off)";
        len = strlen(line);
    }
    if (!make_room(call, len + 2))
        return;
    if (call->text_len > 0)
        call->text[call->text_len++] = '\n';
    memcpy(call->text + call->text_len, line, len);
    call->text_len += len;
    call->text[call->text_len] = '\0';
}

void rndc_say(struct rndc_call *call, const char *fmt, ...)
{
    char *line = NULL;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vasprintf(&line, fmt, args);
    va_end(args);
    if (n >= 0) {
        add_line(call, line, (size_t)n);
        free(line);
    }
}

/* ---- The end of a call ---- */

static void unlink_call(struct rndc *r, struct rndc_call *call)
{
    struct rndc_call **link = &r->calls;

    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
}

static void free_call(struct rndc_call *call)
{
    if (call->release != NULL)
        call->release(call);
    free(call->text);
    free(call->argv);
    free(call->line);
    free(call);
}

static void reply(struct rndc_call *call, enum result result)
{
    const struct control_answer answer = {
        .result = result_number(result),
        .error = call->error != NULL ? call->error : result_text(result),
        .text = call->text,
        .text_len = call->text_len,
    };

    if (call->connection != NULL)
        command_conn_reply(call->connection, &answer);
    call->connection = NULL;
}

void rndc_shut_down(struct rndc *r)
{
    for (struct rndc_call *c = r->calls; c != NULL; c = c->next) {
        c->error = NULL;
        reply(c, RES_SHUTTINGDOWN);
    }
}

void rndc_finish(struct rndc_call *call, enum result result)
{
    reply(call, result);
    if (call->ends_server)
        call->server->stop_wanted = true;
    unlink_call(call->server->rndc, call);
    free_call(call);
}

void rndc_finish_soon(struct rndc_call *call, enum result result)
{
    struct server *s = call->server;
    struct rndc *r = s->rndc;

    call->result = result;
    call->next_finished = __atomic_load_n(&r->finished, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&r->finished, &call->next_finished, call, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        continue;
    net_loop_wake(&s->loop);
}

enum result rndc_when_idle(struct rndc_call *call, rndc_command *then)
{
    call->waiting = then;
    net_loop_wake(&call->server->loop);
    return RES_PENDING;
}

static void end_unless_pending(struct rndc_call *call, enum result result)
{
    if (result != RES_PENDING)
        rndc_finish(call, result);
}

/* The call that has waited longest; NULL when none waits. */
static struct rndc_call *first_waiting(const struct rndc *r)
{
    struct rndc_call *oldest = NULL;

    for (struct rndc_call *c = r->calls; c != NULL; c = c->next)
        if (c->waiting != NULL)
            oldest = c;
    return oldest;
}

bool rndc_is_waiting(const struct rndc *r)
{
    return first_waiting(r) != NULL;
}

void rndc_check(struct rndc *r)
{
    struct rndc_call *c = __atomic_exchange_n(&r->finished, NULL, __ATOMIC_ACQUIRE), *next;

    for (; c != NULL; c = next) {
        next = c->next_finished;
        rndc_finish(c, c->result);
    }
    while (server_is_idle(r->server) && (c = first_waiting(r)) != NULL) {
        rndc_command *then = c->waiting;
        c->waiting = NULL;
        end_unless_pending(c, then(c));
    }
}

/* ---- The beginning ---- */

/* The token at *at, unquoted in place and ended with a NUL; NULL: there is none. */
static char *next_token(char **at)
{
    char *p = *at + strspn(*at, " \t\r\n"), *out = p, *token = p;
    bool quoted = *p == '"';

    if (*p == '\0')
        return NULL;
    for (p += quoted; *p != '\0' && (quoted ? *p != '"' : strchr(" \t\r\n", *p) == NULL); p++) {
        if (quoted && p[0] == '\\' && p[1] == '"')
            p++;
        *out++ = *p;
    }
    *at = *p != '\0' ? p + 1 : p;
    *out = '\0';
    return token;
}

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcasecmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* Splits the line; its tokens stand in a copy behind argv's pointers.  False: no memory. */
static bool split(struct rndc_call *call)
{
    size_t len = strlen(call->line), room = len / 2 + 2;
    char *at, *token;

    call->argv = malloc(room * sizeof *call->argv + len + 1);
    if (call->argv == NULL)
        return false;
    at = (char *)(call->argv + room);
    memcpy(at, call->line, len + 1);
    while ((token = next_token(&at)) != NULL)
        call->argv[call->argc++] = token;
    call->argv[call->argc] = NULL;
    call->rest = call->line + strspn(call->line, " \t\r\n");
    call->rest += strcspn(call->rest, " \t\r\n");
    call->rest += strspn(call->rest, " \t\r\n");
    return true;
}

/* Tells what there is, a few names a line. */
static void say_commands(struct rndc_call *call)
{
    enum { WIDTH = 70 };
    char line[2 * WIDTH];
    int used = 0;

    rndc_say(call, "The commands are:");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        used += snprintf(line + used, sizeof line - (size_t)used, " %s", rows[i].name);
        if (used < WIDTH && i + 1 < sizeof rows / sizeof *rows)
            continue;
        rndc_say(call, " %s", line);
        used = 0;
    }
}

static enum result run_unknown(struct rndc_call *call)
{
    log_write(LOGC_GENERAL, LVL_WARNING, "unknown control channel command '%s'", call->argv[0]);
    say_commands(call);
    return RES_UNKNOWNCOMMAND;
}

/* Whether a line of the help, "name arguments, name arguments", is about the command. */
static bool is_about(const char *help, const char *command)
{
    size_t len = strlen(command);

    for (; help != NULL; help = strstr(help, ", "), help = help != NULL ? help + 2 : NULL)
        if (strncasecmp(help, command, len) == 0 && strchr(" ,", help[len]) != NULL)
            return true;
    return false;
}

/* Runs a command; tells how it is written when words are missing or wrong. */
static enum result run_found(struct rndc_call *call, const struct row *row)
{
    static const char *const help[] = {
#define HELP(how, what) how,
#include "control/rndc_help.def"
#undef HELP
    };
    enum result r = call->argc > row->min_args ? row->run(call) : RES_UNEXPECTEDEND;

    if (r != RES_UNEXPECTEDEND && r != RES_SYNTAX)
        return r;
    for (size_t i = 0; i < sizeof help / sizeof *help; i++)
        if (is_about(help[i], row->name))
            rndc_say(call, "usage: %s", help[i]);
    return r;
}

static enum result run_row(struct rndc_call *call, bool read_only)
{
    const struct row *row = call->argc > 0 ? find_row(call->argv[0]) : NULL;

    call->is_read_only = read_only;
    if (call->argc == 0)
        return RES_UNEXPECTEDEND;
    if (read_only && (row == NULL || row->access == CHANGES)) {
        log_write(LOGC_GENERAL, LVL_INFO, "rejecting restricted control channel command '%s'",
                  call->line);
        return RES_FAILURE;
    }
    log_write(LOGC_GENERAL, row != NULL && row->access == QUIET ? 1 : LVL_INFO,
              "received control channel command '%s'", call->line);
    if (row == NULL)
        return run_unknown(call);
    return run_found(call, row);
}

void rndc_run(void *arg, struct command_conn *c, const char *line, size_t len, bool read_only)
{
    static const struct control_answer no_memory = {1, "out of memory", NULL, 0};
    struct rndc *r = arg;
    struct rndc_call *call = calloc(1, sizeof *call);

    if (call != NULL)
        call->line = strndup(line != NULL ? line : "", len);
    if (call == NULL || call->line == NULL || !split(call)) {
        command_conn_reply(c, &no_memory);
        if (call != NULL)
            free_call(call);
        return;
    }
    call->server = r->server;
    call->connection = c;
    call->next = r->calls;
    r->calls = call;
    end_unless_pending(call, run_row(call, read_only));
}

struct rndc *rndc_new(struct server *s)
{
    struct rndc *r = calloc(1, sizeof *r);

    if (r != NULL)
        r->server = s;
    return r;
}

void rndc_free(struct rndc *r)
{
    while (r != NULL && r->calls != NULL) {
        struct rndc_call *call = r->calls;
        r->calls = call->next;
        free_call(call);
    }
    free(r);
}

/* ---- Names of zones and views ---- */

const struct answer_view *rndc_find_view(struct rndc_call *call, const char *name)
{
    const struct answer_view *view = answer_server_view(call->server->data, name);

    if (view == NULL)
        rndc_say(call, "view '%s' not found", name);
    return view;
}

/* What a command names: zone [class [view]]. */
struct wanted_zone {
    const char *text, *view;        /* view NULL: any */
    struct name name;
    uint16_t rrclass;
};

static enum result read_wanted(const struct rndc_call *call, int at, struct wanted_zone *w)
{
    const char *class_text;
    enum result res;

    if (at >= call->argc)
        return RES_NOMORE;
    class_text = at + 1 < call->argc ? call->argv[at + 1] : "IN";
    *w = (struct wanted_zone){.text = call->argv[at]};
    w->view = at + 2 < call->argc ? call->argv[at + 2] : NULL;
    res = name_from_text(&w->name, w->text, strlen(w->text), (const uint8_t *)"");
    return res == RES_OK ? rrclass_from_text(&w->rrclass, class_text, strlen(class_text)) : res;
}

static bool view_is(const struct answer_view *v, const struct wanted_zone *w)
{
    return v->conf->rrclass == w->rrclass &&
           (w->view == NULL || strcmp(v->conf->name, w->view) == 0);
}

/* Looks through the views that fit; *nviews counts them, *nzones different zones. */
static struct zone *look_up(const struct answer_server *data, const struct wanted_zone *w,
                            unsigned *nviews, unsigned *nzones)
{
    struct zone *found = NULL;

    *nviews = *nzones = 0;
    for (unsigned i = 0; i < data->nviews; i++) {
        const struct answer_view *v = &data->views[i];
        if (!view_is(v, w))
            continue;
        struct zone *z = zone_table_get(v->zones, w->name.wire);
        ++*nviews;
        *nzones += z != NULL && z != found;
        if (z != NULL)
            found = z;
    }
    return found;
}

enum result rndc_find_zone(struct rndc_call *call, int at, struct zone **out)
{
    struct wanted_zone w;
    unsigned nviews, nzones;
    enum result res = read_wanted(call, at, &w);

    if (res != RES_OK)
        return res;
    name_fold(w.name.wire, w.name.wire, w.name.len);
    *out = look_up(call->server->data, &w, &nviews, &nzones);
    if (nzones == 1)
        return RES_OK;
    if (w.view != NULL && nviews == 0)
        rndc_say(call, "no matching view '%s'", w.view);
    else if (nzones > 1)
        rndc_say(call, "zone '%s' was found in multiple views", w.text);
    else if (w.view != NULL)
        rndc_say(call, "no matching zone '%s' in view '%s'", w.text, w.view);
    else
        rndc_say(call, "no matching zone '%s' in any view", w.text);
    return nzones > 1 ? RES_MULTIPLE : RES_NOTFOUND;
}
