/*
 * A zone file and a journal that does not fit it: what the journal knows, record by record,
 * beside what the file has, and what follows for each RRset.
 *
 * Of a record that the journal mentions it is known for each of the journal's versions whether
 * it was there.  The version that agrees best with the file is taken for the one that was
 * edited; against it both sides' changes are seen.  Of records that the journal never mentions
 * nothing is known: they are the file's.
 *
 * Pure but for reading the journal; one thread.
 */
#ifndef KZ_ZONE_MERGE_H
#define KZ_ZONE_MERGE_H

#include "base/region.h"
#include "dns/diff.h"
#include "journal/journal.h"
#include "zone/contents.h"

enum { MERGE_ABSENT = -1 };

/* A record that the journal mentions; its TTL in a version, or MERGE_ABSENT. */
struct merge_record {
    const uint8_t *owner, *rdata;
    int64_t first, now, base, last, file;
    uint32_t next;              /* of the same hash, 0: none */
    uint16_t type, rdlen, rrclass;
    uint8_t owner_len;
};

struct merge_soa {
    const uint8_t *rdata;
    uint32_t ttl;
    uint16_t rdlen;
};

struct merge {
    struct region *memory;
    const struct contents *file;
    struct merge_record *records;       /* from 1 on; sorted by merge_read() */
    uint32_t count, room;
    uint32_t *heads, nheads;
    struct merge_soa base_soa, last_soa;
    uint32_t base_serial;
    uint64_t differ;            /* records that the file has otherwise than the base */
};

/* How the changes of an RRset stand to each other. */
enum merge_verdict {
    MERGE_NOTHING,              /* the file may stay as it is */
    MERGE_APPLY,                /* only the journal changed it */
    MERGE_CONFLICT              /* both did, differently */
};

/* What is to be decided of the RRset records[first] … records[last - 1]. */
struct merge_set {
    uint32_t first, last;
    enum merge_verdict verdict;
    bool journal_changed;       /* the journal's last version of it is not its base */
    bool cannot_stand;          /* it is the name's other data that it conflicts with */
};

/* Reads the journal twice and looks the records up in the file.  What journal_next() gives
 * and RES_NOMEM. */
enum result merge_read(struct merge *m, struct journal *j, const struct contents *file);
void merge_free(struct merge *m);

/* The RRset that begins at `first`, 0 < first <= count. */
struct merge_set merge_judge(const struct merge *m, uint32_t first);

/* The changes that make the file's part of the set what the journal ends with; in what cannot
 * stand beside it the file gives way. */
enum result merge_take_journal(const struct merge *m, const struct merge_set *s,
                               struct diff *changes);

#endif
