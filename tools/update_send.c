#include "tools/update_send.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "tools/message_print.h"

enum { RESOLV_LINE = 512, QUERY_ROOM = 1024 };

/* ---- Addresses ---- */

static bool without_v4, without_v6;

void update_resolve_without(bool v4, bool v6)
{
    without_v4 = v4;
    without_v6 = v6;
}

static bool is_wanted(const struct sockaddr *a)
{
    return (a->sa_family == AF_INET && !without_v4) || (a->sa_family == AF_INET6 && !without_v6);
}

unsigned update_resolve(const char *host, uint16_t port, union net_addr *out, unsigned max)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    unsigned n = 0;

    if (getaddrinfo(host, NULL, &hints, &list) != 0)
        return 0;
    for (const struct addrinfo *i = list; i != NULL && n < max; i = i->ai_next) {
        if (!is_wanted(i->ai_addr))
            continue;
        memcpy(&out[n], i->ai_addr, i->ai_addrlen);
        net_addr_set_port(&out[n++], port);
    }
    freeaddrinfo(list);
    return n;
}

struct servers {
    union net_addr at[SCRIPT_SERVERS_MAX];
    unsigned n;
    bool named;                 /* by the script: else those of resolv.conf */
};

static void add_server(struct servers *to, const char *text, uint16_t port)
{
    union net_addr a;

    if (to->n == SCRIPT_SERVERS_MAX || net_addr_parse(&a, text) != RES_OK || !is_wanted(&a.sa))
        return;
    net_addr_set_port(&a, port);
    to->at[to->n++] = a;
}

static void read_resolv_conf(struct servers *to, const char *path, uint16_t port)
{
    FILE *f = fopen(path, "re");
    char line[RESOLV_LINE], text[RESOLV_LINE];

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, " nameserver %511s", text) == 1)
            add_server(to, text, port);
    if (f != NULL)
        fclose(f);
}

static void find_servers(const struct update_sender *u, struct servers *to)
{
    const struct update_script *s = u->script;

    to->n = s->nservers;
    to->named = s->nservers > 0;
    memcpy(to->at, s->servers, s->nservers * sizeof *to->at);
    if (!to->named)
        read_resolv_conf(to, u->resolv_conf, s->port);
    if (to->n == 0) {
        add_server(to, "127.0.0.1", s->port);
        add_server(to, "::1", s->port);
    }
}

/* ---- One message ---- */

static uint16_t draw_id(void)
{
    uint16_t id;

    if (getrandom(&id, sizeof id, GRND_NONBLOCK) != sizeof id)
        id = (uint16_t)time(NULL);
    return id;
}

/* A signed message on its way. */
struct sending {
    struct writer w;
    struct tsig_session session;
    bool is_signed, tcp;
};

static enum result sign(const struct update_script *s, struct sending *out)
{
    out->is_signed = s->has_key;
    if (!s->has_key)
        return RES_OK;
    return tsig_sign_request(&out->session, &s->key.key, &out->w, (uint64_t)time(NULL));
}

static enum result exchange(struct update_sender *u, struct sending *m, const union net_addr *to)
{
    uint32_t udp_s = u->udp_s > 0 ? u->udp_s : u->timeout_s / (u->retries + 1);
    const struct update_script *s = u->script;
    struct ask a = {.to = *to,
                    .from = to->sa.sa_family == AF_INET ? s->local4 : s->local6,
                    .msg = m->w.start,
                    .len = writer_len(&m->w),
                    .tsig = m->is_signed ? &m->session : NULL,
                    .tcp = m->tcp,
                    .tries = u->retries + 1,
                    .udp_wait_ms = 1000 * (udp_s > 0 ? udp_s : 1),
                    .tcp_wait_ms = 1000 * u->timeout_s};

    if (u->answer == NULL && (u->answer = malloc(sizeof *u->answer)) == NULL)
        return RES_NOMEM;
    return ask_server(&a, u->answer);
}

static void tell_trouble(const union net_addr *server, enum result r)
{
    char text[NET_ADDR_TEXT];

    fprintf(stderr, "; Communication with %s failed: %s\n", net_addr_format(server, text),
            result_text(r));
}

static enum update_outcome fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static enum update_outcome fatal(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    return UPDATE_FATAL;
}

/* ---- The zone ---- */

struct found {
    struct name zone, primary;
};

/* Where a SOA query begins: at the zone, or at the name that is changed first.  A DS record
 * belongs to the zone above.  NULL: there is nothing to send. */
static const uint8_t *first_name(const struct update_script *s)
{
    struct update_record rr;
    size_t at = 0;

    if (s->zone.len > 0)
        return s->zone.wire;
    if (update_section_next(&s->message.updates, &at, &rr))
        return rr.type == TYPE_DS ? name_parent(rr.owner) : rr.owner;
    return update_section_next(&s->message.prerequisites, &at, &rr) ? rr.owner : NULL;
}

static enum result write_query(const struct update_sender *u, struct sending *m, uint8_t *room,
                               const uint8_t *name, bool recurse)
{
    uint8_t header[MESSAGE_HEADER_LEN] = {0};

    m->w = writer_of(room, QUERY_ROOM);
    put_u16(header, draw_id());
    put_u16(header + 2, recurse ? FLAG_RD : 0);
    put_u16(header + 4, 1);
    writer_bytes(&m->w, header, sizeof header);
    writer_bytes(&m->w, name, name_length(name));
    writer_u16(&m->w, TYPE_SOA);
    writer_u16(&m->w, update_script_class(u->script));
    m->is_signed = false;
    return RES_OK;
}

/* Asks one server after the other; *at is the one to begin with. */
static bool ask_soa(struct update_sender *u, const struct servers *servers, unsigned *at,
                    const uint8_t *name)
{
    uint8_t room[QUERY_ROOM];
    struct sending m = {.tcp = servers->named && u->tcp};
    bool sign_it = true;

    while (*at < servers->n) {
        enum result r = write_query(u, &m, room, name, !servers->named);

        if (r == RES_OK && sign_it)
            r = sign(u->script, &m);
        if (r == RES_OK)
            r = exchange(u, &m, &servers->at[*at]);
        if (r == RES_OK && u->answer->tsig != RES_TSIGERRORSET)
            return true;
        if (r == RES_OK && sign_it) {   /* it does not know the key; the question is not secret */
            sign_it = false;
            continue;
        }
        tell_trouble(&servers->at[*at], r == RES_OK ? u->answer->tsig : r);
        ++*at;
    }
    return false;
}

/* A SOA record, its primary expanded. */
static bool take_soa(const struct ask_answer *a, const struct message_record *rr, struct found *out)
{
    size_t at = rr->rdata_at;

    name_copy(&out->zone, rr->owner.wire);
    return name_from_message(&out->primary, a->msg, a->len, &at) == RES_OK;
}

enum soa_search { SOA_FOUND, SOA_NOT_HERE, SOA_ALIAS, SOA_MALFORMED };

static enum soa_search search_section(const struct ask_answer *a, unsigned section, size_t *at,
                                      struct found *out)
{
    enum soa_search found = SOA_NOT_HERE;

    for (unsigned n = get_u16(a->msg + 4 + 2 * section); n > 0; n--) {
        struct message_record rr;

        if (message_read_record(&rr, a->msg, a->len, at) != RES_OK)
            return SOA_MALFORMED;
        if (found == SOA_NOT_HERE && rr.type == TYPE_SOA)
            found = take_soa(a, &rr, out) ? SOA_FOUND : SOA_MALFORMED;
        else if (found == SOA_NOT_HERE && section == SECTION_ANSWER &&
                 (rr.type == TYPE_CNAME || rr.type == TYPE_DNAME))
            found = SOA_ALIAS;
    }
    return found;
}

/* The SOA in the answer, or in the authority section that says where the zone begins. */
static enum soa_search search_soa(const struct ask_answer *a, struct found *out)
{
    size_t at = MESSAGE_HEADER_LEN;
    enum soa_search found;
    struct name name;

    for (unsigned n = get_u16(a->msg + 4); n > 0; n--) {
        if (name_from_message(&name, a->msg, a->len, &at) != RES_OK || a->len - at < 4)
            return SOA_MALFORMED;
        at += 4;
    }
    found = search_section(a, SECTION_ANSWER, &at, out);
    return found != SOA_NOT_HERE ? found : search_section(a, SECTION_AUTHORITY, &at, out);
}

static void tell_found(const struct found *f)
{
    char text[NAME_TEXT_MAX];

    name_to_text(f->zone.wire, text, NAME_OMIT_FINAL_DOT);
    fprintf(stderr, "Found zone name: %s\n", text);
    name_to_text(f->primary.wire, text, NAME_OMIT_FINAL_DOT);
    fprintf(stderr, "The primary is: %s\n", text);
}

/* What an answer means for the search; *go_up: ask for the name above. */
static enum update_outcome judge_soa(const struct update_sender *u, struct found *out, bool *go_up)
{
    unsigned rcode = u->answer->msg[3] & 15;
    char text[NAME_TEXT_MAX];
    enum soa_search found;

    if (u->script->debug) {
        fprintf(stderr, "Reply from SOA query:\n");
        message_print(stderr, u->answer->msg, u->answer->len, false);
    }
    if (u->answer->tsig != RES_OK)
        return fatal("; TSIG error with server: %s", result_text(u->answer->tsig));
    if (rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN)
        return fatal("response to SOA query was unsuccessful: %s\n"
                     "  name the zone ('zone') and its server ('server')", rcode_text(rcode, text));
    if (u->script->zone.len > 0 && rcode == RCODE_NXDOMAIN) {
        name_to_text(u->script->zone.wire, text, NAME_OMIT_FINAL_DOT);
        fprintf(stderr, "specified zone '%s' does not exist (NXDOMAIN)\n", text);
        return UPDATE_FAILED;
    }
    found = search_soa(u->answer, out);
    if (found == SOA_MALFORMED)
        return fatal("response to SOA query was malformed");
    *go_up = found != SOA_FOUND;
    return UPDATE_DONE;
}

static enum update_outcome find_zone(struct update_sender *u, const struct servers *servers,
                                     const uint8_t *name, struct found *out)
{
    unsigned at = 0;
    bool go_up;

    for (;; name = name_parent(name)) {
        enum update_outcome o;

        if (!ask_soa(u, servers, &at, name))
            return fatal("could not reach any name server");
        o = judge_soa(u, out, &go_up);
        if (o != UPDATE_DONE)
            return o;
        if (!go_up)
            break;
        if (*name == 0)
            return fatal("could not find enclosing zone");
    }
    if (u->script->debug)
        tell_found(out);
    return UPDATE_DONE;
}

/* ---- The update ---- */

static enum update_outcome judge_update(const struct update_sender *u, const struct sending *m)
{
    unsigned rcode = u->answer->msg[3] & 15;
    char text[RRTYPE_TEXT], error[RRTYPE_TEXT];
    bool ok = rcode == RCODE_NOERROR && u->answer->tsig == RES_OK;

    if (u->answer->tsig != RES_OK)
        fprintf(stderr, "; TSIG error with server: %s\n", result_text(u->answer->tsig));
    if (rcode != RCODE_NOERROR && !u->script->debug) {
        fprintf(stderr, "update failed: %s", rcode_text(rcode, text));
        if (m->is_signed && m->session.error != 0)
            fprintf(stderr, "(%s)", tsig_error_text(m->session.error, error));
        fputc('\n', stderr);
    }
    if (u->script->debug) {
        fprintf(stderr, "\nReply from update query:\n");
        message_print(stderr, u->answer->msg, u->answer->len, false);
    }
    return ok ? UPDATE_DONE : UPDATE_FAILED;
}

/* Writes and signs it.  The signature needs room, too. */
static enum update_outcome prepare(const struct update_sender *u, struct sending *m,
                                   const uint8_t *zone, uint8_t *room)
{
    const struct update_script *s = u->script;
    enum result r;

    m->w = writer_of(room, MESSAGE_MAX_LEN);
    r = update_message_write(&s->message, zone, update_script_class(s), draw_id(), &m->w);
    if (r == RES_OK)
        r = sign(s, m);
    if (r == RES_NOSPACE)
        return fatal("the update is larger than a message can be (%d bytes): %s\n"
                     "  put a 'send' in its middle", MESSAGE_MAX_LEN, result_text(r));
    return r == RES_OK ? UPDATE_DONE : fatal("%s", result_text(r));
}

static enum update_outcome send_to(struct update_sender *u, const struct servers *to,
                                   const uint8_t *zone, uint8_t *room)
{
    struct sending m = {.tcp = u->tcp};
    char text[NET_ADDR_TEXT];

    for (unsigned i = 0; i < to->n; i++) {
        enum result r;

        if (prepare(u, &m, zone, room) != UPDATE_DONE)
            return UPDATE_FATAL;
        if (u->script->debug) {
            printf("Outgoing update query:\n");
            message_print(stdout, m.w.start, writer_len(&m.w), false);
            fflush(stdout);
            fprintf(stderr, "Sending update to %s\n", net_addr_format(&to->at[i], text));
        }
        if ((r = exchange(u, &m, &to->at[i])) == RES_OK)
            return judge_update(u, &m);
        tell_trouble(&to->at[i], r);
    }
    free(u->answer);
    u->answer = NULL;
    return UPDATE_FAILED;
}

/* Without a server that was named it goes to the zone's primary. */
static enum update_outcome find_primary(const struct update_sender *u, const struct found *f,
                                        struct servers *to)
{
    char text[NAME_TEXT_MAX];

    name_to_text(f->primary.wire, text, NAME_OMIT_FINAL_DOT);
    to->n = update_resolve(text, u->script->port, to->at, SCRIPT_SERVERS_MAX);
    if (to->n > 0)
        return UPDATE_DONE;
    return fatal("couldn't get address for '%s': not found\n"
                 "  the zone's SOA record names it as the primary; name another one ('server')",
                 text);
}

enum update_outcome update_send(struct update_sender *u)
{
    const uint8_t *name = first_name(u->script);
    enum update_outcome o = UPDATE_DONE;
    struct servers servers;
    struct found found;
    uint8_t *room;

    if (name == NULL)
        return UPDATE_DONE;
    find_servers(u, &servers);
    name_copy(&found.zone, name);
    if (u->script->zone.len == 0 || !servers.named)
        o = find_zone(u, &servers, name, &found);
    if (o == UPDATE_DONE && !servers.named)
        o = find_primary(u, &found, &servers);
    if (o != UPDATE_DONE)
        return o;
    if ((room = malloc(MESSAGE_MAX_LEN)) == NULL)
        return fatal("%s", result_text(RES_NOMEM));
    o = send_to(u, &servers, found.zone.wire, room);
    free(room);
    return o;
}
