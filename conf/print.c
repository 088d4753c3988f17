#include "conf/print.h"

#include <stdlib.h>
#include <string.h>

#include "conf/build.h"
#include "conf/grammar.h"

struct printer {
    FILE *out;
    unsigned indent;
    bool hide;
    bool one_line;
    bool frame, mark;           /* zones are left out; the next block is a view's */
    struct conf_context *c;
};

static void print_block(struct printer *p, const struct conf_block *block);

static void print_indent(const struct printer *p)
{
    for (unsigned i = 0; !p->one_line && i < p->indent; i++)
        putc('\t', p->out);
}

static const char *type_of(const struct conf_item *item)
{
    return item->note != 0 ? value_type_at(item->note - 1u)->name : "";
}

static void print_prefix(const struct printer *p, const struct conf_item *item)
{
    struct net_prefix prefix;
    union net_addr a;
    char text[NET_ADDR_TEXT];

    memset(&a, 0, sizeof a);
    if (net_prefix_parse(&prefix, item->text) != RES_OK) {
        fputs(item->text, p->out);
        return;
    }
    a.sa.sa_family = prefix.family;
    if (prefix.family == AF_INET6)
        memcpy(&a.v6.sin6_addr, prefix.addr, 16);
    else
        memcpy(&a.v4.sin_addr, prefix.addr, 4);
    fprintf(p->out, "%s/%u", net_addr_format_host(&a, text), prefix.bits);
}

static void print_address(const struct printer *p, const struct conf_item *item)
{
    union net_addr a;
    char text[NET_ADDR_TEXT];

    if (net_addr_parse(&a, item->text) == RES_OK)
        fputs(net_addr_format_host(&a, text), p->out);
    else
        fputs(item->text, p->out);
}

static void print_quoted(const struct printer *p, const char *text)
{
    putc('"', p->out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('\\', p->out);
        putc(*text, p->out);
    }
    putc('"', p->out);
}

/* A value in its one spelling. */
static void print_value(const struct printer *p, const struct conf_item *item)
{
    const char *type = type_of(item);
    bool yes;
    uint64_t size;
    uint32_t n;

    if (item->note != 0 && value_type_at(item->note - 1u)->quoted)
        print_quoted(p, item->text);
    else if (strcmp(type, "boolean") == 0 && value_boolean(item, &yes))
        fputs(yes ? "yes" : "no", p->out);
    else if (strncmp(type, "size", 4) == 0 && value_size(item, &size))
        fprintf(p->out, "%llu", (unsigned long long)size);
    else if (strcmp(type, "duration") == 0 && (item->text[0] | 0x20) != 'p' &&
             value_duration(item, &n))
        fprintf(p->out, "%u", n);
    else if (strcmp(type, "netprefix") == 0)
        print_prefix(p, item);
    else if (strncmp(type, "ipv", 3) == 0)
        print_address(p, item);
    else
        fputs(item->text, p->out);
}

static void print_secret(const struct printer *p, const struct conf_item *item)
{
    putc('"', p->out);
    for (size_t i = strlen(item->text); i > 0; i--)
        putc('?', p->out);
    putc('"', p->out);
}

/* The items from `item` on, a space before each but behind a `!`. */
static void print_items(struct printer *p, const struct conf_item *item, bool first, bool secret)
{
    for (; item != NULL; item = item->next) {
        if (!first)
            putc(' ', p->out);
        first = item->kind == CONF_NOT;
        if (item->kind == CONF_BLOCK)
            print_block(p, item->block);
        else if (secret && p->hide)
            print_secret(p, item);
        else if (item->kind == CONF_NOT)
            putc('!', p->out);
        else
            print_value(p, item);
    }
}

/* Where BIND leaves two spaces: parts that may stand before the list, and do not. */
static bool has_gap(const struct option_row *row, const struct conf_item *value)
{
    return value != NULL && value->kind == CONF_BLOCK && strncmp(row->grammar, "[ port", 6) == 0 &&
           (strstr(row->grammar, "transport") != NULL || strstr(row->grammar, "proxy") != NULL);
}

static void print_option(struct printer *p, const struct conf_stmt *s)
{
    const struct option_row *row = s->note;
    bool secret = strcmp(row->name, "secret") == 0 || strcmp(row->name, "cookie-secret") == 0;

    print_indent(p);
    p->mark = p->frame && strcmp(row->name, "view") == 0;
    fputs(row->name, p->out);
    if (!p->one_line && has_gap(row, s->first->next))
        putc(' ', p->out);
    if (strcmp(row->name, "inet") == 0 && value_is(s->first->next, "*")) {
        fputs(" 0.0.0.0", p->out);
        print_items(p, s->first->next->next, false, false);
    } else {
        print_items(p, s->first->next, false, secret);
    }
    fputs(p->one_line ? "; " : ";\n", p->out);
}

/* BIND's order: what only this level has, then what levels below have too. */
static unsigned group_of(const struct option_row *row)
{
    uint32_t zones = IN_ANY_ZONE;

    if (strcmp(row->name, "type") == 0)
        return 0;
    if (row->places & IN_TOP)
        return row->places & IN_VIEW_BLOCK ? 2 : 1;
    if (row->places & IN_OPTIONS)
        return row->places & zones ? 3 : row->places & IN_VIEW_BLOCK ? 2 : 1;
    return 1;
}

struct ordered {
    const struct conf_stmt *stmt;
    unsigned group, row, place;     /* place: in the file */
};

static int compare(unsigned a, unsigned b)
{
    return a < b ? -1 : a > b;
}

static int compare_ordered(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    if (x->group != y->group)
        return compare(x->group, y->group);
    return x->row != y->row ? compare(x->row, y->row) : compare(x->place, y->place);
}

/* The statements of a block of options, sorted; those of one option stay in their order. */
static void print_options(struct printer *p, const struct conf_block *block)
{
    unsigned n = 0;

    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next)
        n += s->note != NULL;
    struct ordered *all = region_alloc(p->c->scratch, n * sizeof *all + 1);
    if (all == NULL)
        return;
    n = 0;
    for (const struct conf_stmt *s = block->first; s != NULL; s = s->next) {
        if (s->note == NULL)
            continue;
        all[n] = (struct ordered){s, group_of(s->note), option_index(s->note), n};
        n++;
    }
    qsort(all, n, sizeof *all, compare_ordered);
    for (unsigned i = 0; i < n; i++)
        if (!p->frame || strcmp(stmt_name(all[i].stmt), "zone") != 0)
            print_option(p, all[i].stmt);
}

/* Braces around options, or around a list. */
static void print_block(struct printer *p, const struct conf_block *block)
{
    bool options = block->first != NULL && block->first->note != NULL;
    bool mark = p->mark;

    p->mark = false;
    fputs(p->one_line ? "{ " : "{\n", p->out);
    p->indent++;
    if (options)
        print_options(p, block);
    for (const struct conf_stmt *s = block->first; s != NULL && !options; s = s->next) {
        print_indent(p);
        print_items(p, s->first, true, false);
        fputs(p->one_line ? "; " : ";\n", p->out);
    }
    p->indent--;
    if (mark)
        putc(CONF_ZONES_HERE, p->out);
    print_indent(p);
    putc('}', p->out);
}

/* What `print` writes, as text of the snapshot. */
static const char *print_text(struct printer *p, struct conf_context *c, const void *what,
                              void (*print)(struct printer *p, const void *what))
{
    char *text = NULL;
    size_t len = 0;
    const char *kept = NULL;

    p->c = c;
    p->out = open_memstream(&text, &len);
    if (p->out == NULL)
        return NULL;
    print(p, what);
    if (fclose(p->out) == 0)
        kept = region_text(c->memory, text, len);
    free(text);
    return kept;
}

static void print_line(struct printer *p, const void *stmt)
{
    const struct conf_stmt *s = stmt;

    fputs(stmt_name(s), p->out);
    print_items(p, s->first->next, false, false);
}

const char *conf_print_line(struct conf_context *c, const struct conf_stmt *stmt)
{
    struct printer p = {.one_line = true};

    return print_text(&p, c, stmt, print_line);
}

static void print_up_to_block(struct printer *p, const void *from)
{
    const struct conf_item *i = from;

    for (; i->kind != CONF_BLOCK; i = i->next) {
        print_value(p, i);
        putc(' ', p->out);
    }
    print_block(p, i->block);
}

const char *conf_print_value(struct conf_context *c, const struct conf_item *from)
{
    struct printer p = {.one_line = true};

    return print_text(&p, c, from, print_up_to_block);
}

static void print_frame(struct printer *p, const void *block)
{
    print_options(p, block);
    putc(CONF_ZONES_HERE, p->out);
}

const char *conf_print_frame(struct conf_context *c)
{
    struct printer p = {.frame = true};

    return print_text(&p, c, &c->tree->top, print_frame);
}

static void say_nothing(void *arg, int level, const char *text)
{
    (void)arg;
    (void)level;
    (void)text;
}

enum result conf_print(const char *path, const struct conf_load_options *opt, bool hide,
                       FILE *out)
{
    struct conf_report silent = {say_nothing, NULL};
    struct conf_context c = {.options = opt, .report = &silent};
    struct printer p = {.out = out, .hide = hide, .c = &c};
    enum result res = conf_context_open(&c, path);

    if (res == RES_OK) {
        conf_check_file(&c);
        print_options(&p, &c.tree->top);
    }
    conf_context_close(&c);
    region_free(c.memory);
    return res;
}
