#include <string.h>

#include "conf/build.h"

#define AT(field) offsetof(struct zone_options, field)
#define BOOL(name, field) {name, FIELD_BOOL, AT(field)}
#define U32(name, field) {name, FIELD_U32, AT(field)}
#define MINUTES(name, field) {name, FIELD_MINUTES, AT(field)}
#define ACL(name, field) {name, FIELD_ACL, AT(field)}
#define SOURCE(name, field) {name, FIELD_SOURCE, AT(field)}
#define CALL(name, function) {name, FIELD_CALL, 0, 0, NULL, function}
#define WORDS(name, field, words)                                                                  \
    {name, FIELD_WORDS, AT(field), sizeof(((struct zone_options *)0)->field), words}

static const struct field_word severity_words[] = {
    {"ignore", CHECK_IGNORE}, {"warn", CHECK_WARN}, {"fail", CHECK_FAIL}, {NULL}};
static const struct field_word spf_words[] = {{"ignore", false}, {"warn", true}, {NULL}};
static const struct field_word format_words[] = {
    {"text", FORMAT_TEXT}, {"raw", FORMAT_RAW}, {NULL}};
static const struct field_word style_words[] = {
    {"full", STYLE_FULL}, {"relative", STYLE_RELATIVE}, {NULL}};
static const struct field_word notify_words[] = {
    {"no", NOTIFY_NO},
    {"yes", NOTIFY_YES},
    {"explicit", NOTIFY_EXPLICIT},
    {"primary-only", NOTIFY_PRIMARY_ONLY},
    {"master-only", NOTIFY_PRIMARY_ONLY},
    {NULL}};
static const struct field_word statistics_words[] = {
    {"full", true}, {"yes", true}, {"terse", false}, {"none", false}, {"no", false}, {NULL}};
static const struct field_word serial_words[] = {
    {"increment", 0}, {"unixtime", 1}, {"date", 2}, {NULL}};

static bool is_primary_word(const struct conf_item *item)
{
    return value_is(item, "primary") || value_is(item, "master");
}

static bool is_secondary_word(const struct conf_item *item)
{
    return value_is(item, "secondary") || value_is(item, "slave");
}

/* Does a word that names a kind of zone mean the one that is being built? */
static bool means_this_type(const struct conf_context *c, const struct conf_item *item)
{
    return c->zone_type == ZONE_PRIMARY ? is_primary_word(item) : is_secondary_word(item);
}

/* `check-names fail` in a zone, `check-names primary fail` above. */
static void set_check_names(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct zone_options *o = target;
    const struct conf_item *word = stmt->first->next;

    if (word->next != NULL) {
        if (!means_this_type(c, word))
            return;
        word = word->next;
    }
    for (const struct field_word *w = severity_words; w->word != NULL; w++)
        if (value_is(word, w->word))
            o->check_names = (enum check_severity)w->value;
}

static void set_ixfr_from_differences(struct conf_context *c, const struct conf_stmt *stmt,
                                      void *target)
{
    struct zone_options *o = target;
    const struct conf_item *word = stmt->first->next;
    bool b;

    o->ixfr_from_differences = value_boolean(word, &b) ? b : means_this_type(c, word);
}

static void set_allow_transfer(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    static const struct field_word transports[] = {
        {"tcp", ACL_TCP}, {"udp", ACL_UDP}, {"tls", ACL_TLS}, {"http", ACL_HTTPS},
        {"http-plain", ACL_HTTP}, {NULL}};
    struct zone_options *o = target;
    uint32_t port = 0;
    uint16_t allowed = 0;

    for (const struct conf_item *i = stmt->first->next; i != NULL; i = i->next) {
        if (value_is(i, "port"))
            value_number(i->next, &port);
        for (const struct field_word *w = transports; value_is(i, "transport") && w->word; w++)
            if (strcasecmp(i->next->text, w->word) == 0)
                allowed = (uint16_t)w->value;
    }
    o->allow_transfer = acl_build_at(c, stmt_block(stmt), (uint16_t)port, allowed);
}

static void set_also_notify(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct zone_options *o = target;

    o->also_notify = remotes_build(c, stmt->first->next, &o->nalso_notify);
}

static void set_update_policy(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct zone_options *o = target;

    o->update_policy = update_policy_build(c, stmt);
}

/* Bytes, then the minutes in which they must come. */
static void set_min_transfer_rate_in(struct conf_context *c, const struct conf_stmt *stmt,
                                     void *target)
{
    struct zone_options *o = target;
    const struct conf_item *bytes = stmt->first->next;
    uint32_t minutes = 0;

    (void)c;
    value_number(bytes, &o->min_transfer_bytes);
    value_number(bytes->next, &minutes);
    o->min_transfer_span_s = minutes < UINT32_MAX / 60 ? minutes * 60 : UINT32_MAX;
}

static void set_dnssec_policy(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct zone_options *o = target;
    const char *name = stmt->first->next->text;

    o->dnssec_policy = strcasecmp(name, "none") == 0 ? NULL : conf_share_text(c, name);
}

static const struct conf_field fields[] = {
    ACL("allow-query", allow_query),
    ACL("allow-query-on", allow_query_on),
    CALL("allow-transfer", set_allow_transfer),
    ACL("allow-update", allow_update),
    ACL("allow-update-forwarding", allow_update_forwarding),
    ACL("allow-notify", allow_notify),
    CALL("update-policy", set_update_policy),
    CALL("also-notify", set_also_notify),
    WORDS("masterfile-format", format, format_words),
    WORDS("masterfile-style", style, style_words),
    CALL("check-names", set_check_names),
    WORDS("check-dup-records", check_dup_records, severity_words),
    WORDS("check-mx", check_mx, severity_words),
    WORDS("check-mx-cname", check_mx_cname, severity_words),
    WORDS("check-srv-cname", check_srv_cname, severity_words),
    WORDS("check-spf", check_spf, spf_words),
    BOOL("check-integrity", check_integrity),
    BOOL("check-sibling", check_sibling),
    BOOL("check-wildcard", check_wildcard),
    BOOL("check-svcb", check_svcb),
    BOOL("zero-no-soa-ttl", zero_no_soa_ttl),
    BOOL("request-ixfr", request_ixfr),
    BOOL("provide-ixfr", provide_ixfr),
    BOOL("request-expire", request_expire),
    BOOL("multi-master", multi_master),
    BOOL("try-tcp-refresh", try_tcp_refresh),
    BOOL("notify-to-soa", notify_to_soa),
    BOOL("inline-signing", inline_signing),
    WORDS("zone-statistics", zone_statistics_full, statistics_words),
    WORDS("notify", notify, notify_words),
    CALL("ixfr-from-differences", set_ixfr_from_differences),
    {"max-zone-ttl", FIELD_SECONDS, AT(max_zone_ttl)},
    U32("max-records", max_records),
    U32("max-records-per-type", max_records_per_type),
    U32("max-types-per-name", max_types_per_name),
    U32("min-refresh-time", min_refresh_s),
    U32("max-refresh-time", max_refresh_s),
    U32("min-retry-time", min_retry_s),
    U32("max-retry-time", max_retry_s),
    MINUTES("max-transfer-time-in", max_transfer_time_in_s),
    MINUTES("max-transfer-time-out", max_transfer_time_out_s),
    CALL("min-transfer-rate-in", set_min_transfer_rate_in),
    MINUTES("max-transfer-idle-in", max_transfer_idle_in_s),
    MINUTES("max-transfer-idle-out", max_transfer_idle_out_s),
    U32("notify-delay", notify_delay_s),
    {"max-journal-size", FIELD_BYTES, AT(max_journal_size)},
    U32("max-ixfr-ratio", max_ixfr_ratio_pct),
    WORDS("serial-update-method", serial_update_method, serial_words),
    SOURCE("notify-source", notify_source),
    SOURCE("notify-source-v6", notify_source_v6),
    SOURCE("transfer-source", transfer_source),
    SOURCE("transfer-source-v6", transfer_source_v6),
    CALL("dnssec-policy", set_dnssec_policy),
    {"key-directory", FIELD_TEXT, AT(key_directory)},
};

const struct field_map *zone_field_map(void)
{
    static struct field_map map = {fields, sizeof fields / sizeof *fields, false, {NULL}};

    return field_map_ready(&map);
}
