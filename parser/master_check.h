/*
 * Within the folder: what master_options.check_* ask of each record while it is read,
 * in BIND's words.  One thread.
 */
#ifndef KZ_PARSER_MASTER_CHECK_H
#define KZ_PARSER_MASTER_CHECK_H

#include "parser/master_parser.h"

/* A `*` label that is not the first (RFC 4592 §4.6 finds no use for one). */
void master_check_wildcard(struct master_parser *p, const uint8_t *name, uint64_t line);

/* p->file's owner, for a record of `type`: a host name where addresses stand. */
enum result master_check_owner(struct master_parser *p, uint16_t type, uint64_t line);

/* An NS record's target, token `i`, before it is read. */
enum result master_check_ns(struct master_parser *p, const struct master_entry *e, unsigned i);

/* The names in p->rdata, read from the tokens at `first`; tells what is wrong, returns
 * why the record is refused. */
enum result master_check_target(struct master_parser *p, uint16_t type,
                                const struct master_entry *e, unsigned first);

#endif
