#include "zone/remarks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"

enum { NBUCKETS = 1024 };

struct zone_remark {
    struct zone_remark *next, *bucket_next;
    int level;
    char *text, *file;      /* file: NULL until it is found */
    uint64_t line;
    struct name owner;
    uint16_t type, rdlen;   /* type 0: about no record */
    bool dot_missing;
    uint8_t rdata[];
};

void zone_remarks_init(struct zone_remarks *r)
{
    r->first = NULL;
    r->last = &r->first;
    r->count = 0;
}

void zone_remarks_add(struct zone_remarks *r, int level, const char *text,
                      const struct zone_place *place)
{
    struct zone_remark *m = calloc(1, sizeof *m + (place != NULL ? place->rdlen : 0));

    if (m == NULL)
        return;
    m->text = strdup(text);
    m->level = level;
    if (place != NULL) {
        name_copy(&m->owner, place->owner);
        m->type = place->type;
        m->rdlen = place->rdlen;
        m->dot_missing = place->dot_missing;
        memcpy(m->rdata, place->rdata, place->rdlen);
    }
    *r->last = m;
    r->last = &m->next;
    r->count++;
}

/* Remarks by owner. */
struct search {
    struct zone_remark *buckets[NBUCKETS];
};

static bool is_about(const struct zone_remark *m, const struct master_record *rr)
{
    return m->type == rr->type && m->owner.len == rr->owner_len &&
           labels_equal(m->owner.wire, rr->owner, rr->owner_len) &&
           rdata_compare(m->type, m->rdata, m->rdlen, rr->rdata, rr->rdlen) == 0;
}

static enum result match_record(void *arg, const struct master_record *rr)
{
    struct search *s = arg;
    struct zone_remark *m = s->buckets[name_hash(rr->owner) % NBUCKETS];

    for (; m != NULL; m = m->bucket_next)
        if (m->file == NULL && is_about(m, rr)) {
            m->file = strdup(rr->file);
            m->line = rr->line;
        }
    return RES_OK;
}

static void ignore_message(void *arg, enum master_level level, const char *text)
{
    (void)arg;
    (void)level;
    (void)text;
}

void zone_remarks_locate(struct zone_remarks *r, const char *path,
                         const struct master_options *opt)
{
    struct search s = {{NULL}};
    const struct master_callbacks cb = {
        .arg = &s, .record = match_record, .message = ignore_message};
    unsigned n = 0;

    for (struct zone_remark *m = r->first; m != NULL; m = m->next) {
        struct zone_remark **bucket = &s.buckets[name_hash(m->owner.wire) % NBUCKETS];

        if (m->type == 0)
            continue;
        m->bucket_next = *bucket;
        *bucket = m;
        n++;
    }
    if (n > 0)
        master_parse_file(path, opt, &cb);
}

void zone_remarks_say(const struct zone_remarks *r,
                      void (*say)(void *arg, int level, const char *text),
                      void (*say_place)(void *arg, int level, const char *text), void *arg)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];
    char *text;

    for (const struct zone_remark *m = r->first; m != NULL; m = m->next) {
        if (m->text != NULL)
            say(arg, m->level, m->text);
        if (m->file == NULL)
            continue;
        name_to_text(m->owner.wire, owner, NAME_OMIT_FINAL_DOT);
        if (asprintf(&text, "%s:%llu: here is the %s record of '%s'%s", m->file,
                     (unsigned long long)m->line, rrtype_text(m->type, type), owner,
                     m->dot_missing ? ": does its target lack a final dot?" : "") < 0)
            continue;
        say_place(arg, m->level, text);
        free(text);
    }
}

void zone_remarks_free(struct zone_remarks *r)
{
    while (r->first != NULL) {
        struct zone_remark *m = r->first;

        r->first = m->next;
        free(m->text);
        free(m->file);
        free(m);
    }
}
