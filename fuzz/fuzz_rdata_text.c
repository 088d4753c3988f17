/*
 * RDATA from text.  Input: "TYPE RDATA".  What is taken must be good wire, and must write
 * as text that reads back the same.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"
#include "fuzz/fuzz.h"

static uint8_t wire[RDATA_MAX_LEN], again[RDATA_MAX_LEN];
static char text[400000];

static void check_text(uint16_t type, size_t len)
{
    static const struct rdata_style style = {0};
    size_t text_len, n;
    enum result r;

    if (rdata_check(type, CLASS_IN, wire, len) != RES_OK)
        abort();
    if (rdata_to_text(type, CLASS_IN, wire, len, &style, text, sizeof text, &text_len) != RES_OK)
        return;     /* no room */
    r = rdata_from_text(type, CLASS_IN, text, NULL, again, &n);
    if (r != RES_NOSPACE && (r != RES_OK || n != len || memcmp(wire, again, n) != 0) &&
        !(type == TYPE_SSHFP && len == 2))  /* an empty digest has no text but \# */
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = strndup((const char *)data, size);
    size_t n = strcspn(line, " "), len;
    uint16_t type;

    if (rrtype_from_text(&type, line, n) == RES_OK &&
        rdata_from_text(type, CLASS_IN, line + n, (const uint8_t *)"\1a", wire, &len) == RES_OK)
        check_text(type, len);
    free(line);
    return 0;
}
