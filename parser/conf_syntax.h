/*
 * named.conf as a syntax tree: statements of words, strings and blocks, each with its
 * place.  What they mean is conf's business; here only braces, semicolons, quotes,
 * comments and `include` count.
 *
 * A tree belongs to who read it and is freed whole.  One thread.  Mistakes are told to
 * the callback, reading goes on behind them where that makes sense; conf_tree.errors
 * counts them.
 */
#ifndef KZ_PARSER_CONF_SYNTAX_H
#define KZ_PARSER_CONF_SYNTAX_H

#include <stdbool.h>
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

/* Where mistakes go: `text` is the message alone, `at` its place. */
struct conf_syntax_report {
    void (*error)(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                  const char *text);
    void *arg;
};

/*
 * Reads the file at `path` with what it includes.  RES_OK: *out is the caller's, with
 * conf_tree.errors mistakes in it.  Otherwise the file itself could not be read
 * (RES_FILENOTFOUND, RES_NOPERM, RES_INVALIDFILE …) and *out is NULL.
 */
enum result conf_tree_read(const char *path, const struct conf_syntax_report *report,
                           struct conf_tree **out);

/* The same for text in memory, called `name` in messages; `include` works in it too. */
enum result conf_tree_read_text(const char *name, const char *text, size_t len,
                                const struct conf_syntax_report *report, struct conf_tree **out);

void conf_tree_free(struct conf_tree *tree);

/* The text of the line an item stands in, not NUL terminated; *column counts from 0. */
const char *conf_tree_line(const struct conf_tree *tree, const struct conf_item *at, size_t *len,
                           size_t *column);

#endif
