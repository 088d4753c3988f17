/*
 * rndc: one command for a name server, over its control channel.
 *
 * The server's addresses, the key and the port come from the command line, rndc.conf or
 * rndc.key, in this order.  The addresses are tried in turn until one answers.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "control/dialogue.h"
#include "control/result_number.h"
#include "control/rndc_conf.h"
#include "config.h"
#include "net/dial.h"
#include "net/loop.h"

#define CONF_FILE SYSCONFDIR "/rndc.conf"
#define KEY_FILE SYSCONFDIR "/rndc.key"

enum { DEFAULT_PORT = 953, DEFAULT_TIMEOUT_S = 60, ADDRESSES_MAX = 64 };

struct rndc {
    /* the command line: */
    const char *conf_file, *key_file, *server, *key_name;
    uint16_t port;                      /* 0: not given */
    long timeout_s;                     /* -1: not given; 0: none */
    int family;                         /* AF_UNSPEC: both */
    bool verbose, quiet, show_result;
    union net_addr source, source_v6;   /* family AF_UNSPEC: not given */
    /* what follows from it and the files: */
    struct rndc_conf *conf;
    const struct rndc_key *key;
    union net_addr to[ADDRESSES_MAX];
    unsigned naddresses;
};

static void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fputs("rndc: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static void tell(const struct rndc *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void tell(const struct rndc *r, const char *fmt, ...)
{
    va_list args;

    if (!r->verbose)
        return;
    fputs("rndc: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

/* ---- The command line ---- */

static void usage(FILE *out)
{
    fputs("usage: rndc [-4 | -6] [-b address] [-c config-file] [-k key-file] [-p port]\n"
          "            [-s server] [-t timeout] [-y key] [-qrV] command\n\n"
          "command is one of these:\n\n",
          out);
#define HELP(how, what) fputs("  " how "\n        " what "\n", out);
#include "control/rndc_help.def"
#undef HELP
    fputs("\nrndc " PACKAGE_VERSION " of " PACKAGE_NAME "\n", out);
}

static long read_number(const char *what, const char *text, long least, long most)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end != '\0' || end == text || n < least || n > most)
        fail("%s '%s' is not a number from %ld to %ld", what, text, least, most);
    return n;
}

static void take_source(struct rndc *r, const char *text)
{
    union net_addr a;

    if (net_addr_parse(&a, text) != RES_OK)
        fail("source address '%s' is no address", text);
    if (a.sa.sa_family == AF_INET)
        r->source = a;
    else
        r->source_v6 = a;
}

static void take_option(struct rndc *r, int option)
{
    switch (option) {
    case '4':
        r->family = AF_INET;
        break;
    case '6':
        r->family = AF_INET6;
        break;
    case 'b':
        take_source(r, optarg);
        break;
    case 'c':
        r->conf_file = optarg;
        break;
    case 'k':
        r->key_file = optarg;
        break;
    case 'p':
        r->port = (uint16_t)read_number("port", optarg, 1, 65535);
        break;
    case 'q':
        r->quiet = true;
        break;
    case 'r':
        r->show_result = true;
        break;
    case 's':
        r->server = optarg;
        break;
    case 't':
        r->timeout_s = read_number("timeout", optarg, 0, 86400);
        break;
    case 'V':
        r->verbose = true;
        break;
    case 'y':
        r->key_name = optarg;
        break;
    default:
        usage(option == 'h' ? stdout : stderr);
        exit(option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
    }
}

/* The words behind the options, joined by blanks. */
static char *join_words(char **words)
{
    char *line = NULL;
    size_t len;
    FILE *f = open_memstream(&line, &len);

    for (char **w = words; f != NULL && *w != NULL; w++)
        fprintf(f, "%s%s", w == words ? "" : " ", *w);
    if (f == NULL || fclose(f) != 0)
        fail("out of memory");
    return line;
}

/* ---- Files ---- */

static void print_mistake(void *arg, const char *text)
{
    (void)arg;
    fprintf(stderr, "rndc: %s\n", text);
}

static void read_file(struct rndc *r, const char *path)
{
    static const struct rndc_conf_report report = {.message = print_mistake};
    enum result res = rndc_conf_read(path, &report, &r->conf);

    if (res != RES_OK)
        fail("could not load rndc configuration %s: %s", path, result_text(res));
    tell(r, "read %s", path);
}

/* rndc.conf; without one, or when a key file is named, the key file.  True: the latter. */
static bool read_files(struct rndc *r)
{
    bool conf_is_there = access(CONF_FILE, F_OK) == 0;

    if (r->conf_file != NULL) {
        read_file(r, r->conf_file);
        return false;
    }
    if (r->key_file == NULL && conf_is_there) {
        if (access(KEY_FILE, F_OK) == 0)
            fprintf(stderr, "WARNING: %s is there, but %s is used\n", KEY_FILE, CONF_FILE);
        read_file(r, CONF_FILE);
        return false;
    }
    if (r->key_file == NULL && access(KEY_FILE, F_OK) != 0 && errno == ENOENT)
        fail("neither %s nor %s was found\n'rndc-confgen -a' makes a key that named takes up, too",
             CONF_FILE, KEY_FILE);
    read_file(r, r->key_file != NULL ? r->key_file : KEY_FILE);
    return true;
}

/* ---- Which server, which key ---- */

static const char *first_text(const char *a, const char *b)
{
    return a != NULL ? a : b;
}

static void choose_key(struct rndc *r, const struct rndc_server *server, bool key_only)
{
    const char *name = first_text(r->key_name, server != NULL ? server->key : NULL);

    name = first_text(name, r->conf->default_key);
    if (name == NULL && key_only && r->conf->nkeys > 0)
        name = r->conf->keys[0].name;
    if (name == NULL)
        fail("no key for server %s and no default-key", r->server);
    r->key = rndc_conf_key(r->conf, name);
    if (r->key == NULL)
        fail("no key definition for name %s", name);
    tell(r, "the key is %s", name);
}

static void choose_sources(struct rndc *r, const struct rndc_server *server)
{
    const struct rndc_conf *c = r->conf;

    if (r->source.sa.sa_family == AF_UNSPEC)
        r->source = server != NULL && server->source.sa.sa_family != AF_UNSPEC ? server->source
                                                                               : c->source;
    if (r->source_v6.sa.sa_family == AF_UNSPEC)
        r->source_v6 = server != NULL && server->source_v6.sa.sa_family != AF_UNSPEC
                           ? server->source_v6
                           : c->source_v6;
}

/* The addresses of a host, all of them. */
static void add_host(struct rndc *r, const char *host, uint16_t port)
{
    const struct addrinfo hints = {.ai_family = r->family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found, *a;
    int err = getaddrinfo(host, NULL, &hints, &found);

    if (err != 0)
        fail("couldn't get address for '%s': %s", host, gai_strerror(err));
    for (a = found; a != NULL && r->naddresses < ADDRESSES_MAX; a = a->ai_next) {
        union net_addr *to = &r->to[r->naddresses];
        if (a->ai_addrlen > sizeof *to)
            continue;
        memcpy(to, a->ai_addr, a->ai_addrlen);
        net_addr_set_port(to, port);
        r->naddresses++;
    }
    freeaddrinfo(found);
}

static uint16_t first_port(uint16_t a, uint16_t b)
{
    return a != 0 ? a : b;
}

static void choose_addresses(struct rndc *r, const struct rndc_server *server)
{
    uint16_t port = first_port(r->conf->default_port, DEFAULT_PORT);

    port = first_port(server != NULL ? server->port : 0, port);
    if (server == NULL || server->naddresses == 0)
        add_host(r, r->server, first_port(r->port, port));
    else
        for (unsigned i = 0; i < server->naddresses; i++)
            add_host(r, server->addresses[i].host,
                     first_port(r->port, first_port(server->addresses[i].port, port)));
    if (r->naddresses == 0)
        fail("no address of server %s", r->server);
}

static void choose(struct rndc *r)
{
    bool key_only = read_files(r);
    const struct rndc_server *server;

    r->server = first_text(r->server, r->conf->default_server);
    if (r->server == NULL && !key_only)
        fail("no server specified and no default");
    r->server = first_text(r->server, "127.0.0.1");
    server = rndc_conf_server(r->conf, r->server);
    choose_key(r, server, key_only);
    choose_sources(r, server);
    choose_addresses(r, server);
}

/* ---- Talking ---- */

static struct net_wait wait_for(const struct rndc *r)
{
    int64_t end = r->timeout_s > 0 ? net_now_ms() + r->timeout_s * 1000 : INT64_MAX;

    return (struct net_wait){.deadline_ms = end, .cancel_fd = -1};
}

/* The first address that takes a connection. */
static int connect_to(struct rndc *r)
{
    char text[NET_ADDR_TEXT];
    enum result res = RES_OK;
    int fd = -1;

    for (unsigned i = 0; i < r->naddresses; i++) {
        const union net_addr *to = &r->to[i];
        const union net_addr *from = to->sa.sa_family == AF_INET ? &r->source : &r->source_v6;
        const struct net_wait wait = wait_for(r);
        net_addr_format(to, text);
        tell(r, "connecting to %s", text);
        res = net_dial(&fd, SOCK_STREAM, to, from, &wait);
        if (res == RES_OK)
            return fd;
        tell(r, "%s: %s", text, result_text(res));
    }
    fail("connect failed: %s: %s", text, result_text(res));
}

static void fail_closed(void)
{
    fail("connection to remote host closed.\n"
         "* The server says no more when it does not trust what it hears.  Its log tells why:\n"
         "* the key or its algorithm is another one, this address is not allowed,\n"
         "* or the clocks of the two hosts are more than five minutes apart.");
}

static void read_all(int fd, uint8_t *data, size_t len, const struct net_wait *wait)
{
    size_t at = 0, got;

    while (at < len) {
        enum result res = net_dial_read(fd, data + at, len - at, &got, wait);
        if (res == RES_EOF || res == RES_CONNRESET)
            fail_closed();
        if (res != RES_OK)
            fail("recv failed: %s", result_text(res));
        at += got;
    }
}

/* Sends a request and takes the reply, which points into *frame (the caller's). */
static void ask(const struct rndc *r, struct control_client *client, int fd, const char *command,
                uint8_t **frame, struct control_reply *reply)
{
    const struct net_wait wait = wait_for(r);
    struct control_writer w;
    uint8_t head[CONTROL_FRAME_HEAD];
    enum result res = control_client_ask(client, command, time(NULL), &w);

    if (res == RES_OK)
        res = net_dial_write(fd, w.data, w.len, &wait);
    if (res != RES_OK)
        fail("send failed: %s", result_text(res));
    control_discard(&w);
    tell(r, "sent '%s'", command);
    read_all(fd, head, sizeof head, &wait);
    uint32_t len = get_u32(head);
    if (len == 0 || len > CONTROL_REPLY_MAX)
        fail("the answer has an impossible length: %u bytes", len);
    *frame = malloc(len);
    if (*frame == NULL)
        fail("out of memory");
    read_all(fd, *frame, len, &wait);
    res = control_client_take(client, *frame, len, reply);
    if (res != RES_OK)
        fail("the answer is not what was asked for: %s", result_text(res));
    tell(r, "took an answer of %u bytes", len);
}

/* Prints it as scripts expect; the exit status. */
static int print_reply(const struct rndc *r, const struct control_reply *reply,
                       const char *command)
{
    bool failed = reply->error.data != NULL;
    const char *name = result_number_name(reply->result);

    if (failed)
        fprintf(stderr, "rndc: '%s' failed: %.*s\n", command, (int)reply->error.len,
                (const char *)reply->error.data);
    if (reply->text.len > 0 && (failed || !r->quiet))
        fprintf(failed ? stderr : stdout, "%.*s\n", (int)reply->text.len,
                (const char *)reply->text.data);
    if (r->show_result)
        printf("%s %u\n", name != NULL ? name : "UNKNOWN_RESULT", reply->result);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The first request only fetches the connection's nonce. */
static int run(struct rndc *r, const char *line, const char *command)
{
    struct control_client client;
    struct control_reply reply;
    uint8_t *frame;
    uint32_t serial;
    int fd, status;

    if (getrandom(&serial, sizeof serial, 0) != sizeof serial)
        fail("no random number: %s", strerror(errno));
    control_client_init(&client, &r->key->key, serial);
    fd = connect_to(r);
    ask(r, &client, fd, "null", &frame, &reply);
    free(frame);
    ask(r, &client, fd, line, &frame, &reply);
    status = print_reply(r, &reply, command);
    free(frame);
    close(fd);
    return status;
}

/* A command that waits for loads takes as long as they do. */
static long default_timeout(char **words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, "-wait") == 0)
            return 0;
    return DEFAULT_TIMEOUT_S;
}

int main(int argc, char **argv)
{
    struct rndc r = {.timeout_s = -1, .family = AF_UNSPEC};
    char *line;
    int option, status;

    while ((option = getopt(argc, argv, "+46b:c:hk:p:qrs:t:Vy:")) != -1)
        take_option(&r, option);
    if (optind == argc) {
        usage(stderr);
        return EXIT_FAILURE;
    }
    if (r.timeout_s < 0)
        r.timeout_s = default_timeout(argv + optind);
    hash_init();
    choose(&r);
    line = join_words(argv + optind);
    status = run(&r, line, argv[optind]);
    free(line);
    rndc_conf_free(r.conf);
    if (fflush(stdout) != 0)
        fail("writing: %s", strerror(errno));
    return status;
}
