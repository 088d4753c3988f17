/*
 * From file to contents: parse, build, check, log as BIND does.
 */
#ifndef KZ_ZONE_LOAD_H
#define KZ_ZONE_LOAD_H

#include <sys/stat.h>

#include "parser/master.h"
#include "zone/build.h"
#include "zone/check.h"
#include "zone/zone.h"

/* What a load does about the zone's journal. */
enum zone_load_journal {
    ZONE_JOURNAL_SERVE,         /* at the first load: rolled forward; cut where it is torn */
    ZONE_JOURNAL_NONE,          /* not looked at */
    ZONE_JOURNAL_READ           /* rolled forward, and left as it is */
};

/* Where the messages of a load go; zone_load_log() is the server's choice. */
struct zone_load_sink {
    void (*message)(void *arg, int level, const char *text);  /* a complete line, prefix included */
    void (*progress)(void *arg, uint64_t bytes, uint64_t total);  /* may be NULL */
    void *arg;
    /* What only named-checkzone wants; zeros otherwise: */
    bool (*outside)(void *arg, const struct zone_check_outside *o);
    bool keep_going;            /* tell as many errors of the file as there are */
    enum master_check check_ns; /* an NS record that names an address */
    enum zone_load_journal journal;
    bool stream;                /* the file may be a pipe, "-" is standard input */
};

/*
 * Reads the zone's file (conf->file, format and checks by conf->options) into *out.
 * Messages are BIND's: "zone Z/IN: loaded serial N" is the caller's to say after it has
 * published; failures are complete ("zone Z/IN: loading from master file F failed: E",
 * "zone Z/IN: not loaded due to errors.").  One thread per builder.
 */
enum result zone_load_file(struct zone *z, struct zone_builder *b,
                           const struct zone_load_sink *sink, struct contents **out);

/* zone_load_file(), then checks the serial against the version in force, publishes and
 * logs "loaded serial N[ (DNSSEC signed)]"; on failure the old version stays. */
enum result zone_load(struct zone *z, struct zone_builder *b, const struct zone_load_sink *sink);

#endif
