/*
 * Answers to the questions of a check of a delegation, one after the other: a byte that says which
 * question, two of length, the message.  Then what they led to is judged and printed.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "dns/message.h"
#include "dns/rdata.h"
#include "fuzz/fuzz.h"
#include "xfr/delegation_read.h"

static const uint8_t zone[] = "\7example";

/* What an answer may speak of is there, as when the question was asked. */
static struct delegation *make(void)
{
    union net_addr parent = {.v4.sin_family = AF_INET}, child = {.v4.sin_family = AF_INET};
    struct delegation_options o;
    struct delegation *d;

    delegation_options_init(&o);
    d = delegation_new(zone, &o);
    must(d != NULL);
    child.v4.sin_addr.s_addr = 1;
    delegation_server(d, &parent, NULL, true, NULL);
    delegation_server(d, &child, zone, false, NULL);
    delegation_host(d, zone);
    return d;
}

static void answer(struct delegation *d, unsigned which, const uint8_t *msg, size_t len)
{
    static const struct {
        uint16_t type;
        unsigned subject;
        delegation_take *take;
    } rows[] = {
        {TYPE_NS, 0, delegation_take_parent_name}, {TYPE_A, 0, delegation_take_parent_address},
        {TYPE_NS, 0, delegation_take_delegation},  {TYPE_DS, 0, delegation_take_ds},
        {TYPE_AAAA, 0, delegation_take_resolved},  {TYPE_A, 0, delegation_take_own},
        {TYPE_SOA, 1, delegation_take_soa},        {TYPE_NS, 1, delegation_take_ns},
        {TYPE_DNSKEY, 1, delegation_take_keys}};
    static struct delegation_targets parents;
    static uint8_t rdata[RDATA_MAX_LEN];
    struct delegation_question q = {.d = d, .parents = &parents, .rdata = rdata};

    which %= sizeof rows / sizeof *rows;
    q.type = rows[which].type;
    q.subject = rows[which].subject;
    q.probe = &d->servers[q.subject].udp;
    q.id = 0x1234;
    name_copy(&q.name, zone);
    if (which == 0)
        parents.n = 0;
    if (!delegation_is_reply(&q, msg, len))
        return;
    q.probe->asked = true;
    rows[which].take(&q, msg, len);
    must(parents.n <= DELEGATION_TARGETS_MAX && d->nhosts <= DELEGATION_HOSTS_MAX);
    must(d->nservers <= DELEGATION_SERVERS_MAX && d->nds <= DELEGATION_DS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct delegation *d = make();
    FILE *out = fopen("/dev/null", "w");

    while (len >= 3) {
        size_t n = get_u16(data + 1);

        n = n < len - 3 ? n : len - 3;
        answer(d, data[0], data + 3, n);
        data += 3 + n;
        len -= 3 + n;
    }
    must(out != NULL && delegation_judge(d) == RES_OK);
    delegation_print_table(d, out);
    delegation_print_json(d, out);
    fclose(out);
    delegation_free(d);
    return 0;
}
