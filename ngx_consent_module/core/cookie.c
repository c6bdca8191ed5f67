#include <string.h>

#include "bridge.h"
#include "cookie.h"


int
consent_cookie_next(consent_str_t *rest, consent_str_t *name, consent_str_t *value, consent_str_t *pair)
{
    char    *end;
    size_t   len, used;

    while (rest->len > 0) {
        end = memchr(rest->data, ';', rest->len);
        len = end != NULL ? (size_t) (end - rest->data) : rest->len;
        used = len + (end != NULL);

        *pair = consent_str_trim((consent_str_t) { rest->data, len });

        rest->data += used;
        rest->len -= used;

        if (pair->len == 0) {
            continue;
        }

        end = memchr(pair->data, '=', pair->len);

        if (end == NULL) {
            *name = (consent_str_t) { pair->data, 0 };
            *value = *pair;

        } else {
            len = (size_t) (end - pair->data);
            *name = consent_str_trim((consent_str_t) { pair->data, len });
            *value = consent_str_trim((consent_str_t) { end + 1, pair->len - len - 1 });
        }

        return 1;
    }

    return 0;
}


consent_str_t
consent_cookie_effective_name(consent_str_t name, consent_str_t value)
{
    char  *end;

    if (name.len > 0 || value.len == 0) {
        return name;
    }

    end = memchr(value.data, '=', value.len);
    if (end != NULL) {
        value.len = (size_t) (end - value.data);
    }

    return consent_str_trim(value);
}


int
consent_cookie_allow(const consent_choices_t *choices, consent_str_t name, consent_claim_t *claim,
    const consent_cookie_pattern_t **pattern)
{
    *pattern = NULL;
    *claim = consent_match_cookie(choices->policy, name, pattern);

    if (consent_bridge_sets(choices->policy, name)) {
        return 1;
    }

    if (claim->index >= 0) {
        return consent_choices_allow_cookies(choices, (unsigned) claim->index);
    }

    return consent_choices_allow_claim(choices, *claim, choices->policy->unknown_cookies);
}


int
consent_cookie_is_one_of(const consent_str_t *names, unsigned n, consent_str_t name)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        if (consent_str_eq(names[i], name)) {
            return 1;
        }
    }

    return 0;
}


size_t
consent_cookie_filter(const consent_choices_t *choices, const consent_str_t *own, unsigned nown, consent_str_t line,
    char *out, unsigned *removed)
{
    size_t                           len;
    unsigned                         gone;
    consent_str_t                    rest, name, value, pair;
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;

    len = 0;
    gone = 0;
    rest = line;

    while (consent_cookie_next(&rest, &name, &value, &pair)) {
        name = consent_cookie_effective_name(name, value);

        if (consent_cookie_is_one_of(own, nown, name) || !consent_cookie_allow(choices, name, &claim, &pattern)) {
            gone++;
            continue;
        }

        /* a space only where one stood: the result is never longer than the line */

        if (len > 0) {
            out[len++] = ';';

            if (pair.data[-1] != ';') {
                out[len++] = ' ';
            }
        }

        memcpy(out + len, pair.data, pair.len);
        len += pair.len;
    }

    if (removed != NULL) {
        *removed = gone;
    }

    if (gone == 0) {
        if (line.len > 0) {
            memcpy(out, line.data, line.len);
        }

        return line.len;
    }

    return len;
}
