/*
 * NOTIFY out within the server: what xfr/notify_out.h needs to know of it, and which events lead
 * there: zones that were loaded, and those that have changed since.  The maintenance thread.
 */
#ifndef KZ_SERVER_NOTIFY_H
#define KZ_SERVER_NOTIFY_H

#include "xfr/notify_out.h"

struct server;

/* After the listener, the loader and the changes, before the first zone loads.  NULL without
 * memory. */
struct notifier *notify_new(struct server *s);

#endif
