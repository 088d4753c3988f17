/*
 * What the checks of a loaded zone found, kept until the end, so that each can be said
 * together with the file and the line of the record it is about.  Contents do not know
 * lines; when there is something to say, and only then, the file is read once more.  Of
 * more remarks than ZONE_REMARKS_MAX nobody reads the places: keep no more.
 *
 * One thread; a collection owns its memory.
 */
#ifndef KZ_ZONE_REMARKS_H
#define KZ_ZONE_REMARKS_H

#include "parser/master.h"
#include "zone/contents.h"

struct zone_remark;

enum { ZONE_REMARKS_MAX = 1000 };

struct zone_remarks {
    struct zone_remark *first, **last;
    unsigned count;
};

/* The record a remark is about; what it points to is copied. */
struct zone_place {
    const uint8_t *owner, *rdata;
    uint16_t type, rdlen;
    bool dot_missing;       /* its target has the zone's name twice */
};

void zone_remarks_init(struct zone_remarks *r);

/* `place` may be NULL.  Without memory the remark is lost. */
void zone_remarks_add(struct zone_remarks *r, int level, const char *text,
                      const struct zone_place *place);

/* Finds the lines in the text file at `path`. */
void zone_remarks_locate(struct zone_remarks *r, const char *path,
                         const struct master_options *opt);

/* Says each remark, then "FILE:LINE: here is the TYPE record of 'OWNER'" where known, and
 * asks after a final dot where one seems to be missing. */
void zone_remarks_say(const struct zone_remarks *r,
                      void (*say)(void *arg, int level, const char *text),
                      void (*say_place)(void *arg, int level, const char *text), void *arg);

void zone_remarks_free(struct zone_remarks *r);

#endif
