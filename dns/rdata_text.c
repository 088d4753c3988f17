/* Tokens of one record's text: what update scripts and tests hand over as a string. */
#include <string.h>

#include "dns/rdata.h"

enum { MAX_TOKENS = 2048 };

/* The end of a word: white space, a quote, a parenthesis or a comment, not escaped. */
static const char *word_end(const char *s, bool master)
{
    const char *stop = master ? " \t\r\n();\"" : " \t\r\n\"";

    for (; *s != '\0' && strchr(stop, *s) == NULL; s++)
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
static const char *skip_gap(const char *s, bool master, int *depth)
{
    for (;; s++) {
        if (master && *s == ';')
            s += strcspn(s, "\n");
        if (master && *s == '(')
            ++*depth;
        else if (master && *s == ')')
            --*depth;
        if (*s == '\0' || *depth < 0 || strchr(master ? " \t\r\n()" : " \t\r\n", *s) == NULL)
            return s;
    }
}

/* Takes a token; returns where it ends, or NULL at a quote that is not closed. */
static const char *take_token(const char *s, bool master, struct rdata_token *tok)
{
    const char *end;

    tok->quoted = *s == '"';
    s += tok->quoted;
    if ((end = tok->quoted ? quote_end(s) : word_end(s, master)) == NULL)
        return NULL;
    tok->text = s;
    tok->len = (uint32_t)(end - s);
    return end + tok->quoted;
}

enum result rdata_text_tokens(const char *text, bool master, struct rdata_token *tok,
                              unsigned max, unsigned *ntok)
{
    int depth = 0;

    for (*ntok = 0;;) {
        text = skip_gap(text, master, &depth);
        if (depth < 0)
            return RES_UNBALANCED;
        if (*text == '\0')
            break;
        if (*ntok == max)
            return RES_NOSPACE;
        if ((text = take_token(text, master, &tok[(*ntok)++])) == NULL)
            return RES_UNBALANCEDQUOTES;
    }
    return depth == 0 ? RES_OK : RES_UNBALANCED;
}

enum result rdata_from_text(uint16_t type, uint16_t rrclass, const char *text,
                            const uint8_t *origin, uint8_t *out, size_t *len)
{
    struct rdata_token tok[MAX_TOKENS];
    unsigned n, bad;
    enum result r = rdata_text_tokens(text, true, tok, MAX_TOKENS, &n);

    return r == RES_OK ? rdata_from_tokens(type, rrclass, tok, n, origin, out, len, &bad) : r;
}
