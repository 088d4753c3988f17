/*
 * What a configuration means: an immutable snapshot, built whole from a syntax tree
 * by conf_load() and freed whole after a reload (when no reader holds it).
 *
 * Inheritance (options > view > zone) is already resolved here: a zone's options hold
 * what is in force for it.  Equal option sets are shared, so that 20,000 zones that
 * say nothing of their own cost one struct zone_options.  Times are in seconds unless
 * the name says otherwise; sizes in bytes.  Everything belongs to the snapshot.
 */
#ifndef KZ_CONF_SETTINGS_H
#define KZ_CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/acl.h"
#include "dns/name.h"
#include "dns/tsig.h"
#include "net/addr.h"

enum minimal_responses { MINIMAL_NO, MINIMAL_YES, MINIMAL_NO_AUTH, MINIMAL_NO_AUTH_RECURSIVE };
enum check_severity { CHECK_IGNORE, CHECK_WARN, CHECK_FAIL };
enum zone_type {
    ZONE_PRIMARY, ZONE_SECONDARY, ZONE_IN_VIEW,
    /* Accepted with a warning, serve nothing: */
    ZONE_HINT, ZONE_FORWARD, ZONE_STUB, ZONE_STATIC_STUB, ZONE_MIRROR, ZONE_REDIRECT
};
enum masterfile_format { FORMAT_TEXT, FORMAT_RAW };
enum masterfile_style { STYLE_FULL, STYLE_RELATIVE };
enum notify_mode { NOTIFY_NO, NOTIFY_YES, NOTIFY_EXPLICIT, NOTIFY_PRIMARY_ONLY };
enum rrset_order { ORDER_RANDOM, ORDER_CYCLIC, ORDER_FIXED, ORDER_NONE };

struct rrset_order_rule {   /* in file order; the first that matches decides */
    uint16_t rrclass, type; /* CLASS_ANY, TYPE_ANY match all */
    const uint8_t *name;    /* NULL matches all; a wildcard matches what is below */
    enum rrset_order order;
};

/* One remote server of primaries/also-notify lists, nested lists flattened. */
struct conf_remote {
    union net_addr addr;    /* with its port */
    union net_addr source;  /* family AF_UNSPEC: any */
    const struct tsig_key *key;
    const char *tls;        /* NULL: none */
};

/* A rule of update-policy; the first that matches decides (BIND's reference, update-policy). */
enum update_match {
    UPDATE_NAME, UPDATE_SUBDOMAIN, UPDATE_ZONESUB, UPDATE_WILDCARD, UPDATE_SELF, UPDATE_SELFSUB,
    UPDATE_SELFWILD, UPDATE_MS_SELF, UPDATE_MS_SELFSUB, UPDATE_MS_SUBDOMAIN,
    UPDATE_MS_SUBDOMAIN_SELF_RHS, UPDATE_KRB5_SELF, UPDATE_KRB5_SELFSUB, UPDATE_KRB5_SUBDOMAIN,
    UPDATE_KRB5_SUBDOMAIN_SELF_RHS, UPDATE_TCP_SELF, UPDATE_6TO4_SELF, UPDATE_EXTERNAL
};

struct conf_update_type {
    uint16_t type;              /* TYPE_ANY: every type */
    uint16_t max;               /* TYPE(N): at most so many records; 0: no limit */
};

struct conf_update_rule {
    bool grant;
    uint8_t match;              /* enum update_match */
    uint16_t ntypes;            /* 0: every type but RRSIG, NS, SOA, NSEC and NSEC3 */
    const uint8_t *identity;    /* name of the key, may be a wildcard */
    const uint8_t *name;        /* the zone's where the rule names none: NULL */
    const char *identity_text;  /* as written: a realm of krb5 and ms rules, a socket of external */
    const struct conf_update_type *types;
};

struct conf_update_policy {
    bool is_local;              /* `update-policy local`: the session key may do all */
    unsigned nrules;
    const struct conf_update_rule *rules;
};

/* What is in force for a zone; shared between zones that agree. */
struct zone_options {
    const struct acl *allow_query, *allow_query_on, *allow_transfer, *allow_update,
        *allow_update_forwarding, *allow_notify;
    const struct conf_update_policy *update_policy;     /* NULL: none */
    const struct conf_remote *also_notify;
    unsigned nalso_notify;
    enum masterfile_format format;
    enum masterfile_style style;
    enum check_severity check_names, check_dup_records, check_mx, check_mx_cname, check_srv_cname;
    bool check_integrity, check_sibling, check_wildcard, check_svcb, check_spf;
    bool zero_no_soa_ttl, request_ixfr, provide_ixfr, request_expire, multi_master,
        try_tcp_refresh, notify_to_soa, zone_statistics_full, inline_signing;
    bool is_dynamic;        /* allow-update or update-policy is in force */
    enum notify_mode notify;
    unsigned ixfr_from_differences;     /* 0 no, 1 yes */
    uint32_t max_zone_ttl;  /* 0: unlimited */
    uint32_t max_records, max_records_per_type, max_types_per_name; /* 0: unlimited */
    uint32_t min_refresh_s, max_refresh_s, min_retry_s, max_retry_s;
    uint32_t max_transfer_time_in_s, max_transfer_time_out_s, max_transfer_idle_in_s,
        max_transfer_idle_out_s;
    uint32_t min_transfer_bytes, min_transfer_span_s;   /* min-transfer-rate-in */
    uint32_t notify_delay_s;
    uint64_t max_journal_size;          /* 0: default (twice the zone) */
    uint32_t max_ixfr_ratio_pct;        /* 0: unlimited */
    uint8_t serial_update_method;       /* 0 increment, 1 unixtime, 2 date */
    union net_addr notify_source, notify_source_v6, transfer_source, transfer_source_v6;
    const char *dnssec_policy;          /* NULL or "none": not ours to sign */
    const char *key_directory;
};

struct conf_zone {
    const uint8_t *name;                /* wire, case as written */
    const char *name_text;              /* without final dot, "." for the root */
    const struct zone_options *options;
    const char *file;                   /* as configured, NULL: none */
    const char *journal;                /* NULL: FILE.jnl */
    const struct conf_remote *primaries;
    const char *conf_file;              /* where the statement stands */
    const char *in_view;                /* ZONE_IN_VIEW: the view it lives in */
    const char *catalog;                /* the catalog zone that lists it; NULL: none does */
    const char *text;                   /* the statement in one line; NULL where no zones may be
                                         * added */
    uint32_t conf_line;
    uint16_t nprimaries;
    uint16_t rrclass;
    uint8_t type;                       /* enum zone_type */
    bool is_added;                      /* by `rndc addzone`: in the view's added_zones_file */
};

/* A catalog zone whose members are to be served: `zone NAME …` in catalog-zones. */
struct conf_catalog {
    const uint8_t *name;                /* wire, case as written */
    const char *name_text;              /* without final dot */
    const char *primaries;              /* default-primaries as the value of `primaries` is
                                         * written; NULL: none */
    const char *zone_directory;         /* NULL: the working directory */
    bool in_memory;                     /* members have no files */
    uint32_t min_update_s;
};

/* server PREFIX { … }: what was said of it. */
struct conf_server {
    struct net_prefix prefix;
    const struct tsig_key *key;         /* NULL: none */
    bool bogus, edns, tcp_only, tcp_keepalive;
    int8_t provide_ixfr, request_ixfr, request_expire, one_answer;  /* -1: not said here */
    uint16_t edns_udp_size, max_udp_size, padding;      /* 0: not said here */
    uint32_t transfers;
    union net_addr notify_source, notify_source_v6, transfer_source, transfer_source_v6;
};

struct conf_view {
    const char *name;                   /* "_default" when the file has no views */
    uint16_t rrclass;
    const struct acl *match_clients, *match_destinations;
    bool match_recursive_only;
    struct conf_zone *zones;            /* in file order */
    unsigned nzones;
    const struct tsig_key *keys;        /* the view's and the global ones */
    unsigned nkeys;
    enum minimal_responses minimal_responses;
    bool minimal_any, message_compression, require_server_cookie, answer_cookie,
        provide_zoneversion, empty_zones_enable;
    const struct acl *no_case_compress;
    const struct rrset_order_rule *rrset_order;
    unsigned nrrset_order;
    uint16_t edns_udp_size, max_udp_size, nocookie_udp_size;
    uint16_t preferred_glue;            /* TYPE_A, TYPE_AAAA or TYPE_NONE */
    unsigned max_query_restarts;        /* CNAME chain: default 11 */
    bool one_answer;                    /* transfer-format one-answer */
    const struct conf_server *servers;  /* server { … } statements */
    unsigned nservers;
    const struct conf_catalog *catalogs;
    unsigned ncatalogs;
    bool allow_new_zones;
    const char *added_zones_file;       /* NULL: no zones may be added */
};

struct conf_listener {                  /* one listen-on element list */
    uint16_t port;
    sa_family_t family;
    const struct acl *acl;              /* which of the host's addresses */
    const char *tls, *http;             /* NULL: plain DNS */
};

enum log_channel_kind { CHANNEL_FILE, CHANNEL_SYSLOG, CHANNEL_STDERR, CHANNEL_NULL };
enum log_time { LOG_TIME_NO, LOG_TIME_LOCAL, LOG_TIME_ISO8601, LOG_TIME_ISO8601_UTC };

struct conf_channel {
    const char *name;
    enum log_channel_kind kind;
    const char *file;
    int versions;                       /* -1: unlimited, 0: none kept */
    uint64_t size;                      /* 0: unlimited */
    bool suffix_timestamp;
    int facility;                       /* syslog */
    int severity;                       /* LVL_…, LVL_DYNAMIC, or a debug level */
    enum log_time print_time;
    bool print_category, print_severity, buffered;
};

struct conf_logging {
    const struct conf_channel *channels;    /* the four default channels come first */
    unsigned nchannels;
    struct conf_category {
        int category;                   /* enum log_category */
        const uint16_t *channels;       /* indexes into channels */
        unsigned nchannels;
    } *categories;
    unsigned ncategories;
};

struct conf_control {                   /* controls { inet … } */
    union net_addr addr;
    const struct acl *allow;
    const struct tsig_key *const *keys; /* none: those of rndc.key */
    unsigned nkeys;
    bool read_only;
    const char *file;                   /* where the statement stands */
    uint32_t line;
};

struct conf_snapshot {
    const char *file;                   /* the configuration file */
    const char *directory;              /* NULL: stay */
    const char *pid_file;               /* NULL: none */
    const char *session_keyfile, *session_keyname, *session_keyalg; /* file NULL: none */
    const struct tsig_key *session_key; /* NULL: there is none; conf_add_session_key() */
    const char *version, *hostname, *server_id;     /* NULL: none; "" : the built-in text */
    const char *dump_file, *statistics_file, *key_directory, *managed_keys_directory,
        *geoip_directory;
    const struct conf_listener *listeners, *listeners_v6;
    unsigned nlisteners, nlisteners_v6;
    uint16_t port, tls_port;
    const struct acl *blackhole;
    bool querylog, querylog_set, responselog, match_mapped_addresses, automatic_interface_scan,
        reuseport, flush_zones_on_shutdown;
    uint32_t interface_interval_s;
    unsigned tcp_clients, tcp_listen_queue;
    uint32_t tcp_initial_timeout_ms, tcp_idle_timeout_ms, tcp_keepalive_timeout_ms,
        tcp_advertised_timeout_ms, tcp_primaries_timeout_ms;
    uint32_t udp_receive_buffer, udp_send_buffer, tcp_receive_buffer, tcp_send_buffer;
    const uint8_t (*cookie_secrets)[16];    /* the first makes cookies, all verify */
    unsigned ncookie_secrets;
    bool cookie_aes;                    /* cookie-algorithm aes (9.18); else siphash24 */
    unsigned update_quota, transfers_in, transfers_out, transfers_per_ns, serial_query_rate,
        notify_rate, startup_notify_rate, transfer_message_size;
    struct conf_view *views;
    unsigned nviews;
    struct conf_logging logging;
    bool has_logging;                   /* a logging statement stands in the file */
    const struct conf_control *controls;
    unsigned ncontrols;
    bool has_controls;
    const char *frame;                  /* the text around the zones; see conf/added.h */
    struct conf_snapshot **parts;       /* that this one is made of; NULL terminated, or NULL */
    unsigned refs;                      /* holders beside the first; maintenance thread */
    void *memory;                       /* owner of all of it */
};

/* Where messages of a load go: complete lines, "FILE:LINE: …" first. */
struct conf_report {
    void (*message)(void *arg, int level, const char *text);
    void *arg;
};

/* What may differ from BIND's built-in defaults, from the command line. */
struct conf_load_options {
    uint16_t port;                      /* -p; 0: 53 */
    bool check_only;                    /* named-checkconf: no file system side effects */
    bool no_plugins, ignore_deprecated; /* -c, -i of named-checkconf */
    bool is_added;                      /* conf_zone_load(): all zones in it are added ones */
    bool is_part;                       /* zones that its options name may stand elsewhere */
    const char *catalog;                /* its zones are members of this catalog; NULL: of none */
};

/*
 * Reads and checks a configuration.  Reports as many mistakes as it finds; with any
 * error *out is NULL and nothing was changed anywhere.  RES_FILENOTFOUND, RES_FAILURE.
 * One thread at a time (the maintenance thread); the snapshot may be read by all.
 */
enum result conf_load(const char *path, const struct conf_load_options *opt,
                      const struct conf_report *report, struct conf_snapshot **out);
/* The same for text in memory, called `name` in messages. */
enum result conf_load_text(const char *name, const char *text, size_t len,
                           const struct conf_load_options *opt, const struct conf_report *report,
                           struct conf_snapshot **out);
/* Frees it when nobody else keeps it.  NULL is fine. */
void conf_free(struct conf_snapshot *s);
/* One more holder, who calls conf_free(), too. */
void conf_keep(struct conf_snapshot *s);

/* What server { … } says of an address: the longest prefix that matches, of the view's own
 * before the global ones; NULL: nothing. */
const struct conf_server *conf_server_find(const struct conf_view *v, const union net_addr *a);

/* Makes a key that the server has made a key of every view, and `session_key`; copies it.
 * Before the snapshot is shared.  RES_NOMEM. */
enum result conf_add_session_key(struct conf_snapshot *s, const struct tsig_key *key);

/* "primary", "hint" …: the word for an enum zone_type. */
const char *conf_zone_type_text(unsigned type);

#endif
