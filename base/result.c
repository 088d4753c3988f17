#include "base/result.h"

#include <errno.h>
#include <stddef.h>

static const char *const texts[] = {
#define RESULT(name, text) text,
#include "base/result.def"
#undef RESULT
};

const char *result_text(enum result r)
{
    return (unsigned)r < RES_COUNT ? texts[r] : "(result out of range)";
}

enum result result_from_errno(int err)
{
    static const struct {
        int err;
        enum result result;
    } rows[] = {
        {0, RES_OK},
        {ENOMEM, RES_NOMEM},
        {ENOENT, RES_FILENOTFOUND},
        {EEXIST, RES_FILEEXISTS},
        {EACCES, RES_NOPERM},
        {EPERM, RES_NOPERM},
        {EROFS, RES_NOPERM},
        {EISDIR, RES_NOTFILE},
        {ELOOP, RES_INVALIDFILE},
        {ENOTDIR, RES_INVALIDFILE},
        {ENAMETOOLONG, RES_INVALIDFILE},
        {EIO, RES_IOERROR},
        {EBADF, RES_INVALIDFILE},
        {EMFILE, RES_TOOMANYOPENFILES},
        {ENFILE, RES_TOOMANYOPENFILES},
        {ENOSPC, RES_DISCFULL},
        {EDQUOT, RES_DISCFULL},
        {EPIPE, RES_NOTCONNECTED},
        {ENOTCONN, RES_NOTCONNECTED},
        {ECONNRESET, RES_CONNRESET},
        {ECONNREFUSED, RES_CONNREFUSED},
        {ENETUNREACH, RES_NETUNREACH},
        {EHOSTUNREACH, RES_HOSTUNREACH},
        {ETIMEDOUT, RES_TIMEDOUT},
        {EADDRINUSE, RES_ADDRINUSE},
        {EADDRNOTAVAIL, RES_ADDRNOTAVAIL},
        {EAFNOSUPPORT, RES_FAMILYNOSUPPORT},
        {ENOBUFS, RES_NORESOURCES},
        {ENOTSUP, RES_NOTIMPLEMENTED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].err == err)
            return rows[i].result;
    return RES_UNEXPECTED;
}
