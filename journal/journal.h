/*
 * The journal of a zone: a file of transactions, each from one serial to the next, in the
 * format of BIND 9 (doc/journal-format.md).  Versions 1, 2 and mixed are read, version 2 is
 * written.
 *
 * Durability with one sync: a transaction's bytes and the header that makes it addressable
 * are written together, and the header carries in bytes that BIND leaves zero a checksum
 * over all that was appended since the last sync, and where that began.  What a crash tore
 * is seen when the file is opened and cut back to the last whole sync.
 *
 * A journal belongs to one thread at a time.  Other processes (named-journalprint) may read
 * meanwhile.
 */
#ifndef KZ_JOURNAL_JOURNAL_H
#define KZ_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/diff.h"

enum journal_mode {
    JOURNAL_READ,       /* RES_FILENOTFOUND when there is none */
    JOURNAL_WRITE,      /* the same, to append; a torn tail is cut back */
    JOURNAL_CREATE      /* to append; made, and its name brought to disk, when there is none */
};

/* Messages complete but for time and category: BIND's texts, the file's name in front. */
struct journal_report {
    void (*message)(void *arg, int level, const char *text);
    void *arg;
};

struct journal;

/*
 * RES_UNEXPECTED for what is no journal ("journal format not recognized"): the file is left as
 * it is.  RES_LOCKBUSY when somebody else has it open to write, this process included.  Where
 * the file is missing its backup (.jbk) is taken, but by JOURNAL_CREATE.
 */
enum result journal_open(const char *path, enum journal_mode mode,
                         const struct journal_report *report, struct journal **out);
void journal_close(struct journal *j);      /* what is not synced is lost; NULL is fine */

/* The class of the records that are appended; IN without it. */
void journal_set_class(struct journal *j, uint16_t rrclass);

bool journal_is_empty(const struct journal *j);
bool journal_is_old(const struct journal *j);   /* a file of version 1, maybe mixed */
uint32_t journal_first_serial(const struct journal *j);
uint32_t journal_last_serial(const struct journal *j);
uint64_t journal_size(const struct journal *j);         /* bytes up to the end */

/* For who prints a journal; offsets of the index are 0 where it is not used. */
uint32_t journal_index_size(const struct journal *j);
uint32_t journal_index_offset(const struct journal *j, uint32_t i);
/* The serial of the zone before it was signed; false: none was noted. */
bool journal_source_serial(const struct journal *j, uint32_t *serial);

/*
 * Appends a transaction; readers of the file see nothing of it before the sync.  The diff is
 * in journal order (diff_sort) or, for an IXFR, in the order it came, and has exactly two
 * SOAs, the first with the serial the journal ends at: RES_UNEXPECTED with BIND's message.
 * RES_NOSPACE and kin of write(2); RES_RANGE past 2^31-1 bytes.  After any error call
 * journal_revert().
 */
enum result journal_append(struct journal *j, const struct diff *d);

/* Makes all that was appended durable, one fsync.  After an error journal_revert(). */
enum result journal_sync(struct journal *j);

/* Forgets what was appended since the last good sync, also in the file.  False when that cannot be
 * done now (said): the journal should stay open, for journal_append() tries it again first; after
 * a journal_close() the next open may find what was never acknowledged. */
bool journal_revert(struct journal *j);

/* A walk over transactions. */
struct journal_transaction {
    uint64_t offset;            /* of its header */
    uint32_t from, to;          /* serials */
    uint32_t size, count;       /* bytes behind the header; records (version 1: counted) */
    unsigned version;           /* of its header */
};
struct journal_record {
    const uint8_t *owner, *rdata;   /* valid until the next call */
    uint32_t ttl;
    uint16_t type, rrclass, rdlen;
    uint8_t owner_len;
    bool add;
    bool first_of_transaction;
};

/* Places the walk at the transaction that begins with `serial`: RES_RANGE outside, RES_NOTFOUND
 * inside but on no boundary; at the last serial the walk is at its end at once. */
enum result journal_seek(struct journal *j, uint32_t serial);
/* The next record, RES_NOMORE at the end; RES_UNEXPECTED for corruption (reported). */
enum result journal_next(struct journal *j, struct journal_record *out);
/* The transaction the last record belongs to. */
const struct journal_transaction *journal_transaction(const struct journal *j);

/* Bytes and records of the transactions from `serial` to the end, for max-ixfr-ratio:
 * BIND's measure, sum(size) - 4 * sum(count). */
enum result journal_size_from(struct journal *j, uint32_t serial, uint64_t *bytes);

/* Drops old transactions so that about `target` bytes stay, none newer than `serial` (what the
 * zone file holds).  Atomic: a new file beside it (.jnw), synced, renamed.  The journal must
 * not be open for writing elsewhere.  RES_OK also when there was nothing to do. */
enum result journal_compact(const char *path, uint32_t serial, uint64_t target,
                            const struct journal_report *report);

/* Writes the journal anew, in the form of version 1 (`old`, for BIND up to 9.16.11) or 2. */
enum result journal_rewrite(const char *path, bool old, const struct journal_report *report);

#endif
