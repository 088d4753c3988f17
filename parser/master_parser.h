/*
 * Within the folder: the state of a master file's parse, shared by the record loop
 * (master.c), the directives, $GENERATE and the checks.  One thread.
 */
#ifndef KZ_PARSER_MASTER_PARSER_H
#define KZ_PARSER_MASTER_PARSER_H

#include "parser/master_record.h"
#include "parser/master_scan.h"

enum {
    MASTER_INCLUDE_MAX_DEPTH = 100,
    MASTER_INCLUDE_MAX = 100000,    /* files of a zone: each may name the next twice */
    MASTER_MAX_TTL = 0x7fffffff,    /* RFC 2181 §8 */
    MASTER_SINGLE_MAX_LEN = 1024
};

/* A file that is being read; includes nest. */
struct master_file {
    struct master_source source;
    struct master_file *parent;
    struct name origin, owner;
    char owner_text[NAME_MAX_LEN];  /* as last written, when it fits: most owners repeat */
    size_t owner_text_len;          /* 0: not known */
    bool has_owner, origin_changed;
    bool drop;              /* the owner is out of the zone: its records are skipped */
    bool skip_entry;        /* BIND loses the entry after one that ended too soon */
    uint64_t skip_line;     /* what is left of this line is skipped; 0: nothing */
    unsigned depth;
};

/* A type of the owner whose records are coming in: BIND's rdatalist. */
struct run_type {
    uint16_t type, covers;
    uint32_t ttl;
    bool conflict;          /* a singleton with two different RDATA */
};

/* The records of one owner that stand together.  What is wrong with them as a whole
 * is told when the next owner begins, with the line of the last of them. */
struct master_run {
    struct run_type *types;
    unsigned ntypes, room;
    uint64_t line;
    uint16_t single_type, single_len;   /* the first singleton's RDATA */
    uint8_t single[MASTER_SINGLE_MAX_LEN];
    uint16_t soa_len;                   /* the zone's first SOA, kept over all runs */
    uint8_t soa[MASTER_SINGLE_MAX_LEN];
};

struct master_parser {
    const struct master_options *opt;
    const struct master_callbacks *cb;
    struct master_file *file;
    enum result result;     /* the first error, with keep_going */
    uint32_t ttl, default_ttl, now;
    bool ttl_known, default_ttl_known, explicit_ttl;
    bool told_error;        /* by the entry at hand */
    bool ended;             /* the RDATA was read up to the end of its line */
    bool warned_1035, warned_expired, warned_old_dnssec, has_date;
    uint32_t nincludes;
    uint64_t progress_at;
    struct master_run run;
    uint8_t rdata[RDATA_MAX_LEN];
};

/* What precedes an entry's RDATA. */
struct master_fields {
    uint16_t type, rrclass;
    unsigned next;          /* token after them */
};

/* An error was told: go on (RES_OK) or end with it. */
enum result master_fail(struct master_parser *p, enum result r);

/* Tells "[prefix: ]FILE:LINE: text". */
void master_tell(struct master_parser *p, enum master_level level, const char *prefix,
                 uint64_t line, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Tells "dns_master_load: FILE:LINE: RESULT" and fails. */
enum result master_fail_at(struct master_parser *p, uint64_t line, enum result r);

/* Reads all of p->file, its includes too. */
enum result master_read(struct master_parser *p);

/* An entry that begins with `$`; *is_record when BIND takes it for a record too. */
enum result master_directive(struct master_parser *p, const struct master_entry *e,
                             bool *is_record);
enum result master_generate(struct master_parser *p, const struct master_entry *e);

/* A TTL or a class at e->tok[i]; false when there is none. */
bool master_take_ttl(struct master_parser *p, const struct master_entry *e, unsigned i);
bool master_take_class(const struct master_entry *e, unsigned i, uint16_t *rrclass);

/* The entry ended where a token was wanted. */
enum result master_unexpected_end(struct master_parser *p, const struct master_entry *e);

/* "ignoring out-of-zone data" when the name is not in the zone. */
bool master_out_of_zone(struct master_parser *p, const uint8_t *name, uint64_t line);

/* RDATA of the tokens into p->rdata, told when it is bad ("dns_rdata_fromtext: …"). */
enum result master_rdata(struct master_parser *p, const struct master_entry *e,
                         const struct master_fields *f, size_t *len);

/* Nothing may stand at token `i`: the end of the line does. */
enum result master_expect_end(struct master_parser *p, const struct master_entry *e, unsigned i);

/* "class 'X' != zone class 'Y'". */
enum result master_bad_class(struct master_parser *p, uint64_t line, uint16_t rrclass);

/* RFC 2181 §8: a TTL above 2^31-1 is 0. */
uint32_t master_limit_ttl(struct master_parser *p, uint64_t line, uint32_t ttl);

/* Hands p->rdata to the callback, with p->ttl. */
enum result master_deliver(struct master_parser *p, const struct name *owner, uint16_t type,
                           size_t rdlen, uint64_t line);

/* The run: a record joins it (p->ttl may change); at its end, what is wrong with it as
 * a whole is told. */
enum result master_run_add(struct master_parser *p, uint16_t type, size_t rdlen, uint64_t line);
enum result master_run_end(struct master_parser *p, const uint8_t *owner);

#endif
