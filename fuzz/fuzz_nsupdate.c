/*
 * A script of nsupdate, line by line, into a message in memory.  Whatever was taken must write as
 * a message that reads back record by record; a line that is refused says why and changes no
 * record.
 */
#include <string.h>

#include "dns/message.h"
#include "dns/rdata.h"
#include "fuzz/fuzz.h"
#include "tools/update_script.h"

static uint8_t wire[MESSAGE_MAX_LEN], plain[RDATA_MAX_LEN];

static void check_section(size_t len, size_t *at, const struct update_section *s)
{
    struct update_record want;
    size_t from = 0, n;

    while (update_section_next(s, &from, &want)) {
        uint16_t form = want.rrclass >= CLASS_NONE ? CLASS_IN : want.rrclass;
        struct message_record rr;

        must(message_read_record(&rr, wire, len, at) == RES_OK);
        must(name_equal(rr.owner.wire, want.owner) && rr.type == want.type &&
             rr.rrclass == want.rrclass && rr.ttl == want.ttl);
        if (form == CLASS_IN && want.rdata_len > 0 && want.rrclass == CLASS_IN)
            must(rdata_from_message(rr.type, form, wire, len, rr.rdata_at, rr.rdata_len, plain,
                                    &n) == RES_OK &&
                 n == want.rdata_len && rdata_compare(rr.type, plain, n, want.rdata, n) == 0);
    }
}

/* The message, with the zone that was named. */
static void check_message(const struct update_script *s)
{
    struct writer w = writer_of(wire, sizeof wire);
    size_t at = MESSAGE_HEADER_LEN;

    if (update_message_write(&s->message, s->zone.len > 0 ? s->zone.wire : NULL,
                             update_script_class(s), 1, &w) != RES_OK)
        return;
    if (s->zone.len > 0)
        at += s->zone.len + 4u;
    check_section(writer_len(&w), &at, &s->message.prerequisites);
    check_section(writer_len(&w), &at, &s->message.updates);
    must(at == writer_len(&w));
}

static void run_line(struct update_script *s, char *line)
{
    size_t prerequisites = s->message.prerequisites.len, updates = s->message.updates.len;
    enum script_step step = update_script_line(s, line);

    if (step == SCRIPT_ERROR)
        must(s->error[0] != '\0' && s->message.prerequisites.len == prerequisites &&
             s->message.updates.len == updates);
    if (step == SCRIPT_SEND || step == SCRIPT_SHOW)
        check_message(s);
    if (step == SCRIPT_SEND)
        update_script_next(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size), *rest = text, *line;
    static struct update_script s;

    update_script_init(&s);
    while ((line = strsep(&rest, "\n")) != NULL)
        run_line(&s, line);
    check_message(&s);
    update_script_free(&s);
    free(text);
    return 0;
}
