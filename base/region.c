#include "base/region.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20 };

struct block {
    struct block *next;
    size_t size;
};

struct region {
    struct block *blocks;
    uint8_t *at, *end;      /* what is left of the newest block */
    size_t next_size;       /* of the block after it: doubled each time up to BLOCK_MAX */
    size_t total;
    bool failed;
};

struct region *region_new(void)
{
    struct region *r = calloc(1, sizeof *r);

    if (r != NULL)
        r->next_size = BLOCK_MIN;
    return r;
}

void region_free(struct region *r)
{
    if (r == NULL)
        return;
    for (struct block *b = r->blocks, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(r);
}

/* A block with room for `size` bytes; a piece as large as a block gets its own, so that
 * what is left of the current one is not lost. */
static uint8_t *region_add_block(struct region *r, size_t size)
{
    bool own = size >= r->next_size / 2;
    size_t block_size = sizeof(struct block) + (own ? size : r->next_size);
    struct block *b = malloc(block_size);

    if (b == NULL) {
        r->failed = true;
        return NULL;
    }
    b->size = block_size;
    b->next = r->blocks;
    r->blocks = b;
    r->total += block_size;
    uint8_t *start = (uint8_t *)(b + 1);
    if (!own) {
        r->at = start + size;
        r->end = start + r->next_size;
        if (r->next_size < BLOCK_MAX)
            r->next_size *= 2;
    }
    return start;
}

void *region_alloc(struct region *r, size_t size)
{
    if (r->failed || size > SIZE_MAX / 2) {
        r->failed = true;
        return NULL;
    }
    size = (size + 7) & ~(size_t)7;
    if ((size_t)(r->end - r->at) < size)
        return region_add_block(r, size);
    uint8_t *p = r->at;
    r->at += size;
    return p;
}

void *region_zalloc(struct region *r, size_t size)
{
    void *p = region_alloc(r, size);

    return p != NULL ? memset(p, 0, size) : NULL;
}

void *region_copy(struct region *r, const void *data, size_t len)
{
    void *p = region_alloc(r, len);

    return p != NULL && len > 0 ? memcpy(p, data, len) : p;
}

char *region_text(struct region *r, const char *text, size_t len)
{
    char *p = region_alloc(r, len + 1);

    if (p != NULL) {
        memcpy(p, text, len);
        p[len] = '\0';
    }
    return p;
}

char *region_printf(struct region *r, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = len >= 0 ? region_alloc(r, (size_t)len + 1) : NULL;
    if (p != NULL) {
        va_start(ap, fmt);
        vsnprintf(p, (size_t)len + 1, fmt, ap);
        va_end(ap);
    }
    return p;
}

bool region_failed(const struct region *r)
{
    return r->failed;
}

size_t region_size(const struct region *r)
{
    return r->total;
}
