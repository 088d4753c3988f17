#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "dns/serial.h"
#include "journal/internal.h"

enum { TARGET_LEAST = 4096, HEAD_DEFAULT = HEADER_LEN + INDEX_DEFAULT * POSITION_LEN };

/*
 * The first transaction from which less than half of what may stay remains, and none newer
 * than `serial`: the zone file holds what comes before it.
 */
static enum result choose_begin(struct journal *j, uint32_t serial, uint64_t target,
                                struct position *out)
{
    uint64_t wanted = (target - HEAD_DEFAULT) / 2, end = j->synced.end.offset;
    struct journal_transaction t;
    struct position p = j->synced.begin;

    for (*out = p; p.serial != serial; *out = p) {
        if (transaction_read(j, p.offset, p.serial, end, &t) != RES_OK)
            return RES_UNEXPECTED;
        p = (struct position){t.to, (uint32_t)transaction_end(&t)};
        if (p.offset >= end || serial_gt(p.serial, serial))
            return RES_OK;
        if (end - p.offset < wanted) {
            *out = p;
            return RES_OK;
        }
    }
    return RES_OK;
}

/* A transaction's header in the form of the file; its length. */
static size_t put_head(uint8_t head[TRANSACTION_LEN], const struct journal_transaction *t,
                       bool old)
{
    struct writer w = writer_of(head, TRANSACTION_LEN);

    writer_u32(&w, t->size);
    if (!old)
        writer_u32(&w, t->count);
    writer_u32(&w, t->from);
    writer_u32(&w, t->to);
    return writer_len(&w);
}

static enum result copy_transaction(struct journal *j, const struct journal_transaction *t, int fd,
                                    struct position *at, struct state *s)
{
    uint8_t head[TRANSACTION_LEN];
    uint64_t from = transaction_body(t), end = transaction_end(t), to = at->offset;
    size_t head_len = put_head(head, t, s->old_magic);
    enum result r;

    if (to + head_len + t->size > SIZE_MOST)
        return RES_RANGE;
    if ((r = write_at(fd, head, head_len, to)) != RES_OK)
        return r;
    to += head_len;
    while (from < end) {
        size_t n = end - from < SUM_RUN ? (size_t)(end - from) : SUM_RUN;
        const uint8_t *p = window_get(j, from, n, n);

        if (p == NULL)
            return RES_UNEXPECTEDEND;
        if ((r = write_at(fd, p, n, to)) != RES_OK)
            return r;
        from += n;
        to += n;
    }
    state_index_add(s, *at);
    *at = (struct position){t->to, (uint32_t)to};
    return RES_OK;
}

static enum result copy_all(struct journal *j, struct position from, int fd, struct state *s)
{
    struct position at = {from.serial, HEAD_DEFAULT};
    struct journal_transaction t;
    enum result r = RES_OK;

    s->begin = at;
    while (r == RES_OK && from.offset < j->synced.end.offset) {
        r = transaction_read(j, from.offset, from.serial, j->synced.end.offset, &t);
        if (r == RES_OK && t.count == 0)
            r = transaction_count(j, &t);
        if (r == RES_OK)
            r = copy_transaction(j, &t, fd, &at, s);
        from = (struct position){t.to, (uint32_t)transaction_end(&t)};
    }
    s->end = s->previous = at;
    return r;
}

static char *new_name(const char *path)
{
    size_t len = strlen(path);
    char *name;

    if (len > 4 && strcmp(path + len - 4, ".jnl") == 0)
        len -= 4;
    return asprintf(&name, "%.*s.jnw", (int)len, path) < 0 ? NULL : name;
}

static enum result write_new(struct journal *j, struct position from, bool old, int fd)
{
    struct position index[INDEX_DEFAULT] = {{0}};
    struct state s = {.index = index, .index_size = INDEX_DEFAULT, .summed = !old,
                      .old_magic = old,
                      .source_serial = j->synced.source_serial, .flags = j->synced.flags};
    uint8_t head[HEAD_DEFAULT];
    enum result r = copy_all(j, from, fd, &s);

    if (r != RES_OK)
        return r;
    state_encode(&s, head);
    if ((r = write_at(fd, head, sizeof head, 0)) != RES_OK)
        return r;
    return fsync(fd) == 0 ? RES_OK : result_from_errno(errno);
}

/* The new file is whole on disk before it gets the name, so one sync is enough. */
static enum result replace(struct journal *j, struct position from, bool old)
{
    char *name = new_name(j->path);
    enum result r = RES_NOMEM;
    int fd;

    if (name == NULL)
        return RES_NOMEM;
    fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0 || (r = write_new(j, from, old, fd)) != RES_OK) {
        r = fd < 0 ? result_from_errno(errno) : r;
    } else if (rename(name, j->path) != 0) {
        r = result_from_errno(errno);
    } else {
        r = file_sync_folder(j->path);
    }
    if (fd >= 0)
        close(fd);
    if (r != RES_OK) {
        unlink(name);
        journal_say(j, LVL_ERROR, "%s: cannot be compacted: %s: %s", j->path, name,
                    result_text(r));
    }
    free(name);
    return r;
}

enum result journal_compact(const char *path, uint32_t serial, uint64_t target,
                            const struct journal_report *report)
{
    struct journal *j;
    struct position from;
    enum result r = journal_open(path, JOURNAL_WRITE, report, &j);

    if (r != RES_OK)
        return r;
    target = target < TARGET_LEAST ? TARGET_LEAST : target;
    if (state_is_empty(&j->synced) ||
        (!j->synced.old_magic && j->synced.end.offset < target))
        r = RES_OK;
    else if (serial_lt(serial, j->synced.begin.serial) ||
             serial_gt(serial, j->synced.end.serial))
        r = RES_RANGE;
    else if ((r = choose_begin(j, serial, target, &from)) == RES_OK)
        r = replace(j, from, false);
    journal_close(j);
    return r;
}

enum result journal_rewrite(const char *path, bool old, const struct journal_report *report)
{
    struct journal *j;
    enum result r = journal_open(path, JOURNAL_WRITE, report, &j);

    if (r != RES_OK)
        return r;
    if (!state_is_empty(&j->synced))
        r = replace(j, j->synced.begin, old);
    journal_close(j);
    return r;
}
