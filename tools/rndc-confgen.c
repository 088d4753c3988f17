/*
 * rndc-confgen: makes a key for the control channel.  With -a its clause goes into a file that
 * named and rndc read by default; otherwise a whole rndc.conf is printed, and what belongs into
 * named.conf as a comment.
 */
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dns/key_clause.h"
#include "net/addr.h"
#include "tools/new_key.h"

#define KEY_FILE SYSCONFDIR "/rndc.key"

static const char program[] = "rndc-confgen";

struct tool {
    bool write_file, quiet;
    enum tsig_algorithm algorithm;
    unsigned bits;              /* 0: as the digest */
    unsigned port;
    const char *file, *key, *address, *chroot_dir;
    const struct passwd *owner;
};

static void usage(int status) __attribute__((noreturn));

static void usage(int status)
{
    fprintf(stderr,
            "Usage:\n"
            " rndc-confgen [-a] [-b bits] [-c keyfile] [-k keyname] [-p port] [-s addr] "
            "[-t chrootdir] [-u user]\n"
            "  -a:\t\t generate just the key clause and write it to keyfile (%s)\n"
            "  -A alg:\t algorithm (default hmac-sha256)\n"
            "  -b bits:\t from 1 through 512, default 256; total length of the secret\n"
            "  -c keyfile:\t specify an alternate key file (requires -a)\n"
            "  -k keyname:\t the name as it will be used  in named.conf and rndc.conf\n"
            "  -p port:\t the port named will listen on and rndc will connect to\n"
            "  -q:\t\t suppress printing written key path\n"
            "  -s addr:\t the address to which rndc should connect\n"
            "  -t chrootdir:\t write a keyfile in chrootdir as well (requires -a)\n"
            "  -u user:\t set the keyfile owner to \"user\" (requires -a)\n", KEY_FILE);
    exit(status);
}

static unsigned read_bits(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end != '\0' || end == text || n < 1 || n > 8 * TSIG_MAC_MAX)
        tool_fail(program, "keysize %s out of range (must be 1-512)\n", text);
    return (unsigned)n;
}

static unsigned read_port(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*end != '\0' || end == text || n < 1 || n > 65535)
        tool_fail(program, "port '%s' out of range", text);
    return (unsigned)n;
}

static const char *read_address(const char *text)
{
    union net_addr unused;

    if (net_addr_parse(&unused, text) != RES_OK)
        tool_fail(program, "-s should be an IPv4 or IPv6 address");
    return text;
}

static const struct passwd *read_owner(const char *user)
{
    const struct passwd *owner = getpwnam(user);

    if (owner == NULL)
        tool_fail(program, "unable to set file owner: there is no user '%s'", user);
    return owner;
}

/* What the key is; false when `c` is none of it. */
static bool take_key_option(struct tool *t, int c, const char *arg)
{
    switch (c) {
    case 'A':
        t->algorithm = new_key_algorithm(program, arg);
        return true;
    case 'b':
        t->bits = read_bits(arg);
        return true;
    case 'k':
    case 'y':
        t->key = arg;
        return true;
    case 'p':
        t->port = read_port(arg);
        return true;
    case 's':
        t->address = read_address(arg);
        return true;
    default:
        return false;
    }
}

/* Where it goes. */
static void take_option(struct tool *t, int c, const char *arg)
{
    switch (c) {
    case 'a':
        t->write_file = true;
        break;
    case 'c':
        t->file = arg;
        break;
    case 'h':
        usage(0);
    case 'M':
    case 'm':
        break;
    case 'q':
        t->quiet = true;
        break;
    case 'r':
        tool_fail(program, "The -r option has been deprecated.");
    case 't':
        t->chroot_dir = arg;
        break;
    case 'u':
        t->owner = read_owner(arg);
        break;
    case 'V':
        break;
    default:
        if (optopt != 0 && optopt != '?')
            fprintf(stderr, "%s: invalid argument -%c\n", program, optopt);
        usage(1);
    }
}

static void parse_arguments(struct tool *t, int argc, char **argv)
{
    int c;

    opterr = 0;
    *t = (struct tool){.algorithm = TSIG_HMAC_SHA256, .port = 953, .file = KEY_FILE,
                       .key = "rndc-key", .address = "127.0.0.1"};
    while ((c = getopt(argc, argv, "aA:b:c:hk:Mmp:qr:s:t:u:Vy:")) != -1)
        if (!take_key_option(t, c, optarg))
            take_option(t, c, optarg);
    if (optind < argc)
        usage(1);
}

/* The file is there whole, with its mode and owner, or as it was. */
static void write_key_file(const struct tool *t, const char *path, const char *clause)
{
    struct file_replace r;
    enum result res = file_replace_begin(&r, path, 0600);

    if (res != RES_OK)
        tool_fail(program, "create keyfile: %s: %s", path, result_text(res));
    if (t->owner != NULL && fchown(r.fd, t->owner->pw_uid, t->owner->pw_gid) != 0) {
        res = result_from_errno(errno);
        file_replace_abort(&r);
        tool_fail(program, "unable to set file owner: %s", result_text(res));
    }
    res = file_write_all(r.fd, clause, strlen(clause));
    if (res == RES_OK)
        res = file_replace_commit(&r);
    else
        file_replace_abort(&r);
    if (res != RES_OK)
        tool_fail(program, "write to %s failed: %s", path, result_text(res));
    if (!t->quiet)
        printf("wrote key file \"%s\"\n", path);
}

static void write_key_files(const struct tool *t, const char *clause)
{
    char *inside;

    write_key_file(t, t->file, clause);
    if (t->chroot_dir == NULL)
        return;
    if (asprintf(&inside, "%s%s%s", t->chroot_dir, t->file[0] == '/' ? "" : "/", t->file) < 0)
        tool_fail(program, "%s", result_text(RES_NOMEM));
    write_key_file(t, inside, clause);
    free(inside);
}

static void print_configuration(const struct tool *t, const struct new_key *key)
{
    char *plain = new_key_clause(key, program, ""), *commented = new_key_clause(key, program, "# ");

    printf("# Start of rndc.conf\n%s\n"
           "options {\n\tdefault-key \"%s\";\n\tdefault-server %s;\n\tdefault-port %u;\n};\n"
           "# End of rndc.conf\n\n", plain, t->key, t->address, t->port);
    printf("# Use with the following in named.conf, adjusting the allow list as needed:\n%s# \n"
           "# controls {\n# \tinet %s port %u\n# \t\tallow { %s; } keys { \"%s\"; };\n# };\n"
           "# End of named.conf\n", commented, t->address, t->port, t->address, t->key);
    key_clause_free(plain);
    key_clause_free(commented);
}

int main(int argc, char **argv)
{
    struct tool t;
    struct new_key key;
    char *clause;

    parse_arguments(&t, argc, argv);
    if (t.algorithm == TSIG_HMAC_MD5)
        fprintf(stderr, "warning: use of hmac-md5 for RNDC keys is deprecated; hmac-sha256 is now "
                        "recommended.\n");
    new_key_draw(&key, program, t.key, t.algorithm, t.bits);
    if (t.write_file) {
        clause = new_key_clause(&key, program, "");
        write_key_files(&t, clause);
        key_clause_free(clause);
    } else {
        print_configuration(&t, &key);
    }
    if (fflush(stdout) != 0)
        tool_fail(program, "the output cannot be written");
    return 0;
}
