#include "xfr/notify_message.h"

#include "dns/render.h"

enum { NAME_SLOTS = 64 };

/* The SOA as the zone has it, but with TTL 0, as BIND does. */
static bool put_soa(struct render *r, const struct notify_message *m,
                    const struct hashed_name *zone)
{
    const struct contents *c = m->contents;
    const struct zrrset *soa = node_rrset(c, contents_apex(c), TYPE_SOA);
    struct render_rrset s = {.owner = zone, .type = TYPE_SOA, .rrclass = m->rrclass};

    return render_record(r, SECTION_ANSWER, &s, rrset_data(soa) + 2, rr_len(rrset_data(soa)));
}

size_t notify_message_write(uint8_t *out, const struct notify_message *m,
                            struct tsig_session *session, uint64_t now_s)
{
    struct render_slot slots[NAME_SLOTS] = {{0}};
    struct writer w = {out, out, out + NOTIFY_ROOM, true};
    struct hashed_name zone;
    struct render r;

    render_init(&r, slots, NAME_SLOTS);
    render_begin(&r, out, NOTIFY_ROOM);
    hashed_name_set(&zone, m->zone);
    render_question(&r, &zone, TYPE_SOA, m->rrclass);
    if (!put_soa(&r, m, &zone))
        return 0;
    put_u16(out, m->id);
    put_u16(out + 2, OPCODE_NOTIFY << 11 | FLAG_AA);
    for (unsigned i = 0; i < SECTION_COUNT; i++)
        put_u16(out + 4 + 2 * i, r.count[i]);
    w.at = out + r.len;
    if (m->key != NULL && tsig_sign_request(session, m->key, &w, now_s) != RES_OK)
        return 0;
    return writer_len(&w);
}

/* An answer need not repeat the question; one that it repeats must be ours. */
static bool question_is_ours(const struct notify_message *m, const uint8_t *msg, size_t len)
{
    size_t at = MESSAGE_HEADER_LEN;
    struct name name;

    if (get_u16(msg + 4) == 0)
        return true;
    return name_from_message(&name, msg, len, &at) == RES_OK && len - at >= 4 &&
           name_equal(name.wire, m->zone) && get_u16(msg + at) == TYPE_SOA &&
           get_u16(msg + at + 2) == m->rrclass;
}

bool notify_answer_read(const struct notify_message *m, const uint8_t *msg, size_t len,
                        unsigned *rcode)
{
    uint16_t flags;

    if (len < MESSAGE_HEADER_LEN || get_u16(msg) != m->id)
        return false;
    flags = get_u16(msg + 2);
    *rcode = flags & 15;
    return (flags & FLAG_QR) != 0 && (flags >> 11 & 15) == OPCODE_NOTIFY &&
           question_is_ours(m, msg, len);
}
