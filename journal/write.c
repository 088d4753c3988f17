#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "dns/rrtype.h"
#include "dns/serial.h"
#include "journal/internal.h"

enum {
    PENDING_WRITE = 1024 * 1024,    /* what waits for the sync is written when it is so much */
    PAGE = 4096
};

enum result write_at(int fd, const void *data, size_t len, uint64_t offset)
{
    const uint8_t *p = data;

    while (len > 0) {
        ssize_t n = pwrite(fd, p, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? RES_DISCFULL : result_from_errno(errno);
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return RES_OK;
}

static enum result failed(struct journal *j, const char *what, enum result r)
{
    j->doubtful = true;
    journal_say(j, LVL_ERROR, "%s: %s: %s", j->path, what, result_text(r));
    return r;
}

static enum result sync_file(struct journal *j)
{
    return fdatasync(j->fd) == 0 ? RES_OK : result_from_errno(errno);
}

/* The two SOAs of a difference say from which serial to which it goes. */
static enum result check_soas(struct journal *j, const struct diff *d, uint32_t serials[2])
{
    unsigned soas = 0;

    for (size_t i = 0; i < d->count; i++) {
        const struct diff_record *r = &d->records[i];

        if (r->type != TYPE_SOA)
            continue;
        if (soas < 2 && r->rdlen >= 20)
            serials[soas] = get_u32(r->rdata + r->rdlen - 20);
        soas++;
    }
    if (soas == 2)
        return RES_OK;
    journal_say(j, LVL_ERROR, "%s: malformed transaction: %u SOAs", j->path, soas);
    return RES_UNEXPECTED;
}

static enum result check_serials(struct journal *j, const uint32_t serials[2])
{
    if (!serial_gt(serials[1], serials[0])) {
        journal_say(j, LVL_ERROR, "%s: malformed transaction: serial number did not increase",
                    j->path);
        return RES_UNEXPECTED;
    }
    if (!state_is_empty(&j->now) && j->now.end.serial != serials[0]) {
        journal_say(j, LVL_ERROR,
                    "malformed transaction: %s last serial %u != transaction first serial %u",
                    j->path, j->now.end.serial, serials[0]);
        return RES_UNEXPECTED;
    }
    return RES_OK;
}

static size_t record_size(const struct diff_record *r)
{
    return RECORD_LEN + (size_t)r->owner_len + 10 + r->rdlen;
}

static enum result pending_write(struct journal *j)
{
    enum result r = write_at(j->fd, j->pending, j->pending_len, j->pending_at);

    if (r != RES_OK)
        return failed(j, "write", r);
    j->pending_at += j->pending_len;
    j->pending_len = 0;
    return RES_OK;
}

static enum result pending_make_room(struct journal *j, size_t len)
{
    size_t room = j->pending_room;
    uint8_t *p;

    if (j->pending_len > 0 && j->pending_len + len > PENDING_WRITE) {
        enum result r = pending_write(j);

        if (r != RES_OK)
            return r;
    }
    if (j->pending_len + len <= room)
        return RES_OK;
    for (room = room > 0 ? room : PAGE; room < j->pending_len + len; room *= 2)
        ;
    if ((p = realloc(j->pending, room)) == NULL)
        return RES_NOMEM;
    j->pending = p;
    j->pending_room = room;
    return RES_OK;
}

static void put_transaction(struct writer *w, uint16_t rrclass, const struct diff *d,
                            const uint32_t serials[2])
{
    writer_u32(w, (uint32_t)(writer_room(w) - TRANSACTION_LEN));
    writer_u32(w, (uint32_t)d->count);
    writer_u32(w, serials[0]);
    writer_u32(w, serials[1]);
    for (size_t i = 0; i < d->count; i++) {
        const struct diff_record *r = &d->records[i];

        writer_u32(w, (uint32_t)(record_size(r) - RECORD_LEN));
        writer_bytes(w, r->owner, r->owner_len);
        writer_u16(w, r->type);
        writer_u16(w, rrclass);
        writer_u32(w, r->ttl);
        writer_u16(w, r->rdlen);
        writer_bytes(w, r->rdata, r->rdlen);
    }
}

/* The first append after a sync begins from what is in the file. */
static void begin_append(struct journal *j)
{
    if (j->appended)
        return;
    state_copy(&j->now, &j->synced);
    j->now.previous = j->synced.end;
    if (state_is_empty(&j->synced))
        j->now.previous = (struct position){0};
    j->now.sum = 0;
    j->now.summed = true;
    j->pending_at = state_append_at(&j->synced);
    j->appended = true;
}

/* Serials more than half the number space behind cannot be addressed any more: the journal
 * begins later then. */
static enum result drop_unaddressable(struct journal *j, uint32_t serial)
{
    struct state *s = &j->now;

    while (s->begin.offset < j->synced.end.offset && !state_is_empty(s) &&
           !serial_gt(serial, s->begin.serial)) {
        struct journal_transaction t;
        enum result r = transaction_read(j, s->begin.offset, s->begin.serial,
                                         j->synced.end.offset, &t);

        if (r != RES_OK)
            return RES_UNEXPECTED;
        s->begin = (struct position){t.to, (uint32_t)transaction_end(&t)};
    }
    return RES_OK;
}

/* Where the pending transaction that comes next will stand.  Not state_append_at(): when all
 * that was there became unaddressable the state is empty, but its bytes stay until a sync has
 * brought what follows. */
static uint32_t next_at(const struct journal *j)
{
    return (uint32_t)(j->pending_at + j->pending_len);
}

static void note_transaction(struct journal *j, const uint32_t serials[2], struct position from,
                             size_t len)
{
    struct state *s = &j->now;

    state_index_drop_from(s, serials[1]);
    state_index_add(s, from);
    if (state_is_empty(s))
        s->begin = from;
    s->end = (struct position){serials[1], from.offset + (uint32_t)len};
}

enum result journal_append(struct journal *j, const struct diff *d)
{
    uint32_t serials[2] = {0, 0};
    uint64_t len = TRANSACTION_LEN;
    struct position from;
    struct writer w;
    enum result r;

    if (j->doubtful && (r = journal_bring_back(j)) != RES_OK)
        return r;
    begin_append(j);
    if ((r = check_soas(j, d, serials)) != RES_OK || (r = check_serials(j, serials)) != RES_OK)
        return r;
    for (size_t i = 0; i < d->count; i++)
        len += record_size(&d->records[i]);
    if (j->pending_at + j->pending_len + len > SIZE_MOST) {
        journal_say(j, LVL_ERROR, "%s: journal would grow beyond 2147483647 bytes", j->path);
        return RES_RANGE;
    }
    if ((r = drop_unaddressable(j, serials[1])) != RES_OK ||
        (r = pending_make_room(j, len)) != RES_OK)
        return r;
    from = (struct position){serials[0], next_at(j)};
    w = writer_of(j->pending + j->pending_len, len);
    put_transaction(&w, j->rrclass, d, serials);
    j->now.sum = sum_add(j->now.sum, w.start, len);
    j->pending_len += len;
    note_transaction(j, serials, from, len);
    return RES_OK;
}

enum result journal_sync(struct journal *j)
{
    enum result r;

    if (!j->appended)
        return RES_OK;
    if ((r = pending_write(j)) != RES_OK)
        return r;
    if ((r = head_write(j, &j->now)) != RES_OK)
        return failed(j, "write", r);
    if ((r = sync_file(j)) != RES_OK)
        return failed(j, "fsync", r);
    state_copy(&j->synced, &j->now);
    j->appended = false;
    j->window.len = 0;
    return RES_OK;
}

enum result journal_write_head(struct journal *j)
{
    enum result r = head_write(j, &j->synced);

    if (r == RES_OK && ftruncate(j->fd, state_append_at(&j->synced)) != 0)
        r = result_from_errno(errno);
    return r != RES_OK ? r : sync_file(j);
}

/*
 * The page in which the next transaction begins also holds the end of the last one.  After a
 * failed fsync the kernel takes its pages for clean, whatever reached the disk, so it is
 * written once more, when it is still what it should be.
 */
static enum result rewrite_tail(struct journal *j)
{
    uint32_t end = state_append_at(&j->synced), from = end & ~(uint32_t)(PAGE - 1);
    const uint8_t *p;

    if (!last_sync_is_whole(j))
        return RES_IOERROR;
    if (from < state_head_len(&j->synced))
        from = state_head_len(&j->synced);
    if (from >= end)
        return RES_OK;
    p = window_get(j, from, end - from, 0);
    return p != NULL ? write_at(j->fd, p, end - from, from) : RES_IOERROR;
}

enum result journal_bring_back(struct journal *j)
{
    enum result r;

    j->window.len = 0;
    if ((r = rewrite_tail(j)) != RES_OK || (r = journal_write_head(j)) != RES_OK)
        return failed(j, "cannot bring the journal back to what it was", r);
    j->doubtful = false;
    return RES_OK;
}

bool journal_revert(struct journal *j)
{
    bool written = j->appended && j->pending_at > state_append_at(&j->synced);

    j->appended = false;
    j->pending_len = 0;
    j->window.len = 0;
    if (j->doubtful)
        return journal_bring_back(j) == RES_OK;
    j->doubtful = written && ftruncate(j->fd, state_append_at(&j->synced)) != 0;
    return !j->doubtful;
}
