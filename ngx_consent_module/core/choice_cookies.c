#include <stdio.h>

#include "bridge.h"
#include "choice_cookies.h"
#include "cookie.h"

#define MAX_VALUE  512


static void
emit_cookies(const consent_str_t *names, unsigned n, const char *attributes, void (*emit)(void *data,
    consent_str_t value), void *data)
{
    int       len;
    char      value[MAX_VALUE];
    unsigned  i;

    for (i = 0; i < n; i++) {
        len = snprintf(value, sizeof(value), "%.*s=%s", (int) names[i].len, names[i].data, attributes);

        if (len > 0 && (size_t) len < sizeof(value)) {
            emit(data, (consent_str_t) { value, (size_t) len });
        }
    }
}


/* Whether the browser has one of the cookies. */

static int
is_sent(const consent_service_t *service, const consent_str_t *cookie_lines, unsigned nlines)
{
    unsigned       i;
    consent_str_t  rest, name, value, pair;

    for (i = 0; i < nlines; i++) {
        rest = cookie_lines[i];

        while (consent_cookie_next(&rest, &name, &value, &pair)) {
            if (consent_cookie_is_one_of(service->accepted_cookies, service->naccepted_cookies, name)
                || consent_cookie_is_one_of(service->refused_cookies, service->nrefused_cookies, name))
            {
                return 1;
            }
        }
    }

    return 0;
}


void
consent_choice_cookies(const consent_choices_t *choices, const consent_str_t *cookie_lines, unsigned nlines,
    int64_t max_age, int secure, void (*emit)(void *data, consent_str_t value), void *data)
{
    char                      set[MAX_VALUE], expire[MAX_VALUE];
    unsigned                  i;
    const char               *flags;
    const consent_service_t  *service;

    /* a policy that allows no cookie that it does not know would have them expired by the next page */

    if (choices->policy->unknown_cookies == CONSENT_UNKNOWN_BLOCK) {
        return;
    }

    flags = secure ? "; Path=/; SameSite=Lax; Secure" : "; Path=/; SameSite=Lax";

    snprintf(set, sizeof(set), "%lld; Max-Age=%lld%s", (long long) choices->day * 86400 * 1000, (long long) max_age,
             flags);
    snprintf(expire, sizeof(expire), "; Max-Age=0%s", flags);

    for (i = 0; i < choices->policy->nentries; i++) {
        service = choices->policy->entries[i].service;

        if (!choices->policy->entries[i].choice_cookies && !is_sent(service, cookie_lines, nlines)) {
            continue;
        }

        if (choices->answers[i] == CONSENT_ACCEPTED) {
            emit_cookies(service->accepted_cookies, service->naccepted_cookies, set, emit, data);
            emit_cookies(service->refused_cookies, service->nrefused_cookies, expire, emit, data);

        } else if (choices->answers[i] == CONSENT_REFUSED) {
            emit_cookies(service->accepted_cookies, service->naccepted_cookies, expire, emit, data);
            emit_cookies(service->refused_cookies, service->nrefused_cookies, set, emit, data);
        }
    }
}


consent_str_t
consent_choice_cookie_name(const consent_policy_t *policy, unsigned i)
{
    unsigned                  k;
    const consent_service_t  *service;

    for (k = 0; k < policy->nentries && policy->unknown_cookies != CONSENT_UNKNOWN_BLOCK; k++) {
        service = policy->entries[k].service;

        if (!policy->entries[k].choice_cookies) {
            continue;
        }

        if (i < service->naccepted_cookies) {
            return service->accepted_cookies[i];
        }

        i -= service->naccepted_cookies;

        if (i < service->nrefused_cookies) {
            return service->refused_cookies[i];
        }

        i -= service->nrefused_cookies;
    }

    return consent_bridge_cookie_name(policy, i);
}
