#include <string.h>

#include "base/codec.h"
#include "conf/build.h"

#define AT(field) offsetof(struct conf_snapshot, field)
#define BOOL(name, field) {name, FIELD_BOOL, AT(field)}
#define U32(name, field) {name, FIELD_U32, AT(field)}
#define TEXT(name, field) {name, FIELD_TEXT, AT(field)}
#define ACL(name, field) {name, FIELD_ACL, AT(field)}
#define MS100(name, field) {name, FIELD_100MS, AT(field)}
#define CALL(name, function) {name, FIELD_CALL, 0, 0, NULL, function}

static const struct field_word cookie_words[] = {{"siphash24", false}, {"aes", true}, {NULL}};

/* Ports: -p on the command line counts more. */
static void set_port(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_snapshot *s = target;
    uint32_t port = 0;

    value_number(stmt->first->next, &port);
    if (port > UINT16_MAX)
        conf_error(c, stmt->first->next, "port '%u' out of range", port);
    s->port = c->options->port != 0 ? c->options->port : (uint16_t)port;
}

static void set_querylog(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_snapshot *s = target;

    (void)c;
    s->querylog_set = value_boolean(stmt->first->next, &s->querylog);
}

/* `server-id hostname` is the built-in text. */
static void set_server_id(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_snapshot *s = target;
    const struct conf_item *item = stmt->first->next;

    if (value_is(item, "hostname"))
        s->server_id = "";
    else
        s->server_id = value_is(item, "none") ? NULL : conf_share_text(c, item->text);
}

static void add_cookie_secret(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_snapshot *s = target;
    const struct conf_item *item = stmt->first->next;
    uint8_t secret[64];
    size_t len;

    if (hex_decode(item->text, strlen(item->text), secret, sizeof secret, &len) != RES_OK) {
        conf_error(c, item, "cookie-secret: invalid hex string");
        return;
    }
    if (len != 16) {
        conf_error(c, item, "%s cookie-secret must be 128 bits",
                   s->cookie_aes ? "AES" : "SipHash-2-4");
        return;
    }
    uint8_t (*all)[16] = region_alloc(c->memory, (s->ncookie_secrets + 1) * sizeof *all);
    if (all == NULL)
        return;
    if (s->ncookie_secrets > 0)
        memcpy(all, s->cookie_secrets, s->ncookie_secrets * sizeof *all);
    memcpy(all[s->ncookie_secrets++], secret, sizeof *all);
    s->cookie_secrets = (const uint8_t (*)[16])all;
}

static const struct conf_field fields[] = {
    TEXT("directory", directory),
    TEXT("pid-file", pid_file),
    TEXT("session-keyfile", session_keyfile),
    TEXT("session-keyname", session_keyname),
    TEXT("session-keyalg", session_keyalg),
    TEXT("version", version),
    TEXT("hostname", hostname),
    CALL("server-id", set_server_id),
    TEXT("dump-file", dump_file),
    TEXT("statistics-file", statistics_file),
    TEXT("key-directory", key_directory),
    TEXT("managed-keys-directory", managed_keys_directory),
    TEXT("geoip-directory", geoip_directory),
    CALL("port", set_port),
    {"tls-port", FIELD_U16, AT(tls_port)},
    ACL("blackhole", blackhole),
    CALL("querylog", set_querylog),
    BOOL("responselog", responselog),
    BOOL("match-mapped-addresses", match_mapped_addresses),
    BOOL("automatic-interface-scan", automatic_interface_scan),
    BOOL("reuseport", reuseport),
    BOOL("flush-zones-on-shutdown", flush_zones_on_shutdown),
    {"interface-interval", FIELD_SECONDS, AT(interface_interval_s)},
    U32("tcp-clients", tcp_clients),
    U32("tcp-listen-queue", tcp_listen_queue),
    MS100("tcp-initial-timeout", tcp_initial_timeout_ms),
    MS100("tcp-idle-timeout", tcp_idle_timeout_ms),
    MS100("tcp-keepalive-timeout", tcp_keepalive_timeout_ms),
    MS100("tcp-primaries-timeout", tcp_primaries_timeout_ms),
    MS100("tcp-advertised-timeout", tcp_advertised_timeout_ms),
    U32("udp-receive-buffer", udp_receive_buffer),
    U32("udp-send-buffer", udp_send_buffer),
    U32("tcp-receive-buffer", tcp_receive_buffer),
    U32("tcp-send-buffer", tcp_send_buffer),
    {"cookie-algorithm", FIELD_WORDS, AT(cookie_aes), 1, cookie_words},
    CALL("cookie-secret", add_cookie_secret),
    U32("update-quota", update_quota),
    U32("transfers-in", transfers_in),
    U32("transfers-out", transfers_out),
    U32("transfers-per-ns", transfers_per_ns),
    U32("serial-query-rate", serial_query_rate),
    U32("notify-rate", notify_rate),
    U32("startup-notify-rate", startup_notify_rate),
    U32("transfer-message-size", transfer_message_size),
};

const struct field_map *server_field_map(void)
{
    static struct field_map map = {fields, sizeof fields / sizeof *fields, false, {NULL}};

    return field_map_ready(&map);
}
