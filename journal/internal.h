/*
 * What the parts of the journal share: its header, its state, the window it is read through.
 */
#ifndef KZ_JOURNAL_INTERNAL_H
#define KZ_JOURNAL_INTERNAL_H

#include "base/log_category.h"
#include "journal/journal.h"

enum {
    HEADER_LEN = 64,
    POSITION_LEN = 8,
    INDEX_DEFAULT = 56,
    INDEX_MOST = 1 << 20,       /* no writer makes such a one: a header that lies */
    TRANSACTION_LEN = 16,       /* of a header of version 2 */
    TRANSACTION_V1_LEN = 12,
    RECORD_LEN = 4,
    RECORD_LEAST = 11,          /* a root name, type, class, TTL, length */
    RECORD_MOST = 70000,        /* a name, the same, RDATA */
    SIZE_MOST = 0x7fffffff      /* of the file: BIND's offsets have a sign */
};

struct position {
    uint32_t serial, offset;
};

/* The header and its index as they stand, or are to stand, in the file. */
struct state {
    struct position begin, end, previous;   /* previous: the end before the last sync */
    struct position *index;
    uint32_t index_size, source_serial;
    uint64_t sum;               /* over what lies between previous and end */
    uint8_t flags;
    bool old_magic;             /* written before version 2 */
    bool summed;                /* the last writer was one that leaves a sum */
};

/* A run of the file in memory. */
struct window {
    uint8_t *bytes;
    uint64_t at;
    size_t len;
};

struct journal {
    char *path;
    int fd;
    enum journal_mode mode;
    struct journal_report report;
    uint16_t rrclass;

    struct state synced, now;   /* now.index is the writer's, synced.index what is in the file */
    uint8_t *head;              /* room for header and index as bytes */
    uint8_t *pending;           /* appended, not written yet: stands at pending_at in the file */
    size_t pending_len, pending_room;
    uint64_t pending_at;
    bool appended;              /* `now` differs from `synced` */
    bool doubtful;              /* a write or sync failed: what the file holds is not known */

    struct window window;
    struct journal_transaction walk;
    uint64_t walk_at, walk_end; /* of the next record; behind the transaction */
    uint32_t walk_serial;       /* where the next transaction begins */
    unsigned walk_soas;
    bool walk_first;
};

static inline uint32_t state_head_len(const struct state *s)
{
    return HEADER_LEN + s->index_size * POSITION_LEN;
}

static inline bool state_is_empty(const struct state *s)
{
    return s->begin.offset == s->end.offset;
}

/* Where the next transaction goes. */
static inline uint32_t state_append_at(const struct state *s)
{
    return state_is_empty(s) ? state_head_len(s) : s->end.offset;
}

void journal_say(const struct journal *j, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* head.c: header and index to bytes and back. */
void state_encode(const struct state *s, uint8_t *out);
void state_copy(struct state *to, const struct state *from);    /* same index_size */
void state_index_add(struct state *s, struct position p);
void state_index_drop_from(struct state *s, uint32_t serial);
enum result head_read(struct journal *j);       /* into j->synced; allocates what depends on it */
enum result head_write(struct journal *j, const struct state *s);
bool head_sum_is_right(struct journal *j);
/* Goes on with a sum, in runs of SUM_RUN bytes. */
enum { SUM_RUN = 64 * 1024 };
uint64_t sum_add(uint64_t sum, const uint8_t *bytes, size_t len);

/* read.c */
/* `need` bytes at `offset`, NULL when the file has fewer or cannot be read. */
const uint8_t *window_get(struct journal *j, uint64_t offset, size_t need, size_t ahead);
/* The header of the transaction at `offset`, which must begin at `serial` and end by `limit`. */
enum result transaction_read(struct journal *j, uint64_t offset, uint32_t serial, uint64_t limit,
                             struct journal_transaction *out);
static inline uint64_t transaction_body(const struct journal_transaction *t)
{
    return t->offset + (t->version == 1 ? TRANSACTION_V1_LEN : TRANSACTION_LEN);
}
static inline uint64_t transaction_end(const struct journal_transaction *t)
{
    return transaction_body(t) + t->size;
}
/* Counts the records of a transaction whose header does not say. */
enum result transaction_count(struct journal *j, struct journal_transaction *t);
/* The position of the transaction from `serial`. */
enum result position_find(struct journal *j, uint32_t serial, struct position *out);
void walk_place(struct journal *j, struct position p);
/* The first transaction in the file, also one that is before `begin`: no longer addressable,
 * as what followed is too far ahead, but still there.  False when it cannot be known. */
bool chain_first(struct journal *j, struct position *out);
/* Steps over a whole transaction, looking at each record; quiet. */
enum result transaction_examine(struct journal *j, struct position *p, uint64_t limit);

/* verify.c */
/* Cuts j->synced back to the last whole sync when what follows is torn: true, and says so. */
bool journal_cut_torn(struct journal *j);
/* What the last sync brought is there as its sum says. */
bool last_sync_is_whole(struct journal *j);

/* write.c */
/* Makes the file what j->synced says it is, on disk. */
enum result journal_bring_back(struct journal *j);
/* What j->synced says into the file, and the tail behind it off. */
enum result journal_write_head(struct journal *j);
enum result write_at(int fd, const void *data, size_t len, uint64_t offset);

#endif
