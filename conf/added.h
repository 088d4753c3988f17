/*
 * Zones that come and go while the server runs: `rndc addzone`, modzone, delzone, and the
 * members of catalog zones.
 *
 * Where `allow-new-zones yes;` is in force, a view's added zones stand in a file of their own,
 * as BIND has it: VIEW.nzf in new-zones-directory, or a hash where the view's name could be no
 * file's.  conf_load() reads that file as if its zones stood in the view.  A zone that comes
 * later is read within the frame of the configuration in force, which the snapshot keeps, so
 * that what has meanwhile been written into named.conf is not looked at; and a new snapshot is
 * made out of the first one and the changes.  One thread.
 */
#ifndef KZ_CONF_ADDED_H
#define KZ_CONF_ADDED_H

#include "conf/settings.h"

/* What has changed since the configuration was loaded. */
struct conf_zone_change {
    const char *view;               /* own copy of who holds the change */
    uint8_t *name;                  /* wire, the same */
    struct conf_snapshot *now;      /* of conf_zone_load(); NULL: the zone is gone */
    bool shadows;                   /* the first snapshot has a zone of this name */
    unsigned at;                    /* which zone of its view in `now` */
};

/* A statement for rndc's addzone and modzone: `command` is the word, for messages; `name` and
 * `rrclass` are text, `body` is "{ … };" and nothing behind it. */
struct conf_zone_text {
    const char *command, *name, *rrclass, *body;
    bool is_added;                  /* false: it only replaces one of named.conf's */
};

/* Reads one zone of view number `view` of the snapshot: the first zone of that view in *out.
 * RES_UNEXPECTEDTOKEN for what is no single statement, else as conf_load(). */
enum result conf_zone_load(const struct conf_snapshot *s, unsigned view,
                           const struct conf_zone_text *text, const struct conf_report *report,
                           struct conf_snapshot **out);

/* Reads members of the catalog `catalog` for view number `view`: statements, as many as there
 * will be zones of that view in *out, in their order.  Mistakes go to `report`. */
enum result conf_members_load(const struct conf_snapshot *s, unsigned view, const char *catalog,
                              const char *statements, const struct conf_report *report,
                              struct conf_snapshot **out);

/* The snapshot with the changes; it keeps `base` and theirs.  NULL without memory. */
struct conf_snapshot *conf_derive(struct conf_snapshot *base,
                                  const struct conf_zone_change *changes, unsigned n);

/* Writes the view's added zones to their file, durably.  RES_OK, or why not. */
enum result conf_added_write(const struct conf_view *v);

/* ---- For conf/ ---- */

struct conf_context;
struct conf_block;
struct conf_stmt;

/* Reads the files of added zones into the tree, which is not checked yet. */
void added_zones_read(struct conf_context *c);
/* Keeps the frame, if zones may be added anywhere, by rndc or by catalogs. */
void added_zones_frame(struct conf_context *c);
/* The file of a view's added zones; `own` is the view's block, NULL without views.  NULL when no
 * zones may be added. */
const char *added_zones_path(struct conf_context *c, const struct conf_block *own,
                             const char *view);
/* A zone of a view that allows new ones: keeps its text, tells whether it was added. */
void added_zone_note(struct conf_context *c, const struct conf_stmt *stmt,
                     const struct conf_view *v, struct conf_zone *z);

#endif
