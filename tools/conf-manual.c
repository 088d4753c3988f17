/*
 * conf-manual: makes named.conf(5) of its template (standard input): the line "@options"
 * becomes the table of options.  A step of the build.
 */
#include <stdio.h>
#include <string.h>

#include "conf/option_table.h"

/* The page's sections in their order; an option stands in the first that fits. */
static const struct {
    uint32_t places;
    const char *title;
} sections[] = {
    {IN_TOP, "Statements"},
    {IN_OPTIONS | IN_VIEW_BLOCK | IN_ANY_ZONE, "Within options, view and zone"},
    {IN_KEY, "Within key"},
    {IN_TLS, "Within tls"},
    {IN_HTTP, "Within http"},
    {IN_LOGGING, "Within logging"},
    {IN_CHANNEL, "Within channel"},
    {IN_CONTROLS, "Within controls"},
    {IN_STATS, "Within statistics-channels"},
    {IN_SERVER, "Within server"},
    {IN_POLICY, "Within dnssec-policy"},
    {IN_KEYSTORE, "Within key-store"},
    {IN_RATE, "Within rate-limit"},
    {IN_DNS64, "Within dns64"},
    {IN_DLZ, "Within dlz"},
};
enum { SECTION_COUNT = sizeof sections / sizeof *sections };

static const char *const status_texts[] = {
    [STATUS_NOTED] = "not used yet",      [STATUS_NO_EFFECT] = "no effect",
    [STATUS_RESOLVER] = "resolvers only", [STATUS_DEPRECATED] = "deprecated",
    [STATUS_OBSOLETE] = "deprecated",     [STATUS_REFUSED] = "refused",
    [STATUS_GONE] = "refused",
};

/* Text that roff shall not read anything into. */
static void print_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void print_places(uint32_t places)
{
    const char *before = "";

    if ((places & IN_ANY_ZONE) == (IN_ANY_ZONE & ~(uint32_t)IN_IN_VIEW))
        places = (places & ~(uint32_t)IN_ANY_ZONE) | IN_IN_VIEW;
    for (uint32_t bit = 1; bit < OPTION_MANY; bit <<= 1) {
        if (!(places & bit))
            continue;
        fputs(before, stdout);
        print_text(option_place_text(bit));
        before = ", ";
    }
}

static void print_row(const struct option_row *row)
{
    fputs(".It Ic ", stdout);
    print_text(row->name);
    putchar('\n');
    if (*row->grammar != '\0') {
        fputs("\\fI", stdout);
        print_text(row->grammar);
        fputs("\\fP\n.br\n", stdout);
    }
    print_text(row->what);
    fputs(".\n.br\n", stdout);
    print_places(row->places);
    if (row->places & OPTION_MANY)
        fputs("; may be repeated", stdout);
    if (row->default_text != NULL) {
        fputs("; default: ", stdout);
        print_text(row->default_text);
    }
    if (row->status != STATUS_WORKS)
        printf("; %s", status_texts[row->status]);
    fputs(".\n", stdout);
}

static unsigned section_of(const struct option_row *row)
{
    unsigned i = 0;

    while (i < SECTION_COUNT - 1 && !(sections[i].places & row->places))
        i++;
    return i;
}

static void print_options(void)
{
    for (unsigned i = 0; i < SECTION_COUNT; i++) {
        printf(".Ss %s\n.Bl -tag -width Ds\n", sections[i].title);
        for (unsigned row = 0; row < option_count; row++)
            if (section_of(&option_rows[row]) == i)
                print_row(&option_rows[row]);
        puts(".El");
    }
}

int main(void)
{
    char line[1024];

    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "@options\n") == 0)
            print_options();
        else
            fputs(line, stdout);
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
