#include <string.h>
#include <time.h>

#include "day.h"


int
consent_day_parse(consent_str_t text, uint32_t *day)
{
    char       copy[CONSENT_DAY_SIZE], again[CONSENT_DAY_SIZE];
    struct tm  utc = { 0 };

    if (text.len != sizeof(copy) - 1) {
        return -1;
    }

    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    if (strptime(copy, "%Y-%m-%d", &utc) == NULL || utc.tm_year < 70) {
        return -1;
    }

    *day = (uint32_t) (timegm(&utc) / 86400);

    /* strptime() takes a 30 February, and spaces where digits belong */

    consent_day_print(*day, again);

    return strcmp(copy, again) == 0 ? 0 : -1;
}


void
consent_day_print(uint32_t day, char text[CONSENT_DAY_SIZE])
{
    time_t     seconds;
    struct tm  utc;

    seconds = (time_t) day * 86400;

    if (gmtime_r(&seconds, &utc) == NULL || strftime(text, CONSENT_DAY_SIZE, "%Y-%m-%d", &utc) == 0) {
        text[0] = '\0';
    }
}
