/*
 * A zone that is served: its name, the options in force, and its current contents.
 *
 * A zone lives from the configuration that brings it to the one that drops it, over
 * any number of reloads.  Readers (RCU) take `contents` once per query with
 * rcu_read().  What is said to be fixed never changes; everything else is the loader's
 * and the maintenance thread's: while a run loads zones, no settings change
 * (server/loader.h).
 */
#ifndef KZ_ZONE_ZONE_H
#define KZ_ZONE_ZONE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/result.h"
#include "conf/settings.h"
#include "zone/contents.h"

/* Its place in the list of zones that have changed: server/changes.h, under its lock. */
struct zone_change {
    struct zone *next;
    bool posted;
};

struct zone {
    struct contents *contents;          /* RCU; NULL: nothing to serve (SERVFAIL); changed by who
                                         * holds `writer` */
    pthread_mutex_t writer;             /* held for an edit (zone/edit.h), and to publish */
    const struct conf_zone *conf;       /* RCU; in the snapshot in force.  NULL: dropped */
    const uint8_t *name;                /* wire; own copy, fixed */
    const char *view;                   /* own copy, fixed; "_default" is not shown in logs */
    uint64_t hash;                      /* name_hash() of the name, fixed */
    struct timespec file_mtime;         /* of the newest file at the last load attempt */
    uint64_t file_size;
    struct zone_change change;
    struct zone_journal *journal;       /* open for appending; zone/journals.h */
    char **includes;                    /* files read by $INCLUDE, NULL terminated; NULL: none */
    char *load_error;                   /* the first error of the last load, with file and line as
                                         * far as it has any; NULL: none.  Own copy */
    int64_t loaded_s;                   /* when contents last came, whole, from a file or a primary;
                                         * 0: never; atomic */
    struct secondary *secondary;        /* server/secondaries.c's, maintenance thread; NULL: none */
    struct zone_notify *notify;         /* xfr/notify_out.c's, maintenance thread; NULL: none.  One
                                         * block, freed with the zone */
    struct zone_upkeep *upkeep;         /* server/upkeep.c's, maintenance thread; NULL: none */
    uint32_t file_serial;               /* what the file holds; atomic, see zone_needs_flush() */
    uint32_t journal_from;              /* where a journal that leaves a gap begins; atomic */
    bool newer_than_file;               /* the load applied a journal: the file lacks changes;
                                         * atomic */
    bool has_gap;                       /* see zone_note_journal(); atomic */
    bool claimed;                       /* its files are being read or written: under the loader's
                                         * lock, see loader_claim() */
    uint8_t last_result;                /* enum result of the last load */
    int64_t expires_ms;                 /* atomic: when a secondary's contents expire, by the clock
                                         * of net_now_ms(); 0: never.  Set by the maintenance
                                         * thread */
    bool expired;                       /* a secondary that serves nothing any more; atomic */
    bool frozen;                        /* takes no updates (`rndc freeze`); atomic.  Set by the
                                         * maintenance thread; the writer looks with the lock of the
                                         * zone's edits held: who has had that lock since is sure
                                         * that nothing changes any more */
    uint32_t holds;                     /* atomic: the configuration's, and those of long work */
    uint8_t name_len;
    uint16_t rrclass;                   /* fixed */
};

/* NULL without memory. */
struct zone *zone_new(const struct conf_zone *conf, const char *view);

/* The configuration has dropped it and no reader holds it any more: it goes at once, or with
 * the last hold.  NULL is fine. */
void zone_free(struct zone *z);

/* Long work (a transfer, a dump) keeps the zone in memory while configurations come and go; any
 * thread.  Only what is fixed may be read of a zone that was dropped: its settings are gone. */
void zone_hold(struct zone *z);
void zone_release(struct zone *z);
bool zone_is_dropped(const struct zone *z);

/* "zone NAME/CLASS[/VIEW]: " before a message, in category `cat` (enum log_category). */
void zone_log(const struct zone *z, int cat, int level, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "NAME/CLASS[/VIEW]" as messages have it; returns `out`. */
enum { ZONE_TEXT = 1200 };
const char *zone_text(const struct zone *z, char out[ZONE_TEXT]);

/* Do its data change here, so that the file is only a copy?  True of secondaries and of dynamic
 * zones that are not frozen: once loaded they are not read from the file again. */
bool zone_owns_data(const struct zone *z);

/* The journal's path: as configured, else the zone file's with ".jnl".  NULL when the zone has
 * neither, or without memory.  The caller frees it. */
char *zone_journal_path(const struct conf_zone *conf);
/* Does the file lack what is served? */
bool zone_needs_flush(const struct zone *z, const struct contents *c);
/* The file holds the version with this serial, or (`newer`) something before it. */
void zone_note_file(struct zone *z, uint32_t serial, bool newer);

/* A new journal begins with this serial.  When the file holds less, somebody has removed the
 * journal that led there, or has set another path: until the file is written a start could not
 * bring them together.  True when there is such a gap, and until it is closed. */
bool zone_note_journal(struct zone *z, uint32_t serial);
bool zone_has_gap(const struct zone *z);

/* Keeps `text` (from malloc, or NULL) as the first error of the last load. */
void zone_set_load_error(struct zone *z, char *text);

/* Keeps `list` (NULL terminated, both it and its strings from malloc) as the zone's includes. */
void zone_set_includes(struct zone *z, char **list);

/* The version in force, pinned (contents_unpin()); NULL when nothing is served.  The thread is
 * offline. */
const struct contents *zone_pin(const struct zone *z);

/* Swaps in contents that were loaded; waits for an edit under way to end.  The old ones are given
 * back after a grace period, and when nobody has pinned them any more. */
void zone_publish(struct zone *z, struct contents *c);

/* The same by who holds `writer`. */
void zone_swap(struct zone *z, struct contents *c);

#endif
