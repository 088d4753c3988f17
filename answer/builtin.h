/*
 * The built-in view of class CH, "_bind": the zones version.bind, hostname.bind,
 * authors.bind and id.server, made of records like any zone.  Private to answer/.
 */
#ifndef KZ_ANSWER_BUILTIN_H
#define KZ_ANSWER_BUILTIN_H

#include "answer/server_data.h"

struct builtin_view;

/* Builds it by the snapshot's version, hostname and server-id, and fills `view`, whose
 * table the caller frees.  NULL without memory. */
struct builtin_view *builtin_view_new(const struct conf_snapshot *conf, struct answer_view *view);
void builtin_view_free(struct builtin_view *b);

#endif
