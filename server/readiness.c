#include "server/readiness.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MORE_TIME_US = 30 * 1000 * 1000 };

static int manager_fd = -1;

void readiness_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path != NULL ? strlen(path) : 0;
    int fd;

    if (len < 2 || len >= sizeof to.sun_path || (*path != '/' && *path != '@'))
        return;
    memcpy(to.sun_path, path, len);
    if (*path == '@')           /* the abstract namespace of unix(7) */
        to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0) {
        manager_fd = fd;
        return;
    }
    if (fd >= 0)
        close(fd);
}

void readiness_close(void)
{
    if (manager_fd >= 0)
        close(manager_fd);
    manager_fd = -1;
}

__attribute__((format(printf, 1, 2))) static void tell(const char *fmt, ...)
{
    char text[256];
    va_list args;
    int n;

    if (manager_fd < 0)
        return;
    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n > 0)      /* a manager that does not listen is its own problem */
        send(manager_fd, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1,
             MSG_NOSIGNAL | MSG_DONTWAIT);
}

static long long monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

void readiness_starting(const char *status)
{
    tell("STATUS=%s\nEXTEND_TIMEOUT_USEC=%d\n", status, MORE_TIME_US);
}

void readiness_reloading(void)
{
    tell("RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reloading\n", monotonic_us());
}

void readiness_ready(const char *status)
{
    tell("READY=1\nMAINPID=%ld\nSTATUS=%s\n", (long)getpid(), status);
}

void readiness_stopping(void)
{
    tell("STOPPING=1\nSTATUS=shutting down\n");
}
