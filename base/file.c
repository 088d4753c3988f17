#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_READ = 16 * 1024 };

/* Reads to the end of file; `room` is the first guess at its length. */
static enum result read_to_end(int fd, size_t room, size_t max_len, char **data, size_t *len)
{
    char *buf = malloc(room + 1);
    size_t used = 0;

    while (buf != NULL) {
        ssize_t n = read(fd, buf + used, room - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (used += (size_t)n) > max_len) {
            enum result r = n < 0 ? result_from_errno(errno) : RES_RANGE;
            free(buf);
            return r;
        }
        if (n == 0) {
            buf[used] = '\0';
            *data = buf;
            *len = used;
            return RES_OK;
        }
        if (used == room) {
            char *more = realloc(buf, room * 2 + 1);
            if (more == NULL)
                free(buf);
            buf = more;
            room *= 2;
        }
    }
    return RES_NOMEM;
}

enum result file_open_read(const char *path, bool stream, int *fd, struct stat *st)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
    enum result r = RES_OK;

    if (stream)
        *fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, flags);
    else
        *fd = open(path, flags | O_NONBLOCK);
    if (*fd < 0)
        return result_from_errno(errno);
    if (fstat(*fd, st) != 0)
        r = result_from_errno(errno);
    else if (S_ISDIR(st->st_mode) || (S_ISFIFO(st->st_mode) && !stream))
        r = RES_NOTFILE;
    if (r != RES_OK) {
        close(*fd);
        *fd = -1;
    }
    return r;
}

enum result file_read(const char *path, size_t max_len, char **data, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    enum result r;

    if (fd < 0)
        return result_from_errno(errno);
    if (fstat(fd, &st) != 0)
        r = result_from_errno(errno);
    else if (S_ISDIR(st.st_mode))
        r = RES_NOTFILE;
    else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max_len)
        r = RES_RANGE;
    else        /* one byte more than the length, so that the end shows at the first read */
        r = read_to_end(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : FIRST_READ, max_len,
                        data, len);
    close(fd);
    return r;
}

enum result file_write_all(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return result_from_errno(errno);
        p += n;
        len -= (size_t)n;
    }
    return RES_OK;
}

static void replace_end(struct file_replace *r)
{
    if (r->fd >= 0)
        close(r->fd);
    free(r->path);
    free(r->temp);
    *r = (struct file_replace){.fd = -1};
}

enum result file_replace_begin(struct file_replace *r, const char *path, mode_t mode)
{
    enum result res;

    *r = (struct file_replace){.path = strdup(path), .fd = -1};
    if (r->path == NULL || asprintf(&r->temp, "%s-XXXXXX", path) < 0) {
        r->temp = NULL;
        replace_end(r);
        return RES_NOMEM;
    }
    r->fd = mkostemp(r->temp, O_CLOEXEC);
    if (r->fd >= 0 && fchmod(r->fd, mode) == 0)
        return RES_OK;
    res = result_from_errno(errno);
    if (r->fd >= 0)
        unlink(r->temp);
    replace_end(r);
    return res;
}

enum result file_replace_begin_like(struct file_replace *r, const char *path, mode_t mode)
{
    char *real = realpath(path, NULL);      /* NULL: not there, or beginning will say why */
    struct stat st;
    bool there = real != NULL && stat(real, &st) == 0;
    enum result res = file_replace_begin(r, real != NULL ? real : path,
                                         there ? st.st_mode & 07777 : mode);

    free(real);
    if (res != RES_OK || !there || (st.st_uid == geteuid() && st.st_gid == getegid()))
        return res;
    /* who may not give files away keeps at least the group, if it is in it */
    if (fchown(r->fd, st.st_uid, st.st_gid) == 0 || fchown(r->fd, (uid_t)-1, st.st_gid) == 0)
        res = fchmod(r->fd, st.st_mode & 07777) == 0 ? RES_OK : result_from_errno(errno);
    if (res != RES_OK)
        file_replace_abort(r);
    return res;
}

enum result file_sync_folder(const char *path)
{
    char *folder = strdup(path);
    enum result r = RES_OK;
    char *slash;
    int fd;

    if (folder == NULL)
        return RES_NOMEM;
    slash = strrchr(folder, '/');
    if (slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        r = result_from_errno(errno);
    if (fd >= 0)
        close(fd);
    free(folder);
    return r;
}

enum result file_replace_commit(struct file_replace *r)
{
    enum result res;

    if (fsync(r->fd) != 0 || rename(r->temp, r->path) != 0) {
        res = result_from_errno(errno);
        file_replace_abort(r);
        return res;
    }
    res = file_sync_folder(r->path);
    replace_end(r);
    return res;
}

void file_replace_abort(struct file_replace *r)
{
    if (r->temp != NULL)
        unlink(r->temp);
    replace_end(r);
}

enum result file_replace_with(const char *path, mode_t mode, const void *data, size_t len)
{
    struct file_replace r;
    enum result res = file_replace_begin(&r, path, mode);

    if (res != RES_OK)
        return res;
    res = file_write_all(r.fd, data, len);
    if (res == RES_OK)
        return file_replace_commit(&r);
    file_replace_abort(&r);
    return res;
}
