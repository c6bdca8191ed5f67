#include <stdio.h>

#include "lifetime.h"

#define CONSENT_YEAR   ((int64_t) 365 * 24 * 3600)

/* A year's twelfth: 13mo is then 395 days, the longest that thirteen months can be. */
#define CONSENT_MONTH  (CONSENT_YEAR / 12)

#define CONSENT_YEARS  100


static const struct {
    const char  *unit;
    int64_t      seconds;
} units[] = {
    { "y", CONSENT_YEAR },
    { "mo", CONSENT_MONTH },
    { "w", 7 * 24 * 3600 },
    { "d", 24 * 3600 },
    { "h", 3600 },
    { "m", 60 },
    { "s", 1 }
};


int64_t
consent_lifetime_parse(consent_str_t s)
{
    size_t   i;
    int64_t  n;

    if (consent_str_eq(s, CONSENT_STR("session"))) {
        return CONSENT_LIFETIME_SESSION;
    }

    n = 0;

    for (i = 0; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++) {
        n = 10 * n + (s.data[i] - '0');

        if (n > CONSENT_YEARS * CONSENT_YEAR) {
            return CONSENT_LIFETIME_UNKNOWN;
        }
    }

    s.data += i;
    s.len -= i;

    if (n == 0) {
        return CONSENT_LIFETIME_UNKNOWN;
    }

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (consent_str_eq(s, consent_str(units[i].unit))) {
            return n <= CONSENT_YEARS * CONSENT_YEAR / units[i].seconds ? n * units[i].seconds
                                                                        : CONSENT_LIFETIME_UNKNOWN;
        }
    }

    return CONSENT_LIFETIME_UNKNOWN;
}


void
consent_lifetime_format(int64_t lifetime, char text[CONSENT_LIFETIME_TEXT])
{
    unsigned  i;

    if (lifetime == CONSENT_LIFETIME_SESSION) {
        snprintf(text, CONSENT_LIFETIME_TEXT, "session");
        return;
    }

    for (i = 0; lifetime % units[i].seconds != 0; i++) { /* void */ }

    snprintf(text, CONSENT_LIFETIME_TEXT, "%lld%s", (long long) (lifetime / units[i].seconds), units[i].unit);
}
