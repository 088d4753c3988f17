/*
 * Domain names in uncompressed wire form (RFC 1035 §3.1): length-prefixed labels
 * that end in the root's zero byte, 1 to 255 bytes.  A `const uint8_t *` that is
 * called a name here is valid and complete; what comes from outside is made one
 * by name_from_text() or name_from_message().  Any thread; nothing allocates.
 */
#ifndef KZ_DNS_NAME_H
#define KZ_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/result.h"

enum {
    NAME_MAX_LEN = 255,
    NAME_MAX_LABELS = 128,  /* the root label included */
    LABEL_MAX_LEN = 63,
    /* Room for any name as text, NUL included: every byte as \DDD, a dot a label. */
    NAME_TEXT_MAX = 1024
};

/* A name that owns its bytes. */
struct name {
    uint8_t len;
    uint8_t wire[NAME_MAX_LEN];
};

/* Bytes of a name, the root's zero included. */
size_t name_length(const uint8_t *name);

/* Labels of a name, the root's not counted: 0 for ".", 2 for "example.com.". */
unsigned name_count_labels(const uint8_t *name);

/* Offsets of the labels, the root's last; returns how many, the root's included. */
unsigned name_label_offsets(const uint8_t *name, uint8_t offsets[NAME_MAX_LABELS]);

/* Presentation text (RFC 1035 §5.1: \X, \DDD) of `len` bytes to a name.  Text
 * without a final dot is completed with `origin`; without one (NULL) it is
 * RES_MUSTBEABSOLUTE.  "@" alone is the origin.  Errors: RES_LABELTOOLONG,
 * RES_NAMETOOLONG, RES_EMPTYLABEL, RES_BADESCAPE, RES_UNEXPECTEDEND (no text). */
enum result name_from_text(struct name *out, const char *text, size_t len, const uint8_t *origin);

/* Presentation text, NUL terminated, at most NAME_TEXT_MAX bytes; ends in a dot
 * with NAME_FINAL_DOT (the root is "." always).  Returns its length. */
enum { NAME_OMIT_FINAL_DOT = 0, NAME_FINAL_DOT = 1 };
size_t name_to_text(const uint8_t *name, char out[NAME_TEXT_MAX], int final_dot);

/* Text of the `rel_len` bytes of labels before some origin (no root byte);
 * "@" when there are none.  Returns its length. */
size_t name_labels_to_text(const uint8_t *labels, size_t rel_len, char out[NAME_TEXT_MAX]);

/* A possibly compressed name at `*at` of a message (RFC 1035 §4.1.4) to a name;
 * steps `*at` past it.  Pointers must point backwards, so loops end, and there may be no more
 * of them than a name has labels, so a message of pointers costs no more than others.
 * RES_BADPOINTER, RES_BADLABELTYPE, RES_NAMETOOLONG, RES_UNEXPECTEDEND. */
enum result name_from_message(struct name *out, const uint8_t *msg, size_t msg_len, size_t *at);

/* An uncompressed name within `len` bytes: its length, or 0 when it is malformed. */
size_t name_check(const uint8_t *wire, size_t len);

/* Equal without regard to ASCII case (RFC 4343). */
bool name_equal(const uint8_t *a, const uint8_t *b);

/* Canonical order of RFC 4034 §6.1: negative, zero, positive. */
int name_compare(const uint8_t *a, const uint8_t *b);

/* The same order for `alen` and `blen` bytes of labels before one origin. */
int name_labels_compare(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen);

/* The first eight bytes of the topmost of `len` bytes of labels, folded, as a number that
 * orders as the names do where it differs; 0 for none.  Sorts and searches by it first. */
uint64_t name_labels_prefix(const uint8_t *labels, size_t len);

/* True when `name` is `ancestor` or below it.  *rel_len (may be NULL) gets the
 * bytes of labels that `name` has before it. */
bool name_is_below(const uint8_t *name, const uint8_t *ancestor, size_t *rel_len);

/* The name without its first label; the root stays. */
static inline const uint8_t *name_parent(const uint8_t *name)
{
    return *name ? name + 1 + *name : name;
}

static inline bool name_is_wildcard(const uint8_t *name)
{
    return name[0] == 1 && name[1] == '*';
}

/* A "*" label and `len` bytes of labels (and the root's byte, if they have it) behind it. */
static inline void name_put_wildcard(uint8_t out[NAME_MAX_LEN + 2], const uint8_t *labels,
                                     size_t len)
{
    out[0] = 1;
    out[1] = '*';
    memcpy(out + 2, labels, len);
}

void name_copy(struct name *out, const uint8_t *name);

/* prefix (`prefix_len` bytes of labels) before suffix; RES_NAMETOOLONG. */
enum result name_join(struct name *out, const uint8_t *prefix, size_t prefix_len,
                      const uint8_t *suffix);

/* `len` bytes of names or labels with ASCII capitals folded; src may be dst. */
void name_fold(uint8_t *dst, const uint8_t *src, size_t len);

/* Equality of `len` bytes of labels, ASCII case folded. */
bool labels_equal(const uint8_t *a, const uint8_t *b, size_t len);

/*
 * The hash of a name is built from the root leftwards, so that one pass over a
 * query name gives the hash of each of its suffixes: start with NAME_HASH_ROOT,
 * then name_hash_label() a label at a time.
 */
#define NAME_HASH_ROOT 0x452821e638d01377ULL

static inline uint64_t name_hash_label(uint64_t parent, const uint8_t *label)
{
    return hash_folded(parent, label, 1u + *label);
}

uint64_t name_hash(const uint8_t *name);

/* Continues the hash of an origin over `rel_len` bytes of labels before it. */
uint64_t name_hash_relative(uint64_t origin_hash, const uint8_t *labels, size_t rel_len);

#endif
