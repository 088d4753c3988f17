/*
 * Names from text and from a message.  What is taken must be a good name, write as text
 * that reads back the same, and stand in order to another name as that one to it.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "fuzz/fuzz.h"

static void check_name(const struct name *n)
{
    char text[NAME_TEXT_MAX];
    struct name back, folded;

    must(name_check(n->wire, n->len) == n->len && name_length(n->wire) == n->len);
    must(name_to_text(n->wire, text, NAME_FINAL_DOT) < NAME_TEXT_MAX);
    must(name_from_text(&back, text, strlen(text), NULL) == RES_OK);
    must(back.len == n->len && memcmp(back.wire, n->wire, n->len) == 0);
    folded = *n;
    name_fold(folded.wire, n->wire, n->len);
    must(name_equal(n->wire, folded.wire) && name_compare(n->wire, folded.wire) == 0);
    must(name_hash(n->wire) == name_hash(folded.wire));
    must(name_is_below(n->wire, name_parent(folded.wire), NULL));
}

static void check_pair(const struct name *a, const struct name *b)
{
    int d = name_compare(a->wire, b->wire), e = name_compare(b->wire, a->wire);
    size_t rel_len;
    struct name joined;

    must((d > 0) == (e < 0) && (d == 0) == (e == 0));
    must((d == 0) == name_equal(a->wire, b->wire));
    if (name_is_below(a->wire, b->wire, &rel_len)) {
        must(d >= 0 && rel_len == (size_t)a->len - b->len);
        must(name_join(&joined, a->wire, rel_len, b->wire) == RES_OK);
        must(name_equal(joined.wire, a->wire));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct name first = {1, {0}}, n;
    size_t at = 0, before;

    if (name_from_text(&n, (const char *)data, size, (const uint8_t *)"\1a") == RES_OK) {
        check_name(&n);
        first = n;
    }
    while (at < size) {
        before = at;
        if (name_from_message(&n, data, size, &at) != RES_OK) {
            at = before + 1;
            continue;
        }
        must(at > before && at <= size);
        check_name(&n);
        check_pair(&n, &first);
        first = n;
    }
    must(name_check(data, size) <= size);
    return 0;
}
