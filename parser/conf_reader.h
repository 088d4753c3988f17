/*
 * What scanner and grammar of named.conf share while one file is read: the builder's
 * steps, called by the grammar's rules.  Private to parser/conf_*.
 */
#ifndef KZ_PARSER_CONF_READER_H
#define KZ_PARSER_CONF_READER_H

#include "parser/conf_tree.h"

/* A token's place in its file. */
struct conf_place {
    uint32_t line, offset;
};

/* A block that is being filled: the statement that is open in it. */
struct conf_open {
    struct conf_block *block;
    struct conf_stmt *stmt;         /* NULL: between statements */
    struct conf_item **tail;
};

struct conf_set;                    /* what all files of a tree share: conf_syntax.c */

struct conf_reader {
    struct conf_set *set;
    struct conf_tree *tree;
    uint16_t file;
    unsigned depth;                 /* open blocks; open[0] is the file's own */
    struct conf_open open[CONF_MAX_NESTING + 1];
    struct conf_place at;           /* of the newest token; the line where it ends */
    uint32_t next_offset;           /* where the next token begins */
    bool stopped;                   /* an error was told behind which nothing can be read */
};

void conf_reader_item(struct conf_reader *r, enum conf_item_kind kind, const char *text,
                      const struct conf_place *at);
/* False when the nesting is too deep. */
bool conf_reader_open(struct conf_reader *r, const struct conf_place *at);
void conf_reader_close(struct conf_reader *r, const struct conf_place *at);
/* A semicolon; the end of a block or of the file where one should stand; a semicolon or
 * brace that closes nothing. */
void conf_reader_end(struct conf_reader *r);
void conf_reader_missing(struct conf_reader *r, const struct conf_place *at, const char *before);
void conf_reader_stray(struct conf_reader *r, const struct conf_place *at, const char *token);
/* The file ended within braces. */
void conf_reader_ended(struct conf_reader *r);

void conf_reader_error(struct conf_reader *r, const struct conf_place *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The text of a quoted string with \" undone; a word as it is. */
const char *conf_reader_text(struct conf_reader *r, const char *text, size_t len);
const char *conf_reader_unquote(struct conf_reader *r, const char *text, size_t len);

/* Reads `len` bytes of text that have two NULs behind them (parser/conf_scan.l). */
enum result conf_scan(struct conf_reader *r, char *text, size_t len);

#endif
