/*
 * A named.conf: read, checked and built.  Files stay out of it: text that includes is
 * passed over.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/settings.h"
#include "fuzz/fuzz.h"

static void take_message(void *arg, int level, const char *text)
{
    (void)level;
    *(size_t *)arg += strlen(text);
}

/* What a snapshot promises to its readers. */
static void check_snapshot(const struct conf_snapshot *s)
{
    if (s->nviews == 0 || s->port == 0)
        abort();
    for (unsigned v = 0; v < s->nviews; v++)
        for (unsigned i = 0; i < s->views[v].nzones; i++)
            if (s->views[v].zones[i].options == NULL || s->views[v].zones[i].name == NULL)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct conf_load_options options = {.check_only = true};
    size_t said = 0;
    const struct conf_report report = {take_message, &said};
    struct conf_snapshot *s;

    if (memmem(data, len, "include", 7) != NULL)
        return 0;
    if (conf_load_text("fuzz", (const char *)data, len, &options, &report, &s) == RES_OK)
        check_snapshot(s);
    else if (said == 0)     /* a refusal without a word */
        abort();
    conf_free(s);
    return 0;
}
