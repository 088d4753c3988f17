/*
 * The built-in view of class CH, "_bind": the zones version.bind, hostname.bind,
 * authors.bind and id.server, made of records like any zone.  Private to answer/.
 */
#ifndef KZ_ANSWER_BUILTIN_H
#define KZ_ANSWER_BUILTIN_H

#include "conf/settings.h"
#include "zone/table.h"

struct builtin_view;

/* Builds it by the snapshot's version, hostname and server-id.  `*view` is what is in force
 * for it, owned by the result; `*zones` is the caller's to free.  NULL without memory. */
struct builtin_view *builtin_view_new(const struct conf_snapshot *conf,
                                      const struct conf_view **view, struct zone_table **zones);
void builtin_view_free(struct builtin_view *b);

#endif
