#include "base/timefmt.h"

#include <stdio.h>
#include <stdbool.h>
#include <time.h>

#include "base/hash.h"

static const struct unit {
    uint32_t seconds;
    char letter;
    const char *name;
} units[] = {
    {7 * 86400, 'w', "week"}, {86400, 'd', "day"}, {3600, 'h', "hour"},
    {60, 'm', "minute"},      {1, 's', "second"},
};
enum { UNITS = sizeof units / sizeof *units };

/* Days from 1970-01-01 to a date of the Gregorian calendar.  Years count from March,
 * so that the leap day is a year's last. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date {
    int64_t year;
    unsigned month, day;
};

static struct date date_from_days(int64_t days)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);

    return (struct date){yoe + era * 400 + (month <= 2), month,
                         (unsigned)(doy - (153 * mp + 2) / 5 + 1)};
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* `n` digits as a number; false when one is none. */
static bool take_digits(const char **text, unsigned n, unsigned *out)
{
    for (*out = 0; n > 0; n--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *out = *out * 10 + (unsigned)(**text - '0');
    }
    return true;
}

enum result dnssec_time_from_text(uint32_t *out, const char *text, size_t len)
{
    unsigned y, mon, d, h, min, s;

    if (len != 14 || !take_digits(&text, 4, &y) || !take_digits(&text, 2, &mon) ||
        !take_digits(&text, 2, &d) || !take_digits(&text, 2, &h) ||
        !take_digits(&text, 2, &min) || !take_digits(&text, 2, &s))
        return RES_SYNTAX;
    /* a leap second (60) may be written */
    if (y > 9999 || mon < 1 || mon > 12 || d < 1 || d > days_in_month(y, mon) || h > 23 ||
        min > 59 || s > 60)
        return RES_RANGE;
    *out = (uint32_t)(days_from_date(y, mon, d) * 86400 + h * 3600 + min * 60 + s);
    return RES_OK;
}

size_t dnssec_time_to_text(uint32_t when, int64_t now_s, char out[TIMEFMT_DNSSEC_TEXT])
{
    int64_t t = now_s + (int32_t)(when - (uint32_t)now_s), days, of_day;
    struct date date;
    int n;

    days = t >= 0 ? t / 86400 : (t - 86399) / 86400;
    of_day = t - days * 86400;
    date = date_from_days(days);
    n = snprintf(out, TIMEFMT_DNSSEC_TEXT, "%04u%02u%02u%02u%02u%02u",
                 (unsigned)(date.year % 10000), date.month, date.day, (unsigned)(of_day / 3600),
                 (unsigned)(of_day / 60 % 60), (unsigned)(of_day % 60));
    return (size_t)n;
}

/* The seconds of a unit's letter, 0 for what is none. */
static uint32_t unit_seconds(char letter)
{
    for (unsigned i = 0; i < UNITS; i++)
        if (units[i].letter == (char)fold_u8((uint8_t)letter))
            return units[i].seconds;
    return 0;
}

enum result duration_from_text(uint32_t *out, const char *text, size_t len)
{
    uint64_t total = 0;
    size_t at = 0;

    do {
        size_t start = at;
        uint64_t n = 0;
        uint32_t unit;

        for (; at < len && text[at] >= '0' && text[at] <= '9'; at++)
            if ((n = n * 10 + (uint64_t)(text[at] - '0')) > UINT32_MAX)
                return RES_SYNTAX;
        if (at == start)
            return RES_SYNTAX;
        if (at == len) {
            if (start != 0)
                return RES_SYNTAX;
            total = n;
            break;
        }
        if ((unit = unit_seconds(text[at++])) == 0)
            return RES_SYNTAX;
        total += n * unit;
        if (total > UINT32_MAX)
            return RES_RANGE;
    } while (at < len);
    *out = (uint32_t)total;
    return RES_OK;
}

size_t duration_to_text(uint32_t seconds, char out[TIMEFMT_DURATION_TEXT])
{
    size_t at = 0;

    for (unsigned i = 0; i < UNITS; i++) {
        uint32_t n = seconds / units[i].seconds;

        seconds %= units[i].seconds;
        if (n == 0 && !(units[i].seconds == 1 && at == 0))
            continue;
        at += (size_t)snprintf(out + at, TIMEFMT_DURATION_TEXT - at, "%s%u %s%s",
                               at > 0 ? " " : "", n, units[i].name, n == 1 ? "" : "s");
    }
    return at;
}

const char *http_time_to_text(int64_t when_s, char out[TIMEFMT_HTTP_TEXT])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t when = when_s;
    struct tm tm = {0};

    gmtime_r(&when, &tm);
    snprintf(out, TIMEFMT_HTTP_TEXT, "%s, %02d %s %d %02d:%02d:%02d GMT", days[tm.tm_wday],
             tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return out;
}
