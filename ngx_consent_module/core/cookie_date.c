/*
 * RFC 6265, 5.1.1: a date is a heap of tokens. The first that looks like a time is the time, then the first that
 * looks like a day of the month, a month, a year; whatever else stands there is skipped.
 */

#include "ascii.h"
#include "cookie_date.h"

typedef struct {
    int       hour, minute, second;
    int       day, month, year;
    unsigned  has_time:1;
    unsigned  has_day:1;
    unsigned  has_month:1;
    unsigned  has_year:1;
} cookie_date_t;


/* Everything but digits, ":", letters, control characters other than the tab, DEL and what is not ASCII. */

static int
is_delimiter(unsigned char c)
{
    return c == 0x09 || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) || (c >= 0x5b && c <= 0x60)
           || (c >= 0x7b && c <= 0x7e);
}


/* A run of least to most digits at *at, which moves behind it; -1 when there is none, or one digit more follows. */

static int
number(consent_str_t token, size_t *at, size_t least, size_t most)
{
    int     n;
    size_t  start;

    n = 0;

    for (start = *at; *at < token.len && consent_is_digit(token.data[*at]); (*at)++) {
        if (*at - start == most) {
            return -1;
        }

        n = n * 10 + (token.data[*at] - '0');
    }

    return *at - start < least ? -1 : n;
}


/* hms-time, and anything behind it that does not begin with a digit. */

static int
read_time(consent_str_t token, cookie_date_t *date)
{
    int     i, part[3];
    size_t  at;

    at = 0;

    for (i = 0; i < 3; i++) {
        if (i > 0) {
            if (at == token.len || token.data[at] != ':') {
                return 0;
            }

            at++;
        }

        part[i] = number(token, &at, 1, 2);
        if (part[i] < 0) {
            return 0;
        }
    }

    date->hour = part[0];
    date->minute = part[1];
    date->second = part[2];

    return 1;
}


static int
read_month(consent_str_t token, cookie_date_t *date)
{
    int                         i;
    static const consent_str_t  months[12] = {
        { "jan", 3 }, { "feb", 3 }, { "mar", 3 }, { "apr", 3 }, { "may", 3 }, { "jun", 3 },
        { "jul", 3 }, { "aug", 3 }, { "sep", 3 }, { "oct", 3 }, { "nov", 3 }, { "dec", 3 }
    };

    if (token.len < 3) {
        return 0;
    }

    token.len = 3;

    for (i = 0; i < 12; i++) {
        if (consent_str_caseeq(token, months[i])) {
            date->month = i + 1;
            return 1;
        }
    }

    return 0;
}


static void
read_token(consent_str_t token, cookie_date_t *date)
{
    int     n;
    size_t  at;

    if (!date->has_time && read_time(token, date)) {
        date->has_time = 1;
        return;
    }

    at = 0;
    n = number(token, &at, 1, 2);

    if (!date->has_day && n >= 0) {
        date->day = n;
        date->has_day = 1;
        return;
    }

    if (!date->has_month && read_month(token, date)) {
        date->has_month = 1;
        return;
    }

    at = 0;
    n = number(token, &at, 2, 4);

    if (!date->has_year && n >= 0) {
        date->year = n;
        date->has_year = 1;
    }
}


static int
is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}


/* Days from 1970-01-01 of a date of the Gregorian calendar; 719162 lie between it and 0001-01-01. */

static int64_t
days(const cookie_date_t *date)
{
    int64_t           before;
    static const int  until[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

    before = date->year - 1;

    return before * 365 + before / 4 - before / 100 + before / 400 + until[date->month - 1]
           + (date->month > 2 && is_leap(date->year)) + date->day - 1 - 719162;
}


static int
days_in_month(int month, int year)
{
    static const int  lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return lengths[month - 1] + (month == 2 && is_leap(year));
}


int
consent_cookie_date(consent_str_t text, int64_t *seconds)
{
    size_t         i, start;
    cookie_date_t  date = { 0 };

    for (i = 0; i < text.len; /* void */) {
        if (is_delimiter((unsigned char) text.data[i])) {
            i++;
            continue;
        }

        for (start = i; i < text.len && !is_delimiter((unsigned char) text.data[i]); i++) { /* void */ }

        read_token((consent_str_t) { text.data + start, i - start }, &date);
    }

    if (!date.has_time || !date.has_day || !date.has_month || !date.has_year) {
        return -1;
    }

    if (date.year >= 70 && date.year <= 99) {
        date.year += 1900;

    } else if (date.year <= 69) {
        date.year += 2000;
    }

    if (date.year < 1601 || date.day < 1 || date.day > days_in_month(date.month, date.year)
        || date.hour > 23 || date.minute > 59 || date.second > 59)
    {
        return -1;
    }

    *seconds = ((days(&date) * 24 + date.hour) * 60 + date.minute) * 60 + date.second;

    return 0;
}
