#include "parser/master_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/*
 * Wide scanning.  A block is a vector of bytes; block_mask_special() has a bit for
 * each byte that may end a plain token: white space and other control characters,
 * and " ( ) ; and backslash.  The window is padded, so blocks never leave it.
 */
#ifdef __SSE2__
#include <emmintrin.h>

enum { BLOCK_LEN = 16 };

static inline unsigned block_mask_special(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i space = _mm_set1_epi8(' ');
    __m128i hit = _mm_cmpeq_epi8(_mm_min_epu8(v, space), v);

    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8((char)0xfe)),
                                           _mm_set1_epi8('(')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8(';')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(hit);
}

/* Bits for what matters within quotes: the closing one, backslash and newline. */
static inline unsigned block_mask_quoted(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i hit = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));

    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
    return (unsigned)_mm_movemask_epi8(hit);
}
#else
enum { BLOCK_LEN = 8 };

static inline unsigned block_mask_special(const char *p)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < BLOCK_LEN; i++) {
        unsigned char c = (unsigned char)p[i];
        mask |= (unsigned)(c <= ' ' || (c & 0xfe) == '(' || c == '"' || c == ';' || c == '\\') << i;
    }
    return mask;
}

static inline unsigned block_mask_quoted(const char *p)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < BLOCK_LEN; i++)
        mask |= (unsigned)(p[i] == '"' || p[i] == '\\' || p[i] == '\n') << i;
    return mask;
}
#endif

static inline char *scan_special(char *p)
{
    unsigned mask;

    while ((mask = block_mask_special(p)) == 0)
        p += BLOCK_LEN;
    return p + __builtin_ctz(mask);
}

static inline char *scan_quoted(char *p)
{
    unsigned mask;

    while ((mask = block_mask_quoted(p)) == 0)
        p += BLOCK_LEN;
    return p + __builtin_ctz(mask);
}

/* The end of the plain token at `p`.  An escaped character belongs to it, but a line's
 * end never does; control characters that are not white space do. */
static inline char *plain_end(char *p)
{
    for (;;) {
        p = scan_special(p);
        if (*p == '\\')
            p += p[1] == '\n' || p[1] == '\r' ? 1 : 2;
        else if ((unsigned char)*p > ' ' || *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' ||
                 *p == '\0')
            return p;
        else
            p++;
    }
}

/* The closing quote, or the newline that came before it. */
static inline char *quoted_end(char *p)
{
    for (p = scan_quoted(p); *p == '\\'; p = scan_quoted(p))
        p += 2;
    return p;
}

/* What a step of the scan wants next. */
enum step { STEP_ON, STEP_DONE, STEP_MORE, STEP_NOMEM };

/* An entry being scanned. */
struct scan {
    struct master_source *source;
    struct master_entry *entry;
    char *p;
    unsigned ntok, depth;   /* depth: open parentheses */
};

static bool tokens_grow(struct master_source *s)
{
    unsigned room = s->token_room ? s->token_room * 2 : 64;
    struct rdata_token *t = realloc(s->tokens, room * sizeof *t);

    if (t == NULL)
        return false;
    s->tokens = t;
    s->token_room = room;
    return true;
}

static inline enum step token_add(struct scan *c, const char *text, const char *end, bool quoted)
{
    struct master_source *s = c->source;

    if (c->ntok == s->token_room && !tokens_grow(s))
        return STEP_NOMEM;
    s->tokens[c->ntok++] = (struct rdata_token){text, (uint32_t)(end - text), quoted};
    return STEP_ON;
}

static enum step scan_stop(struct scan *c, enum result error)
{
    c->entry->error = error;
    return STEP_DONE;
}

/* The window's end was reached: more is wanted, or this is the end of the input. */
static enum step scan_at_end(struct scan *c)
{
    if (!c->source->eof)
        return STEP_MORE;
    c->p = c->source->end;
    c->entry->at_eof = true;
    return scan_stop(c, c->depth > 0 ? RES_UNBALANCED : RES_OK);
}

static enum step scan_newline(struct scan *c)
{
    if (c->p >= c->source->end)
        return scan_at_end(c);
    c->p++;
    return c->depth > 0 ? STEP_ON : STEP_DONE;
}

/* A return ends a line with or without its newline; within parentheses it is space. */
static enum step scan_return(struct scan *c)
{
    c->p++;
    if (c->depth > 0)
        return STEP_ON;
    if (c->p >= c->source->end && !c->source->eof)
        return STEP_MORE;
    if (c->p < c->source->end && *c->p == '\n')
        c->p++;
    return STEP_DONE;
}

static enum step scan_comment(struct scan *c)
{
    char *end = c->source->end;
    char *nl = memchr(c->p, '\n', (size_t)(end - c->p));

    c->p = nl != NULL ? nl : end;
    return STEP_ON;
}

static enum step scan_quote(struct scan *c)
{
    char *text = c->p + 1, *end = c->source->end, *close = quoted_end(text);

    if (close >= end) {
        if (!c->source->eof)
            return STEP_MORE;
        c->p = end;
        c->entry->at_eof = true;
        return scan_stop(c, RES_UNEXPECTEDEND);
    }
    c->p = close;
    if (*close == '\n') {
        c->p++;
        return scan_stop(c, RES_UNBALANCEDQUOTES);
    }
    c->p++;
    return token_add(c, text, close, true);
}

/* Parentheses, and NUL, which is a token of its own that fits nowhere. */
static enum step scan_mark(struct scan *c)
{
    char mark = *c->p++;

    if (mark == '(') {
        c->depth++;
        return STEP_ON;
    }
    if (mark == ')' && c->depth > 0) {
        c->depth--;
        return STEP_ON;
    }
    if (mark == ')') {
        c->source->mid_line = true;
        return scan_stop(c, RES_UNBALANCED);
    }
    return token_add(c, c->p - 1, c->p, false);
}

static enum step scan_step(struct scan *c)
{
    switch (*c->p) {
    case ' ':
    case '\t':
        c->p++;
        return STEP_ON;
    case '\n':
        return scan_newline(c);
    case '\r':
        return scan_return(c);
    case ';':
        return scan_comment(c);
    case '"':
        return scan_quote(c);
    default:
        return scan_mark(c);
    }
}

/* One entry from source->at on.  The hot loop: plain tokens with a blank between. */
static enum step scan_entry(struct scan *c)
{
    enum step step = STEP_ON;

    while (step == STEP_ON) {
        char *text = c->p, *end = plain_end(text);

        if (end > c->source->end)
            end = c->source->end;       /* an escape swallowed the padding's newline */
        if (end == text) {
            step = scan_step(c);
            continue;
        }
        if (end == c->source->end && !c->source->eof)
            return STEP_MORE;
        step = token_add(c, text, end, false);
        c->p = end + (*end == ' ' || *end == '\t');
    }
    return step;
}

static void pad_window(struct master_source *s)
{
    memset(s->end, '\n', SCAN_PADDING);
}

/* Room for more behind `end`: what was scanned is dropped, then the window doubles. */
static enum result window_make_room(struct master_source *s)
{
    size_t keep = (size_t)(s->end - s->at);

    if (s->at > s->window) {
        memmove(s->window, s->at, keep);
    } else if (keep == s->room) {
        char *bigger;

        if (s->room >= SCAN_ENTRY_MAX_LEN)
            return RES_NOSPACE;
        bigger = realloc(s->window, s->room * 2 + SCAN_PADDING);
        if (bigger == NULL)
            return RES_NOMEM;
        s->window = bigger;
        s->room *= 2;
    }
    s->at = s->window;
    s->end = s->window + keep;
    return RES_OK;
}

/* Fills the window, from pipes too: an entry is rescanned after each fill. */
static enum result window_fill(struct master_source *s)
{
    enum result r = window_make_room(s);

    while (r == RES_OK && !s->eof && s->end < s->window + s->room) {
        ssize_t n = read(s->fd, s->end, s->room - (size_t)(s->end - s->window));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return result_from_errno(errno);
        s->eof = n == 0;
        s->end += n;
        s->done += (uint64_t)n;
    }
    pad_window(s);
    return r;
}

static uint64_t count_newlines(const char *from, const char *to)
{
    uint64_t n = 0;

    while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
        n++;
        from++;
    }
    return n;
}

/* Newlines of an entry: almost always the one at its end. */
static inline uint64_t entry_newlines(const char *from, const char *to)
{
    return from == to ? 0 : count_newlines(from, to - 1) + (to[-1] == '\n');
}

static void entry_begin(struct scan *c)
{
    struct master_source *s = c->source;

    c->p = s->at;
    c->ntok = c->depth = 0;
    *c->entry = (struct master_entry){
        .start = s->at,
        .line = s->line,
        .blank_owner = !s->mid_line && (*s->at == ' ' || *s->at == '\t'),
    };
}

/* Hands out what was scanned, and steps over it. */
static void entry_finish(struct scan *c)
{
    struct master_source *s = c->source;

    c->entry->tok = s->tokens;
    c->entry->ntok = c->ntok;
    c->entry->stop = c->p;
    s->line += entry_newlines(s->at, c->p);
    s->at = c->p;
    s->mid_line &= c->entry->error == RES_UNBALANCED;
}

enum result master_source_next(struct master_source *s, struct master_entry *e)
{
    struct scan c = {.source = s, .entry = e};

    for (;;) {
        enum step step;
        enum result r;

        entry_begin(&c);
        if (s->at == s->end && s->eof)
            return RES_EOF;
        step = scan_entry(&c);
        if (step == STEP_NOMEM)
            return RES_NOMEM;
        if (step == STEP_MORE) {
            if ((r = window_fill(s)) != RES_OK)
                return r;
            continue;
        }
        entry_finish(&c);
        if (c.ntok > 0 || e->error != RES_OK || e->at_eof)
            return RES_OK;
    }
}

uint64_t master_entry_line(const struct master_entry *e, unsigned i)
{
    const char *reached;

    if (i == 0)
        return e->line;
    reached = e->tok[i - 1].text + e->tok[i - 1].len;
    if (i == e->ntok)
        reached = e->stop > e->start && e->stop[-1] == '\n' ? e->stop - 1 : e->stop;
    return e->line + count_newlines(e->start, reached);
}

uint64_t master_entry_token_line(const struct master_entry *e, unsigned i)
{
    return e->line + count_newlines(e->start, e->tok[i].text);
}

static enum result source_init(struct master_source *s, const char *name, size_t room)
{
    *s = (struct master_source){.name = name, .fd = -1, .line = 1, .room = room};
    s->window = malloc(room + SCAN_PADDING);
    if (s->window == NULL || !tokens_grow(s)) {
        free(s->window);
        return RES_NOMEM;
    }
    s->at = s->end = s->window;
    pad_window(s);
    return RES_OK;
}

enum result master_source_open(struct master_source *s, const char *path, bool stream)
{
    enum result r = source_init(s, strcmp(path, "-") == 0 ? "stdin" : path, SCAN_WINDOW_LEN);
    struct stat st;

    if (r == RES_OK && (r = file_open_read(path, stream, &s->fd, &st)) != RES_OK)
        master_source_close(s);
    else if (r == RES_OK)
        s->total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return r;
}

enum result master_source_text(struct master_source *s, const char *text, size_t len,
                               const char *name)
{
    enum result r = source_init(s, name, len);

    if (r != RES_OK)
        return r;
    s->is_memory = true;
    return master_source_reset(s, text, len);
}

enum result master_source_reset(struct master_source *s, const char *text, size_t len)
{
    if (len > s->room) {
        char *bigger = realloc(s->window, len + SCAN_PADDING);

        if (bigger == NULL)
            return RES_NOMEM;
        s->window = bigger;
        s->room = len;
    }
    if (len > 0)
        memcpy(s->window, text, len);
    s->at = s->window;
    s->end = s->window + len;
    s->eof = true;
    s->line = 1;
    pad_window(s);
    return RES_OK;
}

void master_source_close(struct master_source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->window);
    free(s->tokens);
    s->fd = -1;
    s->window = NULL;
    s->tokens = NULL;
}
