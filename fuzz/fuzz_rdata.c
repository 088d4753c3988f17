/*
 * RDATA from a message.  Input: a type, then a message that is all RDATA from byte 2 on,
 * so that names may point back into it.  What is taken must be good by itself, equal to
 * its canonical form, and must read back the same from every style of text.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "fuzz/fuzz.h"

static uint8_t wire[RDATA_MAX_LEN], again[RDATA_MAX_LEN];
static char text[400000];
static const uint8_t origin[] = "\1a";

/* Meta types are never in a zone; of the others some are good with nothing where their
 * text has to have something. */
static int has_text(uint16_t type, size_t len)
{
    if (type == TYPE_NONE || (rdata_flags(type) & RRT_META) != 0)
        return 0;
    return type != TYPE_NXT && !(type == TYPE_SSHFP && len == 2);
}

static void check_style(uint16_t type, size_t len, const struct rdata_style *style)
{
    size_t text_len, n;
    enum result r;

    if (rdata_to_text(type, CLASS_IN, wire, len, style, text, sizeof text, &text_len) != RES_OK)
        return;     /* no room: 64 KB of escapes and names */
    r = rdata_from_text(type, CLASS_IN, text, origin, again, &n);
    if (r == RES_NOSPACE || !has_text(type, len))
        return;     /* more words than rdata_from_text() takes */
    if (r != RES_OK || n != len || memcmp(wire, again, n) != 0)
        abort();
}

static void check_forms(uint16_t type, size_t len)
{
    static const struct rdata_style styles[] = {
        {0}, {.unknown = true}, {origin, true, true, false, 4}};

    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        check_style(type, len, &styles[i]);
    memcpy(again, wire, len);
    rdata_canonicalize(type, again, len);
    if (rdata_compare(type, wire, len, again, len) != 0 ||
        rdata_target(type, wire, len) >= (int)len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t type;
    size_t len;

    if (size < 2 || size > RDATA_MAX_LEN)
        return 0;
    type = get_u16(data);
    rdata_compare(type, data + 2, size - 2, data, size);
    if (rdata_check(type, CLASS_IN, data + 2, size - 2) == RES_OK) {
        len = size - 2;
        memcpy(wire, data + 2, len);
        check_forms(type, len);
    }
    if (rdata_from_message(type, CLASS_IN, data, size, 2, size - 2, wire, &len) == RES_OK) {
        if (rdata_check(type, CLASS_IN, wire, len) != RES_OK)
            abort();
        check_forms(type, len);
    }
    return 0;
}
