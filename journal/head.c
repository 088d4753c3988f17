#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/siphash.h"
#include "dns/serial.h"
#include "journal/internal.h"

/* Offsets in the header. */
enum {
    AT_BEGIN = 16, AT_END = 24, AT_INDEX_SIZE = 32, AT_SOURCE = 36, AT_FLAGS = 40,
    /* what BIND leaves zero: */
    AT_TAG = 41, AT_PREVIOUS = 44, AT_SUM = 52, AT_HEAD_SUM = 60
};
enum { MAGIC_LEN = 16, TAG_LEN = 3 };

static const char magic_now[MAGIC_LEN] = ";BIND LOG V9.2\n";
static const char magic_old[MAGIC_LEN] = ";BIND LOG V9\n";
static const uint8_t tag[TAG_LEN] = {'K', 'z', 1};

/* The sums guard against tears, not against people: their keys are fixed. */
static uint64_t keyed_sum(uint64_t key, uint64_t purpose, const uint8_t *bytes, size_t len)
{
    uint8_t k[SIPHASH_KEY_LEN], out[SIPHASH_LEN];

    put_u32(k, (uint32_t)(key >> 32));
    put_u32(k + 4, (uint32_t)key);
    put_u32(k + 8, (uint32_t)(purpose >> 32));
    put_u32(k + 12, (uint32_t)purpose);
    siphash24(k, bytes, len, out);
    return (uint64_t)get_u32(out) << 32 | get_u32(out + 4);
}

uint64_t sum_add(uint64_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t n; len > 0; bytes += n, len -= n) {
        n = len < SUM_RUN ? len : SUM_RUN;
        sum = keyed_sum(sum, 0x6a6f75726e616c31, bytes, n);
    }
    return sum;
}

static uint32_t head_sum(uint8_t *head, size_t len)
{
    uint8_t kept[4];
    uint64_t sum;

    memcpy(kept, head + AT_HEAD_SUM, sizeof kept);
    memset(head + AT_HEAD_SUM, 0, sizeof kept);
    sum = keyed_sum(0, 0x6865616465720001, head, len);
    memcpy(head + AT_HEAD_SUM, kept, sizeof kept);
    return (uint32_t)sum;
}

static void put_position(uint8_t *p, struct position pos)
{
    put_u32(p, pos.serial);
    put_u32(p + 4, pos.offset);
}

static struct position get_position(const uint8_t *p)
{
    return (struct position){get_u32(p), get_u32(p + 4)};
}

void state_encode(const struct state *s, uint8_t *out)
{
    memset(out, 0, HEADER_LEN);
    memcpy(out, s->old_magic ? magic_old : magic_now, MAGIC_LEN);
    put_position(out + AT_BEGIN, s->begin);
    put_position(out + AT_END, s->end);
    put_u32(out + AT_INDEX_SIZE, s->index_size);
    put_u32(out + AT_SOURCE, s->source_serial);
    out[AT_FLAGS] = s->flags;
    for (uint32_t i = 0; i < s->index_size; i++)
        put_position(out + HEADER_LEN + i * POSITION_LEN, s->index[i]);
    if (!s->summed)
        return;
    memcpy(out + AT_TAG, tag, TAG_LEN);
    put_position(out + AT_PREVIOUS, s->previous);
    put_u32(out + AT_SUM, (uint32_t)(s->sum >> 32));
    put_u32(out + AT_SUM + 4, (uint32_t)s->sum);
    put_u32(out + AT_HEAD_SUM, head_sum(out, state_head_len(s)));
}

static void decode(struct state *s, const uint8_t *head)
{
    s->old_magic = memcmp(head, magic_old, MAGIC_LEN) == 0;
    s->begin = get_position(head + AT_BEGIN);
    s->end = get_position(head + AT_END);
    s->index_size = get_u32(head + AT_INDEX_SIZE);
    s->source_serial = get_u32(head + AT_SOURCE);
    s->flags = head[AT_FLAGS];
    s->summed = memcmp(head + AT_TAG, tag, TAG_LEN) == 0;
    s->previous = get_position(head + AT_PREVIOUS);
    s->sum = (uint64_t)get_u32(head + AT_SUM) << 32 | get_u32(head + AT_SUM + 4);
}

void state_copy(struct state *to, const struct state *from)
{
    struct position *index = to->index;

    *to = *from;
    to->index = index;
    if (from->index_size > 0)
        memcpy(index, from->index, from->index_size * sizeof *index);
}

/* A full index keeps every second entry. */
static uint32_t index_thin(struct state *s)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < s->index_size; i += 2)
        s->index[kept++] = s->index[i];
    memset(s->index + kept, 0, (s->index_size - kept) * sizeof *s->index);
    return kept;
}

void state_index_add(struct state *s, struct position p)
{
    uint32_t i = 0;

    while (i < s->index_size && s->index[i].offset != 0)
        i++;
    if (i == s->index_size)
        i = index_thin(s);
    if (i < s->index_size)
        s->index[i] = p;
}

void state_index_drop_from(struct state *s, uint32_t serial)
{
    for (uint32_t i = 0; i < s->index_size; i++)
        if (!serial_lt(s->index[i].serial, serial))
            s->index[i] = (struct position){0};
}

/* `len` bytes from the file's begin; *got may be less at its end. */
static enum result read_head(const struct journal *j, uint8_t *out, size_t len, size_t *got)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(j->fd, out + *got, len - *got, (off_t)*got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return result_from_errno(errno);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return RES_OK;
}

static enum result make_room(struct journal *j)
{
    size_t n = j->synced.index_size > 0 ? j->synced.index_size : 1;

    j->synced.index = calloc(n, sizeof *j->synced.index);
    j->now.index = calloc(n, sizeof *j->now.index);
    free(j->head);
    j->head = calloc(1, state_head_len(&j->synced));
    return j->synced.index != NULL && j->now.index != NULL && j->head != NULL ? RES_OK : RES_NOMEM;
}

/* Nothing was ever brought to disk here: the file has no whole header, and what it has is the
 * begin of one, or zeros. */
static bool never_completed(const uint8_t *head, size_t got)
{
    bool zero = true;

    for (size_t i = 0; i < got; i++)
        zero = zero && head[i] == 0;
    return zero ||
           (got < HEADER_LEN && memcmp(head, magic_now, got < MAGIC_LEN ? got : MAGIC_LEN) == 0);
}

/* Zeros only, to the end: a length that reached the disk before the bytes did. */
static bool rest_is_zero(struct journal *j)
{
    uint8_t buf[4096];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(j->fd, buf, sizeof buf, at)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] != 0)
                return false;
        at += n;
    }
    return n == 0;
}

static enum result begin_anew(struct journal *j)
{
    j->synced = (struct state){.index_size = INDEX_DEFAULT};
    journal_say(j, LVL_WARNING,
                "%s: journal was torn at its creation, before anything was in it: taken as empty",
                j->path);
    return make_room(j);
}

enum result head_read(struct journal *j)
{
    uint8_t first[HEADER_LEN];
    size_t got;
    enum result r = read_head(j, first, sizeof first, &got);

    if (r != RES_OK)
        return r;
    if (never_completed(first, got) && (got < HEADER_LEN || rest_is_zero(j)))
        return begin_anew(j);
    decode(&j->synced, first);
    if (got < HEADER_LEN || j->synced.index_size > INDEX_MOST ||
        (!j->synced.old_magic && memcmp(first, magic_now, MAGIC_LEN) != 0)) {
        j->synced.index_size = 0;
        journal_say(j, LVL_ERROR, "%s: journal format not recognized", j->path);
        return RES_UNEXPECTED;
    }
    if ((r = make_room(j)) != RES_OK ||
        (r = read_head(j, j->head, state_head_len(&j->synced), &got)) != RES_OK)
        return r;
    for (uint32_t i = 0; i < j->synced.index_size; i++)
        j->synced.index[i] = get_position(j->head + HEADER_LEN + i * POSITION_LEN);
    return RES_OK;
}

bool head_sum_is_right(struct journal *j)
{
    return get_u32(j->head + AT_HEAD_SUM) == head_sum(j->head, state_head_len(&j->synced));
}

enum result head_write(struct journal *j, const struct state *s)
{
    state_encode(s, j->head);
    return write_at(j->fd, j->head, state_head_len(s), 0);
}
