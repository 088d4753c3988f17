#include "server/defaults.h"

#include "conf/option_table.h"

static void print_rows(FILE *out, uint32_t places, uint32_t but)
{
    for (unsigned i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        if ((row->places & places) != 0 && (row->places & but) == 0 && row->default_text != NULL &&
            (row->status == STATUS_WORKS || row->status == STATUS_NOTED))
            fprintf(out, "\t%s %s;\n", row->name, row->default_text);
    }
}

void defaults_print(FILE *out)
{
    fputs("# Built-in default values. This is NOT the run-time configuration!\noptions {\n", out);
    print_rows(out, IN_OPTIONS, IN_VIEW_BLOCK | IN_ANY_ZONE);
    fputs("\n\t/* view */\n", out);
    print_rows(out, IN_VIEW_BLOCK, IN_ANY_ZONE | IN_TOP);
    fputs("\n\t/* zone */\n", out);
    print_rows(out, IN_ANY_ZONE, IN_TOP);
    fputs("};\n", out);
}
