/* From what the servers said to what is wrong with a delegation.  Asks nobody. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rrtype.h"
#include "dns/serial.h"
#include "xfr/delegation.h"

/* ---- The table ---- */

enum { NOTE, PROBLEM };

static const struct {
    const char *name, *advice;
    int weight;
} kinds[DELEGATION_KINDS] = {
#define FINDING(id, name, weight, advice) [DELEGATION_##id] = {name, advice, weight},
#include "xfr/delegation_finding.def"
#undef FINDING
};

const char *delegation_kind_name(enum delegation_kind kind)
{
    return kinds[kind].name;
}

const char *delegation_kind_advice(enum delegation_kind kind)
{
    return kinds[kind].advice;
}

bool delegation_kind_is_problem(enum delegation_kind kind)
{
    return kinds[kind].weight == PROBLEM;
}

/* ---- Findings ---- */

struct judge {
    struct delegation *d;
    bool no_memory;
};

static void find(struct judge *j, enum delegation_kind kind, int server, int host, const char *fmt,
                 ...) __attribute__((format(printf, 5, 6)));

static void find(struct judge *j, enum delegation_kind kind, int server, int host, const char *fmt,
                 ...)
{
    struct delegation *d = j->d;
    struct delegation_finding *more;
    char *text;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);
    more = n >= 0 ? realloc(d->findings, (d->nfindings + 1) * sizeof *more) : NULL;
    if (more != NULL)
        d->findings = more;
    else
        j->no_memory = true;
    if (more == NULL && n >= 0)
        free(text);
    if (more == NULL)
        return;
    d->findings[d->nfindings++] = (struct delegation_finding){kind, server, host, text};
    d->problems += delegation_kind_is_problem(kind);
}

/* ---- What an answer is worth ---- */

static bool is_good(const struct delegation_probe *p)
{
    return p->asked && p->result == RES_OK && p->rcode == RCODE_NOERROR && p->aa && p->has_soa;
}

/* The answer that says which version the server has; NULL: none does. */
static const struct delegation_probe *good_probe(const struct delegation_server *s)
{
    if (s->is_parent)
        return NULL;
    return is_good(&s->udp) ? &s->udp : is_good(&s->tcp) ? &s->tcp : NULL;
}

/* Nothing to do with the server: there is no way from here to such addresses. */
static bool is_out_of_reach(const struct delegation_server *s)
{
    enum result r = s->udp.result;

    return s->udp.asked && s->addr.sa.sa_family == AF_INET6 &&
           (r == RES_NETUNREACH || r == RES_FAMILYNOSUPPORT || r == RES_ADDRNOTAVAIL);
}

const char *delegation_probe_text(const struct delegation_probe *p, bool is_parent,
                                  char out[DELEGATION_PROBE_TEXT])
{
    if (!p->asked)
        return "-";
    if (p->result != RES_OK)
        return result_text(p->result);
    if (p->rcode != RCODE_NOERROR)
        return rcode_text(p->rcode, out);
    if (is_parent)
        return "ok";
    return !p->has_soa ? "lame" : p->aa ? "ok" : "no AA";
}

/* ---- NS records ---- */

static const char *host_text(const struct judge *j, int host, char out[NAME_TEXT_MAX])
{
    name_to_text(j->d->hosts[host].name.wire, out, NAME_OMIT_FINAL_DOT);
    return out;
}

static void list_hosts(const struct judge *j, uint64_t set, char *out, size_t room)
{
    size_t at = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < j->d->nhosts && at < room; i++) {
        char text[NAME_TEXT_MAX];

        if (set >> i & 1)
            at += (size_t)snprintf(out + at, room - at, "%s%s", at > 0 ? ", " : "",
                                   host_text(j, (int)i, text));
    }
}

static void tell_difference(struct judge *j, enum delegation_kind kind, unsigned server,
                            uint64_t has, uint64_t wanted, const char *others)
{
    char more[512], less[512];

    list_hosts(j, has & ~wanted, more, sizeof more);
    list_hosts(j, wanted & ~has, less, sizeof less);
    find(j, kind, (int)server, -1, "names other servers than %s: %s%s%s%s%s", others,
         *more != '\0' ? "it adds " : "", more, *more != '\0' && *less != '\0' ? ", " : "",
         *less != '\0' ? "it lacks " : "", less);
}

/* The set of the parent: what any of its servers names. */
static bool judge_parents(struct judge *j, uint64_t *set)
{
    struct delegation *d = j->d;
    bool known = false;

    *set = 0;
    for (unsigned i = 0; i < d->nservers; i++)
        if (d->servers[i].is_parent && d->servers[i].has_ns) {
            *set |= d->servers[i].ns;
            known = true;
        }
    for (unsigned i = 0; i < d->nservers; i++)
        if (d->servers[i].is_parent && d->servers[i].has_ns && d->servers[i].ns != *set)
            tell_difference(j, DELEGATION_PARENTS_DIFFER, i, d->servers[i].ns, *set,
                            "the parent's other servers");
    return known;
}

/* The set of the zone: that of its newest version. */
static bool judge_children(struct judge *j, uint64_t *set)
{
    struct delegation *d = j->d;
    bool known = false;

    *set = 0;
    for (int pass = 0; pass < 2 && !known; pass++)
        for (unsigned i = 0; i < d->nservers; i++) {
            const struct delegation_server *s = &d->servers[i];
            const struct delegation_probe *p = good_probe(s);

            if (p == NULL || !s->has_ns || (pass == 0 && p->serial != d->newest))
                continue;
            *set |= s->ns;
            known = true;
        }
    for (unsigned i = 0; known && i < d->nservers; i++)
        if (good_probe(&d->servers[i]) != NULL && d->servers[i].has_ns && d->servers[i].ns != *set)
            tell_difference(j, DELEGATION_CHILDREN_DIFFER, i, d->servers[i].ns, *set,
                            "the zone's newest version");
    return known;
}

static void compare_sets(struct judge *j, uint64_t parent, uint64_t child)
{
    char text[NAME_TEXT_MAX];

    for (unsigned i = 0; i < j->d->nhosts; i++) {
        bool above = parent >> i & 1, below = child >> i & 1;

        if (above && !below)
            find(j, DELEGATION_ONLY_AT_PARENT, -1, (int)i,
                 "%s is a name server for the parent, not for the zone",
                 host_text(j, (int)i, text));
        if (below && !above)
            find(j, DELEGATION_ONLY_AT_CHILD, -1, (int)i,
                 "%s is a name server for the zone, not for the parent",
                 host_text(j, (int)i, text));
    }
}

static unsigned count_bits(uint64_t set)
{
    return (unsigned)__builtin_popcountll(set);
}

static void judge_sets(struct judge *j)
{
    struct delegation *d = j->d;
    uint64_t parent, child, all;
    bool has_parent = judge_parents(j, &parent), has_child = judge_children(j, &child);
    bool has_both = has_parent && has_child;

    all = parent | child;
    for (unsigned i = 0; i < d->nhosts; i++) {
        d->hosts[i].at_parent = parent >> i & 1;
        d->hosts[i].at_child = child >> i & 1;
    }
    if (has_parent && parent == 0)
        find(j, DELEGATION_NOT_DELEGATED, -1, -1, "the parent has no NS records for the zone");
    else if (has_both)
        compare_sets(j, parent, child);
    if (count_bits(all) == 1)
        find(j, DELEGATION_ONE_SERVER, -1, -1, "there is only one name server");
}

/* ---- Addresses ---- */

static bool has_addr(const struct delegation_addrs *list, const union net_addr *a)
{
    for (unsigned i = 0; i < list->n; i++)
        if (net_addr_equal(&list->at[i], a))
            return true;
    return false;
}

static void tell_glue(struct judge *j, int host, const union net_addr *a, bool is_parents)
{
    char name[NAME_TEXT_MAX], addr[NET_ADDR_TEXT];

    net_addr_format_host(a, addr);
    if (is_parents)
        find(j, DELEGATION_GLUE_DIFFERS, -1, host,
             "%s has %s at the parent, which it does not have", host_text(j, host, name), addr);
    else
        find(j, DELEGATION_GLUE_DIFFERS, -1, host, "%s has %s, which the parent does not tell",
             host_text(j, host, name), addr);
}

static void judge_glue(struct judge *j, int host)
{
    const struct delegation_host *h = &j->d->hosts[host];
    char name[NAME_TEXT_MAX];

    if (h->at_parent && h->in_zone && h->glue.n == 0)
        find(j, DELEGATION_GLUE_MISSING, -1, host, "%s is in the zone, and the parent has no "
             "address for it", host_text(j, host, name));
    if (h->glue.n == 0 || h->own.n == 0 || h->asked == 0 || h->answered < h->asked || h->is_alias)
        return;
    for (unsigned i = 0; i < h->glue.n; i++)
        if (!has_addr(&h->own, &h->glue.at[i]))
            tell_glue(j, host, &h->glue.at[i], true);
    for (unsigned i = 0; i < h->own.n; i++)
        if (!has_addr(&h->glue, &h->own.at[i]))
            tell_glue(j, host, &h->own.at[i], false);
}

/* A name that only an old version has is told as that version's difference. */
static void judge_host(struct judge *j, int host)
{
    const struct delegation_host *h = &j->d->hosts[host];
    char name[NAME_TEXT_MAX], text[RRTYPE_TEXT];

    if (!h->at_parent && !h->at_child)
        return;
    judge_glue(j, host);
    host_text(j, host, name);
    if (h->is_alias)
        find(j, DELEGATION_ALIAS, -1, host, "%s is an alias (CNAME)", name);
    else if (h->own.n == 0 && h->asked > 0 && h->answered == h->asked)
        find(j, DELEGATION_NO_ADDRESS, -1, host, "%s has no address", name);
    else if (h->own.n == 0 && h->answered < h->asked)
        find(j, DELEGATION_UNRESOLVED, -1, host, "the addresses of %s cannot be looked up: %s",
             name,
             h->failure_rcode != 0 ? rcode_text(h->failure_rcode, text)
                                   : result_text(h->failure));
}

/* ---- Servers ---- */

static void judge_rcode(struct judge *j, int server, const struct delegation_probe *p,
                        const char *by)
{
    char text[RRTYPE_TEXT];
    enum delegation_kind kind = p->rcode == RCODE_REFUSED    ? DELEGATION_REFUSED
                                : p->rcode == RCODE_SERVFAIL ? DELEGATION_SERVFAIL
                                                             : DELEGATION_BAD_RCODE;

    find(j, kind, server, -1, "answers %s%s", rcode_text(p->rcode, text), by);
}

static void judge_answer(struct judge *j, int server, const struct delegation_probe *p,
                         const char *by)
{
    if (p->rcode != RCODE_NOERROR)
        judge_rcode(j, server, p, by);
    else if (!p->has_soa)
        find(j, DELEGATION_LAME, server, -1, "does not have the zone: lame%s", by);
    else if (!p->aa)
        find(j, DELEGATION_NO_AA, server, -1, "answers without authority (no AA)%s", by);
}

static void judge_silence(struct judge *j, int server)
{
    const struct delegation_server *s = &j->d->servers[server];
    bool udp = s->udp.result == RES_OK, tcp = s->tcp.result == RES_OK;

    if (!udp && !tcp && s->tcp.asked && s->udp.result != s->tcp.result)
        find(j, DELEGATION_NO_ANSWER, server, -1, "does not answer: UDP %s, TCP %s",
             result_text(s->udp.result), result_text(s->tcp.result));
    else if (!udp && (!tcp || !s->tcp.asked))
        find(j, DELEGATION_NO_ANSWER, server, -1, "does not answer: %s",
             result_text(s->udp.result));
    else if (!udp)
        find(j, DELEGATION_NO_UDP, server, -1, "does not answer by UDP: %s",
             result_text(s->udp.result));
    else if (s->tcp.asked && !tcp)
        find(j, DELEGATION_NO_TCP, server, -1, "does not answer by TCP: %s%s",
             result_text(s->tcp.result),
             s->tcp.result == RES_TIMEDOUT ? " (TCP port blocked?)" : "");
}

static void judge_serial(struct judge *j, int server)
{
    const struct delegation *d = j->d;
    const struct delegation_probe *p = good_probe(&d->servers[server]);
    char addr[NET_ADDR_TEXT] = "this server";

    if (p == NULL || p->serial == d->newest)
        return;
    if (d->newest_server >= 0)
        net_addr_format(&d->servers[d->newest_server].addr, addr);
    if (serial_lt(p->serial, d->newest))
        find(j, DELEGATION_STALE, server, -1, "has serial %u, which is older than %u of %s",
             p->serial, d->newest, addr);
    else
        find(j, DELEGATION_SERIAL_APART, server, -1,
             "has serial %u, which is neither older nor newer than %u of %s", p->serial, d->newest,
             addr);
}

static void judge_child(struct judge *j, int server)
{
    const struct delegation_server *s = &j->d->servers[server];

    if (is_out_of_reach(s)) {
        find(j, DELEGATION_NOT_REACHED, server, -1, "was not asked: %s",
             result_text(s->udp.result));
        return;
    }
    judge_silence(j, server);
    if (s->udp.result == RES_OK)
        judge_answer(j, server, &s->udp, "");
    if (s->tcp.asked && s->tcp.result == RES_OK && (s->udp.result != RES_OK || is_good(&s->udp)))
        judge_answer(j, server, &s->tcp, " by TCP");
    judge_serial(j, server);
}

static void judge_parent(struct judge *j, int server)
{
    const struct delegation_server *s = &j->d->servers[server];

    if (is_out_of_reach(s))
        find(j, DELEGATION_NOT_REACHED, server, -1, "was not asked: %s",
             result_text(s->udp.result));
    else if (s->udp.result != RES_OK)
        judge_silence(j, server);
    else if (s->udp.rcode != RCODE_NOERROR && s->udp.rcode != RCODE_NXDOMAIN)
        judge_rcode(j, server, &s->udp, " for the parent");
    else if (s->serves_zone)
        find(j, DELEGATION_HIDDEN, server, -1,
             "serves the zone, too: what the parent has cannot be seen there");
}

static void find_newest(struct delegation *d)
{
    d->has_newest = d->options.has_own_serial;
    d->newest = d->options.own_serial;
    d->newest_server = -1;
    for (unsigned i = 0; i < d->nservers; i++) {
        const struct delegation_probe *p = good_probe(&d->servers[i]);

        if (p == NULL || (d->has_newest && !serial_gt(p->serial, d->newest)))
            continue;
        d->has_newest = true;
        d->newest = p->serial;
        d->newest_server = (int)i;
    }
}

static void judge_own_serial(struct judge *j)
{
    const struct delegation *d = j->d;
    char addr[NET_ADDR_TEXT];

    if (d->options.has_own_serial && d->newest_server >= 0)
        find(j, DELEGATION_STALE, -1, -1,
             "this server has serial %u, which is older than %u of %s", d->options.own_serial,
             d->newest, net_addr_format(&d->servers[d->newest_server].addr, addr));
}

/* ---- DNSSEC ---- */

static void judge_ds(struct judge *j)
{
    const struct delegation *d = j->d;
    unsigned fitting = 0;

    for (unsigned i = 0; i < d->nds; i++)
        fitting += d->ds[i].has_key;
    if (d->nds > 0 && !d->has_keys) {
        find(j, DELEGATION_NO_KEYS_SEEN, -1, -1,
             "the parent has DS records, and no DNSKEY of the zone was to be had");
        return;
    }
    for (unsigned i = 0; i < d->nds; i++)
        if (!d->ds[i].has_key)
            find(j, fitting > 0 ? DELEGATION_DS_UNUSED : DELEGATION_DS_MISMATCH, -1, -1,
                 "the DS with key tag %u, algorithm %u, digest type %u fits no DNSKEY of the zone",
                 d->ds[i].tag, d->ds[i].algorithm, d->ds[i].digest_type);
}

enum result delegation_judge(struct delegation *d)
{
    struct judge j = {.d = d};

    find_newest(d);
    judge_sets(&j);
    for (unsigned i = 0; i < d->nhosts; i++)
        judge_host(&j, (int)i);
    for (unsigned i = 0; i < d->nservers; i++)
        if (d->servers[i].is_parent)
            judge_parent(&j, (int)i);
        else
            judge_child(&j, (int)i);
    judge_own_serial(&j);
    judge_ds(&j);
    d->verdict = d->trouble[0] != '\0' ? DELEGATION_UNKNOWN
                 : d->problems > 0     ? DELEGATION_WRONG
                                       : DELEGATION_FINE;
    return j.no_memory ? RES_NOMEM : RES_OK;
}
