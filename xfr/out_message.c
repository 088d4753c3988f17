#include "xfr/out_message.h"

#include <time.h>

#include "base/buf.h"

enum {
    NAME_SLOTS = 4096,
    RR_FIXED = 10       /* type, class, TTL, RDLENGTH */
};

/* A message in the making. */
struct making {
    struct render render;
    struct render_rrset owner;      /* of the record at hand */
    size_t used, limit;             /* before compression; what there is room for */
    struct render_slot slots[NAME_SLOTS];
};

static void begin(const struct xfrout_messages *m, struct making *k, uint8_t *room)
{
    size_t behind = m->opt_len + (m->tsig != NULL ? tsig_response_len(m->tsig) : 0);
    struct hashed_name qname;

    render_init(&k->render, k->slots, NAME_SLOTS);
    k->limit = MESSAGE_MAX_LEN - behind;
    render_begin(&k->render, room, k->limit);
    k->render.compress = m->compress;
    k->render.point_anywhere = true;
    k->owner = (struct render_rrset){.rrclass = m->rrclass};
    k->used = MESSAGE_HEADER_LEN;
    if (m->messages == 0) {
        hashed_name_set(&qname, m->qname.wire);
        render_question(&k->render, &qname, m->qtype, m->rrclass);
        k->used += qname.len + 4u;
    }
}

/* Asks the source unless a record is left over from the message before. */
static enum result look(struct xfrout_messages *m)
{
    enum result r;

    if (m->has_record)
        return RES_OK;
    r = m->source->next(m->source, &m->record);
    m->has_record = r == RES_OK;
    return r;
}

static bool take(struct xfrout_messages *m, struct making *k)
{
    const struct xfrout_record *rr = &m->record;
    size_t size = rr->owner->len + RR_FIXED + (size_t)rr->rdlen;

    if (k->used + size > k->limit)
        return false;
    if (!rr->owner_again)
        k->owner.owner_at = 0;
    k->owner.owner = rr->owner;
    k->owner.type = rr->type;
    k->owner.ttl = rr->ttl;
    if (!render_record(&k->render, SECTION_ANSWER, &k->owner, rr->rdata, rr->rdlen))
        return false;
    k->used += size;
    m->has_record = false;
    m->records++;
    return true;
}

/* Fills the answer section: RES_OK, RES_NOMORE when the source has come to its end. */
static enum result fill(struct xfrout_messages *m, struct making *k)
{
    enum result r;

    while ((r = look(m)) == RES_OK) {
        if (!take(m, k))
            return k->render.count[SECTION_ANSWER] > 0 ? RES_OK : RES_NOSPACE;
        if (m->one_answer || k->used >= m->size)
            return RES_OK;
    }
    return r;
}

static size_t finish(struct xfrout_messages *m, struct making *k)
{
    struct render *r = &k->render;
    struct writer w = {r->msg, r->msg + r->len, r->msg + MESSAGE_MAX_LEN, true};

    if (m->opt_len > 0) {
        writer_bytes(&w, m->opt, m->opt_len);
        r->count[SECTION_ADDITIONAL]++;
    }
    put_u16(r->msg, m->id);
    put_u16(r->msg + 2, m->flags);
    for (unsigned i = 0; i < SECTION_COUNT; i++)
        put_u16(r->msg + 4 + 2 * i, r->count[i]);
    if (m->tsig != NULL)
        tsig_sign_response(m->tsig, &w, (uint64_t)time(NULL));
    m->messages++;
    m->bytes += writer_len(&w);
    return writer_len(&w);
}

ssize_t xfrout_message(struct xfrout_messages *m, uint8_t *room, enum result *why)
{
    struct making k;

    *why = look(m);
    if (*why == RES_NOMORE)
        return 0;
    memset(k.slots, 0, sizeof k.slots);
    begin(m, &k, room);
    if (*why == RES_OK)
        *why = fill(m, &k);
    if (*why != RES_OK && *why != RES_NOMORE)
        return -1;
    return (ssize_t)finish(m, &k);
}
