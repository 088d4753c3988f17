/*
 * Raw master files.  Input: the file.  Every record must be good wire in the zone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dns/rdata.h"
#include "fuzz/fuzz.h"
#include "parser/master.h"

static const uint8_t origin[] = "\1w\4test";

static enum result take_record(void *arg, const struct master_record *rr)
{
    (void)arg;
    if (name_check(rr->owner, rr->owner_len) != rr->owner_len ||
        !name_is_below(rr->owner, origin, NULL) ||
        rdata_check(rr->type, rr->rrclass, rr->rdata, rr->rdlen) != RES_OK)
        abort();
    return RES_OK;
}

static void take_message(void *arg, enum master_level level, const char *text)
{
    (void)arg;
    (void)level;
    (void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    const struct master_callbacks cb = {.record = take_record, .message = take_message};
    const struct master_options opt = {.origin = origin, .rrclass = CLASS_IN};
    struct master_raw_header header;
    char path[64];

    if (fd < 0)
        fd = memfd_create("raw", 0);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    master_parse_raw(path, &opt, &cb, &header);
    return 0;
}
