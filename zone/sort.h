/*
 * Canonical order for a builder's names: a natural merge sort that takes the runs a
 * file already has (dumps and signed zones are one run), and two threads for many names.
 */
#ifndef KZ_ZONE_SORT_H
#define KZ_ZONE_SORT_H

#include "zone/build_internal.h"

struct sort_key {
    uint64_t prefix;        /* the first bytes of the topmost label, folded: decides mostly */
    uint32_t node;
};

void sort_key_set(struct sort_key *k, const struct zone_builder *b, uint32_t node);

/* Sorts `n` keys in place; RES_NOMEM. */
enum result sort_keys(const struct zone_builder *b, struct sort_key *keys, uint32_t n);

#endif
