/*
 * Master files.  Input: one byte of options (bit 0 keep going, 1 checks, 2 no TTL given),
 * then the file.  Every record must be good wire in the zone, and can be written.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rdata.h"
#include "fuzz/fuzz.h"
#include "parser/master.h"
#include "parser/master_write.h"

enum { MAX_RECORDS = 2000 };

static const uint8_t origin[] = "\1w\4test";

struct taken {
    struct master_writer *writer;
    unsigned count;
};

static enum result take_record(void *arg, const struct master_record *rr)
{
    static uint8_t data[2 + RDATA_MAX_LEN];
    struct taken *t = arg;
    const struct master_rrset s = {.owner = rr->owner,
                                   .origin = origin,
                                   .data = data,
                                   .count = 1,
                                   .ttl = rr->ttl,
                                   .rrclass = rr->rrclass,
                                   .type = rr->type};

    if (name_check(rr->owner, rr->owner_len) != rr->owner_len ||
        !name_is_below(rr->owner, origin, NULL) || rr->ttl > 0x7fffffff || rr->line == 0 ||
        rdata_check(rr->type, rr->rrclass, rr->rdata, rr->rdlen) != RES_OK)
        abort();
    put_u16(data, rr->rdlen);
    memcpy(data + 2, rr->rdata, rr->rdlen);
    master_writer_add(t->writer, &s);
    return ++t->count < MAX_RECORDS ? RES_OK : RES_NOMEM;   /* no memory ends it for good */
}

static void take_message(void *arg, enum master_level level, const char *text)
{
    (void)arg;
    (void)level;
    if (strlen(text) == 0)
        abort();
}

/* Ranges of $GENERATE may be as large as they like, and then take as long. */
static bool takes_long(const uint8_t *data, size_t size)
{
    unsigned digits = 0;
    bool generates = false;

    for (size_t i = 0; i < size; i++) {
        generates |= data[i] == '$';
        digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
        if (generates && digits > 4)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int null_fd = -1;
    struct taken t = {0};
    struct master_callbacks cb = {.arg = &t, .record = take_record, .message = take_message};
    struct master_options opt = {.origin = origin, .rrclass = CLASS_IN, .no_includes = true};
    struct master_write_options style = {.format = MASTER_RELATIVE};

    if (size == 0 || takes_long(data, size))
        return 0;
    if (null_fd < 0)
        null_fd = open("/dev/null", O_WRONLY);
    opt.keep_going = data[0] & 1;
    opt.check_names = opt.check_mx = opt.check_ns = data[0] & 2 ? MASTER_WARN : MASTER_IGNORE;
    opt.check_wildcard = data[0] & 2;
    opt.have_default_ttl = !(data[0] & 4);
    style.format = data[0] & 8 ? MASTER_FULL : MASTER_RELATIVE;
    if ((t.writer = master_writer_new(null_fd, &style)) == NULL)
        return 0;
    master_parse_text((const char *)data + 1, size - 1, "fuzz", &opt, &cb);
    master_writer_finish(t.writer);
    return 0;
}
