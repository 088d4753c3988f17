/*
 * Files as wholes: read one, replace one atomically and durably.
 * Any thread; no state.
 */
#ifndef KZ_BASE_FILE_H
#define KZ_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/result.h"

/* The whole file, with a NUL after it that *len does not count; the caller frees *data.
 * RES_RANGE when it is longer than `max_len`; RES_NOTFILE for a directory. */
enum result file_read(const char *path, size_t max_len, char **data, size_t *len);

/*
 * Opens a file to read and tells about it in *st.  With `stream` it may be a pipe, and "-" is
 * standard input; else a pipe is refused, as its opening waits for a writer who may never come.
 * RES_NOTFILE for what is refused, directories among it; *fd is -1 after an error.
 */
enum result file_open_read(const char *path, bool stream, int *fd, struct stat *st);

/*
 * Replacement in steps: file_replace_begin() makes a temporary file beside `path`, the
 * caller writes to `fd`, then file_replace_commit() brings it to disk (fsync of the file and
 * of its folder) under its name, or file_replace_abort() leaves everything as it was.
 */
struct file_replace {
    char *path, *temp;
    int fd;
};
enum result file_replace_begin(struct file_replace *r, const char *path, mode_t mode);
/* The same with mode and, as far as we may, owner of the file that is there; `mode` if none is.
 * Where `path` is a symbolic link, what it points to is replaced. */
enum result file_replace_begin_like(struct file_replace *r, const char *path, mode_t mode);
enum result file_replace_commit(struct file_replace *r);
void file_replace_abort(struct file_replace *r);

/* The same in one call. */
enum result file_replace_with(const char *path, mode_t mode, const void *data, size_t len);

/* Brings the folder of `path` to disk: a file's name, new, renamed or gone, is durable when its
 * folder is. */
enum result file_sync_folder(const char *path);

/* All of it, however many write(2) it takes. */
enum result file_write_all(int fd, const void *data, size_t len);

#endif
