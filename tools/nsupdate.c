/*
 * nsupdate: dynamic updates (RFC 2136) from a script or a terminal.  The language is in
 * tools/update_script.h, the sending in tools/update_send.h.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/line_input.h"
#include "tools/message_print.h"
#include "tools/nsupdate_options.h"

struct tool {
    struct update_script script;
    struct update_sender sender;
    struct line_input in;
    bool failed;                /* an update was not done: exit with 2 */
};

static void tell_mistake(const struct tool *t)
{
    if (!t->in.interactive)
        fprintf(stderr, "%s:%lu: ", t->in.name, t->in.line);
    fprintf(stderr, "%s\n", t->script.error);
    if (t->script.form != NULL)
        fprintf(stderr, "  %s\n", t->script.form);
}

/* The message as it stands, which has no id yet. */
static void show(const struct tool *t)
{
    const struct update_script *s = &t->script;
    uint8_t *room = malloc(MESSAGE_MAX_LEN);
    struct writer w = writer_of(room, room != NULL ? MESSAGE_MAX_LEN : 0);
    enum result r = update_message_write(&s->message, s->zone.len > 0 ? s->zone.wire : NULL,
                                         update_script_class(s), 0, &w);

    if (r == RES_OK) {
        printf("Outgoing update query:\n");
        message_print(stdout, room, writer_len(&w), true);
    } else {
        fprintf(stderr, "the message cannot be shown: %s\n", result_text(r));
    }
    free(room);
}

static void show_answer(const struct tool *t)
{
    if (t->sender.answer == NULL)
        return;
    printf("Answer:\n");
    message_print(stdout, t->sender.answer->msg, t->sender.answer->len, false);
}

static enum update_outcome send_message(struct tool *t)
{
    enum update_outcome o = update_send(&t->sender);

    t->failed |= o == UPDATE_FAILED;
    update_script_next(&t->script);
    return o;
}

/* Does a step; false when the program ends, *status with what. */
static bool do_step(struct tool *t, enum script_step step, int *status)
{
    switch (step) {
    case SCRIPT_ERROR:
        tell_mistake(t);
        if (t->in.interactive)
            return true;
        fprintf(stderr, "syntax error\n");
        *status = 1;
        return false;
    case SCRIPT_SEND:
        if (send_message(t) != UPDATE_FATAL)
            return true;
        *status = 1;
        return t->in.interactive;
    case SCRIPT_SHOW:
        show(t);
        return true;
    case SCRIPT_ANSWER:
        show_answer(t);
        return true;
    case SCRIPT_HELP:
        printf("nsupdate %s:\n", PACKAGE_VERSION);
        update_script_help(stdout);
        return true;
    case SCRIPT_VERSION:
        printf("nsupdate %s\n", PACKAGE_VERSION);
        return true;
    default:
        return step == SCRIPT_MORE;
    }
}

/* The exit status: 1 when the script was wrong or nobody could be asked, 2 when an update was
 * refused. */
static int run(struct tool *t)
{
    int status = 0;
    char *line;

    while ((line = line_input_next(&t->in)) != NULL)
        if (!do_step(t, update_script_line(&t->script, line), &status))
            break;
    if (fflush(stdout) != 0)
        status = 1;
    return status == 0 && t->failed ? 2 : status;
}

int main(int argc, char **argv)
{
    static struct tool t;
    struct nsupdate_options o = {.sender = &t.sender, .script = &t.script};
    FILE *file = NULL;
    int status;

    update_script_init(&t.script);
    t.script.resolve = update_resolve;
    t.sender = (struct update_sender){.script = &t.script, .resolv_conf = "/etc/resolv.conf",
                                      .retries = 3, .udp_s = 3, .timeout_s = 300};
    nsupdate_options_take(&o, argc, argv);
    if (o.file != NULL && strcmp(o.file, "-") != 0 && (file = fopen(o.file, "re")) == NULL) {
        fprintf(stderr, "could not open '%s': %s\n", o.file,
                result_text(result_from_errno(errno)));
        return 1;
    }
    line_input_open(&t.in, file, file != NULL ? o.file : "stdin", o.interactive);
    status = run(&t);
    line_input_close(&t.in);
    free(t.sender.answer);
    update_script_free(&t.script);
    return status;
}
