/*
 * Delegations checked over the network: do parent and zone name the same servers, with the same
 * addresses, and does each of them answer for the zone, by UDP and TCP, with its newest version?
 *
 * A check has three parts: delegation_check() asks (xfr/delegation_ask.c; answers are read by
 * xfr/delegation_read.c), delegation_judge() compares what was answered and makes findings (pure:
 * xfr/delegation_judge.c), and delegation_print_*() tell people or programs.  Questions go out side
 * by side, each waits for at most wait_ms; what needs an earlier answer comes after it, so that all
 * takes a few times that.
 *
 * Blocking, in a thread that is registered with RCU; it is offline when a call returns.  A
 * struct delegation is some 100 kB: not for the stack.
 */
#ifndef KZ_XFR_DELEGATION_H
#define KZ_XFR_DELEGATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/result.h"
#include "dns/name.h"
#include "net/addr.h"

enum {
    DELEGATION_TARGETS_MAX = 16,
    DELEGATION_HOSTS_MAX = 64,          /* a set of them is a number of 64 bits */
    DELEGATION_ADDRS_MAX = 16,
    DELEGATION_SERVERS_MAX = 128,
    DELEGATION_DS_MAX = 16,
    DELEGATION_DIGEST_MAX = 64
};

/* A server to ask: an address with its port, or (name.len > 0) a name to be looked up, and the
 * port in the address. */
struct delegation_target {
    struct name name;
    union net_addr addr;
};

struct delegation_targets {
    unsigned n;
    struct delegation_target at[DELEGATION_TARGETS_MAX];
};

struct delegation_options {
    bool without_v4, without_v6;
    uint16_t port;                      /* of servers that no other port was given for */
    uint32_t wait_ms;                   /* for an answer */
    struct delegation_targets parents;  /* servers of the parent; none: they are looked for */
    struct delegation_targets children; /* more servers of the zone than those that are listed */
    struct delegation_targets resolvers;    /* none: those of resolv_conf */
    const char *resolv_conf;
    bool has_own_serial;                /* who asks has the zone, too */
    uint32_t own_serial;
    const bool *cancel;                 /* atomic; true: give up.  NULL: never */
    /* For who calls: */
    bool json, help, version;
    unsigned nwords;
    const char *words[4];               /* arguments that are no servers: the zone first */
};

/* The defaults. */
void delegation_options_init(struct delegation_options *o);
/* The arguments argv[1] …; they must stay.  False: `error` says what is wrong. */
enum { DELEGATION_ERROR_TEXT = 256 };
bool delegation_options_take(struct delegation_options *o, int argc, char **argv,
                             char error[DELEGATION_ERROR_TEXT]);

struct delegation_addrs {
    unsigned n;
    union net_addr at[DELEGATION_ADDRS_MAX];    /* port 0 */
};

/* A name in the NS records of the parent or of the zone. */
struct delegation_host {
    struct name name;
    bool in_zone;               /* the zone's or below it: found by glue only */
    struct delegation_addrs glue, own;  /* the parent's; its own, from its zone or a resolver */
    bool is_alias;
    unsigned asked, answered;   /* of the questions for A and AAAA: own holds when equal */
    bool elsewhere;             /* in a zone below this one: asked of the resolver, too */
    enum result failure;        /* of the last one that failed … */
    unsigned failure_rcode;     /* … and the resolver's rcode; 0: it has not answered */
    bool at_parent, at_child;   /* delegation_judge() */
};

/* What came of a question. */
struct delegation_probe {
    bool asked;
    enum result result;         /* RES_OK: there was an answer */
    unsigned rcode;
    bool aa, has_soa;
    uint32_t serial;
    int64_t ms;
};

struct delegation_server {
    union net_addr addr;
    struct name name;           /* len 0: it was given by address */
    bool is_parent;
    bool serves_zone;           /* a parent's that answered as a server of the zone */
    struct delegation_probe udp, tcp;   /* SOA; of a parent's server: NS by UDP */
    bool has_ns;
    uint64_t ns;                /* the hosts it names, a bit each */
};

struct delegation_ds {
    uint16_t tag;
    uint8_t algorithm, digest_type;
    bool has_key;               /* a DNSKEY of the zone fits */
    size_t len;
    uint8_t digest[DELEGATION_DIGEST_MAX];
};

enum delegation_kind {
#define FINDING(id, name, weight, advice) DELEGATION_##id,
#include "xfr/delegation_finding.def"
#undef FINDING
    DELEGATION_KINDS
};

struct delegation_finding {
    enum delegation_kind kind;
    int server, host;           /* -1: it is about no such */
    char *text;
};

enum delegation_verdict { DELEGATION_FINE, DELEGATION_WRONG, DELEGATION_UNKNOWN };

struct delegation {
    struct name zone, parent;   /* parent.len 0: unknown */
    struct delegation_options options;
    unsigned nhosts, nservers, nds;
    struct delegation_host hosts[DELEGATION_HOSTS_MAX];
    struct delegation_server servers[DELEGATION_SERVERS_MAX];
    struct delegation_ds ds[DELEGATION_DS_MAX];
    bool is_cut;                /* there was more than room for it */
    bool has_keys;              /* DNSKEY records were seen, and with them the DS were compared */
    /* delegation_judge(): */
    bool has_newest;
    uint32_t newest;            /* serial */
    int newest_server;          /* -1: who asks has it */
    enum delegation_verdict verdict;
    char trouble[512];          /* why nothing could be checked */
    unsigned nfindings, problems;
    struct delegation_finding *findings;
};

/* NULL without memory.  `o` is copied. */
struct delegation *delegation_new(const uint8_t *zone, const struct delegation_options *o);
void delegation_free(struct delegation *d);

/* The host of this name, added when it is new; -1: there is no room. */
int delegation_host(struct delegation *d, const uint8_t *name);
/* The server, added when it is new (*added, may be NULL); NULL: there is no room, or its family is
 * not wanted. */
struct delegation_server *delegation_server(struct delegation *d, const union net_addr *a,
                                            const uint8_t *name, bool is_parent, bool *added);
/* Adds an address without its port, once. */
void delegation_add_addr(struct delegation_addrs *to, const union net_addr *a);

/* A DNSKEY of the zone: does a DS stand for it? */
void delegation_match_key(struct delegation *d, const uint8_t *rdata, size_t len);

/* Asks, then judges.  RES_OK whatever was found; else RES_NOMEM, RES_CANCELED, or what keeps this
 * host from asking at all. */
enum result delegation_check(struct delegation *d);

/* From what was answered to findings.  RES_NOMEM. */
enum result delegation_judge(struct delegation *d);

const char *delegation_kind_name(enum delegation_kind kind);
const char *delegation_kind_advice(enum delegation_kind kind);
bool delegation_kind_is_problem(enum delegation_kind kind);

enum { DELEGATION_PROBE_TEXT = 64 };
/* "ok", "timed out", "REFUSED" … for a server of the zone; returns `out` or a static text. */
const char *delegation_probe_text(const struct delegation_probe *p, bool is_parent,
                                  char out[DELEGATION_PROBE_TEXT]);

void delegation_print_table(const struct delegation *d, FILE *out);
void delegation_print_json(const struct delegation *d, FILE *out);

#endif
