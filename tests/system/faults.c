/*
 * Preloaded into a server: makes the disk fail, for files whose name ends in .jnl or .jnw, as the
 * first 32-bit words of the file that FAULTS names say at any time:
 *
 *   [0] the kind, enum fault   [1] how many of 100 calls it hits   [2] counts the calls hit
 *   [3] counts syncs, of all files
 *
 * Any thread.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault {
    NONE, SYNC_FAILS, WRITE_FAILS, NO_SPACE, SHORT_WRITE, OPEN_FAILS,
    SLOW_SYNC   /* 300 ms */
};

static uint32_t unshared[4];
static uint32_t *control = unshared;

__attribute__((constructor)) static void share_control(void)
{
    const char *path = getenv("FAULTS");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    void *page = mmap(NULL, sizeof unshared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED) {
        control = page;
    }
}

static bool is_journal_name(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && (strcmp(path + len - 4, ".jnl") == 0 || strcmp(path + len - 4, ".jnw") == 0);
}

static bool is_journal(int fd)
{
    char link[64], path[4096];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    return is_journal_name(path);
}

/* Is this call hit by that kind of fault? */
static bool hit(enum fault kind)
{
    static __thread uint32_t random = 2463534242u;

    if (__atomic_load_n(&control[0], __ATOMIC_RELAXED) != kind) {
        return false;
    }
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    if (random % 100 >= __atomic_load_n(&control[1], __ATOMIC_RELAXED)) {
        return false;
    }
    __atomic_fetch_add(&control[2], 1, __ATOMIC_RELAXED);
    return true;
}

/* True when the call must fail, with errno; *len may be cut instead. */
static bool write_fails(int fd, size_t *len)
{
    if (__atomic_load_n(&control[0], __ATOMIC_RELAXED) == NONE || !is_journal(fd)) {
        return false;
    }
    if (hit(WRITE_FAILS)) {
        errno = EIO;
        return true;
    }
    if (hit(NO_SPACE)) {
        errno = ENOSPC;
        return true;
    }
    if (*len > 1 && hit(SHORT_WRITE)) {
        *len /= 2;
    }
    return false;
}

#define NEXT(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t len)
{
    return write_fails(fd, &len) ? -1 : NEXT(write)(fd, data, len);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
    return write_fails(fd, &len) ? -1 : NEXT(pwrite64)(fd, data, len, at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    return write_fails(fd, &len) ? -1 : NEXT(pwrite)(fd, data, len, at);
}

/* A vector is cut after its first part, and that in the middle. */
static ssize_t write_vector(int fd, const struct iovec *v, int n, off64_t at, bool has_at)
{
    size_t len = v[0].iov_len, whole = len;

    if (write_fails(fd, &len)) {
        return -1;
    }
    if (len < whole) {
        return has_at ? NEXT(pwrite64)(fd, v[0].iov_base, len, at)
                      : NEXT(write)(fd, v[0].iov_base, len);
    }
    return has_at ? NEXT(pwritev64)(fd, v, n, at) : NEXT(writev)(fd, v, n);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    return write_vector(fd, v, n, 0, false);
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
    return write_vector(fd, v, n, at, true);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
    return write_vector(fd, v, n, at, true);
}

static bool sync_fails(int fd)
{
    __atomic_fetch_add(&control[3], 1, __ATOMIC_RELAXED);
    if (__atomic_load_n(&control[0], __ATOMIC_RELAXED) == NONE || !is_journal(fd)) {
        return false;
    }
    if (hit(SLOW_SYNC)) {
        usleep(300 * 1000);
    }
    if (!hit(SYNC_FAILS)) {
        return false;
    }
    errno = EIO;
    return true;
}

int fsync(int fd)
{
    return sync_fails(fd) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    return sync_fails(fd) ? -1 : NEXT(fdatasync)(fd);
}

static bool open_fails(const char *path)
{
    if (__atomic_load_n(&control[0], __ATOMIC_RELAXED) == NONE || !is_journal_name(path) ||
        !hit(OPEN_FAILS)) {
        return false;
    }
    errno = EACCES;
    return true;
}

int open64(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return open_fails(path) ? -1 : NEXT(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return open_fails(path) ? -1 : NEXT(open64)(path, flags, mode);
}
