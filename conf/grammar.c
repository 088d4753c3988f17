#include "conf/grammar.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/acl_build.h"
#include "conf/build.h"
#include "conf/grammar_compile.h"

/* A statement's items, walked. */
struct walk {
    struct conf_context *c;
    struct conf_item *at;           /* the next one; NULL at the end */
    struct conf_item *last;         /* the one before: where "near ';'" is */
};

static bool match_sequence(struct walk *w, const struct grammar_node *n);

static void step(struct walk *w)
{
    w->last = w->at;
    w->at = w->at->next;
}

/* As BIND cuts words: a slash and a quote are tokens of their own. */
static const char *near_text(const struct conf_item *item)
{
    if (item != NULL && item->kind == CONF_STRING)
        return "\"";
    if (item != NULL && item->kind == CONF_WORD && item->text[0] == '/')
        return "/";
    return value_text(item);
}

static bool fail(struct walk *w, const char *expected)
{
    const struct conf_item *at = w->at != NULL ? w->at : w->last;

    if (strcmp(expected, "out of range") == 0)
        conf_error(w->c, at, "%s", expected);
    else
        conf_error(w->c, at, "%s near '%.200s'", expected, near_text(w->at));
    return false;
}

/* Could the sequence begin with this item? */
static bool starts(const struct grammar_node *n, const struct conf_item *item)
{
    for (; n != NULL; n = n->next) {
        switch (n->kind) {
        case G_WORD:
            return value_is(item, n->word);
        case G_TYPE:
            return item != NULL && n->type->check(item) == NULL;
        case G_LIST:
        case G_BLOCK:
            return item != NULL && item->kind == CONF_BLOCK;
        case G_CHOICE:
            for (const struct grammar_node *b = n->child; b != NULL; b = b->next)
                if (starts(b->child, item))
                    return true;
            return false;
        case G_OPTIONAL:
        case G_BRANCH:
            if (starts(n->child, item))
                return true;
            break;      /* or with what follows it */
        }
    }
    return item == NULL;
}

/* Everything up to the end of the statement. */
static bool take_rest(struct walk *w, const struct value_type *type)
{
    for (; w->at != NULL; step(w))
        w->at->note = type != NULL ? (uint8_t)(value_type_index(type) + 1) : 0;
    return true;
}

/* A port, or `range FIRST LAST`. */
static bool match_portrange(struct walk *w)
{
    const struct value_type *port = value_type_find("port", 4);
    unsigned ports = 1;

    if (value_is(w->at, "range")) {
        step(w);
        ports = 2;
    } else if (w->at == NULL || port->check(w->at) != NULL) {
        return fail(w, "expected integer or 'range'");
    }
    for (; ports > 0 && w->at != NULL && port->check(w->at) == NULL; ports--)
        step(w);
    return ports == 0 || fail(w, "expected port number");
}

static bool match_type(struct walk *w, const struct value_type *type)
{
    if (strcmp(type->name, "address_match_element") == 0)
        return acl_check_element(w->c, &w->at, &w->last);
    if (strcmp(type->name, "portrange") == 0)
        return match_portrange(w);
    if (strcmp(type->name, "unspecified-text") == 0 || strcmp(type->name, "rrtypelist") == 0)
        return take_rest(w, type->quoted ? type : NULL);
    static const struct conf_item none = {.kind = CONF_BLOCK};
    const char *wrong = type->check(w->at != NULL ? w->at : &none);
    if (wrong != NULL)
        return fail(w, wrong);
    if (w->at == NULL)
        return true;
    w->at->note = (uint8_t)(value_type_index(type) + 1);
    step(w);
    return true;
}

/* What a choice wanted, said by the last type among its branches. */
static bool fail_choice(struct walk *w, const struct grammar_node *choice)
{
    const struct value_type *type = NULL;
    bool star = false;
    char expected[80];

    for (const struct grammar_node *b = choice->child; b != NULL; b = b->next) {
        if (b->child != NULL && b->child->kind == G_TYPE)
            type = type != NULL && type->check != b->child->type->check &&
                           strncmp(type->name, "ipv", 3) == 0
                       ? value_type_find("address", 7)
                       : b->child->type;
        if (b->child != NULL && b->child->kind == G_WORD && strcmp(b->child->word, "*") == 0)
            star = true;
    }
    if (type == NULL && (w->at == NULL || w->at->kind != CONF_WORD))
        return fail(w, "expected unquoted string");
    if (type == NULL) {
        conf_error(w->c, w->at != NULL ? w->at : w->last, "'%.200s' unexpected", near_text(w->at));
        return false;
    }
    struct conf_item none = {.kind = CONF_BLOCK};
    const char *wrong = type->check(w->at != NULL ? w->at : &none);
    snprintf(expected, sizeof expected, "%s%s", wrong != NULL ? wrong : "unexpected token",
             star ? " or '*'" : "");
    return fail(w, expected);
}

static bool match_choice(struct walk *w, const struct grammar_node *choice)
{
    for (const struct grammar_node *b = choice->child; b != NULL; b = b->next)
        if (w->at != NULL && starts(b->child, w->at))
            return match_sequence(w, b->child);
    return fail_choice(w, choice);
}

/* A statement within braces: right, and nothing behind it. */
static bool match_listed(struct conf_context *c, struct conf_stmt *stmt,
                         const struct grammar_node *n)
{
    struct walk w = {c, stmt->first, stmt->first};

    if (!match_sequence(&w, n))
        return false;
    if (w.at == NULL)
        return true;
    conf_error(c, w.at, "missing ';' before '%.200s'", near_text(w.at));
    return false;
}

static bool match_list(struct walk *w, const struct grammar_node *n)
{
    bool right = true;

    for (struct conf_stmt *s = w->at->block->first; s != NULL; s = s->next)
        right = match_listed(w->c, s, n->child) && right;
    step(w);
    return right;
}

static bool match_braces(struct walk *w, const struct grammar_node *n)
{
    if (w->at == NULL || w->at->kind != CONF_BLOCK)
        return fail(w, "'{' expected");
    if (n->kind == G_LIST)
        return match_list(w, n);
    conf_check_block(w->c, w->at->block, n->places);
    step(w);
    return true;
}

/* A run of optional parts, in any order, each once. */
static bool match_optionals(struct walk *w, const struct grammar_node **run)
{
    const struct grammar_node *first = *run, *end = first;
    uint32_t used = 0;

    while (end != NULL && end->kind == G_OPTIONAL)
        end = end->next;
    for (bool again = true; again;) {
        uint32_t bit = 1;
        again = false;
        for (const struct grammar_node *n = first; n != end && !again; n = n->next, bit <<= 1) {
            if ((used & bit) || w->at == NULL || !starts(n->child, w->at))
                continue;
            if (!match_sequence(w, n->child))
                return false;
            used |= bit;
            again = true;
        }
    }
    *run = end;
    return true;
}

static bool match_word(struct walk *w, const struct grammar_node *n)
{
    char expected[64];

    if (value_is(w->at, n->word)) {
        step(w);
        return true;
    }
    snprintf(expected, sizeof expected, "expected '%s'", n->word);
    return fail(w, expected);
}

static bool match_sequence(struct walk *w, const struct grammar_node *n)
{
    bool right = true;

    while (n != NULL && right) {
        switch (n->kind) {
        case G_WORD:
            right = match_word(w, n);
            break;
        case G_TYPE:
            right = match_type(w, n->type);
            break;
        case G_CHOICE:
            right = match_choice(w, n);
            break;
        case G_LIST:
        case G_BLOCK:
            right = match_braces(w, n);
            break;
        case G_OPTIONAL:
            right = match_optionals(w, &n);
            continue;
        case G_BRANCH:
            break;
        }
        n = n->next;
    }
    return right;
}

/* ---- Blocks of options ---- */

static void report_unknown(struct conf_context *c, const struct conf_item *at, uint32_t places)
{
    conf_error(c, at, "unknown option '%.200s'", at->text);
    if (!conf_is_telling(c))
        return;
    const struct option_row *elsewhere = option_find_anywhere(at->text);
    const char *near = option_suggest(at->text, places);
    if (elsewhere != NULL) {
        uint32_t place = elsewhere->places & ~(uint32_t)OPTION_MANY;
        conf_advise(c, "'%s' belongs in: %s", at->text,
                    place & IN_ANY_ZONE && !(place & IN_OPTIONS)
                        ? "zone"
                        : option_place_text(place & (~place + 1)));
    } else if (near != NULL) {
        conf_advise(c, "did you mean '%s'?", near);
    }
}

/* `recursion no` and the like ask for what is so anyway. */
static void note_resolver_option(struct conf_context *c, const struct conf_item *at)
{
    size_t used = strlen(c->resolver_names);
    const char *found = strstr(c->resolver_names, at->text);
    bool wanted = true;

    if (value_boolean(at->next, &wanted) && !wanted)
        return;
    if (c->nresolver++ == 0)
        c->resolver_at = at;
    if (found == NULL && used + strlen(at->text) + 8 < sizeof c->resolver_names)
        snprintf(c->resolver_names + used, sizeof c->resolver_names - used, "%s%s",
                 used > 0 ? ", " : "", at->text);
}

/* What the option's status has to say. */
static bool check_status(struct conf_context *c, const struct conf_item *at,
                         const struct option_row *row)
{
    bool quiet = c->options->ignore_deprecated;

    switch (row->status) {
    case STATUS_RESOLVER:
        note_resolver_option(c, at);
        break;
    case STATUS_DEPRECATED:
        if (!quiet)
            conf_warn(c, at, "option '%s' is deprecated", row->name);
        break;
    case STATUS_OBSOLETE:
        if (!quiet)
            conf_warn(c, at, "option '%s' is obsolete and should be removed", row->name);
        break;
    case STATUS_REFUSED:
        conf_error(c, at, "option '%s' is not supported: %s", row->name, row->what);
        return false;
    case STATUS_GONE:
        conf_error(c, at, "option '%s' no longer exists", row->name);
        return false;
    default:
        break;
    }
    return true;
}

/* The row of a statement's first word; NULL after an error. */
static const struct option_row *find_row(struct conf_context *c, const struct conf_item *first,
                                         uint32_t places)
{
    if (first->kind != CONF_WORD) {
        if (places & IN_TOP)
            conf_error(c, first, "syntax error near '%.200s'", near_text(first));
        else
            conf_error(c, first, "'}' expected near '%.200s'", near_text(first));
        return NULL;
    }
    const struct option_row *row = option_find(first->text, places);
    if (row == NULL)
        report_unknown(c, first, places);
    return row;
}

/* One statement; what stands behind a complete one is taken for the next, whose
 * semicolon is missing. */
static void check_statement(struct conf_context *c, struct conf_block *block,
                            struct conf_stmt *stmt, uint32_t places, uint64_t *seen)
{
    struct conf_item *first = stmt->first;
    const struct option_row *row = find_row(c, first, places);

    if (row == NULL) {
        block->note = block;
        return;
    }
    unsigned index = option_index(row);
    struct walk w = {c, first->next, first};
    bool right = check_status(c, first, row);
    if (!(row->places & OPTION_MANY) && seen[index / 64] >> index % 64 & 1) {
        conf_error(c, first, "'%s' redefined near '%s'", row->name, row->name);
        right = false;
    }
    seen[index / 64] |= (uint64_t)1 << index % 64;
    c->in_acl_statement = strcmp(row->name, "acl") == 0;
    if (right && match_sequence(&w, grammar_of(c, row))) {
        stmt->note = row;
        if (w.at == NULL)
            return;
        conf_error(c, w.at, "missing ';' before '%.200s'", near_text(w.at));
        struct conf_stmt rest = {.first = w.at};
        check_statement(c, block, &rest, places, seen);
    }
    block->note = block;
}

void conf_check_block(struct conf_context *c, struct conf_block *block, uint32_t places)
{
    uint64_t seen[OPTION_ROWS_MAX / 64] = {0};

    for (struct conf_stmt *s = block->first; s != NULL; s = s->next)
        check_statement(c, block, s, places, seen);
}
