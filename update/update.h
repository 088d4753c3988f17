/*
 * Dynamic update (RFC 2136): may this client change the zone so, and the change itself.
 *
 * The zone section has been checked by who found the zone (answer/); the message is parsed,
 * its signature verified.  Return codes, order of checks and log lines are BIND 9.20's.
 * Nothing is kept between calls.
 */
#ifndef KZ_UPDATE_UPDATE_H
#define KZ_UPDATE_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/acl.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "zone/client_log.h"
#include "zone/edit.h"
#include "zone/zone.h"

/* All of it must stay valid during the call. */
struct update_request {
    const struct message_request *req;
    struct zone *zone;
    const struct conf_zone *conf;       /* of the zone, in force */
    struct acl_who who;                 /* the client: address, key name, local port, transport */
    struct client_id client;            /* the same client, for log lines */
    const struct tsig_key *key;         /* that signed it, NULL: none; who.key is its name */
    const uint8_t *session_key;         /* name of the key of `update-policy local`; NULL: none */
    uint64_t now_s;                     /* since 1970, for serial-update-method */
};

/*
 * What can be refused before any change is tried: not a primary zone, allow-query, allow-update
 * or the want of an update-policy, a frozen zone.  RCODE_NOERROR or what to answer (then
 * the reason has been logged).  Any thread in its RCU read side; neither locks nor allocates.
 */
unsigned update_admit(const struct update_request *u);

/* Is it for a secondary zone, and may its sender have it passed on to a primary
 * (allow-update-forwarding)?  Says so in the log.  As update_admit(). */
bool update_may_forward(const struct update_request *u);

/*
 * Does the update on the zone that `e` holds: update_admit() again (the zone may have been
 * frozen meanwhile), then all the rest.  Returns the rcode to answer.  With RCODE_NOERROR the
 * message is kept (zone_edit_keep; its diff is empty when nothing was to be done), otherwise
 * undone.  The answer may say NOERROR only when the edit is committed.  The edit's thread;
 * `external` policies ask a daemon and wait for it, at most UPDATE_EXTERNAL_TIMEOUT_MS.
 */
enum { UPDATE_EXTERNAL_TIMEOUT_MS = 1000 };
unsigned update_process(const struct update_request *u, struct zone_edit *e);

/* A line of category update: "client @…: updating zone 'NAME/CLASS': " and the text. */
void update_log(const struct update_request *u, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
