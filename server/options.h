/*
 * named's command line, BIND 9.20's letters.  A value; parsed once by main.
 */
#ifndef KZ_SERVER_OPTIONS_H
#define KZ_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum options_action {
    OPTIONS_SERVE,
    OPTIONS_VERSION,        /* -v */
    OPTIONS_BUILD_INFO,     /* -V */
    OPTIONS_SHOW_DEFAULTS,  /* -C */
    OPTIONS_HELP,           /* -h */
    OPTIONS_WRONG           /* reported; exit 1 */
};

struct options {
    enum options_action action;
    bool ipv4_only, ipv6_only;
    bool foreground;            /* -f, -g */
    bool log_stderr;            /* -g */
    bool memory_stats;          /* -s */
    const char *config_file;    /* -c; never NULL after parsing */
    const char *log_file;       /* -L */
    const char *chroot_dir;     /* -t */
    const char *user;           /* -u */
    const char *lock_file;      /* -X; NULL: not given; "none": no lock */
    int debug_level;            /* -d */
    unsigned cpus;              /* -n; 0: as many as there are */
    uint16_t port, tls_port, https_port, http_port;     /* -p; 0: not given */
};

/* Mistakes are written to `err`, as BIND words them.  The strings are argv's. */
void options_parse(struct options *o, int argc, char **argv, FILE *err);

void options_print_help(FILE *out);

#endif
