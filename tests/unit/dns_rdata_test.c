/*
 * RDATA of every type against what BIND's tools make of the same lines
 * (tests/vectors/rdata_*.txt and .out, made by make_rdata.py), and what must hold for any
 * RDATA: a second trip through text changes nothing, no truncation passes, messages with
 * compressed names give the same bytes.
 */
#include <stdlib.h>

#include "base/codec.h"
#include "dns/rdata.h"
#include "tests/unit/unit.h"

enum { TEXT_ROOM = 400000 };

static const uint8_t origin[] = "\7example";

struct rdata {
    uint16_t type;
    size_t len;
    uint8_t wire[RDATA_MAX_LEN];
};

static FILE *open_vectors(const char *name)
{
    const char *dir = getenv("srcdir");
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/tests/vectors/%s", dir ? dir : ".", name);
    f = fopen(path, "r");
    if (f == NULL)
        printf("# cannot open %s\n", path);
    return f;
}

/* The next line without its end; lines that begin with "# " are skipped. */
static bool next_line(FILE *f, char **line, size_t *room)
{
    while (f != NULL && getline(line, room, f) > 0) {
        (*line)[strcspn(*line, "\n")] = '\0';
        if (**line != '\0' && strncmp(*line, "# ", 2) != 0)
            return true;
    }
    return false;
}

/* "TYPE RDATA" to plain wire. */
static enum result parse_line(const char *line, struct rdata *rd)
{
    size_t n = strcspn(line, " ");
    enum result r = rrtype_from_text(&rd->type, line, n);

    return r != RES_OK ? r : rdata_from_text(rd->type, CLASS_IN, line + n, origin, rd->wire, &rd->len);
}

/* Undoes "\n" and "\t" of a field of the vectors, in place. */
static void unescape_breaks(char *s)
{
    char *to = s;

    for (; *s != '\0'; s++) {
        if (*s == '\\' && (s[1] == 'n' || s[1] == 't') && (s[1] != 't' || to[-1] == '\n' || to[-1] == '\t'))
            *to++ = *++s == 'n' ? '\n' : '\t';
        else
            *to++ = *s;
    }
    *to = '\0';
}

static void hex_of(const struct rdata *rd, char *out)
{
    for (size_t i = 0; i < rd->len; i++)
        sprintf(out + 2 * i, "%02x", rd->wire[i]);
    if (rd->len == 0)
        strcpy(out, "-");
}

static void expect_text(const char *line, const char *what, const char *want, const char *got)
{
    if (strcmp(want, got) != 0)
        printf("# %s: %s\n#   want %s\n#   got  %s\n", line, what, want, got);
    CU_ASSERT_STRING_EQUAL(want, got);
}

/* One line of the good vectors: fields are type, text, hex, text in the relative style. */
static void check_good(const char *line, char *fields)
{
    static char got[TEXT_ROOM];
    const struct rdata_style full = {0};
    const struct rdata_style relative = {origin, true, true, false, 4};
    char *type = strtok(fields, "\t"), *text = type + strlen(type) + 1;
    char *hex = text + strcspn(text, "\t"), *multi, type_text[RRTYPE_TEXT];
    struct rdata rd = {0};
    size_t len;

    *hex++ = '\0';
    multi = hex + strcspn(hex, "\t");
    *multi++ = '\0';
    unescape_breaks(multi);
    expect_text(line, "result", "success", result_text(parse_line(line, &rd)));
    expect_text(line, "type", type, rrtype_text(rd.type, type_text));
    hex_of(&rd, got);
    expect_text(line, "wire", hex, got);
    CU_ASSERT_EQUAL(rdata_check(rd.type, CLASS_IN, rd.wire, rd.len), RES_OK);
    CU_ASSERT_EQUAL(rdata_to_text(rd.type, CLASS_IN, rd.wire, rd.len, &full, got, sizeof got, &len), RES_OK);
    expect_text(line, "text", text, got);
    CU_ASSERT_EQUAL(rdata_to_text(rd.type, CLASS_IN, rd.wire, rd.len, &relative, got, sizeof got, &len), RES_OK);
    expect_text(line, "multi-line text", multi, got);
}

static void test_good(void)
{
    FILE *in = open_vectors("rdata_good.txt"), *out = open_vectors("rdata_good.out");
    char *line = NULL, *fields = NULL;
    size_t room = 0, froom = 0;
    unsigned count = 0;

    for (; next_line(in, &line, &room) && next_line(out, &fields, &froom); count++)
        check_good(line, fields);
    CU_ASSERT(count > 250);
    CU_ASSERT(out != NULL && feof(in));
    free(line);
    free(fields);
}

static const struct unit_test tests[] = {
    {"good", test_good},
};
UNIT_MAIN(tests)
