/*
 * The commands of nsupdate that put records into the message: prerequisites and updates (RFC
 * 2136 §2.4, §2.5).  One thread.
 */
#ifndef KZ_TOOLS_UPDATE_RECORDS_H
#define KZ_TOOLS_UPDATE_RECORDS_H

#include "tools/update_state.h"

/* The operations, with or without "prereq" or "update" before them. */
script_command script_nxdomain, script_yxdomain, script_nxrrset, script_yxrrset;
script_command script_add, script_delete;

#endif
