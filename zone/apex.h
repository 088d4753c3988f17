/*
 * What is known of a version as a whole: what its apex says, and how much it holds.  For who
 * makes versions, zone/layout.c and zone/edit.c.
 */
#ifndef KZ_ZONE_APEX_H
#define KZ_ZONE_APEX_H

#include "zone/contents.h"

/* Sets serial, is_signed, denial and the parameters of NSEC3 as the apex has them now. */
void contents_note_apex(struct contents *c);

/* Adds an RRset to the counts of records and of bytes (contents_size_bytes()); `owner_len` is
 * the whole name's. */
void node_measure_rrset(const struct zrrset *s, size_t owner_len, uint32_t *nrecords,
                        uint64_t *bytes);

#endif
