/*
 * Durations and dates in the words of a language: a locale gives the names of units and months and how a date is put
 * together.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "page_view.h"

#define MINUTE  60
#define HOUR    (60 * MINUTE)
#define DAY     (24 * HOUR)
#define YEAR    31557600                    /* 365.25 days */
#define MONTH   (YEAR / 12)

typedef struct {
    consent_str_t  name;
    consent_str_t  value;
} word_t;


static consent_str_t
text(const consent_page_view_t *view, const char *key)
{
    const consent_page_t  *page = view->page;

    return consent_policy_text(page->choices->policy, page->locale, consent_str(key));
}


/* The text with {name} replaced by its word. */

static consent_str_t
put_words(const consent_page_view_t *view, consent_str_t s, const word_t *words, unsigned n)
{
    char      *p, *start;
    size_t     i, size;
    unsigned   w;

    size = s.len;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '{') {
            for (w = 0; w < n; w++) {
                size += words[w].value.len;
            }
        }
    }

    start = consent_alloc(view->out->arena, size + 1);
    if (start == NULL) {
        view->out->failed = 1;
        return (consent_str_t) { "", 0 };
    }

    p = start;
    i = 0;

    while (i < s.len) {
        for (w = 0; w < n; w++) {
            if (s.data[i] == '{' && s.len - i >= words[w].name.len
                && memcmp(s.data + i, words[w].name.data, words[w].name.len) == 0)
            {
                break;
            }
        }

        if (w == n) {
            *p++ = s.data[i++];
            continue;
        }

        if (words[w].value.len > 0) {
            memcpy(p, words[w].value.data, words[w].value.len);
            p += words[w].value.len;
        }

        i += words[w].name.len;
    }

    return (consent_str_t) { start, (size_t) (p - start) };
}


/* Browsers' and vendors' lifetimes are round in one unit or another: that unit is looked for first. */

consent_str_t
consent_page_lifetime(const consent_page_view_t *view, int64_t seconds)
{
    int      len;
    char     key[64], number[24];
    int64_t  n, years;
    word_t   word;

    const char  *unit;

    if (seconds == CONSENT_LIFETIME_SESSION) {
        return text(view, "lifetime.session");
    }

    if (seconds < 0) {
        return text(view, "lifetime.unknown");
    }

    years = seconds / YEAR + (seconds % YEAR + YEAR / 2) / YEAR;

    if (years > 0 && seconds / years >= YEAR - 2 * DAY && seconds / years <= YEAR + 2 * DAY) {
        unit = "year";
        n = years;

    } else if (seconds > 45 * DAY) {
        unit = "month";
        n = (seconds - seconds % MONTH) / MONTH + (seconds % MONTH + MONTH / 2) / MONTH;

    } else if (seconds >= DAY && (seconds % DAY == 0 || seconds > 2 * DAY)) {
        unit = "day";
        n = (seconds + DAY / 2) / DAY;

    } else if (seconds >= HOUR && (seconds % HOUR == 0 || seconds > 2 * HOUR)) {
        unit = "hour";
        n = (seconds + HOUR / 2) / HOUR;

    } else if (seconds >= MINUTE) {
        unit = "minute";
        n = (seconds + MINUTE / 2) / MINUTE;

    } else {
        unit = "second";
        n = seconds;
    }

    snprintf(key, sizeof(key), "lifetime.%s.%s", unit, n == 1 ? "one" : "other");
    len = snprintf(number, sizeof(number), "%lld", (long long) n);

    word.name = CONSENT_STR("{n}");
    word.value = (consent_str_t) { number, (size_t) len };

    return put_words(view, text(view, key), &word, 1);
}


/*
 * A cookie's name as the policy has it; of a regex what it begins with, and a "*": nobody need read regexes to know
 * which of his cookies are meant. One that begins with anything else stays as it is.
 */

consent_str_t
consent_page_cookie_name(const consent_page_view_t *view, consent_str_t name)
{
    char    *literal;
    size_t   i, len;

    if (name.len < 3 || name.data[0] != '/' || name.data[name.len - 1] != '/') {
        return name;
    }

    literal = consent_alloc(view->out->arena, name.len);
    if (literal == NULL) {
        view->out->failed = 1;
        return name;
    }

    len = 0;

    for (i = 1; i < name.len - 1 && strchr("^$.|?*+()[]{}", name.data[i]) == NULL; i++) {
        i += name.data[i] == '\\';
        literal[len++] = name.data[i];
    }

    if (name.data[i] == '|' || name.data[i] == '^') {
        return name;
    }

    len -= len > 0 && strchr("?*+{", name.data[i]) != NULL;     /* belongs to the last letter */

    if (len == 0) {
        return name;
    }

    literal[len++] = '*';

    return (consent_str_t) { literal, len };
}


consent_str_t
consent_page_date(const consent_page_view_t *view, uint32_t day)
{
    int        len;
    char       key[32], number[16], year[16];
    time_t     seconds;
    word_t     words[3];
    struct tm  tm;

    seconds = (time_t) day * DAY;

    if (gmtime_r(&seconds, &tm) == NULL) {
        return (consent_str_t) { "", 0 };
    }

    words[0].name = CONSENT_STR("{day}");

    if (tm.tm_mday == 1) {
        words[0].value = text(view, "date.first");

    } else {
        len = snprintf(number, sizeof(number), "%d", tm.tm_mday);
        words[0].value = (consent_str_t) { number, (size_t) len };
    }

    snprintf(key, sizeof(key), "date.month.%d", tm.tm_mon + 1);

    words[1].name = CONSENT_STR("{month}");
    words[1].value = text(view, key);

    len = snprintf(year, sizeof(year), "%d", tm.tm_year + 1900);

    words[2].name = CONSENT_STR("{year}");
    words[2].value = (consent_str_t) { year, (size_t) len };

    return put_words(view, text(view, "date.format"), words, 3);
}
