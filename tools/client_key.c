#include "tools/client_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/file.h"
#include "parser/conf_syntax.h"

enum { FILE_MAX = 64 * 1024 };

/* ---- Values ---- */

/* The secret with white space left out. */
static enum result decode_secret(const char *text, uint8_t secret[CLIENT_SECRET_MAX], size_t *len)
{
    struct codec_stream s = {0};
    struct writer w = writer_of(secret, CLIENT_SECRET_MAX);
    enum result r = RES_OK;

    while (r == RES_OK && *(text += strspn(text, " \t")) != '\0') {
        size_t n = strcspn(text, " \t");

        r = base64_feed(&s, text, n, &w);
        text += n;
    }
    *len = writer_len(&w);
    return r == RES_OK ? base64_finish(&s) : r;
}

static enum result set_name(struct client_key *k, const char *text)
{
    struct name name;
    enum result r = name_from_text(&name, text, strlen(text), (const uint8_t *)"");

    if (r != RES_OK)
        return r;
    k->name = name;
    name_fold(k->name.wire, k->name.wire, k->name.len);
    name_to_text(k->name.wire, k->name_text, NAME_OMIT_FINAL_DOT);
    return RES_OK;
}

enum result client_key_set(struct client_key *k, const char *algorithm, const char *name,
                           const char *secret, char why[CLIENT_KEY_WHY])
{
    uint8_t bytes[CLIENT_SECRET_MAX];
    enum tsig_algorithm number = TSIG_NONE;
    uint16_t bits;
    size_t len;
    enum result r = tsig_algorithm_from_text(&number, &bits, algorithm);

    if (r != RES_OK) {
        snprintf(why, CLIENT_KEY_WHY, "unknown key type '%s'", algorithm);
        return r;
    }
    if ((r = decode_secret(secret, bytes, &len)) != RES_OK) {
        snprintf(why, CLIENT_KEY_WHY, "could not create key from %s: %s", name, result_text(r));
        return r;
    }
    if ((r = set_name(k, name)) != RES_OK) {
        snprintf(why, CLIENT_KEY_WHY, "could not parse key name '%s': %s", name, result_text(r));
        return r;
    }
    memcpy(k->secret, bytes, len);
    explicit_bzero(bytes, sizeof bytes);
    k->key = (struct tsig_key){k->name.wire, k->name_text, (uint8_t)number, bits, k->secret,
                               (uint16_t)len};
    return RES_OK;
}

enum result client_key_from_text(struct client_key *k, const char *text, char why[CLIENT_KEY_WHY])
{
    char *copy = strdup(text), *first, *second;
    enum result r = RES_SYNTAX;

    if (copy == NULL)
        return RES_NOMEM;
    first = strchr(copy, ':');
    if (first == NULL) {
        snprintf(why, CLIENT_KEY_WHY, "key option must specify [hmac:]keyname:secret");
    } else {
        *first++ = '\0';
        second = strchr(first, ':');
        if (second != NULL)
            *second++ = '\0';
        r = second != NULL ? client_key_set(k, copy, first, second, why)
                           : client_key_set(k, CLIENT_KEY_ALGORITHM, copy, first, why);
        explicit_bzero(first, strlen(first));
    }
    free(copy);
    return r;
}

/* ---- A `key` clause ---- */

struct reading {
    const char *path;
    char *why;
};

static void tell_syntax(void *arg, const struct conf_tree *tree, const struct conf_item *at,
                        const char *text)
{
    struct reading *r = arg;

    if (*r->why == '\0')
        snprintf(r->why, CLIENT_KEY_WHY, "%s:%u: %s", tree->files[at->file].name, at->line, text);
}

static bool is_text(const struct conf_item *i)
{
    return i != NULL && (i->kind == CONF_WORD || i->kind == CONF_STRING);
}

/* The value of `word` in the block; NULL when it has none. */
static const char *value_of(const struct conf_block *block, const char *word)
{
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        if (is_text(s->first) && strcasecmp(s->first->text, word) == 0 && is_text(s->first->next))
            return s->first->next->text;
    return NULL;
}

/* `key NAME { … }`, the first in the file; NULL when there is none. */
static const struct conf_stmt *find_clause(const struct conf_tree *tree)
{
    for (const struct conf_stmt *s = tree->top.first; s != NULL; s = s->next)
        if (is_text(s->first) && strcasecmp(s->first->text, "key") == 0 &&
            is_text(s->first->next) && s->first->next->next != NULL &&
            s->first->next->next->kind == CONF_BLOCK)
            return s;
    return NULL;
}

static enum result take_clause(struct client_key *k, const struct conf_tree *tree,
                               const char *path, char *why)
{
    const struct conf_stmt *s = find_clause(tree);
    const char *algorithm, *secret;

    if (s == NULL) {
        snprintf(why, CLIENT_KEY_WHY, "%s has no clause 'key \"NAME\" { algorithm …; secret …; };'",
                 path);
        return RES_INVALIDFILE;
    }
    algorithm = value_of(s->first->next->next->block, "algorithm");
    secret = value_of(s->first->next->next->block, "secret");
    if (algorithm != NULL && secret != NULL)
        return client_key_set(k, algorithm, s->first->next->text, secret, why);
    snprintf(why, CLIENT_KEY_WHY, "%s:%u: key '%s' must have both 'secret' and 'algorithm' defined",
             path, s->first->line, s->first->next->text);
    return RES_INVALIDFILE;
}

static enum result read_clause(struct client_key *k, const char *path, char *why)
{
    struct reading reading = {path, why};
    const struct conf_syntax_report report = {tell_syntax, &reading};
    struct conf_tree *tree;
    enum result r;

    *why = '\0';
    if ((r = conf_tree_read(path, &report, &tree)) != RES_OK)
        return r;
    r = tree->errors > 0 ? RES_INVALIDFILE : take_clause(k, tree, path, why);
    conf_tree_free(tree);
    return r;
}

/* ---- A pair of files ---- */

/* Numbers of the DNSSEC key format for HMACs. */
static const char *algorithm_of(unsigned long number)
{
    static const struct {
        unsigned number;
        const char *text;
    } rows[] = {{157, "hmac-md5"},    {161, "hmac-sha1"},   {162, "hmac-sha224"},
                {163, "hmac-sha256"}, {164, "hmac-sha384"}, {165, "hmac-sha512"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == number)
            return rows[i].text;
    return NULL;
}

/* The value of "WORD: value" in a private key file, its end marked; NULL when it has none. */
static char *field_of(char *text, const char *word)
{
    size_t len = strlen(word);

    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, word, len) == 0 && line[len] == ':') {
            line += len + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}

/* The key's name: K and .+ALGORITHM+ID around it in the file's name. */
static bool name_of_pair(const char *base, char name[NAME_TEXT_MAX])
{
    const char *slash = strrchr(base, '/'), *file = slash != NULL ? slash + 1 : base;
    const char *plus = strstr(file, ".+");

    if (file[0] != 'K' || plus == NULL || (size_t)(plus - file) >= NAME_TEXT_MAX)
        return false;
    memcpy(name, file + 1, (size_t)(plus - file));
    name[plus - file] = '\0';
    return true;
}

static enum result take_private(struct client_key *k, const char *path, const char *name,
                                char *text, char *why)
{
    char *number = field_of(text, "Algorithm"), *secret = field_of(text, "Key");
    const char *algorithm = number != NULL ? algorithm_of(strtoul(number, NULL, 10)) : NULL;

    if (number != NULL && algorithm == NULL)
        snprintf(why, CLIENT_KEY_WHY, "%s holds a key of algorithm %.*s, which signs zones, not "
                 "messages (SIG(0) is not supported): make a key with tsig-keygen", path,
                 (int)strcspn(number, " \r\n"), number);
    else if (algorithm == NULL || secret == NULL)
        snprintf(why, CLIENT_KEY_WHY, "%s is no private key file: 'Algorithm:' and 'Key:' are "
                 "expected", path);
    if (algorithm == NULL || secret == NULL)
        return RES_INVALIDFILE;
    secret[strcspn(secret, "\r\n")] = '\0';
    return client_key_set(k, algorithm, name, secret, why);
}

static enum result read_pair(struct client_key *k, const char *base, const char *name, char *why)
{
    char *path, *text;
    size_t len;
    enum result r;

    if (asprintf(&path, "%s.private", base) < 0)
        return RES_NOMEM;
    r = file_read(path, FILE_MAX, &text, &len);
    if (r == RES_OK) {
        r = take_private(k, path, name, text, why);
        explicit_bzero(text, len);
        free(text);
    }
    free(path);
    return r;
}

/* What stands before ".key", ".private" or a final dot. */
static char *base_of(const char *path)
{
    static const char *const endings[] = {".private", ".key", "."};
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);

        if (len > n && strcmp(path + len - n, endings[i]) == 0)
            return strndup(path, len - n);
    }
    return strdup(path);
}

enum result client_key_read(struct client_key *k, const char *path, char why[CLIENT_KEY_WHY])
{
    char *base = base_of(path), name[NAME_TEXT_MAX];
    enum result r;

    if (base == NULL)
        return RES_NOMEM;
    why[0] = '\0';
    r = name_of_pair(base, name) ? read_pair(k, base, name, why) : read_clause(k, path, why);
    if (r != RES_OK && why[0] == '\0')
        snprintf(why, CLIENT_KEY_WHY, "could not read key from %s: %s", path, result_text(r));
    free(base);
    return r;
}
