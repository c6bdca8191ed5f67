#include <string.h>

#include "ascii.h"
#include "refresh.h"


static const char *
skip_space(const char *p, const char *end)
{
    while (p < end && consent_is_space(*p)) {
        p++;
    }

    return p;
}


consent_str_t
consent_refresh_url(consent_str_t value)
{
    const char     *p, *q, *end, *digits;
    consent_str_t   none = { NULL, 0 };

    p = value.data;
    end = p + value.len;

    p = skip_space(p, end);

    for (digits = p; p < end && *p >= '0' && *p <= '9'; p++) {
        /* void */
    }

    if (p == digits && (p == end || *p != '.')) {
        return none;
    }

    while (p < end && ((*p >= '0' && *p <= '9') || *p == '.')) {
        p++;
    }

    if (p < end && *p != ';' && *p != ',' && !consent_is_space(*p)) {
        return none;
    }

    p = skip_space(p, end);

    if (p < end && (*p == ';' || *p == ',')) {
        p = skip_space(p + 1, end);
    }

    /* "url=" may be missing */

    if (end - p >= 3 && consent_str_caseeq((consent_str_t) { p, 3 }, CONSENT_STR("url"))) {
        q = skip_space(p + 3, end);

        if (q < end && *q == '=') {
            p = skip_space(q + 1, end);
        }
    }

    if (p < end && (*p == '"' || *p == '\'')) {
        q = memchr(p + 1, *p, (size_t) (end - p - 1));
        p++;
        end = q ? q : end;
    }

    return (consent_str_t) { p, (size_t) (end - p) };
}
