/*
 * The syntax tree of named.conf: blocks of statements, statements of items, each with its
 * place.  A tree and all in it lie in its own memory and belong to who had it read.
 */
#ifndef KZ_PARSER_CONF_TREE_H
#define KZ_PARSER_CONF_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/region.h"
#include "base/result.h"

enum {
    CONF_MAX_NESTING = 100,     /* braces within braces, and files that include files */
    CONF_MAX_FILE = 1 << 30     /* bytes */
};

enum conf_item_kind { CONF_WORD, CONF_STRING, CONF_NOT, CONF_BLOCK };

struct conf_block;

struct conf_item {
    struct conf_item *next;     /* in its statement */
    union {
        const char *text;       /* word, or string without its quotes; "!" for CONF_NOT */
        struct conf_block *block;
    };
    uint32_t line, offset;      /* where it begins: line from 1, bytes from the file's start */
    uint16_t file;              /* index into conf_tree.files */
    uint8_t kind;               /* enum conf_item_kind */
    uint8_t note;               /* the reader's: 0 at first */
};

struct conf_stmt {
    struct conf_stmt *next;
    struct conf_item *first;    /* never NULL */
    const void *note;           /* the reader's: NULL at first */
};

struct conf_block {
    struct conf_stmt *first, **tail;
    struct conf_item end;       /* its place is the closing brace's */
    void *note;                 /* the reader's: NULL at first */
};

struct conf_file {
    const char *name;           /* as in messages */
    char *text;                 /* all of it */
    size_t len;
};

struct conf_tree {
    struct region *memory;
    struct conf_block top;
    struct conf_file *files;
    unsigned nfiles;
    unsigned errors;
};

#endif
