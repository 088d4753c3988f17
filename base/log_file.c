#include "base/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log_roll.h"

enum { BUFFER_LEN = 256 * 1024, FLUSH_INTERVAL_MS = 200, RETRY_FULL_S = 1 };

/* Lines that wait for the disk: callers fill one half while the writer writes the other. */
struct log_buffer {
    pthread_mutex_t lock;
    pthread_cond_t wake_writer, wake_callers;
    pthread_t writer;
    char *fill, *drain;
    size_t used;
    bool stop;
};

struct log_file {
    char *path;
    int fd;
    int versions;
    uint64_t size_max;
    bool suffix_timestamp;
    atomic_bool failed;         /* reported; quiet until it works again */
    _Atomic uint64_t written;   /* the file's length, as far as we know */
    _Atomic time_t retry_at;    /* a full file without versions is looked at again then */
    pthread_mutex_t roll_lock;
    struct log_buffer *buffer;  /* NULL: written at once */
};

/* The one place that cannot use log_write(): the log itself is what is broken. */
static void complain(struct log_file *f, const char *what, const char *why)
{
    if (atomic_exchange(&f->failed, true))
        return;
    syslog(LOG_DAEMON | LOG_ERR, "logging to '%s': %s: %s", f->path, what, why);
    dprintf(STDERR_FILENO, "logging to '%s': %s: %s\n", f->path, what, why);
}

static bool stat_regular(const char *path, struct stat *st)
{
    return stat(path, st) == 0 && S_ISREG(st->st_mode);
}

/* Opens the path and puts the new file under the old descriptor number. */
static void attach(struct log_file *f)
{
    struct stat st;
    int fd = open(f->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);

    if (fd < 0) {
        complain(f, "open", result_text(result_from_errno(errno)));
        fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    } else {
        atomic_store(&f->failed, false);
    }
    atomic_store(&f->written, fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0);
    if (f->fd < 0) {
        f->fd = fd;
    } else if (fd >= 0) {
        dup3(fd, f->fd, O_CLOEXEC);
        close(fd);
    }
}

static void roll_locked(struct log_file *f)
{
    struct stat st;
    enum result r = RES_OK;

    if (stat_regular(f->path, &st))
        r = f->suffix_timestamp ? log_roll_timestamp(f->path, f->versions)
                                : log_roll_increment(f->path, f->versions);
    if (r != RES_OK)
        complain(f, "rename", result_text(r));
    attach(f);
    if (r != RES_OK)    /* go on in the long file rather than try at every line */
        atomic_store(&f->written, 0);
}

void log_file_roll(struct log_file *f)
{
    if (f->versions == 0)
        return;
    pthread_mutex_lock(&f->roll_lock);
    roll_locked(f);
    pthread_mutex_unlock(&f->roll_lock);
}

/* A full file that keeps no versions takes no more, until somebody moved or emptied it. */
static bool may_go_on(struct log_file *f)
{
    struct stat st;
    time_t now = time(NULL);

    if (now < atomic_load(&f->retry_at))
        return false;
    atomic_store(&f->retry_at, now + RETRY_FULL_S);
    if (stat(f->path, &st) == 0 && (uint64_t)st.st_size >= f->size_max)
        return false;
    attach(f);
    return true;
}

/* Whether a line may be written now; rolls the file when it is full. */
static bool make_room(struct log_file *f)
{
    bool ok = true;

    if (f->size_max == 0 || atomic_load(&f->written) < f->size_max)
        return true;
    pthread_mutex_lock(&f->roll_lock);
    if (atomic_load(&f->written) >= f->size_max) {
        if (f->versions != 0)
            roll_locked(f);
        else
            ok = may_go_on(f);
    }
    pthread_mutex_unlock(&f->roll_lock);
    return ok;
}

/* One write(2); only what the kernel left over (full disk, signal) takes another. */
static void put(struct log_file *f, const char *data, size_t len)
{
    if (!make_room(f))
        return;
    while (len > 0) {
        ssize_t n = write(f->fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            complain(f, "write", n < 0 ? result_text(result_from_errno(errno)) : "nothing written");
            return;
        }
        atomic_fetch_add(&f->written, (uint64_t)n);
        data += n;
        len -= (size_t)n;
    }
    if (atomic_load_explicit(&f->failed, memory_order_relaxed))
        atomic_store(&f->failed, false);
}

static void wait_for_lines(struct log_buffer *b)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += FLUSH_INTERVAL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&b->wake_writer, &b->lock, &until);
}

static void *writer_main(void *arg)
{
    struct log_file *f = arg;
    struct log_buffer *b = f->buffer;

    pthread_mutex_lock(&b->lock);
    while (!b->stop || b->used > 0) {
        char *full = b->fill;
        size_t len = b->used;
        if (len == 0) {
            wait_for_lines(b);
            continue;
        }
        b->fill = b->drain;
        b->drain = full;
        b->used = 0;
        pthread_cond_broadcast(&b->wake_callers);
        pthread_mutex_unlock(&b->lock);
        put(f, full, len);
        pthread_mutex_lock(&b->lock);
        if (!b->stop && b->used < BUFFER_LEN / 2)
            wait_for_lines(b);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void buffer_put(struct log_buffer *b, const char *line, size_t len)
{
    pthread_mutex_lock(&b->lock);
    while (BUFFER_LEN - b->used < len) {
        pthread_cond_signal(&b->wake_writer);
        pthread_cond_wait(&b->wake_callers, &b->lock);
    }
    memcpy(b->fill + b->used, line, len);
    b->used += len;
    if (b->used >= BUFFER_LEN / 2)
        pthread_cond_signal(&b->wake_writer);
    pthread_mutex_unlock(&b->lock);
}

static void buffer_free(struct log_buffer *b)
{
    free(b->fill);
    free(b->drain);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->wake_writer);
    pthread_cond_destroy(&b->wake_callers);
    free(b);
}

/* Without memory or a thread the channel simply writes at once. */
static void buffer_start(struct log_file *f)
{
    struct log_buffer *b = calloc(1, sizeof *b);

    if (b == NULL)
        return;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->wake_writer, NULL);
    pthread_cond_init(&b->wake_callers, NULL);
    b->fill = malloc(BUFFER_LEN);
    b->drain = malloc(BUFFER_LEN);
    f->buffer = b;
    if (b->fill == NULL || b->drain == NULL || pthread_create(&b->writer, NULL, writer_main, f)) {
        f->buffer = NULL;
        buffer_free(b);
    }
}

static void buffer_stop(struct log_buffer *b)
{
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_signal(&b->wake_writer);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->writer, NULL);
    buffer_free(b);
}

/* BIND rolls at its start when a file has versions but no size, or is over its size. */
static void open_first(struct log_file *f, bool is_new)
{
    struct stat st;
    bool roll = is_new && f->versions != 0 && stat_regular(f->path, &st) &&
                (f->size_max == 0 || (uint64_t)st.st_size >= f->size_max);

    if (roll)
        roll_locked(f);
    else
        attach(f);
}

struct log_file *log_file_open(const struct log_channel_spec *spec, bool is_new)
{
    struct log_file *f = calloc(1, sizeof *f);

    if (f == NULL || (f->path = strdup(spec->path)) == NULL) {
        free(f);
        return NULL;
    }
    f->fd = -1;
    f->versions = spec->versions;
    f->size_max = spec->size_max;
    f->suffix_timestamp = spec->suffix_timestamp;
    pthread_mutex_init(&f->roll_lock, NULL);
    open_first(f, is_new);
    if (spec->buffered)
        buffer_start(f);
    return f;
}

void log_file_close(struct log_file *f)
{
    if (f == NULL)
        return;
    if (f->buffer != NULL)
        buffer_stop(f->buffer);
    if (f->fd >= 0)
        close(f->fd);
    pthread_mutex_destroy(&f->roll_lock);
    free(f->path);
    free(f);
}

void log_file_write(struct log_file *f, const char *line, size_t len)
{
    if (f->buffer != NULL)
        buffer_put(f->buffer, line, len);
    else
        put(f, line, len);
}

void log_file_reopen(struct log_file *f)
{
    struct stat by_name, by_fd;

    pthread_mutex_lock(&f->roll_lock);
    if (stat(f->path, &by_name) != 0 || fstat(f->fd, &by_fd) != 0 ||
        by_name.st_ino != by_fd.st_ino || by_name.st_dev != by_fd.st_dev)
        attach(f);
    pthread_mutex_unlock(&f->roll_lock);
}

const char *log_file_path(const struct log_file *f)
{
    return f->path;
}
