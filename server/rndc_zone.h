/*
 * What the commands about zones share, and what reload calls when a zone is named.
 * Maintenance thread.
 */
#ifndef KZ_SERVER_RNDC_ZONE_H
#define KZ_SERVER_RNDC_ZONE_H

#include "server/rndc.h"

/* `rndc reload [-wait] ZONE`; "-wait" may also stand behind the zone.  RES_UNEXPECTEDEND
 * when no zone is named. */
rndc_command rndc_zone_reload;

/* The first thing that was wrong at the zone's last load, with its file and line, as text. */
void rndc_say_load_error(struct rndc_call *call, struct zone *z);

/* "'NAME/CLASS'", and the view behind it unless it is the default one; returns `out`. */
const char *rndc_zone_text(const struct zone *z, char out[ZONE_TEXT]);

#endif
