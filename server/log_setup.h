/*
 * From the configuration's logging statement (or the command line) to base's channels.
 * Main and the maintenance thread.
 */
#ifndef KZ_SERVER_LOG_SETUP_H
#define KZ_SERVER_LOG_SETUP_H

#include "base/result.h"
#include "conf/settings.h"
#include "server/options.h"

/* Before a configuration is known: standard error with -g, the file of -L, or syslog. */
enum result log_setup_default(const struct options *o);

/* What the configuration asks for; with -g only says that it is not used. */
enum result log_setup_configured(const struct options *o, const struct conf_snapshot *conf);

/* Whether queries are logged when nobody switched it by hand: `querylog`, and without that
 * statement whether the logging statement names the queries category. */
bool log_setup_querylog(const struct conf_snapshot *conf);

#endif
