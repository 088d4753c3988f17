/* What rdata.h offers, each a walk over the fields of a type's row. */
#include <string.h>

#include "base/codec.h"
#include "dns/rdata_field.h"

/* A walk over the plain wire of RDATA, field by field. */
struct walk {
    const struct field *const *next;
    const struct field *field;      /* the field that was found */
    const uint8_t *rdata, *at, *end;
    size_t len;                     /* of the field, which begins at `at` - len */
};

static struct walk walk_of(const struct rdata_type *row, const uint8_t *rdata, size_t len)
{
    return (struct walk){row->fields, NULL, rdata, rdata, rdata + len, 0};
}

/* Steps to the next field: RES_OK, RES_NOMORE, or what is wrong with it. */
static enum result walk_next(struct walk *w)
{
    enum result r;

    do {
        if ((w->field = *w->next) == NULL)
            return RES_NOMORE;
        w->next++;
    } while (w->field->scan == NULL);
    r = w->field->scan(w->rdata, w->at, (size_t)(w->end - w->at), &w->len);
    w->at += r == RES_OK ? w->len : 0;
    return r;
}

static enum result check_form(const struct rdata_type *row, const uint8_t *rdata, size_t len)
{
    struct walk w = walk_of(row, rdata, len);
    enum result r;

    while ((r = walk_next(&w)) == RES_OK)
        ;
    if (r != RES_NOMORE)
        return r;
    return w.at == w.end ? RES_OK : RES_EXTRADATA;
}

enum result rdata_check(uint16_t type, uint16_t rrclass, const uint8_t *rdata, size_t len)
{
    const struct rdata_type *row = rdata_form(type, rrclass);

    if (len > RDATA_MAX_LEN)
        return RES_NOSPACE;
    return row == NULL ? RES_OK : check_form(row, rdata, len);
}

/* --- text in --- */

/* "LEN HEX…" after "\#" (RFC 3597 §5). */
static enum result parse_unknown(struct field_in *in, const struct rdata_type *row)
{
    uint32_t len;
    enum result r = in_number(in, UINT32_MAX, &len);

    if (r != RES_OK)
        return r;
    if (len > RDATA_MAX_LEN)
        return RES_RANGE;
    if ((r = in_hex_exact(in, len, RES_NOSPACE)) != RES_OK)
        return r;
    if (in->at < in->ntok)
        return RES_EXTRATOKEN;
    return row == NULL ? RES_OK : check_form(row, in->w.start, len);
}

static enum result parse_form(struct field_in *in, const struct rdata_type *row)
{
    enum result r;

    for (const struct field *const *f = row->fields; *f != NULL; f++)
        if ((*f)->parse != NULL && (r = (*f)->parse(in)) != RES_OK)
            return r;
    if (!in->w.ok)
        return RES_NOSPACE;
    return in->at < in->ntok ? RES_EXTRATOKEN : RES_OK;
}

/* Does the text begin with the mark of the RFC 3597 form?  TXT may hold a string "#". */
static bool is_unknown_form(uint16_t type, const struct field_in *in)
{
    uint32_t len;

    if (in->ntok == 0 || in->tok->quoted || in->tok->len != 2 ||
        memcmp(in->tok->text, "\\#", 2) != 0)
        return false;
    return type != TYPE_TXT ||
           (in->ntok > 1 && token_number(&in->tok[1], UINT32_MAX, &len) == RES_OK);
}

static enum result parse_rdata(uint16_t type, uint16_t rrclass, struct field_in *in)
{
    const struct rdata_type *row = rdata_form(type, rrclass);
    bool unknown = is_unknown_form(type, in);

    if (type == TYPE_NONE || (rdata_flags(type) & RRT_META) != 0) {
        in->at = in->ntok > 1 ? 1 : in->ntok;
        return RES_METATYPE;
    }
    if (unknown) {
        in->at = 1;
        return parse_unknown(in, row);
    }
    return row == NULL ? RES_UNKNOWNTYPE : parse_form(in, row);
}

enum result rdata_from_tokens(uint16_t type, uint16_t rrclass, const struct rdata_token *tok,
                              unsigned ntok, const uint8_t *origin, uint8_t *out, size_t *len,
                              unsigned *bad)
{
    struct field_in in = {tok, ntok, 0, origin, writer_of(out, RDATA_MAX_LEN)};
    enum result r = parse_rdata(type, rrclass, &in);

    *len = writer_len(&in.w);
    *bad = in.at;
    return r;
}

/* --- text out --- */

static enum result print_unknown(struct field_out *out)
{
    bool multiline = out->style->multiline && out->len > 0;

    out_word(out, "\\#");
    out_space(out);
    out_number(out, (uint32_t)out->len);
    if (multiline)
        out_word(out, "(");
    if (out->len > 0)
        out_hex(out, out->rdata, out->len);
    if (multiline)
        out_word(out, ")");
    return RES_OK;
}

static enum result print_form(struct field_out *out, const struct rdata_type *row)
{
    const uint8_t *at = out->rdata, *end = at + out->len;

    for (const struct field *const *f = row->fields; *f != NULL; f++) {
        size_t len = 0;
        enum result r;

        if ((*f)->scan != NULL &&
            (r = (*f)->scan(out->rdata, at, (size_t)(end - at), &len)) != RES_OK)
            return r;
        (*f)->print(out, at, len);
        at += len;
    }
    return at == end ? RES_OK : RES_EXTRADATA;
}

/* The break before a continuation line, indented as the style says. */
static void set_linebreak(struct field_out *out)
{
    unsigned tabs = out->style->indent_tabs;

    if (tabs > sizeof out->linebreak - 2)
        tabs = sizeof out->linebreak - 2;
    out->linebreak[0] = '\n';
    memset(out->linebreak + 1, '\t', tabs);
    out->linebreak[1 + tabs] = '\0';
}

enum result rdata_to_text(uint16_t type, uint16_t rrclass, const uint8_t *rdata, size_t len,
                          const struct rdata_style *style, char *out, size_t room,
                          size_t *text_len)
{
    const struct rdata_type *row = style->unknown ? NULL : rdata_form(type, rrclass);
    struct field_out o = {.start = out, .at = out, .end = out + room, .ok = room > 0,
                          .style = style, .rdata = rdata, .len = len, .type = type};
    enum result r;

    if (room == 0)
        return RES_NOSPACE;
    o.end--;    /* for the NUL */
    o.word_len = style->multiline ? 44 : 56;
    set_linebreak(&o);
    r = row == NULL ? print_unknown(&o) : print_form(&o, row);
    if (o.opaque) {
        o.at = o.start;
        o.want_space = o.opaque = false;
        r = print_unknown(&o);
    }
    *o.at = '\0';
    *text_len = (size_t)(o.at - o.start);
    return r == RES_OK && !o.ok ? RES_NOSPACE : r;
}

/* --- messages --- */

/* Takes the name at *at of a message whose RDATA ends at `end`. */
static enum result expand_name(const uint8_t *msg, size_t end, size_t *at, struct writer *w)
{
    struct name name;
    enum result r = name_from_message(&name, msg, end, at);

    if (r != RES_OK)
        return r;
    writer_bytes(w, name.wire, name.len);
    return w->ok ? RES_OK : RES_NOSPACE;
}

static enum result expand_form(const struct rdata_type *row, const uint8_t *msg, size_t at,
                               size_t end, struct writer *w)
{
    bool expand = (row->flags & RRT_EXPAND) != 0;

    for (const struct field *const *f = row->fields; *f != NULL; f++) {
        size_t len = 0;
        enum result r;

        if ((*f)->scan == NULL)
            continue;
        if ((*f)->name && expand) {
            if ((r = expand_name(msg, end, &at, w)) != RES_OK)
                return r;
            continue;
        }
        if ((r = (*f)->scan(w->start, msg + at, end - at, &len)) != RES_OK)
            return r;
        writer_bytes(w, msg + at, len);
        at += len;
    }
    if (!w->ok)
        return RES_NOSPACE;
    return at == end ? RES_OK : RES_EXTRADATA;
}

enum result rdata_from_message(uint16_t type, uint16_t rrclass, const uint8_t *msg, size_t msg_len,
                               size_t at, size_t rdlen, uint8_t *out, size_t *len)
{
    const struct rdata_type *row = rdata_form(type, rrclass);
    struct writer w = writer_of(out, RDATA_MAX_LEN);
    enum result r;

    *len = 0;
    if (at > msg_len || rdlen > msg_len - at)
        return RES_UNEXPECTEDEND;
    if (row == NULL) {
        writer_bytes(&w, msg + at, rdlen);
        r = w.ok ? RES_OK : RES_NOSPACE;
    } else {
        r = expand_form(row, msg, at, at + rdlen, &w);
    }
    *len = writer_len(&w);
    return r;
}

/* --- names and order --- */

/* Steps to the next embedded name. */
static bool walk_next_name(struct walk *w)
{
    while (walk_next(w) == RES_OK)
        if (w->field->name && w->len > 0)
            return true;
    return false;
}

void rdata_names(uint16_t type, const uint8_t *rdata, size_t len, rdata_name_fn fn, void *arg)
{
    const struct rdata_type *row = rdata_type_row(type);
    struct walk w;

    if (row == NULL)
        return;
    w = walk_of(row, rdata, len);
    while (walk_next_name(&w))
        fn(arg, (size_t)(w.at - rdata) - w.len);
}

void rdata_canonicalize(uint16_t type, uint8_t *rdata, size_t len)
{
    const struct rdata_type *row = rdata_type_row(type);
    struct walk w;

    if (row == NULL || (row->flags & RRT_FOLD) == 0)
        return;
    w = walk_of(row, rdata, len);
    while (walk_next_name(&w)) {
        uint8_t *name = rdata + (w.at - rdata) - w.len;
        name_fold(name, name, w.len);
    }
}

static int bytes_compare(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
    int d = memcmp(a, b, alen < blen ? alen : blen);

    return d != 0 ? d : (alen > blen) - (alen < blen);
}

/* The same with ASCII case folded. */
static int folded_compare(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
    for (size_t i = 0; i < alen && i < blen; i++) {
        int d = fold_u8(a[i]) - fold_u8(b[i]);
        if (d != 0)
            return d;
    }
    return (alen > blen) - (alen < blen);
}

/* As both walk the same row, names stand at the same place as long as all before them
 * was equal; the first difference decides. */
static int compare_form(const struct rdata_type *row, const uint8_t *a, size_t alen,
                        const uint8_t *b, size_t blen)
{
    struct walk wa = walk_of(row, a, alen), wb = walk_of(row, b, blen);

    while (walk_next(&wa) == RES_OK && walk_next(&wb) == RES_OK) {
        const uint8_t *pa = wa.at - wa.len, *pb = wb.at - wb.len;
        int d = wa.field->name ? folded_compare(pa, wa.len, pb, wb.len)
                                        : bytes_compare(pa, wa.len, pb, wb.len);
        if (d != 0)
            return d;
    }
    return bytes_compare(wa.at, (size_t)(wa.end - wa.at), wb.at, (size_t)(wb.end - wb.at));
}

int rdata_compare(uint16_t type, const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
    const struct rdata_type *row = rdata_type_row(type);

    if (row != NULL && (row->flags & RRT_FOLD) != 0)
        return compare_form(row, a, alen, b, blen);
    return bytes_compare(a, alen, b, blen);
}

int rdata_target(uint16_t type, const uint8_t *rdata, size_t len)
{
    const struct rdata_type *row = rdata_type_row(type);
    struct walk w;

    if (row == NULL || (row->flags & RRT_ADDITIONAL) == 0)
        return -1;
    w = walk_of(row, rdata, len);
    return walk_next_name(&w) ? (int)((size_t)(w.at - rdata) - w.len) : -1;
}
