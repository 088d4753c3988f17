#include "dns/key_clause.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/codec.h"

enum result key_clause_draw(uint8_t *secret, size_t len)
{
    while (len > 0) {
        ssize_t n = getrandom(secret, len, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return RES_FAILURE;
        secret += n;
        len -= (size_t)n;
    }
    return RES_OK;
}

char *key_clause_text(const char *prefix, const char *name, const char *algorithm,
                      const uint8_t *secret, size_t len)
{
    size_t room = base64_text_len(len) + 1;
    char *base64 = malloc(room), *text = NULL;

    if (base64 == NULL)
        return NULL;
    base64_encode(secret, len, base64);
    if (asprintf(&text, "%skey \"%s\" {\n%s\talgorithm %s;\n%s\tsecret \"%s\";\n%s};\n", prefix,
                 name, prefix, algorithm, prefix, base64, prefix) < 0)
        text = NULL;
    explicit_bzero(base64, room);
    free(base64);
    return text;
}

void key_clause_free(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}
