/*
 * Master files (RFC 1035 §5): text to records, one callback per record, in file order.
 * Any thread; a parse owns its memory and frees it before it returns.
 */
#ifndef KZ_PARSER_MASTER_H
#define KZ_PARSER_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include "parser/master_record.h"

/* Parses the file at `path` ("-": standard input). */
enum result master_parse_file(const char *path, const struct master_options *opt,
                              const struct master_callbacks *cb);

/* Parses text in memory; `name` stands in messages.  Not NUL terminated. */
enum result master_parse_text(const char *text, size_t len, const char *name,
                              const struct master_options *opt,
                              const struct master_callbacks *cb);

/* Raw format (BIND's, versions 0 and 1; the header described in masterraw). */
struct master_raw_header {
    uint32_t version, dump_time, flags, source_serial, last_xfrin;
};
enum result master_parse_raw(const char *path, const struct master_options *opt,
                             const struct master_callbacks *cb, struct master_raw_header *header);

#endif
