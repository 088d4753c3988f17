#include "update/serial.h"

#include <time.h>

#include "dns/serial.h"

enum { METHOD_INCREMENT, METHOD_UNIXTIME, METHOD_DATE };

static uint32_t date_serial(uint64_t now_s)
{
    time_t now = (time_t)now_s;
    struct tm tm;

    if (localtime_r(&now, &tm) == NULL)
        return 0;
    return (uint32_t)(((tm.tm_year + 1900) * 100 + tm.tm_mon + 1) * 100 + tm.tm_mday) * 100;
}

uint32_t serial_after(uint32_t old, unsigned method, uint64_t now_s)
{
    uint32_t wanted = method == METHOD_UNIXTIME ? (uint32_t)now_s
                      : method == METHOD_DATE   ? date_serial(now_s) : 0;

    return wanted != 0 && serial_gt(wanted, old) ? wanted : serial_next(old);
}
