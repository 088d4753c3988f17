/*
 * The `external` rule of update-policy: a daemon behind a unix socket decides.
 *
 * The identity is "local:PATH".  To a stream socket there goes, all numbers in network order:
 * version (1) and length of the whole in 4 bytes each; signer, name, client's address, type
 * and key ("NAME/ALGORITHM/TAG"), each ended by a NUL, empty where there is none; 4 bytes of
 * length of a GSS token and the token (we have none).  Four bytes come back: 1 allows, 0 does
 * not.  No answer in UPDATE_EXTERNAL_TIMEOUT_MS is a no.
 */
#ifndef KZ_UPDATE_EXTERNAL_H
#define KZ_UPDATE_EXTERNAL_H

#include "update/update.h"

/* Blocks for the daemon (also those who wait for a grace period, as the caller reads under
 * RCU); logs the outcome. */
bool external_allows(const struct update_request *u, const char *identity, const uint8_t *name,
                     uint16_t type);

#endif
