/* rndc check-delegation: asks the world whether it finds a zone of ours (xfr/delegation.h).  A
 * thread of its own waits for the answers, so that loads and dumps need not. */
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "server/rndc_zone.h"
#include "xfr/delegation.h"

struct delegation_call {
    struct pool_job job;
    struct rndc_call *call;
    struct delegation *check;
    char *text;                 /* what was found; NULL: nothing */
};

static void free_call(struct rndc_call *call)
{
    struct delegation_call *c = call->state;

    delegation_free(c->check);
    free(c->text);
    free(c);
}

static char *print(const struct delegation *d)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    if (f == NULL)
        return NULL;
    (d->options.json ? delegation_print_json : delegation_print_table)(d, f);
    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }
    while (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
    return text;
}

/* In the thread that waits. */
static void run_check(struct pool_job *job)
{
    struct delegation_call *c = CONTAINER_OF(job, struct delegation_call, job);
    enum result r = delegation_check(c->check);

    if (r == RES_OK && (c->text = print(c->check)) == NULL)
        r = RES_NOMEM;
    if (c->text != NULL)
        rndc_say(c->call, "%s", c->text);
    if (r == RES_OK && c->check->verdict != DELEGATION_FINE) {
        c->call->error = c->check->verdict == DELEGATION_WRONG ? "the delegation is not in order"
                                                               : "the delegation cannot be checked";
        r = RES_FAILURE;
    }
    rndc_finish_soon(c->call, r);
}

static enum result usage(struct rndc_call *call, const char *what)
{
    rndc_say(call, "%s\nusage: check-delegation [-46j] [-p port] [-r resolver[#port]] "
             "[-t seconds] zone [class [view]] [@parent-server[#port] ...] [address[#port] ...]",
             what);
    return RES_SYNTAX;
}

/* The zone, class and view become the call's only arguments. */
static enum result find_zone(struct rndc_call *call, const struct delegation_options *o,
                             struct zone **z)
{
    for (unsigned i = 0; i < o->nwords; i++)
        call->argv[i + 1] = (char *)o->words[i];
    call->argc = 1 + (int)o->nwords;
    call->argv[call->argc] = NULL;
    return rndc_find_zone(call, 1, z);
}

static enum result begin(struct delegation_call *c, struct zone *z, struct delegation_options *o)
{
    const struct contents *contents = rcu_read(z->contents);
    struct server *s = c->call->server;
    char text[ZONE_TEXT];

    if (contents != NULL) {
        o->has_own_serial = true;
        o->own_serial = contents->serial;
    }
    o->cancel = &s->is_ending;
    if ((c->check = delegation_new(z->name, o)) == NULL ||
        (s->checks == NULL && (s->checks = pool_new(1, "named-check")) == NULL))
        return RES_NOMEM;
    log_write(LOGC_GENERAL, LVL_INFO, "checking the delegation of zone %s",
              rndc_zone_text(z, text));
    c->job.run = run_check;
    pool_give(s->checks, &c->job);
    return RES_PENDING;
}

enum result rndc_check_delegation(struct rndc_call *call)
{
    struct delegation_call *c = calloc(1, sizeof *c);
    char error[DELEGATION_ERROR_TEXT];
    struct delegation_options o;
    struct zone *z;
    enum result r;

    if (c == NULL)
        return RES_NOMEM;
    c->call = call;
    call->state = c;
    call->release = free_call;
    delegation_options_init(&o);
    if (!delegation_options_take(&o, call->argc, call->argv, error))
        return usage(call, error);
    if (o.help || o.version || o.nwords == 0 || o.nwords > 3)
        return usage(call, o.nwords == 0 ? "which zone?" : "what is this?");
    if ((r = find_zone(call, &o, &z)) != RES_OK)
        return r;
    return *z->name == 0 ? usage(call, "the root is delegated by nobody") : begin(c, z, &o);
}
