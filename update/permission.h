/*
 * update-policy: may this client change records of a type at a name?  (BIND's reference,
 * "Dynamic Update Policies".)  Private to update/; the edit's thread.
 */
#ifndef KZ_UPDATE_PERMISSION_H
#define KZ_UPDATE_PERMISSION_H

#include "update/internal.h"

/* The first rule that matches decides, none denies.  *max: how many records of the type the
 * rule lets the name have, 0: any number. */
bool permission_allows(const struct update_run *run, const uint8_t *name, uint16_t type,
                       uint16_t *max);

/* May all that stands at the name be deleted? */
bool permission_allows_all(const struct update_run *run, const uint8_t *name);

#endif
