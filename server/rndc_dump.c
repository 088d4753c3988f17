/* rndc dumpdb and stats: what the server knows, into files.  Zones are written by the pool, from
 * versions that are kept for it while the zones go on changing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/container.h"
#include "base/counters.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rcu.h"
#include "dns/rrtype.h"
#include "server/rndc.h"
#include "server/tcp_clients.h"
#include "zone/dump.h"

enum { FILE_MODE = 0644 };

/* ---- dumpdb ---- */

/* A zone, and with `view` the head of the view that begins with it. */
struct dump_item {
    const char *view;                   /* NULL: the view goes on */
    char *zone;                         /* its text; NULL: the view has none */
    const struct contents *contents;    /* pinned; NULL: not loaded */
    uint16_t rrclass;
};

struct dump {
    struct pool_job job;
    struct rndc_call *call;
    struct file_replace file;
    struct dump_item *items;
    unsigned count;
};

static void free_dump(struct dump *d)
{
    for (unsigned i = 0; i < d->count; i++) {
        if (d->items[i].contents != NULL)
            contents_unpin(d->items[i].contents);
        free(d->items[i].zone);
        free((char *)d->items[i].view);
    }
    free(d->items);
    free(d);
}

static void release_dump(struct rndc_call *call)
{
    free_dump(call->state);
}

static enum result write_item(const struct dump_item *item, int fd)
{
    static const struct master_write_options options = {.format = MASTER_FULL};
    enum result res = RES_OK;

    if (item->view != NULL && dprintf(fd, ";\n; Start view %s\n;\n", item->view) < 0)
        return result_from_errno(errno);
    if (item->zone == NULL)
        return RES_OK;
    if (dprintf(fd, ";\n; Zone dump of '%s'\n;\n%s", item->zone,
                item->contents == NULL ? "; zone not loaded\n" : "") < 0)
        return result_from_errno(errno);
    if (item->contents != NULL)
        res = contents_dump(item->contents, item->rrclass, fd, &options);
    return res;
}

static enum result write_dump(struct dump *d)
{
    enum result res = RES_OK;

    for (unsigned i = 0; i < d->count && res == RES_OK; i++)
        res = write_item(&d->items[i], d->file.fd);
    if (res == RES_OK && dprintf(d->file.fd, "; Dump complete\n") < 0)
        res = result_from_errno(errno);
    if (res == RES_OK)
        return file_replace_commit(&d->file);
    file_replace_abort(&d->file);
    return res;
}

static void log_dump_end(enum result res)
{
    if (res == RES_OK)
        log_write(LOGC_GENERAL, LVL_INFO, "dumpdb complete");
    else
        log_write(LOGC_GENERAL, LVL_INFO, "dumpdb failed: %s", result_text(res));
}

static void run_dump(struct pool_job *job)
{
    struct dump *d = CONTAINER_OF(job, struct dump, job);
    enum result res = write_dump(d);

    log_dump_end(res);
    rndc_finish_soon(d->call, res);
}

static bool add_zone(struct dump_item *item, const struct zone *z)
{
    char text[ZONE_TEXT];

    item->zone = strdup(zone_text(z, text));
    item->rrclass = z->rrclass;
    item->contents = rcu_read(z->contents);
    if (item->contents != NULL)
        contents_pin(item->contents);
    return item->zone != NULL;
}

/* The head of a view and, if they are wanted, its zones. */
static bool add_view(struct dump *d, const struct answer_view *v, bool zones)
{
    unsigned n = zones ? v->zones->nzones : 0;
    struct dump_item *more = realloc(d->items, (d->count + n + 1) * sizeof *more);

    if (more == NULL)
        return false;
    d->items = more;
    memset(more + d->count, 0, (n + 1) * sizeof *more);
    more[d->count].view = strdup(v->conf->name);
    if (more[d->count++].view == NULL)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!add_zone(&d->items[d->count++], v->zones->zones[i]))
            return false;
    return true;
}

/* The views that are named behind argv[at], or all. */
static enum result add_views(struct dump *d, struct rndc_call *call, int at, bool zones)
{
    const struct answer_server *data = call->server->data;

    for (unsigned i = 0; call->argc <= at && i < data->nviews; i++)
        if (!add_view(d, &data->views[i], zones))
            return RES_NOMEM;
    for (; at < call->argc; at++) {
        const struct answer_view *v = rndc_find_view(call, call->argv[at]);
        if (v == NULL)
            return RES_NOTFOUND;
        if (!add_view(d, v, zones))
            return RES_NOMEM;
    }
    return RES_OK;
}

static enum result start_dump(struct dump *d, struct rndc_call *call, int at, bool zones)
{
    enum result res = add_views(d, call, at, zones);

    if (res == RES_OK)
        res = file_replace_begin(&d->file, call->server->conf->dump_file, FILE_MODE);
    if (res != RES_OK)
        return res;
    d->call = call;
    d->job.run = run_dump;
    call->state = d;
    call->release = release_dump;
    pool_give(call->server->pool, &d->job);
    return RES_PENDING;
}

/* There are no caches: of what -cache, -adb, -bad, -expired and -fail ask for only the heads are
 * written.  As in BIND a view that is not there is told in the text and is no failure. */
enum result rndc_dumpdb(struct rndc_call *call)
{
    static const char *const kinds[] = {"-all", "-zones", "-cache", "-adb", "-bad", "-expired",
                                        "-fail"};
    const char *what = call->argc > 1 ? call->argv[1] : "";
    struct dump *d = calloc(1, sizeof *d);
    unsigned kind = 0;

    if (d == NULL)
        return RES_NOMEM;
    while (kind < 7 && strcmp(what, kinds[kind]) != 0)
        kind++;
    log_write(LOGC_GENERAL, LVL_INFO, "dumpdb started%s%s", *what != '\0' ? ": " : "", what);
    enum result res = start_dump(d, call, kind < 7 ? 2 : 1, kind < 2);
    if (res == RES_PENDING)
        return res;
    free_dump(d);
    log_dump_end(res);
    return res == RES_NOTFOUND ? RES_OK : res;
}

/* ---- stats ---- */

static void write_counter(FILE *f, uint64_t value, const char *text)
{
    if (value > 0)
        fprintf(f, "%20llu %s\n", (unsigned long long)value, text);
}

static bool is_socket_counter(enum counter c)
{
    const char *name = counter_name(c);

    return strncmp(name, "TCP", 3) == 0 || strncmp(name, "UDP", 3) == 0;
}

/* Those about sockets, or the others. */
static void write_counters(FILE *f, const uint64_t sums[COUNTERS], bool sockets)
{
    for (unsigned i = 0; i < COUNTERS_NAMED; i++)
        if (is_socket_counter((enum counter)i) == sockets)
            write_counter(f, sums[i], counter_text((enum counter)i));
}

static void write_requests(FILE *f, const uint64_t sums[COUNTERS])
{
    char text[RRTYPE_TEXT];

    fprintf(f, "++ Incoming Requests ++\n");
    for (unsigned i = 0; i < COUNTED_OPCODES; i++)
        write_counter(f, sums[COUNTER_OPCODE + i], opcode_text(i, text));
    fprintf(f, "++ Incoming Queries ++\n");
    for (unsigned i = 0; i < COUNTED_TYPES; i++)
        write_counter(f, sums[COUNTER_QTYPE + i],
                      i < COUNTED_TYPES - 1 ? rrtype_text((uint16_t)i, text) : "Others");
    fprintf(f, "++ Outgoing Rcodes ++\n");
    for (unsigned i = 0; i < COUNTED_RCODES; i++)
        write_counter(f, sums[COUNTER_RCODE + i], rcode_text(i, text));
}

static void write_views(FILE *f, const struct answer_server *data)
{
    for (unsigned i = 0; i < data->nviews; i++) {
        const char *name = data->views[i].conf->name;
        fprintf(f, "[View: %s]\n", strcmp(name, "_default") == 0 ? "default" : name);
    }
}

static void write_zones(FILE *f, const struct answer_view *v)
{
    char text[NAME_TEXT_MAX];

    for (uint32_t i = 0; i < v->zones->nzones; i++) {
        name_to_text(v->zones->zones[i]->name, text, NAME_OMIT_FINAL_DOT);
        if (strcmp(v->conf->name, "_default") == 0)
            fprintf(f, "[%s]\n", text);
        else
            fprintf(f, "[%s (view: %s)]\n", text, v->conf->name);
    }
}

static void write_stats(FILE *f, const struct server *s)
{
    uint64_t sums[COUNTERS];
    long now = (long)time(NULL);

    counters_sum(sums);
    fprintf(f, "+++ Statistics Dump +++ (%ld)\n", now);
    write_requests(f, sums);
    fprintf(f, "++ Outgoing Queries ++\n");
    write_views(f, s->data);
    fprintf(f, "++ Name Server Statistics ++\n");
    write_counters(f, sums, false);
    write_counter(f, tcp_clients_high_water(workers_tcp_clients(s->workers)),
                  "TCP connection high-water");
    fprintf(f, "++ Zone Maintenance Statistics ++\n++ Resolver Statistics ++\n[Common]\n");
    write_views(f, s->data);
    fprintf(f, "++ Cache Statistics ++\n++ Cache DB RRsets ++\n++ ADB stats ++\n");
    fprintf(f, "++ Socket I/O Statistics ++\n");
    write_counters(f, sums, true);
    fprintf(f, "++ Per Zone Query Statistics ++\n++ Per Zone Glue Cache Statistics ++\n");
    for (unsigned i = 0; i < s->data->nviews; i++)
        write_zones(f, &s->data->views[i]);
    fprintf(f, "--- Statistics Dump --- (%ld)\n", now);
}

/* Appended in one piece. */
static enum result append_text(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, FILE_MODE);
    enum result res;

    if (fd < 0)
        return result_from_errno(errno);
    res = file_write_all(fd, text, len);
    close(fd);
    return res;
}

enum result rndc_stats(struct rndc_call *call)
{
    const char *path = call->server->conf->statistics_file;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    enum result res = RES_NOMEM;

    if (f == NULL)
        return RES_NOMEM;
    write_stats(f, call->server);
    if (fclose(f) == 0)
        res = append_text(path, text, len);
    free(text);
    if (res == RES_OK)
        log_write(LOGC_GENERAL, LVL_INFO, "dumpstats complete");
    else
        log_write(LOGC_GENERAL, LVL_ERROR, "could not open statistics dump file '%s': %s", path,
                  result_text(res));
    return res;
}
