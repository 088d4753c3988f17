#include "tools/new_key.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/key_clause.h"

const char *tool_name(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');
    const char *name = slash != NULL ? slash + 1 : argv0;

    return strncmp(name, "lt-", 3) == 0 ? name + 3 : name;
}

void tool_fail(const char *program, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

enum tsig_algorithm new_key_algorithm(const char *program, const char *text)
{
    enum tsig_algorithm algorithm;
    uint16_t bits;
    char name[32];

    snprintf(name, sizeof name, "%s%s", strncasecmp(text, "hmac-", 5) == 0 ? "" : "hmac-", text);
    for (int a = TSIG_NONE + 1; a < TSIG_ALGORITHMS; a++)
        if (strcasecmp(name, tsig_algorithm_text((enum tsig_algorithm)a)) == 0)
            return (enum tsig_algorithm)a;
    if (tsig_algorithm_from_text(&algorithm, &bits, name) == RES_OK && bits > 0)
        tool_fail(program, "Unsupported algorithm '%s'\n"
                  "  a key belongs to '%s'; write the shorter one into named.conf", text,
                  tsig_algorithm_text(algorithm));
    tool_fail(program, "Unsupported algorithm '%s'\n"
              "  choose one of hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, "
              "hmac-sha512", text);
}

void new_key_draw(struct new_key *k, const char *program, const char *name,
                  enum tsig_algorithm algorithm, unsigned bits)
{
    struct name wire;
    enum result r = name_from_text(&wire, name, strlen(name), (const uint8_t *)"");

    if (r != RES_OK || strpbrk(name, "\"\\\n;") != NULL)
        tool_fail(program, "'%s' cannot be the name of a key: %s", name,
                  result_text(r != RES_OK ? r : RES_BADNAME));
    k->name = name;
    k->algorithm = tsig_algorithm_text(algorithm);
    k->len = bits > 0 ? (bits + 7) / 8 : tsig_digest_len(algorithm);
    if (key_clause_draw(k->secret, k->len) != RES_OK)
        tool_fail(program, "the system gives no random bytes");
}

char *new_key_clause(const struct new_key *k, const char *program, const char *prefix)
{
    char *text = key_clause_text(prefix, k->name, k->algorithm, k->secret, k->len);

    if (text == NULL)
        tool_fail(program, "%s", result_text(RES_NOMEM));
    return text;
}
