#include "conf/grammar_compile.h"

#include <string.h>

/* Reads the table's own text, which the unit tests hold to be right. */
struct compiler {
    struct region *memory;
    const char *at;
};

static struct grammar_node *compile_sequence(struct compiler *p);

static void skip_spaces(struct compiler *p)
{
    p->at += strspn(p->at, " ");
}

static bool take(struct compiler *p, const char *sign)
{
    size_t len = strlen(sign);

    skip_spaces(p);
    if (strncmp(p->at, sign, len) != 0)
        return false;
    p->at += len;
    return true;
}

static struct grammar_node *node_new(struct compiler *p, enum grammar_kind kind)
{
    struct grammar_node *n = region_zalloc(p->memory, sizeof *n);

    if (n != NULL)
        n->kind = kind;
    return n;
}

static struct grammar_node *compile_choice(struct compiler *p)
{
    struct grammar_node *choice = node_new(p, G_CHOICE);
    struct grammar_node **tail = choice != NULL ? &choice->child : NULL;

    do {
        struct grammar_node *branch = node_new(p, G_BRANCH);
        if (branch == NULL || tail == NULL)
            return NULL;
        branch->child = compile_sequence(p);
        *tail = branch;
        tail = &branch->next;
    } while (take(p, "|"));
    take(p, ")");
    return choice;
}

static struct grammar_node *compile_braces(struct compiler *p)
{
    struct grammar_node *n = node_new(p, G_LIST);

    if (n == NULL)
        return NULL;
    if (take(p, "@")) {
        char name[32] = "";
        size_t len = strcspn(p->at, " }");
        memcpy(name, p->at, len < sizeof name ? len : 0);
        p->at += len;
        n->kind = G_BLOCK;
        n->places = option_block_places(name);
    } else {
        n->child = compile_sequence(p);
        n->many = take(p, ";") && take(p, "...");
    }
    take(p, "}");
    return n;
}

static struct grammar_node *compile_type(struct compiler *p)
{
    struct grammar_node *n = node_new(p, G_TYPE);
    size_t len = strcspn(p->at, ">");

    if (n != NULL)
        n->type = value_type_find(p->at, len);
    p->at += len + 1;
    return n;
}

static struct grammar_node *compile_word(struct compiler *p)
{
    struct grammar_node *n = node_new(p, G_WORD);
    size_t len = strcspn(p->at, " ;");

    if (n != NULL)
        n->word = region_text(p->memory, p->at, len);
    p->at += len;
    return n;
}

static struct grammar_node *compile_one(struct compiler *p)
{
    if (take(p, "<"))
        return compile_type(p);
    if (take(p, "("))
        return compile_choice(p);
    if (take(p, "{"))
        return compile_braces(p);
    if (take(p, "[")) {
        struct grammar_node *n = node_new(p, G_OPTIONAL);
        if (n != NULL)
            n->child = compile_sequence(p);
        take(p, "]");
        return n;
    }
    return compile_word(p);
}

static struct grammar_node *compile_sequence(struct compiler *p)
{
    struct grammar_node *first = NULL, **tail = &first;

    for (skip_spaces(p); *p->at != '\0' && strchr("])}|;", *p->at) == NULL; skip_spaces(p)) {
        struct grammar_node *n = compile_one(p);
        if (n == NULL)
            return NULL;
        *tail = n;
        tail = &n->next;
    }
    return first;
}

const struct grammar_node *grammar_of(struct conf_context *c, const struct option_row *row)
{
    struct grammar_node **n = &c->grammars[option_index(row)];

    if (*n == NULL) {
        struct compiler p = {c->scratch, row->grammar};
        *n = compile_sequence(&p);
    }
    return *n;
}
