#include "parser/master_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/timefmt.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

enum {
    OUT_LEN = 512 * 1024,       /* flushed when less than a record's room is left */
    RDATA_TEXT_LEN = 4 * RDATA_MAX_LEN + 4096,
    RECORD_ROOM = RDATA_TEXT_LEN + 2 * NAME_TEXT_MAX + 256,
    TAB_WIDTH = 8,
    RAW_FORMAT = 2,             /* BIND's dns_masterformat_raw */
    RAW_HAS_LAST_XFRIN = 1,
    RAW_HAS_SOURCE_SERIAL = 2
};

/* The columns of a style. */
static const struct columns {
    unsigned ttl, rrclass, type, rdata;
} columns[] = {
    [MASTER_FULL] = {46, 46, 46, 64},
    [MASTER_RELATIVE] = {24, 24, 24, 32},
};

struct master_writer {
    struct master_write_options opt;
    int fd;
    enum result result;
    struct name origin, owner;  /* as last written; len 0: nothing yet */
    uint32_t ttl;
    bool ttl_known, class_written;
    size_t used;
    char out[OUT_LEN];
};

static void flush_out(struct master_writer *w)
{
    if (w->result == RES_OK)
        w->result = file_write_all(w->fd, w->out, w->used);
    w->used = 0;
}

/* Room for at least `len` bytes (at most OUT_LEN). */
static char *room_for(struct master_writer *w, size_t len)
{
    if (OUT_LEN - w->used < len)
        flush_out(w);
    return w->out + w->used;
}

static void put(struct master_writer *w, const void *text, size_t len)
{
    memcpy(room_for(w, len), text, len);
    w->used += len;
}

static size_t put_text(struct master_writer *w, const char *text)
{
    size_t n = strlen(text);

    put(w, text, n);
    return n;
}

static size_t put_name(struct master_writer *w, const uint8_t *name)
{
    char text[NAME_TEXT_MAX];
    size_t n = name_to_text(name, text, NAME_FINAL_DOT);

    put(w, text, n);
    return n;
}

static size_t put_number(struct master_writer *w, uint32_t v)
{
    char text[16];

    snprintf(text, sizeof text, "%u", v);
    return put_text(w, text);
}

/* From column `from` to `to`, with tabs as far as they go; one blank at least.  Returns
 * the column reached. */
static size_t put_indent(struct master_writer *w, size_t from, size_t to)
{
    size_t tabs;

    if (to < from + 1)
        to = from + 1;
    tabs = to / TAB_WIDTH - from / TAB_WIDTH;
    memset(room_for(w, to), '\t', tabs);
    w->used += tabs;
    if (tabs > 0)
        from = to / TAB_WIDTH * TAB_WIDTH;
    memset(room_for(w, to), ' ', to - from);
    w->used += to - from;
    return to;
}

static void put_origin(struct master_writer *w, const uint8_t *origin)
{
    if (w->origin.len > 0 && name_equal(w->origin.wire, origin))
        return;
    name_copy(&w->origin, origin);
    put_text(w, "$ORIGIN ");
    put_name(w, origin);
    put_text(w, "\n");
}

static void put_ttl_directive(struct master_writer *w, uint32_t ttl)
{
    char text[TIMEFMT_DURATION_TEXT];

    if (w->ttl_known && w->ttl == ttl)
        return;
    w->ttl = ttl;
    w->ttl_known = true;
    duration_to_text(ttl, text);
    put_text(w, "$TTL ");
    put_number(w, ttl);
    put_text(w, "\t; ");
    put_text(w, text);
    put_text(w, "\n");
}

static size_t put_relative_owner(struct master_writer *w, const struct master_rrset *s)
{
    char text[NAME_TEXT_MAX];
    size_t rel_len, n;

    if (!name_is_below(s->owner, s->origin, &rel_len))
        return put_name(w, s->owner);
    n = name_labels_to_text(s->owner, rel_len, text);
    put(w, text, n);
    return n;
}

/* Owner, TTL and class as far as the style wants them; returns the column. */
static size_t put_head(struct master_writer *w, const struct master_rrset *s, bool with_owner)
{
    const struct columns *c = &columns[w->opt.format];
    char text[RRCLASS_TEXT];
    size_t at = 0;

    if (w->opt.format == MASTER_FULL) {
        at = put_indent(w, put_name(w, s->owner), c->ttl);
        at += put_number(w, s->ttl);
    } else if (with_owner) {
        at = put_relative_owner(w, s);
    }
    if (w->opt.format == MASTER_FULL || !w->class_written) {
        at = put_indent(w, at, c->rrclass);
        at += put_text(w, rrclass_text(s->rrclass, text));
        w->class_written = true;
    }
    return at;
}

static void put_rdata(struct master_writer *w, const struct master_rrset *s, const uint8_t *rr)
{
    bool relative = w->opt.format == MASTER_RELATIVE;
    struct rdata_style style = {
        .origin = relative ? s->origin : NULL,
        .multiline = relative,
        .comments = relative,
        .indent_tabs = columns[MASTER_RELATIVE].rdata / TAB_WIDTH,
    };
    char *out = room_for(w, RECORD_ROOM);
    size_t len = 0;
    enum result r = rdata_to_text(s->type, s->rrclass, rr + 2, get_u16(rr), &style, out,
                                  RDATA_TEXT_LEN, &len);

    if (r != RES_OK && w->result == RES_OK)
        w->result = r;
    w->used += len;
}

static void put_record(struct master_writer *w, const struct master_rrset *s, const uint8_t *rr,
                       bool with_owner)
{
    const struct columns *c = &columns[w->opt.format];
    char text[RRTYPE_TEXT];
    size_t at = put_indent(w, put_head(w, s, with_owner), c->type);

    at += put_text(w, rrtype_text(s->type, text));
    put_indent(w, at, c->rdata);
    put_rdata(w, s, rr);
    put_text(w, "\n");
}

/* When the signatures are due, which BIND notes in the full style: at the first expiry,
 * or now when one of them is not yet valid. */
static uint32_t resign_time(const struct master_writer *w, const struct master_rrset *s)
{
    uint32_t when = UINT32_MAX;
    const uint8_t *rr = s->data;

    for (uint32_t i = 0; i < s->count; i++, rr += 2 + get_u16(rr)) {
        uint32_t expires = get_u32(rr + 2 + 8), inception = get_u32(rr + 2 + 12);

        if ((int32_t)(inception - w->opt.now) > 0)
            when = w->opt.now;
        else if (expires < when)
            when = expires;
    }
    return when;
}

static void put_resign(struct master_writer *w, const struct master_rrset *s)
{
    char text[TIMEFMT_DNSSEC_TEXT];

    dnssec_time_to_text(resign_time(w, s), w->opt.now, text);
    put_text(w, "; resign=");
    put_text(w, text);
    put_text(w, "\n");
}

static void write_text(struct master_writer *w, const struct master_rrset *s)
{
    const uint8_t *rr = s->data;
    bool same_owner = w->owner.len > 0 && name_equal(w->owner.wire, s->owner);

    if (w->opt.format == MASTER_RELATIVE) {
        if (!same_owner)
            put_origin(w, s->origin);
        put_ttl_directive(w, s->ttl);
    }
    for (uint32_t i = 0; i < s->count; i++, rr += 2 + get_u16(rr))
        put_record(w, s, rr, !same_owner && i == 0);
    if (w->opt.format == MASTER_FULL && s->type == TYPE_RRSIG)
        put_resign(w, s);
    name_copy(&w->owner, s->owner);
}

static size_t rrset_data_len(const struct master_rrset *s)
{
    const uint8_t *rr = s->data;

    for (uint32_t i = 0; i < s->count; i++)
        rr += 2 + get_u16(rr);
    return (size_t)(rr - s->data);
}

static void put_u32_raw(struct master_writer *w, uint32_t v)
{
    uint8_t b[4];

    put_u32(b, v);
    put(w, b, sizeof b);
}

static void put_u16_raw(struct master_writer *w, uint16_t v)
{
    uint8_t b[2];

    put_u16(b, v);
    put(w, b, sizeof b);
}

/* An RRset may be longer than the buffer. */
static void put_long(struct master_writer *w, const uint8_t *data, size_t len)
{
    for (size_t n; len > 0; data += n, len -= n)
        put(w, data, n = len < OUT_LEN ? len : OUT_LEN);
}

static void write_raw(struct master_writer *w, const struct master_rrset *s)
{
    size_t data_len = rrset_data_len(s), name_len = name_length(s->owner);

    put_u32_raw(w, (uint32_t)(20 + name_len + data_len));
    put_u16_raw(w, s->rrclass);
    put_u16_raw(w, s->type);
    put_u16_raw(w, s->covers);
    put_u32_raw(w, s->ttl);
    put_u32_raw(w, s->count);
    put_u16_raw(w, (uint16_t)name_len);
    put(w, s->owner, name_len);
    put_long(w, s->data, data_len);
}

static void write_raw_header(struct master_writer *w)
{
    const struct master_write_options *o = &w->opt;
    uint32_t flags = (o->have_source_serial ? RAW_HAS_SOURCE_SERIAL : 0u) |
                     (o->last_xfrin != 0 ? RAW_HAS_LAST_XFRIN : 0u);

    put_u32_raw(w, RAW_FORMAT);
    put_u32_raw(w, o->raw_version);
    put_u32_raw(w, o->now);
    if (o->raw_version == 0)
        return;
    put_u32_raw(w, flags);
    put_u32_raw(w, o->have_source_serial ? o->source_serial : 0);
    put_u32_raw(w, o->last_xfrin);
}

struct master_writer *master_writer_new(int fd, const struct master_write_options *opt)
{
    struct master_writer *w = malloc(sizeof *w);

    if (w == NULL)
        return NULL;
    memset(w, 0, offsetof(struct master_writer, out));
    w->opt = *opt;
    w->fd = fd;
    if (opt->format == MASTER_RAW)
        write_raw_header(w);
    return w;
}

enum result master_writer_add(struct master_writer *w, const struct master_rrset *rrset)
{
    if (w->result == RES_OK) {
        if (w->opt.format == MASTER_RAW)
            write_raw(w, rrset);
        else
            write_text(w, rrset);
    }
    return w->result;
}

void master_writer_new_tree(struct master_writer *w)
{
    w->origin.len = 0;
}

enum result master_writer_finish(struct master_writer *w)
{
    enum result r;

    flush_out(w);
    r = w->result;
    free(w);
    return r;
}
