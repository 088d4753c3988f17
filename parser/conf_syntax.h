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

#include "parser/conf_tree.h"

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

/* Reads one more file into a block of the tree, behind what stands there. */
enum result conf_tree_read_more(struct conf_tree *tree, const char *path,
                                const struct conf_syntax_report *report, struct conf_block *into);

void conf_tree_free(struct conf_tree *tree);

/* The text of the line an item stands in, not NUL terminated; *column counts from 0. */
const char *conf_tree_line(const struct conf_tree *tree, const struct conf_item *at, size_t *len,
                           size_t *column);

#endif
