/*
 * A value's grammar (conf/grammar.h) as a tree of nodes.  Private to conf/grammar*.c.
 */
#ifndef KZ_CONF_GRAMMAR_COMPILE_H
#define KZ_CONF_GRAMMAR_COMPILE_H

#include "conf/context.h"
#include "conf/value.h"

enum grammar_kind {
    G_WORD,         /* `word` itself */
    G_TYPE,         /* a value of `type` */
    G_OPTIONAL,     /* the sequence `child`, or nothing */
    G_CHOICE,       /* one of `child`: a chain of G_BRANCH */
    G_BRANCH,
    G_LIST,         /* braces; each statement is the sequence `child` */
    G_BLOCK         /* braces around the options of `places` */
};

struct grammar_node {
    enum grammar_kind kind;
    bool many;                      /* G_LIST: any number of statements */
    const char *word;
    const struct value_type *type;
    uint32_t places;
    struct grammar_node *child, *next;
};

/* The nodes of a row, made when first asked for; NULL for an empty grammar. */
const struct grammar_node *grammar_of(struct conf_context *c, const struct option_row *row);

#endif
