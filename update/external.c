#include "update/external.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "dns/rdata.h"
#include "net/dial.h"
#include "net/loop.h"

enum { PROTOCOL_VERSION = 1, REQUEST_ROOM = 4 * NAME_TEXT_MAX };

static const char scheme[] = "local:";

/* The numbers that BIND's daemons know the algorithms by. */
static unsigned algorithm_number(uint8_t algorithm)
{
    static const uint8_t numbers[TSIG_ALGORITHMS] = {0, 157, 161, 162, 163, 164, 165};

    return numbers[algorithm];
}

/* The tag of the secret as RDATA of a KEY for entities (RFC 2535 §3.1), as BIND counts it. */
static unsigned key_tag(const struct tsig_key *key)
{
    uint8_t rdata[4 + UINT16_MAX] = {2, 0, 3, (uint8_t)algorithm_number(key->algorithm)};

    memcpy(rdata + 4, key->secret, key->secret_len);
    return dnskey_tag(rdata, 4u + key->secret_len);
}

static void put_text(struct writer *w, const char *text)
{
    writer_bytes(w, text, strlen(text) + 1);
}

static void put_name(struct writer *w, const uint8_t *name)
{
    char text[NAME_TEXT_MAX] = "";

    if (name != NULL)
        name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    put_text(w, text);
}

static void put_key(struct writer *w, const struct tsig_key *key)
{
    char name[NAME_TEXT_MAX], text[NAME_TEXT_MAX + 32] = "";

    if (key != NULL) {
        name_to_text(key->name, name, NAME_OMIT_FINAL_DOT);
        snprintf(text, sizeof text, "%s/%u/%u", name, algorithm_number(key->algorithm),
                 key_tag(key));
    }
    put_text(w, text);
}

static size_t write_request(const struct update_request *u, const uint8_t *name, uint16_t type,
                            uint8_t *out)
{
    char address[NET_ADDR_TEXT], kind[RRTYPE_TEXT];
    struct writer w = writer_of(out, REQUEST_ROOM);

    writer_u32(&w, PROTOCOL_VERSION);
    writer_u32(&w, 0);
    put_name(&w, u->who.key);
    put_name(&w, name);
    put_text(&w, net_addr_format_host(u->who.peer, address));
    put_text(&w, rrtype_text(type, kind));
    put_key(&w, u->key);
    writer_u32(&w, 0);
    put_u32(out + 4, (uint32_t)writer_len(&w));
    return writer_len(&w);
}

static enum result dial_path(int *fd, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof to.sun_path)
        return RES_NAMETOOLONG;
    strcpy(to.sun_path, path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return result_from_errno(errno);
    if (connect(*fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return RES_OK;
    return result_from_errno(errno);
}

static enum result converse(int fd, const uint8_t *request, size_t len, uint32_t *verdict)
{
    const struct net_wait wait = {net_now_ms() + UPDATE_EXTERNAL_TIMEOUT_MS, -1};
    enum result r = net_dial_write(fd, request, len, &wait);
    uint8_t answer[4];
    size_t have = 0, n;

    while (r == RES_OK && have < sizeof answer) {
        r = net_dial_read(fd, answer + have, sizeof answer - have, &n, &wait);
        have += r == RES_OK ? n : 0;
    }
    *verdict = r == RES_OK ? get_u32(answer) : 0;
    return r;
}

static enum result ask(const char *path, const uint8_t *request, size_t len, uint32_t *verdict)
{
    int fd = -1;
    enum result r = dial_path(&fd, path);

    if (r == RES_OK)
        r = converse(fd, request, len, verdict);
    if (fd >= 0)
        close(fd);
    return r;
}

bool external_allows(const struct update_request *u, const char *identity, const uint8_t *name,
                     uint16_t type)
{
    uint8_t request[REQUEST_ROOM];
    char text[NAME_TEXT_MAX];
    uint32_t verdict = 0;
    enum result r;

    if (strncmp(identity, scheme, sizeof scheme - 1) != 0) {
        log_write(LOGC_UPDATE_SECURITY, LVL_ERROR,
                  "ssu_external: '%s' names no daemon: write \"local:PATH\"", identity);
        return false;
    }
    identity += sizeof scheme - 1;
    r = ask(identity, request, write_request(u, name, type, request), &verdict);
    name_to_text(name, text, NAME_OMIT_FINAL_DOT);
    if (r != RES_OK)
        log_write(LOGC_UPDATE_SECURITY, LVL_ERROR,
                  "ssu_external: unable to ask the daemon at '%s': %s", identity, result_text(r));
    else
        log_write(LOGC_UPDATE_SECURITY, LVL_INFO, "ssu_external: %s external auth for '%s'",
                  verdict == 1 ? "allowed" : "denied", text);
    return r == RES_OK && verdict == 1;
}
