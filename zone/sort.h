/*
 * Canonical order for a builder's names.  Every name's parent is a node too, so only siblings
 * are compared, by one label each; a walk down the tree is then the order (RFC 4034 §6.1).
 * Siblings are sorted by a natural merge sort that takes the runs a file already has
 * (dumps and signed zones are one run), and two threads for many.
 */
#ifndef KZ_ZONE_SORT_H
#define KZ_ZONE_SORT_H

#include "zone/build_internal.h"

/* The numbers of all nodes: first the tree's, *ntree in canonical order, then the owners of
 * NSEC3 by hash.  The caller frees them; NULL without memory. */
uint32_t *sort_nodes(const struct zone_builder *b, uint32_t *ntree);

#endif
