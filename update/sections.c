/* The records of a message, and what the version in the making has. */
#include "update/internal.h"

void update_section_begin(struct update_run *run, enum message_section section)
{
    run->left = run->u->req->count[section];
    run->at = run->u->req->section_at[section];
}

/* The class that the RDATA is of: to delete a record, NONE stands for the zone's. */
static uint16_t data_class(const struct update_run *run, uint16_t rrclass)
{
    return rrclass == CLASS_NONE ? run->rrclass : rrclass;
}

bool update_section_next(struct update_run *run)
{
    const struct message_request *req = run->u->req;
    struct message_record r;
    size_t len = 0;

    if (run->left == 0)
        return false;
    run->left--;
    /* both were read before (message_parse_request): they cannot fail */
    message_read_record(&r, req->msg, req->len, &run->at);
    if (r.rdata_len > 0 && !update_is_meta(r.type))
        rdata_from_message(r.type, data_class(run, r.rrclass), req->msg, req->len, r.rdata_at,
                           r.rdata_len, run->rr.rdata, &len);
    run->rr.owner = r.owner;
    run->rr.type = r.type;
    run->rr.rrclass = r.rrclass;
    run->rr.ttl = r.ttl;
    run->rr.rdlen = (uint16_t)len;
    return true;
}

const struct znode *update_node(const struct update_run *run, const uint8_t *owner)
{
    return contents_find_name(zone_edit_contents(run->e), owner);
}

const struct zrrset *update_find(const struct update_run *run, const uint8_t *owner, uint16_t type)
{
    const struct contents *c = zone_edit_contents(run->e);
    const struct znode *n = contents_find_name(c, owner);

    return n != NULL ? node_rrset(c, n, type) : NULL;
}
