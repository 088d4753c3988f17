#include "server/banner.h"

#include "config.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/log.h"

#define NAME_VERSION "Kizuna " PACKAGE_VERSION
#if defined(__clang__)
#define COMPILER "Clang " __clang_version__
#else
#define COMPILER "GCC " __VERSION__
#endif

enum { LINE = 1024 };

static void system_text(char out[LINE])
{
    struct utsname u;

    if (uname(&u) != 0)
        memset(&u, 0, sizeof u);
    snprintf(out, LINE, "%s %s %s %s", u.sysname, u.machine, u.release, u.version);
}

const char *banner_version(void)
{
    return NAME_VERSION " <id:>";
}

void banner_print_version(FILE *out)
{
    fprintf(out, "%s\n", banner_version());
}

void banner_print_build(FILE *out)
{
    char line[LINE];

    system_text(line);
    banner_print_version(out);
    fprintf(out, "running on %s\n", line);
    fprintf(out, "built by make with %s\n", CONFIGURE_ARGS);
    fprintf(out, "compiled by " COMPILER "\n");
    fprintf(out, "compiled with OpenSSL version: " OPENSSL_VERSION_TEXT "\n");
    fprintf(out, "linked to OpenSSL version: %s\n", OpenSSL_version(OPENSSL_VERSION));
    fprintf(out, "\ndefault paths:\n");
    fprintf(out, "  named configuration:  " SYSCONFDIR "/named.conf\n");
    fprintf(out, "  rndc configuration:   " SYSCONFDIR "/rndc.conf\n");
    fprintf(out, "  nsupdate session key: " LOCALSTATEDIR "/run/named/session.key\n");
    fprintf(out, "  named PID file:       " LOCALSTATEDIR "/run/named/named.pid\n");
    fprintf(out, "  geoip-directory:      %s\n",
#ifdef HAVE_MAXMINDDB
            "/usr/share/GeoIP"
#else
            "none"
#endif
    );
}

static void log_arguments(int argc, char **argv)
{
    char line[LINE] = "";
    size_t used = 0;

    for (int i = 0; i < argc && used < sizeof line; i++) {
        int n = snprintf(line + used, sizeof line - used, " %s", i == 0 ? "named" : argv[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    log_write(LOGC_GENERAL, LVL_NOTICE, "running as:%s", line);
}

void banner_log(int argc, char **argv)
{
    char line[LINE];

    system_text(line);
    log_write(LOGC_GENERAL, LVL_NOTICE, "starting " NAME_VERSION " <id:>");
    log_write(LOGC_GENERAL, LVL_NOTICE, "running on %s", line);
    log_write(LOGC_GENERAL, LVL_NOTICE, "built with %s", CONFIGURE_ARGS);
    log_arguments(argc, argv);
    log_write(LOGC_GENERAL, LVL_NOTICE, "compiled by " COMPILER);
    log_write(LOGC_GENERAL, LVL_NOTICE, "compiled with OpenSSL version: " OPENSSL_VERSION_TEXT);
    log_write(LOGC_GENERAL, LVL_NOTICE, "linked to OpenSSL version: %s",
              OpenSSL_version(OPENSSL_VERSION));
}
