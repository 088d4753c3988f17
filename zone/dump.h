/*
 * A zone's contents to a master file: the walk in canonical order, and for the relative
 * style the $ORIGIN of each name.  Any thread that holds the version.
 */
#ifndef KZ_ZONE_DUMP_H
#define KZ_ZONE_DUMP_H

#include "parser/master_write.h"
#include "zone/contents.h"

/* Writes every RRset to `fd`. */
enum result contents_dump(const struct contents *c, uint16_t rrclass, int fd,
                          const struct master_write_options *opt);

#endif
