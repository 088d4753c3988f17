/* Tokens of one record's text: what update scripts and tests hand over as a string. */
#include <string.h>

#include "dns/rdata.h"

enum { MAX_TOKENS = 2048 };

/* The end of a word: white space, a quote, a parenthesis or a comment, not escaped. */
static const char *word_end(const char *s)
{
    for (; *s != '\0' && strchr(" \t\r\n();\"", *s) == NULL; s++)
        if (*s == '\\' && s[1] != '\0')
            s++;
    return s;
}

/* The closing quote, or NULL. */
static const char *quote_end(const char *s)
{
    for (; *s != '"'; s++) {
        if (*s == '\\' && s[1] != '\0')
            s++;
        if (*s == '\0')
            return NULL;
    }
    return s;
}

/* White space, parentheses and comments before a token. */
static const char *skip_gap(const char *s, int *depth)
{
    for (;; s++) {
        if (*s == ';')
            s += strcspn(s, "\n");
        if (*s == '(')
            ++*depth;
        else if (*s == ')')
            --*depth;
        if (*s == '\0' || *depth < 0 || strchr(" \t\r\n()", *s) == NULL)
            return s;
    }
}

/* Takes a token; returns where it ends, or NULL at a quote that is not closed. */
static const char *take_token(const char *s, struct rdata_token *tok)
{
    const char *end;

    tok->quoted = *s == '"';
    s += tok->quoted;
    if ((end = tok->quoted ? quote_end(s) : word_end(s)) == NULL)
        return NULL;
    tok->text = s;
    tok->len = (uint32_t)(end - s);
    return end + tok->quoted;
}

enum result rdata_from_text(uint16_t type, uint16_t rrclass, const char *text,
                            const uint8_t *origin, uint8_t *out, size_t *len)
{
    struct rdata_token tok[MAX_TOKENS];
    unsigned n = 0, bad;
    int depth = 0;

    for (;;) {
        text = skip_gap(text, &depth);
        if (depth < 0)
            return RES_UNBALANCED;
        if (*text == '\0')
            break;
        if (n == MAX_TOKENS)
            return RES_NOSPACE;
        if ((text = take_token(text, &tok[n++])) == NULL)
            return RES_UNBALANCEDQUOTES;
    }
    if (depth != 0)
        return RES_UNBALANCED;
    return rdata_from_tokens(type, rrclass, tok, n, origin, out, len, &bad);
}
