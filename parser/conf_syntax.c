#include "parser/conf_syntax.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/container.h"
#include "parser/conf_reader.h"

/* What a device or a pipe may give: nobody writes 64 MB by hand. */
enum { STREAM_MAX = 64 << 20, ERRORS_MAX = 1000 };

struct open_file {              /* a file that is being read: who includes itself? */
    const struct open_file *outer;
    dev_t device;
    ino_t inode;
};

struct conf_set {
    const struct conf_syntax_report *report;
    const char *directory;      /* `directory` so far: what relative includes start from */
    const struct open_file *innermost;
    unsigned depth;             /* of includes */
};

static enum result file_read_into(struct conf_set *set, struct conf_tree *tree, const char *name,
                                  struct conf_block *into);

/* ---- Building ---- */

static struct conf_open *innermost(struct conf_reader *r)
{
    return &r->open[r->depth];
}

void conf_reader_error(struct conf_reader *r, const struct conf_place *at, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    struct conf_item item = {.line = at->line, .offset = at->offset, .file = r->file};

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (r->tree->errors++ < ERRORS_MAX)
        r->set->report->error(r->set->report->arg, r->tree, &item, text);
}

const char *conf_reader_text(struct conf_reader *r, const char *text, size_t len)
{
    return region_text(r->tree->memory, text, len);
}

const char *conf_reader_unquote(struct conf_reader *r, const char *text, size_t len)
{
    char *out = region_text(r->tree->memory, text, len);
    char *to = out;

    if (out == NULL || memchr(text, '\\', len) == NULL)
        return out;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && i + 1 < len && text[i + 1] == '"')
            i++;
        *to++ = text[i];
    }
    *to = '\0';
    return out;
}

void conf_reader_item(struct conf_reader *r, enum conf_item_kind kind, const char *text,
                      const struct conf_place *at)
{
    struct conf_open *o = innermost(r);
    struct conf_item *item = region_zalloc(r->tree->memory, sizeof *item);

    if (item == NULL)
        return;
    item->text = text;
    item->line = at->line;
    item->offset = at->offset;
    item->file = r->file;
    item->kind = (uint8_t)kind;
    if (o->stmt == NULL) {
        o->stmt = region_zalloc(r->tree->memory, sizeof *o->stmt);
        if (o->stmt == NULL)
            return;
        o->tail = &o->stmt->first;
    }
    *o->tail = item;
    o->tail = &item->next;
}

static void block_init(struct conf_block *b)
{
    memset(b, 0, sizeof *b);
    b->tail = &b->first;
}

bool conf_reader_open(struct conf_reader *r, const struct conf_place *at)
{
    struct conf_block *b = region_alloc(r->tree->memory, sizeof *b);

    if (r->depth == CONF_MAX_NESTING) {
        conf_reader_error(r, at, "braces are nested more than %d deep", CONF_MAX_NESTING);
        r->stopped = true;
        return false;
    }
    if (b == NULL)
        return false;
    block_init(b);
    conf_reader_item(r, CONF_BLOCK, NULL, at);
    if (region_failed(r->tree->memory))
        return false;
    /* the tail is in the item that was put there just now */
    CONTAINER_OF(innermost(r)->tail, struct conf_item, next)->block = b;
    r->open[++r->depth] = (struct conf_open){.block = b};
    return true;
}

void conf_reader_close(struct conf_reader *r, const struct conf_place *at)
{
    struct conf_item *end = &innermost(r)->block->end;

    end->line = at->line;
    end->offset = at->offset;
    end->file = r->file;
    end->text = "}";
    r->depth--;
}

/* `directory "…"` within options moves what relative includes start from. */
static void note_directory(struct conf_reader *r, const struct conf_stmt *stmt)
{
    const struct conf_stmt *outer = r->depth == 1 ? r->open[0].stmt : NULL;
    const struct conf_item *path = stmt->first->next;

    if (outer == NULL || outer->first->kind != CONF_WORD ||
        strcmp(outer->first->text, "options") != 0 || path == NULL || path->kind != CONF_STRING)
        return;
    if (path->text[0] == '/' || r->set->directory == NULL)
        r->set->directory = path->text;
    else
        r->set->directory = region_printf(r->tree->memory, "%s/%s", r->set->directory, path->text);
}

static enum result include_path(struct conf_reader *r, const char *path, struct conf_block *into)
{
    struct conf_set *set = r->set;

    if (path[0] == '/' || set->directory == NULL)
        return file_read_into(set, r->tree, path, into);
    const char *full = region_printf(r->tree->memory, "%s/%s", set->directory, path);
    return full != NULL ? file_read_into(set, r->tree, full, into) : RES_NOMEM;
}

static void include_failed(struct conf_reader *r, const struct conf_item *at, enum result res)
{
    struct conf_place place = {at->line, at->offset};

    if (res == RES_QUOTA)
        conf_reader_error(r, &place, "files include each other more than %d deep",
                          CONF_MAX_NESTING);
    else if (res == RES_EXISTS)
        conf_reader_error(r, &place, "'%s' includes itself", at->text);
    else if (res != RES_OK)
        conf_reader_error(r, &place, "open: %s: %s", at->text, result_text(res));
}

/* Every file that the pattern names, in its order; a pattern without special characters
 * must name one that exists. */
static void include_files(struct conf_reader *r, const struct conf_item *path)
{
    glob_t found = {0};
    const char *pattern = path->text;
    struct conf_block *into = innermost(r)->block;

    if (strpbrk(pattern, "*?[") == NULL) {
        include_failed(r, path, include_path(r, pattern, into));
        return;
    }
    if (pattern[0] != '/' && r->set->directory != NULL)
        pattern = region_printf(r->tree->memory, "%s/%s", r->set->directory, pattern);
    if (pattern == NULL)
        return;
    int failed = glob(pattern, GLOB_ERR, NULL, &found);
    if (failed == GLOB_NOMATCH || failed == GLOB_ABORTED)
        include_failed(r, path, RES_FILENOTFOUND);
    else if (failed)
        include_failed(r, path, RES_NOMEM);
    for (size_t i = 0; !failed && i < found.gl_pathc; i++)
        include_failed(r, path, file_read_into(r->set, r->tree, found.gl_pathv[i], into));
    globfree(&found);       /* also after a failure, which may come half-way */
}

static bool is_include(const struct conf_stmt *stmt)
{
    const struct conf_item *path = stmt->first->next;

    return stmt->first->kind == CONF_WORD && strcmp(stmt->first->text, "include") == 0 &&
           path != NULL && path->kind == CONF_STRING && path->next == NULL;
}

void conf_reader_end(struct conf_reader *r)
{
    struct conf_open *o = innermost(r);
    struct conf_stmt *stmt = o->stmt;

    o->stmt = NULL;
    if (stmt == NULL || region_failed(r->tree->memory))
        return;
    if (is_include(stmt)) {
        include_files(r, stmt->first->next);
        return;
    }
    if (stmt->first->kind == CONF_WORD && strcmp(stmt->first->text, "directory") == 0)
        note_directory(r, stmt);
    *o->block->tail = stmt;
    o->block->tail = &stmt->next;
}

void conf_reader_missing(struct conf_reader *r, const struct conf_place *at, const char *before)
{
    if (r->stopped)
        return;
    conf_reader_error(r, at, "missing ';' before %s", before);
    conf_reader_end(r);
}

void conf_reader_stray(struct conf_reader *r, const struct conf_place *at, const char *token)
{
    if (r->depth > 0)
        conf_reader_error(r, at, "'}' expected near '%s'", token);
    else
        conf_reader_error(r, at, "syntax error near '%s'", token);
    innermost(r)->stmt = NULL;
}

void conf_reader_ended(struct conf_reader *r)
{
    if (r->stopped)
        return;
    if (innermost(r)->stmt != NULL)
        conf_reader_error(r, &r->at, "missing ';' before end of file");
    if (r->depth > 0)
        conf_reader_error(r, &r->at, "'}' expected near end of file");
    else
        conf_reader_error(r, &r->at, "unexpected end of input");
}

/* ---- Files ---- */

/* Everything a descriptor gives and two NULs behind it, malloc()ed. */
static enum result descriptor_read(int fd, size_t expected, size_t max, struct conf_file *out)
{
    size_t room = expected + 4096;

    out->text = malloc(room);
    out->len = 0;
    for (;;) {
        if (out->text == NULL)
            return RES_NOMEM;
        ssize_t n = read(fd, out->text + out->len, room - out->len - 2);
        if (n < 0 && errno != EINTR)
            return result_from_errno(errno);
        if (n == 0)
            break;
        out->len += n > 0 ? (size_t)n : 0;
        if (out->len > max)
            return RES_RANGE;
        if (room - out->len < 4096) {
            char *more = realloc(out->text, room *= 2);
            if (more == NULL)
                return RES_NOMEM;
            out->text = more;
        }
    }
    out->text[out->len] = out->text[out->len + 1] = '\0';
    return RES_OK;
}

static bool is_open(const struct conf_set *set, const struct stat *st)
{
    for (const struct open_file *f = set->innermost; f != NULL; f = f->outer)
        if (f->device == st->st_dev && f->inode == st->st_ino)
            return true;
    return false;
}

static enum result tree_add_file(struct conf_tree *tree, const char *name, struct conf_file *f)
{
    if ((tree->nfiles & (tree->nfiles + 1)) == 0) {     /* room for 1, 3, 7 … is used up */
        struct conf_file *more = realloc(tree->files, (tree->nfiles * 2 + 1) * sizeof *more);
        if (more == NULL)
            return RES_NOMEM;
        tree->files = more;
    }
    f->name = region_text(tree->memory, name, strlen(name));
    if (f->name == NULL)
        return RES_NOMEM;
    if (tree->nfiles >= UINT16_MAX)
        return RES_QUOTA;
    tree->files[tree->nfiles++] = *f;
    return RES_OK;
}

/* Takes f->text over. */
static enum result text_read_into(struct conf_set *set, struct conf_tree *tree, const char *name,
                                  struct conf_file *f, struct conf_block *into)
{
    enum result res = tree_add_file(tree, name, f);

    if (res != RES_OK) {
        free(f->text);
        return res;
    }
    struct conf_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return RES_NOMEM;
    r->set = set;
    r->tree = tree;
    r->file = (uint16_t)(tree->nfiles - 1);
    r->at.line = 1;
    r->open[0].block = into;
    res = conf_scan(r, f->text, f->len);
    free(r);
    return region_failed(tree->memory) ? RES_NOMEM : res;
}

/* Opens without waiting for a writer; what is neither a file nor, for the first one, a
 * stream is refused. */
static enum result file_open(const struct conf_set *set, const char *name, int *fd,
                             struct stat *st)
{
    *fd = open(name, O_RDONLY | O_CLOEXEC | (set->depth > 0 ? O_NONBLOCK : 0));
    if (*fd < 0 || fstat(*fd, st) != 0)
        return result_from_errno(errno);
    if (S_ISDIR(st->st_mode) || (set->depth > 0 && S_ISFIFO(st->st_mode)))
        return RES_INVALIDFILE;
    if (S_ISREG(st->st_mode) && st->st_size > CONF_MAX_FILE)
        return RES_RANGE;
    return S_ISREG(st->st_mode) && is_open(set, st) ? RES_EXISTS : RES_OK;
}

static enum result file_read_into(struct conf_set *set, struct conf_tree *tree, const char *name,
                                  struct conf_block *into)
{
    struct conf_file f = {0};
    struct stat st;
    int fd;

    if (set->depth >= CONF_MAX_NESTING)
        return RES_QUOTA;
    enum result res = file_open(set, name, &fd, &st);
    if (res == RES_OK)
        res = descriptor_read(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0,
                              S_ISREG(st.st_mode) ? CONF_MAX_FILE : STREAM_MAX, &f);
    if (fd >= 0)
        close(fd);
    if (res != RES_OK) {
        free(f.text);
        return res;
    }
    struct open_file self = {set->innermost, st.st_dev, st.st_ino};
    set->innermost = &self;
    set->depth++;
    res = text_read_into(set, tree, name, &f, into);
    set->depth--;
    set->innermost = self.outer;
    return res;
}

static struct conf_tree *tree_new(void)
{
    struct conf_tree *tree = calloc(1, sizeof *tree);

    if (tree == NULL)
        return NULL;
    block_init(&tree->top);
    tree->memory = region_new();
    if (tree->memory == NULL) {
        free(tree);
        return NULL;
    }
    return tree;
}

void conf_tree_free(struct conf_tree *tree)
{
    if (tree == NULL)
        return;
    for (unsigned i = 0; i < tree->nfiles; i++)
        free(tree->files[i].text);
    free(tree->files);
    region_free(tree->memory);
    free(tree);
}

static enum result tree_finish(struct conf_tree *tree, enum result res, struct conf_tree **out)
{
    if (res != RES_OK) {
        conf_tree_free(tree);
        tree = NULL;
    }
    *out = tree;
    return res;
}

enum result conf_tree_read(const char *path, const struct conf_syntax_report *report,
                           struct conf_tree **out)
{
    struct conf_set set = {.report = report};
    struct conf_tree *tree = tree_new();

    *out = NULL;
    if (tree == NULL)
        return RES_NOMEM;
    return tree_finish(tree, file_read_into(&set, tree, path, &tree->top), out);
}

enum result conf_tree_read_text(const char *name, const char *text, size_t len,
                                const struct conf_syntax_report *report, struct conf_tree **out)
{
    struct conf_set set = {.report = report, .depth = 1};
    struct conf_tree *tree = tree_new();
    struct conf_file f = {.text = malloc(len + 2), .len = len};

    *out = NULL;
    if (tree == NULL || f.text == NULL) {
        free(f.text);
        conf_tree_free(tree);
        return RES_NOMEM;
    }
    memcpy(f.text, text, len);
    f.text[len] = f.text[len + 1] = '\0';
    return tree_finish(tree, text_read_into(&set, tree, name, &f, &tree->top), out);
}

enum result conf_tree_read_more(struct conf_tree *tree, const char *path,
                                const struct conf_syntax_report *report, struct conf_block *into)
{
    struct conf_set set = {.report = report, .depth = 1};

    return file_read_into(&set, tree, path, into);
}

const char *conf_tree_line(const struct conf_tree *tree, const struct conf_item *at, size_t *len,
                           size_t *column)
{
    const struct conf_file *f = &tree->files[at->file];
    size_t offset = at->offset < f->len ? at->offset : f->len;
    size_t start = offset;

    while (start > 0 && f->text[start - 1] != '\n')
        start--;
    const char *end = memchr(f->text + start, '\n', f->len - start);
    *len = end != NULL ? (size_t)(end - f->text) - start : f->len - start;
    *column = offset - start;
    return f->text + start;
}
