#include "server/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

static int up_pipe = -1;        /* the parent waits at its other end */
static char *pid_path;
static int pid_fd = -1;

/* The parent's end of it: as the child says, or as it ends. */
static void wait_for_child(int fd)
{
    char up = 0;
    ssize_t n;

    do {
        n = read(fd, &up, 1);
    } while (n < 0 && errno == EINTR);
    _exit(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

bool daemon_detach(void)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid = fork();
    if (pid < 0)
        return false;
    if (pid > 0) {
        close(ends[1]);
        wait_for_child(ends[0]);
    }
    close(ends[0]);
    up_pipe = ends[1];
    setsid();
    return true;
}

void daemon_is_up(void)
{
    int null;

    if (up_pipe < 0)
        return;
    null = open("/dev/null", O_RDWR | O_CLOEXEC);   /* in a chroot there may be none */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (null >= 0)
            dup2(null, fd);
    }
    if (null > STDERR_FILENO)
        close(null);
    if (write(up_pipe, "", 1) != 1)
        log_write(LOGC_GENERAL, 1, "nobody waits for us to be up");
    close(up_pipe);
    up_pipe = -1;
}

/* Makes the folders of `path` that are missing and gives them to uid:gid. */
static bool make_folders(char *path, uid_t uid, gid_t gid)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        int err = 0;
        *slash = '\0';
        if (mkdir(path, 0755) == 0)
            err = chown(path, uid, gid) != 0 ? errno : 0;
        else if (errno != EEXIST)
            err = errno;
        if (err != 0)
            log_write(LOGC_GENERAL, LVL_ERROR, "couldn't mkdir '%s': %s", path, strerror(err));
        *slash = '/';
        if (err != 0)
            return false;
    }
    return true;
}

/* Opens without following a link that an unprivileged user may have put there. */
static int open_locked(const char *path, const char *what, uid_t uid, gid_t gid)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        log_write(LOGC_GENERAL, LVL_ERROR, "couldn't open %s '%s': %s", what, path,
                  fd < 0 ? strerror(errno) : "not a plain file");
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_write(LOGC_GENERAL, LVL_ERROR,
                  "could not lock %s; another named process may be running", path);
    } else if (fchown(fd, uid, gid) == 0 || geteuid() != 0) {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static int make_locked(const char *path, const char *what, uid_t uid, gid_t gid)
{
    char *copy = strdup(path);
    int fd = -1;

    if (copy != NULL && make_folders(copy, uid, gid))
        fd = open_locked(path, what, uid, gid);
    free(copy);
    return fd;
}

bool daemon_write_pid_file(const char *path, uid_t uid, gid_t gid)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    int fd = make_locked(path, "pid file", uid, gid);

    if (fd < 0)
        return false;
    if (ftruncate(fd, 0) != 0 || file_write_all(fd, text, (size_t)n) != RES_OK ||
        (pid_path = strdup(path)) == NULL) {
        log_write(LOGC_GENERAL, LVL_ERROR, "couldn't write pid file '%s': %s", path,
                  strerror(errno));
        close(fd);
        return false;
    }
    pid_fd = fd;
    return true;
}

void daemon_remove_pid_file(void)
{
    struct stat by_name, by_fd;

    if (pid_fd < 0)
        return;
    if (stat(pid_path, &by_name) == 0 && fstat(pid_fd, &by_fd) == 0 &&
        by_name.st_ino == by_fd.st_ino && by_name.st_dev == by_fd.st_dev)
        unlink(pid_path);
    close(pid_fd);
    pid_fd = -1;
    free(pid_path);
    pid_path = NULL;
}

bool daemon_lock(const char *path, uid_t uid, gid_t gid)
{
    return make_locked(path, "lock file", uid, gid) >= 0;
}
