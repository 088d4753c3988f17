/*
 * A response written section by section, names compressed (RFC 1035 §4.1.4).
 *
 * A render belongs to one thread and is used again for every message: what it
 * remembers of names is stamped, so beginning a message costs nothing.  How many names
 * it can remember is up to who gives it the memory for that.  Names are
 * compared with their case unless `fold` is set (BIND's no-case-compress), so every
 * name keeps the case it has in its zone.  Nothing allocates.
 */
#ifndef KZ_DNS_RENDER_H
#define KZ_DNS_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

/* A name and the hash of each of its suffixes, for tables and for compression. */
struct hashed_name {
    const uint8_t *wire;
    uint8_t len, nlabels;                   /* the root's not counted */
    uint8_t at[NAME_MAX_LABELS];            /* offset of each label, the root's last */
    uint64_t hash[NAME_MAX_LABELS];         /* of the suffix that begins there */
};

/* Fills it for a name; name_hash() of suffix i is hash[i]. */
void hashed_name_set(struct hashed_name *h, const uint8_t *wire);

/* The same when the label offsets are known already. */
void hashed_name_finish(struct hashed_name *h);

struct render_slot {
    uint32_t tag;
    uint16_t stamp, at;
};

struct render {
    uint8_t *msg;
    size_t len, limit;          /* bytes written; bytes it may have now */
    uint16_t count[4];          /* records per section, put into the header at the end */
    bool compress, fold;
    bool point_anywhere;        /* also to names in RDATA that are not compressed themselves */
    uint16_t stamp;
    unsigned nnames, max_names, mask;
    struct render_slot *slots;
};

/* Before first use: `slots` is zeroed memory of the caller's for `n` names' places, a power of
 * two; five in eight of them are used. */
void render_init(struct render *r, struct render_slot *slots, unsigned n);

/* Starts a message of at most `room` bytes; the header's 12 bytes are reserved. */
void render_begin(struct render *r, uint8_t *msg, size_t room);

/* Copies the question (name as it came, type, class) and remembers its suffixes. */
void render_question(struct render *r, const struct hashed_name *qname, uint16_t type,
                     uint16_t rrclass);

/* Where a message can be taken back to when an RRset does not fit. */
struct render_mark {
    size_t len;
    uint16_t count;
};
struct render_mark render_mark_set(const struct render *r, unsigned section);
void render_rollback(struct render *r, unsigned section, struct render_mark m);

/* One RRset: `count` RRs from `data`, each a 16-bit length and plain RDATA. */
struct render_rrset {
    const struct hashed_name *owner;
    uint16_t owner_at;          /* offset of an equal name in the message; 0: look it up */
    uint16_t type, rrclass;
    uint32_t ttl;
    uint32_t count;
    const uint8_t *data;
    uint32_t first;             /* RR to begin with (cyclic order); 0 as they lie */
    const uint8_t *order;       /* a permutation of up to 255 RRs; NULL: none */
    bool partial;               /* when there is no room for all, leave the RRs that fit */
};

/* Writes all of it or nothing, or with `partial` a part; false when there is no room.  What
 * is now known of the owner's place goes into s->owner_at, for the next RRset of the name. */
bool render_rrset(struct render *r, unsigned section, struct render_rrset *s);

/* One record with the owner, type, class and TTL of `s` and `len` bytes of plain RDATA; the
 * same rules. */
bool render_record(struct render *r, unsigned section, struct render_rrset *s,
                   const uint8_t *rdata, uint16_t len);

#endif
