/* Raw master files: a header, then an RRset after the other, each as
 *   32-bit length of all this, class, type, covered type, 32-bit TTL, 32-bit count,
 *   16-bit length and wire form of the owner, and per RR a 16-bit length and the RDATA;
 * everything in network order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "dns/rdata.h"
#include "parser/master.h"

enum {
    RAW_FORMAT = 2,
    RAW_MAX_VERSION = 1,
    RAW_FIXED_LEN = 22,         /* of an RRset, up to and with the owner's length */
    RAW_STEP_LEN = 256 * 1024   /* a length is believed only as far as bytes come */
};

struct raw {
    FILE *file;
    const char *path;
    const struct master_options *opt;
    const struct master_callbacks *cb;
    uint8_t *buf;
    size_t room;
};

/* What stands before the RRs of an RRset. */
struct raw_rrset {
    uint16_t rrclass, type, covers;
    uint32_t ttl, count;
    const uint8_t *owner;
    size_t owner_len;
};

static enum result raw_fail(struct raw *r, const char *owner, enum result why)
{
    char *text = NULL;

    if (asprintf(&text, "dns_master_load: %s%s%s", owner ? owner : "", owner ? ": " : "",
                 result_text(why)) < 0)
        return RES_NOMEM;
    r->cb->message(r->cb->arg, MASTER_ERROR, text);
    free(text);
    return why;
}

static enum result raw_refuse(struct raw *r, const char *what)
{
    r->cb->message(r->cb->arg, MASTER_ERROR, what);
    return RES_NOTIMPLEMENTED;
}

static enum result read_bytes(struct raw *r, void *out, size_t len)
{
    if (fread(out, 1, len, r->file) == len)
        return RES_OK;
    return ferror(r->file) ? RES_IOERROR : RES_EOF;
}

static enum result read_header(struct raw *r, struct master_raw_header *h)
{
    uint8_t b[24];
    enum result why;

    if ((why = read_bytes(r, b, 12)) != RES_OK)
        return why;
    *h = (struct master_raw_header){.version = get_u32(b + 4), .dump_time = get_u32(b + 8)};
    if (get_u32(b) != RAW_FORMAT)
        return raw_refuse(r, "dns_master_load: file format mismatch (not raw)");
    if (h->version > RAW_MAX_VERSION)
        return raw_refuse(r, "dns_master_load: unsupported file format version");
    if (h->version == 0)
        return RES_OK;
    if ((why = read_bytes(r, b + 12, 12)) != RES_OK)
        return why;
    h->flags = get_u32(b + 12);
    h->source_serial = get_u32(b + 16);
    h->last_xfrin = get_u32(b + 20);
    return RES_OK;
}

static bool grow(struct raw *r, size_t room)
{
    uint8_t *b = realloc(r->buf, room);

    if (b == NULL)
        return false;
    r->buf = b;
    r->room = room;
    return true;
}

/* The `len` bytes of an RRset into r->buf. */
static enum result read_body(struct raw *r, size_t len)
{
    for (size_t have = 0, n; have < len; have += n) {
        enum result why;

        n = len - have < RAW_STEP_LEN ? len - have : RAW_STEP_LEN;
        if (have + n > r->room && !grow(r, have + n > 2 * r->room ? have + n : 2 * r->room))
            return RES_NOMEM;
        if ((why = read_bytes(r, r->buf + have, n)) != RES_OK)
            return why;
    }
    return RES_OK;
}

static enum result take_head(struct raw *r, struct reader *in, struct raw_rrset *s)
{
    s->rrclass = reader_u16(in);
    s->type = reader_u16(in);
    s->covers = reader_u16(in);
    s->ttl = reader_u32(in);
    s->count = reader_u32(in);
    s->owner_len = reader_u16(in);
    s->owner = reader_bytes(in, s->owner_len);
    if (s->rrclass != r->opt->rrclass)
        return RES_BADCLASS;
    if (!in->ok || s->owner_len == 0 || s->owner_len > NAME_MAX_LEN ||
        name_check(s->owner, s->owner_len) != s->owner_len)
        return RES_RANGE;
    return RES_OK;
}

static enum result deliver(struct raw *r, const struct raw_rrset *s, const uint8_t *rdata,
                           uint16_t rdlen)
{
    const struct master_record rr = {
        .owner = s->owner,
        .rdata = rdata,
        .file = r->path,
        .ttl = s->ttl,
        .type = s->type,
        .rrclass = s->rrclass,
        .rdlen = rdlen,
        .owner_len = (uint8_t)s->owner_len,
    };

    return r->cb->record(r->cb->arg, &rr);
}

static enum result take_records(struct raw *r, struct reader *in, const struct raw_rrset *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint16_t len = reader_u16(in);
        const uint8_t *rdata = reader_bytes(in, len);
        enum result why;

        if (!in->ok)
            return RES_RANGE;
        if ((why = rdata_check(s->type, s->rrclass, rdata, len)) != RES_OK ||
            (why = deliver(r, s, rdata, len)) != RES_OK)
            return why;
    }
    return reader_left(in) == 0 ? RES_OK : RES_RANGE;
}

/* What the zone as a whole refuses. */
static enum result check_rrset(struct raw *r, const struct raw_rrset *s)
{
    bool in_zone = name_is_below(s->owner, r->opt->origin, NULL);
    char text[NAME_TEXT_MAX];

    if (r->opt->max_ttl != 0 && s->ttl > r->opt->max_ttl) {
        snprintf(text, sizeof text, "dns_master_load: TTL %u exceeds configured max-zone-ttl %u",
                 s->ttl, r->opt->max_ttl);
        r->cb->message(r->cb->arg, MASTER_ERROR, text);
        return RES_RANGE;
    }
    if (in_zone && (s->type != TYPE_SOA || s->owner_len == name_length(r->opt->origin)))
        return RES_OK;
    name_to_text(s->owner, text, NAME_OMIT_FINAL_DOT);
    return raw_fail(r, text, s->type == TYPE_SOA ? RES_NOTZONETOP : RES_NOTSUBDOMAIN);
}

/* One RRset; RES_NOMORE at the end of the file. */
static enum result read_rrset(struct raw *r)
{
    struct raw_rrset s;
    struct reader in;
    uint8_t len[4];
    enum result why;

    if ((why = read_bytes(r, len, sizeof len)) != RES_OK)
        return feof(r->file) ? RES_NOMORE : why;
    if (get_u32(len) < RAW_FIXED_LEN || get_u32(len) > INT32_MAX)
        return RES_RANGE;
    if ((why = read_body(r, get_u32(len) - sizeof len)) != RES_OK)
        return why;
    in = reader_of(r->buf, get_u32(len) - sizeof len);
    if ((why = take_head(r, &in, &s)) != RES_OK || (why = check_rrset(r, &s)) != RES_OK)
        return why;
    return take_records(r, &in, &s);
}

static enum result read_all(struct raw *r, struct master_raw_header *header)
{
    enum result why = read_header(r, header);

    if (why != RES_OK)
        return why;
    while ((why = read_rrset(r)) == RES_OK)
        continue;
    return why == RES_NOMORE ? RES_OK : raw_fail(r, NULL, why);
}

enum result master_parse_raw(const char *path, const struct master_options *opt,
                             const struct master_callbacks *cb, struct master_raw_header *header)
{
    struct raw r = {.path = path, .opt = opt, .cb = cb};
    struct stat st;
    enum result why;
    int fd;

    if ((why = file_open_read(path, opt->stream, &fd, &st)) != RES_OK)
        return why;
    if ((r.file = fdopen(fd, "r")) == NULL) {
        close(fd);
        return RES_NOMEM;
    }
    why = grow(&r, RAW_STEP_LEN) ? read_all(&r, header) : RES_NOMEM;
    free(r.buf);
    fclose(r.file);
    return why;
}
