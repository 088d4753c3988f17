#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "dns/rdata.h"
#include "dns/serial.h"
#include "journal/internal.h"

enum {
    WINDOW_ROOM = 256 * 1024,
    AHEAD_WALK = WINDOW_ROOM,   /* read at once when everything will be wanted … */
    AHEAD_STEP = 4096           /* … and when only headers are */
};

const uint8_t *window_get(struct journal *j, uint64_t offset, size_t need, size_t ahead)
{
    struct window *w = &j->window;

    if (offset >= w->at && offset + need <= w->at + w->len)
        return w->bytes + (offset - w->at);
    if (need > WINDOW_ROOM ||
        (w->bytes == NULL && (w->bytes = malloc(WINDOW_ROOM)) == NULL))
        return NULL;
    if (ahead < need)
        ahead = need;
    w->at = offset;
    w->len = 0;
    while (w->len < ahead) {
        ssize_t n = pread(j->fd, w->bytes + w->len, ahead - w->len, (off_t)(offset + w->len));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        w->len += (size_t)n;
    }
    return w->len >= need ? w->bytes : NULL;
}

/*
 * Three forms of header stand in journals, and which it is shows in where the serial stands
 * that must come: {size, count, from, to}, {size, from, to}, and what BIND 9.16.12 wrote,
 * {size, from, to, 0}, whose zero cannot be the length of a record.
 */
static bool transaction_decode(const uint8_t *p, size_t len, uint32_t serial,
                               struct journal_transaction *t)
{
    uint32_t a = get_u32(p + 4), b = get_u32(p + 8), c = len >= 16 ? get_u32(p + 12) : 1;

    t->size = get_u32(p);
    t->from = serial;
    if (len >= 16 && b == serial && serial_gt(c, b)) {
        t->version = 2;
        t->count = a;
        t->to = c;
        return true;
    }
    if (a == serial && serial_gt(b, a)) {
        t->version = c == 0 ? 2 : 1;
        t->count = 0;
        t->to = b;
        return true;
    }
    t->to = b;
    return false;
}

enum result transaction_read(struct journal *j, uint64_t offset, uint32_t serial, uint64_t limit,
                             struct journal_transaction *out)
{
    size_t len = limit - offset >= TRANSACTION_LEN ? TRANSACTION_LEN : TRANSACTION_V1_LEN;
    const uint8_t *p;

    *out = (struct journal_transaction){.offset = offset};
    if (offset + len > limit || (p = window_get(j, offset, len, AHEAD_STEP)) == NULL)
        return RES_UNEXPECTEDEND;
    if (!transaction_decode(p, len, serial, out))
        return RES_RANGE;
    if (out->size == 0)
        return RES_NOTFOUND;
    return transaction_end(out) <= limit ? RES_OK : RES_UNEXPECTEDEND;
}

/* Says what transaction_read() found. */
static enum result say_bad_transaction(struct journal *j, enum result r, uint32_t serial,
                                       const struct journal_transaction *t)
{
    if (r == RES_RANGE)
        journal_say(j, LVL_ERROR, "%s: journal file corrupt: expected serial %u, got %u", j->path,
                    serial, t->to);
    else if (r == RES_NOTFOUND)
        journal_say(j, LVL_ERROR, "%s: journal corrupt: empty transaction", j->path);
    else
        journal_say(j, LVL_ERROR,
                    "%s: journal corrupt: the transaction at offset %llu is cut short", j->path,
                    (unsigned long long)t->offset);
    return RES_UNEXPECTED;
}

static enum result transaction_get(struct journal *j, uint64_t offset, uint32_t serial,
                                   struct journal_transaction *out)
{
    enum result r = transaction_read(j, offset, serial, j->synced.end.offset, out);

    return r == RES_OK ? RES_OK : say_bad_transaction(j, r, serial, out);
}

/* Is a transaction from p.serial at p.offset, as an entry of the index says? */
static bool position_is_right(struct journal *j, struct position p)
{
    struct journal_transaction t;

    return p.offset >= HEADER_LEN && p.offset < j->synced.end.offset &&
           transaction_read(j, p.offset, p.serial, j->synced.end.offset, &t) == RES_OK;
}

/* The transaction nearest before `serial` that the index knows; entries are hints, and one
 * that is wrong is not followed. */
static struct position index_nearest(struct journal *j, uint32_t serial)
{
    struct position best = j->synced.begin;

    for (uint32_t i = 0; i < j->synced.index_size; i++) {
        struct position p = j->synced.index[i];

        if (p.offset > best.offset && serial_ge(serial, p.serial) &&
            serial_gt(p.serial, best.serial))
            best = p;
    }
    return position_is_right(j, best) ? best : j->synced.begin;
}

enum result position_find(struct journal *j, uint32_t serial, struct position *out)
{
    const struct state *s = &j->synced;
    struct journal_transaction t;
    struct position p;
    enum result r;

    if (serial == s->end.serial) {
        *out = s->end;
        return RES_OK;
    }
    if (state_is_empty(s) || serial_lt(serial, s->begin.serial) ||
        serial_gt(serial, s->end.serial))
        return RES_RANGE;
    for (p = index_nearest(j, serial); p.serial != serial;
         p = (struct position){t.to, (uint32_t)transaction_end(&t)}) {
        if (serial_gt(p.serial, serial) || p.offset >= s->end.offset)
            return RES_NOTFOUND;
        if ((r = transaction_get(j, p.offset, p.serial, &t)) != RES_OK)
            return r;
    }
    *out = p;
    return RES_OK;
}

bool chain_first(struct journal *j, struct position *out)
{
    uint32_t at = state_head_len(&j->synced);
    const uint8_t *p = j->synced.old_magic ? NULL
                                           : window_get(j, at, TRANSACTION_LEN, TRANSACTION_LEN);

    if (p == NULL)
        return false;
    *out = (struct position){get_u32(p + 8), at};
    return true;
}

/* A serial before `begin` is there as long as its transactions are, one behind the other: after
 * a serial has gone round the number space (RFC 1982 §7) the zone's file may still have it. */
static bool find_before_begin(struct journal *j, uint32_t serial, struct position *out)
{
    const struct position begin = j->synced.begin;
    struct position p;
    bool found = false;

    if (!chain_first(j, &p))
        return false;
    while (p.offset < begin.offset) {
        struct journal_transaction t;

        if (p.serial == serial && !found) {
            *out = p;
            found = true;
        }
        if (transaction_read(j, p.offset, p.serial, begin.offset, &t) != RES_OK)
            return false;
        p = (struct position){t.to, (uint32_t)transaction_end(&t)};
    }
    return found && p.offset == begin.offset && p.serial == begin.serial;
}

void walk_place(struct journal *j, struct position p)
{
    j->walk_at = j->walk_end = p.offset;
    j->walk_serial = p.serial;
}

enum result journal_seek(struct journal *j, uint32_t serial)
{
    struct position p;
    enum result r = position_find(j, serial, &p);

    if (r == RES_RANGE && find_before_begin(j, serial, &p))
        r = RES_OK;
    if (r == RES_OK)
        walk_place(j, p);
    return r;
}

static enum result corrupt(struct journal *j, const char *what)
{
    journal_say(j, LVL_ERROR, "%s: journal corrupt: %s", j->path, what);
    return RES_UNEXPECTED;
}

/* The next transaction's header; RES_NOMORE behind the last. */
static enum result walk_transaction(struct journal *j)
{
    const struct position end = j->synced.end;
    enum result r;

    if (state_is_empty(&j->synced))
        return RES_NOMORE;
    if (j->walk_at >= end.offset && j->walk_serial == end.serial)
        return RES_NOMORE;
    if (j->walk_at >= end.offset) {
        journal_say(j, LVL_ERROR, "%s: journal file corrupt: expected serial %u, got %u", j->path,
                    end.serial, j->walk_serial);
        return RES_UNEXPECTED;
    }
    if ((r = transaction_get(j, j->walk_at, j->walk_serial, &j->walk)) != RES_OK)
        return r;
    j->walk_at = transaction_body(&j->walk);
    j->walk_end = transaction_end(&j->walk);
    j->walk_serial = j->walk.to;
    j->walk_soas = 0;
    j->walk_first = true;
    return RES_OK;
}

/* A record's bytes; NULL when there are none that could be one, *size what its length says. */
static const uint8_t *record_bytes(struct journal *j, size_t ahead, uint32_t *size)
{
    const uint8_t *p;

    *size = 0;
    if (j->walk_end - j->walk_at < RECORD_LEN ||
        (p = window_get(j, j->walk_at, RECORD_LEN, ahead)) == NULL)
        return NULL;
    *size = get_u32(p);
    if (*size < RECORD_LEAST || *size > RECORD_MOST ||
        *size > j->walk_end - j->walk_at - RECORD_LEN)
        return NULL;
    p = window_get(j, j->walk_at, RECORD_LEN + *size, ahead);
    return p != NULL ? p + RECORD_LEN : NULL;
}

static bool record_decode(const uint8_t *p, size_t len, struct journal_record *out)
{
    size_t owner = name_check(p, len);

    if (owner == 0 || len - owner < 10)
        return false;
    out->owner = p;
    out->owner_len = (uint8_t)owner;
    p += owner;
    out->type = get_u16(p);
    out->rrclass = get_u16(p + 2);
    out->ttl = get_u32(p + 4);
    out->rdlen = get_u16(p + 8);
    out->rdata = p + 10;
    return out->rdlen == len - owner - 10 &&
           rdata_check(out->type, out->rrclass, out->rdata, out->rdlen) == RES_OK;
}

/* Counts the SOAs, of which the second turns deletions into additions. */
static bool record_side(struct journal *j, struct journal_record *r)
{
    r->first_of_transaction = j->walk_first;
    j->walk_first = false;
    j->walk_soas += r->type == TYPE_SOA;
    r->add = j->walk_soas > 1;
    return j->walk_soas > 0;
}

static enum result bad_record(struct journal *j, uint32_t size, const uint8_t *p)
{
    if (p != NULL)
        return corrupt(j, "a record is not one");
    if (size >= RECORD_LEAST && size <= RECORD_MOST)
        return corrupt(j, "a record goes beyond its transaction");
    journal_say(j, LVL_ERROR, "%s: journal corrupt: impossible RR size (%d bytes)", j->path,
                (int)size);
    return RES_UNEXPECTED;
}

enum result journal_next(struct journal *j, struct journal_record *out)
{
    const uint8_t *p;
    uint32_t size;
    enum result r;

    if (j->walk_at == j->walk_end && (r = walk_transaction(j)) != RES_OK)
        return r;
    p = record_bytes(j, AHEAD_WALK, &size);
    if (p == NULL || !record_decode(p, size, out))
        return bad_record(j, size, p);
    if (!record_side(j, out))
        return corrupt(j, "missing initial SOA");
    if (j->walk_soas > 2)
        return corrupt(j, "a transaction has more than two SOAs");
    j->walk_at += RECORD_LEN + size;
    if (j->walk_at == j->walk_end && j->walk_soas != 2)
        return corrupt(j, "a transaction ends without its second SOA");
    return RES_OK;
}

const struct journal_transaction *journal_transaction(const struct journal *j)
{
    return &j->walk;
}

enum result transaction_examine(struct journal *j, struct position *p, uint64_t limit)
{
    struct journal_record record;
    struct journal_transaction t;
    enum result r = transaction_read(j, p->offset, p->serial, limit, &t);
    const uint8_t *bytes;
    uint32_t size;

    if (r != RES_OK)
        return r;
    j->walk_soas = 0;
    j->walk_at = transaction_body(&t);
    for (j->walk_end = transaction_end(&t); j->walk_at < j->walk_end;
         j->walk_at += RECORD_LEN + size) {
        bytes = record_bytes(j, AHEAD_STEP, &size);
        if (bytes == NULL || !record_decode(bytes, size, &record) || !record_side(j, &record))
            return RES_UNEXPECTED;
    }
    *p = (struct position){t.to, (uint32_t)j->walk_end};
    return j->walk_soas == 2 ? RES_OK : RES_UNEXPECTED;
}

enum result transaction_count(struct journal *j, struct journal_transaction *t)
{
    uint32_t size;

    t->count = 0;
    j->walk_at = transaction_body(t);
    for (j->walk_end = transaction_end(t); j->walk_at < j->walk_end;
         j->walk_at += RECORD_LEN + size) {
        if (record_bytes(j, AHEAD_STEP, &size) == NULL)
            return bad_record(j, size, NULL);
        t->count++;
    }
    return RES_OK;
}

enum result journal_size_from(struct journal *j, uint32_t serial, uint64_t *bytes)
{
    struct journal_transaction t;
    struct position p;
    enum result r = position_find(j, serial, &p);

    *bytes = 0;
    while (r == RES_OK && p.offset < j->synced.end.offset) {
        if ((r = transaction_get(j, p.offset, p.serial, &t)) == RES_OK &&
            (t.count == 0 || t.count > t.size / (RECORD_LEN + RECORD_LEAST)))
            r = transaction_count(j, &t);
        *bytes += (uint64_t)t.size - (uint64_t)RECORD_LEN * t.count;
        p = (struct position){t.to, (uint32_t)transaction_end(&t)};
    }
    walk_place(j, j->synced.end);
    return r;
}
