#include "zone/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "dns/serial.h"
#include "parser/master.h"
#include "zone/files.h"
#include "zone/install.h"
#include "zone/rollforward.h"

struct load {
    struct zone *z;
    struct zone_builder *b;
    const struct zone_load_sink *outer, *sink;  /* the caller's; the way to it */
    char **includes;            /* NULL terminated; becomes the zone's */
    unsigned nincludes;
    struct zone_remarks remarks;        /* of the checks */
    const char *file_seen, *file_kept;  /* the parser's name of a file, and ours */
    char *journal;              /* its path; NULL: not looked at */
    bool rolled;                /* the journal had changes for the file */
    bool told;                  /* what follows from the journal was said already */
};

static void say(const struct zone_load_sink *sink, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct zone_load_sink *sink, int level, const char *fmt, ...)
{
    char text[4096];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sink->message(sink->arg, level, text);
}

static void say_zone(const struct load *l, int level, const char *text)
{
    char zone[ZONE_TEXT];

    say(l->sink, level, "zone %s: %s", zone_text(l->z, zone), text);
}

/* The parser's name of an included file ends with its reading; the builder wants one
 * that stays. */
static const char *kept_name(struct load *l, const char *file)
{
    if (file == l->file_seen)
        return l->file_kept;
    l->file_seen = file;
    l->file_kept = l->z->conf->file;
    if (strcmp(l->file_kept, file) == 0)
        return l->file_kept;
    for (unsigned i = l->nincludes; i > 0; i--)     /* the newest is the likely one */
        if (strcmp(l->includes[i - 1], file) == 0) {
            l->file_kept = l->includes[i - 1];
            break;
        }
    return l->file_kept;
}

static enum result take_record(void *arg, const struct master_record *rr)
{
    struct load *l = arg;

    return zone_builder_add(l->b, rr->owner, rr->owner_len, rr->type, rr->ttl, rr->rdata,
                            rr->rdlen, (uint32_t)rr->line, kept_name(l, rr->file));
}

static void take_message(void *arg, enum master_level level, const char *text)
{
    struct load *l = arg;

    l->sink->message(l->sink->arg, level == MASTER_ERROR ? LVL_ERROR : LVL_WARNING, text);
}

static void take_include(void *arg, const char *path)
{
    struct load *l = arg;
    char **p = realloc(l->includes, (l->nincludes + 2) * sizeof *p);

    l->file_seen = NULL;
    if (p == NULL)
        return;
    l->includes = p;
    if ((p[l->nincludes] = strdup(path)) != NULL)
        p[++l->nincludes] = NULL;
}

static void take_progress(void *arg, uint64_t bytes, uint64_t total)
{
    struct load *l = arg;

    if (l->sink->progress != NULL)
        l->sink->progress(l->sink->arg, bytes, total);
}

static void take_problem(void *arg, const struct zone_build_problem *p)
{
    struct load *l = arg;
    char owner[NAME_TEXT_MAX];

    name_to_text(p->owner, owner, NAME_OMIT_FINAL_DOT);
    say(l->sink, LVL_ERROR, "dns_master_load: %s:%u: %s: %s", p->file, p->line, owner,
        result_text(p->result));
}

static enum result parse(struct load *l)
{
    const struct conf_zone *conf = l->z->conf;
    struct master_options opt = {.origin = l->z->name,
                                 .rrclass = conf->rrclass,
                                 .max_ttl = conf->options->max_zone_ttl,
                                 .keep_going = l->sink->keep_going,
                                 .stream = l->sink->stream,
                                 .check_names = (enum master_check)conf->options->check_names,
                                 .check_mx = (enum master_check)conf->options->check_mx,
                                 .check_ns = l->sink->check_ns,
                                 .check_wildcard = conf->options->check_wildcard};
    struct master_callbacks cb = {.arg = l,
                                  .record = take_record,
                                  .message = take_message,
                                  .included = take_include,
                                  .progress = take_progress};
    struct master_raw_header header;

    return conf->options->format == FORMAT_RAW
               ? master_parse_raw(conf->file, &opt, &cb, &header)
               : master_parse_file(conf->file, &opt, &cb);
}

/* What no zone can do without (RFC 1035 §5.2): one SOA and some NS at its apex. */
static enum result check_apex(const struct load *l, const struct contents *c)
{
    const struct znode *apex = contents_apex(c);
    enum result r = RES_OK;

    if (node_rrset(c, apex, TYPE_SOA) == NULL) {
        say_zone(l, LVL_ERROR, "has 0 SOA records");
        r = RES_BADZONE;
    }
    if (node_rrset(c, apex, TYPE_NS) == NULL) {
        say_zone(l, LVL_ERROR, "has no NS records");
        r = RES_BADZONE;
    }
    return r;
}

static void say_remark(void *arg, int level, const char *text)
{
    say_zone(arg, level, text);
}

static void say_place(void *arg, int level, const char *text)
{
    struct load *l = arg;

    l->sink->message(l->sink->arg, level, text);
}

/* Says what the checks found, with lines when the file has any. */
static void say_remarks(struct load *l)
{
    const struct conf_zone *conf = l->z->conf;
    const struct master_options opt = {.origin = l->z->name, .rrclass = conf->rrclass};

    if (conf->options->format == FORMAT_TEXT && strcmp(conf->file, "-") != 0)
        zone_remarks_locate(&l->remarks, conf->file, &opt);
    zone_remarks_say(&l->remarks, say_remark, say_place, l);
    zone_remarks_free(&l->remarks);
}

/* Past what can be kept, remarks are said as they come, without their places. */
static void take_check(void *arg, int level, const char *text, const struct zone_place *place)
{
    struct load *l = arg;

    if (l->remarks.count < ZONE_REMARKS_MAX) {
        zone_remarks_add(&l->remarks, level, text, place);
        return;
    }
    if (l->remarks.first != NULL)
        say_remarks(l);
    say_zone(l, level, text);
}

static bool ask_outside(void *arg, const struct zone_check_outside *o)
{
    struct load *l = arg;

    return l->sink->outside(l->sink->arg, o);
}

/* The checks of a primary's zone; a secondary takes what it is given. */
static enum result check(struct load *l, const struct contents *c)
{
    const struct zone_check k = {.opt = l->z->conf->options,
                                 .rrclass = l->z->conf->rrclass,
                                 .message = take_check,
                                 .outside = l->sink->outside != NULL ? ask_outside : NULL,
                                 .arg = l};
    enum result r = check_apex(l, c);

    if (r == RES_OK && l->z->conf->type == ZONE_PRIMARY) {
        zone_remarks_init(&l->remarks);
        r = zone_check(c, &k);
        say_remarks(l);
    }
    return r;
}

static struct journal_report report_to(const struct zone_load_sink *sink)
{
    return (struct journal_report){sink->message, sink->arg};
}

/* The first time a zone is loaded its journal brings it to where it was. */
static enum result roll_forward(struct load *l)
{
    const struct rollforward f = {.zone = l->z,
                                  .builder = l->b,
                                  .path = l->journal,
                                  .report = report_to(l->sink),
                                  .read_only = l->sink->journal == ZONE_JOURNAL_READ};
    enum result r;

    if (l->journal == NULL || l->z->contents != NULL)
        return RES_OK;
    r = zone_rollforward(&f, &l->rolled);
    l->told = r != RES_OK;
    return r;
}

static enum result build(struct load *l, struct contents **out)
{
    const struct zone_options *o = l->z->conf->options;
    struct zone_build_options opt = {.origin = l->z->name,
                                     .rrclass = l->z->conf->rrclass,
                                     .max_records_per_type = o->max_records_per_type,
                                     .max_types_per_name = o->max_types_per_name,
                                     .problem = take_problem,
                                     .arg = l};
    enum result r;

    if ((r = zone_builder_start(l->b, &opt)) != RES_OK || (r = parse(l)) != RES_OK ||
        (r = roll_forward(l)) != RES_OK || (r = zone_builder_finish(l->b, out)) != RES_OK) {
        if (l->told)
            return r;
        say(l->sink, LVL_ERROR, "zone %s: loading from master file %s failed: %s",
            zone_text(l->z, (char[ZONE_TEXT]){0}), l->z->conf->file, result_text(r));
        return r;
    }
    return check(l, *out);
}

/* The way of every message of a load to its sink: the first error stays with the zone. */
static void pass_message(void *arg, int level, const char *text)
{
    const struct load *l = arg;

    if (level == LVL_ERROR && l->z->load_error == NULL)
        l->z->load_error = strdup(text);
    l->outer->message(l->outer->arg, level, text);
}

static bool pass_outside(void *arg, const struct zone_check_outside *o)
{
    const struct load *l = arg;

    return l->outer->outside(l->outer->arg, o);
}

static void pass_progress(void *arg, uint64_t bytes, uint64_t total)
{
    const struct load *l = arg;

    if (l->outer->progress != NULL)
        l->outer->progress(l->outer->arg, bytes, total);
}

/* A primary waits for its operator.  A secondary helps itself: its file without the journal is a
 * version, too (*again), and without a file it fetches the zone. */
static void end_badly(struct load *l, enum result r, bool *again)
{
    const struct journal_report report = report_to(l->sink);

    if (l->journal == NULL || l->sink->journal != ZONE_JOURNAL_SERVE || r == RES_NOMEM ||
        l->z->conf->type != ZONE_SECONDARY || l->z->contents != NULL) {
        say_zone(l, LVL_ERROR, "not loaded due to errors.");
        return;
    }
    zone_set_journal_aside(l->z, l->journal, &report);
    if (l->told)
        *again = true;
    else
        zone_set_file_aside(l->z, &report);
}

static enum result load_once(struct zone *z, struct zone_builder *b,
                             const struct zone_load_sink *sink, struct contents **out, bool *again)
{
    struct zone_load_sink own = *sink;
    struct load l = {.z = z, .b = b, .outer = sink, .sink = &own};
    enum result r;

    own.message = pass_message;
    own.progress = pass_progress;
    own.outside = sink->outside != NULL ? pass_outside : NULL;
    own.arg = &l;
    zone_set_load_error(z, NULL);
    *out = NULL;
    if (z->conf->file == NULL)
        return RES_FILENOTFOUND;
    /* before the parse: a change during it must be seen as one afterwards */
    zone_files_note(z);
    if (sink->journal != ZONE_JOURNAL_NONE && (l.journal = zone_journal_path(z->conf)) == NULL)
        return RES_NOMEM;
    r = build(&l, out);
    zone_set_includes(z, l.includes);
    if (r != RES_OK) {
        end_badly(&l, r, again);
        contents_free(*out);
        *out = NULL;
    } else {
        zone_note_file(z, (*out)->serial, l.rolled);
        if (z->includes != NULL)
            zone_files_note(z);
    }
    free(l.journal);
    return r;
}

enum result zone_load_file(struct zone *z, struct zone_builder *b,
                           const struct zone_load_sink *sink, struct contents **out)
{
    bool again = false;
    enum result r = load_once(z, b, sink, out, &again);

    return again ? load_once(z, b, sink, out, &again) : r;
}

static void check_serial(const struct zone *z, const struct contents *c)
{
    const struct contents *old = z->contents;

    if (old == NULL)
        return;
    if (c->serial == old->serial)
        zone_log(z, LOGC_ZONELOAD, LVL_ERROR,
                 "zone serial (%u) unchanged. zone may fail to transfer to secondaries.",
                 c->serial);
    else if (!serial_gt(c->serial, old->serial))
        zone_log(z, LOGC_ZONELOAD, LVL_ERROR, "zone serial (%u/%u) has gone backwards", c->serial,
                 old->serial);
}

/* Where updates go must be found wanting at the start, not by the first update; so must a list
 * that lets everybody send them who can forge an address. */
static void check_updates(const struct zone *z, const struct zone_load_sink *sink)
{
    const struct journal_report report = report_to(sink);
    char *path;

    if (z->contents != NULL || z->conf->type != ZONE_PRIMARY || !z->conf->options->is_dynamic)
        return;
    if (acl_trusts_addresses(z->conf->options->allow_update))
        log_write(LOGC_SECURITY, LVL_WARNING,
                  "zone '%s' allows unsigned updates from remote hosts, which is insecure",
                  z->conf->name_text);
    path = zone_journal_path(z->conf);
    if (path != NULL && z->conf->file != NULL)
        zone_warn_unwritable(z, path, &report);
    free(path);
}

static void check_journal(const struct zone *z, uint32_t serial, const struct zone_load_sink *sink)
{
    const struct conf_zone *conf = z->conf;
    const struct journal_report report = report_to(sink);
    char *path = zone_journal_path(conf);

    if (path != NULL && !conf->options->ixfr_from_differences &&
        (conf->type == ZONE_SECONDARY || conf->options->is_dynamic))
        zone_remove_outdated_journal(z, path, serial, &report);
    free(path);
}

/* What was read becomes what is served; *c is NULL then. */
static enum result take_version(struct zone *z, const struct zone_load_sink *sink,
                                struct contents **c)
{
    if (z->contents != NULL && z->conf->type == ZONE_PRIMARY &&
        z->conf->options->ixfr_from_differences)
        return install_reloaded(z, c);
    check_serial(z, *c);
    check_journal(z, (*c)->serial, sink);
    zone_publish(z, *c);
    *c = NULL;
    return RES_OK;
}

enum result zone_load(struct zone *z, struct zone_builder *b, const struct zone_load_sink *sink)
{
    struct contents *c;
    uint32_t serial;
    bool is_signed;
    enum result r;

    check_updates(z, sink);
    r = zone_load_file(z, b, sink, &c);
    z->last_result = (uint8_t)r;
    if (r != RES_OK)
        return r;
    serial = c->serial;
    is_signed = c->is_signed;
    if ((r = take_version(z, sink, &c)) != RES_OK) {
        contents_free(c);
        z->last_result = (uint8_t)(r == RES_UNCHANGED ? RES_OK : r);
        return (enum result)z->last_result;
    }
    __atomic_store_n(&z->loaded_s, time(NULL), __ATOMIC_RELAXED);
    zone_log(z, LOGC_ZONELOAD, LVL_INFO, "loaded serial %u%s", serial,
             is_signed ? " (DNSSEC signed)" : "");
    return RES_OK;
}
