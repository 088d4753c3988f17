/*
 * The tokeniser of master files: a source (file, standard input or memory) is seen
 * through a window, and one call gives the tokens of one entry (RFC 1035 §5.1: a line,
 * or several within parentheses).
 *
 * A file is read in blocks, never mapped: one that is truncated or rewritten while
 * it is read gives an error, not a signal.  The window grows only for an entry that
 * is larger than it.  One thread; a source owns its window and its token table.
 */
#ifndef KZ_PARSER_MASTER_SCAN_H
#define KZ_PARSER_MASTER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/rdata.h"

enum {
    SCAN_WINDOW_LEN = 256 * 1024,
    SCAN_ENTRY_MAX_LEN = 16 * 1024 * 1024,  /* a longer entry is RES_NOSPACE */
    SCAN_PADDING = 64                       /* newlines behind the window: wide loads stay inside */
};

struct master_source {
    const char *name;       /* for messages; belongs to the caller */
    int fd;                 /* -1: all text is in the window */
    bool is_memory;         /* the text was given: no warning about its last newline */
    bool eof;               /* nothing follows `end` */
    bool mid_line;          /* the last entry stopped before its line's end */
    char *window;
    size_t room;            /* of the window, padding not counted */
    char *at, *end;         /* what is not scanned yet */
    uint64_t line;          /* of `at`, from 1 */
    uint64_t total, done;   /* bytes of the file (0: unknown), bytes read so far */
    struct rdata_token *tokens;
    unsigned token_room;
};

/* An entry.  Its tokens point into the window and stay until the next call. */
struct master_entry {
    const struct rdata_token *tok;
    unsigned ntok;
    bool blank_owner;       /* white space stands where the owner would */
    bool at_eof;            /* the input ended within its last line */
    enum result error;      /* why scanning stopped behind the last token; RES_OK */
    const char *start;
    const char *stop;       /* behind the last byte scanned */
    uint64_t line;          /* of `start` */
};

/* Opens `path`; `stream` as in file_open_read().  RES_FILENOTFOUND and kin. */
enum result master_source_open(struct master_source *s, const char *path, bool stream);

/* Text in memory, copied. */
enum result master_source_text(struct master_source *s, const char *text, size_t len,
                               const char *name);

/* Replaces the text of a memory source: the window is kept for the next text. */
enum result master_source_reset(struct master_source *s, const char *text, size_t len);

void master_source_close(struct master_source *s);

/* The next entry that has tokens.  RES_EOF at the end; *e then tells at_eof and the
 * line.  RES_IOERROR, RES_NOMEM and RES_NOSPACE end the source; what is wrong with
 * the text stands in e->error, and the next call goes on behind it. */
enum result master_source_next(struct master_source *s, struct master_entry *e);

/* The line that was reached when token `i` was about to be scanned: the one where
 * the token before it ended.  i may be e->ntok: the end of the entry. */
uint64_t master_entry_line(const struct master_entry *e, unsigned i);

/* The line where token `i` stands. */
uint64_t master_entry_token_line(const struct master_entry *e, unsigned i);

#endif
