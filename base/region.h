/*
 * A region: memory taken in small pieces and given back whole.
 *
 * One owner, one thread at a time; what lies in it may be read by any thread.  Pieces
 * are aligned to eight bytes.  Without memory region_alloc() gives NULL and the region
 * stays failed (region_failed), so that a long build needs one check at its end.
 */
#ifndef KZ_BASE_REGION_H
#define KZ_BASE_REGION_H

#include <stdbool.h>
#include <stddef.h>

struct region;

/* NULL without memory. */
struct region *region_new(void);
void region_free(struct region *r);

/* `size` bytes that are not initialised / that are zero. */
void *region_alloc(struct region *r, size_t size);
void *region_zalloc(struct region *r, size_t size);

/* Copies: bytes; `len` characters of text with a NUL behind them. */
void *region_copy(struct region *r, const void *data, size_t len);
char *region_text(struct region *r, const char *text, size_t len);

/* Text as printf() makes it. */
char *region_printf(struct region *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool region_failed(const struct region *r);

/* Bytes taken from the system. */
size_t region_size(const struct region *r);

#endif
