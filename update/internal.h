/*
 * Within the folder: an update under way, and its steps in the order in which they are taken.
 * A step returns RCODE_NOERROR or the rcode to answer; then it has logged why.
 */
#ifndef KZ_UPDATE_INTERNAL_H
#define KZ_UPDATE_INTERNAL_H

#include "dns/rdata.h"
#include "update/update.h"

/* A record of the message; RDATA is plain. */
struct update_rr {
    struct name owner;
    uint16_t type, rrclass, rdlen;
    uint32_t ttl;
    uint8_t rdata[RDATA_MAX_LEN];
};

struct update_run {
    const struct update_request *u;
    struct zone_edit *e;
    const uint8_t *origin;
    uint16_t rrclass;           /* of the zone */
    bool soa_changed;           /* by the message */
    uint16_t *max_by_policy;    /* for each record of the update section, 0: no limit; NULL: no
                                 * record has one */
    unsigned left;              /* records to come of the section that is read */
    size_t at;
    struct update_rr rr;        /* the one read last */
};

/* The records of a section one by one: begin, then next until it says false. */
void update_section_begin(struct update_run *run, enum message_section section);
bool update_section_next(struct update_run *run);

/* Steps. */
unsigned update_admit_now(const struct update_request *u, bool say_approved);
unsigned update_prescan(struct update_run *run);
unsigned update_prerequisites(struct update_run *run);
unsigned update_apply(struct update_run *run);
/* What the zone must still be afterwards, and its new serial. */
unsigned update_complete(struct update_run *run);

/* Deletes the RRset; RCODE_SERVFAIL without memory. */
unsigned update_delete_rrset(struct update_run *run, const uint8_t *owner, uint16_t type);

/* "update failed: NAME/TYPE: TEXT (RCODE)", or "unsuccessful" where a prerequisite says so;
 * name NULL, type TYPE_NONE: not shown.  Returns the rcode. */
unsigned update_fail(const struct update_request *u, unsigned rcode, const uint8_t *name,
                     uint16_t type, const char *text);

/* An edit's error: logged, SERVFAIL. */
unsigned update_edit_failed(const struct update_run *run, const char *doing, enum result r);

/* RRset of a name in the version in the making; NULL: none. */
const struct zrrset *update_find(const struct update_run *run, const uint8_t *owner,
                                 uint16_t type);
const struct znode *update_node(const struct update_run *run, const uint8_t *owner);

static inline bool update_is_meta(uint16_t type)
{
    return type == TYPE_OPT || (type >= 128 && type <= 255);
}

#endif
