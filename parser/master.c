#include "parser/master.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "parser/master_check.h"
#include "parser/master_parser.h"

static const char load_prefix[] = "dns_master_load";
static const char rdata_prefix[] = "dns_rdata_fromtext";

enum { PROGRESS_STEP_LEN = 8 * 1024 * 1024 };

void master_tell(struct master_parser *p, enum master_level level, const char *prefix,
                 uint64_t line, const char *fmt, ...)
{
    char *what = NULL, *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&what, fmt, args) < 0)
        what = NULL;
    va_end(args);
    if (what != NULL && asprintf(&text, "%s%s%s:%llu: %s", prefix ? prefix : "", prefix ? ": " : "",
                                 p->file->source.name, (unsigned long long)line, what) < 0)
        text = NULL;
    p->cb->message(p->cb->arg, level, text ? text : result_text(RES_NOMEM));
    free(what);
    free(text);
}

enum result master_fail(struct master_parser *p, enum result r)
{
    if (!p->opt->keep_going || r == RES_IOERROR || r == RES_NOMEM)
        return r;
    if (p->result == RES_OK)
        p->result = r;
    p->told_error = true;
    return RES_OK;
}

enum result master_fail_at(struct master_parser *p, uint64_t line, enum result r)
{
    master_tell(p, MASTER_ERROR, load_prefix, line, "%s", result_text(r));
    return master_fail(p, r);
}

/* What BIND's tokeniser found wrong where a token was wanted. */
static enum result unexpected_error(struct master_parser *p, const struct master_entry *e)
{
    uint64_t line = master_entry_line(e, e->ntok);

    master_tell(p, MASTER_ERROR, load_prefix, line, "isc_lex_gettoken() failed: %s",
                result_text(e->error));
    if (p->file->source.mid_line)
        p->file->skip_line = p->file->source.line;
    return master_fail_at(p, e->line, e->error);
}

enum result master_unexpected_end(struct master_parser *p, const struct master_entry *e)
{
    if (e->error != RES_OK)
        return unexpected_error(p, e);
    master_tell(p, MASTER_ERROR, load_prefix, master_entry_line(e, e->ntok),
                "unexpected end of %s", e->at_eof ? "file" : "line");
    p->file->skip_entry = true;
    return master_fail_at(p, e->line, RES_UNEXPECTEDEND);
}

enum result master_expect_end(struct master_parser *p, const struct master_entry *e, unsigned i)
{
    /* BIND wants a newline here, so the end of the file is one token too many */
    if (i == e->ntok && !e->at_eof && e->error == RES_OK)
        return RES_OK;
    return master_fail_at(p, master_entry_line(e, i), RES_EXTRATOKEN);
}

bool master_out_of_zone(struct master_parser *p, const uint8_t *name, uint64_t line)
{
    char text[NAME_TEXT_MAX];

    if (name_is_below(name, p->opt->origin, NULL))
        return false;
    name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    master_tell(p, MASTER_WARNING, NULL, line, "ignoring out-of-zone data (%s)", text);
    return true;
}

/* The owner in the first token; *good is false when it was told to be none.  The run of
 * the one before ends when it differs; as in BIND, a change of case is a difference. */
static enum result take_owner(struct master_parser *p, const struct master_entry *e, bool *good)
{
    const struct rdata_token *t = &e->tok[0];
    struct master_file *f = p->file;
    struct name name;
    enum result r;

    if (t->len == f->owner_text_len && memcmp(t->text, f->owner_text, t->len) == 0)
        return RES_OK;
    *good = (r = name_from_text(&name, t->text, t->len, f->origin.wire)) == RES_OK;
    if (!*good)
        return master_fail_at(p, e->line, r);
    f->owner_text_len = t->len <= sizeof f->owner_text ? t->len : 0;
    memcpy(f->owner_text, t->text, f->owner_text_len);
    if (f->has_owner && name.len == f->owner.len &&
        memcmp(name.wire, f->owner.wire, name.len) == 0)
        return RES_OK;
    if (f->has_owner && (r = master_run_end(p, f->owner.wire)) != RES_OK)
        return r;
    memcpy(&f->owner, &name, 1u + name.len);
    f->has_owner = true;
    f->drop = master_out_of_zone(p, name.wire, e->line);
    if (p->opt->check_wildcard)
        master_check_wildcard(p, name.wire, e->line);
    return RES_OK;
}

/* Mnemonics that most records have, as their letters packed into an integer. */
#define PACK(a, b, c, d, e) \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | \
     (uint64_t)(e) << 32)

static inline uint16_t common_type(const struct rdata_token *t)
{
    uint64_t v = 0;

    if (t->quoted || t->len > 5)
        return 0;
    memcpy(&v, t->text, 8);     /* the window is padded */
    v = le64toh(v) & ~0ULL >> (64 - 8 * t->len);
    switch (v & 0xdfdfdfdfdfdfdfdfULL) {
    case PACK('A', 0, 0, 0, 0):
        return TYPE_A;
    case PACK('A', 'A', 'A', 'A', 0):
        return TYPE_AAAA;
    case PACK('N', 'S', 0, 0, 0):
        return TYPE_NS;
    case PACK('M', 'X', 0, 0, 0):
        return TYPE_MX;
    case PACK('T', 'X', 'T', 0, 0):
        return TYPE_TXT;
    case PACK('C', 'N', 'A', 'M', 'E'):
        return TYPE_CNAME;
    case PACK('P', 'T', 'R', 0, 0):
        return TYPE_PTR;
    case PACK('S', 'R', 'V', 0, 0):
        return TYPE_SRV;
    case PACK('D', 'S', 0, 0, 0):
        return TYPE_DS;
    case PACK('N', 'S', 'E', 'C', 0):
        return TYPE_NSEC;
    case PACK('R', 'R', 'S', 'I', 'G'):
        return TYPE_RRSIG;
    default:
        return 0;
    }
}

bool master_take_class(const struct master_entry *e, unsigned i, uint16_t *rrclass)
{
    return i < e->ntok && !e->tok[i].quoted &&
           rrclass_from_text(rrclass, e->tok[i].text, e->tok[i].len) == RES_OK;
}

uint32_t master_limit_ttl(struct master_parser *p, uint64_t line, uint32_t ttl)
{
    if (ttl <= MASTER_MAX_TTL)
        return ttl;
    master_tell(p, MASTER_WARNING, load_prefix, line, "$TTL %u > MAXTTL, setting $TTL to 0", ttl);
    return 0;
}

bool master_take_ttl(struct master_parser *p, const struct master_entry *e, unsigned i)
{
    uint32_t ttl;

    if (i >= e->ntok || (unsigned char)(e->tok[i].text[0] - '0') > 9 ||
        ttl_from_text(&ttl, e->tok[i].text, e->tok[i].len) != RES_OK)
        return false;
    p->ttl = master_limit_ttl(p, e->line, ttl);
    p->explicit_ttl = p->ttl_known = true;
    return true;
}

static enum result take_type(struct master_parser *p, const struct master_entry *e, unsigned i,
                             struct master_fields *f)
{
    const struct rdata_token *t = &e->tok[i];

    if (i >= e->ntok)
        return master_unexpected_end(p, e);
    if (t->quoted || t->text[0] == '\0')
        return master_fail_at(p, e->line, RES_SYNTAX);
    if (rrtype_from_text(&f->type, t->text, t->len) != RES_OK) {
        master_tell(p, MASTER_WARNING, NULL, e->line, "unknown RR type '%.*s'", (int)t->len,
                    t->text);
        return master_fail(p, RES_UNKNOWNTYPE);
    }
    f->next = i + 1;
    return RES_OK;
}

enum result master_bad_class(struct master_parser *p, uint64_t line, uint16_t rrclass)
{
    char is[RRCLASS_TEXT], should[RRCLASS_TEXT];

    master_tell(p, MASTER_ERROR, NULL, line, "class '%s' != zone class '%s'",
                rrclass_text(rrclass, is), rrclass_text(p->opt->rrclass, should));
    return master_fail(p, RES_BADCLASS);
}

/* [class] [ttl] [class] type at e->tok[i].  RES_OK with f->next 0: what is wrong was told, the
 * entry is skipped. */
static enum result take_fields(struct master_parser *p, const struct master_entry *e, unsigned i,
                               struct master_fields *f)
{
    enum result r;

    *f = (struct master_fields){0};
    p->explicit_ttl = false;
    if (i < e->ntok && (f->type = common_type(&e->tok[i])) != 0) {
        f->next = i + 1;
        return RES_OK;
    }
    i += master_take_class(e, i, &f->rrclass);
    i += master_take_ttl(p, e, i);
    if (f->rrclass == 0)
        i += master_take_class(e, i, &f->rrclass);
    if (i < e->ntok && (f->type = common_type(&e->tok[i])) != 0)
        f->next = i + 1;
    else if ((r = take_type(p, e, i, f)) != RES_OK || f->next == 0)
        return r;
    if (f->rrclass != 0 && f->rrclass != p->opt->rrclass) {
        f->next = 0;
        return master_bad_class(p, e->line, f->rrclass);
    }
    return RES_OK;
}

/* Something is wrong at the end of the entry. */
static enum result tell_rdata_end(struct master_parser *p, const struct master_entry *e,
                                  enum result r)
{
    uint64_t line = master_entry_line(e, e->ntok);

    if (e->at_eof && (e->error == RES_OK || e->error == RES_UNBALANCED))
        master_tell(p, MASTER_ERROR, rdata_prefix, p->file->source.line, "near eof: %s",
                    result_text(r));
    else if (e->error != RES_OK)
        master_tell(p, MASTER_ERROR, rdata_prefix, line, "%s", result_text(r));
    else
        master_tell(p, MASTER_ERROR, rdata_prefix, line, "near eol: %s", result_text(r));
    return r;
}

/* "near TOKEN" of what rdata_from_tokens() found wrong at token `bad`. */
static enum result tell_rdata(struct master_parser *p, const struct master_entry *e, unsigned bad,
                              enum result r)
{
    uint64_t line = master_entry_line(e, bad);

    if (bad >= e->ntok)
        return tell_rdata_end(p, e, e->error != RES_OK ? e->error : r);
    if (e->tok[bad].quoted)
        master_tell(p, MASTER_ERROR, rdata_prefix, line, "%s", result_text(r));
    else
        master_tell(p, MASTER_ERROR, rdata_prefix, line, "near '%.*s': %s", (int)e->tok[bad].len,
                    e->tok[bad].text, result_text(r));
    return r;
}

enum result master_rdata(struct master_parser *p, const struct master_entry *e,
                         const struct master_fields *f, size_t *len)
{
    unsigned bad = 0, ntok = e->ntok - f->next;
    const struct rdata_token *tok = ntok > 0 ? e->tok + f->next : NULL;
    enum result r = rdata_from_tokens(f->type, p->opt->rrclass, tok, ntok, p->file->origin.wire,
                                      p->rdata, len, &bad);

    p->ended = true;
    if (r != RES_OK)
        return tell_rdata(p, e, f->next + bad, r);
    if (e->error != RES_OK)     /* complete, but the entry did not end well */
        return tell_rdata_end(p, e,
                              e->error == RES_UNBALANCEDQUOTES ? RES_EXTRATOKEN : e->error);
    if (e->at_eof && !p->file->source.is_memory)
        master_tell(p, MASTER_WARNING, NULL, master_entry_line(e, e->ntok),
                    "file does not end with newline");
    return RES_OK;
}

/* No TTL was seen at all yet: a SOA's MINIMUM serves, anything else is an error. */
static enum result ttl_from_soa(struct master_parser *p, const struct master_entry *e,
                                uint16_t type, size_t rdlen)
{
    if (type != TYPE_SOA) {
        master_tell(p, MASTER_WARNING, NULL, e->line, "no TTL specified; zone rejected");
        p->ttl = 0;
        return master_fail(p, RES_NOTTL);
    }
    master_tell(p, MASTER_WARNING, NULL, e->line,
                "no TTL specified; using SOA MINTTL instead");
    p->ttl = master_limit_ttl(p, e->line, get_u32(p->rdata + rdlen - 4));
    p->default_ttl = p->ttl;
    p->default_ttl_known = true;
    return RES_OK;
}

static enum result settle_ttl(struct master_parser *p, const struct master_entry *e, uint16_t type,
                              size_t rdlen)
{
    if (p->explicit_ttl)
        return RES_OK;
    if (p->default_ttl_known) {
        p->ttl = p->default_ttl;
        return RES_OK;
    }
    if (!p->ttl_known)
        return ttl_from_soa(p, e, type, rdlen);
    if (!p->warned_1035)
        master_tell(p, MASTER_WARNING, NULL, e->line, "using RFC1035 TTL semantics");
    p->warned_1035 = true;
    return RES_OK;
}

/* Told once a file: old or expired signatures. */
static void warn_signature(struct master_parser *p, const struct master_entry *e, uint16_t type)
{
    if (type == TYPE_RRSIG && !p->warned_expired &&
        (int32_t)(get_u32(p->rdata + 8) - p->now) < 0) {
        master_tell(p, MASTER_WARNING, NULL, e->line, "signature has expired");
        p->warned_expired = true;
    }
    if ((type == TYPE_SIG || type == TYPE_NXT) && !p->warned_old_dnssec) {
        master_tell(p, MASTER_WARNING, NULL, e->line, "old style DNSSEC zone detected");
        p->warned_old_dnssec = true;
    }
}

static enum result check_soa_place(struct master_parser *p, const struct master_entry *e)
{
    char text[NAME_TEXT_MAX];

    if (name_equal(p->file->owner.wire, p->opt->origin))
        return RES_OK;
    name_to_text(p->file->owner.wire, text, NAME_OMIT_FINAL_DOT);
    master_tell(p, MASTER_ERROR, NULL, e->line, "SOA record not at top of zone (%s)", text);
    return RES_NOTZONETOP;
}

enum result master_deliver(struct master_parser *p, const struct name *owner, uint16_t type,
                           size_t rdlen, uint64_t line)
{
    struct master_record rr = {
        .owner = owner->wire,
        .rdata = p->rdata,
        .line = line,
        .file = p->file->source.name,
        .ttl = p->ttl,
        .type = type,
        .rrclass = p->opt->rrclass,
        .rdlen = (uint16_t)rdlen,
        .owner_len = owner->len,
    };
    enum result r;

    if (p->opt->max_ttl != 0 && p->ttl > p->opt->max_ttl) {
        master_tell(p, MASTER_ERROR, load_prefix, line,
                    "TTL %u exceeds configured max-zone-ttl %u", p->ttl, p->opt->max_ttl);
        master_tell(p, MASTER_ERROR, load_prefix, line, "%s", result_text(RES_RANGE));
        return RES_RANGE;   /* fatal even with keep_going */
    }
    r = p->cb->record(p->cb->arg, &rr);
    return r == RES_OK ? RES_OK : master_fail(p, r);
}

/* RDATA is in place: its TTL, its place in the run, and off it goes. */
static enum result finish_record(struct master_parser *p, const struct master_entry *e,
                                 uint16_t type, size_t rdlen)
{
    enum result r;

    if (p->file->drop)
        return RES_OK;
    if (type == TYPE_SOA && (r = check_soa_place(p, e)) != RES_OK) {
        p->file->skip_entry = true;
        return master_fail(p, r);
    }
    if ((r = settle_ttl(p, e, type, rdlen)) != RES_OK)
        return r;
    if (type == TYPE_RRSIG || type == TYPE_SIG || type == TYPE_NXT)
        warn_signature(p, e, type);
    if ((r = master_run_add(p, type, rdlen, e->line)) != RES_OK)
        return r;
    return master_deliver(p, &p->file->owner, type, rdlen, e->line);
}

/* A type that no zone holds. */
static enum result tell_type(struct master_parser *p, const struct master_entry *e, uint16_t type,
                             enum result r)
{
    char text[RRTYPE_TEXT];

    master_tell(p, MASTER_ERROR, NULL, e->line, "type '%s': %s", rrtype_text(type, text),
                result_text(r));
    return master_fail(p, r);
}

/* An entry without an owner of its own. */
static enum result inherit_owner(struct master_parser *p, const struct master_entry *e)
{
    char owner[NAME_TEXT_MAX], origin[NAME_TEXT_MAX];
    struct master_file *f = p->file;

    if (!f->has_owner) {
        master_tell(p, MASTER_ERROR, NULL, e->line, "no current owner name");
        return RES_NOOWNER;
    }
    if (f->origin_changed) {
        name_to_text(f->owner.wire, owner, NAME_OMIT_FINAL_DOT);
        name_to_text(f->origin.wire, origin, NAME_OMIT_FINAL_DOT);
        master_tell(p, MASTER_WARNING, NULL, e->line,
                    "record with inherited owner (%s) immediately after $ORIGIN (%s)", owner,
                    origin);
    }
    return RES_OK;
}

/* The owner and what stands before the RDATA; f->next is 0 when it was told to be bad. */
static enum result read_head(struct master_parser *p, const struct master_entry *e,
                             struct master_fields *f)
{
    bool good = true;
    enum result r;

    f->next = 0;
    if (e->blank_owner) {
        if ((r = inherit_owner(p, e)) != RES_OK)
            return master_fail(p, r);
    } else if ((r = take_owner(p, e, &good)) != RES_OK || !good) {
        return r;
    }
    if ((r = take_fields(p, e, !e->blank_owner, f)) != RES_OK || f->next == 0)
        return r;
    p->file->origin_changed = false;
    return RES_OK;
}

/* What can be said before the RDATA is read. */
static enum result check_head(struct master_parser *p, const struct master_entry *e,
                              struct master_fields *f)
{
    enum result r = RES_OK;

    if (f->type == TYPE_MD || f->type == TYPE_MF)
        r = tell_type(p, e, f->type, RES_OBSOLETE);     /* RFC 1123 §6.1.2.2 */
    else if (rdata_flags(f->type) & RRT_META)
        r = tell_type(p, e, f->type, RES_METATYPE);
    if (r != RES_OK)
        return r;
    if (f->type == TYPE_NS && p->opt->check_ns != MASTER_IGNORE) {
        if (f->next == e->ntok) {
            f->next = 0;
            return master_unexpected_end(p, e);
        }
        r = master_check_ns(p, e, f->next);
    }
    return r == RES_OK ? master_check_owner(p, f->type, e->line) : r;
}

static enum result read_record(struct master_parser *p, const struct master_entry *e)
{
    struct master_fields f;
    size_t rdlen;
    enum result r;

    if ((r = read_head(p, e, &f)) != RES_OK || f.next == 0)
        return r;
    if ((r = check_head(p, e, &f)) != RES_OK || f.next == 0)
        return r;
    if ((r = master_rdata(p, e, &f, &rdlen)) != RES_OK ||
        (r = master_check_target(p, f.type, e, f.next)) != RES_OK)
        return master_fail(p, r);
    return finish_record(p, e, f.type, rdlen);
}

/* The file ended within a line that had no RDATA. */
static void warn_no_newline(struct master_parser *p)
{
    char *text = NULL;

    if (p->file->source.is_memory ||
        asprintf(&text, "%s: file does not end with newline", p->file->source.name) < 0)
        return;
    p->cb->message(p->cb->arg, MASTER_WARNING, text);
    free(text);
}

/* No token at all: the input ended in white space or in the middle of something. */
static enum result read_empty(struct master_parser *p, const struct master_entry *e)
{
    if (e->error != RES_OK)
        return unexpected_error(p, e);
    if (e->blank_owner)
        warn_no_newline(p);
    return RES_OK;
}

static enum result read_entry(struct master_parser *p, const struct master_entry *e)
{
    bool is_record = true;
    enum result r = RES_OK;

    p->told_error = p->ended = false;
    if (e->line == p->file->skip_line)
        return RES_OK;
    if (p->file->skip_entry) {
        p->file->skip_entry = e->at_eof;
        return RES_OK;
    }
    if (e->ntok == 0)
        return read_empty(p, e);
    if (!e->blank_owner && e->tok[0].text[0] == '$')
        r = master_directive(p, e, &is_record);
    if (r == RES_OK && is_record)
        r = read_record(p, e);
    if (e->at_eof && p->told_error && !p->ended)
        warn_no_newline(p);
    return r;
}

static void tell_progress(struct master_parser *p)
{
    const struct master_source *s = &p->file->source;

    if (p->cb->progress == NULL || s->done < p->progress_at)
        return;
    p->progress_at = s->done + PROGRESS_STEP_LEN;
    p->cb->progress(p->cb->arg, s->done, s->total);
}

enum result master_read(struct master_parser *p)
{
    struct master_file *f = p->file;
    struct master_entry e = {.line = 1};
    enum result r;

    while ((r = master_source_next(&f->source, &e)) == RES_OK) {
        if ((r = read_entry(p, &e)) != RES_OK)
            return r;
        if (f->parent == NULL)
            tell_progress(p);
    }
    if (r != RES_EOF)
        return master_fail_at(p, f->source.line, r) == RES_OK ? RES_OK : r;
    if (f->skip_entry)
        warn_no_newline(p);
    return f->has_owner ? master_run_end(p, f->owner.wire) : RES_OK;
}

static struct master_parser *parser_new(const struct master_options *opt,
                                        const struct master_callbacks *cb)
{
    struct master_parser *p = malloc(sizeof *p);

    if (p == NULL)
        return NULL;
    memset(p, 0, offsetof(struct master_parser, rdata));
    p->opt = opt;
    p->cb = cb;
    p->now = (uint32_t)time(NULL);
    p->default_ttl = opt->default_ttl;
    p->default_ttl_known = opt->have_default_ttl;
    p->progress_at = PROGRESS_STEP_LEN;
    return p;
}

static void parser_free(struct master_parser *p)
{
    free(p->run.types);
    free(p);
}

/* Reads the opened file as the zone's own, and closes it. */
static enum result parse_top(struct master_file *f, const struct master_options *opt,
                             const struct master_callbacks *cb)
{
    struct master_parser *p = parser_new(opt, cb);
    enum result r = RES_NOMEM;

    if (p != NULL) {
        p->file = f;
        name_copy(&f->origin, opt->origin);
        r = master_read(p);
        if (r == RES_OK)
            r = p->result;
        parser_free(p);
    }
    master_source_close(&f->source);
    return r;
}

enum result master_parse_file(const char *path, const struct master_options *opt,
                              const struct master_callbacks *cb)
{
    struct master_file f = {0};
    enum result r = master_source_open(&f.source, path, opt->stream);
    char *text = NULL;

    if (r == RES_NOTFILE &&
        asprintf(&text, "dns_master_load: %s:1: isc_lex_gettoken() failed: %s", path,
                 result_text(r)) > 0) {
        cb->message(cb->arg, MASTER_ERROR, text);
        free(text);
    }
    return r == RES_OK ? parse_top(&f, opt, cb) : r;
}

enum result master_parse_text(const char *text, size_t len, const char *name,
                              const struct master_options *opt,
                              const struct master_callbacks *cb)
{
    struct master_file f = {0};
    enum result r = master_source_text(&f.source, text, len, name);

    return r == RES_OK ? parse_top(&f, opt, cb) : r;
}
