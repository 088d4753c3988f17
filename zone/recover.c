#include "zone/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log_category.h"
#include "dns/rdata.h"
#include "dns/serial.h"
#include "zone/dump.h"
#include "zone/load.h"
#include "zone/merge.h"

enum { LINE = 8192, RECORD_TEXT = 2048, LISTED_MOST = 500, SOA_FIXED = 20 };

struct recovery_state {
    const struct zone *zone;
    struct recover_options opt;
    char *journal;                      /* path */
    struct stat file_seen, journal_seen;
    bool have_journal;
    struct contents *file, *outcome;    /* what the file says; what it will say */
    struct merge merge;
    struct diff changes;
    unsigned listed;
    bool failed;                        /* a line found no memory */
};

/* --- lines --- */

static void say(struct recovery *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct recovery *r, const char *fmt, ...)
{
    char text[LINE];
    char **lines = realloc(r->lines, (r->nlines + 1) * sizeof *lines);
    va_list ap;

    if (lines != NULL) {
        r->lines = lines;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        lines[r->nlines] = strdup(text);
    }
    if (lines == NULL || lines[r->nlines] == NULL)
        r->state->failed = true;
    else
        r->nlines++;
}

static void take_message(void *arg, int level, const char *text)
{
    if (level < LVL_NOTICE)
        say(arg, "%s", text);
}

static void impossible(struct recovery *r, const char *why)
{
    r->possible = false;
    say(r, "not possible: %s", why);
}

/* "www.example.com 300 IN A 192.0.2.1" */
static const char *record_text(const struct zone *z, const struct diff_record *d,
                               char out[RECORD_TEXT])
{
    static const struct rdata_style style;
    char *data = malloc(512 * 1024), owner[NAME_TEXT_MAX], type[RRTYPE_TEXT],
         rrclass[RRCLASS_TEXT];
    size_t len;

    name_to_text(d->owner, owner, NAME_OMIT_FINAL_DOT);
    if (data == NULL || rdata_to_text(d->type, z->rrclass, d->rdata, d->rdlen, &style, data,
                                      512 * 1024, &len) != RES_OK)
        len = 0;
    snprintf(out, RECORD_TEXT, "%s %u %s %s %.*s", owner, d->ttl,
             rrclass_text(z->rrclass, rrclass), rrtype_text(d->type, type),
             len < 256 ? (int)len : 256, data != NULL ? data : "");
    free(data);
    return out;
}

static void list_changes(struct recovery *r)
{
    const struct recovery_state *s = r->state;
    char text[RECORD_TEXT];

    for (size_t i = 0; i < s->changes.count && i < LISTED_MOST; i++)
        say(r, "%c %s", s->changes.records[i].add ? '+' : '-',
            record_text(s->zone, &s->changes.records[i], text));
    if (s->changes.count > LISTED_MOST)
        say(r, "… and %zu more", s->changes.count - LISTED_MOST);
}

/* --- reading --- */

static struct zone *zone_like(const struct zone *z, struct conf_zone *conf, const char *file)
{
    *conf = *z->conf;
    conf->file = file;
    return zone_new(conf, z->view);
}

/* The zone file (or one in its place) by itself, with all checks. */
static enum result load_alone(struct recovery *r, const char *file, struct contents **out)
{
    const struct zone_load_sink sink = {
        .message = take_message, .arg = r, .journal = ZONE_JOURNAL_NONE};
    struct zone_builder *b = zone_builder_new();
    struct conf_zone conf;
    struct zone *like = zone_like(r->state->zone, &conf, file);
    enum result e = RES_NOMEM;

    *out = NULL;
    if (b != NULL && like != NULL)
        e = zone_load_file(like, b, &sink, out);
    zone_builder_free(b);
    zone_free(like);
    return e;
}

static enum result open_journal(struct recovery *r, struct journal **out)
{
    const struct journal_report report = {take_message, r};
    enum result e = journal_open(r->state->journal, JOURNAL_READ, &report, out);

    r->state->have_journal = e != RES_FILENOTFOUND;
    if (e == RES_OK) {
        r->journal_first = journal_first_serial(*out);
        r->journal_last = journal_last_serial(*out);
    }
    return e;
}

static void say_situation(struct recovery *r, const struct journal *j)
{
    const struct recovery_state *s = r->state;

    say(r, "the zone file %s has serial %u", s->zone->conf->file, r->file_serial);
    if (j != NULL && !journal_is_empty(j))
        say(r, "the journal %s leads from serial %u to %u", s->journal, r->journal_first,
            r->journal_last);
}

/* --- the outcome's records --- */

static uint32_t soa_serial(const struct merge_soa *soa)
{
    return get_u32(soa->rdata + soa->rdlen - SOA_FIXED);
}

static bool same_soa(const struct merge_soa *a, const struct merge_soa *b)
{
    size_t names = a->rdlen - (size_t)SOA_FIXED;

    return a->ttl == b->ttl && a->rdlen == b->rdlen &&
           memcmp(a->rdata + names + 4, b->rdata + names + 4, SOA_FIXED - 4) == 0 &&
           name_equal(a->rdata, b->rdata) &&
           name_equal(a->rdata + name_length(a->rdata), b->rdata + name_length(b->rdata));
}

static struct merge_soa file_soa(const struct contents *c)
{
    const struct zrrset *s = node_rrset(c, contents_apex(c), TYPE_SOA);

    return (struct merge_soa){rrset_data(s) + 2, s->ttl, rr_len(rrset_data(s))};
}

/* The SOA of the outcome but for its serial. */
static struct merge_soa choose_soa(struct recovery *r)
{
    const struct merge *m = &r->state->merge;
    struct merge_soa file = file_soa(r->state->file);

    if (r->state->opt.way == RECOVER_JOURNAL)
        return m->last_soa;
    if (same_soa(&m->last_soa, &m->base_soa) || same_soa(&m->last_soa, &file))
        return file;
    if (same_soa(&file, &m->base_soa))
        return m->last_soa;
    r->conflicts++;
    say(r, "conflict: the SOA's other fields were changed by both");
    return r->state->opt.prefer == RECOVER_PREFER_JOURNAL ? m->last_soa : file;
}

static enum result change_soa(struct recovery *r)
{
    struct recovery_state *s = r->state;
    struct merge_soa old = file_soa(s->file), soa = choose_soa(r);
    uint8_t rdata[2 * NAME_MAX_LEN + SOA_FIXED];
    const struct contents *c = s->file;
    struct diff_record d = {.owner = c->origin, .owner_len = c->origin_len, .type = TYPE_SOA,
                            .rdata = old.rdata, .rdlen = old.rdlen, .ttl = old.ttl};
    enum result e = diff_append(&s->changes, &d);

    memcpy(rdata, soa.rdata, soa.rdlen);
    put_u32(rdata + soa.rdlen - SOA_FIXED, r->serial);
    d.rdata = rdata;
    d.rdlen = soa.rdlen;
    d.ttl = soa.ttl;
    d.add = true;
    return e == RES_OK ? diff_append(&s->changes, &d) : e;
}

static void say_values(const struct recovery *r, const struct merge_set *s, bool of_file,
                       char *out, size_t room)
{
    const struct merge *m = &r->state->merge;
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t i = s->first; i < s->last && used < room; i++) {
        const struct merge_record *x = &m->records[i];
        int64_t ttl = of_file ? x->file : x->last;
        char text[RECORD_TEXT];
        const struct diff_record d = {.owner = x->owner, .owner_len = x->owner_len,
                                      .rdata = x->rdata, .rdlen = x->rdlen, .type = x->type,
                                      .ttl = (uint32_t)ttl};

        if (ttl != MERGE_ABSENT)
            used += (size_t)snprintf(out + used, room - used, "%s%s", used > 0 ? "; " : "",
                                     record_text(r->state->zone, &d, text));
    }
}

static void say_conflict(struct recovery *r, const struct merge_set *s)
{
    const struct merge_record *x = &r->state->merge.records[s->first];
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT], file[LINE / 3], journal[LINE / 3];

    r->conflicts++;
    if (r->state->listed++ >= LISTED_MOST)
        return;
    name_to_text(x->owner, owner, NAME_OMIT_FINAL_DOT);
    say_values(r, s, true, file, sizeof file);
    say_values(r, s, false, journal, sizeof journal);
    if (s->cannot_stand)
        say(r, "conflict: %s %s: the journal ends with %s, which cannot stand beside what the "
               "file has at this name", owner, rrtype_text(x->type, type), journal);
    else
        say(r, "conflict: %s %s: of what the journal changed the file has %s; the journal ends "
               "with %s", owner, rrtype_text(x->type, type), file[0] ? file : "nothing",
            journal[0] ? journal : "nothing");
}

static bool takes_journal(struct recovery *r, const struct merge_set *s)
{
    if (r->state->opt.way == RECOVER_JOURNAL)
        return true;
    if (s->verdict == MERGE_CONFLICT)
        say_conflict(r, s);
    return s->verdict == MERGE_APPLY ||
           (s->verdict == MERGE_CONFLICT && r->state->opt.prefer == RECOVER_PREFER_JOURNAL);
}

static enum result decide(struct recovery *r)
{
    struct recovery_state *s = r->state;
    enum result e = RES_OK;

    for (uint32_t i = 1; e == RES_OK && i <= s->merge.count;) {
        struct merge_set set = merge_judge(&s->merge, i);

        if (takes_journal(r, &set))
            e = merge_take_journal(&s->merge, &set, &s->changes);
        i = set.last;
    }
    r->changes = (unsigned)s->changes.count;
    return e == RES_OK ? change_soa(r) : e;
}

/* Above both, as secondaries count (RFC 1982). */
static uint32_t serial_above(uint32_t a, uint32_t b)
{
    return serial_next(serial_gt(a, b) ? a : b);
}

static enum result add_rrs(struct zone_builder *b, const struct name *owner, uint16_t type,
                           uint32_t ttl, uint32_t count, const uint8_t *at)
{
    enum result e = RES_OK;

    for (uint32_t i = 0; e == RES_OK && i < count; i++, at = rr_next(at))
        e = zone_builder_add(b, owner->wire, owner->len, type, ttl, at + 2, rr_len(at), 0, "");
    return e;
}

static enum result add_node(struct zone_builder *b, const struct contents *c,
                            const struct znode *n)
{
    struct name owner;
    enum result e = RES_OK;

    contents_node_name(c, n, &owner);
    NODE_FOR_EACH_RRSET(c, n, s) {
        const struct zsigs *g = rrset_sigs(s);

        if (e == RES_OK)
            e = add_rrs(b, &owner, s->type, s->ttl, s->count, rrset_data(s));
        if (e == RES_OK && g != NULL)
            e = add_rrs(b, &owner, TYPE_RRSIG, g->ttl, g->count, sigs_data(g));
    }
    return e;
}

static enum result add_file(struct zone_builder *b, const struct contents *c)
{
    struct contents_walk w;
    const struct znode *n;
    enum result e = RES_OK;

    contents_walk_begin(&w, c);
    while (e == RES_OK && (n = contents_walk_next(&w)) != NULL)
        e = add_node(b, c, n);
    contents_walk_begin_nsec3(&w, c);
    while (e == RES_OK && (n = contents_walk_next(&w)) != NULL)
        e = add_node(b, c, n);
    return e;
}

/* First all that goes, so that what comes finds its place. */
static enum result change_all(struct zone_builder *b, const struct diff *d)
{
    for (int add = 0; add < 2; add++)
        for (size_t i = 0; i < d->count; i++) {
            const struct diff_record *x = &d->records[i];
            const struct build_change change = {.owner = x->owner, .owner_len = x->owner_len,
                                                .rdata = x->rdata, .rdlen = x->rdlen,
                                                .type = x->type, .ttl = x->ttl, .add = x->add,
                                                .file = ""};
            enum result e = x->add == (add == 1) ? zone_builder_change(b, &change) : RES_OK;

            if (e == RES_NOMEM || e == RES_RANGE)
                return e;
            if (e == RES_NOTEXACT && add == 1 &&    /* a TTL that an RRset's others overrule */
                (e = zone_builder_add(b, x->owner, x->owner_len, x->type, x->ttl, x->rdata,
                                      x->rdlen, 0, "")) != RES_OK)
                return e;
        }
    return RES_OK;
}

static enum result build_outcome(struct recovery *r)
{
    struct recovery_state *s = r->state;
    const struct zone_options *o = s->zone->conf->options;
    const struct zone_build_options opt = {.origin = s->zone->name,
                                           .rrclass = s->zone->rrclass,
                                           .max_records_per_type = o->max_records_per_type,
                                           .max_types_per_name = o->max_types_per_name};
    struct zone_builder *b = zone_builder_new();
    enum result e = b != NULL ? zone_builder_start(b, &opt) : RES_NOMEM;

    if (e == RES_OK && (e = add_file(b, s->file)) == RES_OK &&
        (e = change_all(b, &s->changes)) == RES_OK)
        e = zone_builder_finish(b, &s->outcome);
    zone_builder_free(b);
    if (e != RES_OK && e != RES_NOMEM) {
        impossible(r, result_text(e));
        return RES_OK;
    }
    return e;
}

/* --- plans --- */

static void plan_file(struct recovery *r, const struct journal *j)
{
    r->serial = r->file_serial;
    say(r, "outcome: the zone file as it is, serial %u", r->serial);
    if (j != NULL && !journal_is_empty(j) && !serial_gt(r->file_serial, r->journal_last))
        say(r, "warning: secondaries may have serial %u already and will not take %u: give the "
               "file a higher one", r->journal_last, r->file_serial);
}

static void say_outcome(struct recovery *r)
{
    const struct merge *m = &r->state->merge;

    say(r, "the file is most like the zone at serial %u; %llu of the %u records that the journal "
           "mentions are otherwise in it", m->base_serial, (unsigned long long)m->differ,
        m->count);
    list_changes(r);
    if (r->conflicts > 0 && r->state->opt.prefer == RECOVER_ASK) {
        say(r, "%u conflicts: nothing can be done before it is said which side wins, with "
               "prefer=file or prefer=journal", r->conflicts);
        r->possible = false;
        return;
    }
    say(r, "outcome: the zone file with these changes, serial %u; names that the journal does "
           "not mention are as the file has them", r->serial);
}

static enum result plan_records(struct recovery *r, struct journal *j)
{
    struct recovery_state *s = r->state;
    enum result e;

    if (journal_is_empty(j)) {
        impossible(r, "the journal is empty");
        return RES_OK;
    }
    if (serial_lt(r->file_serial, r->journal_first)) {
        impossible(r, "the zone file is older than the first version the journal knows: the "
                      "changes between them are in neither. Put a newer copy of the file in "
                      "its place, or recover with 'file'");
        return RES_OK;
    }
    if ((e = merge_read(&s->merge, j, s->file)) == RES_UNEXPECTED) {
        impossible(r, "the journal is corrupt; 'file' is the way that remains");
        return RES_OK;
    }
    if (e != RES_OK)
        return e;
    r->serial = serial_above(r->file_serial, soa_serial(&s->merge.last_soa));
    if ((e = decide(r)) != RES_OK)
        return e;
    say_outcome(r);
    return r->possible ? build_outcome(r) : RES_OK;
}

static enum result plan_with_file(struct recovery *r)
{
    struct journal *j = NULL;
    enum result e = open_journal(r, &j);

    r->possible = true;
    r->file_serial = r->state->file->serial;
    say_situation(r, j);
    if (r->state->opt.way == RECOVER_FILE) {
        plan_file(r, j);
        e = e == RES_NOMEM ? e : RES_OK;
    } else if (e == RES_OK) {
        e = plan_records(r, j);
    } else if (e != RES_NOMEM) {
        impossible(r, e == RES_FILENOTFOUND ? "there is no journal" : "the journal cannot be read");
        e = RES_OK;
    }
    journal_close(j);
    return e;
}

static void look_at_files(struct recovery_state *s)
{
    if (stat(s->zone->conf->file, &s->file_seen) != 0)
        memset(&s->file_seen, 0, sizeof s->file_seen);
    if (stat(s->journal, &s->journal_seen) != 0)
        memset(&s->journal_seen, 0, sizeof s->journal_seen);
}

static enum result plan(struct recovery *r)
{
    struct recovery_state *s = r->state;
    enum result e;

    if (s->zone->conf->file == NULL) {
        impossible(r, "the zone has no file");
        return RES_OK;
    }
    if ((s->journal = zone_journal_path(s->zone->conf)) == NULL)
        return RES_NOMEM;
    look_at_files(s);
    e = load_alone(r, s->zone->conf->file, &s->file);
    if (e == RES_NOMEM)
        return e;
    if (e != RES_OK) {
        impossible(r, "the zone file does not load by itself: mend it first");
        return RES_OK;
    }
    return plan_with_file(r);
}

enum result zone_recover_plan(const struct zone *z, const struct recover_options *opt,
                              struct recovery **out)
{
    struct recovery *r = calloc(1, sizeof *r);
    enum result e = RES_NOMEM;

    *out = NULL;
    if (r != NULL && (r->state = calloc(1, sizeof *r->state)) != NULL) {
        r->state->zone = z;
        r->state->opt = *opt;
        diff_init(&r->state->changes);
        e = plan(r);
        if (r->state->failed)
            e = RES_NOMEM;
    }
    if (e == RES_OK)
        *out = r;
    else
        zone_recovery_free(r);
    return e;
}

void zone_recovery_free(struct recovery *r)
{
    if (r == NULL)
        return;
    if (r->state != NULL) {
        merge_free(&r->state->merge);
        diff_free(&r->state->changes);
        contents_free(r->state->file);
        contents_free(r->state->outcome);
        free(r->state->journal);
        free(r->state);
    }
    for (unsigned i = 0; i < r->nlines; i++)
        free(r->lines[i]);
    free(r->lines);
    free(r);
}

/* --- carrying out --- */

static bool same_file(const char *path, const struct stat *seen)
{
    struct stat now;

    if (stat(path, &now) != 0)
        return seen->st_ino == 0;
    return now.st_ino == seen->st_ino && now.st_size == seen->st_size &&
           now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
}

/* "PATH.20261121142233", or with a number behind it when that is taken. */
static enum result free_name(const char *path, char out[PATH_MAX])
{
    char when[16];
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%d%H%M%S", &tm);
    for (unsigned i = 0; i < 1000; i++) {
        if (snprintf(out, PATH_MAX, i == 0 ? "%s.%s" : "%s.%s-%u", path, when, i) >= PATH_MAX)
            return RES_INVALIDFILE;
        if (access(out, F_OK) != 0)
            return RES_OK;
    }
    return RES_FILEEXISTS;
}

static enum result failed(struct recovery *r, const char *what, const char *path, enum result e)
{
    say(r, "%s %s: %s", what, path, result_text(e));
    return e;
}

static enum result set_journal_aside(struct recovery *r)
{
    const char *path = r->state->journal;
    char name[PATH_MAX];
    enum result e;

    if (access(path, F_OK) != 0)
        return RES_OK;
    if ((e = free_name(path, name)) == RES_OK && rename(path, name) != 0)
        e = result_from_errno(errno);
    if (e == RES_OK)
        e = file_sync_folder(path);
    if (e != RES_OK)
        return failed(r, "moving aside the journal", path, e);
    say(r, "the journal is kept as %s", name);
    return RES_OK;
}

/* A second name for the file, before its own is given away. */
static enum result keep_file(struct recovery *r)
{
    const char *path = r->state->zone->conf->file;
    char name[PATH_MAX];
    enum result e = free_name(path, name);

    if (e == RES_OK && link(path, name) != 0)
        e = result_from_errno(errno);
    if (e != RES_OK)
        return failed(r, "keeping a copy of", path, e);
    say(r, "the former zone file is kept as %s", name);
    return RES_OK;
}

static enum result write_outcome(struct recovery *r, int fd)
{
    const struct conf_zone *conf = r->state->zone->conf;
    struct master_write_options opt = {.now = (uint32_t)time(NULL), .raw_version = 1};

    if (conf->options->format == FORMAT_RAW)
        opt.format = MASTER_RAW;
    else
        opt.format = conf->options->style == STYLE_FULL ? MASTER_FULL : MASTER_RELATIVE;
    if (r->state->file_seen.st_uid != geteuid() || r->state->file_seen.st_gid != getegid()) {
        if (fchown(fd, r->state->file_seen.st_uid, r->state->file_seen.st_gid) != 0)
            say(r, "the new zone file does not keep its owner: %s", strerror(errno));
    }
    return contents_dump(r->state->outcome, r->state->zone->rrclass, fd, &opt);
}

/* What was written must load, or the old file stays. */
static enum result prove(struct recovery *r, const char *path)
{
    struct contents *c;
    enum result e = load_alone(r, path, &c);

    contents_free(c);
    return e;
}

static enum result replace_file(struct recovery *r)
{
    const char *path = r->state->zone->conf->file;
    struct file_replace f;
    enum result e = file_replace_begin(&f, path, r->state->file_seen.st_mode & 07777);

    if (e != RES_OK)
        return failed(r, "writing beside", path, e);
    if ((e = write_outcome(r, f.fd)) != RES_OK || (e = prove(r, f.temp)) != RES_OK ||
        (e = keep_file(r)) != RES_OK) {
        file_replace_abort(&f);
        return failed(r, "the zone file stays as it was,", path, e);
    }
    if ((e = file_replace_commit(&f)) != RES_OK)
        return failed(r, "replacing", path, e);
    say(r, "the zone file %s is written, serial %u", path, r->serial);
    return RES_OK;
}

enum result zone_recover_carry_out(struct recovery *r)
{
    struct recovery_state *s = r->state;
    enum result e = RES_OK;

    if (!r->possible)
        return RES_FAILURE;
    if (!same_file(s->zone->conf->file, &s->file_seen) ||
        !same_file(s->journal, &s->journal_seen)) {
        say(r, "the files have changed meanwhile: nothing was done");
        return RES_UNCHANGED;
    }
    if (s->opt.way != RECOVER_FILE)
        e = replace_file(r);
    return e == RES_OK ? set_journal_aside(r) : e;
}
