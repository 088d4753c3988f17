#include <sys/stat.h>

#include "dns/serial.h"
#include "journal/internal.h"

/* The sum over a transaction, in chunks from its begin, as the writer made it. */
static bool transaction_sum(struct journal *j, struct position from, struct position to,
                            uint64_t *sum)
{
    for (uint64_t at = from.offset; at < to.offset; at += SUM_RUN) {
        size_t n = to.offset - at < SUM_RUN ? to.offset - at : SUM_RUN;
        const uint8_t *p = window_get(j, at, n, n);

        if (p == NULL)
            return false;
        *sum = sum_add(*sum, p, n);
    }
    return true;
}

static struct position previous_end(const struct state *s)
{
    struct position p = s->previous;

    if (p.offset == 0)          /* the journal was empty */
        p = (struct position){s->begin.serial, state_head_len(s)};
    return p;
}

/*
 * Follows the transactions behind `from` as far as they hold together, up to `limit`.  *whole
 * is the last boundary at which their sum is the header's; false when there is none.
 */
static bool find_summed_end(struct journal *j, struct position from, uint64_t limit,
                            struct position *whole)
{
    struct position p = from, next;
    uint64_t sum = 0;
    bool found = sum == j->synced.sum;

    *whole = from;
    while (p.offset < limit) {
        struct journal_transaction t;

        if (transaction_read(j, p.offset, p.serial, limit, &t) != RES_OK)
            break;
        next = (struct position){t.to, (uint32_t)transaction_end(&t)};
        if (!transaction_sum(j, p, next, &sum))
            break;
        p = next;
        if (sum == j->synced.sum) {
            *whole = p;
            found = true;
        }
    }
    return found;
}

bool last_sync_is_whole(struct journal *j)
{
    struct position end;

    if (state_is_empty(&j->synced) || j->synced.previous.offset == j->synced.end.offset)
        return j->synced.sum == 0;
    return find_summed_end(j, previous_end(&j->synced), j->synced.end.offset, &end) &&
           end.offset == j->synced.end.offset && end.serial == j->synced.end.serial;
}

/* Cuts the state back (or on) to an end; the index keeps what lies before it. */
static void cut_to(struct state *s, struct position end, bool empty)
{
    if (empty)
        s->begin = s->end = (struct position){0};
    else
        s->end = end;
    for (uint32_t i = 0; i < s->index_size; i++)
        if (s->index[i].offset >= s->end.offset)
            s->index[i] = (struct position){0};
    s->previous = s->end;
    s->sum = 0;
}

static void say_cut(const struct journal *j, const struct state *was)
{
    const struct state *s = &j->synced;

    if (state_is_empty(s))
        journal_say(j, LVL_WARNING,
                    "%s: the last write to the journal (to serial %u) was torn by a crash "
                    "before anybody was told of it: cut off, the journal is empty again",
                    j->path, was->end.serial);
    else
        journal_say(j, LVL_WARNING,
                    "%s: the last write to the journal (to serial %u) was torn by a crash "
                    "before anybody was told of it: cut back to serial %u",
                    j->path, was->end.serial, s->end.serial);
}

/* As far as whole transactions follow each other from the first. */
static struct position follow_all(struct journal *j, struct position begin, uint64_t limit)
{
    struct position p = begin;

    while (p.offset < limit && transaction_examine(j, &p, limit) == RES_OK)
        ;
    return p;
}

/* BIND syncs a transaction before the header that names it, so a file that is too short was
 * cut by somebody else: what is whole of it stays. */
static bool cut_short_file(struct journal *j)
{
    struct state *s = &j->synced;
    uint32_t said_end = s->end.offset;
    struct position end;
    struct stat st;

    if (state_is_empty(s) || fstat(j->fd, &st) != 0 || (uint64_t)st.st_size >= said_end)
        return false;
    end = follow_all(j, s->begin, (uint64_t)st.st_size);
    cut_to(s, end, end.offset == s->begin.offset);
    journal_say(j, LVL_WARNING,
                "%s: the file ends after %llu of the %u bytes that its header names: cut back to "
                "the last whole transaction, which ends at serial %u",
                j->path, (unsigned long long)st.st_size, said_end, end.serial);
    return true;
}

/* The header itself is a mixture of two: the journal is made out from its transactions. */
static void verify_torn_head(struct journal *j)
{
    struct state *s = &j->synced;
    const struct state was = *s;
    struct position end, first = {was.begin.serial, state_head_len(s)};
    bool summed;

    for (uint32_t i = 0; i < s->index_size; i++)
        s->index[i] = (struct position){0};
    summed = s->sum != 0 && s->previous.offset >= first.offset &&
             find_summed_end(j, s->previous, SIZE_MOST, &end) && end.offset > s->begin.offset;
    if (s->begin.offset < first.offset)
        s->begin = first;
    if (!summed)
        end = follow_all(j, s->begin, SIZE_MOST);
    cut_to(s, end, end.offset == s->begin.offset);
    journal_say(j, LVL_WARNING,
                "%s: the header of the journal was torn by a crash: made anew from its "
                "transactions, which end at serial %u", j->path, s->end.serial);
}

/* The first of the transactions up to `end` that is addressable from there. */
static bool find_begin(struct journal *j, struct position end, struct position *begin)
{
    struct position p;
    bool found = false;

    if (!chain_first(j, &p))
        return false;
    while (p.offset < end.offset) {
        struct journal_transaction t;

        if (transaction_read(j, p.offset, p.serial, end.offset, &t) != RES_OK)
            return false;
        if (!found && serial_gt(end.serial, p.serial)) {
            *begin = p;
            found = true;
        }
        p = (struct position){t.to, (uint32_t)transaction_end(&t)};
    }
    return found && p.offset == end.offset && p.serial == end.serial;
}

/* What was torn may have moved the begin past all that was there before. */
static void cut_back(struct journal *j, const struct state *was)
{
    bool gone = was->previous.offset <= was->begin.offset;

    if (gone && was->previous.offset != 0 && find_begin(j, was->previous, &j->synced.begin))
        gone = false;
    cut_to(&j->synced, was->previous, gone);
}

bool journal_cut_torn(struct journal *j)
{
    const struct state was = j->synced;

    if (!was.summed)
        return cut_short_file(j);
    if (!head_sum_is_right(j)) {
        verify_torn_head(j);
        return true;
    }
    if (last_sync_is_whole(j))
        return false;
    cut_back(j, &was);
    say_cut(j, &was);
    return true;
}
