/* $GENERATE, BIND's directive that makes many records from one line:
 * $GENERATE START-STOP[/STEP] OWNER [class] [ttl] [class] TYPE RDATA */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rrtype.h"
#include "parser/master_check.h"
#include "parser/master_parser.h"

enum { GENERATE_OWNER_LEN = 2048, GENERATE_RDATA_LEN = 65535, GENERATE_NUMBER_LEN = 256 };

static const char generate_prefix[] = "$GENERATE";

/* One directive at work. */
struct generate {
    struct master_parser *p;
    const struct master_entry *entry;
    const struct rdata_token *owner, *rdata;
    uint32_t start, stop, step;
    uint16_t type;
    struct master_source text;      /* the RDATA of one record */
    char out[GENERATE_RDATA_LEN + 1];
};

/* Text under construction. */
struct sink {
    char *at, *end;
};

static bool sink_put(struct sink *s, const char *text, size_t len)
{
    if ((size_t)(s->end - s->at) < len)
        return false;
    memcpy(s->at, text, len);
    s->at += len;
    return true;
}

static bool take_number(const char **at, const char *end, uint32_t *out)
{
    uint64_t v = 0;
    const char *p = *at;

    while (p < end && *p >= '0' && *p <= '9' && v <= UINT32_MAX)
        v = v * 10 + (uint64_t)(*p++ - '0');
    if (p == *at || v > INT32_MAX)
        return false;
    *at = p;
    *out = (uint32_t)v;
    return true;
}

/* "START-STOP" or "START-STOP/STEP". */
static bool parse_range(struct generate *g, const struct rdata_token *t)
{
    const char *p = t->text, *end = p + t->len;

    g->step = 1;
    if (!take_number(&p, end, &g->start) || p == end || *p++ != '-' ||
        !take_number(&p, end, &g->stop) || g->start > g->stop)
        return false;
    if (p < end && *p++ == '/' && !take_number(&p, end, &g->step))
        return false;
    return p == end && g->step > 0;
}

/* ${offset[,width[,base]]}: how the number is written. */
struct format {
    int32_t offset;
    uint32_t width;
    char base;          /* d o x X, n N: reversed nibbles with dots */
};

static bool parse_format(const char **at, const char *end, struct format *f)
{
    const char *p = *at + 1;
    uint32_t offset;
    bool minus = p < end && *p == '-';

    p += p < end && (*p == '-' || *p == '+');
    if (!take_number(&p, end, &offset))
        return false;
    f->offset = minus ? -(int32_t)offset : (int32_t)offset;
    if (p < end && *p == ',') {
        p++;
        if (!take_number(&p, end, &f->width))
            return false;
        if (p + 1 < end && *p == ',') {
            if (memchr("doxXnN", p[1], 6) == NULL)
                return false;
            f->base = p[1];
            p += 2;
        }
    }
    if (p == end || *p != '}')
        return false;
    *at = p + 1;
    return true;
}

/* The nibbles of a number, lowest first, each with a dot between, as reverse zones of
 * IPv6 want them; the width counts the dots. */
static bool put_nibbles(struct sink *s, uint32_t value, uint32_t width, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

    do {
        if (!sink_put(s, &digits[value & 15], 1))
            return false;
        width -= width > 0;
        value >>= 4;
        if (width > 0 || value != 0) {
            if (!sink_put(s, ".", 1))
                return false;
            width -= width > 0;
        }
    } while (value != 0 || width > 0);
    return true;
}

static bool put_number(struct sink *s, uint32_t i, const struct format *f)
{
    int32_t v = (int32_t)((int64_t)i + f->offset);
    char text[GENERATE_NUMBER_LEN];
    int width = (int)f->width, n;

    if (f->base == 'n' || f->base == 'N')
        return put_nibbles(s, (uint32_t)v, f->width, f->base == 'N');
    if (f->width >= sizeof text)
        return false;
    switch (f->base) {
    case 'o':
        n = snprintf(text, sizeof text, "%0*o", width, (unsigned)v);
        break;
    case 'x':
        n = snprintf(text, sizeof text, "%0*x", width, (unsigned)v);
        break;
    case 'X':
        n = snprintf(text, sizeof text, "%0*X", width, (unsigned)v);
        break;
    default:
        n = snprintf(text, sizeof text, "%0*d", width, v);
        break;
    }
    return n > 0 && (size_t)n < sizeof text && sink_put(s, text, (size_t)n);
}

/* A `$` of the template at *at, which is stepped past it. */
static enum result expand_dollar(struct sink *s, const char **at, const char *end, uint32_t i)
{
    struct format f = {0, 0, 'd'};

    ++*at;
    if (*at < end && **at == '$') {
        ++*at;
        return sink_put(s, "$", 1) ? RES_OK : RES_NOSPACE;
    }
    if (*at < end && **at == '{' && !parse_format(at, end, &f))
        return RES_SYNTAX;
    return put_number(s, i, &f) ? RES_OK : RES_NOSPACE;
}

/* The template with `i` in it, to out; its length in *len. */
static enum result expand(const struct rdata_token *t, uint32_t i, char *out, size_t room,
                          size_t *len)
{
    struct sink s = {out, out + room};
    const char *at = t->text, *end = at + t->len;

    while (at < end) {
        size_t run = *at == '\\' && at + 1 < end ? 2 : 1;

        if (*at == '$') {
            enum result r = expand_dollar(&s, &at, end, i);
            if (r != RES_OK)
                return r;
            continue;
        }
        if (!sink_put(&s, at, run))
            return RES_NOSPACE;
        at += run;
    }
    *len = (size_t)(s.at - out);
    return RES_OK;
}

/* The RDATA text in g->out, `len` bytes, into p->rdata. */
static enum result generate_rdata(struct generate *g, size_t len, size_t *rdlen)
{
    struct master_fields f = {.type = g->type};
    struct master_entry e = {0};
    struct master_file inner;
    struct master_file *outer = g->p->file;
    enum result r;

    if ((r = master_source_reset(&g->text, g->out, len)) != RES_OK)
        return r;
    r = master_source_next(&g->text, &e);
    if (r != RES_OK && r != RES_EOF)
        return r;
    e.at_eof = true;
    inner = (struct master_file){.source = g->text, .origin = outer->origin};
    g->p->file = &inner;            /* so that messages name it */
    r = master_rdata(g->p, &e, &f, rdlen);
    g->p->file = outer;
    return r;
}

static enum result generate_one(struct generate *g, uint32_t i, struct name *owner, size_t *rdlen,
                                bool *skip)
{
    enum result r;
    size_t len;

    if ((r = expand(g->owner, i, g->out, GENERATE_OWNER_LEN, &len)) != RES_OK)
        return r;
    r = name_from_text(owner, g->out, len, g->p->file->origin.wire);
    if (r != RES_OK || (*skip = master_out_of_zone(g->p, owner->wire, g->entry->line)))
        return r;
    if ((r = expand(g->rdata, i, g->out, GENERATE_RDATA_LEN, &len)) != RES_OK)
        return r;
    return generate_rdata(g, len, rdlen);
}

static enum result fail_generate(struct generate *g, enum result r)
{
    master_tell(g->p, MASTER_ERROR, generate_prefix, g->entry->line, "%s", result_text(r));
    return master_fail(g->p, r);
}

static enum result generate_all(struct generate *g)
{
    for (uint64_t i = g->start; i <= g->stop; i += g->step) {
        struct name owner;
        bool skip = false;
        size_t rdlen;
        enum result r = generate_one(g, (uint32_t)i, &owner, &rdlen, &skip);

        if (r != RES_OK)
            return fail_generate(g, r);
        if (!skip && (r = master_deliver(g->p, &owner, g->type, rdlen, g->entry->line)) != RES_OK)
            return r;
    }
    return RES_OK;
}

/* The TTL that holds for all records of the directive. */
static enum result generate_ttl(struct generate *g)
{
    struct master_parser *p = g->p;

    if (!p->ttl_known && !p->default_ttl_known) {
        master_tell(p, MASTER_ERROR, "dns_master_load", g->entry->line, "no TTL specified");
        p->ttl = 0;
        return master_fail(p, RES_NOTTL);
    }
    if (!p->explicit_ttl && p->default_ttl_known)
        p->ttl = p->default_ttl;
    return RES_OK;
}

static enum result generate_start(struct generate *g, const struct rdata_token *range,
                                  const struct rdata_token *type)
{
    if (!parse_range(g, range)) {
        master_tell(g->p, MASTER_ERROR, generate_prefix, g->entry->line, "invalid range '%.*s'",
                    (int)range->len, range->text);
        return master_fail(g->p, RES_SYNTAX);
    }
    if (rrtype_from_text(&g->type, type->text, type->len) != RES_OK) {
        master_tell(g->p, MASTER_ERROR, generate_prefix, g->entry->line, "unknown RR type '%.*s'",
                    (int)type->len, type->text);
        return master_fail(g->p, RES_UNKNOWNTYPE);
    }
    return generate_all(g);
}

/* Tokens: range, owner, then class and TTL in either order, type, RDATA. */
static enum result generate_run(struct generate *g)
{
    const struct master_entry *e = g->entry;
    uint16_t rrclass = 0;
    unsigned i = 3;
    enum result r;

    g->p->explicit_ttl = false;
    i += master_take_class(e, i, &rrclass);
    i += master_take_ttl(g->p, e, i);
    if (rrclass == 0)
        i += master_take_class(e, i, &rrclass);
    if (i + 1 >= e->ntok)
        return master_unexpected_end(g->p, e);
    if ((r = generate_ttl(g)) != RES_OK)
        return r;
    if (rrclass != 0 && rrclass != g->p->opt->rrclass)
        return master_bad_class(g->p, e->line, rrclass);
    g->owner = &e->tok[2];
    g->rdata = &e->tok[i + 1];
    if ((r = generate_start(g, &e->tok[1], &e->tok[i])) != RES_OK)
        return r;
    return master_expect_end(g->p, e, i + 2);
}

enum result master_generate(struct master_parser *p, const struct master_entry *e)
{
    struct generate *g = malloc(sizeof *g);
    enum result r;

    if (g == NULL)
        return RES_NOMEM;
    g->p = p;
    g->entry = e;
    r = master_source_text(&g->text, "", 0, "buffer");
    if (r == RES_OK) {
        r = generate_run(g);
        master_source_close(&g->text);
    }
    free(g);
    return r;
}
